//! Agents with their calls, metrics and deployments.

use cartesia::agent::{
    AgentId, CallId, CallStatus, CreateMetricRequest, DeploymentId, ListCallsRequest,
    ListMetricResultsRequest, ListMetricsRequest, Metric, MetricId, MetricResultFilter,
    UpdateAgentRequest,
};
use cartesia::{ApiVersion, ErrorKind};

use super::Use;
use crate::Result;

fn agent(call: &Use<'_>) -> AgentId {
    AgentId::from(&*call.inputs.agent.id)
}

fn metric_id(call: &Use<'_>) -> MetricId {
    MetricId::from(&*call.inputs.agent.metric_id)
}

pub(super) async fn list(call: &mut Use<'_>) -> Result {
    let agents = call.client.agents().list().await?;
    let known = agents.data.iter().find(|found| found.id == agent(call));
    let known = known.ok_or("the agent that everybody knows is missing")?;
    call.checks
        .that(!known.phone_numbers.is_empty(), "its number")
}

pub(super) async fn get(call: &mut Use<'_>) -> Result {
    let agents = call.client.agents();
    let found = agents.get(agent(call)).await?;
    call.checks.equal(&found.id, &agent(call), "the agent")?;
    let unknown = agents.get(AgentId::from("nobody")).await;
    call.checks.refused(
        unknown,
        ErrorKind::NotFound,
        "an unknown agent is not found",
    )
}

pub(super) async fn update(call: &mut Use<'_>) -> Result {
    let agents = call.client.agents();
    let before = agents.get(agent(call)).await?;
    let name = call.inputs.agent.new_name.clone();
    let request = UpdateAgentRequest::new().with_name(&*name);
    let changed = agents.update(agent(call), request).await?;
    call.checks.equal(&changed.name, &name, "the new name")?;
    let back = UpdateAgentRequest::new().with_name(before.name);
    agents.update(agent(call), back).await?;
    Ok(())
}

pub(super) async fn delete(call: &mut Use<'_>) -> Result {
    let agents = call.client.agents();
    for found in agents.list().await?.data {
        agents.delete(found.id.clone()).await?;
        let gone = agents.get(found.id).await;
        call.checks
            .refused(gone, ErrorKind::NotFound, "the agent is gone")?;
    }
    let left = agents.list().await?.data.len();
    call.checks.equal(&left, &0, "agents that are left")
}

pub(super) async fn templates(call: &mut Use<'_>) -> Result {
    let templates = call.client.agents().templates().await?;
    let first = templates.data.first().ok_or("no templates")?;
    call.checks.that(!first.repo_url.is_empty(), "where it is")
}

pub(super) async fn phone_numbers(call: &mut Use<'_>) -> Result {
    let numbers = call.client.agents().phone_numbers();
    let numbers = numbers.of_agent(agent(call)).await?;
    let first = numbers.data.first().ok_or("no numbers")?;
    call.checks
        .equal(&first.agent_id, &agent(call), "the agent")
}

pub(super) async fn list_calls(call: &mut Use<'_>) -> Result {
    let request = ListCallsRequest::new(agent(call)).with_limit(2);
    let calls = call.client.agents().calls();
    let all = calls.list(request.with_transcripts()).items();
    let all = all.collect().await?;
    call.checks.that(all.len() > 2, "pages go on to the end")?;
    let observed = all.iter().any(|found| {
        let turns = found.transcript.as_ref();
        turns.is_some_and(|turns| !turns.is_empty())
    });
    call.checks.that(observed, "what was said")
}

pub(super) async fn get_call(call: &mut Use<'_>) -> Result {
    let id = CallId::from(&*call.inputs.agent.call_id);
    let found = call.client.agents().calls().get(id.clone()).await?;
    call.checks.equal(&found.id, &id, "the call")?;
    call.checks
        .equal(&found.status, &Some(CallStatus::COMPLETED), "the status")
}

pub(super) async fn call_audio(call: &mut Use<'_>) -> Result {
    let id = CallId::from(&*call.inputs.agent.call_id);
    let audio = call.client.agents().calls().audio(id).await?;
    let audio = audio.collect().await?;
    call.checks
        .that(audio.starts_with(b"RIFF") && audio.len() > 1_000, "audio")
}

async fn made(call: &Use<'_>) -> Result<Metric> {
    let words = &call.inputs.metric;
    let request = CreateMetricRequest::new(&*words.name, &*words.prompt)
        .with_display_name(&*words.display_name);
    Ok(call.client.agents().metrics().create(request).await?)
}

/// Only newer versions can remove a metric.
async fn remove(call: &Use<'_>, id: MetricId) -> Result {
    let metrics = call.client.agents().metrics();
    metrics.delete(id).api_version(ApiVersion::LATEST).await?;
    Ok(())
}

pub(super) async fn create_metric(call: &mut Use<'_>) -> Result {
    let metric = made(call).await?;
    let words = &call.inputs.metric;
    call.checks
        .equal(&metric.prompt, &words.prompt, "the prompt")?;
    let found = call
        .client
        .agents()
        .metrics()
        .get(metric.id.clone())
        .await?;
    call.checks.equal(&found.name, &words.name, "the name")?;
    let shown = Some(words.display_name.clone());
    call.checks
        .equal(&metric.display_name, &shown, "the name that is shown")?;
    remove(call, metric.id).await
}

pub(super) async fn get_metric(call: &mut Use<'_>) -> Result {
    let metrics = call.client.agents().metrics();
    let found = metrics.get(metric_id(call)).await?;
    call.checks.equal(&found.id, &metric_id(call), "the metric")
}

pub(super) async fn list_metrics(call: &mut Use<'_>) -> Result {
    let metric = made(call).await?;
    let metrics = call.client.agents().metrics();
    let request = ListMetricsRequest::new().with_limit(1);
    let all = metrics.list(request).items().collect().await?;
    let found = all.iter().any(|found| found.id == metric.id);
    call.checks.that(found, "pages go on to the end")?;
    let first = all.first().ok_or("no metrics")?;
    let rest = ListMetricsRequest::new()
        .with_limit(100)
        .with_starting_after(first.id.clone());
    let rest = metrics.list(rest).await?;
    call.checks
        .equal(&rest.data.len(), &(all.len() - 1), "the rest")?;
    remove(call, metric.id).await
}

pub(super) async fn attach_metric(call: &mut Use<'_>) -> Result {
    let metric = made(call).await?;
    let metrics = call.client.agents().metrics();
    metrics.attach(agent(call), metric.id.clone()).await?;
    // What was attached can be taken off, and only that.
    let detached = metrics.detach(agent(call), metric.id.clone()).await;
    call.checks
        .that(detached.is_ok(), "the metric was attached")?;
    remove(call, metric.id).await
}

pub(super) async fn detach_metric(call: &mut Use<'_>) -> Result {
    let metric = made(call).await?;
    let metrics = call.client.agents().metrics();
    metrics.attach(agent(call), metric.id.clone()).await?;
    metrics.detach(agent(call), metric.id.clone()).await?;
    let again = metrics.detach(agent(call), metric.id.clone()).await;
    call.checks
        .refused(again, ErrorKind::NotFound, "it is taken off")?;
    remove(call, metric.id).await
}

pub(super) async fn metric_results(call: &mut Use<'_>) -> Result {
    let filter = MetricResultFilter::new()
        .with_agent_id(agent(call))
        .with_metric_id(metric_id(call));
    let request = ListMetricResultsRequest::new()
        .with_filter(filter)
        .with_limit(1);
    let results = call.client.agents().metrics().results(request);
    let results = results.items().collect().await?;
    call.checks
        .that(results.len() > 1, "pages go on to the end")
}

pub(super) async fn export_results(call: &mut Use<'_>) -> Result {
    let filter = MetricResultFilter::new().with_agent_id(agent(call));
    let table = call.client.agents().metrics().export(filter).await?;
    let table = table.collect().await?;
    let lines = table.split(|byte| *byte == b'\n').count();
    call.checks.that(lines > 1, "a line for each result")
}

pub(super) async fn list_deployments(call: &mut Use<'_>) -> Result {
    let deployments = call.client.agents().deployments();
    let all = deployments.list(agent(call)).await?;
    call.checks.that(all.data.len() > 1, "deployments")
}

pub(super) async fn get_deployment(call: &mut Use<'_>) -> Result {
    let id = DeploymentId::from(&*call.inputs.agent.deployment_id);
    let deployments = call.client.agents().deployments();
    let found = deployments.get(id.clone()).await?;
    call.checks.equal(&found.id, &id, "the deployment")
}
