// Dictionaries, data sets with their files, and fine-tunes.

import { errorOf, inputs, lines } from '../checks.mjs';

export function scripts(client, Cartesia) {
  const { dataset, fine_tune: fineTune, pronunciation_dict: dict } = inputs;

  async function used(resource, request, use) {
    const made = await resource.create(request);
    try {
      return await use(made);
    } finally {
      await resource.delete(made.id);
    }
  }
  const withDict = (use) =>
    used(client.pronunciationDicts, { name: dict.name, items: dict.items }, use);
  const withDataset = (use) =>
    used(client.datasets, { name: dataset.name, description: dataset.description }, use);
  const withFile = (use) =>
    withDataset(async (made) => {
      await client.datasets.files.upload(made.id, {
        file: lines(),
        purpose: 'fine_tune',
      });
      const page = await client.datasets.files.list(made.id);
      return use(made, page.data[0]);
    });
  const withFineTune = (use) =>
    withDataset((made) => used(client.fineTunes, { ...fineTune, dataset: made.id }, use));

  /** Two of a kind are found by walking pages of one. */
  async function walks(check, list, ids) {
    const seen = [];
    for await (const item of list({ limit: 1 })) seen.push(item.id);
    check.that(
      ids.every((id) => seen.includes(id)),
      'pages go on to the end',
    );
  }

  async function isGone(check, run, what) {
    const error = await errorOf(run);
    check.that(error instanceof Cartesia.NotFoundError, `${what} is gone`);
  }

  function isDict(check, found) {
    check.text(found.id, 'the id');
    check.text(found.owner_id, 'the owner');
    check.time(found.created_at, 'the day it was made');
    check.that(typeof found.pinned === 'boolean', 'whether it is pinned');
    check.equal(found.items[0].text, dict.items[0].text, 'what is replaced');
    check.equal(found.items[0].alias, dict.items[0].alias, 'what replaces it');
  }

  function isFineTune(check, found) {
    check.equal(found.name, fineTune.name, 'the name');
    check.equal(found.model_id, fineTune.model_id, 'the model');
    check.that(
      ['created', 'training', 'completed', 'failed'].includes(found.status),
      'a known status',
    );
  }

  return {
    'pronunciationDicts.create': {
      canonical: 'pronunciation_dicts.create',
      run: (check) =>
        withDict(async (made) => {
          isDict(check, made);
          check.equal(made.name, dict.name, 'the name');
        }),
    },
    'pronunciationDicts.retrieve': {
      canonical: 'pronunciation_dicts.get',
      run: (check) =>
        withDict(async (made) => {
          isDict(check, await client.pronunciationDicts.retrieve(made.id));
        }),
    },
    'pronunciationDicts.update': {
      canonical: 'pronunciation_dicts.update',
      run: (check) =>
        withDict(async (made) => {
          const changed = await client.pronunciationDicts.update(made.id, {
            name: dict.new_name,
            items: dict.items,
          });
          isDict(check, changed);
          const found = await client.pronunciationDicts.retrieve(made.id);
          check.equal(found.name, dict.new_name, 'the new name');
        }),
    },
    'pronunciationDicts.list': {
      canonical: 'pronunciation_dicts.list',
      run: (check) =>
        withDict((one) =>
          withDict((two) =>
            walks(check, (query) => client.pronunciationDicts.list(query), [one.id, two.id]),
          ),
        ),
    },
    'pronunciationDicts.delete': {
      canonical: 'pronunciation_dicts.delete',
      run: async (check) => {
        const { id } = await withDict((made) => made);
        await isGone(check, () => client.pronunciationDicts.retrieve(id), 'the dictionary');
      },
    },

    'datasets.create': {
      canonical: 'datasets.create',
      run: (check) =>
        withDataset(async (made) => {
          check.text(made.id, 'the id');
          check.equal(made.name, dataset.name, 'the name');
          check.equal(made.description, dataset.description, 'the description');
          check.time(made.created_at, 'the day it was made');
        }),
    },
    'datasets.retrieve': {
      canonical: 'datasets.get',
      run: (check) =>
        withDataset(async (made) => {
          check.equal(await client.datasets.retrieve(made.id), made, 'the data set');
        }),
    },
    'datasets.update': {
      canonical: 'datasets.update',
      run: (check) =>
        withDataset(async (made) => {
          await client.datasets.update(made.id, {
            name: dataset.new_name,
            description: dataset.new_description,
          });
          const found = await client.datasets.retrieve(made.id);
          check.equal(found.name, dataset.new_name, 'the new name');
          check.equal(found.description, dataset.new_description, 'the new description');
        }),
    },
    'datasets.list': {
      canonical: 'datasets.list',
      run: (check) =>
        withDataset((one) =>
          withDataset((two) =>
            walks(check, (query) => client.datasets.list(query), [one.id, two.id]),
          ),
        ),
    },
    'datasets.delete': {
      canonical: 'datasets.delete',
      run: async (check) => {
        const { id } = await withDataset((made) => made);
        await isGone(check, () => client.datasets.retrieve(id), 'the data set');
      },
    },
    'datasets.files.upload': {
      canonical: 'datasets.upload_file',
      run: (check) =>
        withFile(async (_, file) => {
          check.text(file.id, 'the id');
          check.equal(file.filename, lines().name, 'the name of the file');
          check.equal(file.size, lines().size, 'its size');
          check.time(file.created_at, 'the day it was made');
        }),
    },
    'datasets.files.list': {
      canonical: 'datasets.files',
      run: (check) =>
        withFile(async (made, file) => {
          await client.datasets.files.upload(made.id, {
            file: lines(),
            purpose: 'fine_tune',
          });
          await walks(check, (query) => client.datasets.files.list(made.id, query), [file.id]);
        }),
    },
    'datasets.files.delete': {
      canonical: 'datasets.delete_file',
      run: (check) =>
        withFile(async (made, file) => {
          await client.datasets.files.delete(file.id, { id: made.id });
          const page = await client.datasets.files.list(made.id);
          check.equal(page.data, [], 'no file is left');
        }),
    },

    'fineTunes.create': {
      canonical: 'fine_tunes.create',
      run: (check) =>
        withFineTune(async (made) => {
          isFineTune(check, made);
          check.equal(made.description, fineTune.description, 'the description');
          check.equal(made.language, fineTune.language, 'the language');
          check.text(made.dataset, 'the data set');
        }),
    },
    'fineTunes.retrieve': {
      canonical: 'fine_tunes.get',
      run: (check) =>
        withFineTune(async (made) => {
          const found = await client.fineTunes.retrieve(made.id);
          isFineTune(check, found);
          check.equal(found.id, made.id, 'the fine-tune asked for');
        }),
    },
    'fineTunes.list': {
      canonical: 'fine_tunes.list',
      run: (check) =>
        withFineTune((one) =>
          withFineTune((two) =>
            walks(check, (query) => client.fineTunes.list(query), [one.id, two.id]),
          ),
        ),
    },
    'fineTunes.delete': {
      canonical: 'fine_tunes.delete',
      run: async (check) => {
        const { id } = await withFineTune((made) => made);
        await isGone(check, () => client.fineTunes.retrieve(id), 'the fine-tune');
      },
    },
    'fineTunes.listVoices': {
      canonical: 'fine_tunes.voices',
      run: (check) =>
        withFineTune(async (made) => {
          // It is trained while it is looked at.
          let status;
          for (let look = 0; look < 10 && status !== 'completed'; look += 1) {
            ({ status } = await client.fineTunes.retrieve(made.id));
          }
          check.equal(status, 'completed', 'it is trained');
          const voices = [];
          for await (const voice of client.fineTunes.listVoices(made.id, { limit: 1 })) {
            voices.push(voice);
          }
          check.that(voices.length > 0, 'it has a voice');
          check.text(voices[0].id, 'the id of the voice');
        }),
    },
  };
}
