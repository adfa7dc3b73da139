//! An example of each kind of objects, with all fields: what objects with a chosen identifier are made of.

use serde_json::{Value, json};

use super::Kind;
use crate::agents;

const MADE: &str = "2026-03-02T09:00:00Z";

/// An object of the kind, whose `id` is still to be set.
pub(super) fn sample(kind: Kind) -> Value {
    match kind {
        Kind::Agent
        | Kind::Template
        | Kind::PhoneNumber
        | Kind::Call
        | Kind::Metric
        | Kind::MetricResult
        | Kind::Deployment => agents::example(kind),
        Kind::Provider => json!({
            "type": "twilio", "label": "Example", "account_sid": "AC0", "api_key_sid": "SK0",
            "region": "us1", "created_at": MADE, "updated_at": MADE,
        }),
        Kind::Batch => json!({
            "name": "Example", "agent_id": "agent_front_desk", "from_number_id": "ap_front_desk",
            "region": "us", "target_concurrency_limit": 1, "status": "queued",
            "total_calls_scheduled": 0, "total_calls_dispatched": 0, "total_calls_finished": 0,
            "retry_count": 0, "created_at": MADE, "last_updated_at": MADE, "scheduled_at": null,
            "admitted_at": null, "recipients": [],
        }),
        Kind::Webhook => json!({
            "url": "https://example.com/calls", "display_name": "Example", "secret": "example",
            "created_at": MADE, "updated_at": MADE,
        }),
        Kind::Folder => json!({"parent_id": null, "name": "Example", "created_at": MADE}),
        Kind::Document => json!({
            "folder_id": "folder_example", "name": "Example", "content": "Example.",
            "metadata": {}, "created_at": MADE, "updated_at": MADE,
        }),
        Kind::ManagedAgent => json!({"name": "Example", "created_at": MADE, "updated_at": MADE}),
        Kind::ManagedVersion => json!({
            "agent_id": "agent_example", "created_at": MADE, "agent": {"name": "Example"},
        }),
        Kind::Dataset => json!({"name": "Example", "description": "", "created_at": MADE}),
        Kind::DatasetFile => json!({
            "dataset_id": "dataset_example", "filename": "example.wav", "size": 44,
            "created_at": MADE,
        }),
        Kind::FineTune => json!({
            "name": "Example", "description": "", "language": "en",
            "model_id": "sonic-3-2026-01-12", "dataset": "dataset_example", "accent": null,
            "status": "created",
        }),
        Kind::Dictionary => json!({
            "name": "Example", "owner_id": "user_7e3f1c9a2b", "pinned": false, "items": [],
            "created_at": MADE,
        }),
        Kind::User => json!({"email": "example@example.com", "role": "member"}),
        Kind::Invite => json!({
            "email": "example@example.com", "role": "member", "status": "pending",
            "created_at": MADE, "expires_at": null,
        }),
    }
}
