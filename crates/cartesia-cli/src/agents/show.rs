//! Agents and what belongs to them, for people.

use cartesia::agent::{
    Agent, AgentCall, AgentPhoneNumber, AgentTemplate, CallLogs, Deployment, MetricResult,
    OutboundCalls,
};

use crate::failure::Failure;
use crate::print;
use crate::show::text;
use crate::table::{self, print_fields as fields};
use crate::text::one_line;

fn yes_or_no(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

pub(super) fn agent_row(agent: &Agent) -> [String; 4] {
    [
        agent.id.to_string(),
        agent.name.clone(),
        text(agent.tts_voice.as_ref()),
        text(agent.tts_language.as_ref()),
    ]
}

pub(super) fn agent(json: bool, agent: &Agent) -> Result<(), Failure> {
    if json {
        return print::json(agent);
    }
    let repository = agent.git_repository.as_ref();
    let numbers: Vec<&str> = agent
        .phone_numbers
        .iter()
        .map(|number| number.number.as_str())
        .collect();
    fields(&[
        ("id", agent.id.to_string()),
        ("name", agent.name.clone()),
        ("description", text(agent.description.as_ref())),
        ("voice", text(agent.tts_voice.as_ref())),
        ("language", text(agent.tts_language.as_ref())),
        ("webhook", text(agent.webhook_id.as_ref())),
        (
            "repository",
            repository.map_or(String::new(), |repository| {
                format!("{}/{}", repository.account, repository.name)
            }),
        ),
        ("branch", text(agent.git_deploy_branch.as_ref())),
        ("numbers", numbers.join(", ")),
        ("deployments", agent.deployment_count.to_string()),
        ("created at", text(agent.created_at.as_ref())),
        ("updated at", text(agent.updated_at.as_ref())),
        ("deleted at", text(agent.deleted_at.as_ref())),
    ])
}

pub(super) fn template_row(template: &AgentTemplate) -> [String; 5] {
    [
        template.id.clone(),
        template.name.clone(),
        template.repo_url.clone(),
        template.root_dir.clone(),
        text(template.description.as_ref()),
    ]
}

pub(super) fn number_row(number: &AgentPhoneNumber) -> [String; 3] {
    let owner = if number.is_cartesia_managed {
        "Cartesia"
    } else {
        "you"
    };
    [
        number.number.clone(),
        owner.to_owned(),
        text(number.created_at.as_ref()),
    ]
}

pub(super) fn call_row(call: &AgentCall) -> [String; 5] {
    [
        call.id.to_string(),
        text(call.status.as_ref()),
        text(call.start_time.as_ref()),
        text(call.end_time.as_ref()),
        text(call.summary.as_ref()),
    ]
}

pub(super) fn call(json: bool, call: &AgentCall) -> Result<(), Failure> {
    if json {
        return print::json(call);
    }
    let telephony = call.telephony_params.as_ref();
    fields(&[
        ("id", call.id.to_string()),
        ("agent", text(call.agent_id.as_ref())),
        ("status", text(call.status.as_ref())),
        ("start", text(call.start_time.as_ref())),
        ("end", text(call.end_time.as_ref())),
        ("from", text(telephony.map(|telephony| &telephony.from))),
        ("to", text(telephony.map(|telephony| &telephony.to))),
        ("summary", text(call.summary.as_ref())),
        ("error", text(call.error_message.as_ref())),
        ("deployment", text(call.deployment_id.as_ref())),
        ("redacted at", text(call.redacted_at.as_ref())),
    ])?;
    for turn in call.transcript.iter().flatten() {
        let Some(said) = &turn.text else { continue };
        let (start, role) = (turn.start_timestamp.as_secs_f64(), &turn.role);
        let said = one_line(said);
        print::block(&format!("{start:8.2} s  {role:9} {said}"))?;
    }
    Ok(())
}

pub(super) fn placed(json: bool, placed: &OutboundCalls) -> Result<(), Failure> {
    if json {
        return print::json(placed);
    }
    let rows: Vec<_> = placed
        .calls
        .iter()
        .map(|call| {
            let error = call.error_text().unwrap_or_default();
            [
                call.number.clone(),
                text(call.agent_call_id.as_ref()),
                error,
            ]
        })
        .collect();
    table::print(["NUMBER", "CALL", "ERROR"], &rows)
}

pub(super) fn logs(json: bool, logs: &CallLogs) -> Result<(), Failure> {
    if json {
        return print::json(logs);
    }
    for entry in &logs.logs {
        let line = entry
            .as_str()
            .map_or_else(|| entry.to_string(), str::to_owned);
        print::line(&line)?;
    }
    Ok(())
}

pub(super) fn result_row(result: &MetricResult) -> [String; 5] {
    [
        result.id.to_string(),
        result.metric_name.clone(),
        text(result.call_id.as_ref()),
        text(result.status.as_ref()),
        result.result.clone(),
    ]
}

pub(super) fn deployment_row(deployment: &Deployment) -> [String; 5] {
    [
        deployment.id.to_string(),
        text(deployment.status.as_ref()),
        yes_or_no(deployment.is_live),
        text(deployment.git_commit_hash.as_ref())
            .chars()
            .take(12)
            .collect(),
        text(deployment.created_at.as_ref()),
    ]
}

pub(super) fn deployment(json: bool, deployment: &Deployment) -> Result<(), Failure> {
    if json {
        return print::json(deployment);
    }
    fields(&[
        ("id", deployment.id.to_string()),
        ("agent", text(deployment.agent_id.as_ref())),
        ("status", text(deployment.status.as_ref())),
        ("live", yes_or_no(deployment.is_live)),
        ("pinned", yes_or_no(deployment.is_pinned)),
        ("commit", text(deployment.git_commit_hash.as_ref())),
        ("created at", text(deployment.created_at.as_ref())),
        ("built at", text(deployment.build_completed_at.as_ref())),
        ("build error", text(deployment.build_error.as_ref())),
        (
            "running since",
            text(deployment.deployment_completed_at.as_ref()),
        ),
        ("error", text(deployment.deployment_error.as_ref())),
    ])?;
    if let Some(logs) = deployment
        .build_logs
        .as_ref()
        .filter(|logs| !logs.is_empty())
    {
        print::block(&format!("\n{}", logs.trim_end()))?;
    }
    Ok(())
}
