//! Calls: requests that were not sent yet, and their options.

use std::fmt;
use std::time::Duration;

use cartesia_core::limiter::Priority;
use cartesia_core::{ApiVersion, RetryPolicy};
use cartesia_http::{Response, Upload};
use cartesia_types::{Identified, Page};
use http::{HeaderName, HeaderValue};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::runtime::Runtime;
use super::{AudioBody, Download, Items, Pages, SseStream};
use crate::Result;

/// A call: the async one, and the runtime that it will run on. With the options that every kind of call
/// has.
macro_rules! call {
    ($(#[$attribute:meta])* $name:ident $(<$parameter:ident>)?) => {
        $(#[$attribute])*
        #[must_use = "a call does nothing until it is waited for or sent"]
        pub struct $name $(<$parameter>)? {
            inner: cartesia_http::$name $(<$parameter>)?,
            runtime: Runtime,
        }

        impl $(<$parameter>)? $name $(<$parameter>)? {
            pub(super) fn new(
                inner: cartesia_http::$name $(<$parameter>)?,
                runtime: Runtime,
            ) -> Self {
                Self { inner, runtime }
            }

            /// Returns the name of the operation, as in errors.
            pub fn operation(&self) -> &'static str {
                self.inner.operation()
            }

            /// Sets a timeout for the call until its result is available, attempts and delays between them
            /// included. For a stream or a body, that is its start; the waits between its pieces have their
            /// own limit, [`Timeouts::silence`](crate::Timeouts::silence).
            pub fn timeout(mut self, limit: Duration) -> Self {
                self.inner = self.inner.timeout(limit);
                self
            }

            /// Sets the retry policy of this request, instead of the client's.
            pub fn retry(mut self, policy: RetryPolicy) -> Self {
                self.inner = self.inner.retry(policy);
                self
            }

            /// Adds a header, or replaces one of ours.
            pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
                self.inner = self.inner.header(name, value);
                self
            }

            /// Sets the API version of this call, instead of the client's.
            pub fn api_version(mut self, version: ApiVersion) -> Self {
                self.inner = self.inner.api_version(version);
                self
            }

            /// Skips the API-version check for this call.
            pub fn unchecked(mut self) -> Self {
                self.inner = self.inner.unchecked();
                self
            }

            /// Overrides whether this request is idempotent (safe to retry): `true` retries it like
            /// reading, `false` like creating something, even if the service may have billed it. The
            /// table in [`RetryPolicy`] has the defaults.
            pub fn idempotent(mut self, idempotent: bool) -> Self {
                self.inner = self.inner.idempotent(idempotent);
                self
            }

            /// Sets the priority with which this call waits for a permit of the client's limiter, instead of
            /// the client's. Calls that neither generate nor transcribe need no permit.
            pub fn priority(mut self, priority: Priority) -> Self {
                self.inner = self.inner.priority(priority);
                self
            }
        }

        impl $(<$parameter>)? fmt::Debug for $name $(<$parameter>)? {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.inner, f)
            }
        }
    };
}

/// How a call is answered that begins a stream or a body.
macro_rules! begins {
    ($name:ident => $answer:ident) => {
        impl $name {
            /// Sends the request and waits for the start of the response.
            ///
            /// # Errors
            ///
            /// As [`Call::wait`], and `Io` when a file to send cannot be read.
            pub fn wait(self) -> Result<$answer> {
                self.send()
            }

            /// Does the same as [`wait`](Self::wait): the answer has the response's headers.
            ///
            /// # Errors
            ///
            /// As [`wait`](Self::wait).
            pub fn send(self) -> Result<$answer> {
                let operation = self.inner.operation();
                let answer = self.runtime.wait(operation, self.inner.send())?;
                Ok($answer::new(answer, operation, self.runtime))
            }
        }
    };
}

call! {
    /// A call whose answer is one value. [`wait`](Self::wait) for it, or [`send`](Self::send) it to get
    /// the response's headers as well.
    Call<T>
}

impl<T> Call<T> {
    /// Sends the request, and waits for the answer.
    ///
    /// # Errors
    ///
    /// As [`cartesia_http::Call::send`]: any kind; the common ones are `Auth`, `NotFound`,
    /// `InvalidRequest`, `RateLimited`, `Server`, `Connect`, `Timeout`, `Unsupported`, `Decode` and
    /// `Protocol`. And `Config` in async code, where nothing was sent; see [`blocking`](super).
    pub fn wait(self) -> Result<T> {
        Ok(self.send()?.value)
    }

    /// Sends the request, and returns the answer together with status and headers of its response.
    ///
    /// # Errors
    ///
    /// As [`wait`](Self::wait).
    pub fn send(self) -> Result<Response<T>> {
        let operation = self.inner.operation();
        self.runtime.wait(operation, self.inner.send())
    }
}

call! {
    /// An unsent list. [`wait`](Self::wait) for one page, or take [`pages`](Self::pages) or
    /// [`items`](Self::items) to get all of them.
    ListCall<T>
}

impl<T> Clone for ListCall<T> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone(), self.runtime.clone())
    }
}

impl<T: DeserializeOwned> ListCall<T> {
    /// Requests one page.
    ///
    /// # Errors
    ///
    /// As [`Call::wait`].
    pub fn wait(self) -> Result<Page<T>> {
        Ok(self.send()?.value)
    }

    /// Requests one page, and returns it together with status and headers of its response.
    ///
    /// # Errors
    ///
    /// As [`Call::wait`].
    pub fn send(self) -> Result<Response<Page<T>>> {
        let operation = self.inner.operation();
        self.runtime.wait(operation, self.inner.send())
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> ListCall<T> {
    /// Returns all pages, one after the other, from the requested one on; backwards if the request has
    /// `ending_before`.
    pub fn pages(self) -> Pages<T> {
        let operation = self.inner.operation();
        Pages::new(self.inner.pages(), operation, self.runtime)
    }

    /// Returns all items of all pages, page by page.
    pub fn items(self) -> Items<T> {
        let operation = self.inner.operation();
        Items::new(self.inner.items(), operation, self.runtime)
    }
}

call! {
    /// An unsent request for audio. [`wait`](Self::wait) for the [`AudioBody`].
    #[derive(Clone)]
    AudioCall
}

begins!(AudioCall => AudioBody);

call! {
    /// An unsent request for audio as events. [`wait`](Self::wait) for the [`SseStream`].
    #[derive(Clone)]
    SseCall
}

begins!(SseCall => SseStream);

call! {
    /// An unsent request for a file. [`wait`](Self::wait) for the [`Download`].
    DownloadCall
}

begins!(DownloadCall => Download);

call! {
    /// An unsent request to any path of the service; from [`Client::request`](super::Client::request).
    /// [`wait`](Self::wait) for the response's body.
    RawCall
}

begins!(RawCall => Download);

impl RawCall {
    /// Adds a query parameter; it is encoded.
    pub fn query(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.inner = self.inner.query(name, value);
        self
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    ///
    /// `InvalidRequest` when the value cannot be written as JSON.
    pub fn json(mut self, body: &impl Serialize) -> Result<Self> {
        self.inner = self.inner.json(body)?;
        Ok(self)
    }

    /// Adds a text to a `multipart/form-data` body.
    pub fn form_text(mut self, name: impl Into<String>, value: impl fmt::Display) -> Self {
        self.inner = self.inner.form_text(name, value);
        self
    }

    /// Adds a file to a `multipart/form-data` body.
    pub fn form_file(mut self, name: impl Into<String>, file: impl Into<Upload>) -> Self {
        self.inner = self.inner.form_file(name, file);
        self
    }
}
