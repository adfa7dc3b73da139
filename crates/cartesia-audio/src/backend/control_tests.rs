//! The control thread with a sound system of one device, which a thread of the test drives.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use cartesia_types::RawEncoding;

use super::*;
use crate::backend::Device;
use crate::clock::Clock;
use crate::device_ring::DeviceFormat;
use crate::state::Settings;
use crate::{Events, OutputInfo, Player, SourceFormat, Utterance};

const LIMIT: Duration = Duration::from_secs(20);
const RATE: u32 = 48_000;
const PERIOD: usize = 480;
const BUFFER: Duration = Duration::from_millis(10);

#[derive(Clone, Default)]
struct Fake(Arc<World>);

#[derive(Default)]
struct World {
    /// Whether there is no device to be found.
    absent: AtomicBool,
    /// Whether the device asks for no audio.
    dead: AtomicBool,
    /// Whether opening the device does not return; the calls that do not.
    blocked: AtomicBool,
    waiting: AtomicUsize,
    finds: AtomicUsize,
    /// Whether the device cannot be suspended, or does not resume.
    restless: AtomicBool,
    stuck: AtomicBool,
    suspended: AtomicBool,
    suspensions: AtomicUsize,
    /// Frames of a buffer, as the system says; 0 when it does not.
    negotiated: AtomicU32,
    open: Mutex<Option<(Output, Arc<Health>)>>,
    heard: Mutex<Vec<f32>>,
}

impl World {
    fn is(flag: &AtomicBool) -> bool {
        flag.load(Ordering::Acquire)
    }

    fn set(flag: &AtomicBool, value: bool) {
        flag.store(value, Ordering::Release);
    }
}

impl Backend for Fake {
    fn find(&mut self, _: &Wanted) -> Result<Box<dyn Device>> {
        self.0.finds.fetch_add(1, Ordering::AcqRel);
        if World::is(&self.0.absent) {
            return Err(Error::new(ErrorKind::Device, OPEN, "unplugged"));
        }
        Ok(Box::new(self.clone()))
    }
}

impl Device for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    fn sample_rate(&self) -> DeviceFormat {
        DeviceFormat {
            sample_rate: RATE,
            channels: 1,
        }
    }

    fn start(&mut self, output: Output, health: Arc<Health>) -> Result<Box<dyn Playing>> {
        self.0.waiting.fetch_add(1, Ordering::AcqRel);
        while World::is(&self.0.blocked) {
            std::thread::sleep(Duration::from_millis(1));
        }
        self.0.waiting.fetch_sub(1, Ordering::AcqRel);
        World::set(&self.0.suspended, false);
        *self.0.open.lock().unwrap() = Some((output, health));
        Ok(Box::new(self.clone()))
    }
}

impl Playing for Fake {
    fn suspend(&self) -> bool {
        let can = !World::is(&self.0.restless);
        World::set(&self.0.suspended, can);
        self.0.suspensions.fetch_add(1, Ordering::AcqRel);
        can
    }

    fn resume(&self) -> bool {
        let can = !World::is(&self.0.stuck);
        if can {
            World::set(&self.0.suspended, false);
        }
        can
    }

    fn buffer_frames(&self) -> Option<u32> {
        let negotiated = self.0.negotiated.load(Ordering::Acquire);
        Some(negotiated).filter(|frames| *frames > 0)
    }
}

fn wanted() -> Wanted {
    Wanted {
        device: None,
        buffer: BUFFER,
        opening: Duration::from_millis(50),
        starting: Duration::from_millis(300),
        suspend_after: None,
    }
}

struct Rig {
    world: Arc<World>,
    core: Arc<PlayerCore>,
    player: Player,
    stop: Arc<AtomicBool>,
    driver: Option<std::thread::JoinHandle<()>>,
}

impl Rig {
    /// From here on, no thread asks for audio.
    fn stop_driver(&mut self) {
        World::set(&self.stop, true);
        if let Some(driver) = self.driver.take() {
            driver.join().unwrap();
        }
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.stop_driver();
    }
}

/// A player on the fake device, which asks for 10 ms of audio every 2 ms.
fn rig() -> Rig {
    rig_with(wanted())
}

/// The same, which suspends the device at the first look without anything to play.
fn idle_rig() -> Rig {
    rig_with(Wanted {
        suspend_after: Some(Duration::ZERO),
        ..wanted()
    })
}

fn rig_with(wanted: Wanted) -> Rig {
    rig_of(wanted, World::default())
}

fn rig_of(wanted: Wanted, world: World) -> Rig {
    let fake = Fake(Arc::new(world));
    let world = Arc::clone(&fake.0);
    let settings = Settings {
        fade: Duration::ZERO,
        prebuffer: Duration::ZERO,
        ..Settings::default()
    };
    let core = PlayerCore::new(settings, Clock::system());
    start(&core, wanted, move || fake).unwrap();
    let player = Player::new(Arc::clone(&core));
    let fed = Arc::clone(&core);
    std::thread::spawn(move || fed.feed());
    let stop = Arc::new(AtomicBool::new(false));
    let driver = {
        let (world, stop) = (Arc::clone(&world), Arc::clone(&stop));
        std::thread::spawn(move || drive(&world, &stop))
    };
    Rig {
        world,
        core,
        player,
        stop,
        driver: Some(driver),
    }
}

fn drive(world: &World, stop: &AtomicBool) {
    let mut buffer = [0.0; PERIOD];
    while !World::is(stop) {
        if !World::is(&world.dead)
            && !World::is(&world.suspended)
            && let Some((output, _)) = &mut *world.open.lock().unwrap()
        {
            output.fill(&mut buffer, Duration::ZERO);
            let sounding = buffer.iter().filter(|sample| **sample != 0.0);
            world.heard.lock().unwrap().extend(sounding);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Two seconds in which no sample occurs twice.
#[expect(clippy::cast_precision_loss, reason = "below 2²⁴")]
fn signal() -> Vec<f32> {
    (1..=RATE * 2).map(|n| n as f32 / 16_777_216.0).collect()
}

fn write(player: &Player, samples: &[f32]) -> Utterance {
    let format = SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1);
    let utterance = player.utterance(format).unwrap();
    let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
    utterance.try_write(&bytes).unwrap();
    utterance.finish();
    utterance
}

/// The next event that `wanted` says yes to.
fn wait_for(events: &mut Events, wanted: impl Fn(&Event) -> bool) -> Event {
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        match events.try_next_event() {
            Some(event) if wanted(&event) => return event,
            Some(_) => {}
            None => std::thread::sleep(Duration::from_millis(1)),
        }
    }
    panic!("it did not come within {LIMIT:?}");
}

fn is_lost(event: &Event) -> bool {
    matches!(event, Event::DeviceLost { .. })
}

fn is_changed(event: &Event) -> bool {
    matches!(event, Event::DeviceChanged { .. })
}

fn is_started(event: &Event) -> bool {
    matches!(event, Event::Started { .. })
}

fn is_finished(event: &Event) -> bool {
    matches!(event, Event::Finished { .. })
}

#[test]
fn a_device_that_falls_silent_is_replaced_and_nothing_is_lost() {
    let rig = rig();
    let mut events = rig.player.events();
    let signal = signal();
    let utterance = write(&rig.player, &signal);
    wait_for(&mut events, is_started);
    // No error, no callback: the quietest way to go. And nothing to be found for a while.
    World::set(&rig.world.absent, true);
    World::set(&rig.world.dead, true);
    let lost = wait_for(&mut events, is_lost);
    let device = "fake".to_owned();
    assert_eq!(lost, Event::DeviceLost { device });
    World::set(&rig.world.absent, false);
    World::set(&rig.world.dead, false);
    wait_for(&mut events, is_changed);
    wait_for(&mut events, is_finished);
    assert_eq!(utterance.report().unwrap().device_changes, 1);
    assert!(*rig.world.heard.lock().unwrap() == signal);
}

#[test]
fn a_dead_device_that_can_be_opened_swallows_nothing() {
    let rig = rig();
    let mut events = rig.player.events();
    let signal = signal();
    write(&rig.player, &signal);
    wait_for(&mut events, is_started);
    World::set(&rig.world.dead, true);
    wait_for(&mut events, is_lost);
    let before = rig.world.finds.load(Ordering::Acquire);
    let start = Instant::now();
    let mut filled = 0;
    while rig.world.finds.load(Ordering::Acquire) < before + 3 {
        assert!(start.elapsed() < LIMIT);
        // Each time it is opened it fills its buffers, and asks for no more.
        let finds = rig.world.finds.load(Ordering::Acquire);
        if filled < finds
            && let Some((output, _)) = &mut *rig.world.open.lock().unwrap()
        {
            filled = finds;
            output.fill(&mut [0.0; PERIOD], Duration::ZERO);
            output.fill(&mut [0.0; PERIOD], Duration::ZERO);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    World::set(&rig.world.dead, false);
    wait_for(&mut events, is_finished);
    assert_eq!(rig.player.playhead().device_changes, 1);
    assert!(*rig.world.heard.lock().unwrap() == signal);
}

#[test]
fn a_sound_system_that_does_not_answer_is_asked_again_and_late_answers_change_nothing() {
    let rig = rig();
    let mut events = rig.player.events();
    let signal = signal();
    write(&rig.player, &signal);
    wait_for(&mut events, is_started);
    World::set(&rig.world.blocked, true);
    World::set(&rig.world.dead, true);
    wait_for(&mut events, is_lost);
    // No more than a few at the same time.
    wait_until(|| rig.world.waiting.load(Ordering::Acquire) == 4);
    World::set(&rig.world.dead, false);
    World::set(&rig.world.blocked, false);
    wait_for(&mut events, is_changed);
    wait_for(&mut events, is_finished);
    assert_eq!(rig.player.playhead().device_changes, 1);
    assert!(*rig.world.heard.lock().unwrap() == signal);
}

#[test]
fn a_player_that_is_closed_does_not_wait_for_a_sound_system() {
    let rig = rig();
    let mut events = rig.player.events();
    let core = Arc::downgrade(&rig.core);
    World::set(&rig.world.blocked, true);
    World::set(&rig.world.dead, true);
    wait_for(&mut events, is_lost);
    wait_until(|| rig.world.waiting.load(Ordering::Acquire) > 0);
    let world = Arc::clone(&rig.world);
    rig.player.close();
    drop(rig);
    World::set(&world.blocked, false);
    // Nor does what it opened too late stay open.
    wait_until(|| world.waiting.load(Ordering::Acquire) == 0);
    wait_until(|| core.strong_count() == 0);
    wait_until(|| Arc::strong_count(&world) == 1);
}

/// Waits until something is so.
fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Waits until the device was suspended so often.
fn wait_for_suspensions(world: &World, count: usize) {
    wait_until(|| world.suspensions.load(Ordering::Acquire) >= count);
}

#[test]
fn an_idle_device_is_suspended_and_comes_back_for_the_next_utterance() {
    let rig = idle_rig();
    let mut events = rig.player.events();
    let signal = signal();
    let (first, second) = signal.split_at(signal.len() / 2);
    wait_for_suspensions(&rig.world, 1);
    for (count, part) in [(2, first), (3, second)] {
        let utterance = write(&rig.player, part);
        wait_for(&mut events, is_finished);
        assert_eq!(utterance.report().unwrap().device_changes, 0);
        wait_for_suspensions(&rig.world, count);
        assert!(World::is(&rig.world.suspended));
    }
    assert!(*rig.world.heard.lock().unwrap() == signal);
    assert_eq!(
        rig.world.finds.load(Ordering::Acquire),
        1,
        "it is not reopened"
    );
    rig.player.close();
}

/// Counted in frames: the first buffer that the resumed device asks for begins with the first sample.
#[test]
fn a_resumed_device_plays_from_its_first_buffer_on() {
    let mut rig = rig_with(Wanted {
        suspend_after: Some(Duration::ZERO),
        // The test asks for audio in its own time.
        starting: LIMIT,
        ..wanted()
    });
    wait_for_suspensions(&rig.world, 1);
    rig.stop_driver();
    let signal = signal();
    write(&rig.player, &signal);
    wait_until(|| !World::is(&rig.world.suspended));
    let released = || {
        let shared = rig.core.state.lock().shared();
        shared.is_some_and(|shared| shared.released() >= 2 * PERIOD as u64)
    };
    wait_until(released);
    let mut heard = [0.0; 2 * PERIOD];
    let mut open = rig.world.open.lock().unwrap();
    let (output, _) = open.as_mut().unwrap();
    for buffer in heard.chunks_mut(PERIOD) {
        output.fill(buffer, Duration::ZERO);
    }
    assert!(heard.as_slice() == &signal[..2 * PERIOD]);
}

/// An utterance that waits for its first audio keeps the device.
#[test]
fn a_device_is_not_suspended_while_audio_may_come() {
    let rig = idle_rig();
    wait_for_suspensions(&rig.world, 1);
    let format = SourceFormat::new(RawEncoding::PcmF32Le, RATE, 1);
    let _open = rig.player.utterance(format).unwrap();
    wait_until(|| !World::is(&rig.world.suspended));
    std::thread::sleep(TICK * 4);
    assert!(!World::is(&rig.world.suspended));
    assert_eq!(rig.world.suspensions.load(Ordering::Acquire), 1);
}

#[test]
fn a_device_that_cannot_be_suspended_is_asked_once() {
    let rig = idle_rig();
    World::set(&rig.world.restless, true);
    wait_for_suspensions(&rig.world, 1);
    std::thread::sleep(TICK * 4);
    // It may have been suspended once before it was told that it cannot be.
    assert!(rig.world.suspensions.load(Ordering::Acquire) <= 2);
    let mut events = rig.player.events();
    let signal = signal();
    write(&rig.player, &signal);
    wait_for(&mut events, is_finished);
    assert!(*rig.world.heard.lock().unwrap() == signal);
}

#[test]
fn a_device_that_does_not_resume_is_replaced_and_nothing_is_lost() {
    let rig = idle_rig();
    let mut events = rig.player.events();
    wait_for_suspensions(&rig.world, 1);
    World::set(&rig.world.stuck, true);
    let signal = signal();
    write(&rig.player, &signal);
    wait_for(&mut events, is_lost);
    wait_for(&mut events, is_changed);
    wait_for(&mut events, is_finished);
    assert!(*rig.world.heard.lock().unwrap() == signal);
}

/// Waits until the player says so of its output.
fn wait_for_output(player: &Player, wanted: impl Fn(&OutputInfo) -> bool) -> OutputInfo {
    let start = Instant::now();
    loop {
        if let Some(output) = player.output().filter(|output| wanted(output)) {
            return output;
        }
        assert!(start.elapsed() < LIMIT, "{:?}", player.output());
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn the_negotiated_buffer_is_that_of_the_device_that_plays() {
    let rig = rig_of(
        wanted(),
        World {
            negotiated: AtomicU32::new(1_024),
            ..World::default()
        },
    );
    let mut events = rig.player.events();
    let output = rig.player.output().unwrap();
    assert_eq!((output.device.as_str(), output.channels), ("fake", 1));
    assert_eq!(
        (output.sample_rate, output.buffer_frames),
        (RATE, Some(1_024))
    );
    write(&rig.player, &signal());
    wait_for(&mut events, is_started);

    // Without a device there is no output.
    World::set(&rig.world.absent, true);
    World::set(&rig.world.dead, true);
    wait_for(&mut events, is_lost);
    assert_eq!(rig.player.output(), None);

    // The next device has another buffer, which is known when the change is.
    rig.world.negotiated.store(256, Ordering::Release);
    World::set(&rig.world.absent, false);
    World::set(&rig.world.dead, false);
    wait_for(&mut events, is_changed);
    assert_eq!(rig.player.output().unwrap().buffer_frames, Some(256));

    // The system may change it while the device plays.
    rig.world.negotiated.store(512, Ordering::Release);
    wait_for_output(&rig.player, |output| output.buffer_frames == Some(512));

    rig.player.close();
    assert_eq!(rig.player.output(), None);
}

#[test]
fn a_system_that_does_not_say_is_measured() {
    let rig = rig();
    let output = wait_for_output(&rig.player, |output| output.latency.is_some());
    assert_eq!(output.buffer_frames, u32::try_from(PERIOD).ok());
    assert_eq!(output.latency, Some(Duration::ZERO));
}

#[test]
fn what_a_device_says_is_not_what_it_does() {
    let rig = rig();
    let mut events = rig.player.events();
    let signal = signal();
    write(&rig.player, &signal);
    {
        let open = rig.world.open.lock().unwrap();
        let (_, health) = open.as_ref().unwrap();
        for _ in 0..100_000 {
            health.error(true);
        }
        health.moved();
    }
    let changed = wait_for(&mut events, is_changed);
    assert!(matches!(
        changed,
        Event::DeviceChanged {
            gap: Duration::ZERO,
            ..
        }
    ));
    wait_for(&mut events, is_finished);
    assert!(*rig.world.heard.lock().unwrap() == signal);
}

#[test]
fn dropping_a_device_may_hang_for_ever() {
    struct Hangs(mpsc::Receiver<()>);
    impl Playing for Hangs {
        fn suspend(&self) -> bool {
            false
        }

        fn resume(&self) -> bool {
            true
        }

        fn buffer_frames(&self) -> Option<u32> {
            None
        }
    }
    impl Drop for Hangs {
        fn drop(&mut self) {
            let _ = self.0.recv();
        }
    }
    let (let_go, hangs) = mpsc::channel();
    let start = Instant::now();
    reap(Active {
        playing: Box::new(Hangs(hangs)),
        _opener: None,
        shared: Weak::new(),
        health: Arc::default(),
        watch: watch_for(&wanted()),
        can_be_suspended: true,
    });
    assert!(start.elapsed() < LIMIT);
    drop(let_go);
}

#[test]
fn without_a_device_there_is_an_error_and_no_player() {
    let fake = Fake::default();
    World::set(&fake.0.absent, true);
    let core = PlayerCore::new(Settings::default(), Clock::system());
    let error = start(&core, wanted(), move || fake).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Device);
}

#[test]
fn a_closed_player_lets_the_device_go() {
    let rig = rig();
    let world = Arc::downgrade(&rig.world);
    write(&rig.player, &signal());
    rig.player.close();
    drop(rig);
    let start = Instant::now();
    // The control thread has the last handle of the device.
    while world.strong_count() > 0 {
        assert!(start.elapsed() < LIMIT);
        std::thread::sleep(Duration::from_millis(1));
    }
}
