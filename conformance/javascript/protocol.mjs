// The driver's half of the protocol: what it can do, then one line out for each line in.
// `conformance/README.md` describes the lines.

import readline from 'node:readline';

import { Checks, oneLine } from './checks.mjs';

// Standard output belongs to the protocol, and some clients write to the console.
const out = process.stdout.write.bind(process.stdout);
console.log = console.error;
console.info = console.error;
console.debug = console.error;

/**
 * Answers until the standard input ends.
 *
 * `methods` are the names that reflection found. `scripts` maps such a name to
 * `{ canonical, run }`: `run(check)` uses the method and verifies what came of it.
 */
export async function serve({ client, version, apiVersion, methods, scripts }) {
  // A promise of the client that nobody can wait for is a failure of the call that is running.
  let stray = null;
  process.on('unhandledRejection', (reason) => {
    stray ??= reason;
  });

  const say = (line) => out(`${JSON.stringify(line)}\n`);
  say({ client, version, api_version: apiVersion, methods, modes: ['async'] });

  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const { call } = JSON.parse(line);
    const script = scripts[call];
    if (script === undefined) {
      say({ outcome: 'unscripted' });
      continue;
    }
    stray = null;
    const check = new Checks();
    const answer = script.canonical === undefined ? {} : { canonical: script.canonical };
    try {
      await script.run(check);
      // Rejections are reported after the microtasks of the turn that made them.
      await new Promise((resolve) => setImmediate(resolve));
      if (stray !== null) throw new Error(`a promise nobody waits for: ${oneLine(stray)}`);
      check.that(check.checked.length > 0, 'something was verified');
      say({ outcome: 'ok', ...answer, checked: check.checked });
    } catch (error) {
      say({ outcome: 'failed', ...answer, error: oneLine(error) });
    }
  }
  // Sockets that a client keeps trying to open must not keep the driver alive.
  process.exit(0);
}
