//! Webhooks: addresses that are notified of calls. Since API version 2026-03-01.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentSecret, WebhookId};
use crate::page::Identified;
use crate::time::Timestamp;

/// The header of a delivery that carries the webhook's secret; compare it with
/// [`AgentSecret::matches`].
pub const WEBHOOK_SECRET_HEADER: &str = "x-webhook-secret";

/// An address that is notified of the calls of agents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Webhook {
    /// The identifier, for requests.
    pub id: WebhookId,
    /// The address to notify.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub url: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The secret that deliveries carry; the answer of `POST /agents/webhooks` alone has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<AgentSecret>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Identified for Webhook {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The body of `POST /agents/webhooks`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateWebhookRequest {
    /// The address to notify.
    pub url: String,
    /// The secret that deliveries carry in [`WEBHOOK_SECRET_HEADER`].
    pub secret: AgentSecret,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl CreateWebhookRequest {
    /// Creates a request with its required fields.
    pub fn new(url: impl Into<String>, secret: impl Into<AgentSecret>) -> Self {
        Self {
            url: url.into(),
            secret: secret.into(),
            display_name: None,
            extra: Map::new(),
        }
    }

    /// Sets the name for people.
    #[must_use]
    pub fn with_display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}

/// The body of `PATCH /agents/webhooks/{id}`: fields that are not set stay unchanged. The vendor's pages do
/// not list its fields; these are those of the request that makes a webhook.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateWebhookRequest {
    /// The address to notify.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The secret that deliveries carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<AgentSecret>,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdateWebhookRequest {
    /// Changes nothing, yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the address.
    #[must_use]
    pub fn with_url(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Changes the secret.
    #[must_use]
    pub fn with_secret(mut self, secret: impl Into<AgentSecret>) -> Self {
        self.secret = Some(secret.into());
        self
    }

    /// Changes the name.
    #[must_use]
    pub fn with_display_name(mut self, name: impl Into<String>) -> Self {
        self.display_name = Some(name.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}
