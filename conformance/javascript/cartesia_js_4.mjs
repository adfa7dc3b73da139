// The driver of `@cartesia/cartesia-js` 4.

import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

import * as agents from './cartesia_js_4/agents.mjs';
import * as backcompat from './cartesia_js_4/backcompat.mjs';
import * as own from './cartesia_js_4/client.mjs';
import * as collections from './cartesia_js_4/collections.mjs';
import * as sockets from './cartesia_js_4/sockets.mjs';
import * as speech from './cartesia_js_4/speech.mjs';
import * as voices from './cartesia_js_4/voices.mjs';
import { install } from './plain_sockets.mjs';
import { serve } from './protocol.mjs';
import { methodsOf, notPublic, paths, resourcesOf } from './reflection.mjs';

install();

// As an ES module the client does not find the package `ws`, which it asks for with `require`; what
// `require` gives finds it.
const require = createRequire(path.join(process.env.CONFORMANCE_MODULES, 'driver.cjs'));
const { Cartesia } = require('@cartesia/cartesia-js');
const { CartesiaClient } = require('@cartesia/cartesia-js/backcompat/index.js');
const { CursorIDPage } = require('@cartesia/cartesia-js/core/pagination.js');
const { APIPromise } = require('@cartesia/cartesia-js/core/api-promise.js');
const { TTSWS, TTSWSContext } = require('@cartesia/cartesia-js/resources/tts/ws.js');
const { ManualFinalizeWS } = require('@cartesia/cartesia-js/resources/stt/manual-finalize/ws.js');
const { AutoFinalizeWS } = require('@cartesia/cartesia-js/resources/stt/auto-finalize/ws.js');
const folder = path.dirname(require.resolve('@cartesia/cartesia-js'));
const { version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'));

const options = { apiKey: process.env.CARTESIA_API_KEY, baseURL: process.env.CARTESIA_BASE_URL };
const client = new Cartesia({ ...options, maxRetries: 0 });
const old = new CartesiaClient({ apiKey: options.apiKey, baseUrl: options.baseURL });

/** The public methods of a class, named after how one comes by its objects. */
function ofClass(prefix, { prototype }, notIts) {
  return methodsOf(Object.create(prototype), notIts).map((name) => `${prefix}.${name}`);
}

/** What a declaration of the package says is not public. */
const hidden = (...file) => notPublic(fs.readFileSync(path.join(folder, ...file), 'utf8'));

const methods = [
  ...methodsOf(client, hidden('client.d.ts')),
  ...paths(resourcesOf(client)),
  ...ofClass('APIPromise', APIPromise, hidden('core', 'api-promise.d.ts')),
  ...ofClass('CursorIDPage', CursorIDPage),
  ...ofClass('tts.websocket()', TTSWS, hidden('internal', 'lib', 'tts', 'ws.d.ts')),
  ...ofClass('tts.websocket().context()', TTSWSContext),
  ...ofClass('stt.manualFinalize.websocket()', ManualFinalizeWS),
  ...ofClass('stt.autoFinalize.websocket()', AutoFinalizeWS),
  ...paths(resourcesOf(old), 'CartesiaClient.'),
  ...methodsOf(old.tts.websocket({}), hidden('backcompat', 'tts-wrapper.d.ts')).map(
    (name) => `CartesiaClient.tts.websocket().${name}`,
  ),
];

await serve({
  client: 'cartesia-js',
  version,
  apiVersion: '2026-08-14',
  methods,
  scripts: {
    ...own.scripts(client, Cartesia, CursorIDPage),
    ...speech.scripts(client, Cartesia),
    ...voices.scripts(client, Cartesia),
    ...collections.scripts(client, Cartesia),
    ...agents.scripts(client, Cartesia),
    ...sockets.ttsScripts(client),
    ...sockets.sttScripts(client),
    ...backcompat.scripts(old),
  },
});
