//! Speech that is played and kept nowhere: words are shown when they are heard, and Ctrl-C tells which were.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use cartesia::speech::{Heard, Speech, SpeechReport, Spoken};
use cartesia::{Buffering, Client, ErrorKind, SpeechEvent, VoiceId};
use futures_core::Stream;

use super::fetch::{MESSAGE, spec};
use super::format::Plan;
use super::text::{Pieces, Text};
use super::words::Words;
use super::{Report, Speak, estimate, millis, write_subtitles};
use crate::failure::Failure;
use crate::global::Global;
use crate::playback::{Device, Lost};
use crate::text::split_before;
use crate::{receive, signals};

/// The time limit of the fade-out after an interruption by the user.
const FADE_LIMIT: Duration = Duration::from_secs(1);

pub(super) async fn run(
    global: &Global,
    speak: &Speak,
    plan: &Plan,
    client: &Client,
    voice: VoiceId,
    text: Text,
    device: &Device,
) -> Result<(), Failure> {
    let started = Instant::now();
    let texts = Texts::new(text);
    let mut spec = spec(speak, plan, voice);
    if !texts.is_one_message() {
        // Pieces are cut anywhere: the service gathers them.
        spec = spec.with_buffering(Buffering::default());
    }
    let mut stop = pin!(signals::stop());
    let tts = client.tts();
    let connection = tokio::select! {
        connection = tts.connect() => connection?,
        signal = &mut stop => return Err(Failure::stopped(signal)),
    };
    let request_id = connection
        .handshake()
        .and_then(|it| it.request_id().map(str::to_owned));
    let speech = client.speech(&device.player, spec).over(&connection);
    let (said, failure) = (started.elapsed(), Arc::clone(&texts.failure));
    let mut words = Words::new(global, speak);
    let speaking = async {
        let mut events = speech.events();
        let spoken = speech.say_stream(texts)?;
        let report = hear(&spoken, &mut events, &mut words).await?;
        if report.bytes == 0 {
            return Err(Failure::of(ErrorKind::Incomplete, receive::NO_AUDIO));
        }
        let failure = failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        failure.map_or(Ok(report), Err)
    };
    let outcome = tokio::select! {
        outcome = speaking => outcome,
        signal = stop => Err(Failure::stopped(signal)),
    };
    let heard = match &outcome {
        Ok(_) => speech.heard(),
        Err(_) => silence(&speech).await,
    };
    // The service learns of what was cancelled.
    connection.close().await;
    let is_shown = words.is_some();
    let (all, end) = (format!("{}{}", heard.text, heard.rest), heard.text.len());
    if let Some(words) = words {
        words.finish(&all, end);
    }
    let report = match outcome {
        Ok(report) => report,
        Err(failure) if is_shown || speak.quiet => return Err(failure),
        Err(failure) => return Err(failure.with_heard(heard.text)),
    };
    if let Some(path) = &speak.subtitles {
        write_subtitles(speak, path, Some(&all), &heard.timings)?;
    }
    let since_started = |time: Option<Duration>| {
        time.map(|time| said + report.waited_for_text.unwrap_or_default() + time)
    };
    Report {
        outcome: "ok",
        transport: plan.transport.as_str(),
        bytes: report.bytes,
        audio_ms: millis(report.received),
        first_audio_ms: since_started(report.first_audio).map(millis),
        total_ms: millis(since_started(report.all_audio).unwrap_or_default()),
        request_id,
        underruns: Some(report.underruns),
    }
    .tell(global, speak, None);
    Ok(())
}

/// Shows the words while they are heard, to the end.
async fn hear(
    spoken: &Spoken,
    events: &mut cartesia::speech::SpeechEvents,
    words: &mut Option<Words>,
) -> Result<SpeechReport, Failure> {
    let mut finished = pin!(spoken.finished());
    let mut lost = Lost::default();
    loop {
        tokio::select! {
            biased;
            event = events.next_event() => match event {
                Some(SpeechEvent::Word { text, .. }) => {
                    if let Some(words) = words {
                        words.show(&spoken.text(), text);
                    }
                }
                Some(SpeechEvent::DeviceLost { device }) => lost.device(device),
                Some(SpeechEvent::DeviceChanged { device, .. }) => lost.found(&device),
                _ => {}
            },
            report = &mut finished => return Ok(report?),
            failure = lost.given_up() => return Err(failure),
        }
    }
}

/// Interrupts, and tells what was heard. A device that does not fade is not waited for.
async fn silence(speech: &Speech) -> Heard {
    match tokio::time::timeout(FADE_LIMIT, speech.interrupt()).await {
        Ok(Ok(heard)) => heard,
        _ => speech.heard(),
    }
}

/// The text in pieces, each of them one message. A failure ends it, and is kept.
struct Texts {
    source: Source,
    failure: Arc<Mutex<Option<Failure>>>,
}

enum Source {
    Whole(VecDeque<String>),
    Streamed(Pieces),
}

impl Texts {
    fn new(text: Text) -> Self {
        let source = match text {
            Text::Whole(text) => {
                let (mut pieces, mut rest) = (VecDeque::new(), text.as_str());
                while !rest.is_empty() {
                    let (piece, after) = split_before(rest, MESSAGE);
                    pieces.push_back(piece.to_owned());
                    rest = after;
                }
                Source::Whole(pieces)
            }
            Text::Streamed(pieces) => Source::Streamed(pieces),
        };
        Self {
            source,
            failure: Arc::default(),
        }
    }

    fn is_one_message(&self) -> bool {
        matches!(&self.source, Source::Whole(pieces) if pieces.len() <= 1)
    }
}

impl Stream for Texts {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        let failure = match &mut self.source {
            Source::Whole(pieces) => return Poll::Ready(pieces.pop_front()),
            Source::Streamed(pieces) => match ready!(pieces.poll_next(cx)) {
                Ok(Some(piece)) => return Poll::Ready(Some(piece)),
                Ok(None) if pieces.is_cut() => estimate::too_long(),
                Ok(None) => return Poll::Ready(None),
                Err(failure) => failure,
            },
        };
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
        Poll::Ready(None)
    }
}
