//! Calls that return one value.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Error as _, IgnoredAny};

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
/// Dropping the future cancels the call; it is then unknown whether the service carried it out.
#[must_use = "a call does nothing until awaited or sent"]
pub struct Call<T> {
    client: Client,
    /// An error of serialization is reported when the call is sent, as all other errors are.
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
    /// A call without a value: any answer is a success, but an HTML page and an object with an `error`.
    pub(crate) fn without_answer(client: Client, request: Result<Prepared>) -> Self {
        Self {
            client,
            request,
            options: CallOptions::default(),
            decode: decode_nothing,
        }
    }
}

/// Accepts an answer without a value, unless it is a page of a gateway, or an error that came with a
/// status of success.
fn decode_nothing(answer: &[u8]) -> serde_json::Result<()> {
    #[derive(Deserialize)]
    struct Answer {
        error: Option<IgnoredAny>,
    }
    match answer.trim_ascii_start().first() {
        Some(b'<') => serde_json::from_slice::<IgnoredAny>(answer).map(drop),
        Some(b'{') => match serde_json::from_slice(answer) {
            Ok(Answer { error: Some(_) }) => Err(serde_json::Error::custom("it is an error")),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

impl<T> Call<T> {
    /// Returns the name of the operation, as in errors, for example `voices.get`.
    pub fn operation(&self) -> &'static str {
        operation_of(&self.request)
    }

    /// Sends the request, and returns the answer together with status and headers of its response.
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
    /// Dropping the future cancels the call; it is then unknown whether the service carried it out.
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
