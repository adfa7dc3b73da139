//! The expectations of a test about the requests of a client.
//!
//! [`condition`] compares one condition at a time, and describes the difference; [`unmet`] makes the message
//! of all of it; [`server`] asks the server.

mod condition;
mod server;
mod unmet;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use condition::{Condition, Subject};
use serde_json::Value;
pub use unmet::Unmet;

/// Expected requests or WebSocket messages of a client, and their number.
///
/// At least one is expected by default. See
/// [`MockServer::assert_received`](crate::MockServer::assert_received).
///
/// ```
/// use cartesia_mock::Expect;
///
/// let expected = Expect::post("/tts/bytes")
///     .header("cartesia-version", "2026-08-14")
///     .json("/output_format/sample_rate", 16_000)
///     .times(2);
/// assert_eq!(
///     expected.to_string(),
///     "POST /tts/bytes with the header cartesia-version: 2026-08-14 and \
///      /output_format/sample_rate = 16000, 2 times"
/// );
/// ```
#[derive(Clone)]
pub struct Expect {
    target: Target,
    conditions: Vec<Condition>,
    least: usize,
    most: Option<usize>,
}

#[derive(Clone)]
enum Target {
    Request {
        method: Option<String>,
        path: Option<String>,
    },
    Message,
}

impl Expect {
    fn new(target: Target) -> Self {
        Self {
            target,
            conditions: Vec::new(),
            least: 1,
            most: None,
        }
    }

    /// Expects any request.
    pub fn request() -> Self {
        Self::new(Target::Request {
            method: None,
            path: None,
        })
    }

    /// Expects a request for a path, with any method. The path is compared without query and without a slash
    /// at its end.
    pub fn path(path: impl Into<String>) -> Self {
        Self::new(Target::Request {
            method: None,
            path: Some(path.into()),
        })
    }

    /// Expects a request with this method for a path.
    pub fn method(method: impl Into<String>, path: impl Into<String>) -> Self {
        Self::new(Target::Request {
            method: Some(method.into()),
            path: Some(path.into()),
        })
    }

    /// Expects a `GET` for a path. The opening of a WebSocket is one, too.
    pub fn get(path: impl Into<String>) -> Self {
        Self::method("GET", path)
    }

    /// Expects a `POST` for a path.
    pub fn post(path: impl Into<String>) -> Self {
        Self::method("POST", path)
    }

    /// Expects a text or binary message on any WebSocket. It has no header and no query.
    pub fn message() -> Self {
        Self::new(Target::Message)
    }

    /// Matches requests with this header. The name is compared without case, the value as it is; keys cannot
    /// be compared, see [`Received::headers`](crate::Received::headers).
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let name = name.into().to_ascii_lowercase();
        self.with(Condition::Header(name, value.into()))
    }

    /// Matches requests with this name and value in the query, decoded.
    #[must_use]
    pub fn query(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with(Condition::Query(name.into(), value.into()))
    }

    /// Matches requests with this value at a place of their JSON, given as a JSON Pointer (RFC 6901) such as
    /// `/voice/id`; `""` is the whole document. Numbers are compared as written: 1 is not 1.0.
    #[must_use]
    pub fn json(self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with(Condition::Json(pointer.into(), value.into()))
    }

    /// Expects audio that arrives more than `slack` too early for this speed: 1 is real time, 2 is twice as
    /// fast. Use it with [`never`](Self::never); see [`AudioTime::early`](crate::AudioTime::early).
    ///
    /// ```
    /// use std::time::Duration;
    /// use cartesia_mock::Expect;
    ///
    /// let paced = Expect::message().early(1.0, Duration::from_millis(300)).never();
    /// assert_eq!(
    ///     paced.to_string(),
    ///     "a message with audio more than 300ms early at speed 1, never"
    /// );
    /// ```
    #[must_use]
    pub fn early(self, speed: f64, slack: Duration) -> Self {
        self.with(Condition::Early(speed, slack))
    }

    /// Matches requests whose JSON passes `test`. `what` names the condition in messages.
    #[must_use]
    pub fn that(
        self,
        what: impl Into<String>,
        test: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.with(Condition::That(what.into(), Arc::new(test)))
    }

    /// Expects it exactly this many times.
    #[must_use]
    pub fn times(mut self, times: usize) -> Self {
        (self.least, self.most) = (times, Some(times));
        self
    }

    /// Expects at least this many requests.
    #[must_use]
    pub fn at_least(mut self, times: usize) -> Self {
        (self.least, self.most) = (times, None);
        self
    }

    /// Expects no such request.
    #[must_use]
    pub fn never(self) -> Self {
        self.times(0)
    }

    fn with(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// The difference; `None` if there is none.
    fn difference(&self, subject: &Subject<'_>) -> Option<String> {
        let kind = match &self.target {
            Target::Request { method, path } => {
                subject.is_no_request(method.as_deref(), path.as_deref())
            }
            Target::Message => subject.is_no_message(),
        };
        kind.or_else(|| {
            self.conditions
                .iter()
                .find_map(|condition| condition.difference(subject))
        })
    }

    /// Whether so many are enough, and not too many.
    fn allows(&self, count: usize) -> bool {
        count >= self.least && self.most.is_none_or(|most| count <= most)
    }
}

impl fmt::Display for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.target {
            Target::Request { method, path } => {
                f.write_str(method.as_deref().unwrap_or("a request"))?;
                match (method, path) {
                    (Some(_), Some(path)) => write!(f, " {path}")?,
                    (None, Some(path)) => write!(f, " to {path}")?,
                    _ => {}
                }
            }
            Target::Message => f.write_str("a message")?,
        }
        for (index, condition) in self.conditions.iter().enumerate() {
            let joint = if index == 0 { "with" } else { "and" };
            write!(f, " {joint} {condition}")?;
        }
        match (self.least, self.most) {
            (0, Some(0)) => f.write_str(", never"),
            (1, Some(1)) => f.write_str(", once"),
            (times, Some(_)) => write!(f, ", {times} times"),
            (0 | 1, None) => Ok(()),
            (times, None) => write!(f, ", at least {times} times"),
        }
    }
}

impl fmt::Debug for Expect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expect({self})")
    }
}
