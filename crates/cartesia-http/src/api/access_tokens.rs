//! `/access-token`.

use cartesia_types::{AccessToken, CreateTokenRequest, TokenResponse};
use http::Method;

use crate::call::Call;
use crate::client::Client;
use crate::request::Prepared;

/// Access tokens: short-lived credentials for browsers and devices; from [`Client::access_tokens`].
#[doc(alias = "access token")]
#[doc(alias = "JWT")]
#[doc(alias = "browser")]
#[derive(Debug, Clone)]
pub struct AccessTokens {
    client: Client,
}

impl AccessTokens {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a token that grants what the request names, and nothing else. `POST /access-token`; needs
    /// an API key.
    ///
    /// ```no_run
    /// use std::time::Duration;
    ///
    /// use cartesia_types::{TokenGrants, CreateTokenRequest};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let grants = TokenGrants::new().with_tts(true);
    /// let request = CreateTokenRequest::new(grants).with_expires_in(Duration::from_secs(600));
    /// let token = client.access_tokens().create(request).await?;
    /// let guest = cartesia_http::Client::builder().credential(token).build()?;
    /// # let _ = guest;
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn create(&self, request: CreateTokenRequest) -> Call<AccessToken> {
        let prepared = Prepared::json(
            "access_tokens.create",
            Method::POST,
            "/access-token",
            &request,
        );
        let prepared = prepared.map(|prepared| prepared.with_requirements(request.requirements()));
        Call::decoded_by(self.client.clone(), prepared, |answer| {
            serde_json::from_slice::<TokenResponse>(answer).map(|answer| answer.token)
        })
    }
}
