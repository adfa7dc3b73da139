// Agents with their calls, metrics and deployments.

import { aside, errorOf, inputs } from '../checks.mjs';

export function scripts(client, Cartesia) {
  const { agent, metric } = inputs;

  function isAgent(check, found) {
    check.text(found.id, 'the id');
    check.text(found.name, 'the name');
    check.text(found.tts_voice, 'the voice');
    check.text(found.tts_language, 'the language');
    check.time(found.created_at, 'the day it was made');
    check.that(Number.isInteger(found.deployment_count), 'how often it was deployed');
  }

  function isCall(check, found) {
    check.text(found.id, 'the id');
    check.equal(found.agent_id, agent.id, 'the agent');
    check.that(
      ['active', 'completed', 'failed', 'cancelled'].includes(found.status),
      'a known status',
    );
    check.time(found.start_time, 'the start');
    check.text(found.telephony_params.to, 'the number that was called');
  }

  /** A metric, which is removed after `use`: this client cannot do that. */
  async function withMetric(use) {
    const made = await client.agents.metrics.create({
      name: metric.name,
      display_name: metric.display_name,
      prompt: metric.prompt,
    });
    try {
      return await use(made);
    } finally {
      await aside('2026-08-14', 'DELETE', `/agents/metrics/${made.id}`);
    }
  }

  function isResult(check, found) {
    check.text(found.metricId, 'the metric');
    check.text(found.callId, 'the call');
    check.text(found.result, 'the result');
    check.that(['completed', 'failed'].includes(found.status), 'a known status');
    check.time(found.createdAt, 'the day it was made');
  }

  return {
    'agents.list': {
      canonical: 'agents.list',
      run: async (check) => {
        const { summaries } = await client.agents.list();
        const found = summaries.find((summary) => summary.id === agent.id);
        check.that(found !== undefined, 'a known agent is among them');
        isAgent(check, found);
        check.text(found.phone_numbers[0].number, 'its number');
      },
    },
    'agents.retrieve': {
      canonical: 'agents.get',
      run: async (check) => {
        const found = await client.agents.retrieve(agent.id);
        isAgent(check, found);
        check.equal(found.id, agent.id, 'the agent asked for');
        const error = await errorOf(() => client.agents.retrieve('nobody'));
        check.that(error instanceof Cartesia.NotFoundError, 'an unknown agent is not found');
      },
    },
    'agents.update': {
      canonical: 'agents.update',
      run: async (check) => {
        const before = await client.agents.retrieve(agent.id);
        const changed = await client.agents.update(agent.id, { name: agent.new_name });
        isAgent(check, changed);
        check.equal(changed.name, agent.new_name, 'the new name');
        check.equal(changed.description, before.description, 'the rest is as it was');
        await client.agents.update(agent.id, { name: before.name });
      },
    },
    'agents.delete': {
      canonical: 'agents.delete',
      run: async (check) => {
        const { summaries } = await client.agents.list();
        const other = summaries.find((summary) => summary.id !== agent.id);
        await client.agents.delete(other.id);
        const error = await errorOf(() => client.agents.retrieve(other.id));
        check.that(error instanceof Cartesia.NotFoundError, 'the agent is gone');
      },
    },
    'agents.listPhoneNumbers': {
      canonical: 'agents.phone_numbers.of_agent',
      run: async (check) => {
        const numbers = await client.agents.listPhoneNumbers(agent.id);
        check.equal(numbers[0].agent_id, agent.id, 'the agent');
        check.text(numbers[0].number, 'the number');
        check.that(typeof numbers[0].is_cartesia_managed === 'boolean', 'who manages it');
        check.time(numbers[0].created_at, 'the day it was made');
      },
    },
    'agents.listTemplates': {
      canonical: 'agents.templates',
      run: async (check) => {
        const { templates } = await client.agents.listTemplates();
        check.text(templates[0].id, 'the id');
        check.text(templates[0].repo_url, 'where it is');
        check.text(templates[0].root_dir, 'its folder');
      },
    },
    'agents.calls.list': {
      canonical: 'agents.calls.list',
      run: async (check) => {
        const calls = [];
        const query = { agent_id: agent.id, expand: 'transcript', limit: 2 };
        for await (const call of client.agents.calls.list(query)) calls.push(call);
        check.that(calls.length > 2, 'pages go on to the end');
        isCall(check, calls[0]);
        const turns = calls.flatMap((call) => call.transcript ?? []);
        check.text(turns[0].text, 'what was said');
      },
    },
    'agents.calls.retrieve': {
      canonical: 'agents.calls.get',
      run: async (check) => {
        const call = await client.agents.calls.retrieve(agent.call_id);
        isCall(check, call);
        check.that(
          call.transcript.every((turn) => turn.start_timestamp < turn.end_timestamp),
          'turns with their times',
        );
      },
    },
    'agents.calls.downloadAudio': {
      canonical: 'agents.calls.audio',
      run: async (check) => {
        // Typed as nothing; what it returns is the body as text, from which audio cannot be had.
        const { call_id: id } = agent;
        const response = await client.agents.calls.downloadAudio(id).asResponse();
        const bytes = new Uint8Array(await response.arrayBuffer());
        const name = (from, to) => Buffer.from(bytes.subarray(from, to)).toString('latin1');
        check.equal(name(0, 4) + name(8, 12), 'RIFFWAVE', 'a RIFF header');
        check.that(bytes.length > 1000, 'audio');
      },
    },
    'agents.metrics.create': {
      canonical: 'agents.metrics.create',
      run: (check) =>
        withMetric(async (made) => {
          check.text(made.id, 'the id');
          check.equal(made.prompt, metric.prompt, 'the prompt');
          check.equal(made.display_name, metric.display_name, 'the name that is shown');
          check.equal((await client.agents.metrics.retrieve(made.id)).name, made.name, 'the name');
        }),
    },
    'agents.metrics.retrieve': {
      canonical: 'agents.metrics.get',
      run: async (check) => {
        const found = await client.agents.metrics.retrieve(agent.metric_id);
        check.equal(found.id, agent.metric_id, 'the metric asked for');
        check.text(found.prompt, 'the prompt');
        check.time(found.created_at, 'the day it was made');
      },
    },
    'agents.metrics.list': {
      canonical: 'agents.metrics.list',
      run: (check) =>
        withMetric(async (made) => {
          const page = await client.agents.metrics.list({ limit: 1 });
          check.equal(page.data.length, 1, 'a page of one');
          check.equal(page.has_more, true, 'that there are more');
          let next = page;
          const seen = page.data.map((found) => found.id);
          while (next.has_more) {
            next = await client.agents.metrics.list({ limit: 1, starting_after: seen.at(-1) });
            seen.push(...next.data.map((found) => found.id));
          }
          check.that(
            seen.includes(made.id) && seen.includes(agent.metric_id),
            'pages go on to the end',
          );
        }),
    },
    'agents.metrics.addToAgent': {
      canonical: 'agents.metrics.attach',
      run: (check) =>
        withMetric(async (made) => {
          await client.agents.metrics.addToAgent(made.id, { agent_id: agent.id });
          // What was attached can be taken off, and only that.
          await client.agents.metrics.removeFromAgent(made.id, { agent_id: agent.id });
          check.text(made.id, 'the metric that was attached');
        }),
    },
    'agents.metrics.removeFromAgent': {
      canonical: 'agents.metrics.detach',
      run: (check) =>
        withMetric(async (made) => {
          await client.agents.metrics.addToAgent(made.id, { agent_id: agent.id });
          await client.agents.metrics.removeFromAgent(made.id, { agent_id: agent.id });
          const error = await errorOf(() =>
            client.agents.metrics.removeFromAgent(made.id, { agent_id: agent.id }),
          );
          check.that(error instanceof Cartesia.NotFoundError, 'it is taken off');
        }),
    },
    'agents.metrics.results.list': {
      canonical: 'agents.metrics.results',
      run: async (check) => {
        const seen = [];
        const query = { agent_id: agent.id, metric_id: agent.metric_id, limit: 1 };
        for await (const result of client.agents.metrics.results.list(query)) seen.push(result);
        check.that(seen.length > 1, 'pages go on to the end');
        isResult(check, seen[0]);
      },
    },
    'agents.metrics.results.export': {
      canonical: 'agents.metrics.export',
      run: async (check) => {
        const table = await client.agents.metrics.results.export({ agent_id: agent.id });
        const lines = table.trim().split('\n');
        check.that(lines.length > 1, 'a line for each result');
        check.that(lines[0].includes(','), 'columns');
      },
    },
    'agents.deployments.list': {
      canonical: 'agents.deployments.list',
      run: async (check) => {
        const deployments = await client.agents.deployments.list(agent.id);
        const live = deployments.find((deployment) => deployment.is_live);
        check.equal(live.agent_id, agent.id, 'the agent');
        check.text(live.status, 'the status');
      },
    },
    'agents.deployments.retrieve': {
      canonical: 'agents.deployments.get',
      run: async (check) => {
        const found = await client.agents.deployments.retrieve(agent.deployment_id);
        check.equal(found.id, agent.deployment_id, 'the deployment asked for');
        check.text(found.git_commit_hash, 'the commit');
        check.time(found.build_completed_at, 'when it was built');
      },
    },
  };
}
