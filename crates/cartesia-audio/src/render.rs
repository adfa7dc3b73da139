//! The render function: the only code that runs on the thread of the audio device.
//!
//! It takes frames out of the ring, ramps and counts them. It does not allocate, free, lock, log,
//! wake anybody, make a system call or call code of a user, and it cannot panic. Devices and offline
//! outputs run the same function.

use std::sync::Arc;

use ringbuf::HeapCons;
use ringbuf::traits::Consumer as _;

use crate::capture::slot::TapSlot;
use crate::capture::tap::Tap;
use crate::cuts::Cuts;
use crate::shared::{Shared, nanos_of};

/// Frames that are mapped to the channels of the device at a time.
const PIECE: usize = 256;

/// Channels in the ring at most.
pub(crate) const MAX_LANES: usize = 2;

/// The consumer's end of the ring.
pub(crate) struct Renderer {
    ring: HeapCons<f32>,
    cuts: Cuts,
    shared: Arc<Shared>,
    lanes: usize,
    position: u64,
    /// From 0 (silent) to 1 (open).
    gate: f32,
    /// How much the gate moves per frame.
    gate_step: f32,
    /// Whether there are fades at all.
    fades: bool,
    gain: f32,
    gain_step: f32,
    /// The last frame of the ring that was sent, before gate and gain. When audio runs out, it is
    /// held while the gate closes.
    held: [f32; MAX_LANES],
    /// Audio ran out and has not come back.
    dry: bool,
    /// Audio ran out in the middle of an utterance.
    starving: bool,
    /// When the last frame that is no silence leaves the speaker, in nanoseconds of the clock.
    audible_until: u64,
    /// When the device will have played the last buffer, if that ended in the middle of sound.
    due: Option<u64>,
    /// Takes a copy of what is played.
    tap: Option<Tap>,
    taps: TapSlot,
}

/// What to do with the frames that come next.
enum Next {
    /// Take this many frames out of the ring while the gate moves to this value.
    Play(usize, f32),
    /// Close the gate over the held frame.
    Close,
    /// Give up what is before this index.
    Skip(u64),
    /// Silence until the end of the buffer.
    Rest,
}

impl Renderer {
    /// `lanes` is the number of channels in the ring, 1 or 2; `ramp` the length of every fade in
    /// frames. Without a fade, audio starts and stops hard.
    pub(crate) fn new(
        ring: HeapCons<f32>,
        cuts: Cuts,
        shared: Arc<Shared>,
        taps: TapSlot,
        lanes: usize,
        ramp: u32,
    ) -> Self {
        let gain = shared.gain();
        // Frames of a fade are far below 2²⁴.
        #[expect(clippy::cast_precision_loss, reason = "a few hundred")]
        let gate_step = 1.0 / ramp.max(1) as f32;
        Self {
            ring,
            cuts,
            shared,
            lanes: lanes.clamp(1, MAX_LANES),
            position: 0,
            gate: 0.0,
            gate_step,
            fades: ramp > 0,
            gain,
            gain_step: gate_step / 2.0,
            held: [0.0; MAX_LANES],
            dry: false,
            starving: false,
            audible_until: 0,
            due: None,
            tap: None,
            taps,
        }
    }

    /// Frames per second of the device.
    pub(crate) fn sample_rate(&self) -> u32 {
        self.shared.sample_rate()
    }

    /// Notes that the device requests so many frames. The first leaves the speaker in `latency` nanoseconds. They
    /// are rendered in one piece or in several.
    pub(crate) fn requested(&self, frames: usize, latency: u64) {
        self.shared.requested(frames, latency);
    }

    /// Fills one buffer of the device: `out` is interleaved in `channels`, and its first frame leaves
    /// the speaker `latency` nanoseconds after `now`.
    pub(crate) fn render(&mut self, out: &mut [f32], channels: usize, now: u64, latency: u64) {
        out.fill(0.0);
        let channels = channels.max(1);
        let frames = out.len() / channels;
        let (start, sample_rate) = (now.saturating_add(latency), self.shared.sample_rate());
        let leaves_at = |frames: usize| start.saturating_add(nanos_of(frames as u64, sample_rate));
        if let Some(due) = self.due.filter(|_| frames > 0) {
            self.shared.note_lateness(start.saturating_sub(due));
        }
        self.cuts.update(self.position, self.audible_until);
        let mut at = 0;
        let mut heard_until = None;
        while at < frames {
            match self.next(frames - at) {
                Next::Play(count, gate) => {
                    let rest = out.get_mut(at * channels..).unwrap_or_default();
                    let played = self.play(rest, channels, count, gate);
                    if played == 0 {
                        break;
                    }
                    at += played;
                    heard_until = Some(at);
                    self.audible_until = leaves_at(at);
                }
                Next::Close => {
                    let rest = out.get_mut(at * channels..).unwrap_or_default();
                    let held = self.close(rest, channels, frames - at);
                    self.count_silence(held);
                    at += held;
                    self.audible_until = leaves_at(at);
                }
                Next::Skip(to) => self.skip(to),
                Next::Rest => {
                    self.count_silence(frames - at);
                    break;
                }
            }
        }
        if let Some(frames) = heard_until {
            let played = self.position.saturating_sub(self.cuts.total());
            self.shared.set_anchor(played, leaves_at(frames));
        }
        self.cuts.played_to(self.position, self.audible_until);
        self.shared.set_position(self.position);
        self.shared.set_audible_until(self.audible_until);
        let silent = self.gate == 0.0;
        if frames > 0 {
            self.due = (!silent).then(|| leaves_at(frames));
        }
        self.shared.rendered(silent, now, frames as u64);
        self.taps.replace(&mut self.tap);
        if let Some(tap) = &mut self.tap {
            tap.capture(out, start);
        }
    }

    fn next(&mut self, room: usize) -> Next {
        let cut = self.cuts.around(self.position);
        let inside = cut.is_some();
        let stopped = self.shared.is_stopped();
        if !self.fades && (stopped || inside) {
            self.gate = 0.0;
        }
        let silent = self.gate == 0.0;
        // At the very start of a range nothing of it was heard: what follows it joins what came
        // before it, as utterances do.
        if let Some(cut) = cut.filter(|cut| silent || cut.from == self.position) {
            return Next::Skip(cut.to);
        }
        let limit = match cut {
            Some(cut) => Some(cut.to),
            None => self.cuts.next_after(self.position),
        };
        let end = self.shared.released().min(limit.unwrap_or(u64::MAX));
        let available = usize::try_from(end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        if silent && stopped {
            return Next::Rest;
        }
        if available == 0 {
            if !stopped && !inside {
                self.ran_dry();
            }
            if !self.fades {
                self.gate = 0.0;
            }
            return if self.gate == 0.0 {
                Next::Rest
            } else {
                Next::Close
            };
        }
        let target = if stopped || inside { 0.0 } else { 1.0 };
        Next::Play(room.min(available), target)
    }

    /// Audio ran out: at the end of an utterance that is how it should be, elsewhere it is counted,
    /// once until there is audio again.
    fn ran_dry(&mut self) {
        let wanted = self.position <= self.shared.sealed().max(self.cuts.end());
        if wanted {
            self.starving = false;
        } else if !self.dry {
            self.starving = true;
            self.shared.count_underrun();
        }
        self.dry = true;
    }

    fn count_silence(&mut self, frames: usize) {
        if self.starving && !self.shared.is_stopped() {
            self.shared.count_starved(frames as u64);
        }
    }

    fn skip(&mut self, to: u64) {
        let stopped = self.position;
        let items = usize::try_from(to.saturating_sub(stopped)).unwrap_or(usize::MAX);
        let taken = self.ring.skip(items.saturating_mul(self.lanes)) / self.lanes;
        // The player gives up what it has pushed, so this is all of it.
        self.position = stopped.saturating_add(taken as u64).max(to);
        self.starving = false;
        self.cuts
            .skipped(stopped, self.position, self.audible_until);
    }

    /// Plays up to `count` frames while the gate moves to `target`; stops early when a gate that
    /// closes is closed. Returns the number of frames.
    fn play(&mut self, out: &mut [f32], channels: usize, count: usize, target: f32) -> usize {
        self.dry = false;
        self.starving = false;
        let wanted_gain = self.shared.gain();
        let slow = self.shared.gain_step();
        self.gain_step = if slow > 0.0 {
            slow
        } else {
            self.gate_step / 2.0
        };
        if self.gate == 0.0 {
            // Volume changes are inaudible in silence.
            self.gain = wanted_gain;
        }
        #[expect(clippy::float_cmp, reason = "a ramp ends exactly at its target")]
        let steady = self.gate == target && self.gain == wanted_gain;
        let mut piece = [0.0_f32; PIECE * MAX_LANES];
        let mut done = 0;
        while done < count {
            let closing = if target == 0.0 {
                self.frames_until_closed()
            } else {
                usize::MAX
            };
            let wanted = (count - done).min(PIECE).min(closing);
            let Some(samples) = piece.get_mut(..wanted * self.lanes) else {
                break;
            };
            let got = self.ring.pop_slice(samples) / self.lanes;
            if got == 0 {
                break;
            }
            self.position += got as u64;
            let samples = samples.get(..got * self.lanes).unwrap_or_default();
            let rest = out.get_mut(done * channels..).unwrap_or_default();
            if let Some(last) = samples.chunks_exact(self.lanes).next_back() {
                self.hold(last);
            }
            if steady {
                put_all(samples, self.lanes, rest, channels, self.gate * self.gain);
            } else {
                let frames = samples.chunks_exact(self.lanes);
                for (from, to) in frames.zip(rest.chunks_exact_mut(channels)) {
                    let factor = self.step(target, wanted_gain);
                    put(from, to, factor);
                }
            }
            done += got;
            if self.gate == 0.0 {
                break;
            }
        }
        done
    }

    /// Holds the last frame while the gate closes; returns the number of frames.
    fn close(&mut self, out: &mut [f32], channels: usize, room: usize) -> usize {
        let held = self.held;
        let held = held.get(..self.lanes).unwrap_or_default();
        let frames = self.frames_until_closed().min(room);
        let gain = self.shared.gain();
        for to in out.chunks_exact_mut(channels).take(frames) {
            let factor = self.step(0.0, gain);
            put(held, to, factor);
        }
        frames
    }

    fn hold(&mut self, frame: &[f32]) {
        for (held, sample) in self.held.iter_mut().zip(frame) {
            *held = *sample;
        }
    }

    /// One frame further; returns the factor of that frame. A gate that closes counts before it
    /// moves and one that opens after: no frame that is taken is multiplied by zero.
    fn step(&mut self, gate: f32, gain: f32) -> f32 {
        let before = self.gate;
        self.gate = towards(self.gate, gate, self.gate_step);
        self.gain = towards(self.gain, gain, self.gain_step);
        self.gate.max(before) * self.gain
    }

    /// At least one, so that a fade that waits for the gate makes progress.
    fn frames_until_closed(&self) -> usize {
        // Between 0 and the length of a fade.
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float-to-integer cast saturates"
        )]
        let frames = (self.gate / self.gate_step).round() as usize;
        frames.max(1)
    }
}

/// Moves `value` by `step`, and all the way when that is nearly there: sums of small steps round.
fn towards(value: f32, target: f32, step: f32) -> f32 {
    if (value - target).abs() < step * 1.01 {
        target
    } else if value < target {
        value + step
    } else {
        value - step
    }
}

/// Frames of the ring as frames of the device, with one factor for all. The usual cases have loops of
/// their own, which the compiler can unroll.
fn put_all(from: &[f32], lanes: usize, to: &mut [f32], channels: usize, factor: f32) {
    if lanes == channels {
        for (from, to) in from.iter().zip(to) {
            *to = (from * factor).clamp(-1.0, 1.0);
        }
    } else if lanes == 1 && channels == 2 {
        let (to, _) = to.as_chunks_mut::<2>();
        for (from, to) in from.iter().zip(to) {
            *to = [(from * factor).clamp(-1.0, 1.0); 2];
        }
    } else {
        let frames = from.chunks_exact(lanes);
        for (from, to) in frames.zip(to.chunks_exact_mut(channels)) {
            put(from, to, factor);
        }
    }
}

/// One frame of the ring as a frame of the device: mono goes to the first two channels, and of two
/// lanes each goes to its own. What a volume above 1 drives out of range is clipped.
fn put(from: &[f32], to: &mut [f32], factor: f32) {
    let (Some(first), Some(last)) = (from.first(), from.last()) else {
        return;
    };
    let mut to = to.iter_mut();
    for (sample, to) in [first, last].into_iter().zip(&mut to) {
        *to = (sample * factor).clamp(-1.0, 1.0);
    }
}
