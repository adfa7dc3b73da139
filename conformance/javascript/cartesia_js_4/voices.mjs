// Voices, their accents, access tokens and the status.

import { errorOf, inputs, recording } from '../checks.mjs';

export function scripts(client, Cartesia) {
  const { voice } = inputs;

  /** A voice of the caller's own, which is deleted after `use`. */
  async function ownVoice(use) {
    const made = await client.voices.clone({
      clip: recording(),
      name: voice.name,
      description: voice.description,
      language: inputs.language,
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
    check.time(found.created_at, 'the day it was made');
    check.that(['private', 'public'].includes(found.access), 'who may use it');
    check.that(['owner', 'all'].includes(found.visibility), 'who sees it');
    check.that(typeof found.is_owner === 'boolean', 'whose it is');
    check.that(Array.isArray(found.locales), 'its locales');
  }

  return {
    'voices.list': {
      canonical: 'voices.list',
      run: async (check) => {
        const seen = new Set();
        let pages = 0;
        const first = await client.voices.list({ limit: 4, expand: ['preview_file_url'] });
        for await (const page of first.iterPages()) {
          pages += 1;
          for (const found of page.data) seen.add(found.id);
        }
        isVoice(check, first.data[0]);
        check.text(first.data[0].preview_file_url, 'the preview that was asked for');
        check.that(pages > 1, 'pages go on to the end');
        check.that(seen.has(inputs.voice_id), 'a known voice is among them');
        const found = await client.voices.list({ q: voice.search, is_owner: false });
        check.that(found.data.length > 0 && found.data.length < seen.size, 'a search finds fewer');
      },
    },
    'voices.get': {
      canonical: 'voices.get',
      run: async (check) => {
        const found = await client.voices.get(inputs.voice_id, { expand: ['preview_file_url'] });
        isVoice(check, found);
        check.equal(found.id, inputs.voice_id, 'the voice asked for');
        check.text(found.preview_file_url, 'the preview that was asked for');
        const error = await errorOf(() => client.voices.get('nobody'));
        check.that(error instanceof Cartesia.NotFoundError, 'an unknown voice is not found');
      },
    },
    'voices.clone': {
      canonical: 'voices.clone_voice',
      run: async (check) => {
        await ownVoice(async (made) => {
          check.text(made.user_id, 'the owner');
          check.equal(made.name, voice.name, 'the name');
          check.equal(made.description, voice.description, 'the description');
          const found = await client.voices.get(made.id);
          isVoice(check, found);
          check.equal(found.is_owner, true, 'it is the caller’s own');
        });
      },
    },
    'voices.update': {
      canonical: 'voices.update',
      run: async (check) => {
        await ownVoice(async (made) => {
          const changed = await client.voices.update(made.id, {
            name: voice.new_name,
            description: voice.new_description,
            gender: 'feminine',
          });
          isVoice(check, changed);
          check.equal(changed.name, voice.new_name, 'the new name');
          const found = await client.voices.get(made.id);
          check.equal(found.description, voice.new_description, 'the new description');
          check.equal(found.gender, 'feminine', 'how it sounds now');
        });
      },
    },
    'voices.delete': {
      canonical: 'voices.delete',
      run: async (check) => {
        const { id } = await ownVoice((made) => made);
        const error = await errorOf(() => client.voices.get(id));
        check.that(error instanceof Cartesia.NotFoundError, 'the voice is gone');
      },
    },
    'voices.localize': {
      canonical: 'voices.localize',
      run: async (check) => {
        const { accent, name, description } = inputs.localize;
        const made = await client.voices.localize({
          voice_id: inputs.voice_id,
          name,
          description,
          accent,
        });
        check.equal(made.name, name, 'the name');
        const found = await client.voices.get(made.id);
        isVoice(check, found);
        check.equal(found.accent, accent, 'the accent');
        await client.voices.delete(made.id);
      },
    },
    'voices.addAccents': {
      canonical: 'voices.add_accents',
      run: async (check) => {
        await ownVoice(async (made) => {
          const changed = await client.voices.addAccents(made.id, { accents: [voice.accent] });
          isVoice(check, changed);
          check.equal(changed.id, made.id, 'the voice asked for');
        });
      },
    },
    'voices.deleteAccent': {
      canonical: 'voices.remove_accent',
      run: async (check) => {
        await ownVoice(async (made) => {
          await client.voices.addAccents(made.id, { accents: [voice.accent] });
          const changed = await client.voices.deleteAccent(voice.accent, { id: made.id });
          isVoice(check, changed);
          check.equal(changed.id, made.id, 'the voice asked for');
        });
      },
    },
    'voices.listAccents': {
      canonical: 'accents.list',
      run: async (check) => {
        const { accents } = await client.voices.listAccents();
        const known = accents.find((accent) => accent.id === voice.accent);
        check.text(known?.name, 'the name of a known accent');
        check.text(known.locale, 'its locale');
        check.that(typeof known.is_localizable === 'boolean', 'whether voices can be given it');
      },
    },
    'accessToken.create': {
      canonical: 'access_tokens.create',
      run: async (check) => {
        const { token } = await client.accessToken.create(inputs.access_token);
        check.text(token, 'the token');
        const other = new Cartesia({ token, baseURL: client.baseURL });
        const response = await other.tts.generate({
          model_id: inputs.tts_model,
          transcript: inputs.transcript,
          voice: inputs.voice_id,
          output_format: inputs.formats.raw,
        });
        check.equal(response.status, 200, 'what the token was granted');
        const error = await errorOf(() => other.voices.list());
        check.that(error instanceof Cartesia.APIError, 'what it was not granted is refused');
      },
    },
    getStatus: {
      canonical: 'status',
      run: async (check) => {
        const status = await client.getStatus();
        check.equal(status.ok, true, 'the service is well');
        check.text(status.version, 'its version');
      },
    },
  };
}
