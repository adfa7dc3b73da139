//! The setters that the builders of all clients have, written once.

/// Implements the shared setters on a builder: `settings_setters!(path.to.settings)` inside an `impl` block,
/// where the path leads from `self` to the [`Settings`](crate::Settings). The crate needs the dependencies
/// `cartesia_core` and `http`.
///
/// For the builders of this family; other crates may use it, but it may get further setters with any
/// release.
#[doc(hidden)]
#[macro_export]
macro_rules! settings_setters {
    ($($field:ident).+) => {
        /// Sets the API key.
        pub fn api_key(mut self, key: impl Into<String>) -> Self {
            self.$($field).+ = self.$($field).+.with_api_key(key);
            self
        }

        /// Sets an access token instead of an API key: short-lived, and limited to what it was granted.
        pub fn access_token(mut self, token: impl Into<String>) -> Self {
            self.$($field).+ = self.$($field).+.with_access_token(token);
            self
        }

        /// Sets the credential: an API key, an access token, or a
        /// [`TokenProvider`]($crate::TokenProvider), which is asked before every request and every
        /// connection.
        pub fn credential(mut self, credential: impl Into<$crate::Credential>) -> Self {
            self.$($field).+ = self.$($field).+.with_credential(credential);
            self
        }

        /// Sets the base URL of the service; by default `https://api.cartesia.ai`.
        /// [`BaseUrl`]($crate::BaseUrl) has the rules.
        pub fn base_url(mut self, url: impl Into<String>) -> Self {
            self.$($field).+ = self.$($field).+.with_base_url(url);
            self
        }

        /// Sets the base URL for links to files; by default `https://files.cartesia.ai`, or the base URL if
        /// that is not the public service. Only links to files are made there.
        pub fn files_base_url(mut self, url: impl Into<String>) -> Self {
            self.$($field).+ = self.$($field).+.with_files_base_url(url);
            self
        }

        /// Sets the API version; by default [`ApiVersion::LATEST`]($crate::ApiVersion::LATEST). A
        /// request over HTTP may choose another one.
        pub fn api_version(mut self, version: $crate::ApiVersion) -> Self {
            self.$($field).+ = self.$($field).+.with_api_version(version);
            self
        }

        /// Sets whether unencrypted connections to other machines are allowed; off by default. Anyone on the
        /// network can then read the credential and all data, and the service may revoke a key that it
        /// receives unencrypted.
        pub fn allow_plain_http(mut self, allow: bool) -> Self {
            self.$($field).+ = self.$($field).+.with_plain_http_allowed(allow);
            self
        }

        /// Sets proxies and certificate authorities; by default those of the environment and of the
        /// operating system.
        pub fn network(mut self, network: $crate::network::Network) -> Self {
            self.$($field).+ = self.$($field).+.with_network(network);
            self
        }

        /// Adds a header to every request, the upgrade to a WebSocket included. Headers of the
        /// connection itself (`Host`, `Connection`, `Upgrade`, `Content-Length`, `Transfer-Encoding`,
        /// `Expect`, `Sec-WebSocket-…`) are refused when the client is built.
        pub fn header(mut self, name: http::HeaderName, value: http::HeaderValue) -> Self {
            self.$($field).+ = self.$($field).+.with_header(name, value);
            self
        }

        /// Sets the time limits. All are on by default.
        pub fn timeouts(mut self, timeouts: $crate::Timeouts) -> Self {
            self.$($field).+ = self.$($field).+.with_timeouts(timeouts);
            self
        }

        /// Sets when a failed HTTP request is retried. With
        /// [`RetryPolicy::at_most_once`]($crate::RetryPolicy::at_most_once) WebSocket contexts are not
        /// replayed either.
        pub fn retry(mut self, policy: $crate::RetryPolicy) -> Self {
            self.$($field).+ = self.$($field).+.with_retry(policy);
            self
        }

        /// Sets a limiter of concurrent work, which several clients may share: each generation and
        /// transcription waits for a permit, at most [`Timeouts::permit`]($crate::Timeouts::permit). By
        /// default there is none, and the service rejects requests above the limit of the plan (429).
        pub fn limiter(mut self, limiter: std::sync::Arc<dyn $crate::limiter::Limiter>) -> Self {
            self.$($field).+ = self.$($field).+.with_limiter(limiter);
            self
        }

        /// Sets the priority in the queue of the limiter; by default
        /// [`Priority::Live`]($crate::limiter::Priority::Live).
        pub fn priority(mut self, priority: $crate::limiter::Priority) -> Self {
            self.$($field).+ = self.$($field).+.with_priority(priority);
            self
        }

        /// Replaces all settings above, for example by those of another client.
        pub fn settings(mut self, settings: $crate::Settings) -> Self {
            self.$($field).+ = settings;
            self
        }
    };
}
