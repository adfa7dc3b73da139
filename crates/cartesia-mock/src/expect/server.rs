//! The questions of tests to the server.

use std::time::Duration;

use super::condition::Subject;
use super::{Expect, Target, Unmet};
use crate::journal::Received;
use crate::server::MockServer;

impl MockServer {
    /// Returns the requests for a path, oldest first. The path is compared without query and without a slash
    /// at its end.
    pub fn requests_to(&self, path: &str) -> Vec<Received> {
        let wanted = Expect::path(path);
        let mut requests = self.received();
        requests.retain(|request| wanted.difference(&Subject::request(request)).is_none());
        requests
    }

    /// Checks whether clients have sent the expected requests by now, among those that are kept: see
    /// [`received`](Self::received) and [`messages`](Self::messages).
    ///
    /// # Errors
    ///
    /// [`Unmet`], which describes the requests that came instead.
    pub fn check_received(&self, expected: &Expect) -> Result<(), Unmet> {
        let (requests, messages) = match expected.target {
            Target::Request { .. } => (self.received(), Vec::new()),
            Target::Message => (Vec::new(), self.messages()),
        };
        let subjects: Vec<_> = requests
            .iter()
            .map(Subject::request)
            .chain(messages.iter().map(Subject::message))
            .collect();
        let fits = |subject: &&Subject<'_>| expected.difference(subject).is_none();
        let count = subjects.iter().filter(fits).count();
        if expected.allows(count) {
            Ok(())
        } else {
            Err(Unmet::new(expected, &subjects, count))
        }
    }

    /// Asserts in a test that clients have sent the expected requests by now.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use cartesia_mock::{Expect, MockServer};
    ///
    /// let server = MockServer::start().await?;
    /// // … let your program speak …
    /// # use tokio::io::{AsyncReadExt, AsyncWriteExt};
    /// # let mut stream = tokio::net::TcpStream::connect(server.addr()).await?;
    /// # stream.write_all(b"GET /voices HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await?;
    /// # stream.read_to_end(&mut Vec::new()).await?;
    /// server.assert_received(&Expect::get("/voices").times(1));
    /// server.assert_received(&Expect::post("/tts/bytes").never());
    /// # std::io::Result::Ok(()) })?;
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Panics
    ///
    /// When they have not; the message describes the requests that came instead.
    #[track_caller]
    pub fn assert_received(&self, expected: &Expect) {
        if let Err(unmet) = self.check_received(expected) {
            panic!("{unmet}");
        }
    }

    /// Waits until clients have sent the expected requests, for `limit` at most. With
    /// [`times`](Expect::times) there may be no more than that when there are enough.
    ///
    /// ```
    /// # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
    /// use std::time::Duration;
    /// use cartesia_mock::{Expect, MockServer};
    ///
    /// let server = MockServer::start().await?;
    /// let pushed = Expect::message().json("/continue", true).at_least(3);
    /// let unmet = server.until(&pushed, Duration::from_millis(10)).await.unwrap_err();
    /// assert_eq!(
    ///     unmet.to_string(),
    ///     "expected a message with /continue = true, at least 3 times, but that came 0 times; \
    ///      nothing came"
    /// );
    /// # std::io::Result::Ok(()) })?;
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Unmet`], which describes the requests that came instead.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: it only waits.
    pub async fn until(&self, expected: &Expect, limit: Duration) -> Result<(), Unmet> {
        let enough = Expect {
            most: None,
            ..expected.clone()
        };
        let met = async {
            let mut changes = self.changes();
            while self.check_received(&enough).is_err() {
                // The sender lives as long as this handle.
                let _ = changes.changed().await;
            }
        };
        // Too late or not: what counts is what came.
        let _ = tokio::time::timeout(limit, met).await;
        self.check_received(expected)
    }

    /// Waits until there are this many requests in [`received`](Self::received), for `limit` at most, and
    /// returns them. They need not be answered yet.
    ///
    /// # Errors
    ///
    /// [`Unmet`], which describes the requests that came by then.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: it only waits.
    pub async fn until_received(
        &self,
        count: usize,
        limit: Duration,
    ) -> Result<Vec<Received>, Unmet> {
        self.until(&Expect::request().at_least(count), limit)
            .await?;
        Ok(self.received())
    }
}
