//! A conversation: turns of a user, spoken replies of a model, and a history of what was heard.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};

use cartesia_types::Result;
use cartesia_types::stt::TurnEvent;
use futures_core::Stream;

use crate::listening::{Listening, ListeningEvent};
use crate::speech::{Speech, Spoken};

/// The text of a reply, as it arrives: for example the tokens of a language model.
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
    /// Replies to a history, whose last message is the user's. It should return soon: do the work in the
    /// stream, which is dropped if the user continues to speak.
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
/// - `turn.end` speaks the reply. If it is without text (a cough), the reply that was interrupted goes on
///   with its
///   next whole word.
///
/// Turns come from a microphone, or from any source of [`TurnEvent`]s: [`run`](Self::run).
///
/// ```no_run
/// use cartesia::audio::Recorder;
/// use cartesia::conversation::{Conversation, Message, Reply};
/// use cartesia::stt::{SttFormat, TurnsSpec};
/// use cartesia::{Listening, SttModelId};
///
/// # async fn run(
/// #     client: cartesia::Client,
/// #     speech: cartesia::Speech,
/// #     model: impl FnMut(&[Message]) -> Reply + Send,
/// # ) -> cartesia::Result<()> {
/// let turns = TurnsSpec::new(SttModelId::INK_2, SttFormat::PCM_S16LE_16000);
/// let mut conversation = Conversation::new(speech, model);
///
/// let turns = client.stt().turns(turns).await?;
/// let microphone = Listening::new(Recorder::open_default()?, turns)?;
/// conversation.listen(microphone).await?;
///
/// for message in conversation.history() {
///     println!("{:?}: {}", message.role, message.text);
/// }
/// # Ok(())
/// # }
/// ```
///
/// By default the conversation is half duplex: [`listen`](Self::listen) sends silence while a reply plays, or
/// the model would hear itself. With headphones or an echo canceller, barge-in works as well:
/// [`full_duplex`](Self::full_duplex). If you send the audio of turns in another way, use
/// [`gate`](Self::gate).
#[doc(alias = "voice agent")]
#[doc(alias = "turn taking")]
#[doc(alias = "agent")]
#[doc(alias = "barge-in")]
pub struct Conversation<M> {
    speech: Speech,
    model: M,
    history: Vec<Message>,
    full_duplex: bool,
    waits: bool,
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
    /// Creates a conversation without a history.
    pub fn new(speech: Speech, model: M) -> Self {
        Self {
            speech,
            model,
            history: Vec::new(),
            full_duplex: false,
            waits: false,
            answer: None,
            barged_in: false,
            early: None,
        }
    }

    /// Sets the history to start from, for example with a system prompt for the model.
    #[must_use]
    pub fn with_history(mut self, history: Vec<Message>) -> Self {
        self.history = history;
        self
    }

    /// Keeps the gate open while a reply plays, so that the user can interrupt it (barge-in). Use it only
    /// with microphones that do not pick up the speaker.
    #[must_use]
    pub fn full_duplex(mut self) -> Self {
        self.full_duplex = true;
        self
    }

    /// Requests no reply before a turn has ended. For models that cannot cancel a request.
    #[must_use]
    pub fn without_early_replies(mut self) -> Self {
        self.waits = true;
        self
    }

    /// Returns the gate of the microphone.
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

    /// Returns the speech on which replies are spoken.
    pub fn speech(&self) -> &Speech {
        &self.speech
    }

    /// Handles turns until their stream ends, then waits until the last reply has ended.
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
        self.finished().await;
        Ok(())
    }

    /// Handles turns from a microphone until it is stopped or lost for good, then waits until the last reply
    /// has ended. While a reply plays, silence is sent instead of the microphone's audio, unless the
    /// conversation is in [full duplex](Self::full_duplex).
    ///
    /// # Errors
    ///
    /// Those of [`Listening::next_event`] and [`on_event`](Self::on_event).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run); the microphone is closed.
    pub async fn listen(&mut self, microphone: Listening<TurnEvent>) -> Result<()> {
        let gate = self.gate();
        let microphone = microphone.with_gate(move || gate.is_open());
        self.run(Turns(microphone)).await
    }

    /// Speaks a text that answers no turn, such as a greeting. The user may interrupt it like a reply, and
    /// the history has the part that was heard.
    ///
    /// # Errors
    ///
    /// Those of [`Speech::say_stream`].
    pub fn say(&mut self, text: Reply) -> Result<()> {
        self.settle();
        let spoken = self.speech.say_stream(text)?;
        match &mut self.answer {
            // What was heard is known for all of it together.
            Some(answer) if !self.barged_in => answer.spoken.push(spoken),
            _ => {
                self.barged_in = false;
                self.answer_with(spoken);
            }
        }
        Ok(())
    }

    /// Waits until all speech has left the speaker, and updates the history.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    pub async fn finished(&mut self) {
        if self.answer.is_some() {
            // How it ended is in the history, and with its report.
            let _ = self.speech.finished().await;
        }
        self.settle();
    }

    /// Handles one event.
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
            TurnEvent::EagerEnd(text) if !self.waits => self.start_early(text.transcript),
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
        self.answer_with(spoken);
        Ok(())
    }

    fn answer_with(&mut self, spoken: Spoken) {
        self.answer = Some(Answer {
            spoken: vec![spoken],
            before: String::new(),
            index: self.history.len(),
        });
        self.history.push(Message::new(Role::Assistant, ""));
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

/// The turns of a microphone.
struct Turns(Listening<TurnEvent>);

impl Stream for Turns {
    type Item = Result<TurnEvent>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(Pin::new(&mut self.0).poll_next(cx)) {
                Some(Ok(ListeningEvent::Speech(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Ok(ListeningEvent::Level(_))) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
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
    /// Returns whether microphone audio may be sent: always in full duplex, otherwise while no speech plays.
    /// While it is closed, send silence: the service measures time by audio, so without it a turn never ends.
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
