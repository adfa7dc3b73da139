//! Interruptible speech: utterances one after the other, barge-in at any time, and the text that was heard.

mod call;
mod events;
mod heard;
mod pump;
mod record;
mod report;
mod resume;
mod splice;
mod spoken;
mod texts;

use std::collections::VecDeque;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use cartesia_audio::{Player, UtteranceId};
use cartesia_types::tts::{ContextSpec, GenerationConfig};
use cartesia_types::{Error, ErrorKind, Result};
use cartesia_ws::TtsConnection;
use futures_core::Stream;

pub use self::call::SpeechCall;
pub use self::events::{SpeechEvent, SpeechEvents};
pub use self::heard::{CutWord, Heard};
pub use self::report::{Metrics, SpeechReport};
pub use self::spoken::{Spoken, SpokenId};
pub use self::texts::Piece;

use self::pump::Pump;
use self::record::Record;
use self::resume::Resumption;
use self::texts::{IntoPieces, Once, Texts};

const SAY: &str = "speech.say";
const INTERRUPT: &str = "speech.interrupt";

/// How long an interruption waits for the device to fade out. A device that plays takes one buffer, and one
/// that does not is found out sooner; this bounds what else may happen.
const FADE_LIMIT: Duration = Duration::from_secs(10);

/// The number of ended utterances whose late events are still delivered.
const REMEMBERED: usize = 64;

/// A future that can move into a task.
type BoxedFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The policy for an utterance whose audio breaks off in the middle.
///
/// If no audio of it was received, it is replayed in any case; see
/// [`ContextPolicy`](cartesia_ws::ContextPolicy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum FailurePolicy {
    /// The received audio is played, and [`Spoken::finished`] returns the error. The next utterance follows.
    #[default]
    Stop,
    /// A new context continues with the first word that was not received completely, joined with a fade.
    /// Nothing is spoken twice: if it is unknown which words were received, this acts as `Stop`.
    Continue,
}

/// Speech on a player: utterances play one after the other, without gaps, and can be interrupted (barge-in).
///
/// It joins a connection, the timestamps and the player, so that one call stops all three and reports which
/// words were heard:
///
/// ```no_run
/// use cartesia::{Client, ContextSpec, ModelId, Player, RawFormat, VoiceId};
///
/// # async fn run(barge_in: impl Future<Output = ()>, mut history: Vec<String>) -> cartesia::Result<()> {
/// let client = Client::from_env()?;
/// let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
/// let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
/// let speech = client.speech(&Player::open_default()?, spec).await?;
///
/// speech.say("This sentence is far longer than anybody will listen to.")?;
/// barge_in.await;
/// history.push(speech.interrupt().await?.text);
/// # Ok(())
/// # }
/// ```
///
/// It is a handle: clones share the same speech, and every method may be called from any task or thread.
/// Dropping the last handle interrupts the speech; await [`finished`](Self::finished) first to hear all of
/// it.
///
/// The context of an utterance opens when the text of the previous one is complete and the audio of all
/// earlier ones was received. So at most two contexts run at a time, and the next utterance is received while
/// the current one plays. Each utterance runs in a task of its own on the Tokio runtime, which ends with it.
#[doc(alias = "voice agent")]
#[derive(Clone)]
#[doc(alias = "agent")]
#[doc(alias = "barge-in")]
pub struct Speech {
    handle: Arc<Handle>,
    spec: ContextSpec,
}

/// Interrupts with the last handle.
struct Handle {
    shared: Arc<Shared>,
}

impl Drop for Handle {
    fn drop(&mut self) {
        let turn = std::mem::take(&mut self.shared.queue().turn);
        for record in turn.iter().rev() {
            record.interrupt();
        }
        for record in turn {
            record.forget();
        }
    }
}

/// What the handles and tasks of a speech share.
pub(crate) struct Shared {
    connection: TtsConnection,
    player: Player,
    on_failure: FailurePolicy,
    metrics: Option<Arc<dyn Metrics>>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    next_id: u64,
    /// What was said since there was nothing to hear, in order.
    turn: Vec<Arc<Record>>,
    /// The turn was interrupted.
    is_interrupted: bool,
    /// For events: the latest utterances.
    recent: VecDeque<Arc<Record>>,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        // Nothing panics while it is held, and even a poisoned lock would hold valid data.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record_of(&self, id: UtteranceId) -> Option<Arc<Record>> {
        let queue = self.queue();
        let mut recent = queue.recent.iter().rev();
        recent.find(|record| record.utterance.id() == id).cloned()
    }

    fn heard(&self) -> Heard {
        let records = self.queue().turn.clone();
        let mut heard = Heard::nothing();
        for record in records {
            heard.append(record.heard());
        }
        heard
    }
}

impl Speech {
    /// Returns a handle on the same queue with other settings: voice, language or speed. Earlier utterances
    /// keep theirs.
    #[must_use]
    pub fn with_spec(&self, spec: ContextSpec) -> Self {
        Self {
            handle: Arc::clone(&self.handle),
            spec,
        }
    }

    /// Returns the settings of this handle: model, voice, language and format.
    pub fn spec(&self) -> &ContextSpec {
        &self.spec
    }

    /// Returns the player.
    pub fn player(&self) -> &Player {
        &self.shared().player
    }

    /// Returns the connection.
    pub fn connection(&self) -> &TtsConnection {
        &self.shared().connection
    }

    /// Speaks a text after all texts before it, without a gap.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Closed`] when the player is closed, [`ErrorKind::Config`] outside of a Tokio runtime.
    /// Later errors are reported by [`Spoken::finished`].
    pub fn say(&self, text: impl Into<String>) -> Result<Spoken> {
        self.begin(Some(Box::pin(Once::new(Piece::new(text)))), None)
    }

    /// Speaks a text as [`say`](Self::say) does, with a volume, speed and emotion in place of those of
    /// [`spec`](Self::spec).
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say), and [`ErrorKind::InvalidRequest`] for a number that is not finite.
    pub fn say_with(&self, text: impl Into<String>, config: GenerationConfig) -> Result<Spoken> {
        config
            .validate()
            .map_err(|error| Error::new(ErrorKind::InvalidRequest, SAY, error.to_string()))?;
        let piece = Piece::new(text).with_config(config);
        self.begin(Some(Box::pin(Once::new(piece))), None)
    }

    /// Speaks texts as they arrive (streaming text), for example the tokens of a language model. They are
    /// joined unchanged: every space counts. A [`Piece`] may have a volume, speed and emotion of its own. An
    /// interruption stops reading the stream.
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say).
    #[doc(alias = "streaming text")]
    #[doc(alias = "LLM")]
    pub fn say_stream<S>(&self, texts: S) -> Result<Spoken>
    where
        S: Stream + Send + 'static,
        S::Item: Into<Piece>,
    {
        self.begin(Some(Box::pin(IntoPieces::new(texts))), None)
    }

    /// Stops all speech up to now (barge-in): generation and streams of text stop, playback fades out, and
    /// queued audio is dropped. Utterances after this call are not affected.
    ///
    /// The call takes effect at once. Awaiting it waits until the fade-out has left the speaker, and returns what
    /// was heard of the turn. A turn is all utterances since [`Speech`] last had nothing to play. Until the next
    /// utterance begins, another call returns the same.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Timeout`] when the fade-out does not end within 10 s. That can only happen with an output
    /// without a device ([`Player::offline`], [`Player::external`]) that the program does not render.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future undoes nothing; [`heard`](Self::heard) has the result as well.
    #[doc(alias = "stop")]
    #[doc(alias = "barge-in")]
    #[doc(alias = "cancel")]
    pub fn interrupt(&self) -> Interrupting {
        let shared = Arc::clone(&self.handle.shared);
        let mut queue = shared.queue();
        queue.is_interrupted = true;
        let mut acted = false;
        // From the last one on, so that none of them begins to play.
        for record in queue.turn.iter().rev() {
            acted |= record.interrupt();
        }
        let records = queue.turn.clone();
        drop(queue);
        Interrupting {
            future: Box::pin(async move {
                let faded = async {
                    for record in &records {
                        record.utterance.drained().await;
                    }
                };
                if tokio::time::timeout(FADE_LIMIT, faded).await.is_err() {
                    let message = "the output of the player makes no progress: keep calling `render` or `step`";
                    return Err(Error::new(ErrorKind::Timeout, INTERRUPT, message));
                }
                let mut heard = Heard::nothing();
                for record in records {
                    heard.append(record.heard());
                }
                if acted {
                    report::trace_interruption(&heard);
                    if let Some(metrics) = &shared.metrics {
                        metrics.interrupted(&heard);
                    }
                }
                Ok(heard)
            }),
        }
    }

    /// Returns what was heard of the turn up to now.
    #[doc(alias = "position")]
    #[doc(alias = "playhead")]
    pub fn heard(&self) -> Heard {
        self.shared().heard()
    }

    /// Waits until all speech has left the speaker, and returns what was heard of the turn.
    ///
    /// # Errors
    ///
    /// The error of the first utterance of the turn that failed; [`heard`](Self::heard) still returns what
    /// was heard.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn finished(&self) -> Result<Heard> {
        loop {
            let turn = self.shared().queue().turn.clone();
            let open = turn.iter().find(|record| !record.stage.borrow().is_over);
            let Some(open) = open.cloned() else {
                let failed = turn.iter().find_map(|record| record.state().error.clone());
                return match failed {
                    Some(error) => Err(error),
                    None => Ok(self.heard()),
                };
            };
            // Its error is looked at when all are over.
            let _ = Spoken { record: open }.finished().await;
        }
    }

    /// Returns whether any utterance has not ended yet.
    pub fn is_speaking(&self) -> bool {
        let queue = self.shared().queue();
        queue.turn.iter().any(|record| !record.is_silent())
    }

    /// Returns a receiver of events from now on, such as each word when it leaves the speaker.
    #[doc(alias = "on_word")]
    pub fn events(&self) -> SpeechEvents {
        SpeechEvents {
            events: self.player().events(),
            shared: Arc::clone(&self.handle.shared),
        }
    }

    /// Pauses playback, after a fade-out. Audio continues to arrive and is kept.
    pub fn pause(&self) {
        self.player().pause();
    }

    /// Continues after [`pause`](Self::pause), with a fade-in.
    pub fn resume(&self) {
        self.player().resume();
    }

    /// Sets the volume as a factor, from 0 to 4, over a given time. To duck: `fade_volume(0.2, …)`, and back.
    #[doc(alias = "duck")]
    pub fn fade_volume(&self, volume: f32, over: Duration) {
        self.player().fade_volume(volume, over);
    }

    fn shared(&self) -> &Shared {
        &self.handle.shared
    }

    /// Begins an utterance, from its texts or where an interrupted one stopped.
    fn begin(
        &self,
        texts: Option<Texts>,
        resumed: Option<(Arc<Record>, Resumption)>,
    ) -> Result<Spoken> {
        cartesia_core::runtime::require(SAY, "to speak on")?;
        let runtime = tokio::runtime::Handle::current();
        let shared = &self.handle.shared;
        let mut spec = self.spec.clone();
        // Every context needs a name of its own.
        spec.context_id = None;
        let utterance = shared.player.utterance(spec.output_format)?;
        let mut queue = shared.queue();
        let id = SpokenId(queue.next_id);
        queue.next_id += 1;
        let record = Arc::new(Record::new(id, spec, utterance, texts));
        let mut kept = Vec::new();
        let mut over = Vec::new();
        if let Some((old, from)) = resumed {
            kept = resume::carry_over(&old, &from, &record);
            over.push(old);
        }
        let is_new_turn =
            queue.is_interrupted || queue.turn.iter().all(|record| record.is_silent());
        if is_new_turn {
            over.append(&mut queue.turn);
            queue.is_interrupted = false;
        }
        let mut before = queue
            .turn
            .iter()
            .rev()
            .map(|record| record.stage.subscribe());
        let before = [before.next(), before.next()];
        queue.turn.push(Arc::clone(&record));
        queue.recent.push_back(Arc::clone(&record));
        if queue.recent.len() > REMEMBERED {
            queue.recent.pop_front();
        }
        drop(queue);
        // Without the lock: streams of text are the caller's code.
        for old in over {
            old.forget();
        }
        let pump = Pump {
            shared: Arc::clone(shared),
            record: Arc::clone(&record),
            kept,
            before,
            given: 0,
        };
        runtime.spawn(pump.run());
        Ok(Spoken { record })
    }
}

/// A running [`Speech::interrupt`]. It takes effect whether or not it is awaited.
#[must_use = "await it to learn what was heard, or discard it with `let _ =`"]
pub struct Interrupting {
    future: BoxedFuture<Result<Heard>>,
}

impl Future for Interrupting {
    type Output = Result<Heard>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.future.as_mut().poll(cx)
    }
}

impl fmt::Debug for Interrupting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Interrupting").finish_non_exhaustive()
    }
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Speech")
            .field("is_speaking", &self.is_speaking())
            .field("heard", &self.heard())
            .finish_non_exhaustive()
    }
}

/// The task of an utterance is gone: its runtime was shut down.
fn gone() -> Error {
    let message = "the runtime of the speech was shut down";
    Error::new(ErrorKind::Closed, SAY, message)
}
