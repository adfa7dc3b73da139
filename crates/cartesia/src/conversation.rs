//! A conversation: turns of a user, spoken replies of a model, and a history of what was heard.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};

use cartesia_types::Result;
use cartesia_types::stt::TurnEvent;
use futures_core::Stream;

use crate::speech::{Speech, Spoken};

/// The text of a reply, as it arrives: the tokens of a language model, say.
pub type Reply = Pin<Box<dyn Stream<Item = String> + Send>>;

/// The speaker of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The user, as transcribed.
    User,
    /// The model, as heard.
    Assistant,
}

/// A message of a conversation.
///
/// `Debug` shows the role and the length, never the text.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Message {
    /// The speaker.
    pub role: Role,
    /// The text. For a reply, only the part that was heard.
    pub text: String,
}

impl Message {
    /// Creates a message.
    pub fn new(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            text: text.into(),
        }
    }
}

/// A language model that writes the replies, behind the client of your choice.
pub trait Model: Send {
    /// Replies to a history, whose last message is the user's. It should return soon; the work belongs into the
    /// stream, which is dropped when the user goes on to speak.
    fn reply(&mut self, history: &[Message]) -> Reply;
}

impl<F: FnMut(&[Message]) -> Reply + Send> Model for F {
    fn reply(&mut self, history: &[Message]) -> Reply {
        self(history)
    }
}

/// A conversation of a user and a model: a state machine over turns and [`Speech`].
///
/// - `turn.start` interrupts the reply that plays (barge-in). The history then has what was heard of it.
/// - `turn.eager_end` starts a reply in advance. It is spoken at `turn.end`, if that has the same text, and dropped
///   at `turn.resume`.
/// - `turn.end` has the reply spoken. If it is without text (a cough), the reply that was interrupted goes on with its
///   next whole word.
///
/// Turns come from any source of [`TurnEvent`]s.
///
/// ```no_run
/// use cartesia::conversation::{Conversation, Message, Reply};
/// use cartesia::stt::TurnEvent;
/// use futures_core::Stream;
///
/// # async fn run(
/// #     speech: cartesia::Speech,
/// #     turns: impl Stream<Item = cartesia::Result<TurnEvent>>,
/// #     model: impl FnMut(&[Message]) -> Reply + Send,
/// # ) -> cartesia::Result<()> {
/// let mut conversation = Conversation::new(speech, model);
/// conversation.run(turns).await?;
/// for message in conversation.history() {
///     println!("{:?}: {}", message.role, message.text);
/// }
/// # Ok(())
/// # }
/// ```
///
/// By default the conversation is half duplex: send silence instead of the microphone while [`Gate::is_open`] is false,
/// or the model hears itself. With headphones or an echo canceller, barge-in works as well:
/// [`full_duplex`](Self::full_duplex).
#[doc(alias = "voice agent")]
#[doc(alias = "turn taking")]
#[doc(alias = "agent")]
#[doc(alias = "barge-in")]
pub struct Conversation<M> {
    speech: Speech,
    model: M,
    history: Vec<Message>,
    full_duplex: bool,
    answer: Option<Answer>,
    /// The turn that goes on has interrupted the answer.
    barged_in: bool,
    early: Option<Early>,
}

/// The reply that is spoken.
struct Answer {
    spoken: Vec<Spoken>,
    /// What was heard of it before it went on.
    before: String,
    /// Its place in the history.
    index: usize,
}

/// A reply that was started before the end of the turn was certain.
struct Early {
    transcript: String,
    texts: VecDeque<String>,
    reply: Option<Reply>,
}

impl<M: Model> Conversation<M> {
    /// A conversation without a history.
    pub fn new(speech: Speech, model: M) -> Self {
        Self {
            speech,
            model,
            history: Vec::new(),
            full_duplex: false,
            answer: None,
            barged_in: false,
            early: None,
        }
    }

    /// Starts from a history, such as a system prompt that the model knows how to read.
    #[must_use]
    pub fn with_history(mut self, history: Vec<Message>) -> Self {
        self.history = history;
        self
    }

    /// Keeps the gate open while a reply plays, so that the user can interrupt it. Only for microphones that do not
    /// hear the speaker.
    #[must_use]
    pub fn full_duplex(mut self) -> Self {
        self.full_duplex = true;
        self
    }

    /// The gate of the microphone.
    pub fn gate(&self) -> Gate {
        Gate {
            speech: self.speech.clone(),
            always: self.full_duplex,
        }
    }

    /// Returns the messages up to now. Of a reply that is playing, the part that was heard when the last
    /// event came.
    pub fn history(&self) -> &[Message] {
        &self.history
    }

    /// The speech on which replies are spoken.
    pub fn speech(&self) -> &Speech {
        &self.speech
    }

    /// Takes turns until their stream ends, then waits until the last reply is over.
    ///
    /// # Errors
    ///
    /// The first error of the stream of turns, and those of [`on_event`](Self::on_event). The conversation
    /// can continue with another stream.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future loses no event that was taken; a playing reply continues.
    pub async fn run<S>(&mut self, turns: S) -> Result<()>
    where
        S: Stream<Item = Result<TurnEvent>>,
    {
        let mut turns = pin!(turns);
        while let Some(event) = poll_fn(|cx| {
            let event = turns.as_mut().poll_next(cx);
            if event.is_pending()
                && let Some(early) = &mut self.early
            {
                early.advance(cx);
            }
            event
        })
        .await
        {
            self.on_event(event?).await?;
        }
        if self.answer.is_some() {
            // How it ended is in the history, and with its report.
            let _ = self.speech.finished().await;
        }
        self.settle();
        Ok(())
    }

    /// Takes one event.
    ///
    /// # Errors
    ///
    /// Those of [`Speech::interrupt`], [`Speech::say_stream`] and [`Speech::resume_interrupted`].
    ///
    /// # Cancel safety
    ///
    /// An interruption that has begun is completed by the next event.
    pub async fn on_event(&mut self, event: TurnEvent) -> Result<()> {
        self.settle();
        match event {
            TurnEvent::Start(_) => self.barge_in().await?,
            TurnEvent::EagerEnd(text) => self.start_early(text.transcript),
            TurnEvent::Resume(_) | TurnEvent::Cut(_) => self.early = None,
            TurnEvent::End(text) => self.end_turn(text.transcript).await?,
            _ => {}
        }
        Ok(())
    }

    /// Brings the history up to what was heard.
    fn settle(&mut self) {
        let Some(answer) = &self.answer else {
            return;
        };
        let is_over = answer.spoken.iter().all(|spoken| spoken.report().is_some());
        let heard = self.speech.heard().text;
        if let Some(message) = self.history.get_mut(answer.index) {
            message.text = format!("{}{heard}", answer.before);
        }
        // An answer that was interrupted may go on.
        if is_over && !self.barged_in {
            self.answer = None;
        }
    }

    async fn barge_in(&mut self) -> Result<()> {
        if self.answer.is_some() && !self.barged_in {
            self.barged_in = true;
            self.speech.interrupt().await?;
            self.settle();
        }
        Ok(())
    }

    fn start_early(&mut self, transcript: String) {
        if transcript.trim().is_empty() || self.is_early(&transcript) {
            return;
        }
        let mut history = self.history.clone();
        history.push(Message::new(Role::User, transcript.clone()));
        self.early = Some(Early {
            transcript,
            texts: VecDeque::new(),
            reply: Some(self.model.reply(&history)),
        });
    }

    fn is_early(&self, transcript: &str) -> bool {
        let early = self.early.as_ref();
        early.is_some_and(|early| early.transcript == transcript)
    }

    async fn end_turn(&mut self, transcript: String) -> Result<()> {
        // A turn may come without its start.
        if !transcript.trim().is_empty() {
            self.barge_in().await?;
        }
        let early = self
            .early
            .take()
            .filter(|early| early.transcript == transcript);
        let barged_in = std::mem::take(&mut self.barged_in);
        if transcript.trim().is_empty() {
            if barged_in {
                self.go_on()?;
            }
            return Ok(());
        }
        self.answer = None;
        self.history.push(Message::new(Role::User, transcript));
        let reply = early.unwrap_or_else(|| Early {
            transcript: String::new(),
            texts: VecDeque::new(),
            reply: Some(self.model.reply(&self.history)),
        });
        let spoken = self.speech.say_stream(reply)?;
        self.answer = Some(Answer {
            spoken: vec![spoken],
            before: String::new(),
            index: self.history.len(),
        });
        self.history.push(Message::new(Role::Assistant, ""));
        Ok(())
    }

    /// The interruption was none.
    fn go_on(&mut self) -> Result<()> {
        let resumed = self.speech.resume_interrupted()?;
        let Some(answer) = self.answer.as_mut().filter(|_| !resumed.is_empty()) else {
            self.answer = None;
            return Ok(());
        };
        if let Some(message) = self.history.get(answer.index) {
            answer.before.clone_from(&message.text);
        }
        answer.spoken = resumed;
        Ok(())
    }
}

impl Early {
    /// Takes what the model has said already.
    fn advance(&mut self, cx: &mut Context<'_>) {
        while let Some(reply) = &mut self.reply {
            match reply.as_mut().poll_next(cx) {
                Poll::Ready(Some(text)) => self.texts.push_back(text),
                Poll::Ready(None) => self.reply = None,
                Poll::Pending => return,
            }
        }
    }
}

/// What was said already, then the rest.
impl Stream for Early {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        if let Some(text) = self.texts.pop_front() {
            return Poll::Ready(Some(text));
        }
        match &mut self.reply {
            Some(reply) => reply.as_mut().poll_next(cx),
            None => Poll::Ready(None),
        }
    }
}

/// A switch that mutes the microphone while speech plays; from [`Conversation::gate`].
#[derive(Debug, Clone)]
pub struct Gate {
    speech: Speech,
    always: bool,
}

impl Gate {
    /// Whether microphone audio may be sent: always in full duplex, otherwise while no speech plays. While it
    /// is closed, send silence: the service measures time by audio, so without it a turn never ends.
    pub fn is_open(&self) -> bool {
        self.always || !self.speech.is_speaking()
    }
}

impl<M> fmt::Debug for Conversation<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("messages", &self.history.len())
            .field("speech", &self.speech)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("role", &self.role)
            .field("text_bytes", &self.text.len())
            .finish()
    }
}
