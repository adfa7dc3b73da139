//! Any request, with the client's authentication, retries and errors.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;

use http::Method;
use serde::Serialize;

use crate::Result;
use crate::client::Client;
use crate::download::Download;
use crate::options::{CallOptions, call_options};
use crate::request::Prepared;
use crate::send;
use crate::upload::{Form, Upload};

/// An unsent request to any path of the service; from [`Client::request`]. Await it to get the
/// response's body.
///
/// ```no_run
/// use http::Method;
///
/// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
/// let body = serde_json::json!({"name": "new"});
/// let answer: serde_json::Value =
///     client.request(Method::POST, "/brand-new").json(&body)?.await?.json().await?;
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[must_use = "a call does nothing until awaited or sent"]
pub struct RawCall {
    client: Client,
    request: Prepared,
    form: Option<Form>,
    options: CallOptions,
}

call_options!(RawCall);

const OPERATION: &str = "request";

impl RawCall {
    pub(crate) fn new(client: Client, method: Method, path: &str) -> Self {
        let slash = if path.starts_with('/') { "" } else { "/" };
        let request =
            Prepared::empty(OPERATION, method, format!("{slash}{path}")).with_accept("*/*");
        Self {
            client,
            request,
            form: None,
            options: CallOptions::default(),
        }
    }

    /// Returns the name of the operation, as in errors: always `request`.
    pub fn operation(&self) -> &'static str {
        OPERATION
    }

    /// Adds a query parameter; it is encoded.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.request = self.request.with_parameter(name, &value.to_string());
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the value cannot be written as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self> {
        self.request = self.request.with_json(body)?;
        Ok(self)
    }

    /// Adds a text to a `multipart/form-data` body.
    pub fn form_text(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.form = Some(self.form.unwrap_or_default().text(name, value.to_string()));
        self
    }

    /// Adds a file to a `multipart/form-data` body.
    pub fn form_file(mut self, name: impl Into<String>, file: impl Into<Upload>) -> Self {
        self.form = Some(self.form.unwrap_or_default().file(name, file.into()));
        self
    }

    /// Sends the request and waits for the start of the response.
    ///
    /// # Errors
    ///
    /// As [`Call::send`](crate::Call::send). A status other than success is an error.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<Download> {
        let request = match self.form {
            Some(form) => self.request.with_form(form),
            None => self.request,
        };
        let sent = send::send(&self.client, &request, &self.options).await?;
        Ok(Download::new(OPERATION, sent))
    }
}

impl IntoFuture for RawCall {
    type Output = Result<Download>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl fmt::Debug for RawCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawCall")
            .field("method", &self.request.method)
            .finish_non_exhaustive()
    }
}
