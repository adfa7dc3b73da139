// What this client does over HTTP: speech, voices, tokens, the status.

import { bytesOf, errorOf, inputs, joined, recording } from '../checks.mjs';

export const camel = (format) => ({
  container: format.container,
  encoding: format.encoding,
  sampleRate: format.sample_rate,
  bitRate: format.bit_rate,
});

export const speechRequest = {
  modelId: inputs.tts_model,
  transcript: inputs.transcript,
  voice: { mode: 'id', id: inputs.voice_id },
  language: inputs.language,
  generationConfig: inputs.generation_config,
};

export function speechScripts(client) {
  const { raw, raw_float: float, wav, mp3 } = inputs.formats;
  const changed = (format) => ({
    voiceId: inputs.second_voice_id,
    outputFormatContainer: format.container,
    outputFormatSampleRate: format.sample_rate,
    outputFormatEncoding: format.encoding,
  });

  return {
    'tts.bytes': {
      canonical: 'tts.bytes',
      run: async (check) => {
        const said = async (format) =>
          bytesOf(await client.tts.bytes({ ...speechRequest, outputFormat: camel(format) }));
        check.wav(await said(wav), wav, inputs.transcript);
        check.mp3(await said(mp3));
        check.speech(await said(float), float, inputs.transcript);
        const error = await errorOf(() =>
          client.tts.bytes({
            ...speechRequest,
            voice: { mode: 'id', id: 'nobody' },
            outputFormat: camel(wav),
          }),
        );
        check.that(error.statusCode >= 400, 'an unknown voice is refused');
      },
    },
    'tts.sse': {
      canonical: 'tts.sse',
      run: async (check) => {
        const stream = await client.tts.sse({
          ...speechRequest,
          outputFormat: camel(raw),
          addTimestamps: true,
          addPhonemeTimestamps: true,
          contextId: inputs.context_id,
        });
        const events = [];
        for await (const event of stream) events.push(event);
        const of = (type) => events.filter((event) => event.type === type);
        const audio = Buffer.concat(of('chunk').map((event) => Buffer.from(event.data, 'base64')));
        check.speech(new Uint8Array(audio), raw, inputs.transcript);
        check.words(
          joined(of('timestamps').map((event) => event.wordTimestamps)),
          inputs.transcript,
        );
        const phonemes = of('phoneme_timestamps');
        check.that(phonemes[0].phonemeTimestamps.phonemes.length > 0, 'phoneme times');
        check.equal(events.at(-1).type, 'done', 'the last event');
        check.that(
          events.every((event) => event.contextId === inputs.context_id),
          'the context on every event',
        );
      },
    },
    'infill.bytes': {
      canonical: 'infill.bytes',
      run: async (check) => {
        const stream = await client.infill.bytes(recording(), recording(), {
          modelId: inputs.infill_model,
          language: inputs.language,
          transcript: inputs.transcript,
          voiceId: inputs.voice_id,
          outputFormatContainer: wav.container,
          outputFormatSampleRate: wav.sample_rate,
          outputFormatEncoding: wav.encoding,
        });
        check.wav(await bytesOf(stream), wav, inputs.transcript);
      },
    },
    'voiceChanger.bytes': {
      canonical: 'voice_changer.bytes',
      run: async (check) => {
        const stream = await client.voiceChanger.bytes(recording(), changed(wav));
        check.wav(await bytesOf(stream), wav, inputs.spoken);
      },
    },
    'voiceChanger.sse': {
      canonical: 'voice_changer.sse',
      run: async (check) => {
        const stream = await client.voiceChanger.sse(recording(), changed(raw));
        const events = [];
        for await (const event of stream) events.push(event);
        check.that(events.length > 0, 'events');
        const chunks = events.filter((event) => event.data !== undefined);
        const audio = Buffer.concat(chunks.map((event) => Buffer.from(event.data, 'base64')));
        check.speech(new Uint8Array(audio), raw, inputs.spoken);
      },
    },
    'stt.transcribe': {
      canonical: 'stt.transcribe',
      run: async (check) => {
        const answer = await client.stt.transcribe(recording(), {
          model: inputs.stt_batch_model,
          language: inputs.language,
          timestampGranularities: ['word'],
        });
        check.text(answer.text, 'the transcript');
        check.equal(answer.language, inputs.language, 'the language');
        check.that(answer.duration > 0, 'a duration');
        check.equal(
          answer.words.length,
          answer.text.trim().split(/\s+/).length,
          'a time for each word',
        );
        check.that(
          answer.words.every(({ word, start, end }) => word !== '' && start < end),
          'words with their times',
        );
      },
    },
    'auth.accessToken': {
      canonical: 'access_tokens.create',
      run: async (check) => {
        const { grants, expires_in: expiresIn } = inputs.access_token;
        const { token } = await client.auth.accessToken({ grants, expiresIn });
        check.text(token, 'the token');
      },
    },
    'apiStatus.get': {
      canonical: 'status',
      run: async (check) => {
        const status = await client.apiStatus.get();
        check.equal(status.ok, true, 'the service is well');
        check.text(status.version, 'its version');
      },
    },
  };
}

export function voiceScripts(client) {
  const { voice } = inputs;

  async function ownVoice(use) {
    const made = await client.voices.clone(recording(), {
      name: voice.name,
      description: voice.description,
      language: inputs.language,
      mode: 'similarity',
      enhance: false,
    });
    try {
      return await use(made);
    } finally {
      await client.voices.delete(made.id);
    }
  }

  function isVoice(check, found) {
    check.text(found.id, 'the id');
    check.text(found.name, 'the name');
    check.text(found.language, 'the language');
    check.that(found.createdAt instanceof Date, 'the day it was made');
    check.time(found.createdAt, 'that day');
    check.that(typeof found.isPublic === 'boolean', 'who may use it');
    check.equal(found.embedding.length, 192, 'its embedding');
  }

  return {
    'voices.list': {
      canonical: 'voices.list',
      run: async (check) => {
        const voices = await client.voices.list();
        check.that(Array.isArray(voices) && voices.length > 4, 'all voices');
        isVoice(check, voices[0]);
      },
    },
    'voices.get': {
      canonical: 'voices.get',
      run: async (check) => {
        const found = await client.voices.get(inputs.voice_id);
        isVoice(check, found);
        check.equal(found.id, inputs.voice_id, 'the voice asked for');
        const error = await errorOf(() => client.voices.get('nobody'));
        check.that(error.statusCode >= 400, 'an unknown voice is refused');
      },
    },
    'voices.clone': {
      canonical: 'voices.clone_voice',
      run: (check) =>
        ownVoice(async (made) => {
          check.text(made.userId, 'the owner');
          check.equal(made.name, voice.name, 'the name');
          isVoice(check, await client.voices.get(made.id));
        }),
    },
    'voices.update': {
      canonical: 'voices.update',
      run: (check) =>
        ownVoice(async (made) => {
          const changed = await client.voices.update(made.id, {
            name: voice.new_name,
            description: voice.new_description,
          });
          check.equal(changed.name, voice.new_name, 'the new name');
          const found = await client.voices.get(made.id);
          check.equal(found.description, voice.new_description, 'the new description');
        }),
    },
    'voices.delete': {
      canonical: 'voices.delete',
      run: async (check) => {
        const { id } = await ownVoice((made) => made);
        const error = await errorOf(() => client.voices.get(id));
        check.that(error.statusCode >= 400, 'the voice is gone');
      },
    },
    'voices.localize': {
      canonical: 'voices.localize',
      run: async (check) => {
        const { name, description, language, dialect } = inputs.localize;
        const made = await client.voices.localize({
          voiceId: inputs.voice_id,
          name,
          description,
          language,
          originalSpeakerGender: inputs.localize.original_speaker_gender,
          dialect,
        });
        check.equal(made.name, name, 'the name');
        check.equal(made.language, language, 'the language');
        isVoice(check, await client.voices.get(made.id));
        await client.voices.delete(made.id);
      },
    },
    'voices.mix': {
      canonical: 'voices.legacy.mix',
      run: async (check) => {
        const { embedding } = await client.voices.mix({
          voices: [
            { id: inputs.voice_id, weight: 0.75 },
            { id: inputs.second_voice_id, weight: 0.25 },
          ],
        });
        check.equal(embedding.length, 192, 'the embedding');
      },
    },
    'voices.create': {
      canonical: 'voices.legacy.create',
      run: async (check) => {
        const { embedding } = await client.voices.get(inputs.voice_id);
        const made = await client.voices.create({
          name: voice.name,
          description: voice.description,
          embedding,
          language: inputs.language,
        });
        check.equal(made.name, voice.name, 'the name');
        const found = await client.voices.get(made.id);
        check.equal(found.embedding, embedding, 'the embedding it was made of');
        await client.voices.delete(made.id);
      },
    },
  };
}
