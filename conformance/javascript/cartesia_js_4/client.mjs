// The client itself: requests to any path, pages, and promises that know their response.

import { errorOf, inputs } from '../checks.mjs';

export function scripts(client, Cartesia, CursorIDPage) {
  const dataset = {
    name: inputs.dataset.name,
    description: inputs.dataset.description,
  };

  async function withDataset(use) {
    const made = await client.datasets.create(dataset);
    try {
      return await use(made);
    } finally {
      await client.datasets.delete(made.id);
    }
  }

  return {
    withOptions: {
      run: async (check) => {
        const other = client.withOptions({ defaultHeaders: { 'x-conformance': 'other' } });
        check.that(other !== client && other instanceof Cartesia, 'a client of its own');
        check.equal((await other.getStatus()).ok, true, 'that it works');
      },
    },
    buildURL: {
      run: (check) => {
        const url = new URL(client.buildURL('/voices', { limit: 3, q: 'a b' }));
        check.equal(url.pathname, '/voices', 'the path');
        check.equal(url.searchParams.get('q'), 'a b', 'the query');
      },
    },
    get: {
      run: async (check) => {
        const found = await client.get(`/voices/${inputs.voice_id}`);
        check.equal(found.id, inputs.voice_id, 'the voice asked for');
      },
    },
    post: {
      run: async (check) => {
        const made = await client.post('/datasets/', { body: dataset });
        check.equal(made.name, dataset.name, 'what was made');
        await client.datasets.delete(made.id);
      },
    },
    patch: {
      run: (check) =>
        withDataset(async ({ id }) => {
          const body = { name: inputs.dataset.new_name, description: dataset.description };
          await client.patch(`/datasets/${id}`, { body });
          const found = await client.datasets.retrieve(id);
          check.equal(found.name, inputs.dataset.new_name, 'the new name');
        }),
    },
    put: {
      run: async (check) => {
        // The API has no such call; the client reports that as it reports any refusal.
        const error = await errorOf(() => client.put('/voices', { body: {} }));
        check.equal(error.status, 405, 'the status of the refusal');
        check.that(error instanceof Cartesia.APIError, 'the kind of the error');
      },
    },
    delete: {
      run: async (check) => {
        const made = await client.datasets.create(dataset);
        await client.delete(`/datasets/${made.id}`);
        const error = await errorOf(() => client.datasets.retrieve(made.id));
        check.equal(error.status, 404, 'the data set is gone');
      },
    },
    request: {
      run: async (check) => {
        const found = await client.request({ method: 'get', path: `/voices/${inputs.voice_id}` });
        check.equal(found.id, inputs.voice_id, 'the voice asked for');
      },
    },
    buildRequest: {
      run: async (check) => {
        const { req, url } = await client.buildRequest({ method: 'get', path: '/voices' });
        check.equal(req.method, 'get', 'the method');
        check.equal(new URL(url).pathname, '/voices', 'the path');
        check.text(req.headers.get('cartesia-version'), 'the version');
      },
    },
    fetchWithTimeout: {
      run: async (check) => {
        const url = client.buildURL('/', null);
        const response = await client.fetchWithTimeout(url, {}, 5_000, new AbortController());
        check.equal(response.status, 200, 'the status');
        check.equal((await response.json()).ok, true, 'the answer');
      },
    },
    getAPIList: {
      run: async (check) => {
        const page = await client.getAPIList('/voices', CursorIDPage, { query: { limit: 2 } });
        check.equal(page.data.length, 2, 'a page');
      },
    },
    requestAPIList: {
      run: async (check) => {
        const page = await client.requestAPIList(CursorIDPage, {
          method: 'get',
          path: '/voices',
          query: { limit: 2 },
        });
        check.equal(page.data.length, 2, 'a page');
      },
    },

    'APIPromise.asResponse': {
      run: async (check) => {
        const response = await client.voices.get(inputs.voice_id).asResponse();
        check.text(response.headers.get('x-request-id'), 'the id of the request');
        check.equal((await response.json()).id, inputs.voice_id, 'the voice asked for');
      },
    },
    'APIPromise.withResponse': {
      run: async (check) => {
        const { data, response } = await client.voices.get(inputs.voice_id).withResponse();
        check.equal(response.status, 200, 'the status');
        check.equal(data.id, inputs.voice_id, 'the voice asked for');
      },
    },
    'APIPromise.then': {
      run: async (check) => {
        const id = await client.voices.get(inputs.voice_id).then((voice) => voice.id);
        check.equal(id, inputs.voice_id, 'the voice asked for');
      },
    },
    'APIPromise.catch': {
      run: async (check) => {
        const status = await client.voices.get('nobody').catch((error) => error.status);
        check.equal(status, 404, 'the refusal');
      },
    },
    'APIPromise.finally': {
      run: async (check) => {
        let ended = false;
        const voice = await client.voices.get(inputs.voice_id).finally(() => {
          ended = true;
        });
        check.that(ended && voice.id === inputs.voice_id, 'the voice asked for, and the end');
      },
    },

    'CursorIDPage.hasNextPage': {
      run: async (check) => {
        let page = await client.voices.list({ limit: 8 });
        check.equal(page.hasNextPage(), true, 'that there is more');
        while (page.hasNextPage()) page = await page.getNextPage();
        check.equal(page.hasNextPage(), false, 'that there is no more');
      },
    },
    'CursorIDPage.getNextPage': {
      run: async (check) => {
        const first = await client.voices.list({ limit: 2 });
        const second = await first.getNextPage();
        const ids = new Set([...first.data, ...second.data].map((voice) => voice.id));
        check.equal(ids.size, 4, 'four different voices');
      },
    },
    'CursorIDPage.iterPages': {
      run: async (check) => {
        const page = await client.voices.list({ limit: 8 });
        const seen = [];
        for await (const next of page.iterPages()) seen.push(...next.data);
        check.equal(new Set(seen.map((voice) => voice.id)).size, seen.length, 'each voice once');
        check.that(seen.length > 8, 'pages go on to the end');
      },
    },
    'CursorIDPage.getPaginatedItems': {
      run: async (check) => {
        const page = await client.voices.list({ limit: 2 });
        check.equal(page.getPaginatedItems().length, 2, 'the items of the page');
      },
    },
    'CursorIDPage.nextPageRequestOptions': {
      run: async (check) => {
        const page = await client.voices.list({ limit: 2 });
        const { query } = page.nextPageRequestOptions();
        check.equal(query.starting_after, page.data[1].id, 'where the next page starts');
      },
    },
  };
}
