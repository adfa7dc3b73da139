//! Continuing in the middle of an utterance: after a false interruption, and after a failure.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::Result;

use super::record::{Record, Segment};
use super::{Speech, Spoken};

/// Where an utterance goes on.
pub(super) struct Resumption {
    /// Frames of its audio before that.
    pub(super) frame: u64,
    /// Bytes of its text before that.
    pub(super) text: usize,
}

impl Speech {
    /// Resumes after a false interruption, with the first word that was not heard completely.
    ///
    /// Audio that had arrived is played, and the rest of the text is spoken in a new context. A stream of texts is
    /// read further. No word is heard completely twice.
    ///
    /// Returns the continued utterances, each with the text that was not heard. The list is empty if nothing was
    /// interrupted, or if another utterance began after the interruption: then it is too late to resume.
    ///
    /// If it is unknown which words of an utterance were heard, the utterance continues where its audio stopped.
    /// That needs all of its audio; if some had not arrived, the utterance is skipped.
    ///
    /// # Errors
    ///
    /// As [`say`](Self::say).
    pub fn resume_interrupted(&self) -> Result<Vec<Spoken>> {
        let shared = &self.handle.shared;
        let records = {
            let mut queue = shared.queue();
            if !std::mem::take(&mut queue.is_interrupted) {
                return Ok(Vec::new());
            }
            std::mem::take(&mut queue.turn)
        };
        let mut resumed = Vec::new();
        for record in records
            .iter()
            .filter(|record| record.stage.borrow().is_interrupted)
        {
            resumed.extend(self.go_on(record)?);
        }
        for record in records {
            record.forget();
        }
        Ok(resumed)
    }

    /// Goes on with one interrupted utterance, if that is possible.
    fn go_on(&self, interrupted: &Arc<Record>) -> Result<Option<Spoken>> {
        let frames = interrupted.heard_frames();
        let (is_complete, written) = {
            let state = interrupted.state();
            (state.is_complete, state.written)
        };
        let heard = interrupted.heard();
        let resumption = if written == 0 {
            Some(Resumption { frame: 0, text: 0 })
        } else {
            interrupted.resumption(frames)
        };
        let from = match resumption {
            Some(resumption) => resumption,
            // All of its audio is here, so no word has to be known.
            None if is_complete => Resumption {
                frame: frames,
                text: heard.text.len(),
            },
            None => return Ok(None),
        };
        if is_complete && written > 0 && from.frame >= interrupted.format.samples_of_bytes(written)
        {
            return Ok(None);
        }
        let texts = interrupted.take_texts();
        self.with_spec(interrupted.spec.clone())
            .begin(texts, Some((Arc::clone(interrupted), from)))
            .map(Some)
    }
}

impl Record {
    /// Where it goes on so that every word is heard whole: at the start of the first word that was not heard to
    /// its end in the first `frames`; `None` if that is not known.
    pub(super) fn resumption(&self, frames: u64) -> Option<Resumption> {
        let at = self.time_of(frames);
        let state = self.state();
        let segment = state
            .segments
            .iter()
            .rev()
            .find(|segment| segment.audio_start <= at)?;
        segment.alignment.read(|map| {
            let known = map.heard(segment.audio_from + at.saturating_sub(segment.audio_start));
            let last = known
                .words
                .checked_sub(1)
                .and_then(|last| map.words().get(last));
            let next = map.words().get(known.words);
            let is_known = last.is_none_or(|last| last.is_exact) && next.is_some();
            if !(is_known || known.is_exact) {
                return None;
            }
            let time = next.map_or(at, |word| segment.time_of(word.start).min(at));
            Some(Resumption {
                frame: self.format.samples_of_duration(time),
                text: segment.text_of(known.text_end),
            })
        })
    }

    /// Where the last whole word ends that was received; `None` if that is not known.
    pub(super) fn last_word_end(&self) -> Option<Duration> {
        let state = self.state();
        let received = self.format.duration_of_bytes(state.written);
        let segment = state.segments.last()?;
        segment.alignment.read(|map| {
            let within = segment.audio_from + received.checked_sub(segment.audio_start)?;
            let known = map.heard(within);
            if known.words <= segment.words_from {
                // No word of this part was received whole.
                return Some(segment.audio_start);
            }
            let last = map.words().get(known.words - 1)?;
            last.is_exact.then(|| segment.time_of(last.end))
        })
    }

    /// Whether the word that is spoken at this frame is known, and so are all before it.
    pub(super) fn knows_word_at(&self, frame: u64) -> bool {
        let at = self.time_of(frame);
        let state = self.state();
        let Some(segment) = state.segments.last() else {
            return false;
        };
        segment.alignment.read(|map| {
            let Some(within) = at.checked_sub(segment.audio_start) else {
                return false;
            };
            let known = map.heard(segment.audio_from + within);
            map.words().get(known.words).is_some()
        })
    }
}

/// Moves what was not heard of an interrupted utterance to one that goes on with it; returns its audio.
pub(super) fn carry_over(old: &Record, from: &Resumption, new: &Record) -> Vec<Bytes> {
    let format = old.format;
    let start = format.duration_of_samples(from.frame);
    let kept = old.kept(format.bytes_of_samples(from.frame));
    let old = old.state();
    let mut state = new.state();
    for piece in old.pieces_from(from.text) {
        state.take(&piece);
    }
    state.is_complete = old.is_complete;
    state.first_text = Some(new.since);
    for segment in &old.segments {
        let end = old
            .segments
            .iter()
            .find(|next| next.audio_start > segment.audio_start)
            .map(|next| next.audio_start);
        if end.is_some_and(|end| end <= start) || kept.is_empty() {
            continue;
        }
        // A part that begins before the place from which it goes on is entered in the middle.
        let skipped = start.saturating_sub(segment.audio_start);
        let audio_from = segment.audio_from + skipped;
        let words_from = segment.alignment.read(|map| map.heard(audio_from).words);
        state.segments.push(Segment {
            alignment: segment.alignment.clone(),
            audio_start: segment.audio_start.saturating_sub(start),
            text_start: segment.text_start.saturating_sub(from.text),
            audio_from,
            text_from: segment.text_from + from.text.saturating_sub(segment.text_start),
            words_from,
            marked: words_from,
        });
    }
    drop((old, state));
    new.mark_words();
    kept
}
