// The driver of the example programs that the makers of the JavaScript client publish in its repository.
// A method is an example, and is started as its manual says.

import fs from 'node:fs';
import path from 'node:path';

import { serve } from '../javascript/protocol.mjs';
import { MODULES, SOURCE, node, require, version } from './source.mjs';

const API_VERSION = '2025-11-04';
const CERTIFICATE = path.resolve('mock.pem');
const COMPLAINT = /^error\b|^usage:|\berror +\|/im;
const FOX = 'quick brown fox';

// Beside the packages, where it finds the published client.
const program = path.join(path.dirname(MODULES), 'node_examples.cjs');
const { transformSync } = require('@swc/core');
const text = fs.readFileSync(path.join(SOURCE, 'examples', 'node_examples.ts'), 'utf8');
const options = { jsc: { parser: { syntax: 'typescript' }, target: 'es2022' }, module: { type: 'commonjs' } };
fs.writeFileSync(program, transformSync(text, options).code);

const start = (...args) => node([program, ...args], { NODE_EXTRA_CA_CERTS: CERTIFICATE });

/** Asks the server without the client. */
async function aside(method, where, body) {
  const headers = {
    'user-agent': 'conformance',
    authorization: `Bearer ${process.env.CARTESIA_API_KEY}`,
    'cartesia-version': API_VERSION,
  };
  const answer = await fetch(process.env.CONFORMANCE_SERVER + where, { method, headers, body });
  return answer.ok ? answer.json() : null;
}

async function ownVoice() {
  const form = new FormData();
  form.append('clip', new Blob([fs.readFileSync('sample.wav')]), 'sample.wav');
  form.append('name', 'Before');
  form.append('language', 'en');
  return (await aside('POST', '/voices/clone', form)).id;
}

/** What a person would write behind the name of an example. */
async function behind(name) {
  if (name === 'voicesUpdate') return [await ownVoice(), 'After'];
  if (name === 'voicesDelete') return [await ownVoice()];
  return name === 'voicesClone' ? ['sample.wav', 'en', 'After'] : [];
}

function checkFile(check, file) {
  const content = fs.readFileSync(file);
  const isWav = file.endsWith('.wav');
  check.that(!isWav || content.subarray(0, 4).toString() === 'RIFF', `a head in ${path.extname(file)}`);
  check.that(content.subarray(isWav ? 44 : 0).some((byte) => byte !== 0), `sound in ${path.extname(file)}`);
}

async function run(check, name) {
  const args = await behind(name);
  const before = new Set(fs.readdirSync('.'));
  const { code, stdout, stderr } = await start(name, ...args);
  const made = fs.readdirSync('.').filter((file) => !before.has(file));
  const complaint = COMPLAINT.test(stdout + stderr) ? (stdout + stderr).slice(-150) : '';
  check.equal(code, 0, 'the exit code');
  check.equal(complaint, '', 'what it complains of');
  for (const file of made) {
    checkFile(check, file);
    fs.rmSync(file);
  }
  if (name.startsWith('tts') && !name.includes('ResponseHandling')) {
    check.that(made.length > 0, 'a file of sound');
  }
  if (name.startsWith('stt')) {
    // It also tells what it lets be spoken, which is not what was understood.
    const heard = stdout.toLowerCase().split('\n').filter((line) => !line.includes('generating'));
    check.that(heard.join(' ').includes(FOX), 'the words that were said');
  }
  if (name === 'errorHandling') check.that(stdout.includes('Bad request'), 'the refusal that is expected');
  if (name === 'voicesUpdate') {
    check.equal((await aside('GET', `/voices/${args[0]}`)).name, 'After', 'the new name');
  }
  if (name === 'voicesDelete') check.equal(await aside('GET', `/voices/${args[0]}`), null, 'what is left');
}

const [, listed] = /Available: (.*)/.exec((await start()).stdout);
const methods = listed.split(', ');

await serve({
  client: 'cartesia-js-examples',
  version,
  apiVersion: API_VERSION,
  methods,
  scripts: Object.fromEntries(methods.map((name) => [name, { run: (check) => run(check, name) }])),
});
