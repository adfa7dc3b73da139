"""Agents, their calls, metrics and deployments."""

import prepared
from driver import Scripts
from models import check_model

scripts = Scripts()


@scripts("agents.list", canonical="agents.list")
async def list_agents(use):
    answer = await use.result(use.client.agents.list())
    check_model(use, answer, "agents")
    use.check(
        use.inputs["agent"]["id"] in [agent.id for agent in answer.summaries],
        "the agent that everybody knows",
    )


@scripts("agents.retrieve", canonical="agents.get")
async def retrieve(use):
    identifier = use.inputs["agent"]["id"]
    agent = await use.result(use.client.agents.retrieve(identifier))
    check_model(use, agent, "the agent")
    use.equal(agent.id, identifier, "its identifier")
    use.check(agent.phone_numbers[0].number.startswith("+"), "a number")


@scripts("agents.update", canonical="agents.update")
async def update(use):
    words = use.inputs["agent"]
    before = use.aside("GET", f"/agents/{words['id']}")
    agent = await use.result(use.client.agents.update(words["id"], name=words["new_name"]))
    check_model(use, agent, "the agent")
    use.equal(agent.name, words["new_name"], "its name")
    use.equal(use.aside("GET", f"/agents/{words['id']}")["name"], words["new_name"], "the name that was kept")
    use.aside("PATCH", f"/agents/{words['id']}", {"name": before["name"]})


@scripts("agents.delete", canonical="agents.delete")
async def delete(use):
    agents = use.aside("GET", "/agents")["summaries"]
    identifier = agents[-1]["id"]
    if use.is_async:
        # The other mode took the agent that others delete as well.
        use.canonical = None
    use.equal(await use.result(use.client.agents.delete(identifier)), None, "no answer")
    left = [agent["id"] for agent in use.aside("GET", "/agents")["summaries"]]
    use.equal(left, [agent["id"] for agent in agents[:-1]], "the others are left")


@scripts("agents.list_templates", canonical="agents.templates")
async def list_templates(use):
    answer = await use.result(use.client.agents.list_templates())
    check_model(use, answer, "templates")
    use.check(len(answer.templates) > 0 and answer.templates[0].id, "a template")


@scripts("agents.list_phone_numbers", canonical="agents.phone_numbers.of_agent")
async def list_phone_numbers(use):
    numbers = await use.result(use.client.agents.list_phone_numbers(use.inputs["agent"]["id"]))
    use.check(len(numbers) > 0, "a number")
    for number in numbers:
        check_model(use, number, "a number")
        use.equal(number.agent_id, use.inputs["agent"]["id"], "its agent")


@scripts("agents.calls.list", canonical="agents.calls.list")
async def list_calls(use):
    calls = await use.each(
        use.client.agents.calls.list(agent_id=use.inputs["agent"]["id"], limit=2, expand="transcript")
    )
    identifiers = [call.id for call in calls]
    use.check(use.inputs["agent"]["call_id"] in identifiers, "the call that everybody knows")
    use.equal(len(set(identifiers)), len(identifiers), "no call comes twice")
    use.check(len(calls) > 2, f"{len(calls)} calls on several pages")
    for call in calls:
        check_model(use, call, "a call")
    use.check(any(call.transcript for call in calls), "transcripts")


@scripts("agents.calls.retrieve", canonical="agents.calls.get")
async def retrieve_call(use):
    identifier = use.inputs["agent"]["call_id"]
    call = await use.result(use.client.agents.calls.retrieve(identifier))
    check_model(use, call, "the call")
    use.equal((call.id, call.status), (identifier, "completed"), "identifier and status")
    use.check(call.start_time < call.end_time, "times that rise")
    use.check(
        call.transcript[0].text and call.telephony_params.to.startswith("+"), "what was said, and to whom"
    )


@scripts("agents.calls.download_audio", canonical="agents.calls.audio")
async def download_audio(use):
    download = use.client.agents.calls.download_audio(use.inputs["agent"]["call_id"])
    use.equal(await use.result(download), None, "nothing: the client throws the audio away")
    raw = await use.result(
        use.client.agents.calls.with_raw_response.download_audio(use.inputs["agent"]["call_id"])
    )
    use.equal((await use.result(raw.read()))[:4], b"RIFF", "the audio itself, from the response behind it")


@scripts("agents.metrics.list", canonical="agents.metrics.list")
async def list_metrics(use):
    async with prepared.metric(use) as mine:
        first = await use.result(use.client.agents.metrics.list(limit=1))
        check_model(use, first, "a page of metrics")
        use.equal((len(first.data), first.has_more), (1, True), "one metric, and that there are more")
        rest = await use.result(use.client.agents.metrics.list(limit=100, starting_after=first.data[0].id))
        check_model(use, rest, "the rest")
        metrics = [metric.id for metric in first.data + rest.data]
        use.check(mine in metrics and use.inputs["agent"]["metric_id"] in metrics, "all metrics")
        use.equal(rest.has_more, False, "no more")


@scripts("agents.metrics.create", canonical="agents.metrics.create")
async def create_metric(use):
    words = use.inputs["metric"]
    metric = await use.result(
        use.client.agents.metrics.create(
            name=words["name"], prompt=words["prompt"], display_name=words["display_name"]
        )
    )
    check_model(use, metric, "the metric")
    expected = (words["name"], words["prompt"], words["display_name"])
    use.equal((metric.name, metric.prompt, metric.display_name), expected, "what it was told")
    use.equal(
        use.aside("GET", f"/agents/metrics/{metric.id}")["name"], words["name"], "the metric can be had"
    )
    prepared.remove_metric(use, metric.id)


@scripts("agents.metrics.retrieve", canonical="agents.metrics.get")
async def retrieve_metric(use):
    identifier = use.inputs["agent"]["metric_id"]
    metric = await use.result(use.client.agents.metrics.retrieve(identifier))
    check_model(use, metric, "the metric")
    use.equal(metric.id, identifier, "its identifier")
    use.check(metric.prompt, "a prompt")


@scripts("agents.metrics.add_to_agent", canonical="agents.metrics.attach")
async def add_to_agent(use):
    agent = use.inputs["agent"]["id"]
    async with prepared.metric(use) as mine:
        use.equal(
            await use.result(use.client.agents.metrics.add_to_agent(mine, agent_id=agent)), None, "no answer"
        )
        # Only what is attached can be detached.
        use.aside("DELETE", f"/agents/{agent}/metrics/{mine}")
        use.check(True, "it was attached")


@scripts("agents.metrics.remove_from_agent", canonical="agents.metrics.detach")
async def remove_from_agent(use):
    agent = use.inputs["agent"]["id"]
    async with prepared.metric(use) as mine:
        use.aside("POST", f"/agents/{agent}/metrics/{mine}")
        use.equal(
            await use.result(use.client.agents.metrics.remove_from_agent(mine, agent_id=agent)),
            None,
            "no answer",
        )


@scripts("agents.metrics.results.list", canonical="agents.metrics.results")
async def list_results(use):
    words = use.inputs["agent"]
    results = await use.each(
        use.client.agents.metrics.results.list(agent_id=words["id"], metric_id=words["metric_id"], limit=1)
    )
    use.check(len(results) > 0, f"{len(results)} results")
    for result in results:
        check_model(use, result, "a result")
        use.equal(
            (result.agent_id, result.metric_id), (words["id"], words["metric_id"]), "what was asked for"
        )


@scripts("agents.metrics.results.export", canonical="agents.metrics.export")
async def export_results(use):
    table = await use.result(use.client.agents.metrics.results.export(agent_id=use.inputs["agent"]["id"]))
    lines = table.splitlines()
    use.check(len(lines) > 1 and "," in lines[0], f"a table of {len(lines)} lines")
    use.check(any(use.inputs["agent"]["metric_id"] in line for line in lines[1:]), "the result of a metric")


@scripts("agents.deployments.list", canonical="agents.deployments.list")
async def list_deployments(use):
    deployments = await use.result(use.client.agents.deployments.list(use.inputs["agent"]["id"]))
    use.check(len(deployments) > 1, f"{len(deployments)} deployments")
    for deployment in deployments:
        check_model(use, deployment, "a deployment")


@scripts("agents.deployments.retrieve", canonical="agents.deployments.get")
async def retrieve_deployment(use):
    identifier = use.inputs["agent"]["deployment_id"]
    deployment = await use.result(use.client.agents.deployments.retrieve(identifier))
    check_model(use, deployment, "the deployment")
    use.equal((deployment.id, deployment.agent_id), (identifier, use.inputs["agent"]["id"]), "identifiers")
