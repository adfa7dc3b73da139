// What scripts verify with. A check that does not hold ends the script.

import fs from 'node:fs';

/** The inputs that the drivers of all clients share. */
export const inputs = JSON.parse(fs.readFileSync(process.env.CONFORMANCE_INPUTS, 'utf8'));

/** The name of the recording that the orchestrator put into the working folder. */
export const SAMPLE = 'sample.wav';

/** The recording, as a file that says what it is. */
export function recording() {
  return new File([fs.readFileSync(SAMPLE)], SAMPLE, { type: 'audio/wav' });
}

/** A file of texts for a data set. */
export function lines() {
  const text = '{"text": "Hello.", "audio": "hello.wav"}\n';
  return new File([text], 'lines.jsonl', { type: 'application/jsonl' });
}

/** Asks the server without the client; what is asked so is no part of a call. */
export async function aside(version, method, path) {
  const response = await fetch(process.env.CONFORMANCE_SERVER + path, {
    method,
    headers: {
      'user-agent': 'conformance',
      authorization: `Bearer ${process.env.CARTESIA_API_KEY}`,
      'cartesia-version': version,
    },
  });
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status}`);
  const text = await response.text();
  return text === '' ? null : JSON.parse(text);
}

/** The longest time for which a script waits for an event. */
export const PATIENCE_MS = 15_000;

const BYTES_PER_SAMPLE = { pcm_f32le: 4, pcm_s16le: 2, pcm_mulaw: 1, pcm_alaw: 1 };

export class Checks {
  checked = [];

  that(condition, what) {
    if (!condition) throw new Error(`not so: ${what}`);
    this.checked.push(what);
  }

  equal(found, expected, what) {
    const [left, right] = [JSON.stringify(found), JSON.stringify(expected)];
    if (left !== right) throw new Error(`${what}: ${left} in place of ${right}`);
    this.checked.push(what);
  }

  text(value, what) {
    this.that(typeof value === 'string' && value !== '', `${what} is a text`);
  }

  /** A time that can be read, as text or as a date. */
  time(value, what) {
    this.that(!Number.isNaN(new Date(value).getTime()) && value != null, `${what} is a time`);
  }

  /** Raw audio in `format` that is as long as somebody needs to say `transcript`. */
  speech(bytes, format, transcript) {
    const size = BYTES_PER_SAMPLE[format.encoding];
    this.equal(bytes.length % size, 0, 'audio of whole samples');
    const seconds = bytes.length / size / format.sample_rate;
    const words = transcript.split(/\s+/).filter((word) => word !== '').length;
    this.that(
      seconds > 0.1 * words && seconds < 1.5 * words,
      `${words} words of audio have the length of ${words} words`,
    );
    this.that(
      bytes.some((byte) => byte !== bytes[0]),
      'audio that is not silent',
    );
  }

  /** A WAV file whose samples are speech. */
  wav(bytes, format, transcript) {
    this.equal(latin1(bytes, 0, 4) + latin1(bytes, 8, 12), 'RIFFWAVE', 'a RIFF header');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    let at = 12;
    while (latin1(bytes, at, at + 4) !== 'data') {
      if (latin1(bytes, at, at + 4) === 'fmt ') {
        this.equal(view.getUint32(at + 12, true), format.sample_rate, 'the sample rate asked for');
      }
      at += 8 + view.getUint32(at + 4, true);
      if (at + 8 > bytes.length) throw new Error('a WAV file without samples');
    }
    this.speech(bytes.subarray(at + 8), format, transcript);
  }

  /** An MP3 stream. */
  mp3(bytes) {
    const frame = bytes[0] === 0xff && (bytes[1] & 0xe0) === 0xe0;
    this.that(frame || latin1(bytes, 0, 3) === 'ID3', 'an MP3 header');
    this.that(bytes.length > 1000, 'MP3 with audio in it');
  }

  /** `{ words, start, end }` that tell of `transcript`. */
  words(times, transcript) {
    const words = transcript.split(/\s+/).filter((word) => word !== '');
    this.equal(times.words.length, words.length, 'a time for each word');
    this.equal(times.start.length, words.length, 'as many starts as words');
    this.equal(times.end.length, words.length, 'as many ends as words');
    const ordered = times.start.every(
      (start, index) =>
        start >= 0 && start < times.end[index] && (index === 0 || start >= times.start[index - 1]),
    );
    this.that(ordered, 'word times that go forward');
  }
}

function latin1(bytes, from, to) {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** The words of several timestamp events as one. */
export function joined(events) {
  const all = { words: [], start: [], end: [] };
  for (const event of events) {
    for (const field of Object.keys(all)) all[field].push(...event[field]);
  }
  return all;
}

/** An error as one line. */
export function oneLine(error) {
  const text =
    error instanceof Error ? `${error.name}: ${error.message}` : String(error?.message ?? error);
  return text.replace(/\s+/g, ' ').slice(0, 500);
}

/** Waits for a promise, but not for ever. */
export async function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not come`)), PATIENCE_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The error that `run` ends with. */
export async function errorOf(run) {
  try {
    await run();
  } catch (error) {
    return error;
  }
  throw new Error('no error where one was due');
}

/** All of a stream of bytes, web's or node's. */
export async function bytesOf(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  return new Uint8Array(Buffer.concat(pieces));
}

/** The recording as raw samples, in pieces of `bytes`. */
export function samplePieces(bytes) {
  const file = fs.readFileSync(SAMPLE);
  const samples = file.subarray(file.indexOf('data', 12, 'latin1') + 8);
  const pieces = [];
  for (let at = 0; at < samples.length; at += bytes) {
    pieces.push(new Uint8Array(samples.subarray(at, at + bytes)));
  }
  return pieces;
}
