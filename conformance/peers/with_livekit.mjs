// The driver of `@livekit/agents-plugin-cartesia`, the voice agents of LiveKit for Node.js.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { SAMPLE, inputs } from '../javascript/checks.mjs';
import { install } from '../javascript/plain_sockets.mjs';
import { serve } from '../javascript/protocol.mjs';

// A text as a whole goes out with TLS, though the address says `http`.
install();

const { CARTESIA_API_KEY, CARTESIA_BASE_URL, CONFORMANCE_MODULES } = process.env;
const require = createRequire(path.join(CONFORMANCE_MODULES, 'driver.cjs'));
const load = (name) => import(pathToFileURL(require.resolve(name)));
const { initializeLogger, stt: speech } = await load('@livekit/agents');
const cartesia = await load('@livekit/agents-plugin-cartesia');
const { AudioFrame } = await load('@livekit/rtc-node');
const own = path.join(CONFORMANCE_MODULES, '@livekit', 'agents-plugin-cartesia', 'package.json');
const { version } = JSON.parse(fs.readFileSync(own, 'utf8'));

initializeLogger({ pretty: false, level: 'silent' });

const where = { apiKey: CARTESIA_API_KEY, baseUrl: CARTESIA_BASE_URL };
const RATE = 24_000;
const HEARD_RATE = 16_000;

const makeTts = () =>
  new cartesia.TTS({ ...where, voice: inputs.voice_id, model: inputs.tts_model, sampleRate: RATE });

function bytesOf(frames) {
  return Buffer.concat(frames.map(({ data }) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)));
}

const format = { encoding: 'pcm_s16le', sample_rate: RATE };

async function synthesize(check) {
  const plugin = makeTts();
  const frames = [];
  for await (const { frame } of plugin.synthesize(inputs.transcript)) frames.push(frame);
  await plugin.close();
  check.speech(bytesOf(frames), format, inputs.transcript);
}

async function say(plugin, text) {
  const stream = plugin.stream();
  for (const word of text.split(' ')) stream.pushText(`${word} `);
  stream.flush();
  stream.endInput();
  const frames = [];
  for await (const event of stream) if (event.frame) frames.push(event.frame);
  return bytesOf(frames);
}

async function streamText(check) {
  const plugin = makeTts();
  const text = `${inputs.transcript} And this is another sentence.`;
  check.speech(await say(plugin, text), format, text);
  // The connection is used again.
  check.speech(await say(plugin, inputs.transcript), format, inputs.transcript);
  await plugin.close();
}

async function listen(check) {
  const plugin = new cartesia.STT({ ...where });
  const stream = plugin.stream();
  const samples = fs.readFileSync(SAMPLE).subarray(44);
  const audio = Buffer.concat([samples, Buffer.alloc(2 * HEARD_RATE * 8)]);
  const size = (2 * HEARD_RATE) / 50;
  for (let at = 0; at < audio.length; at += size) {
    const piece = audio.subarray(at, at + size);
    const data = new Int16Array(piece.length / 2);
    for (let sample = 0; sample < data.length; sample += 1) data[sample] = piece.readInt16LE(2 * sample);
    stream.pushFrame(new AudioFrame(data, HEARD_RATE, 1, data.length));
    await new Promise((resolve) => setImmediate(resolve));
  }
  stream.endInput();
  const finals = [];
  for await (const event of stream) {
    if (event.type === speech.SpeechEventType.FINAL_TRANSCRIPT) finals.push(event.alternatives[0].text);
    if (event.type === speech.SpeechEventType.END_OF_SPEECH) break;
  }
  await plugin.close();
  const plain = (text) => text.toLowerCase().replace(/[^a-z ]/g, '').trim();
  check.equal(plain(finals.join(' ')), plain(inputs.spoken), 'the words that were said');
}

await serve({
  client: '@livekit/agents-plugin-cartesia',
  version,
  apiVersion: '2025-04-16',
  methods: ['tts.synthesize', 'tts.stream', 'stt.stream'],
  scripts: {
    'tts.synthesize': { canonical: 'tts.bytes', run: synthesize },
    'tts.stream': { canonical: 'tts.websocket.inputs', run: streamText },
    'stt.stream': { canonical: 'stt.turns', run: listen },
  },
});
