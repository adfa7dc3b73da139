//! A call whose answer is a body.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use crate::Result;
use crate::call::{CallOptions, call_options};
use crate::client::Client;
use crate::download::Download;
use crate::request::Prepared;
use crate::send;

/// An unsent request for a body of bytes. Await it to get the [`Download`].
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[must_use = "a call does nothing until awaited or sent"]
pub struct DownloadCall {
    client: Client,
    request: Prepared,
    /// Whether a media type can be what was asked for.
    expected: fn(&str) -> bool,
    options: CallOptions,
}

call_options!(DownloadCall);

impl DownloadCall {
    pub(super) fn new(client: Client, request: Prepared, expected: fn(&str) -> bool) -> Self {
        Self {
            client,
            request,
            expected,
            options: CallOptions::default(),
        }
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// As [`Call::send`](crate::Call::send).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<Download> {
        let operation = self.request.operation;
        let sent = send::send(&self.client, &self.request, &self.options).await?;
        let sent = send::expect_media(operation, sent, self.expected)?;
        Ok(Download::new(operation, sent))
    }
}

impl IntoFuture for DownloadCall {
    type Output = Result<Download>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for DownloadCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DownloadCall")
            .field("operation", &self.request.operation)
            .finish_non_exhaustive()
    }
}
