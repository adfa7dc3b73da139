//! Pause, volume and mute.

use std::time::Duration;

use cartesia_audio::{OfflineOptions, Player};

use crate::support::{FLOAT, RATE, assert_same, bytes, exact, largest_step, ms, noise, sine, trim};

#[test]
fn a_pause_loses_nothing_and_is_no_underrun() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let signal = noise(30, ms(400));
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&signal)).unwrap();
    let mut heard = output.step(ms(100)).to_vec();
    for _ in 0..3 {
        player.pause();
        assert!(player.is_paused());
        assert!(output.step(ms(500)).iter().all(|sample| *sample == 0.0));
        player.resume();
        heard.extend_from_slice(output.step(ms(50)));
    }
    utterance.finish();
    output.run_until_idle();
    heard.extend_from_slice(&output.take()[ms(100) + 3 * ms(550)..]);
    assert_same(trim(&heard), &signal);
    assert_eq!(utterance.report().unwrap().underruns, 0);
}

#[test]
fn the_playhead_stands_still_in_a_pause() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(31, ms(400)))).unwrap();
    output.step(ms(100));
    player.pause();
    output.step(ms(300));
    assert_eq!(utterance.position().heard, Duration::from_millis(100));
    assert_eq!(player.playhead().heard, Duration::from_millis(100));
    assert_eq!(player.playhead().queued, Duration::from_millis(300));
}

#[test]
fn nothing_clicks() {
    // The steepest slope of the tone, and a fade of 5 ms over its full height.
    let hertz = 200.0;
    let slope = 0.8 * hertz * std::f32::consts::TAU / RATE as f32;
    let limit = slope + 1.0 / ms(5) as f32 + 1e-4;
    let (player, mut output) = Player::offline(OfflineOptions::new(RATE)).unwrap();
    // Starts and ends where the tone is loud.
    let tone = sine(hertz, RATE, ms(1_000) + 60)[60..].to_vec();
    let first = player.utterance(FLOAT).unwrap();
    first.try_write(&bytes(&tone)).unwrap();
    output.step(ms(103));
    player.pause();
    output.step(ms(57));
    player.resume();
    output.step(ms(101));
    player.set_volume(0.25);
    output.step(ms(50));
    player.set_muted(true);
    output.step(ms(50));
    player.set_muted(false);
    player.set_volume(1.0);
    output.step(ms(70));
    let _ = player.interrupt();
    output.step(ms(40));

    // An underrun, and a tone that ends in mid-air.
    let second = player.utterance(FLOAT).unwrap();
    second.try_write(&bytes(&tone[..ms(150)])).unwrap();
    output.step(ms(300));
    second.try_write(&bytes(&tone[ms(150)..ms(400)])).unwrap();
    output.step(ms(100));
    output.restore_device(RATE, 1).unwrap();
    second.finish();
    output.run_until_idle();
    output.step(ms(20));
    let third = player.utterance(FLOAT).unwrap();
    third.try_write(&bytes(&tone)).unwrap();
    output.step(ms(77));
    third.cancel();
    output.step(ms(50));
    let fourth = player.utterance(FLOAT).unwrap();
    fourth.try_write(&bytes(&tone)).unwrap();
    output.step(ms(77));
    drop(player);
    output.step(ms(50));

    let heard = output.take();
    assert!(heard.iter().any(|sample| sample.abs() > 0.79));
    // Losing a device is the one thing that nothing can fade: it is gone.
    let lost = heard
        .windows(2)
        .filter(|pair| (pair[1] - pair[0]).abs() > limit)
        .count();
    assert!(
        lost <= 1,
        "{lost} clicks, the largest {}",
        largest_step(&heard)
    );
}

#[test]
fn volume_and_mute_are_factors_that_move_in_ramps() {
    let (player, mut output) = Player::offline(OfflineOptions::new(RATE)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&vec![0.5; ms(3_000)])).unwrap();
    output.step(ms(100));
    let mut level = |player: &Player| {
        let _ = player;
        let heard = output.step(ms(50));
        let steps = heard.windows(2).map(|pair| (pair[1] - pair[0]).abs());
        // Twice the length of a fade for the whole range of the volume's factor 1.
        assert!(steps.fold(0.0, f32::max) <= 1.02 * 0.5 / ms(10) as f32);
        *heard.last().unwrap()
    };
    assert_eq!(level(&player), 0.5);
    player.set_volume(0.5);
    assert_eq!(level(&player), 0.25);
    player.set_muted(true);
    assert_eq!((level(&player), player.is_muted()), (0.0, true));
    player.set_muted(false);
    assert_eq!(level(&player), 0.25);
    player.set_volume(100.0);
    assert_eq!((player.volume(), level(&player)), (4.0, 1.0));
    player.set_volume(f32::NAN);
    assert_eq!(player.volume(), 4.0);
    player.set_volume(-1.0);
    assert_eq!((player.volume(), level(&player)), (0.0, 0.0));
    // All of it was heard, silently or not.
    assert_eq!(utterance.position().heard, Duration::from_millis(400));
}

#[test]
fn what_is_set_before_the_sound_starts_needs_no_ramp() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    player.set_volume(0.5);
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&vec![0.5; ms(100)])).unwrap();
    assert_eq!(output.step(ms(10)), vec![0.25; ms(10)]);
}
