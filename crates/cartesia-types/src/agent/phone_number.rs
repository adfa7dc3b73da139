//! Phone numbers. Since API version 2026-03-01.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentId, PhoneNumberId, ProviderId, ProviderKind};
use crate::page::Identified;
use crate::patch::Patch;
use crate::time::Timestamp;

/// A phone number: `/agents/phone-numbers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PhoneNumber {
    /// The identifier, for requests.
    pub id: PhoneNumberId,
    /// The number, E.164.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub number: String,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The agent that answers, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<NumberedAgent>,
    /// The provider of the number. The vendor does not document its shape.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<Value>,
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

impl Identified for PhoneNumber {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The agent that answers a phone number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NumberedAgent {
    /// The identifier.
    pub id: AgentId,
    /// The name.
    #[serde(default, deserialize_with = "crate::null::null_as_default")]
    pub name: String,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The provider of a number: one that is stored in the service, or an account that it may use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProviderReference {
    /// The provider, if the service knows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<ProviderId>,
    /// The kind, if it does not.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProviderKind>,
    /// The account at Twilio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_sid: Option<String>,
    /// The region of that account: `us1`, `ie1` or `au1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ProviderReference {
    fn new() -> Self {
        Self {
            id: None,
            kind: None,
            account_sid: None,
            region: None,
            extra: Map::new(),
        }
    }

    /// Creates a number at a provider that is set up at the service.
    pub fn known(id: impl Into<ProviderId>) -> Self {
        let mut reference = Self::new();
        reference.id = Some(id.into());
        reference
    }

    /// Creates a number of an account at Twilio, in a region such as `us1`.
    pub fn twilio(account_sid: impl Into<String>, region: impl Into<String>) -> Self {
        let mut reference = Self::new();
        reference.kind = Some(ProviderKind::TWILIO);
        reference.account_sid = Some(account_sid.into());
        reference.region = Some(region.into());
        reference
    }
}

/// The body of `POST /agents/phone-numbers`: a number that you rent elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ImportPhoneNumberRequest {
    /// The name for people.
    pub label: String,
    /// The number, E.164.
    pub number: String,
    /// The provider.
    pub provider: ProviderReference,
    /// The agent that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ImportPhoneNumberRequest {
    /// Creates a request with its required fields.
    pub fn new(
        label: impl Into<String>,
        number: impl Into<String>,
        provider: ProviderReference,
    ) -> Self {
        Self {
            label: label.into(),
            number: number.into(),
            provider,
            agent_id: None,
            extra: Map::new(),
        }
    }

    /// Sets the agent that answers.
    #[must_use]
    pub fn with_agent_id(mut self, agent: impl Into<AgentId>) -> Self {
        self.agent_id = Some(agent.into());
        self
    }
}

/// The body of `POST /agents/phone-numbers/provision`: a number that the vendor rents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProvisionPhoneNumberRequest {
    /// The name for people.
    pub label: String,
    /// The agent that answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent_id: Option<AgentId>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ProvisionPhoneNumberRequest {
    /// Creates a request with its required fields.
    pub fn new(label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            agent_id: None,
            extra: Map::new(),
        }
    }

    /// Sets the agent that answers.
    #[must_use]
    pub fn with_agent_id(mut self, agent: impl Into<AgentId>) -> Self {
        self.agent_id = Some(agent.into());
        self
    }
}

/// The body of `PATCH /agents/phone-numbers/{id}`: fields that are not set stay unchanged.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct UpdatePhoneNumberRequest {
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The agent that answers; if cleared, none does.
    #[serde(default, skip_serializing_if = "Patch::is_keep")]
    pub agent_id: Patch<AgentId>,
    /// The provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub provider: Option<ProviderReference>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl UpdatePhoneNumberRequest {
    /// Changes nothing, yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the name.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Changes the agent that answers; [`Patch::Clear`] removes it.
    #[must_use]
    pub fn with_agent_id(mut self, agent: Patch<AgentId>) -> Self {
        self.agent_id = agent;
        self
    }

    /// Changes where it comes from.
    #[must_use]
    pub fn with_provider(mut self, provider: ProviderReference) -> Self {
        self.provider = Some(provider);
        self
    }
}
