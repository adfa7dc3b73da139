//! Calls that return one value.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use serde::de::DeserializeOwned;

use crate::Result;
use crate::client::Client;
use crate::options::{CallOptions, call_options};
use crate::request::{Prepared, operation_of};
use crate::response::Response;
use crate::send;

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
