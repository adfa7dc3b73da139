//! Waiting for enough audio, and what happens without it.

use std::time::Duration;

use cartesia_audio::{Event, OfflineOptions, Player, SilenceCause};

use crate::support::{FLOAT, RATE, assert_same, bytes, exact, ms, noise, sounding};

fn prebuffered(millis: u64) -> OfflineOptions {
    exact().prebuffer(Duration::from_millis(millis))
}

#[test]
fn playback_starts_with_enough_audio_or_the_whole_utterance() {
    let (player, mut output) = Player::offline(prebuffered(60)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(600, ms(59)))).unwrap();
    assert!(sounding(output.step(ms(100))).is_empty());
    utterance.try_write(&bytes(&noise(601, ms(1)))).unwrap();
    assert_eq!(sounding(output.step(ms(100))).len(), ms(60));
    utterance.finish();

    let short = player.utterance(FLOAT).unwrap();
    short.try_write(&bytes(&noise(602, ms(10)))).unwrap();
    assert!(sounding(output.step(ms(100))).is_empty());
    short.finish();
    assert_eq!(sounding(output.step(ms(100))).len(), ms(10));
}

#[test]
fn more_than_the_ring_holds_can_be_waited_for() {
    let (player, mut output) = Player::offline(prebuffered(1_000)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    let signal = noise(610, ms(1_000));
    utterance.try_write(&bytes(&signal[..ms(999)])).unwrap();
    assert!(sounding(output.step(ms(100))).is_empty());
    utterance.try_write(&bytes(&signal[ms(999)..])).unwrap();
    assert_same(output.step(ms(1_000)), &signal);
}

#[test]
fn an_underrun_is_counted_once_and_more_is_collected_afterwards() {
    let (player, mut output) = Player::offline(prebuffered(60)).unwrap();
    let mut events = player.events();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(620, ms(100)))).unwrap();
    output.step(ms(150));
    assert_eq!(player.playhead().underruns, 1);
    assert_eq!(player.playhead().silence.network, Duration::from_millis(50));
    assert_eq!(player.playhead().prebuffer, Duration::from_millis(120));

    // Less than that is not played yet, and is the same episode.
    utterance.try_write(&bytes(&noise(621, ms(119)))).unwrap();
    assert!(sounding(output.step(ms(50))).is_empty());
    utterance.try_write(&bytes(&noise(622, ms(1)))).unwrap();
    assert_eq!(sounding(output.step(ms(120))).len(), ms(120));
    utterance.finish();
    output.run_until_idle();
    let report = utterance.report().unwrap();
    assert_eq!(
        (report.underruns, report.silence.network),
        (1, Duration::from_millis(100))
    );
    let underruns = std::iter::from_fn(|| events.try_next_event())
        .filter(|event| matches!(event, Event::Underrun { .. }))
        .count();
    assert_eq!(underruns, 1);
}

/// Everything was written in time, and did not reach the device.
#[test]
fn silence_that_the_player_itself_makes_is_not_blamed_on_the_network() {
    let (player, mut output) = Player::offline(prebuffered(60)).unwrap();
    let mut events = player.events();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(623, ms(1_000)))).unwrap();
    utterance.finish();
    output.step(ms(300));
    // The device asks while the feeder does not get the processor: the ring holds 200 ms.
    output.render(&mut vec![0.0; ms(260)]);
    output.run_until_idle();
    let report = utterance.report().unwrap();
    assert_eq!(report.underruns, 1);
    assert_eq!(report.silence.feeder, Duration::from_millis(60));
    assert_eq!(report.silence.network, Duration::ZERO);
    assert_eq!(report.heard_frames, ms(1_000) as u64);
    let cause = std::iter::from_fn(|| events.try_next_event()).find_map(|event| match event {
        Event::Underrun { cause, .. } => Some(cause),
        _ => None,
    });
    assert_eq!(cause, Some(SilenceCause::Feeder));
}

#[test]
fn silence_after_the_end_is_no_underrun() {
    let (player, mut output) = Player::offline(prebuffered(60)).unwrap();
    for seed in 0..3 {
        let utterance = player.utterance(FLOAT).unwrap();
        utterance
            .try_write(&bytes(&noise(630 + seed, ms(100))))
            .unwrap();
        utterance.finish();
        output.step(ms(500));
        assert_eq!(utterance.report().unwrap().underruns, 0);
    }
    assert_eq!(player.playhead().underruns, 0);
}

#[test]
fn jitter_below_the_prebuffer_is_not_heard() {
    // Pieces of 20 ms that come up to 40 ms late.
    let (player, mut output) = Player::offline(prebuffered(60)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    let signal = noise(640, ms(2_000));
    let late = [0, 13, 40, 7, 29, 0, 38, 21, 3, 40];
    let mut pieces = signal.chunks(ms(20)).enumerate().peekable();
    for now in 0..2_100 {
        while let Some((index, piece)) = pieces.peek() {
            if index * 20 + late[index % late.len()] > now {
                break;
            }
            utterance.try_write(&bytes(piece)).unwrap();
            pieces.next();
        }
        if pieces.peek().is_none() {
            utterance.finish();
        }
        output.step(ms(1));
    }
    output.run_until_idle();
    assert_eq!(utterance.report().unwrap().underruns, 0);
    let heard = output.take();
    let start = heard.iter().position(|sample| *sample != 0.0).unwrap();
    assert_same(&heard[start..start + signal.len()], &signal);
}

#[test]
fn half_a_minute_without_an_underrun_is_forgiven() {
    let (player, mut output) = Player::offline(prebuffered(60).keep(false)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(650, ms(60)))).unwrap();
    output.step(ms(100));
    assert_eq!(player.playhead().prebuffer, Duration::from_millis(120));
    let second = bytes(&noise(651, RATE as usize));
    for _ in 0..31 {
        utterance.try_write(&second).unwrap();
        output.step(RATE as usize);
    }
    assert_eq!(player.playhead().prebuffer, Duration::from_millis(60));
}

#[test]
fn a_queue_smaller_than_what_is_waited_for_still_plays() {
    let options = prebuffered(500).queue(Duration::from_millis(100));
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(660, ms(100)))).unwrap();
    assert!(!utterance.try_write(&[0; 4]).unwrap());
    assert_eq!(sounding(output.step(ms(100))).len(), ms(100));
}
