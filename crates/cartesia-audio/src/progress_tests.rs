//! What was heard of an utterance that is cut, in every order of the device's thread and the player's.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::RawEncoding;
use proptest::prelude::*;

use crate::clock::{Clock, nanos};
use crate::device_ring::DeviceFormat;
use crate::event::{Event, Events};
use crate::player_core::PlayerCore;
use crate::render::Renderer;
use crate::state::{PlayerState, Settings};
use crate::{AudioOffset, Outcome, Player, SourceFormat, Utterance};

const RATE: u32 = 48_000;
const FORMAT: SourceFormat = SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1);

struct Machine {
    core: Arc<PlayerCore>,
    player: Player,
    events: Events,
    renderer: Renderer,
    latency: Duration,
}

impl Machine {
    /// A device that plays what it asks for after `latency`. There are no fades.
    fn new(latency: Duration) -> Self {
        let settings = Settings {
            prebuffer: Duration::ZERO,
            fade: Duration::ZERO,
            ..Settings::default()
        };
        let core = PlayerCore::new(settings, Clock::stopped());
        let device = DeviceFormat {
            sample_rate: RATE,
            channels: 1,
        };
        let renderer = core.change(|state| state.attach(device, "test"));
        let player = Player::new(Arc::clone(&core));
        Self {
            core,
            events: player.events(),
            player,
            renderer,
            latency,
        }
    }

    /// An utterance of so many milliseconds with a marker at each of its milliseconds, as far as possible in
    /// the ring.
    fn speak(&self, millis: u64) -> Utterance {
        let utterance = self.player.utterance(FORMAT).unwrap();
        for marker in 0..millis {
            utterance.mark(AudioOffset::Frames(marker * 48), marker);
        }
        let bytes = usize::try_from(millis * 48 * 4).unwrap();
        assert!(utterance.try_write(&vec![0x11; bytes]).unwrap());
        utterance.finish();
        self.core.pump();
        utterance
    }

    /// The device asks for so many frames. Returns what it gets.
    fn request(&mut self, frames: usize) -> Vec<f32> {
        let mut out = vec![0.0; frames];
        let now = self.core.clock.now();
        self.renderer.render(&mut out, 1, now, nanos(self.latency));
        out
    }

    /// The device asks for so much, and the time passes.
    fn render(&mut self, millis: u64) {
        self.request(usize::try_from(millis * 48).unwrap());
        self.pass(millis);
    }

    fn pass(&self, millis: u64) {
        self.core.clock.advance(millis * 1_000_000);
    }

    /// The player's side looks at the device, having collected its answers before the last requests.
    fn look_without_answers(&self) {
        self.core.change(PlayerState::follow_device);
    }

    fn look(&self) {
        self.core.change(PlayerState::collect);
    }

    /// How often this utterance has started, its markers, and how it ended.
    fn events_of(&mut self, utterance: &Utterance) -> (usize, Vec<u64>, Option<Outcome>) {
        let (mut started, mut markers, mut outcome) = (0, Vec::new(), None);
        while let Some(event) = self.events.try_next_event() {
            match &event {
                Event::Started { utterance: of } if *of == utterance.id() => started += 1,
                Event::Marker {
                    utterance: of,
                    marker,
                    ..
                } if *of == utterance.id() => markers.push(*marker),
                Event::Finished { report } if report.utterance == utterance.id() => {
                    outcome = Some(report.outcome);
                    continue;
                }
                _ => continue,
            }
            assert_eq!(outcome, None, "{event:?} after the end");
        }
        (started, markers, outcome)
    }
}

#[test]
fn what_plays_after_a_cut_is_not_heard_of_what_was_cut() {
    for interrupted in [false, true] {
        let mut machine = Machine::new(Duration::ZERO);
        let first = machine.speak(100);
        let untouched = (!interrupted).then(|| machine.speak(40));
        machine.render(10);
        if interrupted {
            drop(machine.player.interrupt());
        } else {
            first.cancel();
        }
        let next = untouched.unwrap_or_else(|| machine.speak(40));
        machine.render(30);
        // The device has skipped the rest and played the next one; its answer has not been read.
        machine.look_without_answers();
        assert_eq!(first.position().heard, Duration::from_millis(10));
        machine.look();
        let report = first.report().unwrap();
        assert_eq!(report.heard, Duration::from_millis(10));
        assert_eq!(next.position().heard, Duration::from_millis(30));
        let (started, markers, outcome) = machine.events_of(&first);
        assert_eq!((started, markers), (1, (0..=10).collect()));
        assert!(outcome.is_some_and(|outcome| outcome != Outcome::Finished));
    }
}

#[test]
fn what_was_cut_before_it_was_heard_never_starts() {
    let mut machine = Machine::new(Duration::ZERO);
    let first = machine.speak(20);
    let cut = machine.speak(100);
    let next = machine.speak(40);
    machine.render(10);
    cut.cancel();
    machine.render(40);
    machine.look_without_answers();
    assert_eq!(cut.position().heard_frames, 0);
    machine.look();
    assert_eq!(first.report().unwrap().outcome, Outcome::Finished);
    let report = cut.report().unwrap();
    assert_eq!((report.heard_frames, report.waited), (0, None));
    assert_eq!(next.position().heard, Duration::from_millis(30));
    let (started, markers, outcome) = machine.events_of(&cut);
    assert_eq!((started, markers), (0, Vec::new()));
    assert_eq!(outcome, Some(Outcome::Cancelled));
}

#[test]
fn what_left_the_speaker_before_the_end_of_a_cut_is_reported() {
    // Nobody looks between the first frame and the end of what is cut.
    let mut machine = Machine::new(Duration::from_millis(50));
    let cut = machine.speak(100);
    machine.render(30);
    cut.cancel();
    machine.render(10);
    machine.pass(100);
    machine.look();
    assert_eq!(cut.report().unwrap().heard, Duration::from_millis(30));
    let (started, markers, outcome) = machine.events_of(&cut);
    assert_eq!((started, markers), (1, (0..=30).collect()));
    assert_eq!(outcome, Some(Outcome::Cancelled));
}

/// Samples of an utterance at most.
const LONGEST: u64 = 40_000;

/// What callers, the feeder and the device do, each at any time. Utterances count from the newest one.
#[derive(Debug, Clone, Copy)]
enum Step {
    Begin,
    Write {
        which: usize,
        frames: u64,
    },
    Finish(usize),
    Cancel(usize),
    Interrupt,
    Pump,
    Render {
        frames: usize,
    },
    Pass {
        millis: u64,
    },
    /// The device renders and plays after its answers were read, and before the player looks how far it is.
    RenderBeforeLook {
        frames: usize,
        millis: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => Just(Step::Begin),
        6 => (0..3_usize, 1..4_000_u64).prop_map(|(which, frames)| Step::Write { which, frames }),
        6 => (0..3_usize).prop_map(Step::Finish),
        2 => (0..4_usize).prop_map(Step::Cancel),
        1 => Just(Step::Interrupt),
        6 => Just(Step::Pump),
        3 => (1..4_000_usize).prop_map(|frames| Step::Render { frames }),
        2 => (1..80_u64).prop_map(|millis| Step::Pass { millis }),
        5 => (1..4_000_usize, 0..100_u64)
            .prop_map(|(frames, millis)| Step::RenderBeforeLook { frames, millis }),
    ]
}

/// An utterance of the test, and what the device was given of it.
struct Spoken {
    utterance: Utterance,
    written: u64,
    rendered: u64,
}

/// A player, and everything that was said with it.
struct Talk {
    machine: Machine,
    spoken: Vec<Spoken>,
}

impl Talk {
    fn newest(&mut self, which: usize) -> Option<(u64, &mut Spoken)> {
        let index = self.spoken.len().checked_sub(which + 1)?;
        Some((index as u64, self.spoken.get_mut(index)?))
    }

    fn write(&mut self, which: usize, frames: u64) {
        let Some((index, of)) = self.newest(which) else {
            return;
        };
        let first = index * LONGEST + of.written + 1;
        let frames = frames.min(LONGEST - of.written);
        #[expect(clippy::cast_precision_loss, reason = "far below 2²⁴")]
        let samples = (first..first + frames).map(|number| number as f32 / 16_777_216.0);
        let audio: Vec<u8> = samples.flat_map(f32::to_le_bytes).collect();
        if of.utterance.try_write(&audio).is_ok_and(|taken| taken) {
            of.written += frames;
        }
    }

    /// Renders, and counts what comes out by utterance.
    fn render(&mut self, frames: usize) {
        let out = self.machine.request(frames);
        for sample in out.into_iter().filter(|sample| *sample != 0.0) {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "the number of a sample"
            )]
            let number = (sample * 16_777_216.0) as u64 - 1;
            let of = &mut self.spoken[usize::try_from(number / LONGEST).unwrap()];
            assert_eq!(of.rendered, number % LONGEST);
            of.rendered += 1;
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Begin => self.spoken.push(Spoken {
                utterance: self.machine.player.utterance(FORMAT).unwrap(),
                written: 0,
                rendered: 0,
            }),
            Step::Write { which, frames } => self.write(which, frames),
            Step::Finish(which) => {
                if let Some((_, of)) = self.newest(which) {
                    of.utterance.finish();
                }
            }
            Step::Cancel(which) => {
                if let Some((_, of)) = self.newest(which) {
                    of.utterance.cancel();
                }
            }
            Step::Interrupt => drop(self.machine.player.interrupt()),
            Step::Pump => drop(self.machine.core.pump()),
            Step::Render { frames } => self.render(frames),
            Step::Pass { millis } => self.machine.pass(millis),
            Step::RenderBeforeLook { frames, millis } => {
                self.render(frames);
                self.machine.pass(millis);
                self.machine.look_without_answers();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn no_more_is_heard_than_was_played_in_any_order_of_events(
        steps in proptest::collection::vec(step(), 1..120),
        latency in prop_oneof![Just(0), 1..100_u64],
    ) {
        let machine = Machine::new(Duration::from_millis(latency));
        let mut talk = Talk { machine, spoken: Vec::new() };
        for step in steps {
            talk.take(step);
            for of in &talk.spoken {
                prop_assert!(of.utterance.position().heard_frames <= of.rendered);
            }
        }
        for of in &talk.spoken {
            of.utterance.finish();
        }
        // To the end of what there is.
        for _ in 0..2_000 {
            if talk.spoken.iter().all(|of| of.utterance.report().is_some()) {
                break;
            }
            talk.machine.core.pump();
            talk.render(4_800);
            talk.machine.pass(100 + latency);
        }
        for of in &talk.spoken {
            let Some(report) = of.utterance.report() else {
                return Err(TestCaseError::fail("an utterance never ended"));
            };
            prop_assert_eq!(report.heard_frames, of.rendered, "{:?}", report);
            if report.outcome == Outcome::Finished {
                prop_assert_eq!(report.heard_frames, of.written);
            }
        }
    }
}
