//! `/accents` and `/locales`.

use cartesia_types::voice::{Accent, ListAccentsRequest, LocaleInfo};

use crate::client::Client;
use crate::list::ListCall;

/// The accents that the service knows; from [`Client::accents`].
#[derive(Debug, Clone)]
pub struct Accents {
    client: Client,
}

impl Accents {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all accents, in one answer. `GET /accents`; since 2026-03-01.
    ///
    /// ```no_run
    /// use cartesia_types::Language;
    /// use cartesia_types::voice::ListAccentsRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let english = ListAccentsRequest::new().with_language(Language::EN);
    /// for accent in client.accents().list(english).await?.data {
    ///     println!("{}", accent.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListAccentsRequest) -> ListCall<Accent> {
        ListCall::new(
            self.client.clone(),
            "accents.list",
            "/accents",
            request.query(),
        )
        .with_requirements(request.requirements())
    }
}

/// The locales that the service speaks; from [`Client::locales`].
#[derive(Debug, Clone)]
pub struct Locales {
    client: Client,
}

impl Locales {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists all locales, in one answer. `GET /locales`; since 2026-03-01.
    pub fn list(&self) -> ListCall<LocaleInfo> {
        ListCall::new(self.client.clone(), "locales.list", "/locales", Vec::new())
            .with_requirements(LocaleInfo::list_requirements())
    }
}
