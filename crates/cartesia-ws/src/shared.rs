//! The checked settings of a connector, which all its connections share.

use std::time::Duration;

use cartesia_core::limiter::Permits;
use cartesia_core::{ApiVersion, Authority, BaseUrl, Timeouts};
use http::HeaderMap;

use crate::policy::{ContextPolicy, SttPolicy};
use crate::transport::Dialer;

/// The checked settings that all connections of a connector share.
pub(crate) struct Shared {
    pub(crate) authority: Authority,
    pub(crate) base_url: BaseUrl,
    pub(crate) api_version: ApiVersion,
    pub(crate) headers: HeaderMap,
    pub(crate) token_in_query: bool,
    pub(crate) max_message_bytes: usize,
    pub(crate) timeouts: Timeouts,
    pub(crate) policy: ContextPolicy,
    /// How long agents wait for the answer to a tool call.
    pub(crate) tool_timeout: Option<Duration>,
    pub(crate) transcriptions: SttPolicy,
    pub(crate) permits: Permits,
    pub(crate) dialer: Dialer,
}
