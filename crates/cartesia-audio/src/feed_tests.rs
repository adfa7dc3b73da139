//! The feeder as a thread that sleeps, with a device that asks for audio, on a clock that is moved by hand.

use std::sync::Arc;
use std::time::Duration;

use cartesia_types::RawEncoding;

use crate::clock::{Clock, nanos};
use crate::device_ring::DeviceFormat;
use crate::event::{Event, Events};
use crate::player_core::PlayerCore;
use crate::render::Renderer;
use crate::state::Settings;
use crate::{AudioOffset, Player, SourceFormat};

const RATE: u32 = 48_000;
const FORMAT: SourceFormat = SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1);
const MILLI: u64 = 1_000_000;

struct Machine {
    core: Arc<PlayerCore>,
    renderer: Renderer,
    events: Events,
    /// How often the device asks, and for how much.
    period: u64,
    latency: u64,
    next_period: u64,
    next_turn: u64,
}

impl Machine {
    fn new(period: u64, latency: u64) -> (Player, Self) {
        let core = PlayerCore::new(Settings::default(), Clock::stopped());
        let device = DeviceFormat {
            sample_rate: RATE,
            channels: 1,
        };
        let renderer = core.change(|state| state.attach(device, "test"));
        let player = Player::new(Arc::clone(&core));
        let machine = Self {
            core,
            renderer,
            events: player.events(),
            period: period * MILLI,
            latency: latency * MILLI,
            next_period: 0,
            next_turn: 0,
        };
        (player, machine)
    }

    /// Lets the feeder and the device do what they do in this time; returns the events and when they
    /// came.
    fn run(&mut self, time: Duration) -> Vec<(u64, Event)> {
        let end = self.core.clock.now() + nanos(time);
        let mut came = Vec::new();
        loop {
            let now = self.core.clock.now();
            if now >= self.next_turn {
                self.next_turn = now + nanos(self.core.pump());
                while let Some(event) = self.events.try_next_event() {
                    came.push((now, event));
                }
            }
            if now >= self.next_period {
                let mut out = vec![0.0; usize::try_from(self.period * 48 / MILLI).unwrap()];
                self.renderer.render(&mut out, 1, now, self.latency);
                self.next_period = now + self.period;
            }
            let next = self.next_turn.min(self.next_period);
            if next > end {
                self.core.clock.advance(end.saturating_sub(now));
                return came;
            }
            self.core.clock.advance(next - now);
        }
    }

    /// Somebody wrote: the feeder is awake.
    fn wake(&mut self) {
        self.next_turn = self.core.clock.now();
    }
}

#[test]
fn starts_and_markers_and_ends_are_reported_when_they_are_heard() {
    for (period, latency) in [(10, 0), (20, 47), (21, 13), (1, 200)] {
        let (player, mut machine) = Machine::new(period, latency);
        let mut due = Vec::new();
        for number in 0..6 {
            let idle = Duration::from_millis(130 + 7 * number);
            assert!(machine.run(idle).is_empty());
            let utterance = player.utterance(FORMAT).unwrap();
            utterance.mark(AudioOffset::Frames(2_400), 1);
            utterance.try_write(&vec![0x11; 4 * 4_800]).unwrap();
            utterance.finish();
            machine.wake();
            // The device takes it with the next buffer that it asks for.
            let start = machine.next_period.max(machine.core.clock.now()) + machine.latency;
            due.extend([start, start + 50 * MILLI, start + 100 * MILLI]);
            let came = machine.run(Duration::from_millis(100 + 3 * period + latency + 30));
            assert_eq!(came.len(), 3, "{came:?}");
            for ((at, event), due) in came.into_iter().zip(due.drain(..)) {
                let late = at.saturating_sub(due);
                // The end is told after the fade, and once the device has shown that nothing follows.
                let limit = match event {
                    Event::Finished { .. } => 7 * MILLI + machine.period + 2 * MILLI,
                    _ => 3 * MILLI,
                };
                assert!(at >= due && late <= limit, "{event:?} {late} ns late");
            }
        }
    }
}

#[test]
fn a_feeder_with_nothing_to_do_sleeps() {
    let (player, mut machine) = Machine::new(10, 20);
    let utterance = player.utterance(FORMAT).unwrap();
    utterance.try_write(&vec![0x11; 4 * 4_800]).unwrap();
    machine.wake();
    machine.run(Duration::from_secs(1));
    // It starves, and nothing is to be expected.
    assert!(machine.core.pump() >= Duration::from_millis(50));
    player.pause();
    assert!(machine.core.pump() >= Duration::from_millis(50));
}
