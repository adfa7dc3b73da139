//! Calls: requests that were not sent yet, and their options.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use cartesia_types::ApiVersion;
use http::HeaderMap;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::client::Client;
use crate::request::{Prepared, operation_of};
use crate::response::Response;
use crate::retry::RetryPolicy;
use crate::send;

/// What a caller chose for one call.
#[derive(Debug, Clone, Default)]
pub(crate) struct CallOptions {
    pub(crate) timeout: Option<Duration>,
    pub(crate) retry: Option<RetryPolicy>,
    pub(crate) headers: HeaderMap,
    pub(crate) api_version: Option<ApiVersion>,
    pub(crate) unchecked: bool,
    pub(crate) idempotent: Option<bool>,
}

/// The options that every kind of call has. `options` is the field that holds them.
macro_rules! call_options {
    ($type:ident $(<$parameter:ident>)?) => {
        impl $(<$parameter>)? $type $(<$parameter>)? {
            /// Limits how long the call may take until its result is there, retries and their waits
            /// included. For a stream or a body the result is its start: the time between its
            /// pieces has a limit of its own, the client's `idle`.
            pub fn timeout(mut self, limit: std::time::Duration) -> Self {
                self.options.timeout = Some(limit);
                self
            }

            /// Sets when this request is sent again, instead of the client's policy.
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
            pub fn api_version(mut self, version: cartesia_types::ApiVersion) -> Self {
                self.options.api_version = Some(version);
                self
            }

            /// Sends the request even if its API version is not known to have all of it.
            pub fn unchecked(mut self) -> Self {
                self.options.unchecked = true;
                self
            }

            /// Says whether sending this request twice does no harm; see
            /// [`RetryPolicy`]($crate::RetryPolicy). By default reading is harmless and synthesis,
            /// which is billed, is not.
            pub fn idempotent(mut self, harmless: bool) -> Self {
                self.options.idempotent = Some(harmless);
                self
            }
        }
    };
}
pub(crate) use call_options;

/// A call whose answer is one value. Await it, or [`send`](Self::send) it to get the response's
/// headers as well.
///
/// # Cancel safety
///
/// Dropping the future cancels the call; whether the service carried it out is then not known.
#[must_use = "a call does nothing until awaited or sent"]
pub struct Call<T> {
    client: Client,
    /// What could not be written down is told when the call is sent, as every other error is.
    request: Result<Prepared>,
    options: CallOptions,
    decode: fn(&[u8]) -> serde_json::Result<T>,
}

call_options!(Call<T>);

impl<T: DeserializeOwned> Call<T> {
    pub(crate) fn new(client: Client, request: Result<Prepared>) -> Self {
        Self {
            client,
            request,
            options: CallOptions::default(),
            decode: |body| serde_json::from_slice(body),
        }
    }
}

impl<T> Call<T> {
    /// A call whose value is a part of the answer.
    pub(crate) fn decoded_by(
        client: Client,
        request: Result<Prepared>,
        decode: fn(&[u8]) -> serde_json::Result<T>,
    ) -> Self {
        Self {
            client,
            request,
            options: CallOptions::default(),
            decode,
        }
    }
}

impl Call<()> {
    /// A call whose answer says nothing: 204, or a body that is not looked at.
    pub(crate) fn without_answer(client: Client, request: Result<Prepared>) -> Self {
        Self {
            client,
            request,
            options: CallOptions::default(),
            decode: |_| Ok(()),
        }
    }
}

impl<T> Call<T> {
    /// What it does, as errors name it, for example `voices.get`.
    pub fn operation(&self) -> &'static str {
        operation_of(&self.request)
    }

    /// Sends the request, and gives the answer together with the response that carried it.
    ///
    /// # Errors
    ///
    /// Any kind; the common ones are `Auth`, `NotFound`, `InvalidRequest`, `RateLimited`, `Server`
    /// (the service refused), `Connect` and `Timeout` (it was not reached), `Unsupported` (the API
    /// version does not have this; nothing was sent), `Decode` and `Protocol` (the answer is not one
    /// of the service's).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call; whether the service carried it out is then not known.
    pub async fn send(self) -> Result<Response<T>> {
        send::unary(&self.client, &self.request?, &self.options, self.decode).await
    }
}

impl<T: Send + 'static> IntoFuture for Call<T> {
    type Output = Result<T>;
    type IntoFuture = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.send().await?.value) })
    }
}

impl<T> fmt::Debug for Call<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field(
                "operation",
                &self.request.as_ref().map(|request| request.operation).ok(),
            )
            .finish_non_exhaustive()
    }
}
