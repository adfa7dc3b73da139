//! Conversion from the ring of a microphone to chunks in the requested format.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use ringbuf::HeapCons;
use ringbuf::traits::{Consumer as _, Observer as _};

use super::tap::{Tap, TapShared};
use super::{AudioChunk, CaptureFormat, Level};
use crate::convert::{ChannelMapper, FrameEncoder};
use crate::shared::{frames_in, nanos_of};
use crate::{Resampler, Result};

/// Frames that are taken out of the ring at a time.
const PIECE: usize = 1_024;

/// Audio that is this much later than what came before it, in nanoseconds, has a gap before it. Less is
/// within the error of the times that devices report.
const GAP: u64 = 50_000_000;

/// Converts the audio of one opened device. `progress` carries over from one device to the next.
pub(crate) struct Pump {
    ring: HeapCons<f32>,
    shared: Arc<TapShared>,
    device_rate: u32,
    channels: usize,
    mapper: ChannelMapper,
    resampler: Resampler,
    encoder: FrameEncoder,
    /// Frames of the output before this device, and those that are missing.
    before: u64,
    /// A frame of the device, and when it was captured, in nanoseconds.
    anchor: (u64, u64),
    /// Frames taken out of the ring.
    taken: u64,
    /// Frames that found no room in the ring and are no gap any more.
    seen_dropped: u64,
    piece: Vec<f32>,
    mapped: Vec<f32>,
    resampled: Vec<f32>,
}

/// The state that carries over from one device to the next: the chunk that is being filled.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    format: CaptureFormat,
    chunk_frames: u64,
    /// Samples of the chunk that is not full.
    samples: Vec<f32>,
    /// Frames of all chunks so far.
    frames: u64,
    /// When the first frame of the unfinished chunk was captured, in nanoseconds.
    started: u64,
    /// When the next frame of the device is to be captured, in nanoseconds; it goes on over devices.
    due: Option<u64>,
    /// How often audio is missing, and its playing time.
    gaps: u64,
    missing: Duration,
}

impl Progress {
    pub(crate) fn new(format: CaptureFormat, chunk: Duration) -> Self {
        let millis = u64::try_from(chunk.as_millis()).unwrap_or(u64::MAX);
        let chunk_frames = millis.clamp(1, 10_000) * u64::from(format.sample_rate) / 1_000;
        Self {
            format,
            chunk_frames: chunk_frames.max(1),
            samples: Vec::new(),
            frames: 0,
            started: 0,
            due: None,
            gaps: 0,
            missing: Duration::ZERO,
        }
    }

    /// How often audio is missing, and its playing time.
    pub(crate) fn gaps(&self) -> (u64, Duration) {
        (self.gaps, self.missing)
    }

    /// The chunk that is being filled, if there is anything in it.
    pub(crate) fn rest(&mut self, encoder: &mut FrameEncoder) -> Option<AudioChunk> {
        let samples = std::mem::take(&mut self.samples);
        (!samples.is_empty()).then(|| self.chunk(&samples, encoder))
    }

    fn chunk(&mut self, samples: &[f32], encoder: &mut FrameEncoder) -> AudioChunk {
        let mut data = Vec::with_capacity(samples.len() * self.format.encoding.bytes_per_sample());
        encoder.push(samples, &mut data);
        let first_frame = self.frames;
        self.frames += (samples.len() / usize::from(self.format.channels.max(1))) as u64;
        AudioChunk {
            data: Bytes::from(data),
            first_frame,
            captured: Duration::from_nanos(self.started),
            level: Level::of(samples),
        }
    }

    fn frames_with_unfinished(&self) -> u64 {
        self.frames + (self.samples.len() / usize::from(self.format.channels.max(1))) as u64
    }
}

impl Pump {
    /// A ring for `length` of audio from a device, and the function of its callback.
    pub(crate) fn new(
        device_rate: u32,
        channels: u16,
        length: Duration,
        progress: &Progress,
    ) -> Result<(Self, Tap)> {
        let format = progress.format;
        let frames =
            u64::from(device_rate) * u64::try_from(length.as_millis()).unwrap_or(0) / 1_000;
        let frames = usize::try_from(frames).unwrap_or(usize::MAX).max(PIECE);
        let channels = usize::from(channels.max(1));
        let (tap, ring, shared) = Tap::new(frames, channels);
        let pump = Self {
            ring,
            shared,
            device_rate,
            channels,
            mapper: ChannelMapper::new(channels, usize::from(format.channels)),
            resampler: Resampler::new(device_rate, format.sample_rate, format.channels)?,
            encoder: FrameEncoder::new(format.encoding),
            before: progress.frames_with_unfinished(),
            anchor: (0, 0),
            taken: 0,
            seen_dropped: 0,
            piece: vec![0.0; PIECE * channels],
            mapped: Vec::new(),
            resampled: Vec::new(),
        };
        Ok((pump, tap))
    }

    pub(crate) fn shared(&self) -> &TapShared {
        &self.shared
    }

    /// Reads the ring, and passes on every chunk that it fills.
    pub(crate) fn run(&mut self, progress: &mut Progress, mut give: impl FnMut(AudioChunk)) {
        loop {
            let waiting = self.ring.occupied_len();
            if waiting < self.channels {
                return;
            }
            // A time stands there before its samples do.
            let (index, at) = self.shared.anchor();
            let until_anchor = index.saturating_sub(self.taken);
            if index == self.taken {
                self.check_time(at, progress, &mut give);
            } else if self.taken == 0 {
                // The time of the first frame was overwritten before it was read.
                let first = at.saturating_sub(nanos_of(index, self.device_rate));
                self.check_time(first, progress, &mut give);
            }
            let limit = match usize::try_from(until_anchor).unwrap_or(usize::MAX) {
                0 => self.piece.len(),
                frames => self.piece.len().min(frames.saturating_mul(self.channels)),
            };
            let samples = (waiting - waiting % self.channels).min(limit);
            let Some(piece) = self
                .piece
                .get_mut(..samples)
                .filter(|piece| !piece.is_empty())
            else {
                return;
            };
            let taken = self.ring.pop_slice(piece);
            let frames = (taken / self.channels) as u64;
            self.taken += frames;
            if let Some(due) = &mut progress.due {
                *due = due.saturating_add(nanos_of(frames, self.device_rate));
            }
            self.mapped.clear();
            self.mapper
                .map(piece.get(..taken).unwrap_or_default(), &mut self.mapped);
            self.resampled.clear();
            self.resampler.push(&self.mapped, &mut self.resampled);
            self.fill(progress, &mut give);
        }
    }

    /// Compares the time at which the next frame was captured with the time at which it was due. Missing
    /// frames are counted, and frame numbers jump over them.
    fn check_time(&mut self, at: u64, progress: &mut Progress, give: &mut impl FnMut(AudioChunk)) {
        let anchor = (self.taken, at);
        let Some(due) = progress.due else {
            progress.due = Some(at);
            self.anchor = anchor;
            return;
        };
        let late = at.saturating_sub(due);
        let early = due.saturating_sub(at);
        if late < GAP && early < GAP {
            // The clocks of the device and of the machine run apart a little.
            progress.due = Some(due + late / 16 - early / 16);
            self.anchor = anchor;
            return;
        }
        progress.due = Some(at);
        let sample_rate = progress.format.sample_rate;
        let frames = frames_in(late, sample_rate);
        if frames == 0 {
            self.anchor = anchor;
            return;
        }
        // With the time of what came before.
        self.resampled.clear();
        self.resampler.finish(&mut self.resampled);
        self.fill(progress, give);
        if let Some(rest) = progress.rest(&mut self.encoder) {
            give(rest);
        }
        self.anchor = anchor;
        progress.frames += frames;
        self.before += frames;
        // The ring counts samples that did not fit.
        let dropped = self.shared.dropped();
        let dropped = dropped - std::mem::replace(&mut self.seen_dropped, dropped);
        let missing = late.saturating_sub(nanos_of(dropped, self.device_rate));
        if missing >= GAP {
            progress.gaps += 1;
            progress.missing += Duration::from_nanos(missing);
        }
    }

    /// Ends the device: takes the rest out of the resampler. The unfinished chunk stays.
    pub(crate) fn finish(&mut self, progress: &mut Progress, mut give: impl FnMut(AudioChunk)) {
        self.run(progress, &mut give);
        self.resampled.clear();
        self.resampler.finish(&mut self.resampled);
        self.fill(progress, &mut give);
    }

    pub(crate) fn encoder(&mut self) -> &mut FrameEncoder {
        &mut self.encoder
    }

    fn fill(&mut self, progress: &mut Progress, give: &mut impl FnMut(AudioChunk)) {
        let full = usize::try_from(progress.chunk_frames)
            .unwrap_or(usize::MAX)
            .saturating_mul(usize::from(progress.format.channels));
        let mut rest = &self.resampled[..];
        while !rest.is_empty() {
            if progress.samples.is_empty() {
                let frame = progress.frames.saturating_sub(self.before);
                progress.started = self.captured_at(frame, progress.format.sample_rate);
            }
            let room = full.saturating_sub(progress.samples.len());
            let (now, later) = rest.split_at(room.min(rest.len()));
            progress.samples.extend_from_slice(now);
            rest = later;
            if progress.samples.len() >= full {
                let samples = std::mem::take(&mut progress.samples);
                give(progress.chunk(&samples, &mut self.encoder));
                progress.samples = samples;
                progress.samples.clear();
            }
        }
    }

    /// When a frame of the output was captured, in nanoseconds.
    fn captured_at(&self, frame: u64, sample_rate: u32) -> u64 {
        let since_start = nanos_of(frame, sample_rate);
        let (index, at) = self.anchor;
        let index = nanos_of(index, self.device_rate);
        at.saturating_add(since_start).saturating_sub(index)
    }
}
