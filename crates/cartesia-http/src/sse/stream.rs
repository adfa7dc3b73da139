//! The events of `POST /tts/sse` and `POST /voice-changer/sse`.

use std::fmt;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use cartesia_core::save::{Content, save};
use cartesia_core::{Secret, Timeouts};
use cartesia_types::fs::SavedAudio;
use cartesia_types::tts::{Done, Event, is_cut_short};
use cartesia_types::{AudioClip, AudioStream, ErrorKind, OutputFormat, RawFormat};
use futures_core::Stream;
use futures_core::stream::FusedStream;

use crate::Error;
use crate::Result;
use crate::body::BodyReader;
use crate::error::WithInfo as _;
use crate::response::ResponseInfo;
use crate::send::Sent;
use crate::sse::SseParser;

/// Speech as server-sent events, while it is being generated.
///
/// It ends exactly once. [`Event::Done`] is the last event of a whole synthesis, and `None` follows it.
/// Everything else ends in one error, after which comes `None`: an error that the service reports, a stream
/// that stops before `done`, or whose `done` comes before any audio or long before the end of the last word
/// ([`ErrorKind::Incomplete`] with the bytes of audio received), no progress within [`Timeouts::first_audio`]
/// or [`Timeouts::silence`], an event that cannot be decoded.
///
/// Dropping it stops the synthesis by closing the connection.
#[derive(Debug)]
#[must_use = "events are not received unless they are read"]
pub struct SseStream {
    operation: &'static str,
    secret: Secret,
    format: RawFormat,
    info: ResponseInfo,
    body: BodyReader,
    parser: SseParser,
    piece: Piece,
    received: u64,
    /// Whether the request has anything to speak in it.
    is_audio_due: bool,
    /// Where the last word ends, as the timestamps say.
    words_end: Duration,
    state: State,
    limits: Timeouts,
}

/// What was read of the body last.
#[derive(Default)]
struct Piece {
    bytes: Bytes,
    /// Bytes of it that the parser has seen.
    parsed: usize,
}

impl fmt::Debug for Piece {
    /// Shows how much there is, never what: it is a transcript or audio.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{} of {} bytes parsed>", self.parsed, self.bytes.len())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The last chunk was marked as the last: `done` is still to be delivered.
    DoneIsDue,
    Ended,
}

impl SseStream {
    pub(crate) fn new(
        operation: &'static str,
        format: RawFormat,
        is_audio_due: bool,
        sent: Sent,
        max_event_bytes: usize,
        limits: Timeouts,
    ) -> Self {
        let Sent {
            info,
            mut body,
            secret,
        } = sent;
        body.await_first_audio(limits.first_audio);
        let parser = SseParser::new(max_event_bytes);
        Self {
            operation,
            secret,
            format,
            info,
            body,
            parser,
            piece: Piece::default(),
            received: 0,
            is_audio_due,
            words_end: Duration::ZERO,
            state: State::Open,
            limits,
        }
    }

    /// Returns the format of the audio.
    pub fn format(&self) -> RawFormat {
        self.format
    }

    /// Returns status, headers and request id of the response.
    pub fn info(&self) -> &ResponseInfo {
        &self.info
    }

    /// Returns the bytes of audio received so far.
    pub fn bytes_received(&self) -> u64 {
        self.received
    }

    /// Returns the next event; `None` after `Done` or an error.
    ///
    /// An [`Event::Error`] is an error that does not end the stream.
    ///
    /// # Errors
    ///
    /// `Incomplete` when the stream stops before `done`, or `done` comes before any audio or long before the
    /// end of the last word; `Timeout` when there is no progress within [`Timeouts::first_audio`] or
    /// [`Timeouts::silence`]; `Decode` for a message that cannot be decoded; `Protocol` for an event longer
    /// than the limit; and the errors that the service reports (`InvalidRequest`, `NotFound`, `RateLimited`,
    /// `Server`, …). The bytes of audio received so far are in the error.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_event(&mut self) -> Result<Option<Event>> {
        std::future::poll_fn(|cx| self.poll_event(cx)).await
    }

    /// Returns the audio of the next chunk; `None` when the synthesis is complete. Other events are
    /// skipped.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). An error event that does not end the stream, which
    /// `next_event` returns as an event, is an error here and ends the stream: audio may be missing.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: no event is lost when the future is dropped.
    pub async fn next_audio(&mut self) -> Result<Option<Bytes>> {
        std::future::poll_fn(|cx| self.poll_audio(cx)).await
    }

    /// Collects the whole audio in memory.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event). Data that arrived before the error is dropped; read event by
    /// event to keep it.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the received data.
    pub async fn collect_audio(mut self) -> Result<AudioClip> {
        let mut whole = Vec::new();
        while let Some(audio) = self.next_audio().await? {
            whole.extend_from_slice(&audio);
        }
        Ok(AudioClip::new(self.format, whole))
    }

    /// Writes the audio to a WAV file as it arrives.
    ///
    /// The file gets its name once it is complete, which replaces an existing file. After a failure, the
    /// received audio stays in a partial file beside it, named by
    /// [`Error::partial_file`](crate::Error::partial_file). A device or a pipe is written directly.
    ///
    /// # Errors
    ///
    /// As [`next_event`](Self::next_event), and `Io` when the file cannot be written. A path that
    /// cannot be a file is refused before the body is read.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the partial file, with all that arrived, playable.
    pub async fn save_wav(mut self, path: impl AsRef<Path>) -> Result<SavedAudio> {
        let (content, operation) = (Content::Samples(self.format), self.operation);
        save(path.as_ref(), content, operation, |cx| self.poll_audio(cx)).await
    }

    fn poll_audio(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>>> {
        loop {
            match ready!(self.poll_event(cx))? {
                Some(Event::Chunk(chunk)) if !chunk.data.is_empty() => {
                    return Poll::Ready(Ok(Some(chunk.data)));
                }
                // An error that does not end the stream leaves a gap, which is not visible in the audio.
                Some(Event::Error(event)) => {
                    let error = Error::api(self.operation, *event.error);
                    return self.end(cx, Err(error)).map_ok(|_| None);
                }
                Some(_) => {}
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Event>>> {
        match self.state {
            State::Ended => return Poll::Ready(Ok(None)),
            State::DoneIsDue => return self.done(cx, Done::default()),
            State::Open => {}
        }
        loop {
            match self
                .parser
                .next_in(&self.piece.bytes, &mut self.piece.parsed)
            {
                // An event without content is a keep-alive.
                Ok(Some([])) => continue,
                Ok(Some(data)) => {
                    let event = Event::from_json(data).map_err(|error| {
                        Error::new(ErrorKind::Decode, self.operation, error.to_string())
                    });
                    return self.deliver(cx, event);
                }
                Ok(None) => {}
                Err(error) => {
                    let error = Error::new(ErrorKind::Protocol, self.operation, error.to_string());
                    return self.end(cx, Err(error));
                }
            }
            // Its memory is hyper's, which uses it again.
            self.piece = Piece::default();
            match ready!(self.body.poll_next(cx)) {
                Ok(Some(bytes)) => self.piece = Piece { bytes, parsed: 0 },
                Ok(None) => {
                    // The last event may lack its blank line; a cut one does not decode.
                    let last = self
                        .parser
                        .finish()
                        .and_then(|data| Event::from_json(data).ok());
                    let message = "the stream ended before `done`";
                    let incomplete = Error::new(ErrorKind::Incomplete, self.operation, message);
                    return match last {
                        Some(event @ (Event::Done(_) | Event::Error(_))) => {
                            self.deliver(cx, Ok(event))
                        }
                        _ => self.end(cx, Err(incomplete)),
                    };
                }
                Err(error) => return self.end(cx, Err(error)),
            }
        }
    }

    fn deliver(
        &mut self,
        cx: &mut Context<'_>,
        event: Result<Event>,
    ) -> Poll<Result<Option<Event>>> {
        match event {
            Ok(Event::Chunk(chunk)) => {
                self.received += chunk.data.len() as u64;
                self.note_progress(!chunk.data.is_empty());
                if chunk.done {
                    self.state = State::DoneIsDue;
                }
                Poll::Ready(Ok(Some(Event::Chunk(chunk))))
            }
            Ok(Event::Done(done)) => self.done(cx, done),
            Ok(Event::Error(mut event)) => {
                if !event.done {
                    *event.error = event.error.clone().without_secret(self.secret.expose());
                    self.note_progress(false);
                    return Poll::Ready(Ok(Some(Event::Error(event))));
                }
                self.end(cx, Err(Error::api(self.operation, *event.error)))
            }
            Ok(event) => {
                if let Event::Timestamps(timestamps) = &event {
                    let ends = timestamps.words.iter().map(|word| word.end);
                    self.words_end = ends.fold(self.words_end, Duration::max);
                }
                let is_progress = matches!(
                    event,
                    Event::Timestamps(_) | Event::PhonemeTimestamps(_) | Event::FlushDone(_)
                );
                // Until the first audio, other events are not progress.
                self.note_progress(is_progress && self.received > 0);
                Poll::Ready(Ok(Some(event)))
            }
            Err(error) => self.end(cx, Err(error)),
        }
    }

    /// Notes that the caller is given an event, and whether that is progress.
    fn note_progress(&mut self, is_progress: bool) {
        if is_progress {
            self.body.progress(self.limits.silence);
        } else {
            self.body.pause();
        }
    }

    /// The service says that everything was sent.
    fn done(&mut self, cx: &mut Context<'_>, done: Done) -> Poll<Result<Option<Event>>> {
        let outcome = match self.missing() {
            Some(message) => Err(Error::new(ErrorKind::Incomplete, self.operation, message)),
            None => Ok(Some(Event::Done(done))),
        };
        self.end(cx, outcome)
    }

    /// What is missing of the audio if nothing more comes.
    fn missing(&self) -> Option<&'static str> {
        if self.is_audio_due && self.received == 0 {
            return Some("the service reported the end, but sent no audio");
        }
        is_cut_short(self.format.duration_of_bytes(self.received), self.words_end)
            .then_some("the service reported the end, but the audio ends before the last word")
    }

    fn end(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Result<Option<Event>>,
    ) -> Poll<Result<Option<Event>>> {
        self.state = State::Ended;
        self.piece = Piece::default();
        self.body.release(cx);
        Poll::Ready(outcome.map_err(|error| {
            error
                .with_info(&self.info)
                .with_bytes_received(self.received)
                .without_secret(self.secret.expose())
        }))
    }
}

/// The audio of the events; the others are skipped.
impl AudioStream for SseStream {
    fn format(&self) -> OutputFormat {
        self.format.into()
    }

    fn poll_audio(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Self::poll_audio(&mut self, cx).map(Result::transpose)
    }
}

impl Stream for SseStream {
    type Item = Result<Event>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(cx).map(Result::transpose)
    }
}

impl FusedStream for SseStream {
    fn is_terminated(&self) -> bool {
        self.state == State::Ended
    }
}
