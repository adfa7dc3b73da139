//! Barge-in: silence at once, and what was heard. And taking out one utterance of many.

use std::time::Duration;

use cartesia_audio::{Interruption, OfflineOptions, Outcome, Pace, Player};

use crate::support::{FLOAT, RATE, assert_same, bytes, exact, ms, noise, sounding, trim, within};

#[test]
fn silence_comes_after_one_fade() {
    let (player, mut output) = Player::offline(OfflineOptions::new(RATE)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&vec![0.5; ms(2_000)])).unwrap();
    output.step(ms(500));
    let interruption = player.interrupt();
    assert!(
        interruption.try_heard().is_none(),
        "the device decides where it stops"
    );
    let heard = output.step(ms(10)).to_vec();
    assert!(heard[0] > 0.49 && heard[ms(5) - 1] > 0.0);
    assert!(heard[ms(5)..].iter().all(|sample| *sample == 0.0));

    let result = interruption.try_heard().unwrap();
    assert_eq!(result.heard(), Duration::from_millis(505));
    assert_eq!(result.unheard(), Duration::from_millis(1_495));
    let report = utterance.report().unwrap();
    assert_eq!(report.outcome, Outcome::Interrupted);
    assert_eq!(report.heard_frames, ms(505) as u64);
    assert_eq!(report.underruns, 0);
    assert_eq!(result.utterances, [report]);
    assert_eq!(player.playhead().queued, Duration::ZERO);
    assert_eq!(player.playhead().heard, Duration::from_millis(505));
}

#[test]
fn what_is_written_afterwards_is_never_touched() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    for seed in 0..20 {
        let old = player.utterance(FLOAT).unwrap();
        old.try_write(&bytes(&noise(100 + seed, ms(300)))).unwrap();
        output.step(ms(50) + seed as usize * 97);
        output.take();
        let interruption = player.interrupt();
        let new = player.utterance(FLOAT).unwrap();
        let signal = noise(200 + seed, ms(20) + seed as usize);
        new.try_write(&bytes(&signal)).unwrap();
        new.finish();
        output.run_until_idle();
        assert_same(trim(&output.take()), &signal);
        assert_eq!(interruption.try_heard().unwrap().utterances.len(), 1);
        assert_eq!(new.report().unwrap().outcome, Outcome::Finished);
    }
    assert_eq!(player.playhead().underruns, 0);
}

#[test]
fn everything_that_waits_is_reported_in_order() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterances: Vec<_> = (0..3)
        .map(|seed| {
            let utterance = player.utterance(FLOAT).unwrap();
            utterance
                .try_write(&bytes(&noise(300 + seed, ms(100))))
                .unwrap();
            utterance.finish();
            utterance
        })
        .collect();
    output.step(ms(130));
    let interruption = player.interrupt();
    output.step(ms(10));
    let reports = interruption.try_heard().unwrap().utterances;
    let heard: Vec<_> = reports
        .iter()
        .map(|report| report.heard.as_millis())
        .collect();
    // The first was over; the second had 30 ms.
    assert_eq!(heard, [30, 0]);
    assert_eq!(reports[0].utterance, utterances[1].id());
    assert_eq!(utterances[0].report().unwrap().outcome, Outcome::Finished);
    assert!(
        player
            .interrupt()
            .try_heard()
            .unwrap()
            .utterances
            .is_empty()
    );
}

#[test]
fn what_is_on_its_way_to_the_speaker_counts_as_heard() {
    let options = exact().latency(Duration::from_millis(40));
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(310, ms(500)))).unwrap();
    output.step(ms(100));
    assert_eq!(utterance.position().heard, Duration::from_millis(60));
    let interruption = player.interrupt();
    output.step(ms(30));
    assert_eq!(utterance.position().heard, Duration::from_millis(90));
    assert!(
        interruption.try_heard().is_none(),
        "it is still to be heard"
    );
    output.step(ms(10));
    assert_eq!(
        interruption.try_heard().unwrap().heard(),
        Duration::from_millis(100)
    );
}

/// How what plays is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stop {
    Interrupt,
    /// While audio is missing.
    InterruptStarving,
    Cancel,
    /// By its own end, in full sound.
    End,
}

/// A program that ends as soon as it is told cuts nothing off: what it is told about has left the speaker.
#[test]
fn the_answer_comes_when_the_last_of_the_fade_has_left_the_speaker() {
    let stops = [
        Stop::Interrupt,
        Stop::InterruptStarving,
        Stop::Cancel,
        Stop::End,
    ];
    for stop in stops {
        for latency in [0, 7, 40, 200] {
            for fade in [0, 5, 30] {
                for period in [64, 480, 1_920] {
                    let case = format!("{stop:?} latency={latency} fade={fade} period={period}");
                    check_stop(stop, latency, fade, period, &case);
                }
            }
        }
    }
}

fn check_stop(stop: Stop, latency: usize, fade: usize, period: usize, case: &str) {
    let millis = |n: usize| Duration::from_millis(n as u64);
    let options = OfflineOptions::new(RATE)
        .prebuffer(Duration::ZERO)
        .latency(millis(latency))
        .fade(millis(fade))
        .period(period);
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    let length = match stop {
        Stop::Interrupt | Stop::Cancel => 1_000,
        Stop::InterruptStarving | Stop::End => 100,
    };
    utterance.try_write(&bytes(&vec![0.9; ms(length)])).unwrap();
    if stop == Stop::End {
        utterance.finish();
    }
    // In the middle of a buffer, too.
    output.step(ms(100) + 13);
    let interruption = match stop {
        Stop::Interrupt | Stop::InterruptStarving => Some(player.interrupt()),
        Stop::Cancel => {
            utterance.cancel();
            None
        }
        Stop::End => None,
    };
    let mut frames = ms(100) + 13;
    let over = |interruption: &Option<Interruption>| match interruption {
        Some(interruption) => interruption.try_heard().is_some(),
        None => utterance.report().is_some(),
    };
    while !over(&interruption) {
        output.step(period.min(64));
        frames += period.min(64);
        assert!(frames < ms(2_000), "{case}: it never comes");
    }
    let heard = output.take();
    let last = heard.iter().rposition(|sample| *sample != 0.0).unwrap();
    let left = last + 1 + ms(latency);
    assert!(
        frames >= left,
        "{case}: reported {} frames early",
        left - frames
    );
    assert!(
        frames - left <= 64 + 64 + ms(1),
        "{case}: {} frames late",
        frames - left
    );
    output.step(ms(300));
    assert!(
        sounding(&output.take()).is_empty(),
        "{case}: it sounds again"
    );
    let report = utterance.report().unwrap();
    let sounded = if stop == Stop::End || stop == Stop::InterruptStarving {
        ms(100)
    } else {
        last + 1
    };
    assert_eq!(report.heard_frames, sounded as u64, "{case}");
}

#[test]
fn a_paused_player_can_be_interrupted() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(320, ms(500)))).unwrap();
    output.step(ms(100));
    player.pause();
    output.step(ms(100));
    let interruption = player.interrupt();
    output.step(ms(10));
    assert_eq!(
        interruption.try_heard().unwrap().heard(),
        Duration::from_millis(100)
    );
    let next = player.utterance(FLOAT).unwrap();
    let signal = noise(321, ms(50));
    next.try_write(&bytes(&signal)).unwrap();
    next.finish();
    output.take();
    player.resume();
    output.run_until_idle();
    assert_same(trim(&output.take()), &signal);
}

#[test]
fn without_a_device_an_interruption_is_over_at_once() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(330, ms(500)))).unwrap();
    output.step(ms(100));
    output.lose_device();
    let heard = player.interrupt().try_heard().unwrap();
    assert_eq!(heard.heard(), Duration::from_millis(100));

    // And one that was running when the device went ends with it.
    output.restore_device(RATE, 1).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(331, ms(500)))).unwrap();
    output.step(ms(100));
    let interruption = player.interrupt();
    output.lose_device();
    assert_eq!(
        interruption.try_heard().unwrap().heard(),
        Duration::from_millis(100)
    );
}

#[test]
fn waiting_for_an_interruption_works_in_tasks_and_threads() {
    let (player, output) = Player::offline(OfflineOptions::new(RATE)).unwrap();
    let _running = output.run(Pace::RealTime).unwrap();
    for _ in 0..2 {
        let utterance = player.utterance(FLOAT).unwrap();
        let heard = within(async {
            utterance
                .write(&bytes(&noise(340, ms(1_000))))
                .await
                .unwrap();
            player.interrupt().heard().await
        });
        assert_eq!(heard.utterances.len(), 1);
        assert!(heard.heard() < Duration::from_secs(1));
        let _ = player.utterance(FLOAT).unwrap();
        assert!(player.interrupt().heard_blocking().utterances.len() <= 1);
    }
}

#[test]
fn one_of_a_queue_is_taken_out_without_a_trace() {
    // Before it is in the ring, in the ring, and as the one that plays.
    for (before, victim) in [
        (ms(10), 2),
        (ms(10), 1),
        (ms(150), 1),
        (ms(130), 0),
        (ms(90), 0),
    ] {
        let (player, mut output) = Player::offline(exact()).unwrap();
        let parts: Vec<_> = (0..4).map(|seed| noise(400 + seed, ms(100))).collect();
        let utterances: Vec<_> = parts
            .iter()
            .map(|part| {
                let utterance = player.utterance(FLOAT).unwrap();
                utterance.try_write(&bytes(part)).unwrap();
                utterance.finish();
                utterance
            })
            .collect();
        let heard_before = output.step(before).to_vec();
        assert_same(&heard_before, &parts.concat()[..before]);
        utterances[victim].cancel();
        utterances[victim].cancel();
        output.run_until_idle();
        let report = utterances[victim].report().unwrap();
        let part_of_victim = before.saturating_sub(victim * ms(100)).min(ms(100));
        assert_eq!(report.heard_frames as usize, part_of_victim);
        let mut expected = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let kept = if index == victim {
                part_of_victim
            } else {
                part.len()
            };
            expected.extend_from_slice(&part[..kept]);
        }
        assert_same(&sounding(&output.take()), &expected);
        for (index, utterance) in utterances.iter().enumerate() {
            let outcome = utterance.report().unwrap().outcome;
            let whole = index != victim || part_of_victim == ms(100);
            let expected = if whole {
                Outcome::Finished
            } else {
                Outcome::Cancelled
            };
            assert_eq!(outcome, expected, "{index} of {victim} at {before}");
        }
        assert_eq!(player.playhead().underruns, 0);
    }
}

#[test]
fn several_can_be_taken_out_in_any_order() {
    let orders: [&[usize]; 6] = [
        &[1, 3],
        &[3, 1],
        &[0, 2],
        &[2, 0],
        &[4, 2, 0],
        &[1, 2, 0, 3],
    ];
    for order in orders {
        let (player, mut output) = Player::offline(exact()).unwrap();
        let parts: Vec<_> = (0..6).map(|seed| noise(500 + seed, ms(30))).collect();
        let utterances: Vec<_> = parts
            .iter()
            .map(|part| {
                let utterance = player.utterance(FLOAT).unwrap();
                utterance.try_write(&bytes(part)).unwrap();
                utterance.finish();
                utterance
            })
            .collect();
        output.step(ms(10));
        for victim in order {
            utterances[*victim].cancel();
        }
        output.run_until_idle();
        let mut expected = Vec::new();
        for (index, part) in parts.iter().enumerate() {
            let victim = order.contains(&index);
            let kept = if !victim {
                part.len()
            } else if index == 0 {
                ms(10)
            } else {
                0
            };
            expected.extend_from_slice(&part[..kept]);
        }
        assert_same(&sounding(&output.take()), &expected);
        assert!(
            utterances
                .iter()
                .all(|utterance| utterance.report().is_some()),
            "{order:?}"
        );
    }
}
