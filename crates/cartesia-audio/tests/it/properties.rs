//! Whatever is done, in whatever order: every sample is heard once and in order, or given up, or still
//! to come.

use std::collections::HashMap;
use std::time::Duration;

use cartesia_audio::{OfflineOptions, Outcome, Player, Utterance};
use proptest::prelude::*;

use crate::support::{FLOAT, RATE, bytes, exact, ms};

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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each writer waits while there is no room for it, as `write` does; none waits for ever.
    #[test]
    fn any_number_of_writers_comes_to_its_end(
        writers in proptest::collection::vec(
            proptest::collection::vec(1..9_000_usize, 0..6),
            1..9,
        ),
        order in proptest::collection::vec(any::<prop::sample::Index>(), 1..16),
        queue in 1..400_u64,
        prebuffer in prop_oneof![Just(0_u64), 1..600_u64],
    ) {
        let options = exact()
            .queue(Duration::from_millis(queue))
            .prebuffer(Duration::from_millis(prebuffer));
        let (player, mut output) = Player::offline(options).unwrap();
        let utterances: Vec<_> = writers.iter().map(|_| player.utterance(FLOAT).unwrap()).collect();
        let total: usize = writers.iter().flatten().sum();
        let mut left: Vec<_> = writers.iter().map(|pieces| pieces.iter()).collect();
        let mut due: Vec<_> = left.iter_mut().map(Iterator::next).collect();
        let audio = bytes(&vec![0.5; 9_000]);
        // The order in which the writers get their turn, again and again, and then all of them.
        let mut frames = 0;
        let mut turns = order.iter().map(|index| index.index(writers.len())).collect::<Vec<_>>();
        turns.extend((0..writers.len()).rev());
        while utterances.iter().any(|utterance| utterance.report().is_none()) {
            for turn in &turns {
                let Some(piece) = due[*turn] else {
                    utterances[*turn].finish();
                    continue;
                };
                if utterances[*turn].try_write(&audio[..4 * *piece]).unwrap() {
                    due[*turn] = left[*turn].next();
                }
            }
            output.step(2_400);
            frames += 2_400;
            // Real time, and for each utterance and piece a turn and what is collected first.
            let limit = total + (writers.len() * 7 + 2) * (2_400 + ms(600));
            prop_assert!(frames < limit, "somebody waits for ever: {:?}", due);
        }
        for (utterance, pieces) in utterances.iter().zip(&writers) {
            let written: usize = pieces.iter().sum();
            prop_assert_eq!(utterance.report().unwrap().heard_frames, written as u64);
        }
    }
}

/// What can be done to audio that is one constant level: whatever is not a fade is a step then.
#[derive(Debug, Clone)]
enum Touch {
    Begin,
    Write { samples: usize },
    Finish,
    Cancel,
    Interrupt,
    Pause,
    Resume,
    Volume(u8),
    Mute(bool),
    Step { frames: usize },
}

fn touch() -> impl Strategy<Value = Touch> {
    prop_oneof![
        2 => Just(Touch::Begin),
        6 => (1..8_000_usize).prop_map(|samples| Touch::Write { samples }),
        1 => Just(Touch::Finish),
        1 => Just(Touch::Cancel),
        1 => Just(Touch::Interrupt),
        1 => Just(Touch::Pause),
        2 => Just(Touch::Resume),
        1 => (0..10_u8).prop_map(Touch::Volume),
        1 => any::<bool>().prop_map(Touch::Mute),
        10 => (1..4_000_usize).prop_map(|frames| Touch::Step { frames }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_steps_further_than_a_fade_does(
        touches in proptest::collection::vec(touch(), 1..80),
        period in 16..1_500_usize,
    ) {
        const LEVEL: f32 = 0.5;
        let options = OfflineOptions::new(RATE).period(period).prebuffer(Duration::ZERO);
        let (player, mut output) = Player::offline(options).unwrap();
        let mut current = player.utterance(FLOAT).unwrap();
        for touch in touches {
            match touch {
                Touch::Begin => current = player.utterance(FLOAT).unwrap(),
                Touch::Write { samples } => {
                    let _ = current.try_write(&bytes(&vec![LEVEL; samples]));
                }
                Touch::Finish => current.finish(),
                Touch::Cancel => current.cancel(),
                Touch::Interrupt => drop(player.interrupt()),
                Touch::Pause => player.pause(),
                Touch::Resume => player.resume(),
                Touch::Volume(tenths) => player.set_volume(f32::from(tenths) / 10.0),
                Touch::Mute(muted) => player.set_muted(muted),
                Touch::Step { frames } => drop(output.step(frames).len()),
            }
        }
        // A fade of 5 ms, and the volume at half its speed.
        let limit = 1.02 * LEVEL * (1.0 / ms(5) as f32 + 1.0 / ms(10) as f32);
        let heard = output.take();
        for (n, pair) in heard.windows(2).enumerate() {
            let step = (pair[1] - pair[0]).abs();
            prop_assert!(step <= limit, "{} at {}", step, n);
        }
    }
}
