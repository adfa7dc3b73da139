//! The device's thread against everybody else's: no order of events loses, doubles or revives a sample.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cartesia_audio::{Outcome, Player};

use crate::support::{FLOAT, bytes, exact, within};

const UTTERANCES: usize = 600;

/// Samples of an utterance at most.
const LONGEST: usize = 4_096;

/// Sample `n` of utterance `u`: no two are alike, none is silence.
fn sample(utterance: usize, n: usize) -> f32 {
    (utterance * LONGEST + n + 1) as f32 / 16_777_216.0
}

fn identify(sample: f32) -> (usize, usize) {
    let number = (sample * 16_777_216.0) as usize - 1;
    (number / LONGEST, number % LONGEST)
}

#[test]
fn what_a_report_says_is_what_the_device_played() {
    for latency in [0, 7] {
        race(Duration::from_millis(latency));
    }
}

/// Plays and cancels against a device that asks as fast as it can, and says that what it gets is heard after
/// `latency`.
fn race(latency: Duration) {
    let (player, mut output) = Player::external(exact().queue(Duration::from_millis(500))).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let device = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || {
            let mut heard = Vec::new();
            let mut buffer = [0.0; 960];
            let mut round = 0_usize;
            while !stop.load(Ordering::Acquire) {
                round += 1;
                let out = &mut buffer[..=round * 131 % 960];
                output.render(out, latency);
                heard.extend(out.iter().copied().filter(|sample| *sample != 0.0));
                std::thread::yield_now();
            }
            heard
        })
    };

    let mut utterances = Vec::new();
    within(async {
        for index in 0..UTTERANCES {
            if index % 20 == 0 {
                player.drained().await;
            }
            let utterance = player.utterance(FLOAT).unwrap();
            let length = 1 + index * 977 % LONGEST;
            let audio: Vec<f32> = (0..length).map(|n| sample(index, n)).collect();
            for piece in bytes(&audio).chunks(3_001) {
                if utterance.write(piece).await.is_err() {
                    break;
                }
            }
            utterance.finish();
            utterances.push(utterance);
            match index % 11 {
                3 => utterances[index].cancel(),
                5 => utterances[index - 2].cancel(),
                7 if index % 4 == 0 => drop(player.interrupt()),
                9 => {
                    utterances[index - 1].cancel();
                    utterances[index].cancel();
                    utterances[index - 3].cancel();
                }
                _ => {}
            }
        }
        player.drained().await;
    });
    stop.store(true, Ordering::Release);
    let heard = device.join().unwrap();

    let mut counts = vec![0; UTTERANCES];
    let mut last = 0;
    for sample in heard {
        let (utterance, n) = identify(sample);
        assert!(utterance >= last, "{utterance} after {last}");
        assert_eq!(counts[utterance], n, "of utterance {utterance}");
        last = utterance;
        counts[utterance] += 1;
    }
    let mut finished = 0;
    for (utterance, count) in utterances.iter().zip(counts) {
        let report = utterance.report().unwrap();
        assert_eq!(report.heard_frames, count as u64, "{report:?}");
        if report.outcome == Outcome::Finished {
            assert_eq!(report.heard_frames, report.written_frames);
            finished += 1;
        }
    }
    assert!(finished > UTTERANCES / 20, "only {finished} were finished");
}
