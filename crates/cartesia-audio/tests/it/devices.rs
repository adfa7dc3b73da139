//! Devices that are lost, late, or change.

use std::time::Duration;

use cartesia_audio::{Event, OfflineOptions, Outcome, Player, SilenceCause, SourceFormat};
use cartesia_types::{ErrorKind, RawEncoding};

use crate::support::{FLOAT, RATE, assert_same, bytes, exact, ms, noise, sine, sounding, trim};

#[test]
fn nothing_is_lost_with_a_device_and_nothing_played_twice() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let mut events = player.events();
    let parts = [
        noise(700, ms(400)),
        noise(701, ms(100)),
        noise(702, ms(500)),
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
    for frames in [ms(123) + 17, ms(300), ms(60), 1] {
        output.step(frames);
        output.lose_device();
        assert!(output.step(ms(200)).iter().all(|sample| *sample == 0.0));
        output.restore_device(RATE, 1).unwrap();
    }
    output.run_until_idle();
    assert_same(&sounding(&output.take()), &parts.concat());
    for utterance in &utterances {
        let report = utterance.report().unwrap();
        assert_eq!(report.outcome, Outcome::Finished);
        assert_eq!(report.heard_frames, report.written_frames);
        assert_eq!(report.underruns, 0);
    }
    assert_eq!(utterances[0].report().unwrap().device_changes, 1);
    let playhead = player.playhead();
    assert_eq!(playhead.device_changes, 4);
    // Each device is counted in whole nanoseconds.
    assert!(Duration::from_secs(1).abs_diff(playhead.heard) < Duration::from_micros(1));

    let events: Vec<_> = std::iter::from_fn(|| events.try_next_event()).collect();
    let lost = events
        .iter()
        .filter(|event| matches!(event, Event::DeviceLost { .. }));
    assert_eq!(lost.count(), 4);
    let gaps = events.iter().filter_map(|event| match event {
        Event::DeviceChanged { gap, .. } => Some(gap.as_millis()),
        _ => None,
    });
    assert_eq!(gaps.collect::<Vec<_>>(), [200; 4]);
}

#[test]
fn what_the_lost_device_had_not_played_is_played_again() {
    let options = exact().latency(Duration::from_millis(50));
    let (player, mut output) = Player::offline(options).unwrap();
    let signal = noise(710, ms(300));
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&signal)).unwrap();
    utterance.finish();
    output.step(ms(150));
    output.restore_device(RATE, 1).unwrap();
    output.take();
    output.run_until_idle();
    // 100 of the 150 ms had left the speaker.
    assert_same(trim(&output.take()), &signal[ms(100)..]);
    assert_eq!(
        utterance.report().unwrap().heard_frames,
        signal.len() as u64
    );
}

#[test]
fn another_rate_and_more_channels_go_on_where_the_first_stopped() {
    let format = SourceFormat::new(RawEncoding::PcmF32Le, 24_000, 1);
    let signal = sine(300.0, 24_000, 24_000);
    let (player, mut output) = Player::offline(exact()).unwrap();
    let utterance = player.utterance(format).unwrap();
    utterance.try_write(&bytes(&signal)).unwrap();
    utterance.finish();
    output.step(ms(250));
    output.take();
    output.restore_device(44_100, 2).unwrap();
    assert_eq!((output.sample_rate(), output.channels()), (44_100, 2));
    output.run_until_idle();
    let heard = output.take();
    let expected = sine(300.0, 44_100, 44_100);
    let skipped = 44_100 / 4;
    for n in 2_000..30_000 {
        assert!((heard[2 * n] - expected[skipped + n]).abs() < 0.01, "{n}");
        assert_eq!(heard[2 * n].to_bits(), heard[2 * n + 1].to_bits());
    }
    assert_eq!(utterance.report().unwrap().heard_frames, 24_000);
}

#[test]
fn a_late_device_delays_and_loses_nothing() {
    let (player, mut output) = Player::offline(exact()).unwrap();
    let signal = noise(720, ms(500));
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&signal)).unwrap();
    utterance.finish();
    output.step(ms(100));
    output.stall(Duration::from_secs(3));
    assert_eq!(utterance.position().heard, Duration::from_millis(100));
    output.run_until_idle();
    assert_same(trim(&output.take()), &signal);
    let report = utterance.report().unwrap();
    assert_eq!(report.underruns, 1);
    assert_eq!(report.silence.device, Duration::from_secs(3));
    assert_eq!(report.silence.total(), report.silence.device);
}

#[test]
fn a_device_that_was_late_is_counted_only_where_it_could_be_heard() {
    let (player, mut output) = Player::offline(exact().latency(Duration::from_millis(30))).unwrap();
    let mut events = player.events();
    // Before, between and after utterances, and while it is paused.
    output.stall(Duration::from_secs(1));
    for seed in 0..2 {
        let utterance = player.utterance(FLOAT).unwrap();
        let signal = noise(721 + seed, ms(200));
        utterance.try_write(&bytes(&signal)).unwrap();
        utterance.finish();
        output.step(ms(100));
        player.pause();
        output.step(ms(20));
        output.stall(Duration::from_secs(1));
        player.resume();
        // A little late is within the error of what devices say of their latency.
        output.step(ms(20));
        output.stall(Duration::from_millis(40));
        output.step(ms(200));
        assert_eq!(utterance.report().unwrap().underruns, 0);
        output.stall(Duration::from_secs(1));
    }
    // Twice in one utterance.
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(724, ms(200)))).unwrap();
    utterance.finish();
    for late in [200, 470] {
        output.step(ms(50));
        output.stall(Duration::from_millis(late));
    }
    output.step(ms(300));
    let report = utterance.report().unwrap();
    assert_eq!(report.underruns, 2);
    assert_eq!(report.silence.device, Duration::from_millis(670));
    assert_eq!(player.playhead().silence, report.silence);
    let causes: Vec<_> = std::iter::from_fn(|| events.try_next_event())
        .filter_map(|event| match event {
            Event::Underrun { cause, .. } => Some(cause),
            _ => None,
        })
        .collect();
    assert_eq!(causes, [SilenceCause::Device; 2]);
}

#[test]
fn the_end_is_when_the_last_frame_left_the_speaker() {
    let options = exact().latency(Duration::from_millis(35));
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&noise(730, ms(100)))).unwrap();
    utterance.finish();
    output.step(ms(130));
    assert!(utterance.report().is_none(), "5 ms are on their way");
    assert_eq!(utterance.position().heard, Duration::from_millis(95));
    output.step(ms(10));
    assert_eq!(
        utterance.report().unwrap().heard,
        Duration::from_millis(100)
    );
}

#[test]
fn the_playhead_never_goes_back() {
    let options = exact().latency(Duration::from_millis(35)).period(441);
    let (player, mut output) = Player::offline(options).unwrap();
    let utterance = player.utterance(FLOAT).unwrap();
    let (mut last, mut last_of_player) = (0, Duration::ZERO);
    for step in 0..400_usize {
        if step % 7 == 0 {
            utterance.try_write(&bytes(&noise(740, 1_500))).unwrap();
        }
        match step % 97 {
            13 => player.pause(),
            17 => player.resume(),
            61 => output
                .restore_device([44_100, 48_000][step % 2], 1)
                .unwrap(),
            _ => {}
        }
        output.step(200 + step % 300);
        let (now, player_now) = (utterance.position().heard_frames, player.playhead().heard);
        assert!(now >= last && player_now >= last_of_player, "{step}");
        (last, last_of_player) = (now, player_now);
    }
    assert!(last > 10_000);
}

#[test]
fn impossible_outputs_are_refused() {
    for options in [
        OfflineOptions::new(0),
        OfflineOptions::new(999),
        OfflineOptions::new(RATE).channels(0),
        OfflineOptions::new(RATE).channels(33),
    ] {
        let error = Player::offline(options).map(|_| ()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    let (_player, mut output) = Player::offline(exact()).unwrap();
    assert!(output.restore_device(0, 1).is_err());
}

#[test]
fn a_wav_file_has_what_was_heard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("heard.wav");
    let (player, mut output) = Player::offline(exact().channels(2)).unwrap();
    let signal = noise(750, 1_000);
    let utterance = player.utterance(FLOAT).unwrap();
    utterance.try_write(&bytes(&signal)).unwrap();
    utterance.finish();
    output.run_until_idle();
    output.save_wav(&path).unwrap();
    let mut reader = hound::WavReader::open(&path).unwrap();
    assert_eq!(
        (reader.spec().channels, reader.spec().sample_rate),
        (2, RATE)
    );
    let samples: Vec<f32> = reader.samples().map(Result::unwrap).collect();
    assert_same(&samples, &output.take());
    let error = output.save_wav(folder.path()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
}

#[test]
fn the_output_is_known_and_follows_the_device() {
    let options = exact().period(441).latency(Duration::from_millis(35));
    let (player, mut output) = Player::offline(options).unwrap();
    let info = player.output().unwrap();
    assert_eq!(info.device, "offline at 48000 Hz");
    assert_eq!((info.sample_rate, info.channels), (RATE, 1));
    assert_eq!((info.buffer_frames, info.latency), (Some(441), None));
    output.step(441);
    let info = player.output().unwrap();
    assert_eq!(info.latency, Some(Duration::from_millis(35)));

    output.lose_device();
    assert_eq!(player.output(), None);
    output.restore_device(44_100, 2).unwrap();
    let info = player.output().unwrap();
    assert_eq!(info.device, "offline at 44100 Hz");
    assert_eq!((info.sample_rate, info.channels), (44_100, 2));
    assert_eq!((info.buffer_frames, info.latency), (Some(441), None));
    player.close();
    assert_eq!(player.output(), None);
}

/// Its buffer is only known from what it requests.
#[test]
fn the_buffer_of_an_external_output_is_its_largest_request() {
    let options = OfflineOptions::new(RATE).channels(2);
    let (player, mut output) = Player::external(options).unwrap();
    let info = player.output().unwrap();
    assert_eq!((info.buffer_frames, info.latency), (None, None));
    // More than what is rendered at a time for integers.
    output.render_i16(&mut vec![0; 2 * 5_000], Duration::from_millis(7));
    output.render(&mut [0.0; 2 * 100], Duration::from_millis(9));
    let info = player.output().unwrap();
    assert_eq!(info.buffer_frames, Some(5_000));
    assert_eq!(info.latency, Some(Duration::from_millis(9)));
}

/// What an interruption takes, in every phase of a buffer.
#[test]
fn silence_comes_within_the_latency_one_buffer_and_one_fade() {
    const PERIOD: usize = 1_024;
    for phase in [0, ms(1), ms(10), ms(20)] {
        let options = OfflineOptions::new(RATE)
            .period(PERIOD)
            .prebuffer(Duration::ZERO)
            .latency(Duration::from_millis(30));
        let (player, mut output) = Player::offline(options).unwrap();
        let utterance = player.utterance(FLOAT).unwrap();
        utterance.try_write(&bytes(&noise(760, ms(1_000)))).unwrap();
        output.step(PERIOD * 8);
        let mut heard = output.take();
        let mut buffer = [0.0; PERIOD];
        output.render(&mut buffer);
        heard.extend(buffer);
        // So many frames after the request of the device.
        output.stall(Duration::from_secs(phase as u64) / RATE);
        let at = utterance.position().heard_frames;
        let info = player.output().unwrap();
        let _ = player.interrupt();
        output.step(PERIOD * 4);
        heard.extend(output.take());
        let latency = FLOAT.frames_of_duration(info.latency.unwrap());
        let limit = at + latency + u64::from(info.buffer_frames.unwrap()) + ms(5) as u64;
        // All of it is needed right after a request.
        assert_eq!(limit - trim(&heard).len() as u64, phase as u64);
    }
}
