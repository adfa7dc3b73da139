//! The common part of the policies for requests and for connections.

/// Adds the constructor, setters and delays of a policy that counts attempts. The policy has the fields
/// `max_attempts`, `backoff`, `max_retry_after` and `budget`.
macro_rules! attempts {
    ($policy:ident, $never:literal) => {
        impl $policy {
            #[doc = $never]
            pub fn never() -> Self {
                Self {
                    max_attempts: 1,
                    ..Self::default()
                }
            }

            /// Sets the number of attempts in all, the first included.
            #[must_use]
            pub fn with_max_attempts(mut self, attempts: u32) -> Self {
                self.max_attempts = attempts;
                self
            }

            /// Sets the exponential backoff: the delays between attempts.
            #[must_use]
            pub fn with_backoff(mut self, backoff: $crate::Backoff) -> Self {
                self.backoff = backoff;
                self
            }

            /// Sets the longest delay that the service may ask for.
            #[must_use]
            pub fn with_max_retry_after(mut self, limit: std::time::Duration) -> Self {
                self.max_retry_after = limit;
                self
            }

            /// Sets the time after which no further attempt starts.
            #[must_use]
            pub fn with_budget(mut self, budget: std::time::Duration) -> Self {
                self.budget = budget;
                self
            }

            /// Returns the delay after failed attempt `attempt`, counted from 1; `None` when no other follows.
            ///
            /// `elapsed` is the time since the first attempt began, or the connection was lost; `asked` is the
            /// delay that the service asks for; `jitter` is drawn evenly from 0 to 1.
            pub fn delay(
                &self,
                attempt: u32,
                elapsed: std::time::Duration,
                asked: Option<std::time::Duration>,
                jitter: f64,
            ) -> Option<std::time::Duration> {
                if attempt >= self.max_attempts {
                    return None;
                }
                let delay = asked.map_or_else(
                    || self.backoff.delay(attempt, jitter),
                    |asked| asked.min(self.max_retry_after),
                );
                (elapsed.saturating_add(delay) <= self.budget).then_some(delay)
            }
        }
    };
}
pub(crate) use attempts;
