// The sockets of this client, and the buffer that one of them fills.

import { inputs, joined, samplePieces, within } from '../checks.mjs';
import { camel, speechRequest } from './http.mjs';

const { raw_float: float } = inputs.formats;
const whole = inputs.transcript_parts.join('');

/** Reads a source to its end. */
async function heardFrom(source) {
  const pieces = [];
  const read = async () => {
    for (let count = 1; count > 0;) {
      const buffer = new Float32Array(4096);
      count = await source.read(buffer);
      pieces.push(Buffer.from(buffer.slice(0, count).buffer));
    }
  };
  await within(read(), 'the end of the audio');
  return new Uint8Array(Buffer.concat(pieces));
}

export function ttsScripts(client) {
  const open = () => client.tts.websocket(camel(float));
  // The client writes an identifier into the request it is given.
  const request = (own) => ({ ...speechRequest, ...own });

  async function spoken(check) {
    const socket = open();
    try {
      const said = await within(
        socket.send(request({ addTimestamps: true, contextId: inputs.context_id })),
        'the connection',
      );
      const messages = [];
      said.on('message', (message) => messages.push(JSON.parse(message)));
      check.speech(await heardFrom(said.source), float, inputs.transcript);
      const times = messages.filter((message) => message.type === 'timestamps');
      check.words(joined(times.map((message) => message.word_timestamps)), inputs.transcript);
      check.equal(messages.at(-1).type, 'done', 'the last message');
    } finally {
      socket.disconnect();
    }
  }

  async function source(check, use) {
    const socket = open();
    try {
      const said = await within(socket.send(request({})), 'the connection');
      await use(said.source);
    } finally {
      socket.disconnect();
    }
  }

  return {
    'tts.websocket': { canonical: 'tts.websocket', run: spoken },
    'tts.websocket().send': { run: spoken },
    'tts.websocket().connect': {
      run: async (check) => {
        const socket = open();
        const connection = await within(socket.connect(), 'the connection');
        check.equal(socket.socket.readyState, 1, 'an open socket');
        const closed = connection.once('close');
        socket.disconnect();
        await within(closed, 'the end of the connection');
      },
    },
    'tts.websocket().disconnect': {
      run: async (check) => {
        const socket = open();
        const connection = await within(socket.connect(), 'the connection');
        const closed = connection.once('close');
        socket.disconnect();
        await within(closed, 'the end of the connection');
        check.that(socket.socket.readyState >= 2, 'a socket that is closed');
      },
    },
    'tts.websocket().continue': {
      canonical: 'tts.websocket.inputs',
      run: async (check) => {
        const socket = open();
        try {
          const contextId = inputs.context_id;
          const [first, ...rest] = inputs.transcript_parts;
          const said = await within(
            socket.send(request({ contextId, transcript: first, continue: true })),
            'the connection',
          );
          for (const transcript of rest) {
            await socket.continue(request({ contextId, transcript, continue: true }));
          }
          await socket.continue(request({ contextId, transcript: '', continue: false }));
          check.speech(await heardFrom(said.source), float, whole);
        } finally {
          socket.disconnect();
        }
      },
    },
    'tts.websocket().send().source.read': {
      run: (check) =>
        source(check, async (found) => {
          check.speech(await heardFrom(found), float, inputs.transcript);
        }),
    },
    'tts.websocket().send().source.seek': {
      run: (check) =>
        source(check, async (found) => {
          const first = await heardFrom(found);
          check.equal(await found.seek(0, 'start'), 0, 'the start');
          check.that(
            Buffer.compare(await heardFrom(found), first) === 0,
            'the same audio once more',
          );
        }),
    },
    'tts.websocket().send().source.enqueue': {
      run: (check) =>
        source(check, async (found) => {
          const before = (await heardFrom(found)).length;
          await found.enqueue(new Float32Array(100));
          await found.seek(0, 'start');
          check.equal((await heardFrom(found)).length, before + 400, 'audio that was added');
        }),
    },
    'tts.websocket().send().source.durationToSampleCount': {
      run: (check) =>
        source(check, (found) => {
          check.equal(found.durationToSampleCount(2), 2 * float.sample_rate, 'two seconds');
        }),
    },
    'tts.websocket().send().source.close': {
      run: (check) =>
        source(check, async (found) => {
          const closed = found.once('close');
          await found.close();
          await within(closed, 'the end of the source');
          check.that(true, 'the end is announced');
        }),
    },
  };
}

export function sttScripts(client) {
  const settings = {
    model: inputs.stt_manual_model,
    language: inputs.language,
    encoding: 'pcm_s16le',
    sampleRate: 16_000,
  };
  const pieces = () => samplePieces(3200).map((piece) => piece.buffer);

  function isTranscript(check, results) {
    const finals = results.filter((result) => result.type === 'transcript' && result.isFinal);
    check.equal(
      finals
        .map((result) => result.text)
        .join('')
        .trim(),
      inputs.spoken,
      'what was said',
    );
    check.that(
      results.some((result) => result.type === 'flush_done'),
      'the answer to finalize',
    );
    check.equal(results.at(-1).type, 'done', 'the last message');
    check.text(results[0].requestId, 'the id of the request');
  }

  async function heard(check) {
    const socket = client.stt.websocket(settings);
    try {
      const results = [];
      let ended;
      const end = new Promise((resolve, reject) => {
        ended = { resolve, reject };
      });
      await within(
        socket.onMessage((result) => {
          results.push(result);
          if (result.type === 'done') ended.resolve();
          if (result.type === 'error') ended.reject(new Error(result.message));
        }),
        'the connection',
      );
      for (const piece of pieces()) await socket.send(piece);
      await socket.finalize();
      await socket.done();
      await within(end, 'the end of the transcript');
      isTranscript(check, results);
    } finally {
      socket.disconnect();
    }
  }

  return {
    'stt.websocket': { canonical: 'stt.manual', run: heard },
    'stt.websocket().send': { run: heard },
    'stt.websocket().finalize': { run: heard },
    'stt.websocket().done': { run: heard },
    'stt.websocket().onMessage': { run: heard },
    'stt.websocket().connect': {
      run: async (check) => {
        const socket = client.stt.websocket(settings);
        try {
          await within(socket.connect(), 'the connection');
          check.equal(socket.socket.readyState, 1, 'an open socket');
        } finally {
          socket.disconnect();
        }
      },
    },
    'stt.websocket().disconnect': {
      run: async (check) => {
        const socket = client.stt.websocket(settings);
        await within(socket.connect(), 'the connection');
        const closed = new Promise((resolve) => {
          socket.socket.addEventListener('close', resolve);
        });
        socket.disconnect();
        await within(closed, 'the end of the connection');
        check.that(socket.socket.readyState >= 2, 'a socket that is closed');
      },
    },
    'stt.transcribeChunks': {
      run: async (check) => {
        async function* chunks() {
          yield* pieces();
        }
        const results = [];
        const read = async () => {
          for await (const result of client.stt.transcribeChunks(chunks(), settings)) {
            results.push(result);
          }
        };
        await within(read(), 'the end of the transcript');
        isTranscript(check, results);
      },
    },
  };
}
