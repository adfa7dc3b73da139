//! One utterance: its text, its audio, and what is known of both.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Poll, ready};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cartesia_audio::Utterance;
use cartesia_types::tts::{ContextSpec, TextAlignment, WordTiming};
use cartesia_types::{Error, RawFormat};
use cartesia_ws::{Canceller, ContextAlignment};
use tokio::sync::watch;

use super::texts::Texts;
use super::{CutWord, Heard, SpeechReport, SpokenId};

/// Audio that is kept behind what was heard: the longest word that is spoken again.
const KEPT_BEHIND: Duration = Duration::from_secs(3);

/// How far an utterance has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Stage {
    /// What was given to the service and came back.
    pub(super) generation: Generation,
    /// Interrupted by the caller.
    pub(super) is_interrupted: bool,
    /// It is over at the speaker, too, and its report is there.
    pub(super) is_over: bool,
}

/// How far the service has come with an utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Generation {
    #[default]
    Open,
    /// All its text was given to the service.
    TextComplete,
    /// All its audio was received, or no more will be.
    Received,
}

/// A part of the audio that came from one context.
pub(super) struct Segment {
    pub(super) alignment: ContextAlignment,
    /// Where it starts in the audio of the utterance.
    pub(super) audio_start: Duration,
    /// Where it starts in the text of the utterance.
    pub(super) text_start: usize,
    /// The time of its context at which it starts.
    pub(super) audio_from: Duration,
    /// The place in the text of its context at which it starts.
    pub(super) text_from: usize,
    /// Words of its context before it.
    pub(super) words_from: usize,
    /// How many words have a marker in the player.
    pub(super) marked: usize,
}

pub(super) struct Record {
    pub(super) id: SpokenId,
    pub(super) spec: ContextSpec,
    pub(super) format: RawFormat,
    pub(super) utterance: Utterance,
    pub(super) since: Instant,
    pub(super) stage: watch::Sender<Stage>,
    /// The texts that were not taken yet. Its lock is held while the caller's stream is polled, and taken
    /// before that of the state.
    texts: Mutex<Option<Texts>>,
    state: Mutex<State>,
}

#[derive(Default)]
pub(super) struct State {
    /// The text that was taken from the caller.
    pub(super) text: String,
    pub(super) segments: Vec<Segment>,
    /// Audio from byte `audio_base` on, for a resumption.
    audio: VecDeque<Bytes>,
    audio_base: u64,
    /// Bytes of audio that were written to the player.
    pub(super) written: u64,
    /// Bytes of audio that arrived.
    pub(super) received: u64,
    /// All audio of all text arrived.
    pub(super) is_complete: bool,
    canceller: Option<Canceller>,
    pub(super) error: Option<Error>,
    pub(super) first_text: Option<Instant>,
    pub(super) first_audio: Option<Instant>,
    pub(super) continuations: u32,
    pub(super) report: Option<SpeechReport>,
}

impl Record {
    pub(super) fn new(
        id: SpokenId,
        spec: ContextSpec,
        utterance: Utterance,
        texts: Option<Texts>,
    ) -> Self {
        Self {
            id,
            format: spec.output_format,
            spec,
            utterance,
            since: Instant::now(),
            stage: watch::Sender::default(),
            texts: Mutex::new(texts),
            state: Mutex::default(),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held, and even a poisoned lock would hold valid data.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the next text of the caller; `None` at the end.
    pub(super) async fn next_text(&self) -> Option<String> {
        poll_fn(|cx| {
            let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
            let Some(stream) = texts.as_mut() else {
                return Poll::Ready(None);
            };
            let text = ready!(stream.as_mut().poll_next(cx));
            match &text {
                Some(text) => {
                    let mut state = self.state();
                    state.first_text.get_or_insert_with(Instant::now);
                    state.text.push_str(text);
                }
                None => *texts = None,
            }
            Poll::Ready(text)
        })
        .await
    }

    /// Takes the texts that were not taken yet away from it.
    pub(super) fn take_texts(&self) -> Option<Texts> {
        self.texts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// Frames that were heard.
    pub(super) fn heard_frames(&self) -> u64 {
        self.utterance.position().heard_frames
    }

    pub(super) fn time_of(&self, frames: u64) -> Duration {
        self.format.duration_of_samples(frames)
    }

    /// Whether nothing more of it will leave the speaker.
    pub(super) fn is_silent(&self) -> bool {
        self.utterance.report().is_some()
    }

    /// Stops it at once: nothing more is generated, played or taken from the caller. What is over stays as
    /// it is. Returns whether it stopped anything.
    pub(super) fn interrupt(&self) -> bool {
        let stage = *self.stage.borrow();
        if stage.is_over || stage.is_interrupted {
            return false;
        }
        if let Some(canceller) = self.state().canceller.take() {
            canceller.cancel();
        }
        self.utterance.cancel();
        self.stage.send_modify(|stage| {
            stage.is_interrupted = true;
            stage.generation = Generation::Received;
        });
        true
    }

    /// Keeps the way to cancel its context, or cancels it at once.
    pub(super) fn set_canceller(&self, canceller: &Canceller) {
        // In this order, an interruption sees the canceller, or is seen here.
        self.state().canceller = Some(canceller.clone());
        if self.stage.borrow().is_interrupted {
            canceller.cancel();
        }
    }

    /// A new part of the audio follows what was written so far.
    pub(super) fn begin_segment(
        &self,
        alignment: ContextAlignment,
        text_start: usize,
        audio_from: Duration,
        text_from: usize,
    ) {
        let words_from = alignment.read(|map| map.heard(audio_from).words);
        let mut state = self.state();
        let audio_start = self.format.duration_of_bytes(state.written);
        state.segments.push(Segment {
            alignment,
            audio_start,
            text_start,
            audio_from,
            text_from,
            words_from,
            marked: words_from,
        });
    }

    /// Keeps audio that arrived, and forgets what was heard long ago.
    pub(super) fn keep(&self, audio: Bytes, is_new: bool) {
        let heard = self
            .time_of(self.heard_frames())
            .saturating_sub(KEPT_BEHIND);
        let heard = self.format.bytes_of_duration(heard);
        let mut state = self.state();
        let length = audio.len() as u64;
        state.written += length;
        if is_new {
            state.received += length;
            state.first_audio.get_or_insert_with(Instant::now);
        }
        state.audio.push_back(audio);
        while let Some(first) = state.audio.front() {
            let end = state.audio_base + first.len() as u64;
            if end > heard {
                break;
            }
            state.audio.pop_front();
            state.audio_base = end;
        }
    }

    /// The audio from this byte on that was written and is still kept.
    pub(super) fn kept(&self, from: u64) -> Vec<Bytes> {
        let state = self.state();
        let mut at = state.audio_base;
        let mut kept = Vec::new();
        for piece in &state.audio {
            let skip = usize::try_from(from.saturating_sub(at)).unwrap_or(usize::MAX);
            if skip < piece.len() {
                kept.push(piece.slice(skip..));
            }
            at += piece.len() as u64;
        }
        kept
    }

    /// Forgets the audio that was written after this byte.
    pub(super) fn forget_after(&self, end: u64) {
        let mut state = self.state();
        while let Some(last) = state.audio.pop_back() {
            let start = state.written - last.len() as u64;
            if start >= end {
                state.written = start;
                continue;
            }
            let left = usize::try_from(end - start)
                .unwrap_or(usize::MAX)
                .min(last.len());
            state.audio.push_back(last.slice(..left));
            state.written = start + left as u64;
            break;
        }
    }

    /// Has the player tell when words are heard that became known.
    pub(super) fn mark_words(&self) {
        let mut state = self.state();
        for (index, segment) in state.segments.iter_mut().enumerate() {
            let (alignment, marked) = (segment.alignment.clone(), segment.marked);
            alignment.read(|map| {
                segment.marked = map.words().len();
                for (at, word) in map.words().iter().enumerate().skip(marked) {
                    self.utterance
                        .mark(segment.time_of(word.start), marker(index, at));
                }
            });
        }
    }

    /// The word of a marker: as the service wrote it, its place in the text, and when it starts and ends.
    pub(super) fn word(
        &self,
        marker: u64,
    ) -> Option<(String, std::ops::Range<usize>, Duration, Duration)> {
        let (segment, word) = unmarked(marker)?;
        let state = self.state();
        let segment = state.segments.get(segment)?;
        segment.alignment.read(|map| {
            let word = map.words().get(word)?;
            Some((
                word.word.clone(),
                segment.text_of(word.text.start)..segment.text_of(word.text.end),
                segment.time_of(word.start),
                segment.time_of(word.end),
            ))
        })
    }

    /// What was heard so far.
    pub(super) fn heard(&self) -> Heard {
        let report = self.utterance.report();
        let finished = report
            .as_ref()
            .is_some_and(|report| report.outcome == cartesia_audio::Outcome::Finished);
        let audio = self.time_of(self.heard_frames());
        let state = self.state();
        let mut heard = Heard {
            audio,
            ..Heard::nothing()
        };
        let mut end = 0;
        let mut likely = 0;
        for (at, segment) in state.segments.iter().enumerate() {
            // Nothing is heard of a part that begins later.
            let Some(in_segment) = audio.checked_sub(segment.audio_start) else {
                break;
            };
            let next = state.segments.get(at + 1);
            let until = next.map_or(in_segment, |next| {
                in_segment.min(next.audio_start.saturating_sub(segment.audio_start))
            });
            let is_last = until == in_segment && next.is_none_or(|next| audio < next.audio_start);
            segment.alignment.read(|map| {
                let known = map.heard(segment.audio_from + until);
                end = segment.text_of(known.text_end).max(end);
                likely = segment.text_of(known.likely_end).max(end);
                heard.words += known.words.saturating_sub(segment.words_from);
                heard.cut = None;
                if is_last {
                    // Between two parts, the next one says where the words of this one end.
                    let is_joint = next.is_some_and(|next| end >= next.text_start);
                    heard.is_exact = known.is_exact || is_joint;
                    heard.cut = known.cut.and_then(|part| {
                        let word = map.words().get(known.words)?;
                        Some(CutWord {
                            word: word.word.clone(),
                            heard: part,
                        })
                    });
                } else if let Some(next) = next {
                    // The next part goes on where the words of this one end.
                    end = next.text_start;
                    likely = end;
                }
                let words = segment.words_from..known.words;
                segment.collect(map, words, &state.text, &mut heard.timings);
            });
        }
        heard.is_complete = finished && state.is_complete;
        if heard.is_complete {
            (end, likely, heard.is_exact, heard.cut) =
                (state.text.len(), state.text.len(), true, None);
        }
        let split = |at: usize| state.text.split_at_checked(at).unwrap_or((&state.text, ""));
        let (text, rest) = split(end);
        heard.text.push_str(text);
        heard.rest.push_str(rest);
        heard.likely_text.push_str(split(likely).0);
        heard
    }

    /// It is over at the speaker.
    pub(super) fn close(&self, report: SpeechReport) {
        let mut state = self.state();
        state.canceller = None;
        state.report = Some(report);
        drop(state);
        self.stage.send_modify(|stage| {
            stage.generation = Generation::Received;
            stage.is_over = true;
        });
    }

    /// Forgets the audio and the texts that a resumption would need.
    pub(super) fn forget(&self) {
        self.state().audio.clear();
        // Dropped without a lock: it is the caller's code.
        drop(self.take_texts());
    }
}

impl Segment {
    /// A place of its context's text in the text of the utterance.
    pub(super) fn text_of(&self, at: usize) -> usize {
        self.text_start + at.saturating_sub(self.text_from)
    }

    /// A time of its context in the audio of the utterance.
    pub(super) fn time_of(&self, at: Duration) -> Duration {
        self.audio_start + at.saturating_sub(self.audio_from)
    }

    /// Words with the text that they cover. Words that complete no part of the text belong to the next one
    /// that does.
    fn collect(
        &self,
        map: &TextAlignment,
        words: std::ops::Range<usize>,
        text: &str,
        timings: &mut Vec<WordTiming>,
    ) {
        let mut start = None;
        for word in map.words().get(words).unwrap_or_default() {
            let begins = *start.get_or_insert(self.time_of(word.start));
            let range = self.text_of(word.text.start)..self.text_of(word.text.end);
            let written = text.get(range).unwrap_or_default().trim();
            if !written.is_empty() {
                timings.push(WordTiming::new(written, begins, self.time_of(word.end)));
                start = None;
            }
        }
    }
}

/// Names a word in a marker of the player.
fn marker(segment: usize, word: usize) -> u64 {
    (segment as u64) << 40 | (word as u64 & 0xff_ffff_ffff)
}

fn unmarked(marker: u64) -> Option<(usize, usize)> {
    let segment = usize::try_from(marker >> 40).ok()?;
    let word = usize::try_from(marker & 0xff_ffff_ffff).ok()?;
    Some((segment, word))
}
