// `CartesiaClient`, by which programs that were written for the client before go on.

import { bytesOf, errorOf, inputs, recording, within } from '../checks.mjs';

const camel = (format) => ({
  container: format.container,
  encoding: format.encoding,
  sampleRate: format.sample_rate,
  bitRate: format.bit_rate,
});

export function scripts(old) {
  const { raw, raw_float: float, wav } = inputs.formats;
  const { voice } = inputs;
  const specifier = { mode: 'id', id: inputs.voice_id };

  async function ownVoice(use) {
    const made = await old.voices.clone(recording(), {
      name: voice.name,
      description: voice.description,
      language: inputs.language,
    });
    try {
      return await use(made);
    } finally {
      await old.voices.delete(made.id);
    }
  }

  /** Speaks through the socket of the client, and reads its source to the end. */
  async function overSocket(check) {
    const socket = old.tts.websocket(camel(float));
    await within(socket.connect(), 'the connection');
    const { source } = await socket.send({
      modelId: inputs.tts_model,
      transcript: inputs.transcript,
      voice: specifier,
    });
    const pieces = [];
    const buffer = new Float32Array(4096);
    const read = async () => {
      for (let count = 1; count > 0;) {
        count = await source.read(buffer);
        pieces.push(Buffer.from(buffer.slice(0, count).buffer));
      }
    };
    await within(read(), 'the end of the audio');
    check.speech(new Uint8Array(Buffer.concat(pieces)), float, inputs.transcript);
    socket.disconnect();
  }

  return {
    'CartesiaClient.tts.generate': {
      run: async (check) => {
        const stream = await old.tts.generate(inputs.transcript, inputs.voice_id, {
          modelId: inputs.tts_model,
          outputFormat: camel(wav),
          language: inputs.language,
        });
        check.wav(await bytesOf(stream), wav, inputs.transcript);
      },
    },
    'CartesiaClient.tts.bytes': {
      run: async (check) => {
        const stream = await old.tts.bytes({
          modelId: inputs.tts_model,
          transcript: inputs.transcript,
          voice: specifier,
          outputFormat: camel(raw),
          language: inputs.language,
        });
        check.speech(await bytesOf(stream), raw, inputs.transcript);
      },
    },
    'CartesiaClient.tts.websocket': { run: overSocket },
    'CartesiaClient.tts.websocket().connect': { run: overSocket },
    'CartesiaClient.tts.websocket().send': { run: overSocket },
    'CartesiaClient.tts.websocket().disconnect': {
      run: async (check) => {
        const socket = old.tts.websocket(camel(float));
        await within(socket.connect(), 'the connection');
        const closed = new Promise((resolve) => {
          socket.socket.on('close', resolve);
        });
        socket.disconnect();
        await within(closed, 'the end of the connection');
        check.equal(socket.socket.readyState, 3, 'a closed socket');
      },
    },
    'CartesiaClient.voices.list': {
      run: async (check) => {
        const voices = await old.voices.list({ limit: 4 });
        check.that(voices.length > 4, 'pages go on to the end');
        check.time(voices[0].createdAt, 'the day it was made');
        check.that(typeof voices[0].isOwner === 'boolean', 'whose it is');
      },
    },
    'CartesiaClient.voices.get': {
      run: async (check) => {
        const found = await old.voices.get(inputs.voice_id);
        check.equal(found.id, inputs.voice_id, 'the voice asked for');
        check.time(found.createdAt, 'the day it was made');
      },
    },
    'CartesiaClient.voices.clone': {
      run: (check) =>
        ownVoice((made) => {
          check.equal(made.name, voice.name, 'the name');
          check.text(made.userId, 'the owner');
        }),
    },
    'CartesiaClient.voices.update': {
      run: (check) =>
        ownVoice(async (made) => {
          const changed = await old.voices.update(made.id, {
            name: voice.new_name,
            description: voice.new_description,
          });
          check.equal(changed.name, voice.new_name, 'the new name');
        }),
    },
    'CartesiaClient.voices.delete': {
      run: async (check) => {
        const { id } = await ownVoice((made) => made);
        const error = await errorOf(() => old.voices.get(id));
        check.equal(error.statusCode ?? error.status, 404, 'the voice is gone');
      },
    },
    'CartesiaClient.voices.localize': {
      run: async (check) => {
        const { name, description, language, dialect } = inputs.localize;
        const made = await old.voices.localize({
          voiceId: inputs.voice_id,
          name,
          description,
          language,
          originalSpeakerGender: inputs.localize.original_speaker_gender,
          dialect,
        });
        check.equal(made.name, name, 'the name');
        check.equal(made.language, language, 'the language');
        await old.voices.delete(made.id);
      },
    },
    'CartesiaClient.voiceChanger.bytes': {
      run: async (check) => {
        const stream = await old.voiceChanger.bytes(recording(), {
          voiceId: inputs.voice_id,
          outputFormatContainer: wav.container,
          outputFormatSampleRate: wav.sample_rate,
          outputFormatEncoding: wav.encoding,
        });
        check.wav(await bytesOf(stream), wav, inputs.spoken);
      },
    },
  };
}
