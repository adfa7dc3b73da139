// The driver of `@jambonz/speech-utils`, the telephony of jambonz. It has an old official client within it,
// for whose address there is no option: what that sends to the public service goes to the mock server.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { inputs } from '../javascript/checks.mjs';
import { serve } from '../javascript/protocol.mjs';

const { CARTESIA_API_KEY, CARTESIA_BASE_URL, CONFORMANCE_MODULES } = process.env;
const PUBLIC = 'https://api.cartesia.ai';

const publicFetch = globalThis.fetch;
globalThis.fetch = (address, options) =>
  publicFetch(String(address).replace(PUBLIC, CARTESIA_BASE_URL), options);

const require = createRequire(path.join(CONFORMANCE_MODULES, 'driver.cjs'));
const synthAudio = require('@jambonz/speech-utils/lib/synth-audio');
const own = path.join(CONFORMANCE_MODULES, '@jambonz', 'speech-utils', 'package.json');
const { version } = JSON.parse(fs.readFileSync(own, 'utf8'));

const logger = { info() {}, error: console.error, debug() {} };
const stats = { increment() {}, histogram() {} };

/** A cache that forgets nothing. */
function memory() {
  const kept = new Map();
  return {
    kept,
    get: async (key) => kept.get(key),
    setex: async (key, seconds, value) => kept.set(key, value),
    expire: async () => {},
  };
}

async function synthesize(check) {
  const cache = memory();
  const what = {
    account_sid: 'account',
    vendor: 'cartesia',
    language: 'en',
    voice: inputs.voice_id,
    text: inputs.transcript,
    credentials: { api_key: CARTESIA_API_KEY, model_id: inputs.tts_model },
    // A file, in place of an address for its own media server.
    renderForCaching: true,
  };
  const ask = () => synthAudio(cache, null, null, logger, stats, what);
  const first = await ask();
  const audio = fs.readFileSync(first.filePath);
  check.that(first.filePath.endsWith('.mp3') && audio.length > 1000, 'a file of speech');
  check.equal(audio[0] === 0xff && (audio[1] & 0xe0) === 0xe0, true, 'a frame of MP3');
  check.equal(cache.kept.size, 1, 'speeches that are kept');
  const second = await ask();
  check.equal(second.servedFromCache, true, 'from the cache the second time');
  for (const { filePath } of [first, second]) fs.rmSync(filePath, { force: true });
}

await serve({
  client: '@jambonz/speech-utils',
  version,
  apiVersion: '2024-06-10',
  methods: ['synthAudio'],
  scripts: { synthAudio: { canonical: 'tts.bytes', run: synthesize } },
});
