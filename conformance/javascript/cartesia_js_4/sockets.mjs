// WebSockets: text to speech, and both kinds of speech to text. The names of the methods are those
// of the objects that `websocket()` gives.

import { PATIENCE_MS, inputs, joined, samplePieces, within } from '../checks.mjs';

const { raw } = inputs.formats;

const settings = {
  model_id: inputs.tts_model,
  voice: { mode: 'id', id: inputs.voice_id },
  output_format: raw,
  language: inputs.language,
};

const whole = inputs.transcript_parts.join('');

/** The audio of chunk events. */
function audioOf(events) {
  const chunks = events.filter((event) => event.type === 'chunk');
  return new Uint8Array(Buffer.concat(chunks.map((event) => Buffer.from(event.audio))));
}

async function all(events) {
  const seen = [];
  const read = async () => {
    for await (const event of events) seen.push(event);
  };
  await within(read(), 'the end of the context');
  return seen;
}

function isGeneration(check, events, transcript) {
  check.equal(events.at(-1).type, 'done', 'the last event');
  check.speech(audioOf(events), raw, transcript);
}

function emitterScripts(prefix, open, provoke) {
  const counted = async (check, register, times) => {
    const socket = await open();
    let heard = 0;
    const listener = () => {
      heard += 1;
    };
    register(socket, listener);
    await provoke(socket);
    await provoke(socket);
    check.equal(heard, times, 'how often the listener was called');
    socket.close();
  };
  return {
    [`${prefix}.on`]: {
      run: (check) => counted(check, (socket, listener) => socket.on(socket.heard, listener), 2),
    },
    [`${prefix}.once`]: {
      run: (check) => counted(check, (socket, listener) => socket.once(socket.heard, listener), 1),
    },
    [`${prefix}.off`]: {
      run: (check) =>
        counted(
          check,
          (socket, listener) => socket.on(socket.heard, listener).off(socket.heard, listener),
          0,
        ),
    },
    [`${prefix}.emitted`]: {
      run: async (check) => {
        const socket = await open();
        const emitted = socket.emitted(socket.heard);
        await provoke(socket);
        const event = await within(emitted, 'the event');
        check.equal(event.type, socket.heard, 'the event');
        socket.close();
      },
    },
  };
}

export function ttsScripts(client) {
  /** A socket for `use`, and the error that it reported meanwhile, if any. */
  async function connected(use) {
    const socket = await within(client.tts.websocket(), 'the connection');
    const errors = [];
    socket.on('error', (error) => errors.push(error));
    try {
      const result = await use(socket);
      if (errors.length > 0) throw errors[0];
      return result;
    } finally {
      socket.close();
    }
  }

  const spoken = (check, use, transcript) =>
    connected(async (socket) => {
      const events = await use(socket);
      isGeneration(check, events, transcript);
      return events;
    });

  return {
    'tts.websocket': {
      canonical: 'tts.websocket',
      run: (check) =>
        spoken(
          check,
          async (socket) => {
            const context = socket.context({
              ...settings,
              contextId: inputs.context_id,
              add_timestamps: true,
            });
            check.equal(context.contextId, inputs.context_id, 'the name of the context');
            await context.send({ transcript: inputs.transcript, continue: false });
            const events = await all(context.receive({ timeout: PATIENCE_MS }));
            const times = events.filter((event) => event.type === 'timestamps');
            check.words(joined(times.map((event) => event.word_timestamps)), inputs.transcript);
            return events;
          },
          inputs.transcript,
        ),
    },
    'tts.websocket().connect': {
      run: (check) =>
        connected(async (socket) => {
          check.that((await socket.connect()) === socket, 'the socket that is open');
          check.equal(socket.socket.readyState, 1, 'an open socket');
        }),
    },
    'tts.websocket().close': {
      run: (check) =>
        connected(async (socket) => {
          const closed = new Promise((resolve) => {
            socket.socket.addEventListener('close', resolve);
          });
          socket.close({ code: 1000, reason: 'enough' });
          const { code } = await within(closed, 'the end of the connection');
          check.equal(code, 1000, 'the code it was closed with');
        }),
    },
    'tts.websocket().send': {
      run: (check) =>
        spoken(
          check,
          async (socket) => {
            const events = [];
            const done = new Promise((resolve) => {
              socket.on('event', (event) => events.push(event));
              socket.on('done', resolve);
            });
            await socket.send({
              ...settings,
              context_id: inputs.context_id,
              transcript: inputs.transcript,
              continue: false,
            });
            await within(done, 'the end of the context');
            return events;
          },
          inputs.transcript,
        ),
    },
    'tts.websocket().generate': {
      run: (check) =>
        spoken(
          check,
          (socket) =>
            all(socket.generate({ ...settings, transcript: inputs.transcript, continue: false })),
          inputs.transcript,
        ),
    },
    'tts.websocket().context': {
      run: (check) =>
        connected(async (socket) => {
          // Two at a time, each with its own audio.
          const contexts = [socket.context(settings), socket.context(settings)];
          check.that(contexts[0].contextId !== contexts[1].contextId, 'names of their own');
          await contexts[0].send({ transcript: inputs.transcript, continue: false });
          await contexts[1].send({ transcript: whole, continue: false });
          const heard = await Promise.all(
            contexts.map((context) => all(context.receive({ timeout: PATIENCE_MS }))),
          );
          heard.forEach((events, index) => {
            const own = events.every((event) => event.context_id === contexts[index].contextId);
            check.that(own, 'events of its own context alone');
          });
          isGeneration(check, heard[0], inputs.transcript);
          isGeneration(check, heard[1], whole);
        }),
    },
    'tts.websocket().cancelContext': {
      run: (check) =>
        cancelled(check, (socket, context) => socket.cancelContext(context.contextId)),
    },
    ...emitterScripts(
      'tts.websocket()',
      async () => {
        const socket = await within(client.tts.websocket(), 'the connection');
        socket.heard = 'done';
        return socket;
      },
      (socket) =>
        all(socket.generate({ ...settings, transcript: inputs.transcript, continue: false })),
    ),
    'tts.websocket().context().send': {
      run: (check) =>
        spoken(
          check,
          async (socket) => {
            const context = socket.context(settings);
            await context.send({ transcript: inputs.transcript, continue: false });
            return all(context.receive({ timeout: PATIENCE_MS }));
          },
          inputs.transcript,
        ),
    },
    'tts.websocket().context().push': {
      canonical: 'tts.websocket.inputs',
      run: (check) => spoken(check, pushed, whole),
    },
    'tts.websocket().context().no_more_inputs': {
      run: (check) => spoken(check, pushed, whole),
    },
    'tts.websocket().context().receive': {
      run: (check) =>
        connected(async (socket) => {
          const context = socket.context({ ...settings, timeout: PATIENCE_MS });
          await context.send({ transcript: inputs.transcript, continue: false });
          const events = await all(context.receive());
          isGeneration(check, events, inputs.transcript);
          // Nothing was said in this one: nothing may come.
          const silent = socket.context(settings);
          let late = null;
          try {
            for await (const event of silent.receive({ timeout: 50 })) late = event;
          } catch (error) {
            check.equal(error.constructor.name, 'WebSocketTimeoutError', 'the time limit');
          }
          check.equal(late, null, 'nothing from a context without input');
        }),
    },
    'tts.websocket().context().flush': {
      canonical: 'tts.websocket.flush',
      run: (check) =>
        spoken(
          check,
          async (socket) => {
            const context = socket.context({ ...settings, contextId: inputs.context_id });
            await context.push({ transcript: inputs.transcript_parts[0] });
            await context.flush();
            for (const transcript of inputs.transcript_parts.slice(1)) {
              await context.push({ transcript });
            }
            await context.no_more_inputs();
            const events = await all(context.receive({ timeout: PATIENCE_MS }));
            const flushed = events.filter((event) => event.type === 'flush_done');
            check.that(flushed.length > 0, 'that it was flushed');
            return events;
          },
          whole,
        ),
    },
    'tts.websocket().context().generate': {
      run: (check) =>
        spoken(
          check,
          (socket) =>
            all(
              socket.context(settings).generate({ transcript: inputs.transcript, continue: false }),
            ),
          inputs.transcript,
        ),
    },
    'tts.websocket().context().cancel': {
      canonical: 'tts.websocket.cancel',
      run: (check) => cancelled(check, (_, context) => context.cancel()),
    },
  };

  async function pushed(socket) {
    const context = socket.context({ ...settings, contextId: inputs.context_id });
    for (const transcript of inputs.transcript_parts) await context.push({ transcript });
    await context.no_more_inputs();
    return all(context.receive({ timeout: PATIENCE_MS }));
  }

  async function cancelled(check, cancel) {
    await connected(async (socket) => {
      // It waits for the rest of its sentence when it is cancelled: nothing of it is to be heard.
      const context = socket.context({ ...settings, max_buffer_delay_ms: 5000 });
      await context.push({ transcript: 'This will not be' });
      const events = [];
      socket.on('event', (event) => events.push(event));
      await cancel(socket, context);
      // The connection goes on.
      const other = socket.context(settings);
      await other.send({ transcript: inputs.transcript, continue: false });
      isGeneration(check, await all(other.receive({ timeout: PATIENCE_MS })), inputs.transcript);
      const stray = events.some(
        (event) => event.type === 'chunk' && event.context_id === context.contextId,
      );
      check.equal(stray, false, 'audio of what was cancelled');
    });
  }
}

const manual = {
  model: inputs.stt_manual_model,
  encoding: 'pcm_s16le',
  sample_rate: 16_000,
  language: inputs.language,
};
const turns = {
  model: inputs.stt_auto_model,
  encoding: 'pcm_s16le',
  sample_rate: 16_000,
};

export function sttScripts(client) {
  const finalizing = {
    open: () => client.stt.manualFinalize.websocket(manual),
    heard: 'flush_done',
    provoke: (socket) => {
      const answered = socket.emitted('flush_done');
      socket.send('finalize');
      return within(answered, 'the answer to finalize');
    },
    async said(check, iterate = (socket) => socket.stream()) {
      const socket = this.open();
      for (const piece of samplePieces(3200)) socket.sendRaw(piece);
      socket.send('finalize');
      socket.send('close');
      const messages = await messagesOf(iterate(socket));
      const finals = messages.filter((event) => event.type === 'transcript' && event.is_final);
      check.equal(
        finals
          .map((event) => event.text)
          .join('')
          .trim(),
        inputs.spoken,
        'what was said',
      );
      check.that(
        messages.some((event) => event.type === 'flush_done'),
        'the answer to finalize',
      );
      check.equal(messages.at(-1).type, 'done', 'the last event');
    },
  };
  const turning = {
    open: () => client.stt.autoFinalize.websocket(turns),
    heard: 'turn.start',
    async said(check, iterate = (socket) => socket.stream()) {
      const socket = this.open();
      for (const piece of samplePieces(3200)) socket.sendRaw(piece);
      for (let piece = 0; piece < 100; piece += 1) socket.sendRaw(new Uint8Array(3200));
      socket.send({ type: 'close' });
      const messages = await messagesOf(iterate(socket));
      check.equal(messages[0].type, 'connected', 'the first event');
      check.equal(messages[1].type, 'turn.start', 'what begins a turn');
      const ends = messages.filter((event) => event.type === 'turn.end');
      check.equal(
        ends
          .map((event) => event.transcript)
          .join('')
          .trim(),
        inputs.spoken,
        'what was said',
      );
    },
  };

  return {
    ...socketScripts('stt.manualFinalize', finalizing, 'stt.manual'),
    ...socketScripts('stt.autoFinalize', turning, 'stt.turns'),
    ...emitterScripts(
      'stt.manualFinalize.websocket()',
      () => Object.assign(finalizing.open(), { heard: finalizing.heard }),
      finalizing.provoke,
    ),
    ...emitterScripts(
      'stt.autoFinalize.websocket()',
      () => Object.assign(turning.open(), { heard: turning.heard }),
      (socket) => {
        const ended = socket.emitted('turn.end');
        for (const piece of samplePieces(3200)) socket.sendRaw(piece);
        for (let piece = 0; piece < 100; piece += 1) socket.sendRaw(new Uint8Array(3200));
        return within(ended, 'the end of the turn');
      },
    ),
  };
}

/** What both kinds of sockets have. */
function socketScripts(resource, kind, canonical) {
  return {
    [`${resource}.websocket`]: { canonical, run: (check) => kind.said(check) },
    [`${resource}.websocket().send`]: { run: (check) => kind.said(check) },
    [`${resource}.websocket().sendRaw`]: { run: (check) => kind.said(check) },
    [`${resource}.websocket().stream`]: {
      run: (check) => kind.said(check, (socket) => socket[Symbol.asyncIterator]()),
    },
    [`${resource}.websocket().close`]: {
      run: async (check) => {
        const socket = kind.open();
        const seen = [];
        const read = async () => {
          for await (const item of socket.stream()) {
            seen.push(item.type);
            if (item.type === 'open') socket.close({ code: 1000, reason: 'enough' });
            if (item.type === 'close') check.equal(item.code, 1000, 'the code it was closed with');
          }
        };
        await within(read(), 'the end of the connection');
        check.equal(seen.at(-1), 'close', 'the last event');
      },
    },
  };
}

async function messagesOf(items) {
  const messages = [];
  const read = async () => {
    for await (const item of items) {
      if (item.type === 'error') throw item.error;
      if (item.type === 'message') messages.push(item.message);
    }
  };
  await within(read(), 'the end of the connection');
  return messages;
}
