//! The thread of a recorder, with a sound system of one microphone.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::Events;
use crate::backend::Health;
use crate::capture::Tap;
use crate::device_ring::DeviceFormat;

const LIMIT: Duration = Duration::from_secs(20);
const LIMITS: Limits = Limits {
    patience: Duration::from_secs(1),
    waking: Duration::from_secs(1),
    opening: Duration::from_millis(50),
};

#[derive(Clone, Default)]
struct Fake(Arc<World>);

#[derive(Default)]
struct World {
    /// Whether the microphone delivers nothing.
    dead: AtomicBool,
    /// Whether it says so.
    gone: AtomicBool,
    /// Whether opening it does not return; the calls that do not.
    blocked: AtomicBool,
    waiting: AtomicUsize,
    opened: AtomicUsize,
    dropped: AtomicUsize,
    open: Mutex<Option<(Tap, Arc<Health>)>>,
}

struct Stream(Arc<World>);

impl Drop for Stream {
    fn drop(&mut self) {
        self.0.dropped.fetch_add(1, Ordering::AcqRel);
    }
}

impl Microphones for Fake {
    fn open(
        &self,
        _: Option<&str>,
        _: &Clock,
        prepare: &mut dyn FnMut(DeviceFormat) -> Result<Tap>,
    ) -> Result<Input> {
        let tap = prepare(DeviceFormat {
            sample_rate: 16_000,
            channels: 1,
        })?;
        self.0.waiting.fetch_add(1, Ordering::AcqRel);
        while self.0.blocked.load(Ordering::Acquire) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        let health = Arc::new(Health::default());
        *self.0.open.lock().unwrap() = Some((tap, Arc::clone(&health)));
        self.0.opened.fetch_add(1, Ordering::AcqRel);
        Ok(Input::new(
            "fake".to_owned(),
            health,
            Stream(Arc::clone(&self.0)),
        ))
    }
}

struct Rig {
    world: Arc<World>,
    recorder: Recorder,
    events: Events,
    stop: Arc<AtomicBool>,
    driver: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.driver.take().unwrap().join().unwrap();
    }
}

fn rig() -> Rig {
    let fake = Fake::default();
    let world = Arc::clone(&fake.0);
    let recorder = Recorder::builder().open_with(fake, LIMITS).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let driver = {
        let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
        std::thread::spawn(move || {
            while !stop.load(Ordering::Acquire) {
                if let Some((tap, health)) = &mut *world.open.lock().unwrap() {
                    if world.gone.load(Ordering::Acquire) {
                        health.error(true);
                    }
                    // A dead one still calls, without audio.
                    let dead = world.dead.load(Ordering::Acquire);
                    tap.capture(&[0.5; 32][..if dead { 0 } else { 32 }], 0);
                }
                std::thread::sleep(Duration::from_millis(2));
            }
        })
    };
    Rig {
        world,
        events: recorder.events(),
        recorder,
        stop,
        driver: Some(driver),
    }
}

impl Rig {
    fn set(&self, flag: impl Fn(&World) -> &AtomicBool, value: bool) {
        flag(&self.world).store(value, Ordering::Release);
    }

    /// Returns whether the next event is a loss; otherwise it is a change.
    fn is_lost(&mut self) -> bool {
        let start = Instant::now();
        loop {
            match self.events.try_next_event() {
                Some(Event::DeviceLost { .. }) => return true,
                Some(Event::DeviceChanged { .. }) => return false,
                Some(other) => panic!("{other:?}"),
                None => std::thread::sleep(Duration::from_millis(1)),
            }
            assert!(start.elapsed() < LIMIT);
        }
    }

    /// Waits for audio that arrives from now on.
    fn hear(&mut self) {
        while self.recorder.try_next_chunk().is_some() {}
        let start = Instant::now();
        while self.recorder.try_next_chunk().is_none() {
            assert!(start.elapsed() < LIMIT);
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_microphone_that_gives_nothing_is_opened_again_until_there_is_audio() {
    let mut rig = rig();
    rig.hear();
    rig.set(|world| &world.dead, true);
    assert!(rig.is_lost());
    // It can be opened, and is as dead as before: that is no change.
    wait_until(|| rig.world.opened.load(Ordering::Acquire) >= 3);
    assert_eq!(rig.events.try_next_event(), None);
    assert_eq!(rig.recorder.stats().device_changes, 0);
    rig.set(|world| &world.dead, false);
    assert!(!rig.is_lost());
    rig.hear();
    assert_eq!(rig.recorder.stats().device_changes, 1);
    // All but the one that is open are closed.
    let world = &rig.world;
    wait_until(|| {
        let opened = world.opened.load(Ordering::Acquire);
        world.dropped.load(Ordering::Acquire) + 1 == opened
    });
}

#[test]
fn a_sound_system_that_does_not_answer_is_asked_again() {
    let mut rig = rig();
    rig.hear();
    rig.set(|world| &world.blocked, true);
    rig.set(|world| &world.gone, true);
    rig.set(|world| &world.dead, true);
    assert!(rig.is_lost());
    // No more than a few at the same time.
    wait_until(|| rig.world.waiting.load(Ordering::Acquire) == 4);
    rig.set(|world| &world.gone, false);
    rig.set(|world| &world.dead, false);
    rig.set(|world| &world.blocked, false);
    assert!(!rig.is_lost());
    rig.hear();
}

#[test]
fn a_recorder_ends_while_the_sound_system_does_not_answer() {
    let mut rig = rig();
    rig.hear();
    let stopper = rig.recorder.stopper();
    rig.set(|world| &world.blocked, true);
    rig.set(|world| &world.gone, true);
    rig.set(|world| &world.dead, true);
    assert!(rig.is_lost());
    wait_until(|| rig.world.waiting.load(Ordering::Acquire) > 0);
    stopper.stop();
    // The end of the events is that of the recording.
    let start = Instant::now();
    while rig.events.next_event_blocking().is_some() {
        assert!(start.elapsed() < LIMIT);
    }
    while rig.recorder.next_chunk_blocking().is_some() {}
    rig.set(|world| &world.blocked, false);
    // A device that is opened too late is closed.
    let world = &rig.world;
    wait_until(|| world.waiting.load(Ordering::Acquire) == 0);
    wait_until(|| {
        let opened = world.opened.load(Ordering::Acquire);
        world.dropped.load(Ordering::Acquire) == opened
    });
}
