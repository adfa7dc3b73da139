//! What was heard of an utterance that is cut, in every order of the device's thread and the player's.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::RawEncoding;

use crate::clock::Clock;
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

    /// The device asks for so much, and the time passes.
    fn render(&mut self, millis: u64) {
        let mut out = vec![0.0; usize::try_from(millis * 48).unwrap()];
        let latency = u64::try_from(self.latency.as_nanos()).unwrap();
        self.renderer
            .render(&mut out, 1, self.core.clock.now(), latency);
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
