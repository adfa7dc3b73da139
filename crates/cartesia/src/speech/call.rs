//! How a speech is set up.

use std::fmt;
use std::future::IntoFuture;
use std::sync::{Arc, Mutex};

use cartesia_audio::Player;
use cartesia_types::Result;
use cartesia_types::tts::ContextSpec;
use cartesia_ws::{Connector, TtsConnection};

use super::{BoxedFuture, FailurePolicy, Handle, Metrics, Shared, Speech};

/// Opens a [`Speech`]; from [`Client::speech`](crate::Client::speech). Await it.
#[must_use = "nothing is opened until it is awaited"]
pub struct SpeechCall {
    connector: Arc<Connector>,
    player: Player,
    spec: ContextSpec,
    on_failure: FailurePolicy,
    metrics: Option<Arc<dyn Metrics>>,
}

impl SpeechCall {
    pub(crate) fn new(connector: Arc<Connector>, player: &Player, spec: ContextSpec) -> Self {
        Self {
            connector,
            player: player.clone(),
            spec,
            on_failure: FailurePolicy::default(),
            metrics: None,
        }
    }

    /// Sets the policy for an utterance whose audio breaks off in the middle.
    pub fn on_failure(mut self, policy: FailurePolicy) -> Self {
        self.on_failure = policy;
        self
    }

    /// Sets the receiver of the measurements of every utterance.
    pub fn metrics(mut self, metrics: Arc<dyn Metrics>) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Speaks over a connection that is open already, which others may share.
    pub fn over(self, connection: &TtsConnection) -> Speech {
        let shared = Shared {
            connection: connection.clone(),
            player: self.player,
            on_failure: self.on_failure,
            metrics: self.metrics,
            queue: Mutex::default(),
        };
        Speech {
            handle: Arc::new(Handle {
                shared: Arc::new(shared),
            }),
            spec: self.spec,
        }
    }
}

impl IntoFuture for SpeechCall {
    type Output = Result<Speech>;
    type IntoFuture = BoxedFuture<Result<Speech>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let connection = self.connector.tts().await?;
            Ok(self.over(&connection))
        })
    }
}

impl fmt::Debug for SpeechCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpeechCall").finish_non_exhaustive()
    }
}
