// One stream of speech with the official JavaScript client, as fast as it comes.
//
//     node stream.mjs MODULES BASE_URL websocket|sse MINUTES BYTES
//
// MODULES is the folder that the client is installed in; a minute of speech has BYTES. Prints CPU milliseconds
// per minute, and the most memory, as JSON.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import { install } from '../../conformance/javascript/plain_sockets.mjs';

install();

const [modules, baseURL, transport, minutes, expected] = process.argv.slice(2);
const require = createRequire(path.join(modules, 'stream.cjs'));
const { Cartesia } = require('@cartesia/cartesia-js');
const client = new Cartesia({ apiKey: 'sk_bench', baseURL, maxRetries: 0 });
const request = {
  model_id: 'sonic-3',
  voice: { mode: 'id', id: 'a0e99841-438c-4a64-b679-ae501e7d6091' },
  output_format: { container: 'raw', encoding: 'pcm_f32le', sample_rate: 44100 },
  transcript: 'a minute of speech',
};

const bytes = (event) => (event.audio ?? Buffer.from(event.data, 'base64')).length;

async function overSse() {
  let received = 0;
  for await (const event of await client.tts.generateSSE(request)) {
    if (event.type === 'chunk') received += bytes(event);
  }
  return received;
}

async function overWebsocket(socket, number) {
  let received = 0;
  const context = socket.context({ ...request, contextId: `bench-${number}` });
  await context.send({ transcript: request.transcript, continue: false });
  for await (const event of context.receive()) {
    if (event.type === 'chunk') received += bytes(event);
  }
  return received;
}

/** The first minute is the start, and does not count. */
async function measure(speak) {
  let begun;
  for (let number = 0; number <= Number(minutes); number += 1) {
    if (number === 1) begun = process.cpuUsage();
    if ((await speak(number)) < Number(expected)) throw new Error('the stream is not whole');
  }
  const { user, system } = process.cpuUsage(begun);
  return (user + system) / 1e3 / Number(minutes);
}

let cpu;
if (transport === 'sse') {
  cpu = await measure(overSse);
} else {
  const socket = await client.tts.websocket();
  cpu = await measure((number) => overWebsocket(socket, number));
  socket.close();
}
// Of this process alone: pages of files are shared.
const status = readFileSync('/proc/self/status', 'utf8');
const kilobytes = (name) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))[1]);
const memory = kilobytes('VmHWM') - kilobytes('RssFile') - kilobytes('RssShmem');
console.log(JSON.stringify({ cpu, memory: memory / 1024 }));
process.exit();
