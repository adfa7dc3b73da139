//! The options of one call.

use std::time::Duration;

use cartesia_core::limiter::Priority;
use cartesia_core::{ApiVersion, Effect, RetryPolicy};
use http::HeaderMap;

#[derive(Debug, Clone, Default)]
pub(crate) struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: HeaderMap,
    pub(crate) api_version: Option<ApiVersion>,
    pub(crate) unchecked: bool,
    pub(crate) effect: Option<Effect>,
    pub(crate) priority: Option<Priority>,
}

/// The options that every kind of call has. `options` is the field that holds them.
macro_rules! call_options {
    ($type:ident $(<$parameter:ident>)?) => {
        impl $(<$parameter>)? $type $(<$parameter>)? {
            /// Sets a timeout for the call until its result is available, attempts and delays between them
            /// included. For a stream or a body, that is its start; the waits between its pieces have their
            /// own limit, [`Timeouts::silence`]($crate::Timeouts::silence).
            pub fn timeout(mut self, limit: std::time::Duration) -> Self {
                self.options.timeout = Some(limit);
                self
            }

            /// Sets the retry policy of this request, instead of the client's.
            pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
                self.options.retry = Some(policy);
                self
            }

            /// Adds a header, or replaces one of ours.
            pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
                self.options.headers.insert(name, value);
                self
            }

            /// Sets the API version of this call, instead of the client's.
            pub fn api_version(mut self, version: $crate::ApiVersion) -> Self {
                self.options.api_version = Some(version);
                self
            }

            /// Skips the API-version check for this call.
            pub fn unchecked(mut self) -> Self {
                self.options.unchecked = true;
                self
            }

            /// Overrides whether this request is idempotent (safe to retry): `true` retries it like
            /// reading, `false` like creating something, even if the service may have billed it. The
            /// table in [`RetryPolicy`]($crate::RetryPolicy) has the defaults.
            pub fn idempotent(mut self, idempotent: bool) -> Self {
                self.options.effect = Some(if idempotent {
                    $crate::Effect::Idempotent
                } else {
                    $crate::Effect::Change
                });
                self
            }

            /// Sets the priority with which this call waits for a permit of the client's limiter, instead of
            /// the client's. Calls that neither generate nor transcribe need no permit.
            pub fn priority(mut self, priority: $crate::limiter::Priority) -> Self {
                self.options.priority = Some(priority);
                self
            }
        }
    };
}
pub(crate) use call_options;
