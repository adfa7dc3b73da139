//! The agents that a server starts with: two, one with calls.

use serde_json::{Value, json};

use crate::resource::{Kind, Tables};

const FRONT_DESK: &str = "agent_front_desk";
const NIGHT_DESK: &str = "agent_night_desk";
const MADE: &str = "2026-03-02T09:00:00Z";

/// Adds them to the tables of a new server.
pub(crate) fn add_to(tables: &mut Tables) {
    tables[Kind::Agent].items = agents();
    tables[Kind::Template].items = templates();
    tables[Kind::PhoneNumber].items = vec![json!({
        "id": "ap_front_desk",
        "number": "+15550100",
        "label": "Front desk",
        "agent": {"id": FRONT_DESK, "name": "Front desk"},
        "provider": {"type": "cartesia"},
        "created_at": MADE,
        "updated_at": MADE,
    })];
    tables[Kind::Call].items = calls();
    tables[Kind::Metric].items = metrics();
    tables[Kind::MetricResult].items = results();
    tables[Kind::Deployment].items = deployments();
    tables.attached = vec![(FRONT_DESK.to_owned(), "metric_solved".to_owned())];
}

/// An example of the kinds that a server starts with.
pub(crate) fn example(kind: Kind) -> Value {
    let mut tables = Tables::default();
    add_to(&mut tables);
    // Each of them has one at least.
    tables[kind].items.first().cloned().unwrap_or_default()
}

fn agents() -> Vec<Value> {
    vec![
        json!({
            "id": FRONT_DESK,
            "name": "Front desk",
            "description": "Answers questions about rooms",
            "created_at": MADE,
            "updated_at": MADE,
            "deleted_at": null,
            "tts_voice": "f786b574-daa5-4673-aa0c-cbe3e8534c02",
            "tts_language": "en",
            "webhook_id": null,
            "git_repository": {"provider": "github", "account": "example", "name": "front-desk"},
            "git_deploy_branch": "main",
            "phone_numbers": [{"id": "ap_front_desk", "number": "+15550100"}],
            "has_text_to_agent_run": false,
            "deployment_count": 2,
        }),
        json!({
            "id": NIGHT_DESK,
            "name": "Night desk",
            "description": null,
            "created_at": MADE,
            "updated_at": MADE,
            "deleted_at": null,
            "tts_voice": "a0e99841-438c-4a64-b679-ae501e7d6091",
            "tts_language": "en",
            "webhook_id": null,
            "git_repository": null,
            "git_deploy_branch": null,
            "phone_numbers": null,
            "has_text_to_agent_run": true,
            "deployment_count": 0,
        }),
    ]
}

fn templates() -> Vec<Value> {
    vec![json!({
        "id": "template_basic_chat",
        "name": "Basic chat",
        "description": "An agent that talks",
        "repo_url": "https://example.com/templates",
        "root_dir": "basic-chat",
        "required_env_vars": ["MODEL_API_KEY"],
        "dependencies": null,
        "owner_id": "user_7e3f1c9a2b",
        "created_at": MADE,
        "updated_at": MADE,
    })]
}

/// Newest first, as calls are listed.
fn calls() -> Vec<Value> {
    let turn = |role: &str, start: f64, end: f64, text: &str| {
        json!({
            "role": role,
            "start_timestamp": start,
            "end_timestamp": end,
            "text": text,
            "text_chunks": [{"text": text, "start_timestamp": start}],
            "end_reason": if role == "assistant" { json!("tts_completed") } else { Value::Null },
            "tool_calls": null,
            "vad_buffer_ms": null,
            "tts_ttfb": if role == "assistant" { json!(0.125) } else { Value::Null },
            "log_event": null,
            "log_metric": null,
        })
    };
    let call = |id: &str, status: &str, hour: u32, transcript: Value, summary: Value| {
        let ended = if status == "active" {
            Value::Null
        } else {
            json!(format!("2026-03-03T{hour:02}:01:00Z"))
        };
        let failed = status == "failed";
        json!({
            "id": id,
            "agent_id": FRONT_DESK,
            "status": status,
            "start_time": format!("2026-03-03T{hour:02}:00:00Z"),
            "end_time": ended,
            "transcript": transcript,
            "telephony_params": {"to": "+15550100", "from": "+15550123"},
            "summary": summary,
            "error_message": if failed { json!("the line was lost") } else { Value::Null },
            "deployment_id": "deployment_front_desk_2",
        })
    };
    let room = json!([
        turn("assistant", 0.25, 1.75, "Front desk, how can I help?"),
        turn("user", 2.5, 4.0, "Is there a room for tonight?"),
        turn("assistant", 4.5, 6.0, "Yes, one with a view."),
    ]);
    let key = json!([
        turn("assistant", 0.25, 1.75, "Front desk, how can I help?"),
        turn("user", 2.5, 3.5, "I lost my key."),
        turn("assistant", 4.0, 5.5, "I will bring you another."),
    ]);
    vec![
        call("ac_running", "active", 12, json!([]), Value::Null),
        call(
            "ac_room",
            "completed",
            11,
            room,
            json!("A guest asked for a room."),
        ),
        call("ac_lost", "failed", 10, json!([]), Value::Null),
        call("ac_key", "completed", 9, key, json!("A guest lost a key.")),
    ]
}

fn metrics() -> Vec<Value> {
    vec![json!({
        "id": "metric_solved",
        "name": "solved",
        "display_name": "Solved",
        "prompt": "Was the question of the guest answered? Say yes or no.",
        "created_at": MADE,
    })]
}

fn results() -> Vec<Value> {
    let result = |id: &str, call: &str, hour: u32, text: &str, value: bool| {
        json!({
            "id": id,
            "metricId": "metric_solved",
            "metricName": "solved",
            "summary": format!("The caller was served: {value}."),
            "transcript": null,
            "agentId": FRONT_DESK,
            "callId": call,
            "deploymentId": "deployment_front_desk_2",
            "result": text,
            "jsonResult": {"solved": value},
            "value": value,
            "status": "completed",
            "runId": null,
            "createdAt": format!("2026-03-03T{hour:02}:02:00Z"),
        })
    };
    vec![
        result("result_room", "ac_room", 11, "yes, \"with a view\"", true),
        result("result_key", "ac_key", 9, "no", false),
    ]
}

/// Newest first.
fn deployments() -> Vec<Value> {
    let deployment = |number: u32, status: &str, live: bool| {
        json!({
            "id": format!("deployment_front_desk_{number}"),
            "agent_id": FRONT_DESK,
            "status": status,
            "is_pinned": false,
            "is_live": live,
            "env_var_collection_id": "env_front_desk",
            "source_code_file_id": format!("file_front_desk_{number}"),
            "git_commit_hash": format!("{number:040x}"),
            "created_at": format!("2026-03-0{number}T10:00:00Z"),
            "updated_at": format!("2026-03-0{number}T10:02:00Z"),
            "build_started_at": format!("2026-03-0{number}T10:00:10Z"),
            "build_completed_at": format!("2026-03-0{number}T10:01:00Z"),
            "build_logs": "built",
            "build_error": null,
            "deployment_started_at": format!("2026-03-0{number}T10:01:10Z"),
            "deployment_completed_at": format!("2026-03-0{number}T10:02:00Z"),
            "deployment_error": null,
        })
    };
    vec![
        deployment(2, "deployed", true),
        deployment(1, "inactive", false),
    ]
}
