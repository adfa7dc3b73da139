//! Providers of phone numbers. Since API version 2026-03-01.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{AgentSecret, ProviderId};
use crate::page::Identified;
use crate::time::Timestamp;

crate::open::open_string! {
    /// The kind of a provider.
    ProviderKind {
        /// An account at Twilio.
        TWILIO = "twilio",
        /// A trunk that speaks SIP.
        SIP_TRUNK = "sip_trunk",
    }
}

/// The fields of a provider, as sent and as returned. Fields of other kinds stay empty.
#[derive(Clone, PartialEq, Default, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ProviderSettings {
    /// The kind; required when the provider is created.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ProviderKind>,
    /// The name for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// The account at Twilio.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_sid: Option<String>,
    /// The key of that account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_sid: Option<String>,
    /// The secret of that key; the service does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_key_secret: Option<AgentSecret>,
    /// The region of that account: `us1` (the service's default), `ie1` or `au1`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Calls that come from the trunk: an object with `media_encryption` and more, whose shape the vendor
    /// does not document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbound: Option<Value>,
    /// Calls that go to the trunk: an object whose shape the vendor does not document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outbound: Option<Value>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ProviderSettings {
    /// Creates settings without any field, for an update of a provider.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates the settings of a provider with an account at Twilio.
    pub fn twilio(
        account_sid: impl Into<String>,
        api_key_sid: impl Into<String>,
        api_key_secret: impl Into<AgentSecret>,
    ) -> Self {
        let mut settings = Self::new();
        settings.kind = Some(ProviderKind::TWILIO);
        settings.account_sid = Some(account_sid.into());
        settings.api_key_sid = Some(api_key_sid.into());
        settings.api_key_secret = Some(api_key_secret.into());
        settings
    }

    /// Creates the settings of a provider with a SIP trunk.
    pub fn sip_trunk(label: impl Into<String>) -> Self {
        let mut settings = Self::new().with_label(label);
        settings.kind = Some(ProviderKind::SIP_TRUNK);
        settings
    }

    /// Sets the name for people.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Sets the region of the account: `us1`, `ie1` or `au1`.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets key and secret of the account.
    #[must_use]
    pub fn with_api_key(mut self, sid: impl Into<String>, secret: impl Into<AgentSecret>) -> Self {
        self.api_key_sid = Some(sid.into());
        self.api_key_secret = Some(secret.into());
        self
    }

    /// Sets the settings of inbound calls, from the trunk.
    #[must_use]
    pub fn with_inbound(mut self, inbound: Value) -> Self {
        self.inbound = Some(inbound);
        self
    }

    /// Sets the settings of outbound calls, to the trunk.
    #[must_use]
    pub fn with_outbound(mut self, outbound: Value) -> Self {
        self.outbound = Some(outbound);
        self
    }
}

impl fmt::Debug for ProviderSettings {
    /// Leaves out the secret, and the objects of a trunk, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderSettings")
            .field("kind", &self.kind)
            .field("label", &self.label)
            .field("account_sid", &self.account_sid)
            .field("api_key_sid", &self.api_key_sid)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A provider of phone numbers: `/agents/phone-numbers/providers`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provider {
    /// The identifier, for requests.
    pub id: ProviderId,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// Time of the last change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Timestamp>,
    /// All other settings, without the secret; includes fields that this crate does not know.
    #[serde(flatten)]
    pub settings: ProviderSettings,
}

impl Identified for Provider {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

/// The parameters of `GET /agents/phone-numbers/providers`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListProvidersRequest {
    /// Restricts the list to this kind.
    pub kind: Option<ProviderKind>,
    /// Restricts the list to this Twilio account.
    pub account_sid: Option<String>,
}

impl ListProvidersRequest {
    /// Asks for all.
    pub fn new() -> Self {
        Self::default()
    }

    /// Narrows to a kind.
    #[must_use]
    pub fn with_kind(mut self, kind: impl Into<ProviderKind>) -> Self {
        self.kind = Some(kind.into());
        self
    }

    /// Narrows to an account at Twilio.
    #[must_use]
    pub fn with_account_sid(mut self, account_sid: impl Into<String>) -> Self {
        self.account_sid = Some(account_sid.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let kind = self.kind.as_ref().map(|kind| ("type", kind.to_string()));
        let account = self.account_sid.clone().map(|sid| ("account_sid", sid));
        kind.into_iter().chain(account).collect()
    }
}
