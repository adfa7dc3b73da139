//! `agents talk`: a call with an agent, by microphone and speakers or by files.

mod args;
mod source;
mod speaker;

use std::pin::pin;
use std::time::Duration;

use cartesia::agent::{CallEnding, CallEvent, CallFormat, CallProtocol};
use cartesia::{CallControl, CallOutput};
use serde_json::{Value, json};
use tokio::time::Instant;

pub(crate) use self::args::Talk;
use self::source::Source;
use self::speaker::Speaker;
use crate::failure::Failure;
use crate::global::Global;
use crate::{connect, file_names, print, signals, text};

pub(super) async fn run(global: &Global, talk: Talk) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let source = Source::open(talk.input.as_deref())?;
    let format = source.format(talk.format.clone())?;
    let raw = format.raw().ok_or_else(|| {
        let known: Vec<_> = CallFormat::KNOWN.iter().map(CallFormat::as_str).collect();
        Failure::usage(format!(
            "unknown format {format}; use one of {}",
            known.join(", ")
        ))
    })?;
    let speaker = Speaker::open(talk.output.as_deref(), raw).await?;
    let spec = talk.spec(format);
    let protocol = spec.protocol();
    let call = tokio::select! {
        call = client.call_agent(spec) => call,
        signal = signals::stop() => {
            speaker.keep().await;
            return Err(Failure::stopped(signal));
        }
    };
    let call = match call {
        Ok(call) => call,
        Err(error) => {
            speaker.keep().await;
            return Err(error.into());
        }
    };
    let control = call.control();
    let (input, output) = call.split();
    let has_end = talk.input.is_some();
    let conversation = Conversation {
        control,
        output,
        speaker,
        linger: talk.linger,
        log: Log {
            json: global.json,
            // Audio alone goes to stdout.
            to_stderr: talk.output.as_deref().is_some_and(file_names::is_stdout),
            protocol,
        },
    };
    conversation.hold(source.send(input), has_end).await
}

/// A call that is going on.
struct Conversation {
    control: CallControl,
    output: CallOutput,
    speaker: Speaker,
    linger: Duration,
    log: Log,
}

impl Conversation {
    /// Talks until one side hangs up.
    async fn hold(
        mut self,
        sending: impl Future<Output = Result<(), Failure>>,
        has_end: bool,
    ) -> Result<(), Failure> {
        let held = self.talk(sending, has_end).await;
        let bytes = self.output.bytes_received();
        match held {
            Ok(None) => self.speaker.finish().await,
            Ok(Some(signal)) => {
                self.speaker.finish().await?;
                Err(Failure::stopped(signal))
            }
            Err(failure) => {
                let saved = self.speaker.keep().await;
                Err(failure.with_bytes(bytes).with_saved(saved))
            }
        }
    }

    async fn talk(
        &mut self,
        sending: impl Future<Output = Result<(), Failure>>,
        has_end: bool,
    ) -> Result<Option<signals::Signal>, Failure> {
        let mut sending = pin!(sending);
        let (mut sent, mut stopped) = (false, None);
        let mut last_word = Instant::now();
        loop {
            tokio::select! {
                event = self.output.next_event() => match event? {
                    None => return Ok(stopped),
                    Some(CallEvent::Audio(audio)) => {
                        self.speaker.write(&audio.data).await?;
                        last_word = Instant::now();
                    }
                    Some(CallEvent::Clear) => self.speaker.clear(),
                    Some(event) => self.on_event(&event).await?,
                },
                outcome = &mut sending, if !sent => {
                    outcome?;
                    sent = true;
                    last_word = Instant::now();
                }
                () = tokio::time::sleep_until(last_word + self.linger), if sent && has_end => {
                    // The end of the call is the last event.
                    _ = self.control.hang_up().await;
                    last_word = Instant::now() + Duration::from_secs(60);
                }
                signal = signals::stop(), if stopped.is_none() => {
                    stopped = Some(signal);
                    _ = self.control.hang_up().await;
                }
            }
        }
    }

    async fn on_event(&mut self, event: &CallEvent) -> Result<(), Failure> {
        if let CallEvent::ToolCall(call) = event
            && call.expects_response
        {
            let refusal = call.failure("there are no tools on this line");
            // It may come too late, which has no effect.
            _ = self.control.answer(refusal).await;
        }
        self.log.event(event)
    }
}

/// The output of a call besides its audio.
struct Log {
    json: bool,
    to_stderr: bool,
    protocol: CallProtocol,
}

impl Log {
    fn event(&self, event: &CallEvent) -> Result<(), Failure> {
        if self.json {
            let line = match event {
                CallEvent::Ended(ending) => Some(ended(ending)),
                event => event
                    .to_json(self.protocol, None)
                    .and_then(|line| serde_json::from_str(&line).ok()),
            };
            return match line {
                Some(line) if self.to_stderr => {
                    print::json_note(&line);
                    Ok(())
                }
                Some(line) => print::json(&line),
                None => Ok(()),
            };
        }
        match event {
            CallEvent::TurnEnded(turn) if !turn.text.is_empty() => {
                self.line(&format!("{}: {}", turn.role, turn.text))
            }
            CallEvent::Dtmf(dtmf) => self.line(&format!("keys: {}", dtmf.keys)),
            CallEvent::Transfer(transfer) => {
                let number = transfer.target_phone_number.as_deref();
                self.line(&format!("transfer: {}", number.unwrap_or("?")))
            }
            CallEvent::Custom(custom) => self.line(&format!(
                "custom: {}",
                Value::Object(custom.metadata.clone())
            )),
            CallEvent::ToolCall(call) => self.line(&format!("tool: {}", call.tool_name)),
            CallEvent::Error(error) => {
                print::note(&format!("the agent reports: {}", error.message));
                Ok(())
            }
            CallEvent::Undecodable(error) => {
                print::note(&format!("something of the call is missing: {error}"));
                Ok(())
            }
            CallEvent::Ended(CallEnding::ByAgent(reason)) => {
                let reason = reason.as_ref().map(|reason| format!(": {reason}"));
                print::note(&format!("the agent hung up{}", reason.unwrap_or_default()));
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn line(&self, line: &str) -> Result<(), Failure> {
        let line = text::one_line(line);
        if self.to_stderr {
            print::note(&line);
            return Ok(());
        }
        print::line(&line)
    }
}

fn ended(ending: &CallEnding) -> Value {
    match ending {
        CallEnding::ByAgent(reason) => json!({"type": "ended", "by": "agent", "reason": reason}),
        CallEnding::ByCaller => json!({"type": "ended", "by": "caller"}),
        _ => json!({"type": "ended", "by": "service"}),
    }
}
