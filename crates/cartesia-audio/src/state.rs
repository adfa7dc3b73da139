//! The state of a player, behind one lock that the audio device never takes: the queue of utterances, their
//! device, and pending requests.
//!
//! `feed.rs` moves audio towards the device, `progress.rs` tracks its playback.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use cartesia_types::ErrorKind;

use crate::capture::RecorderState;
use crate::clock::Clock;
use crate::device_ring::{DeviceFormat, DeviceRing};
use crate::event::{Event, Subscribers};
use crate::jitter::Jitter;
use crate::loopback::Loopback;
use crate::render::Renderer;
use crate::report::{Outcome, Silence, UtteranceId};
use crate::track::{Slot, Track};
use crate::waiters::Watched;
use crate::{Error, Result, SourceFormat};

/// The settings of a player.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Audio to wait for before an utterance starts.
    pub(crate) prebuffer: Duration,
    /// Audio that may wait to be heard, up to the end of an utterance, before writers of that have to.
    pub(crate) queue: Duration,
    /// Length of every fade.
    pub(crate) fade: Duration,
    /// Audio between the feeder and the device.
    pub(crate) ring: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prebuffer: Duration::from_millis(60),
            queue: Duration::from_secs(30),
            fade: Duration::from_millis(5),
            ring: Duration::from_millis(200),
        }
    }
}

pub(crate) struct PlayerState {
    pub(crate) settings: Settings,
    pub(crate) clock: Clock,
    /// In the order of playing. Those before `cursor` are in the ring to their end.
    pub(crate) queue: VecDeque<Track>,
    pub(crate) cursor: usize,
    pub(crate) ring: Option<DeviceRing>,
    pub(crate) jitter: Jitter,
    /// Whether the utterance at the cursor had enough audio to start.
    pub(crate) primed: bool,
    pub(crate) events: Subscribers,
    /// Playing time heard on devices that are gone.
    pub(crate) heard_before: Duration,
    pub(crate) underruns: u64,
    pub(crate) silence: Silence,
    /// Since when audio waits that the ring could have had, in nanoseconds of the clock.
    pub(crate) backlog_since: Option<u64>,
    pub(crate) device_changes: u64,
    /// A waiter may wait for this change.
    pub(crate) changed: bool,
    pub(crate) closed: bool,
    /// The number of requests so far.
    pub(crate) requests: u64,
    /// The format of the present device.
    pub(crate) device: Option<DeviceFormat>,
    /// The name of the present device.
    pub(crate) device_name: String,
    pub(crate) loopback: Option<Loopback>,
    /// Recordings that have ended and whose readers were not woken yet.
    pub(crate) loopbacks_over: Vec<Arc<Watched<RecorderState>>>,
    controls: Controls,
    next_id: u64,
}

/// The settings of callers, which apply to every device.
struct Controls {
    paused: bool,
    /// The device has still to show that it plays.
    held: bool,
    volume: f32,
    muted: bool,
}

impl PlayerState {
    pub(crate) fn new(settings: Settings, clock: Clock) -> Self {
        Self {
            jitter: Jitter::new(settings.prebuffer),
            settings,
            clock,
            queue: VecDeque::new(),
            cursor: 0,
            ring: None,
            primed: false,
            events: Subscribers::default(),
            heard_before: Duration::ZERO,
            underruns: 0,
            silence: Silence::default(),
            backlog_since: None,
            device_changes: 0,
            changed: false,
            closed: false,
            requests: 0,
            device: None,
            device_name: String::new(),
            loopback: None,
            loopbacks_over: Vec::new(),
            controls: Controls {
                paused: false,
                held: false,
                volume: 1.0,
                muted: false,
            },
            next_id: 0,
        }
    }

    // -- devices

    /// Attaches a device, and returns its render function. Playback continues with the first frame that was
    /// not heard.
    pub(crate) fn attach(&mut self, device: DeviceFormat, name: impl Into<String>) -> Renderer {
        self.detach();
        self.device_name = name.into();
        let (ring, renderer) = DeviceRing::new(device, self.settings.ring, self.settings.fade);
        ring.shared.set_gain(self.gain(), 0.0);
        self.ring = Some(ring);
        self.attach_loopback(device);
        self.apply_paused();
        self.changed = true;
        renderer
    }

    /// Detaches the device. Unplayed audio waits for the next one.
    pub(crate) fn detach(&mut self) {
        self.collect();
        let Some(ring) = self.ring.take() else {
            return;
        };
        ring.shared.retire();
        self.detach_loopback();
        self.heard_before += ring.heard(self.clock.now());
        for track in &mut self.queue {
            track.rewind();
        }
        self.cursor = 0;
        self.primed = false;
        self.backlog_since = None;
        self.changed = true;
        self.complete_where(|track| track.leaving.map(|leaving| leaving.outcome).or(track.cut));
    }

    /// Notes what the system says about the length of a buffer of the device, in frames.
    pub(crate) fn set_buffer(&self, frames: Option<u32>) {
        if let Some(ring) = &self.ring {
            ring.shared.set_negotiated(frames);
        }
    }

    #[cfg(feature = "device")]
    pub(crate) fn shared(&self) -> Option<Arc<crate::shared::Shared>> {
        self.ring.as_ref().map(|ring| Arc::clone(&ring.shared))
    }

    /// Playback goes on elsewhere, as `event` says.
    pub(crate) fn device_changed(&mut self, event: &Event) {
        self.device_changes += 1;
        for track in self.queue.iter_mut().filter(|track| track.started) {
            track.device_changes += 1;
        }
        self.events.send(event);
        self.changed = true;
    }

    // -- utterances

    pub(crate) fn begin(&mut self, format: SourceFormat) -> Result<(UtteranceId, Slot)> {
        let operation = "player.utterance";
        let format = format.check(operation)?;
        self.check_open(operation)?;
        let id = UtteranceId(self.next_id);
        self.next_id += 1;
        let track = Track::new(id, format, self.clock.now());
        let slot = Arc::clone(&track.slot);
        self.queue.push_back(track);
        Ok((id, slot))
    }

    pub(crate) fn check_open(&self, operation: &'static str) -> Result<()> {
        if self.closed {
            return Err(Error::new(
                ErrorKind::Closed,
                operation,
                "the player is closed",
            ));
        }
        Ok(())
    }

    pub(crate) fn track(&self, id: UtteranceId) -> Option<&Track> {
        let index = self.index(id)?;
        self.queue.get(index)
    }

    pub(crate) fn track_mut(&mut self, id: UtteranceId) -> Option<&mut Track> {
        let index = self.index(id)?;
        self.queue.get_mut(index)
    }

    fn index(&self, id: UtteranceId) -> Option<usize> {
        self.queue.binary_search_by_key(&id, |track| track.id).ok()
    }

    /// Playing time of what was written and not heard.
    pub(crate) fn queued(&self) -> Duration {
        self.queue.iter().map(Track::queued).sum()
    }

    /// Whether an utterance may take more audio. Only what plays before its end counts: an utterance
    /// that waits for its turn never takes the room of the one that is to play.
    pub(crate) fn has_room(&self, id: UtteranceId) -> bool {
        let before = self.queue.iter().take_while(|track| track.id <= id);
        before.map(Track::queued).sum::<Duration>() < self.settings.queue
    }

    /// Queues audio of an utterance; `None` when there is no room.
    pub(crate) fn write(&mut self, id: UtteranceId, audio: &[u8]) -> Option<()> {
        if !self.has_room(id) {
            return None;
        }
        if let Some(track) = self.track_mut(id) {
            track.write(audio);
        }
        self.note_backlog();
        Some(())
    }

    /// Notes since when the feeder has something to do.
    pub(crate) fn note_backlog(&mut self) {
        let staged = self.ring.as_ref().is_some_and(DeviceRing::has_staged);
        let waiting = self.queue.get(self.cursor).is_some_and(Track::has_backlog);
        if !(staged || waiting) {
            self.backlog_since = None;
        } else if self.backlog_since.is_none() {
            self.backlog_since = Some(self.clock.now());
        }
    }

    /// Drops audio of an utterance that the device has not been given; returns how much is left of it.
    pub(crate) fn truncate(&mut self, id: UtteranceId, frame: u64) -> Option<u64> {
        self.collect();
        let kept = self.track_mut(id)?.truncate(frame);
        self.note_backlog();
        self.changed = true;
        Some(kept)
    }

    /// No more audio comes for an utterance.
    pub(crate) fn finish(&mut self, id: UtteranceId) {
        if let Some(track) = self.track_mut(id) {
            track.finished = true;
        }
    }

    /// Takes one utterance out, whether it plays or waits.
    pub(crate) fn cancel(&mut self, id: UtteranceId) {
        self.collect();
        let Some(index) = self.index(id) else {
            return;
        };
        let cursor = self.cursor;
        let (Some(track), ring) = (self.queue.get_mut(index), self.ring.as_mut()) else {
            return;
        };
        if track.cut.is_some() {
            return;
        }
        track.finished = true;
        track.cut = Some(Outcome::Cancelled);
        let mut gone = true;
        if let (Some(ring), Some(span)) = (ring, &mut track.span) {
            if index == cursor {
                ring.clear_staged();
                self.cursor += 1;
                self.primed = false;
            }
            let end = *span.end.get_or_insert(ring.written);
            gone = span.start >= end;
            if !gone {
                ring.cut(span.start, end);
            }
        } else if index == cursor {
            // What was converted of it and not pushed.
            if let Some(ring) = &mut self.ring {
                ring.clear_staged();
            }
            self.primed = false;
        }
        if gone {
            self.complete_where(|track| track.cut.filter(|_| track.id == id));
        }
        self.changed = true;
    }

    /// Stops everything that was written up to now; returns the utterances concerned.
    pub(crate) fn interrupt(&mut self) -> Vec<Slot> {
        self.collect();
        let slots = self
            .queue
            .iter()
            .map(|track| Arc::clone(&track.slot))
            .collect();
        let mut waiting = Vec::new();
        for track in &mut self.queue {
            track.finished = true;
            track.cut.get_or_insert(Outcome::Interrupted);
            // Only what is in the ring has to wait for the device.
            if let (Some(ring), Some(span)) = (&self.ring, &mut track.span) {
                let end = *span.end.get_or_insert(ring.written);
                if span.start < end {
                    waiting.push(track.id);
                }
            }
        }
        self.cursor = self.queue.len();
        self.primed = false;
        if let Some(ring) = &mut self.ring {
            ring.cut_all();
        }
        self.complete_where(|track| track.cut.filter(|_| !waiting.contains(&track.id)));
        self.changed = true;
        slots
    }

    /// Ends the utterances for which `outcome` gives one.
    pub(crate) fn complete_where(&mut self, outcome: impl Fn(&Track) -> Option<Outcome>) {
        let mut index = 0;
        while let Some(track) = self.queue.get(index) {
            let Some(outcome) = outcome(track) else {
                index += 1;
                continue;
            };
            let report = track.report(outcome);
            // Only this function sets it, and a track ends once.
            let _ = track.slot.set(report.clone());
            self.events.send(&Event::Finished { report });
            self.queue.remove(index);
            if index < self.cursor {
                self.cursor -= 1;
            }
            self.changed = true;
        }
    }

    // -- controls

    pub(crate) fn set_paused(&mut self, paused: bool) {
        self.controls.paused = paused;
        self.apply_paused();
    }

    /// Keeps the device silent, whatever callers ask for; or no more.
    #[cfg(feature = "device")]
    pub(crate) fn hold(&mut self, held: bool) {
        self.controls.held = held;
        self.apply_paused();
    }

    /// Whether there is audio to play or a recording of it, or audio may come at once, so that the device must ask.
    #[cfg(feature = "device")]
    pub(crate) fn needs_device(&self) -> bool {
        let is_resting = |ring: &DeviceRing| ring.shared.is_resting();
        !self.queue.is_empty()
            || self.loopback.is_some()
            || !self.ring.as_ref().is_some_and(is_resting)
    }

    fn apply_paused(&self) {
        if let Some(ring) = &self.ring {
            let paused = self.controls.paused || self.controls.held;
            ring.shared.set_paused(paused);
        }
    }

    /// Whether the device has still to show that it plays.
    pub(crate) fn is_held(&self) -> bool {
        self.controls.held
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.controls.paused
    }

    pub(crate) fn set_volume(&mut self, volume: f32, over: Duration) {
        let before = self.gain();
        if volume.is_finite() {
            self.controls.volume = volume.clamp(0.0, 4.0);
        }
        let way = f64::from((self.gain() - before).abs());
        let rate = self.ring.as_ref().map_or(0, |ring| ring.sample_rate);
        let frames = over.as_secs_f64() * f64::from(rate);
        #[expect(clippy::cast_possible_truncation, reason = "a factor, from 0 to 4")]
        let step = if frames > 0.0 {
            (way / frames) as f32
        } else {
            0.0
        };
        self.apply_gain(step);
    }

    pub(crate) fn volume(&self) -> f32 {
        self.controls.volume
    }

    pub(crate) fn set_muted(&mut self, muted: bool) {
        self.controls.muted = muted;
        self.apply_gain(0.0);
    }

    pub(crate) fn is_muted(&self) -> bool {
        self.controls.muted
    }

    fn gain(&self) -> f32 {
        if self.controls.muted {
            0.0
        } else {
            self.controls.volume
        }
    }

    fn apply_gain(&self, step: f32) {
        if let Some(ring) = &self.ring {
            ring.shared.set_gain(self.gain(), step);
        }
    }

    /// Ends everything, with a fade. The device can go once the render function rests.
    pub(crate) fn close(&mut self) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        self.collect();
        if let Some(ring) = &self.ring {
            ring.shared.retire();
        }
        self.complete_where(|track| {
            let leaving = track.leaving.map(|leaving| leaving.outcome);
            Some(leaving.or(track.cut).unwrap_or(Outcome::Closed))
        });
        self.events.close();
        self.end_loopback();
        self.changed = true;
    }
}
