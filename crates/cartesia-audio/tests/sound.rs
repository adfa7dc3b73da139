//! Playing and recording on a real device, or on what stands for one. `cargo xtask sound` runs these
//! against a virtual sound card, listens to it, and compares every sample; each test says on stdout
//! how far it is.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "stdout is for the rig, and a test may fail"
)]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use cartesia_audio::{
    CaptureFormat, Event, Outcome, Player, Recorder, Report, SourceFormat, Utterance,
};
use cartesia_types::{ErrorKind, RawEncoding, SttEncoding};

/// Nothing here takes longer, whatever happens to the device.
const LIMIT: Duration = Duration::from_secs(30);

fn say(line: &str) {
    println!("rig: {line}");
}

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask sound`"))
}

/// What is played: the content of a file.
struct Clip {
    format: SourceFormat,
    data: Vec<u8>,
}

/// Ends the process when it takes too long: a player waits for a device as long as it is left to, and
/// the rig may have been killed.
fn end_in_time() {
    std::thread::spawn(|| {
        std::thread::sleep(LIMIT);
        // Without a word: there may be nobody who reads it.
        std::process::exit(1);
    });
}

impl Clip {
    fn from_settings() -> Self {
        end_in_time();
        let encoding = match setting("SOUND_ENCODING").as_str() {
            "pcm_s16le" => RawEncoding::PcmS16Le,
            "pcm_f32le" => RawEncoding::PcmF32Le,
            other => panic!("no encoding {other}"),
        };
        let sample_rate = setting("SOUND_RATE").parse().unwrap();
        let channels = setting("SOUND_CHANNELS").parse().unwrap();
        Self {
            format: SourceFormat::new(encoding, sample_rate, channels),
            data: std::fs::read(PathBuf::from(setting("SOUND_FILE"))).unwrap(),
        }
    }

    fn frames(&self) -> u64 {
        (self.data.len() / self.format.bytes_per_frame()) as u64
    }

    fn duration(&self) -> Duration {
        self.format.duration_of_frames(self.frames())
    }

    /// Pieces of 20 ms.
    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let frames = self.format.frames_of_duration(Duration::from_millis(20));
        self.data
            .chunks(usize::try_from(frames).unwrap() * self.format.bytes_per_frame())
    }

    /// Plays all of it.
    fn start(&self, player: &Player) -> Utterance {
        let utterance = player.utterance(self.format).unwrap();
        utterance.write_blocking(&self.data).unwrap();
        utterance.finish();
        utterance
    }
}

/// A player without fades: what is heard is what was written, bit by bit.
fn exact_player() -> Player {
    Player::builder().fade(Duration::ZERO).open().unwrap()
}

fn wait_until_heard(utterance: &Utterance, time: Duration) {
    let deadline = Instant::now() + LIMIT;
    while utterance.position().heard < time {
        assert!(
            Instant::now() < deadline,
            "only {:?} was heard",
            utterance.position()
        );
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// The latency of the output at this moment, in frames.
fn latency(player: &Player, format: SourceFormat) -> u64 {
    let latency = player.output().and_then(|output| output.latency);
    format.frames_of_duration(latency.unwrap())
}

fn tell(report: &Report) {
    say(&format!(
        "done heard={} underruns={} silence_ms={} device_ms={} changes={}",
        report.heard_frames,
        report.underruns,
        report.silence.total().as_millis(),
        report.silence.device.as_millis(),
        report.device_changes
    ));
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn plays_a_clip_and_knows_when_it_was_heard() {
    let clip = Clip::from_settings();
    let player = exact_player();
    let start = Instant::now();
    let report = clip.start(&player).drained_blocking();
    let took = start.elapsed();
    assert_eq!(report.outcome, Outcome::Finished);
    assert_eq!(report.heard_frames, clip.frames());
    assert!(took >= clip.duration(), "it cannot be over after {took:?}");
    let late = took.saturating_sub(clip.duration());
    assert!(
        late < Duration::from_secs(1),
        "the end was reported {late:?} late"
    );
    tell(&report);
    player.close();
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn pauses_and_resumes() {
    let clip = Clip::from_settings();
    let player = exact_player();
    let utterance = clip.start(&player);
    wait_until_heard(&utterance, Duration::from_millis(500));
    player.pause();
    // What the device had taken already is still heard.
    std::thread::sleep(Duration::from_millis(300));
    let paused = utterance.position();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(utterance.position(), paused);
    player.resume();
    let report = utterance.drained_blocking();
    assert_eq!((report.heard_frames, report.underruns), (clip.frames(), 0));
    tell(&report);
}

/// The device is suspended in between.
#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn plays_again_after_a_rest() {
    let clip = Clip::from_settings();
    let player = Player::builder()
        .fade(Duration::ZERO)
        .suspend_after(Duration::from_millis(200))
        .open()
        .unwrap();
    let half = clip.data.len() / 2;
    let play = |data: &[u8]| {
        let utterance = player.utterance(clip.format).unwrap();
        utterance.write_blocking(data).unwrap();
        utterance.finish();
        utterance.drained_blocking()
    };
    let first = play(&clip.data[..half]);
    assert_eq!(first.outcome, Outcome::Finished);
    std::thread::sleep(Duration::from_secs(2));
    let second = play(&clip.data[half..]);
    assert_eq!(first.heard_frames + second.heard_frames, clip.frames());
    say(&format!(
        "waited first={} second={}",
        first.waited.unwrap_or_default().as_millis(),
        second.waited.unwrap_or_default().as_millis()
    ));
    tell(&second);
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn is_interrupted() {
    let clip = Clip::from_settings();
    let player = exact_player();
    let utterance = clip.start(&player);
    wait_until_heard(&utterance, Duration::from_millis(800));
    // A request of the device in between changes it.
    let earlier = latency(&player, clip.format);
    let at = utterance.position().heard_frames;
    let latency = latency(&player, clip.format).max(earlier);
    let interrupted = player.interrupt().heard_blocking();
    let report = interrupted.utterances.first().unwrap();
    assert_eq!(report.outcome, Outcome::Interrupted);
    let output = player.output().unwrap();
    say(&format!(
        "interrupted at={at} heard={} buffer={} latency={latency}",
        report.heard_frames,
        output.buffer_frames.unwrap()
    ));
}

/// With a fade, and the program ends as soon as it may.
#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn fades_out_and_exits() {
    let clip = Clip::from_settings();
    let player = Player::open_default().unwrap();
    let utterance = clip.start(&player);
    wait_until_heard(&utterance, Duration::from_millis(800));
    let interrupted = player.interrupt().heard_blocking();
    say(&format!("over {}", interrupted.heard().as_millis()));
    std::process::exit(0);
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn survives_jitter() {
    let clip = Clip::from_settings();
    let player = exact_player();
    let utterance = player.utterance(clip.format).unwrap();
    let start = Instant::now();
    for (number, piece) in (0_u32..).zip(clip.pieces()) {
        // Up to 40 ms late, in a fixed disorder.
        let late = Duration::from_millis(u64::from(number * 37 % 41));
        let due = Duration::from_millis(20) * number + late;
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        utterance.write_blocking(piece).unwrap();
    }
    utterance.finish();
    tell(&utterance.drained_blocking());
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn a_stall_is_one_underrun() {
    let clip = Clip::from_settings();
    let player = exact_player();
    let utterance = player.utterance(clip.format).unwrap();
    let start = Instant::now();
    for (number, piece) in (0_u32..).zip(clip.pieces()) {
        let hole = if number < 50 { 0 } else { 350 };
        let due = Duration::from_millis(20) * number + Duration::from_millis(hole);
        std::thread::sleep(due.saturating_sub(start.elapsed()));
        utterance.write_blocking(piece).unwrap();
    }
    utterance.finish();
    let report = utterance.drained_blocking();
    assert_eq!(report.underruns, 1, "{report:?}");
    assert!(
        report.silence.network > Duration::from_millis(100),
        "{report:?}"
    );
    tell(&report);
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn plays_on_when_its_device_is_taken_away() {
    let clip = Clip::from_settings();
    let player = exact_player();
    let mut events = player.events();
    let utterance = clip.start(&player);
    wait_until_heard(&utterance, Duration::from_millis(500));
    say("playing");
    let watcher = std::thread::spawn(move || {
        while let Some(event) = events.next_event_blocking() {
            match event {
                Event::DeviceLost { .. } => say("lost"),
                Event::DeviceChanged { gap, .. } => say(&format!("changed {}", gap.as_millis())),
                Event::Finished { .. } => return,
                _ => {}
            }
        }
    });
    let report = utterance.drained_blocking();
    assert_eq!(report.outcome, Outcome::Finished);
    watcher.join().unwrap();
    tell(&report);
}

#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn says_clearly_that_there_is_no_device() {
    let error = Player::open_default().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Device, "{error}");
    say(&format!("player {error}"));
    let error = Recorder::builder().open().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Device, "{error}");
    say(&format!("recorder {error}"));
}

/// Records for a while and writes it to the file that is set.
#[test]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
fn records() {
    end_in_time();
    let sample_rate: u32 = setting("SOUND_RATE").parse().unwrap();
    let seconds: u64 = setting("SOUND_SECONDS").parse().unwrap();
    let format = CaptureFormat::new(SttEncoding::PcmS16Le, sample_rate);
    let mut recorder = Recorder::builder().format(format).open().unwrap();
    let mut events = recorder.events();
    // As they come: a recorder without a device has no chunks.
    let watcher = std::thread::spawn(move || {
        while let Some(event) = events.next_event_blocking() {
            match event {
                Event::DeviceLost { .. } => say("lost"),
                Event::DeviceChanged { gap, .. } => say(&format!("changed {}", gap.as_millis())),
                _ => {}
            }
        }
    });
    let mut received = Vec::new();
    let wanted = u64::from(sample_rate) * seconds * 2;
    let (mut chunks, mut last, mut jumped) = (0_u64, Duration::ZERO, 0);
    let start = Instant::now();
    while (received.len() as u64) < wanted {
        let chunk = recorder.next_chunk_blocking().unwrap();
        // What is missing shows in the numbers.
        let frames = received.len() as u64 / 2;
        assert!(chunk.first_frame >= frames + jumped, "numbers go back");
        jumped = chunk.first_frame - frames;
        assert!(chunk.captured >= last, "time goes back");
        last = chunk.captured;
        received.extend_from_slice(&chunk.data);
        if chunks == 0 {
            say("recording");
        }
        chunks += 1;
    }
    let took = start.elapsed();
    std::fs::write(setting("SOUND_FILE"), &received).unwrap();
    let stats = recorder.stats();
    recorder.stop();
    let rest = std::iter::from_fn(|| recorder.next_chunk_blocking()).count();
    assert!(rest < 50, "it ends soon after the stop");
    watcher.join().unwrap();
    say(&format!(
        "done overruns={} changes={} gaps={} missing_ms={} recorded_ms={} took_ms={}",
        stats.overruns,
        stats.device_changes,
        stats.gaps,
        stats.missing.as_millis(),
        seconds * 1_000,
        took.as_millis()
    ));
    let jumped = Duration::from_secs(jumped) / sample_rate;
    let known = stats.missing + stats.dropped;
    assert!(
        jumped.abs_diff(known) < Duration::from_millis(2),
        "{jumped:?} {stats:?}"
    );
}
