//! `converse`: you talk with a command.

mod partner;

use std::pin::{Pin, pin};
use std::time::Duration;

use cartesia::conversation::{Conversation, Message, Model, Role};
use cartesia::stt::{TurnEvent, TurnsSpec};
use cartesia::{ContextSpec, Listening, ListeningEvent, RawFormat, SttOutput, SttStream};
use serde::Serialize;

use crate::args::Converse;
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::listen::{Source, until};
use crate::playback::Device;
use crate::{connect, print, signals, text};
use partner::Partner;

/// How long a fade may take at the end.
const FADE_LIMIT: Duration = Duration::from_secs(1);

pub(crate) async fn run(global: &Global, mut converse: Converse) -> Result<(), Failure> {
    converse.fill(&global.settings);
    // One for the whole run: a signal that comes between two waits is not lost.
    let mut stop = pin!(signals::stop());
    let (input, microphone) = (converse.input.as_deref(), converse.microphone.as_deref());
    let source = until(&mut stop, Source::open(input, None, microphone)).await?;
    let device = Device::open(converse.device.as_deref())?;
    let client = connect::client(global)?;
    let opening = async {
        let voice = find_voice(&client, global, &converse.voice()).await?;
        let model = converse.model.clone().unwrap_or_default();
        let mut spec = ContextSpec::new(model, voice, RawFormat::PCM_S16LE_24000);
        spec.language.clone_from(&converse.language);
        let speech = client.speech(&device.player, spec).await?;
        let mut turns = TurnsSpec::new(converse.listen_model.clone(), source.format());
        turns.keyterms.clone_from(&converse.keyterm);
        Ok((speech, client.stt().turns(turns).await?))
    };
    let (speech, turns) = until(&mut stop, opening).await?;
    // Last: it need not know of a failure before.
    let mut partner = Partner::start(&converse.command, converse.json_turns)?;
    let mut conversation = Conversation::new(speech, partner.model()).without_early_replies();
    let is_microphone = matches!(source, Source::Microphone(_));
    if converse.full_duplex || !is_microphone {
        conversation = conversation.full_duplex();
    }
    let gate = conversation.gate();
    let mut ear = Ear::new(source, turns, move || gate.is_open())?;
    let mut log = Log {
        json: global.json,
        printed: 0,
    };
    let talking = async {
        talk(&mut conversation, &mut ear, &mut partner, &mut log).await?;
        partner.close();
        // The rest of its answers.
        while let Some(line) = partner.rest().await {
            conversation.say(line)?;
        }
        conversation.finished().await;
        partner.end().await
    };
    let outcome = tokio::select! {
        outcome = talking => outcome,
        signal = stop => Err(Failure::stopped(signal)),
    };
    if outcome.is_err() {
        // The log includes what was heard until now. A device that does not fade is not waited for.
        let silence = async {
            _ = conversation.speech().interrupt().await;
            conversation.finished().await;
        };
        _ = tokio::time::timeout(FADE_LIMIT, silence).await;
    }
    conversation.speech().connection().close().await;
    log.tell(conversation.history())?;
    outcome
}

/// Takes turns until their end, or until the command has ended.
async fn talk<M: Model>(
    conversation: &mut Conversation<M>,
    ear: &mut Ear,
    partner: &mut Partner,
    log: &mut Log,
) -> Result<(), Failure> {
    loop {
        tokio::select! {
            event = ear.next_turn() => match event? {
                Some(event) => {
                    conversation.on_event(event).await?;
                    log.tell_all_but_last(conversation.history())?;
                }
                None => return Ok(()),
            },
            line = partner.unasked() => match line {
                Some(line) => conversation.say(line)?,
                None => return Ok(()),
            },
        }
    }
}

/// Sends a file.
type Sending = Pin<Box<dyn Future<Output = Result<(), Failure>>>>;

/// The transcription of the user.
enum Ear {
    Microphone(Listening<TurnEvent>),
    File {
        /// `None` once all was sent.
        sending: Option<Sending>,
        output: SttOutput<TurnEvent>,
    },
}

impl Ear {
    fn new(
        source: Source,
        turns: SttStream<TurnEvent>,
        is_open: impl Fn() -> bool + Send + 'static,
    ) -> Result<Self, Failure> {
        match source {
            Source::Microphone(recorder) => {
                let listening = Listening::new(recorder, turns)?;
                Ok(Self::Microphone(listening.with_gate(is_open)))
            }
            source @ Source::Samples(_) => {
                let (input, output) = turns.split();
                Ok(Self::File {
                    sending: Some(Box::pin(source.send(input, 1.0))),
                    output,
                })
            }
        }
    }

    /// The next event; `None` after the last.
    ///
    /// # Cancel safety
    ///
    /// Nothing is lost when the future is dropped.
    async fn next_turn(&mut self) -> Result<Option<TurnEvent>, Failure> {
        match self {
            Self::Microphone(listening) => loop {
                match listening.next_event().await? {
                    Some(ListeningEvent::Speech(event)) => return Ok(Some(event)),
                    Some(_) => {}
                    None => return Ok(None),
                }
            },
            Self::File { sending, output } => loop {
                let Some(audio) = sending else {
                    return Ok(output.next_event().await?);
                };
                tokio::select! {
                    event = output.next_event() => return Ok(event?),
                    sent = audio => {
                        *sending = None;
                        sent?;
                    }
                }
            },
        }
    }
}

/// The turns on stdout: what the user said, and what was heard of the replies.
struct Log {
    json: bool,
    printed: usize,
}

#[derive(Serialize)]
struct Line<'a> {
    role: &'static str,
    text: &'a str,
}

impl Log {
    /// More of the last reply may still be heard.
    fn tell_all_but_last(&mut self, history: &[Message]) -> Result<(), Failure> {
        match history.split_last() {
            Some((last, before)) if last.role == Role::Assistant => self.tell(before),
            _ => self.tell(history),
        }
    }

    fn tell(&mut self, history: &[Message]) -> Result<(), Failure> {
        for message in history.get(self.printed..).unwrap_or_default() {
            self.printed += 1;
            let role = match message.role {
                Role::User => "user",
                _ => "assistant",
            };
            let text = message.text.trim();
            if self.json {
                print::json(&Line { role, text })?;
            } else if !text.is_empty() {
                print::line(&text::one_line(&format!("{role}: {text}")))?;
            }
        }
        Ok(())
    }
}
