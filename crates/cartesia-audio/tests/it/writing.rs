//! What is written is what is heard, however it was cut.

use std::time::Duration;

use cartesia_audio::{OfflineOptions, Outcome, Pace, Player};
use cartesia_types::ErrorKind;
use tokio::time::timeout;

use crate::support::{FLOAT, RATE, assert_same, bytes, exact, ms, noise, trim, within};

#[test]
fn every_way_of_cutting_gives_the_same_samples() {
    let signal = noise(1, ms(700));
    let audio = bytes(&signal);
    for size in [1, 2, 3, 5, 7, 13, 480, 961, 4_096, 65_537, 1 << 20] {
        let (player, mut output) = Player::offline(exact()).unwrap();
        let utterance = player.utterance(FLOAT).unwrap();
        for (index, piece) in audio.chunks(size).enumerate() {
            assert!(utterance.try_write(piece).unwrap());
            if index == 1 {
                output.step(0);
            }
        }
        utterance.finish();
        output.run_until_idle();
        assert_same(trim(&output.take()), &signal);
        let report = utterance.report().unwrap();
        assert_eq!(report.outcome, Outcome::Finished);
        assert_eq!(report.heard_frames, signal.len() as u64);
        assert_eq!((report.underruns, report.incomplete_bytes), (0, 0));
    }
}

#[test]
fn every_period_of_the_device_gives_the_same_samples() {
    let signal = noise(2, ms(300));
    for period in [1, 7, 64, 480, 960, 4_800, 48_000] {
        let (player, mut output) = Player::offline(exact().period(period)).unwrap();
        let utterance = player.utterance(FLOAT).unwrap();
        utterance.try_write(&bytes(&signal)).unwrap();
        utterance.finish();
        let mut heard = Vec::new();
        while utterance.report().is_none() {
            heard.extend_from_slice(output.step(period));
            assert!(heard.len() < ms(3_000) + period);
        }
        if period <= ms(200) {
            assert_same(trim(&heard), &signal);
        } else {
            // More than the ring holds: there are holes, and nothing is lost.
            let sounding: Vec<f32> = heard.into_iter().filter(|sample| *sample != 0.0).collect();
            assert_same(&sounding, &signal);
        }
    }
}

#[test]
fn utterances_join_without_a_gap() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let parts = [
        noise(3, ms(500)),
        noise(4, 1),
        noise(5, ms(40)),
        noise(6, ms(333)),
    ];
    let utterances: Vec<_> = parts
        .iter()
        .map(|part| {
            let utterance = player.utterance(FLOAT).unwrap();
            utterance.try_write(&bytes(part)).unwrap();
            utterance.finish();
            utterance
        })
        .collect();
    output.run_until_idle();
    assert_same(trim(&output.take()), &parts.concat());
    for (utterance, part) in utterances.iter().zip(&parts) {
        assert_eq!(utterance.report().unwrap().heard_frames, part.len() as u64);
    }
    assert_eq!(player.playhead().underruns, 0);
}

#[test]
fn the_next_utterance_waits_until_the_first_is_finished() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let (a, b) = (noise(7, ms(100)), noise(8, ms(100)));
    let first = player.utterance(FLOAT).unwrap();
    let second = player.utterance(FLOAT).unwrap();
    second.try_write(&bytes(&b)).unwrap();
    second.finish();
    first.try_write(&bytes(&a[..ms(50)])).unwrap();
    output.step(ms(50));
    output.step(ms(200));
    assert_eq!(second.position().heard_frames, 0);
    first.try_write(&bytes(&a[ms(50)..])).unwrap();
    first.finish();
    output.run_until_idle();
    let sounding: Vec<f32> = output.take().into_iter().filter(|s| *s != 0.0).collect();
    assert_same(&sounding, &[a, b].concat());
}

#[test]
fn an_utterance_without_audio_ends_at_once() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let empty = player.utterance(FLOAT).unwrap();
    let dropped = player.utterance(FLOAT).unwrap();
    let id = dropped.id();
    drop(dropped);
    let last = player.utterance(FLOAT).unwrap();
    last.try_write(&bytes(&noise(9, 480))).unwrap();
    empty.finish();
    last.finish();
    assert!(id > empty.id() && id < last.id());
    output.run_until_idle();
    output.step(0);
    assert_eq!(empty.report().unwrap().outcome, Outcome::Finished);
    assert_eq!(empty.report().unwrap().heard_frames, 0);
    assert_eq!(last.report().unwrap().heard_frames, 480);
}

#[test]
fn what_was_cut_in_the_middle_of_a_sample_is_reported() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(10, 100))[..399]).unwrap();
    utterance.finish();
    output.run_until_idle();
    let report = utterance.report().unwrap();
    assert_eq!((report.heard_frames, report.incomplete_bytes), (99, 3));
}

#[test]
fn a_full_queue_holds_writers_back() {
    let options = exact().queue(Duration::from_millis(100));
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    let piece = bytes(&noise(11, ms(60)));
    assert!(utterance.try_write(&piece).unwrap());
    assert!(utterance.try_write(&piece).unwrap());
    assert!(!utterance.try_write(&piece).unwrap(), "120 ms are queued");
    assert_eq!(player.playhead().queued, Duration::from_millis(120));

    // A future that is dropped has taken nothing.
    let waiting = within(async { timeout(Duration::ZERO, utterance.write(&piece)).await });
    assert!(waiting.is_err());
    assert_eq!(player.playhead().queued, Duration::from_millis(120));

    output.step(ms(30));
    assert_eq!(player.playhead().queued, Duration::from_millis(90));
    assert!(utterance.try_write(&piece).unwrap());
}

#[test]
fn a_writer_is_woken_when_there_is_room() {
    let options = exact().queue(Duration::from_millis(100));
    let (player, output) = Player::offline(options).unwrap();
    let running = output.run(Pace::Fast).unwrap();
    let signal = noise(12, ms(3_000));
    let utterance = player.utterance(FLOAT).unwrap();
    let report = within(async {
        for piece in bytes(&signal).chunks(10_001) {
            utterance.write(piece).await.unwrap();
        }
        utterance.finished().await
    });
    assert_eq!(report.heard_frames, signal.len() as u64);
    let mut output = running.stop().unwrap();
    assert_same(trim(&output.take()), &signal);
}

#[test]
fn threads_write_and_wait_too() {
    let options = exact().queue(Duration::from_millis(100));
    let (player, output) = Player::offline(options).unwrap();
    let running = output.run(Pace::Fast).unwrap();
    let signal = noise(13, ms(1_000));
    let utterance = player.utterance(FLOAT).unwrap();
    let writer = {
        let (utterance, audio) = (utterance.clone(), bytes(&signal));
        std::thread::spawn(move || {
            for piece in audio.chunks(4_801) {
                utterance.write_blocking(piece).unwrap();
            }
            utterance.finish();
        })
    };
    assert_eq!(
        utterance.drained_blocking().heard_frames,
        signal.len() as u64
    );
    writer.join().unwrap();
    player.drained_blocking();
    assert_same(trim(&running.stop().unwrap().take()), &signal);
}

#[test]
fn real_time_is_real_time() {
    let (player, output) = Player::offline(exact().keep(true)).unwrap();
    let running = output.run(Pace::RealTime).unwrap();
    let start = std::time::Instant::now();
    let utterance = player.utterance(FLOAT).unwrap();
    let signal = noise(14, ms(300));
    let report = within(async {
        utterance.write(&bytes(&signal)).await.unwrap();
        utterance.finished().await
    });
    assert_eq!(report.heard, Duration::from_millis(300));
    assert!(start.elapsed() >= Duration::from_millis(290));
    let mut output = running.stop().unwrap();
    let sounding: Vec<f32> = output.take().into_iter().filter(|s| *s != 0.0).collect();
    assert_same(&sounding, &signal);
}

/// It may run for hours.
#[test]
fn real_time_keeps_no_audio_unless_asked() {
    for (keep, kept) in [(None, false), (Some(false), false), (Some(true), true)] {
        let options = match keep {
            Some(keep) => exact().keep(keep),
            None => exact(),
        };
        let (player, output) = Player::offline(options).unwrap();
        let running = output.run(Pace::RealTime).unwrap();
        let utterance = player.utterance(FLOAT).unwrap();
        within(async {
            utterance.write(&bytes(&noise(15, ms(30)))).await.unwrap();
            utterance.finished().await
        });
        let mut output = running.stop().unwrap();
        assert_eq!(!output.take().is_empty(), kept, "{keep:?}");
    }
}

/// The limit counts what plays before the end of an utterance: what plays later takes no room from it.
#[test]
fn the_utterance_that_plays_next_always_has_room() {
    let queue = Duration::from_millis(300);
    let (player, mut output) = Player::offline(exact().queue(queue)).unwrap();
    let silent: Vec<_> = (0..3).map(|_| player.utterance(FLOAT).unwrap()).collect();
    let last = player.utterance(FLOAT).unwrap();
    let piece = bytes(&noise(16, ms(310)));
    assert!(last.try_write(&piece).unwrap());
    assert!(!last.try_write(&piece).unwrap(), "it is full");
    for (number, utterance) in silent.iter().enumerate() {
        assert!(utterance.try_write(&piece).unwrap(), "{number}");
        // Full now; and those behind it stay so.
        assert!(!utterance.try_write(&piece).unwrap(), "{number}");
        utterance.finish();
        output.step(ms(310));
        assert_eq!(
            utterance.report().unwrap().heard,
            Duration::from_millis(310)
        );
    }
    assert_eq!(player.playhead().queued, Duration::from_millis(310));
    last.finish();
    output.run_until_idle();
    assert_eq!(last.report().unwrap().heard, Duration::from_millis(310));
}

#[test]
fn writing_where_nobody_listens_is_an_error() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let finished = player.utterance(FLOAT).unwrap();
    finished.finish();
    let error = finished.try_write(&[0; 4]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    output.run_until_idle();
    assert_eq!(
        finished.try_write(&[]).unwrap_err().kind(),
        ErrorKind::InvalidRequest
    );

    let cancelled = player.utterance(FLOAT).unwrap();
    cancelled.cancel();
    assert_eq!(
        cancelled.try_write(&[0; 4]).unwrap_err().kind(),
        ErrorKind::Cancelled
    );

    let open = player.utterance(FLOAT).unwrap();
    player.close();
    player.close();
    let error = within(open.write(&[0; 4])).unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Closed, "utterance.write")
    );
    assert_eq!(open.report().unwrap().outcome, Outcome::Closed);
    let error = player.utterance(FLOAT).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
    assert!(player.is_closed());
}

#[test]
fn the_last_handle_closes_the_player_and_utterances_do_not() {
    let (player, mut output) = Player::offline(OfflineOptions::new(RATE)).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&vec![0.5; ms(500)])).unwrap();
    output.step(ms(100));
    let clone = player.clone();
    drop(player);
    assert!(utterance.report().is_none());
    drop(clone);
    assert_eq!(utterance.report().unwrap().outcome, Outcome::Closed);
    // A fade of 5 ms, then silence for good.
    let heard = output.step(ms(20)).to_vec();
    assert!(
        heard[0] > 0.49 && heard[ms(5) - 1] > 0.0,
        "{:?}",
        &heard[..3]
    );
    assert!(heard[ms(5)..].iter().all(|sample| *sample == 0.0));
}

#[test]
fn handles_do_not_print_audio() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&[0.123_456_7; 1_000])).unwrap();
    output.step(480);
    let interruption = player.interrupt();
    let error = utterance.try_write(&[0; 4]).unwrap_err();
    let text = format!("{player:?} {utterance:?} {output:?} {interruption:?} {error:?} {error}");
    for canary in ["0.1234", "0.12345", "[0, ", "data"] {
        assert!(!text.contains(canary), "{text}");
    }
    assert!(text.contains("heard_frames: 480"), "{text}");
}

#[test]
fn handles_go_anywhere() {
    fn anywhere<T: Send + Sync + 'static>() {}
    anywhere::<Player>();
    anywhere::<cartesia_audio::Utterance>();
    anywhere::<cartesia_audio::Interruption>();
    anywhere::<cartesia_audio::Events>();
    anywhere::<cartesia_audio::RunningOutput>();
    anywhere::<cartesia_audio::Error>();
}

#[test]
fn audio_that_the_device_has_not_got_can_be_taken_back() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    let write = |value: f32, frames: usize| {
        assert!(
            utterance
                .try_write(&value.to_le_bytes().repeat(frames))
                .unwrap()
        );
    };
    write(0.25, 48_000);
    // Everything after half a second goes, and something else follows without a gap.
    assert_eq!(utterance.truncate(Duration::from_millis(500)), 24_000);
    assert_eq!(utterance.position().written_frames, 24_000);
    write(0.5, 4_800);
    output.step(4_800);
    // The device has more than that: what it has got stays.
    let left = utterance.truncate(Duration::from_millis(10));
    assert!((4_800..=24_000).contains(&left), "{left}");
    assert_eq!(utterance.position().written_frames, left);
    write(0.75, 480);
    utterance.finish();
    assert_eq!(
        utterance.truncate(Duration::ZERO),
        utterance.truncate(Duration::ZERO)
    );
    output.run_until_idle();
    let report = utterance.report().unwrap();
    assert_eq!(report.heard_frames, report.written_frames);
    assert!(report.waited.is_some());
    // It is over: nothing can be taken back.
    assert_eq!(utterance.truncate(Duration::ZERO), report.written_frames);
}
