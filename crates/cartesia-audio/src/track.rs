//! One utterance inside the player: its unplayed audio, and its position.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::converter::Converter;
use crate::report::{Outcome, Report, Silence, UtteranceId};
use crate::{Result, SourceFormat};

/// The report, which the handle keeps when the player has dropped the utterance.
pub(crate) type Slot = Arc<OnceLock<Report>>;

pub(crate) struct Track {
    pub(crate) id: UtteranceId,
    pub(crate) format: SourceFormat,
    pub(crate) slot: Slot,
    /// Source audio from frame `base` on. The last frame may be incomplete.
    data: VecDeque<u8>,
    base: u64,
    /// Whole frames written.
    pub(crate) written: u64,
    /// No more is written.
    pub(crate) finished: bool,
    /// Its outcome, if it was cut short.
    pub(crate) cut: Option<Outcome>,
    /// The position of the cut, once known: the last samples are in the device's buffer.
    pub(crate) leaving: Option<Leaving>,
    /// Frames given to the converter.
    pub(crate) fed: u64,
    converter: Option<Converter>,
    /// All of it was converted.
    pub(crate) converted: bool,
    /// Where it is in the ring of the present device.
    pub(crate) span: Option<Span>,
    /// Source frames heard.
    pub(crate) heard: u64,
    pub(crate) started: bool,
    /// When it was begun, in nanoseconds of the clock.
    begun_at: u64,
    /// How long it took until its first frame was heard.
    pub(crate) waited: Option<Duration>,
    /// Positions in source frames, in ascending order, with the marker's id.
    pub(crate) markers: VecDeque<(u64, u64)>,
    pub(crate) underruns: u64,
    pub(crate) silence: Silence,
    pub(crate) device_changes: u64,
}

/// The end of an utterance that was cut short.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Leaving {
    pub(crate) outcome: Outcome,
    /// The frame of the ring before which its sound stopped.
    pub(crate) stopped: u64,
    /// When the last of it leaves the speaker, in nanoseconds of the clock.
    pub(crate) at: u64,
}

/// A part of the ring, in its frames.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) start: u64,
    /// The source frame at `start`.
    pub(crate) origin: u64,
    /// Set when nothing more of the utterance is pushed.
    pub(crate) end: Option<u64>,
    /// Whether it ends with the last frame of the utterance.
    pub(crate) whole: bool,
}

impl Track {
    pub(crate) fn new(id: UtteranceId, format: SourceFormat, now: u64) -> Self {
        Self {
            id,
            format,
            slot: Slot::default(),
            data: VecDeque::new(),
            base: 0,
            written: 0,
            finished: false,
            cut: None,
            leaving: None,
            fed: 0,
            converter: None,
            converted: false,
            span: None,
            heard: 0,
            started: false,
            begun_at: now,
            waited: None,
            markers: VecDeque::new(),
            underruns: 0,
            silence: Silence::default(),
            device_changes: 0,
        }
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) {
        self.data.extend(bytes);
        let whole = self.data.len() / self.format.bytes_per_frame();
        self.written = self.base + whole as u64;
    }

    /// Drops what comes after `frame` and was not converted yet; returns the frames that are left.
    pub(crate) fn truncate(&mut self, frame: u64) -> u64 {
        let keep = frame.max(self.fed);
        if keep < self.written && self.cut.is_none() {
            let bytes = usize::try_from(keep - self.base).unwrap_or(usize::MAX);
            let bytes = bytes.saturating_mul(self.format.bytes_per_frame());
            self.data.truncate(bytes);
            self.written = keep;
        }
        self.written
    }

    /// Starts at `now`.
    pub(crate) fn start(&mut self, now: u64) {
        self.started = true;
        self.waited = Some(Duration::from_nanos(now.saturating_sub(self.begun_at)));
    }

    /// Playing time of what was written and not heard.
    pub(crate) fn queued(&self) -> Duration {
        let frames = self.written.saturating_sub(self.heard);
        self.format.duration_of_frames(frames)
    }

    /// Playing time of what was written and comes after `index` of the ring, which runs at `rate`.
    pub(crate) fn queued_after(&self, index: u64, sample_rate: u32) -> Duration {
        let first = self
            .span
            .map_or(self.fed, |span| self.source_at(span, index, sample_rate));
        self.format
            .duration_of_frames(self.written.saturating_sub(first))
    }

    /// Converts up to `limit` source frames, and at the end of the utterance what the converter
    /// still holds. Returns whether that was all of it.
    pub(crate) fn convert(
        &mut self,
        limit: u64,
        sample_rate: u32,
        lanes: usize,
        out: &mut Vec<f32>,
    ) -> Result<Converted> {
        let converter = match &mut self.converter {
            Some(converter) => converter,
            none => {
                let lanes = if lanes == 1 { 1 } else { 2 };
                none.insert(Converter::new(self.format, sample_rate, lanes)?)
            }
        };
        let frames = self.written.saturating_sub(self.fed).min(limit);
        if frames > 0 {
            let size = self.format.bytes_per_frame();
            let skip = usize::try_from(self.fed - self.base).unwrap_or(usize::MAX);
            let count = usize::try_from(frames).unwrap_or(usize::MAX);
            let range = skip.saturating_mul(size)..skip.saturating_add(count).saturating_mul(size);
            let (front, back) = self.data.as_slices();
            for (slice, offset) in [(front, 0), (back, front.len())] {
                let start = range.start.saturating_sub(offset).min(slice.len());
                let end = range.end.saturating_sub(offset).min(slice.len());
                converter.push(slice.get(start..end).unwrap_or_default(), out);
            }
            self.fed += frames;
            return Ok(Converted::More);
        }
        if self.finished {
            converter.finish(out);
            self.converter = None;
            return Ok(Converted::All);
        }
        Ok(Converted::Nothing)
    }

    /// Whether there is audio that was not converted yet.
    pub(crate) fn has_backlog(&self) -> bool {
        self.written > self.fed
    }

    /// Forgets the audio that was heard.
    pub(crate) fn forget_heard(&mut self) {
        let frames = self.heard.min(self.fed).saturating_sub(self.base);
        // In larger steps: moving the start of the queue is cheap, but not free.
        let bytes = usize::try_from(frames).unwrap_or(usize::MAX) * self.format.bytes_per_frame();
        if bytes > 0 {
            self.data.drain(..bytes.min(self.data.len()));
            self.base += frames;
        }
    }

    /// Rewinds to the first frame that was not heard, for another device.
    pub(crate) fn rewind(&mut self) {
        self.fed = self.heard.max(self.base);
        self.converter = None;
        self.converted = false;
        self.span = None;
    }

    /// Whether all of it, to its own end, is before `index` of the ring.
    pub(crate) fn is_whole_at(&self, index: u64) -> bool {
        let whole = self.span.filter(|span| span.whole && self.cut.is_none());
        whole.is_some_and(|span| span.end.is_some_and(|end| index >= end))
    }

    /// How far in the ring this utterance was heard when all that was heard ends at `index`. `None` while it is
    /// cut and the device has not said where: what was heard since may be what follows it.
    pub(crate) fn reached(&self, index: u64) -> Option<u64> {
        match self.leaving {
            Some(leaving) => Some(index.min(leaving.stopped)),
            None if self.cut.is_some() => None,
            None => Some(index),
        }
    }

    /// The source frames heard when the first `index` frames of the ring were, which run at `rate`.
    pub(crate) fn heard_at(&self, index: u64, sample_rate: u32) -> u64 {
        let Some(span) = self.span else {
            return self.heard;
        };
        let heard = match span.end {
            Some(end) if index >= end && span.whole => self.written,
            end => {
                let index = end.map_or(index, |end| index.min(end));
                self.source_at(span, index, sample_rate).min(self.fed)
            }
        };
        heard.max(self.heard)
    }

    fn source_at(&self, span: Span, index: u64, sample_rate: u32) -> u64 {
        let frames = u128::from(index.saturating_sub(span.start));
        let source = frames * u128::from(self.format.sample_rate) / u128::from(sample_rate.max(1));
        let source = u64::try_from(source).unwrap_or(u64::MAX);
        span.origin.saturating_add(source)
    }

    /// Asks for an event when `position` is heard. Markers at the same place keep their order.
    pub(crate) fn mark(&mut self, position: u64, marker: u64) {
        let index = self
            .markers
            .partition_point(|(other, _)| *other <= position);
        self.markers.insert(index, (position, marker));
    }

    /// The next marker that was heard.
    pub(crate) fn next_marker(&mut self) -> Option<(u64, u64)> {
        let (position, _) = self.markers.front()?;
        if self.started && *position <= self.heard {
            self.markers.pop_front()
        } else {
            None
        }
    }

    /// Starts its part of the ring at `index`, unless it has started.
    pub(crate) fn enter_ring(&mut self, index: u64, origin: u64) -> &mut Span {
        self.span.get_or_insert(Span {
            start: index,
            origin,
            end: None,
            whole: false,
        })
    }

    /// Frames of the ring until the source frame `position` is heard, counted from `index`.
    pub(crate) fn frames_until(&self, position: u64, index: u64, sample_rate: u32) -> Option<u64> {
        let span = self.span?;
        let source = u128::from(position.saturating_sub(span.origin));
        let frames =
            (source * u128::from(sample_rate)).div_ceil(u128::from(self.format.sample_rate.max(1)));
        let at = span.start.saturating_add(u64::try_from(frames).ok()?);
        let at = span.end.map_or(at, |end| at.min(end));
        Some(at.saturating_sub(index))
    }

    pub(crate) fn report(&self, outcome: Outcome) -> Report {
        Report {
            utterance: self.id,
            outcome,
            heard_frames: self.heard,
            heard: self.format.duration_of_frames(self.heard),
            written_frames: self.written,
            written: self.format.duration_of_frames(self.written),
            incomplete_bytes: self.data.len() % self.format.bytes_per_frame(),
            underruns: self.underruns,
            silence: self.silence,
            device_changes: self.device_changes,
            waited: self.waited,
        }
    }
}

/// What one step of conversion made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Converted {
    /// No cut yet: the audio has not arrived.
    Nothing,
    /// Some; there may be more.
    More,
    /// The rest.
    All,
}
