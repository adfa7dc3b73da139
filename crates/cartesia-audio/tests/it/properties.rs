//! Whatever is done, in whatever order: every sample is heard once and in order, or given up, or still
//! to come.

use std::collections::HashMap;

use cartesia_audio::{Outcome, Player, Utterance};
use proptest::prelude::*;

use crate::support::{FLOAT, RATE, bytes, exact};

/// Sample `n` of utterance `u`: no two are alike, none is silence.
fn sample(utterance: usize, n: usize) -> f32 {
    (utterance * 40_000 + n + 1) as f32 / 16_777_216.0
}

fn identify(sample: f32) -> (usize, usize) {
    let number = (sample * 16_777_216.0) as usize - 1;
    (number / 40_000, number % 40_000)
}

#[derive(Debug, Clone)]
enum Action {
    Begin,
    Write { which: usize, samples: usize },
    Finish { which: usize },
    Cancel { which: usize },
    Interrupt,
    Pause,
    Resume,
    Step { frames: usize },
    Restore,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => Just(Action::Begin),
        8 => (0..8_usize, 1..6_000_usize).prop_map(|(which, samples)| Action::Write { which, samples }),
        3 => (0..8_usize).prop_map(|which| Action::Finish { which }),
        1 => (0..8_usize).prop_map(|which| Action::Cancel { which }),
        1 => Just(Action::Interrupt),
        1 => Just(Action::Pause),
        2 => Just(Action::Resume),
        8 => (1..9_000_usize).prop_map(|frames| Action::Step { frames }),
        1 => Just(Action::Restore),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn heard_and_given_up_and_pending_are_what_was_written(
        actions in proptest::collection::vec(action(), 1..60),
        period in prop_oneof![Just(1_usize), 50..2_000_usize],
    ) {
        let period = if period == 1 { 37 } else { period };
        let (player, mut output) = Player::offline(exact().period(period)).unwrap();
        let mut utterances: Vec<(Utterance, usize)> = Vec::new();
        let mut heard = Vec::new();
        for action in actions {
            match action {
                Action::Begin if utterances.len() < 8 => {
                    utterances.push((player.utterance(FLOAT).unwrap(), 0));
                }
                Action::Write { which, samples } => {
                    if let Some((utterance, written)) = utterances.get_mut(which) {
                        let samples = samples.min(39_999 - *written);
                        let audio: Vec<f32> =
                            (*written..*written + samples).map(|n| sample(which, n)).collect();
                        if utterance.try_write(&bytes(&audio)).is_ok_and(|taken| taken) {
                            *written += samples;
                        }
                    }
                }
                Action::Finish { which } => {
                    if let Some((utterance, _)) = utterances.get(which) {
                        utterance.finish();
                    }
                }
                Action::Cancel { which } => {
                    if let Some((utterance, _)) = utterances.get(which) {
                        utterance.cancel();
                    }
                }
                Action::Interrupt => drop(player.interrupt()),
                Action::Pause => player.pause(),
                Action::Resume => player.resume(),
                Action::Step { frames } => heard.extend_from_slice(output.step(frames)),
                Action::Restore => output.restore_device(RATE, 1).unwrap(),
                Action::Begin => {}
            }
        }
        // To the end of what there is.
        player.resume();
        for (utterance, _) in &utterances {
            utterance.finish();
        }
        for _ in 0..2_000 {
            if utterances.iter().all(|(utterance, _)| utterance.report().is_some()) {
                break;
            }
            heard.extend_from_slice(output.step(1_000));
        }

        // In order, and none twice.
        let mut counts: HashMap<usize, usize> = HashMap::new();
        let mut last = 0;
        for sample in heard.into_iter().filter(|sample| *sample != 0.0) {
            let (utterance, n) = identify(sample);
            prop_assert!(utterance >= last, "utterance {} after {}", utterance, last);
            last = utterance;
            let count = counts.entry(utterance).or_default();
            prop_assert_eq!(*count, n, "of utterance {}", utterance);
            *count += 1;
        }
        for (index, (utterance, written)) in utterances.iter().enumerate() {
            let Some(report) = utterance.report() else {
                return Err(TestCaseError::fail(format!("utterance {index} never ended")));
            };
            let count = counts.get(&index).copied().unwrap_or(0);
            prop_assert_eq!(report.written_frames, *written as u64);
            prop_assert_eq!(report.heard_frames, count as u64, "of utterance {}: {:?}", index, report);
            if report.outcome == Outcome::Finished {
                prop_assert_eq!(report.heard_frames, report.written_frames);
            }
        }
    }
}
