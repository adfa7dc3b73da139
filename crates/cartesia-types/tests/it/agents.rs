//! Golden tests of agents, calls, metrics and deployments.

use cartesia_types::agent::{
    Agent, AgentCall, AgentPhoneNumber, AgentTemplate, CallStatus, CreateMetricRequest, Deployment,
    DeploymentStatus, EndReason, ListCallsRequest, ListMetricResultsRequest, ListMetricsRequest,
    Metric, MetricResult, MetricResultFilter, MetricResultStatus, Role, UpdateAgentRequest,
};
use cartesia_types::{Language, Page};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_value, json, to_string, to_value};

/// Decodes a shape that says everything, and sees all of it come out again.
#[track_caller]
fn round_trip<T: DeserializeOwned + Serialize>(shape: &Value) -> T {
    let mut shape = shape.clone();
    shape["tomorrow"] = json!({"new": [1]});
    let value: T = from_value(shape.clone()).unwrap();
    assert_eq!(to_value(&value).unwrap(), shape);
    value
}

fn turn() -> Value {
    json!({
        "role": "assistant", "start_timestamp": 0.25, "end_timestamp": 2.5,
        "text": "Hello", "text_chunks": [{"text": "Hello", "start_timestamp": 0.25}],
        "end_reason": "tts_completed",
        "tool_calls": [{"id": "t1", "name": "look_up", "arguments": {"n": 7}, "result": "found"}],
        "vad_buffer_ms": 200, "tts_ttfb": 0.125,
        "log_event": {"event": "greeted", "metadata": {"a": "b"}, "timestamp": 0.5},
        "log_metric": {"name": "mood", "value": 0.75, "timestamp": 1.5},
    })
}

fn query(pairs: &[(&'static str, String)]) -> String {
    let pairs: Vec<String> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    pairs.join("&")
}

#[test]
fn an_agent() {
    let agent: Agent = round_trip(&json!({
        "id": "agent_1", "name": "Front desk", "description": "Answers",
        "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-03T03:04:05Z",
        "deleted_at": "2026-01-04T03:04:05Z", "tts_voice": "v", "tts_language": "en",
        "webhook_id": "w",
        "git_repository": {"provider": "github", "account": "me", "name": "desk"},
        "git_deploy_branch": "main", "phone_numbers": [{"id": "ap_1", "number": "+15550100"}],
        "has_text_to_agent_run": true, "deployment_count": 3,
    }));
    assert_eq!(agent.id, "agent_1");
    assert_eq!(agent.tts_language, Some(Language::EN));
    assert_eq!(agent.phone_numbers[0].number, "+15550100");
    assert_eq!(agent.git_repository.unwrap().provider, "github");
    assert_eq!(
        (agent.has_text_to_agent_run, agent.deployment_count),
        (true, 3)
    );
    let page: Page<Agent> = from_value(json!({"summaries": [
        {"id": "a", "name": null, "description": null, "phone_numbers": null,
         "git_repository": null, "deployment_count": null},
        {"id": "b"},
    ]}))
    .unwrap();
    assert_eq!(page.data[0], Agent::new("a", ""));
    assert_eq!(page.data[1], Agent::new("b", ""));
    assert!(!page.has_more);
}

#[test]
fn templates_and_phone_numbers() {
    let template: AgentTemplate = round_trip(&json!({
        "id": "t", "name": "Basic", "description": "Chat", "repo_url": "https://x/y",
        "root_dir": "basic", "owner_id": "o", "required_env_vars": ["KEY"],
        "dependencies": ["line"], "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z",
    }));
    assert_eq!(template.required_env_vars, ["KEY"]);
    let sparse: AgentTemplate =
        from_value(json!({"id": "t", "required_env_vars": null, "dependencies": null})).unwrap();
    assert!(sparse.dependencies.is_empty());
    let number: AgentPhoneNumber = round_trip(&json!({
        "agent_id": "agent_1", "number": "+15550100", "created_at": "2026-01-02T03:04:05Z",
        "updated_at": "2026-01-02T03:04:05Z", "is_cartesia_managed": true,
    }));
    assert!(number.is_cartesia_managed);
}

#[test]
fn an_update_says_only_what_changes() {
    assert_eq!(to_string(&UpdateAgentRequest::new()).unwrap(), "{}");
    let everything = UpdateAgentRequest::new()
        .with_name("n")
        .with_description("d")
        .with_tts_voice("v")
        .with_tts_language(Language::DE)
        .with_webhook_id("w")
        .with_extra("x", 1);
    let text = r#"{"name":"n","description":"d","tts_voice":"v","tts_language":"de","webhook_id":"w","x":1}"#;
    assert_eq!(to_string(&everything).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<UpdateAgentRequest>(text).unwrap(),
        everything
    );
}

#[test]
fn a_call_and_its_transcript() {
    let call: AgentCall = round_trip(&json!({
        "id": "ac_1", "agent_id": "agent_1", "status": "completed",
        "start_time": "2026-01-02T03:04:05Z", "end_time": "2026-01-02T03:05:05Z",
        "transcript": [turn()],
        "telephony_params": {"to": "+15550100", "from": "+15550199", "call_sid": "CA1"},
        "summary": "s", "error_message": "e", "deployment_id": "d",
        "redacted_at": "2026-01-03T03:04:05Z",
    }));
    assert_eq!(call.status, Some(CallStatus::COMPLETED));
    assert_eq!(call.telephony_params.unwrap().extra["call_sid"], "CA1");
    let turn = &call.transcript.unwrap()[0];
    assert_eq!(turn.role, Role::ASSISTANT);
    assert_eq!(turn.end_reason, Some(EndReason::TTS_COMPLETED));
    assert_eq!(turn.tool_calls[0].arguments["n"], 7);
    assert_eq!(
        turn.log_metric.as_ref().map(|metric| metric.value),
        Some(0.75)
    );
    assert_eq!(turn.log_event.as_ref().unwrap().metadata["a"], "b");

    let odd: AgentCall = from_value(json!({
        "id": "x", "status": "ringing", "transcript": [{
            "role": "narrator", "start_timestamp": 1, "end_timestamp": null, "text": null,
            "text_chunks": null, "tool_calls": null, "log_event": null, "end_reason": "asleep",
        }], "telephony_params": null,
    }))
    .unwrap();
    assert_eq!(odd.status.unwrap(), "ringing");
    let turn = &odd.transcript.unwrap()[0];
    assert_eq!(
        (turn.role.as_str(), turn.start_timestamp),
        ("narrator", std::time::Duration::from_secs(1))
    );
    assert_eq!(turn.end_reason.as_ref().unwrap(), "asleep");
}

#[test]
fn known_words() {
    let words = |known: &[CallStatus]| known.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        words(CallStatus::KNOWN),
        ["started", "active", "completed", "failed", "cancelled"]
    );
    let statuses: Vec<&str> = DeploymentStatus::KNOWN.iter().map(AsRef::as_ref).collect();
    assert_eq!(
        statuses,
        [
            "queued",
            "inactive",
            "deploy_error",
            "skipped",
            "build_error",
            "building",
            "deployed"
        ]
    );
    assert_eq!(MetricResultStatus::KNOWN, ["completed", "failed"]);
    assert_eq!(Role::KNOWN, ["user", "assistant", "system"]);
    assert_eq!(
        EndReason::KNOWN,
        ["call_ended", "interrupted", "tts_completed"]
    );
}

#[test]
fn calls_without_has_more_are_paged_by_the_cursor() {
    let page: Page<AgentCall> =
        from_value(json!({"data": [{"id": "a"}], "next_page": "a"})).unwrap();
    assert_eq!(page.next_cursor(), Some("a"));
    let last: Page<AgentCall> =
        from_value(json!({"data": [{"id": "a"}], "next_page": null})).unwrap();
    assert_eq!(last.next_cursor(), None);
}

#[test]
fn a_metric_and_its_result() {
    let metric: Metric = round_trip(&json!({
        "id": "m", "name": "mood", "display_name": "Mood", "prompt": "How?",
        "created_at": "2026-01-02T03:04:05Z",
    }));
    assert_eq!(metric.display_name.as_deref(), Some("Mood"));
    let result: MetricResult = round_trip(&json!({
        "id": "r", "metricId": "m", "metricName": "mood", "summary": "s", "transcript": [turn()],
        "agentId": "a", "callId": "c", "deploymentId": "d", "result": "good",
        "jsonResult": {"mood": "good"}, "value": 0.5, "status": "completed", "runId": "run",
        "createdAt": "2026-01-02T03:04:05Z",
    }));
    assert_eq!(result.metric_id.unwrap(), "m");
    assert_eq!(result.call_id.unwrap(), "c");
    assert_eq!(result.json_result.unwrap()["mood"], "good");
    assert_eq!(result.status, Some(MetricResultStatus::COMPLETED));
    let sparse: MetricResult =
        from_value(json!({"id": "r", "result": null, "jsonResult": null, "transcript": null}))
            .unwrap();
    assert_eq!(sparse.result, "");
    let create = CreateMetricRequest::new("mood", "How?");
    assert_eq!(
        to_string(&create).unwrap(),
        r#"{"name":"mood","prompt":"How?"}"#
    );
    let create = create.with_display_name("Mood").with_extra("x", true);
    let text = r#"{"name":"mood","prompt":"How?","display_name":"Mood","x":true}"#;
    assert_eq!(to_string(&create).unwrap(), text);
}

#[test]
fn a_deployment() {
    let deployment: Deployment = round_trip(&json!({
        "id": "d", "agent_id": "a", "status": "deployed", "is_pinned": true, "is_live": true,
        "env_var_collection_id": "e", "source_code_file_id": "f", "git_commit_hash": "abc",
        "created_at": "1", "updated_at": "2", "build_started_at": "3",
        "build_completed_at": "4", "build_logs": "log", "build_error": "be",
        "deployment_started_at": "5", "deployment_completed_at": "6", "deployment_error": "de",
    }));
    assert_eq!(deployment.status, Some(DeploymentStatus::DEPLOYED));
    assert!(deployment.is_live && deployment.is_pinned);
    let waiting: Deployment =
        from_value(json!({"id": "d", "status": "new", "build_started_at": null})).unwrap();
    assert_eq!(waiting.status.unwrap(), "new");
    assert_eq!(waiting.build_started_at, None);
}

#[test]
fn list_queries() {
    let calls = ListCallsRequest::new("a 1");
    assert_eq!(query(&calls.query()), "agent_id=a 1");
    let calls = calls
        .with_transcripts()
        .with_limit(5)
        .with_starting_after("x")
        .with_ending_before("y");
    assert_eq!(
        query(&calls.query()),
        "agent_id=a 1&expand=transcript&limit=5&starting_after=x&ending_before=y"
    );
    let metrics = ListMetricsRequest::new()
        .with_limit(2)
        .with_starting_after("m");
    assert_eq!(query(&metrics.query()), "limit=2&starting_after=m");
    assert!(ListMetricsRequest::new().query().is_empty());
    let filter = MetricResultFilter::new()
        .with_agent_id("a")
        .with_deployment_id("d")
        .with_metric_id("m")
        .with_call_id("c")
        .with_start_date("2026-01-01T00:00:00Z")
        .with_end_date("2026-02-01T00:00:00Z");
    let filtered = "agent_id=a&deployment_id=d&metric_id=m&call_id=c\
                    &start_date=2026-01-01T00:00:00Z&end_date=2026-02-01T00:00:00Z";
    assert_eq!(query(&filter.query()), filtered);
    let results = ListMetricResultsRequest::from(filter)
        .with_limit(3)
        .with_starting_after("r")
        .with_ending_before("s");
    assert_eq!(
        query(&results.query()),
        format!("{filtered}&limit=3&starting_after=r&ending_before=s")
    );
}

#[test]
fn what_was_said_does_not_show() {
    let call = json!({
        "id": "ac", "summary": "canary", "error_message": "canary",
        "telephony_params": {"to": "canary", "from": "canary", "sid": "canary"},
        "metadata": {"name": "canary"},
        "transcript": [{
            "role": "user", "text": "canary", "text_chunks": [{"text": "canary"}],
            "tool_calls": [{"name": "n", "arguments": {"a": "canary"}, "result": "canary"}],
            "log_event": {"event": "e", "metadata": {"a": "canary"}}, "new": "canary",
        }],
    });
    let call: AgentCall = from_value(call).unwrap();
    let turn = &call.transcript.as_ref().unwrap()[0];
    let result: MetricResult = from_value(json!({
        "id": "r", "summary": "canary", "result": "canary", "value": "canary",
        "transcript": [{"role": "user", "text": "canary"}],
    }))
    .unwrap();
    let shown = format!(
        "{call:#?} {turn:#?} {:#?} {:#?} {:#?} {:#?} {result:#?}",
        turn.text_chunks, turn.tool_calls, turn.log_event, call.telephony_params
    );
    assert!(!shown.contains("canary"), "{shown}");
}
