// The driver of `@cartesia/cartesia-js` 2.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { speechScripts, voiceScripts } from './cartesia_js_2/http.mjs';
import { sttScripts, ttsScripts } from './cartesia_js_2/sockets.mjs';
import { install } from './plain_sockets.mjs';
import { serve } from './protocol.mjs';
import { methodsOf } from './reflection.mjs';

install();

const require = createRequire(path.join(process.env.CONFORMANCE_MODULES, 'driver.cjs'));
const { CartesiaClient, WebPlayer } = require('@cartesia/cartesia-js');
const { default: Source } = require('@cartesia/cartesia-js/wrapper/source.js');
const { version } = require('@cartesia/cartesia-js/package.json');

// Its sockets know `environment` alone, not `baseUrl`.
const client = new CartesiaClient({
  apiKey: process.env.CARTESIA_API_KEY,
  environment: process.env.CARTESIA_BASE_URL,
});

/** Its resources are getters of the classes it is made of. */
function resources() {
  const found = new Map();
  let at = Object.getPrototypeOf(client);
  for (; at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) {
      const { get } = Object.getOwnPropertyDescriptor(at, name);
      if (get && !name.startsWith('_')) found.set(name, client[name]);
    }
  }
  return [...found].sort(([left], [right]) => (left < right ? -1 : 1));
}

const named = (prefix, object) => methodsOf(object).map((name) => `${prefix}.${name}`);

const methods = [
  ...resources().flatMap(([name, resource]) => named(name, resource)),
  ...named('tts.websocket()', client.tts.websocket({ sampleRate: 16_000 })),
  ...named('tts.websocket().send().source', Object.create(Source.prototype)),
  ...named('stt.websocket()', client.stt.websocket({ encoding: 'pcm_s16le', sampleRate: 16_000 })),
  ...named('WebPlayer', Object.create(WebPlayer.prototype)),
];

await serve({
  client: 'cartesia-js',
  version,
  apiVersion: '2024-06-10',
  methods,
  scripts: {
    ...speechScripts(client),
    ...voiceScripts(client),
    ...ttsScripts(client),
    ...sttScripts(client),
    ...webPlayerScripts(),
  },
});

/** The player asks a browser for an audio device before it does anything else. */
function webPlayerScripts() {
  const run = async (check) => {
    const socket = client.tts.websocket({ sampleRate: 44_100 });
    const { source } = await socket.send({
      modelId: 'sonic-3',
      transcript: 'Hello.',
      voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
    });
    socket.disconnect();
    const player = new WebPlayer({ bufferDuration: 1 });
    await player.play(source);
    check.that(true, 'it plays');
  };
  return Object.fromEntries(
    named('WebPlayer', Object.create(WebPlayer.prototype)).map((name) => [name, { run }]),
  );
}
