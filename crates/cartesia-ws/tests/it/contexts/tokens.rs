//! Connections that are opened with tokens which a provider gives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use cartesia_core::{Credential, TokenFuture, TokenProvider};
use cartesia_mock::MockServer;
use cartesia_types::{AccessToken, ErrorKind};
use cartesia_ws::Connector;

use crate::support::within;

/// Gives tokens one after the other, and counts how often it is asked for another.
struct OneAfterTheOther {
    replacements: Arc<AtomicUsize>,
    better: &'static str,
}

impl TokenProvider for OneAfterTheOther {
    fn token(&self) -> TokenFuture<'_> {
        Box::pin(async { Ok(AccessToken::new("expired")?) })
    }

    fn replacement<'a>(&'a self, refused: &'a AccessToken) -> TokenFuture<'a> {
        assert_eq!(refused.expose(), "expired");
        self.replacements.fetch_add(1, Ordering::Relaxed);
        Box::pin(async { Ok(AccessToken::new(self.better)?) })
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once() {
    let server = MockServer::builder().key("sk_good").start().await.unwrap();
    for (better, kind) in [
        ("sk_good", None),
        ("expired", Some(ErrorKind::Auth)),
        ("expired as well", Some(ErrorKind::Auth)),
    ] {
        let replacements = Arc::new(AtomicUsize::new(0));
        let provider = OneAfterTheOther {
            replacements: Arc::clone(&replacements),
            better,
        };
        let connector = Connector::new()
            .credential(Credential::provider(provider))
            .base_url(server.url());
        let outcome = within(connector.tts()).await;
        assert_eq!(outcome.err().map(|error| error.kind()), kind, "{better}");
        assert_eq!(replacements.load(Ordering::Relaxed), 1);
    }
}
