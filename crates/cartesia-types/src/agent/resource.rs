//! Agents, the templates to make one from, and the numbers that reach one.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, PhoneNumberId, WebhookId};
use crate::language::Language;
use crate::page::Identified;
use crate::time::Timestamp;
use crate::voice::VoiceId;

/// A voice agent.
///
/// Only `id` is certain; what the service leaves out is `None`, zero or empty.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Agent {
    /// The identifier, for requests.
    pub id: AgentId,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// The time of deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<Timestamp>,
    /// The voice that it speaks with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts_voice: Option<VoiceId>,
    /// The language that it speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts_language: Option<Language>,
    /// The webhook that is notified of its calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<WebhookId>,
    /// The address of the code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_repository: Option<GitRepository>,
    /// The branch that is deployed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_deploy_branch: Option<String>,
    /// The numbers that reach it.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub phone_numbers: Vec<PhoneNumberSummary>,
    /// Whether its code was generated from a text.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub has_text_to_agent_run: bool,
    /// The number of deployments.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub deployment_count: u64,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Agent {
    /// Creates an agent with only its identifier and name, for tests and servers.
    pub fn new(id: impl Into<AgentId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            description: None,
            created_at: None,
            updated_at: None,
            deleted_at: None,
            tts_voice: None,
            tts_language: None,
            webhook_id: None,
            git_repository: None,
            git_deploy_branch: None,
            phone_numbers: Vec::new(),
            has_text_to_agent_run: false,
            deployment_count: 0,
            extra: Map::new(),
        }
    }
}

impl Identified for Agent {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The Git repository of an agent's code.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct GitRepository {
    /// The host, such as `github`.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub provider: String,
    /// Whose it is.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub account: String,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A phone number in the description of its agent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumberSummary {
    /// The identifier.
    pub id: PhoneNumberId,
    /// The number, E.164.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub number: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A phone number that reaches an agent: `GET /agents/{agent_id}/phone-numbers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentPhoneNumber {
    /// The agent that answers.
    pub agent_id: AgentId,
    /// The number, E.164.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub number: String,
    /// The time of assignment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// Whether the vendor rents the number, rather than you.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub is_cartesia_managed: bool,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Code to start an agent from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentTemplate {
    /// The identifier.
    pub id: String,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// The purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The address of the code.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub repo_url: String,
    /// The folder of the code within the repository.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub root_dir: String,
    /// The creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// Environment variables that it needs.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub required_env_vars: Vec<String>,
    /// Packages that it needs.
    #[serde(
        default,
        deserialize_with = "crate::null::null_as_default",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub dependencies: Vec<String>,
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

impl Identified for AgentTemplate {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The body of `PATCH /agents/{agent_id}`: fields that are not set stay unchanged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdateAgentRequest {
    /// The name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The voice that it speaks with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts_voice: Option<VoiceId>,
    /// The language that it speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tts_language: Option<Language>,
    /// The webhook that is notified of its calls. The vendor's pages have it, its definitions do not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_id: Option<WebhookId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdateAgentRequest {
    /// Changes nothing, yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the name.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Changes the description.
    #[must_use]
    pub fn with_description(mut self, description: impl Into<String>) -> Self {
        self.description = Some(description.into());
        self
    }

    /// Changes the voice.
    #[must_use]
    pub fn with_tts_voice(mut self, voice: impl Into<VoiceId>) -> Self {
        self.tts_voice = Some(voice.into());
        self
    }

    /// Changes the language.
    #[must_use]
    pub fn with_tts_language(mut self, language: impl Into<Language>) -> Self {
        self.tts_language = Some(language.into());
        self
    }

    /// Changes the webhook.
    #[must_use]
    pub fn with_webhook_id(mut self, webhook: impl Into<WebhookId>) -> Self {
        self.webhook_id = Some(webhook.into());
        self
    }

    /// Adds a field that this crate does not know, as it is sent in the JSON.
    #[must_use]
    pub fn with_extra(mut self, field: impl Into<String>, value: impl Into<Value>) -> Self {
        self.extra.insert(field.into(), value.into());
        self
    }
}
