// Speech, both ways, over HTTP.

import { bytesOf, errorOf, inputs, joined, recording } from '../checks.mjs';

const { raw, raw_float: float, wav, mp3 } = inputs.formats;

export const speechRequest = {
  model_id: inputs.tts_model,
  transcript: inputs.transcript,
  voice: { mode: 'id', id: inputs.voice_id },
  language: inputs.language,
  generation_config: inputs.generation_config,
};

export function scripts(client, Cartesia) {
  const changed = {
    'voice[id]': inputs.second_voice_id,
    'output_format[container]': wav.container,
    'output_format[encoding]': wav.encoding,
    'output_format[sample_rate]': wav.sample_rate,
  };

  async function changedVoice(check, method) {
    const response = await client.voiceChanger[method]({ clip: recording(), ...changed });
    const bytes = new Uint8Array(await response.arrayBuffer());
    check.wav(bytes, wav, inputs.spoken);
  }

  return {
    'tts.generate': {
      canonical: 'tts.bytes',
      run: async (check) => {
        const response = await client.tts.generate({ ...speechRequest, output_format: wav });
        check.wav(new Uint8Array(await response.arrayBuffer()), wav, inputs.transcript);
        const encoded = await client.tts.generate({ ...speechRequest, output_format: mp3 });
        check.mp3(new Uint8Array(await encoded.arrayBuffer()));
        const saved = await client.tts.generate({
          ...speechRequest,
          output_format: float,
          save: true,
        });
        check.speech(await bytesOf(saved.body), float, inputs.transcript);
        check.text(saved.headers.get('cartesia-file-id'), 'the file that was saved');
        const refused = await errorOf(() =>
          client.tts.generate({
            ...speechRequest,
            voice: { mode: 'id', id: 'nobody' },
            output_format: wav,
          }),
        );
        check.that(refused instanceof Cartesia.NotFoundError, 'an unknown voice is not found');
      },
    },
    'tts.generateSSE': {
      canonical: 'tts.sse',
      run: async (check) => {
        const stream = await client.tts.generateSSE({
          ...speechRequest,
          output_format: raw,
          add_timestamps: true,
          add_phoneme_timestamps: true,
          context_id: inputs.context_id,
        });
        const events = [];
        for await (const event of stream) events.push(event);
        sseEvents(check, events);
      },
    },
    'tts.generateSse': {
      run: async (check) => {
        const text = await client.tts.generateSse({
          ...speechRequest,
          output_format: raw,
          add_timestamps: true,
          add_phoneme_timestamps: true,
          context_id: inputs.context_id,
        });
        const data = [...text.matchAll(/^data: (.*)$/gm)].map((line) => JSON.parse(line[1]));
        sseEvents(check, data);
      },
    },
    'tts.infill': {
      canonical: 'infill.bytes',
      run: async (check) => {
        const response = await client.tts.infill({
          left_audio: recording(),
          right_audio: recording(),
          model_id: inputs.infill_model,
          language: inputs.language,
          transcript: inputs.transcript,
          voice_id: inputs.voice_id,
          output_format: wav,
        });
        check.wav(new Uint8Array(await response.arrayBuffer()), wav, inputs.transcript);
      },
    },
    'voiceChanger.generate': {
      canonical: 'voice_changer.bytes',
      run: (check) => changedVoice(check, 'generate'),
    },
    'voiceChanger.changeVoiceBytes': {
      canonical: 'voice_changer.bytes',
      run: (check) => changedVoice(check, 'changeVoiceBytes'),
    },
    'voiceChanger.generateSSE': {
      canonical: 'voice_changer.sse',
      run: async (check) => {
        const stream = await client.voiceChanger.generateSSE({
          clip: recording(),
          ...changedRaw(),
        });
        const events = [];
        for await (const event of stream) events.push(event);
        changedEvents(check, events);
      },
    },
    'voiceChanger.changeVoiceSse': {
      run: async (check) => {
        const text = await client.voiceChanger.changeVoiceSse({
          clip: recording(),
          ...changedRaw(),
        });
        const events = [...text.matchAll(/^data: (.*)$/gm)].map((line) => JSON.parse(line[1]));
        changedEvents(check, events);
      },
    },
    'stt.transcribe': {
      canonical: 'stt.transcribe',
      run: async (check) => {
        const answer = await client.stt.transcribe({
          file: recording(),
          model: inputs.stt_batch_model,
          language: inputs.language,
          timestamp_granularities: ['word'],
        });
        check.equal(answer.type, 'transcript', 'the type of the answer');
        check.text(answer.text, 'the transcript');
        check.that(answer.duration > 0, 'a duration');
        check.equal(answer.language, inputs.language, 'the language');
        check.equal(
          answer.words.length,
          answer.text.split(/\s+/).filter((word) => word !== '').length,
          'a time for each word',
        );
        check.that(
          answer.words.every(({ word, start, end }) => word !== '' && start < end),
          'words with their times',
        );
      },
    },
  };

  function changedRaw() {
    return {
      ...changed,
      'output_format[container]': raw.container,
      'output_format[encoding]': raw.encoding,
      'output_format[sample_rate]': raw.sample_rate,
    };
  }
}

function sseEvents(check, events) {
  const of = (type) => events.filter((event) => event.type === type);
  check.that(
    events.every((event) => event.context_id === inputs.context_id),
    'the context on every event',
  );
  const audio = Buffer.concat(of('chunk').map((event) => Buffer.from(event.data, 'base64')));
  check.speech(new Uint8Array(audio), raw, inputs.transcript);
  check.that(
    of('chunk').every((event) => event.step_time >= 0),
    'the time of every step',
  );
  check.words(joined(of('timestamps').map((event) => event.word_timestamps)), inputs.transcript);
  const phonemes = of('phoneme_timestamps').flatMap((event) => event.phoneme_timestamps.phonemes);
  check.that(phonemes.length > 0, 'phoneme times');
  check.equal(events.at(-1).type, 'done', 'the last event');
  check.equal(of('error').length, 0, 'no errors');
}

function changedEvents(check, events) {
  const chunks = events.filter((event) => event.data !== undefined);
  check.that(chunks.length > 0, 'chunks');
  check.equal(chunks[0].sample_rate, raw.sample_rate, 'the sample rate asked for');
  const audio = Buffer.concat(chunks.map((event) => Buffer.from(event.data, 'base64')));
  check.speech(new Uint8Array(audio), raw, inputs.spoken);
  check.equal(events.at(-1).done, true, 'the last event says that it is');
}
