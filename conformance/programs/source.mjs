// Where things are: the repository of the client, and the packages that its programs need.

import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export const SOURCE = process.env.CONFORMANCE_SOURCE;
export const MODULES = process.env.CONFORMANCE_MODULES;

/** `require` as a program beside the packages has it. */
export const require = createRequire(path.join(MODULES, 'driver.cjs'));

const own = path.join(MODULES, '@cartesia', 'cartesia-js', 'package.json');
export const { version } = JSON.parse(fs.readFileSync(own, 'utf8'));

/** Runs a program of Node.js to its end; gives its exit code and what it wrote. */
export function node(args, environment) {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr']) {
    child[stream].setEncoding('utf8').on('data', (text) => {
      told[stream] += text;
      process.stderr.write(text);
    });
  }
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...told }));
  });
}
