// The driver of the tests that the makers of the JavaScript client have of its API, as its repository has
// them. A method is a file of tests; it is in order if all tests in it are.

import fs from 'node:fs';
import path from 'node:path';

import { serve } from '../javascript/protocol.mjs';
import { MODULES, SOURCE, node, require, version } from './source.mjs';

const tests = path.join('tests', 'api-resources');
const files = fs
  .readdirSync(path.join(SOURCE, tests), { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => path.join(tests, name))
  .sort();

// Tests that are switched off for want of a server are switched on. The client is the published one.
const everyTest = path.resolve('every_test.cjs');
fs.writeFileSync(everyTest, 'test.skip = test;\n');
const config = path.resolve('jest.config.json');
const settings = {
  rootDir: SOURCE,
  roots: [path.join(SOURCE, tests)],
  // Its own name is that of the client that is not built there.
  moduleNameMapper: { '^@cartesia/cartesia-js$': require.resolve('@cartesia/cartesia-js') },
  setupFilesAfterEnv: [everyTest],
  testEnvironment: 'node',
  transform: { '\\.ts$': require.resolve('@swc/jest') },
};
fs.writeFileSync(config, JSON.stringify(settings));

async function run(check, file) {
  const report = path.resolve('report.json');
  fs.rmSync(report, { force: true });
  // The client keeps connections open, which jest would wait for.
  const jest = [path.join(MODULES, 'jest', 'bin', 'jest.js'), '--forceExit', '--runInBand', '--config', config];
  const output = ['--json', '--outputFile', report, '--runTestsByPath', path.join(SOURCE, file)];
  await node([...jest, ...output], { TEST_API_BASE_URL: process.env.CARTESIA_BASE_URL });
  const { testResults } = JSON.parse(fs.readFileSync(report, 'utf8'));
  const told = testResults.flatMap((result) => result.assertionResults);
  const broken = testResults.find((result) => result.status === 'failed' && told.length === 0);
  const failed = told.filter((test) => test.status === 'failed');
  const [first] = failed;
  const why = first && `${first.fullName}: ${first.failureMessages[0]}`;
  check.that(!broken, `tests that can be run${broken ? `: ${broken.message}` : ''}`);
  check.that(failed.length === 0, `no failure${why ? `, not ${failed.length} of ${told.length}: ${why}` : ''}`);
  const passed = told.filter((test) => test.status === 'passed');
  check.that(passed.length > 0 && passed.length === told.length, `${passed.length} tests`);
}

await serve({
  client: 'cartesia-js-tests',
  version,
  apiVersion: '2025-11-04',
  methods: files,
  scripts: Object.fromEntries(files.map((file) => [file, { run: (check) => run(check, file) }])),
});
