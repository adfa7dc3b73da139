//! The account: usage, API keys, users and invites. Documented since 2026-03-01; needs an
//! [`AdminKey`](crate::AdminKey).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api_version::{ApiVersion, Requirement, VersionRange};
use crate::page::{Identified, ListRequest};
use crate::time::Timestamp;

/// The versions that are documented to have the account's own calls.
pub const ACCOUNT: Requirement = Requirement::new(
    "the account's own call",
    VersionRange::since(ApiVersion::V2026_03_01),
);

crate::open::open_string! {
    /// The identifier of an API key; not the key itself.
    ApiKeyId {}
}

crate::open::open_string! {
    /// The identifier of a user.
    UserId {}
}

crate::open::open_string! {
    /// The identifier of an invite.
    InviteId {}
}

crate::open::open_string! {
    /// The length of a bucket of usage.
    UsageInterval {
        /// A day in UTC.
        DAY = "day",
        /// A week.
        WEEK = "week",
        /// A month.
        MONTH = "month",
    }
}

crate::open::open_string! {
    /// The criterion by which credits are grouped.
    UsageGroup {
        /// Speaking, listening, and so on.
        CAPABILITY = "capability",
        /// The model.
        MODEL = "model",
        /// The voice.
        VOICE = "voice",
        /// The API key.
        API_KEY = "api_key",
    }
}

crate::open::open_string! {
    /// The permissions of a user in the organization.
    Role {
        /// Everything.
        ADMIN = "admin",
        /// A member: everything except administration.
        MEMBER = "member",
    }
}

crate::open::open_string! {
    /// The status of an invite.
    InviteStatus {
        /// The invite is not answered yet.
        PENDING = "pending",
        /// Accepted.
        ACCEPTED = "accepted",
        /// Cancelled.
        REVOKED = "revoked",
        /// The invite was not answered in time.
        EXPIRED = "expired",
    }
}

/// The query of `GET /usage/credits` and `GET /usage/agents`. Everything is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct GetUsageRequest {
    /// The start, RFC 3339; the service rounds down to the start of that UTC day. By default a few days
    /// before the end.
    pub start: Option<Timestamp>,
    /// The end, RFC 3339, at most a year after the start; the service rounds up to the next UTC midnight. By
    /// default now.
    pub end: Option<Timestamp>,
    /// The length of each bucket; without it, one bucket covers the whole span.
    pub interval: Option<UsageInterval>,
    /// Restricts the result to the usage of this key; credits only.
    pub api_key_id: Option<ApiKeyId>,
    /// The criterion by which buckets are grouped; credits only.
    pub group_by: Option<UsageGroup>,
}

impl GetUsageRequest {
    /// Creates a request for one bucket with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets from when on, RFC 3339.
    #[must_use]
    pub fn with_start(mut self, start: impl Into<Timestamp>) -> Self {
        self.start = Some(start.into());
        self
    }

    /// Sets the end, RFC 3339, at most a year after the start.
    #[must_use]
    pub fn with_end(mut self, end: impl Into<Timestamp>) -> Self {
        self.end = Some(end.into());
        self
    }

    /// Sets the length of each bucket.
    #[must_use]
    pub fn with_interval(mut self, interval: impl Into<UsageInterval>) -> Self {
        self.interval = Some(interval.into());
        self
    }

    /// Restricts the usage to one key; credits only.
    #[must_use]
    pub fn with_api_key_id(mut self, id: impl Into<ApiKeyId>) -> Self {
        self.api_key_id = Some(id.into());
        self
    }

    /// Sets the criterion by which buckets are grouped; credits only.
    #[must_use]
    pub fn with_group_by(mut self, group: impl Into<UsageGroup>) -> Self {
        self.group_by = Some(group.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let text =
            |name, value: Option<&dyn ToString>| value.map(|value| (name, value.to_string()));
        [
            text("start_ts", self.start.as_ref().map(|value| value as _)),
            text("end_ts", self.end.as_ref().map(|value| value as _)),
            text("interval", self.interval.as_ref().map(|value| value as _)),
            text(
                "api_key_id",
                self.api_key_id.as_ref().map(|value| value as _),
            ),
            text("group_by", self.group_by.as_ref().map(|value| value as _)),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// The credits that were used in a span of time; spans without usage are included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreditUsage {
    /// The start of the span.
    pub start_ts: Timestamp,
    /// The end of the span.
    pub end_ts: Timestamp,
    /// Credits.
    #[serde(default)]
    pub credits: f64,
    /// Fields that this crate does not know, such as the names of groups.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The usage of agents in a span of time; spans without usage are included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct AgentUsage {
    /// The start of the span.
    pub start_ts: Timestamp,
    /// The end of the span.
    pub end_ts: Timestamp,
    /// Cost in US cents.
    #[serde(default)]
    pub cents: f64,
    /// Minutes of calls.
    #[serde(default)]
    pub minutes: f64,
    /// Calls.
    #[serde(default)]
    pub calls: u64,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The query of a list of API keys or users. Everything is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct SearchRequest {
    /// The page; the default limit is 20.
    pub page: ListRequest,
    /// Restricts the list to entries that contain this text.
    pub search: Option<String>,
}

impl SearchRequest {
    /// Creates a request for the first page with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which page.
    #[must_use]
    pub fn with_page(mut self, page: ListRequest) -> Self {
        self.page = page;
        self
    }

    /// Asks for those with this text.
    #[must_use]
    pub fn with_search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let search = self.search.clone().map(|text| ("q", text));
        self.page.query().into_iter().chain(search).collect()
    }
}

/// An API key as lists show it; never the key itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ApiKeyInfo {
    /// The identifier.
    pub id: ApiKeyId,
    /// The purpose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Time of creation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_email: Option<String>,
    /// Whether its creator is still in the organization.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_still_in_org: Option<bool>,
    /// A picture of its creator.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub creator_image_url: Option<String>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A user of the organization. Its fields are not documented one by one: beside `id` all are
/// optional.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct User {
    /// The identifier.
    #[serde(alias = "user_id")]
    pub id: UserId,
    /// The e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The role, which determines what the user may do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The query of a list of invites. Everything is optional.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct ListInvitesRequest {
    /// The page.
    pub page: ListRequest,
    /// Restricts the list to invites with this status.
    pub status: Option<InviteStatus>,
}

impl ListInvitesRequest {
    /// Creates a request for the first page with the service's defaults.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets which page.
    #[must_use]
    pub fn with_page(mut self, page: ListRequest) -> Self {
        self.page = page;
        self
    }

    /// Asks for the invites with this status.
    #[must_use]
    pub fn with_status(mut self, status: impl Into<InviteStatus>) -> Self {
        self.status = Some(status.into());
        self
    }

    /// Returns the query parameters, in a fixed order, not yet percent-encoded.
    pub fn query(&self) -> Vec<(&'static str, String)> {
        let status = self
            .status
            .as_ref()
            .map(|status| ("status", status.to_string()));
        self.page.query().into_iter().chain(status).collect()
    }
}

/// An invite into the organization.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Invite {
    /// The identifier.
    pub id: InviteId,
    /// The address of the invited person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// The role that the user will have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// The status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<InviteStatus>,
    /// The time of sending.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// The time until which it can be accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Fields that this crate does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The body of `POST /organizations/invites`: all are invited, or none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateInvitesRequest {
    /// Whom to invite; 1 to 10 addresses.
    pub emails: Vec<String>,
}

impl CreateInvitesRequest {
    /// Invites these addresses, 1 to 10.
    pub fn new(emails: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self {
            emails: emails.into_iter().map(Into::into).collect(),
        }
    }
}

impl Identified for ApiKeyInfo {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl Identified for User {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}

impl Identified for Invite {
    fn id(&self) -> &str {
        self.id.as_str()
    }
}
