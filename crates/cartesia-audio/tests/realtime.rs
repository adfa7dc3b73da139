//! The functions on the thread of the audio device allocate nothing and make no system call,
//! whatever happens around them.
//!
//! A binary of its own: its allocator ends the process when a section that must not allocate does.
//! Outside the development profile that allocator does not exist, so neither does this test.
//!
//! The functions are those that a device of the system calls. What this does not see is a lock that happens to
//! be free: `cargo xtask tidy` refuses locks in the files of the device's thread.
#![cfg(debug_assertions)]
#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use assert_no_alloc::{AllocDisabler, assert_no_alloc};
use cartesia_audio::{
    AudioOffset, ExternalOutput, OfflineOptions, Player, Recorder, Resampler, SourceFormat,
};
use cartesia_types::RawEncoding;

#[global_allocator]
static ALLOCATOR: AllocDisabler = AllocDisabler;

const FORMAT: SourceFormat = SourceFormat::new(RawEncoding::PcmS16Le, 24_000, 1);

/// Says on stderr where the sections begin and end of which `strace` is to see nothing; set in the
/// process that it watches.
const TRACED: &str = "REALTIME_TRACED";

/// Uses the player in every way, as fast as it can, until it is told to stop.
fn disturb(player: &Player, stop: &AtomicBool) {
    let mut round = 0_u16;
    while !stop.load(Ordering::Acquire) {
        round = round.wrapping_add(1);
        let utterance = player.utterance(FORMAT).unwrap();
        utterance.mark(AudioOffset::Frames(100), u64::from(round));
        // Enough for a while, or too little.
        let _ = utterance.try_write(&vec![
            round.to_le_bytes()[0];
            1 + (usize::from(round) * 977) % 9_000
        ]);
        match round % 7 {
            0 => utterance.cancel(),
            1 => drop(player.interrupt()),
            2 => player.pause(),
            3 => player.resume(),
            4 => player.set_volume(f32::from(round % 5) / 3.0),
            5 => utterance.finish(),
            _ => drop(player.playhead()),
        }
        std::thread::yield_now();
    }
}

fn race(channels: u16, render: impl FnOnce(ExternalOutput)) {
    let options = OfflineOptions::new(48_000).channels(channels);
    let (player, output) = Player::external(options).unwrap();
    let mut events = player.events();
    let stop = Arc::new(AtomicBool::new(false));
    let other = {
        let (player, stop) = (player.clone(), Arc::clone(&stop));
        std::thread::spawn(move || disturb(&player, &stop))
    };
    render(output);
    stop.store(true, Ordering::Release);
    other.join().unwrap();
    assert!(events.try_next_event().is_some(), "nothing has played");
}

#[test]
fn rendering_allocates_nothing() {
    for channels in [1, 2, 6] {
        race(channels, |mut output| {
            let mut buffer = vec![0.0_f32; 4_096];
            let mut integers = vec![0_i16; 8_192];
            for round in 0..20_000_usize {
                let length = (round * 37) % buffer.len();
                let latency = Duration::from_millis(10);
                if round % 4 == 0 {
                    let out = &mut integers[..2 * length];
                    assert_no_alloc(|| output.render_i16(out, latency));
                } else {
                    let out = &mut buffer[..length];
                    assert_no_alloc(|| output.render(out, latency));
                }
                if round % 64 == 0 {
                    std::thread::yield_now();
                }
            }
        });
    }
}

#[test]
fn capturing_allocates_nothing() {
    for channels in [1_u16, 2, 6] {
        let (mut recorder, mut microphone) = Recorder::builder()
            .chunk(Duration::from_millis(5))
            .open_external(48_000, channels)
            .unwrap();
        let reader = std::thread::spawn(move || {
            let (mut frames, mut level) = (0_u64, recorder.level());
            while let Some(chunk) = recorder.next_chunk_blocking() {
                frames = chunk.first_frame;
                level = recorder.level();
            }
            (frames, level, recorder.stats())
        });
        let buffer = vec![0.25_f32; 4_096];
        let integers = vec![8_192_i16; 4_096];
        for round in 0..20_000_usize {
            let length = (round * 37) % buffer.len();
            let age = Duration::from_millis(10);
            if round % 4 == 0 {
                assert_no_alloc(|| microphone.capture_i16(&integers[..length], age));
            } else {
                assert_no_alloc(|| microphone.capture(&buffer[..length], age));
            }
            if round % 64 == 0 {
                std::thread::yield_now();
            }
        }
        drop(microphone);
        let (frames, level, stats) = reader.join().unwrap();
        assert!(frames > 0 && level.peak > 0.2, "something was recorded");
        // Far more was captured than a second has.
        assert!(stats.overruns > 0 && stats.dropped > Duration::ZERO);
    }
}

/// Converting goes on for hours: once its buffers have grown, it needs no more.
#[test]
fn resampling_allocates_nothing_in_the_long_run() {
    for (source, target, channels) in [(24_000, 48_000, 1), (44_100, 48_000, 2), (44_101, 8_000, 1)]
    {
        let mut resampler = Resampler::new(source, target, channels).unwrap();
        let input = vec![0.25_f32; 997 * usize::from(channels)];
        let mut output = Vec::with_capacity(resampler.output_bound(input.len()));
        for round in 0..2_000_usize {
            let piece = &input[..(round * 37) % input.len()];
            output.clear();
            assert_no_alloc(|| resampler.push(piece, &mut output));
        }
        output.clear();
        assert_no_alloc(|| resampler.finish(&mut output));
    }
}

/// The other half of [`rendering_makes_no_system_call`]: alone, it only shows that it runs.
#[test]
fn renders_between_two_marks() {
    let traced = std::env::var_os(TRACED).is_some();
    let mut rounds = 0;
    race(2, |mut output| {
        let mut buffer = vec![0.0_f32; 1_920];
        output.render(&mut buffer, Duration::ZERO);
        if traced {
            eprintln!("mark");
        }
        for _ in 0..20_000 {
            output.render(&mut buffer, Duration::from_millis(10));
            rounds += 1;
        }
        if traced {
            eprintln!("mark");
        }
    });
    assert_eq!(rounds, 20_000);
}

/// Says why there was no test, past its own capture.
fn report(skipped: &str) {
    let mut stderr = std::io::stderr();
    writeln!(stderr, "{skipped}").unwrap();
}

/// With `strace`, where there is one: between the two marks the rendering thread makes no call. What
/// other threads do in the meantime is theirs.
#[test]
fn rendering_makes_no_system_call() {
    let strace = Command::new("strace").arg("-V").output();
    if !strace.is_ok_and(|output| output.status.success()) {
        report("skipped: strace is not installed");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let traces = folder.path().join("trace");
    let status = Command::new("strace")
        .args(["-ff", "-o"])
        .arg(&traces)
        .arg(std::env::current_exe().unwrap())
        .args([
            "renders_between_two_marks",
            "--exact",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(TRACED, "1")
        .output();
    let Ok(output) = status else {
        report("skipped: strace does not run");
        return;
    };
    if !output.status.success() {
        // A container may forbid tracing.
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains("ptrace") || text.contains("PTRACE"), "{text}");
        report("skipped: tracing is not allowed here");
        return;
    }
    let marked = std::fs::read_dir(folder.path()).unwrap().find_map(|file| {
        let trace = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let is_mark = |line: &&str| line.starts_with("write(2, \"mark");
        let lines: Vec<&str> = trace.lines().collect();
        let first = lines.iter().position(&is_mark)?;
        let last = lines.iter().rposition(is_mark)?;
        Some(
            lines[first + 1..last]
                .iter()
                .map(|line| (*line).to_owned())
                .collect::<Vec<_>>(),
        )
    });
    let between = marked.expect("the trace has the marks");
    // A mark may be written in two pieces; and the scheduler's signals are no calls.
    let calls: Vec<_> = between
        .iter()
        .filter(|line| !line.starts_with("write(2, \"\\n\"") && !line.starts_with("---"))
        .collect();
    assert!(calls.is_empty(), "{calls:?}");
}
