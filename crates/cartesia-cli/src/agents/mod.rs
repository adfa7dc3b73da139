//! `agents …`.

mod args;
mod batches;
mod documents;
mod folders;
mod managed;
mod metrics;
mod phone_numbers;
mod providers;
mod save;
mod secret;
mod show;
mod talk;
mod webhooks;

pub(crate) use args::AgentsVerb;

use cartesia::agent::{
    ListCallsRequest, ListMetricResultsRequest, MetricResultFilter, UpdateAgentRequest,
};
use cartesia::http::ListCall;
use cartesia::types::{Identified, Page};
use cartesia::{Agents, ErrorKind};
use serde::de::DeserializeOwned;

use self::args::{Calls, Dial, Paging, Results};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::file_names;
use crate::global::Global;

pub(crate) async fn run(global: &Global, verb: AgentsVerb) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let agents = client.agents();
    let json = global.json;
    match verb {
        AgentsVerb::List => {
            let page = with_timeout!(agents.list(), global).await?;
            crate::show::page(
                global,
                &page,
                ["ID", "NAME", "VOICE", "LANGUAGE"],
                show::agent_row,
            )
        }
        AgentsVerb::Get { agent } => {
            show::agent(json, &with_timeout!(agents.get(agent), global).await?)
        }
        AgentsVerb::Update(update) => {
            let request = update.request();
            if request == UpdateAgentRequest::new() {
                let message = "no change was given; `--help` lists the flags";
                return Err(Failure::usage(message));
            }
            let call = agents.update(update.agent, request);
            show::agent(json, &with_timeout!(call, global).await?)
        }
        AgentsVerb::Delete { agent } => Ok(with_timeout!(agents.delete(agent), global).await?),
        AgentsVerb::Templates => {
            let page = with_timeout!(agents.templates(), global).await?;
            let head = ["ID", "NAME", "REPOSITORY", "FOLDER", "DESCRIPTION"];
            crate::show::page(global, &page, head, show::template_row)
        }
        AgentsVerb::Numbers { agent } => {
            let call = agents.phone_numbers().of_agent(agent);
            let page = with_timeout!(call, global).await?;
            crate::show::page(
                global,
                &page,
                ["NUMBER", "RENTED BY", "SINCE"],
                show::number_row,
            )
        }
        AgentsVerb::Calls(calls) => list_calls(&agents, global, calls).await,
        AgentsVerb::Call { call } => show::call(
            json,
            &with_timeout!(agents.calls().get(call), global).await?,
        ),
        AgentsVerb::Audio { call, output } => {
            file_names::check(&output)?;
            let audio = with_timeout!(agents.calls().audio(call), global).await?;
            save::audio(global, audio, &output).await
        }
        AgentsVerb::Talk(talk) => talk::run(global, talk).await,
        AgentsVerb::Dial(dial) => place(&agents, global, dial).await,
        AgentsVerb::Cancel { call } => {
            Ok(with_timeout!(agents.calls().cancel(call), global).await?)
        }
        AgentsVerb::Redact { call } => {
            let redacted = with_timeout!(agents.calls().redact(call), global).await?;
            show::call(json, &redacted)
        }
        AgentsVerb::Logs { call } => show::logs(
            json,
            &with_timeout!(agents.calls().logs(call), global).await?,
        ),
        AgentsVerb::Metrics(metrics) => metrics::run(&agents, global, metrics).await,
        AgentsVerb::DeleteMetric { metric } => {
            Ok(with_timeout!(agents.metrics().delete(metric), global).await?)
        }
        AgentsVerb::Results(Results { filter, paging }) => {
            let mut request = ListMetricResultsRequest::from(MetricResultFilter::from(filter));
            request.limit = paging.limit;
            let page = fetch(agents.metrics().results(request), &paging, global).await?;
            let head = ["ID", "METRIC", "CALL", "STATUS", "RESULT"];
            crate::show::page(global, &page, head, show::result_row)
        }
        AgentsVerb::Export(export) => {
            file_names::check(&export.output)?;
            let call = agents.metrics().export(export.filter.into());
            let table = with_timeout!(call, global).await?;
            save::any(global, table, &export.output).await
        }
        AgentsVerb::Deployments { agent } => {
            let page = with_timeout!(agents.deployments().list(agent), global).await?;
            let head = ["ID", "STATUS", "LIVE", "COMMIT", "CREATED"];
            crate::show::page(global, &page, head, show::deployment_row)
        }
        AgentsVerb::Deployment { deployment } => {
            let call = agents.deployments().get(deployment);
            show::deployment(json, &with_timeout!(call, global).await?)
        }
        AgentsVerb::PhoneNumbers(verb) => phone_numbers::run(&agents, global, verb).await,
        AgentsVerb::Webhooks(verb) => webhooks::run(&agents, global, verb).await,
        AgentsVerb::Batches(verb) => batches::run(&agents, global, verb).await,
        AgentsVerb::Folders(verb) => folders::run(&agents, global, verb).await,
        AgentsVerb::Documents(verb) => documents::run(&agents, global, verb).await,
        AgentsVerb::Managed(verb) => managed::run(&agents, global, verb).await,
    }
}

async fn list_calls(agents: &Agents, global: &Global, calls: Calls) -> Result<(), Failure> {
    let mut request = ListCallsRequest::new(calls.agent);
    request.limit = calls.paging.limit;
    if calls.transcripts {
        request = request.with_transcripts();
    }
    let page = fetch(agents.calls().list(request), &calls.paging, global).await?;
    let head = ["ID", "STATUS", "START", "END", "SUMMARY"];
    crate::show::page(global, &page, head, show::call_row)
}

async fn place(agents: &Agents, global: &Global, dial: Dial) -> Result<(), Failure> {
    let placed = with_timeout!(agents.calls().start(dial.into()), global).await?;
    show::placed(global.json, &placed)?;
    // The table says which; the exit code must not say that all is well.
    match placed.failed().count() {
        0 => Ok(()),
        failed => {
            let all = placed.calls.len();
            let message = format!("{failed} of {all} calls were not placed");
            Err(Failure::of(ErrorKind::Server, message))
        }
    }
}

/// One page, or the items of all pages as one.
async fn fetch<T>(call: ListCall<T>, paging: &Paging, global: &Global) -> Result<Page<T>, Failure>
where
    T: DeserializeOwned + Identified + Send + Unpin + 'static,
{
    let call = with_timeout!(call, global);
    if paging.all {
        return Ok(Page::new(call.items().collect().await?, false));
    }
    Ok(call.await?)
}
