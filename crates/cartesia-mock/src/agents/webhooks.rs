//! Webhooks.

use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::OPERATIONS;
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, strings};

pub(crate) struct Webhook;

impl Resource for Webhook {
    const KIND: Kind = Kind::Webhook;
    const CREATED: axum::http::StatusCode = axum::http::StatusCode::OK;

    fn first_version(_: Operation) -> ApiVersion {
        OPERATIONS
    }

    fn create(_: Scope<'_>, _: &mut Tables, fields: &Fields<'_>) -> Result<Value, Rejection> {
        check(fields)?;
        Ok(json!({
            "url": fields.required("url", fields.string("url")?)?,
            "display_name": fields.string("display_name")?,
            "secret": fields.required("secret", fields.string("secret")?)?,
            "created_at": null,
            "updated_at": null,
        }))
    }

    fn update(
        _: Scope<'_>,
        _: &mut Tables,
        _: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        check(fields)?;
        strings(fields, &["url", "secret", "display_name"])
    }

    fn deleted(tables: &mut Tables, id: &str) {
        for agent in &mut tables[Kind::Agent].items {
            if agent["webhook_id"] == id {
                agent["webhook_id"] = Value::Null;
            }
        }
    }

    /// Without the secret.
    fn show(_: &Tables, mut webhook: Value, _: ApiVersion) -> Value {
        if let Some(webhook) = webhook.as_object_mut() {
            webhook.remove("secret");
        }
        webhook
    }

    /// The only answer with the secret.
    fn show_created(_: &Tables, webhook: Value, _: ApiVersion) -> Value {
        webhook
    }
}

fn check(fields: &Fields<'_>) -> Result<(), Rejection> {
    let is_web = |url: &str| url.starts_with("https://") || url.starts_with("http://");
    if fields.string("url")?.is_some_and(|url| !is_web(url)) {
        return Err(fields.refuse("url", "must start with https:// or http://"));
    }
    if fields.string("secret")?.is_some_and(str::is_empty) {
        return Err(fields.refuse("secret", "must not be empty"));
    }
    Ok(())
}
