//! What is played, as a recording.

use std::time::Duration;

use cartesia_audio::{
    AudioChunk, CaptureFormat, OfflineOptions, OfflineOutput, Player, Recorder, SourceFormat,
};
use cartesia_types::{ErrorKind, RawEncoding, pcm};

const RATE: u32 = 16_000;

fn stage(options: OfflineOptions) -> (Player, OfflineOutput, Recorder) {
    let (player, output) = Player::offline(options).unwrap();
    let format = CaptureFormat::new(RawEncoding::PcmF32Le, RATE);
    let recorder = player
        .loopback(
            &Recorder::builder()
                .format(format)
                .chunk(Duration::from_millis(10)),
        )
        .unwrap();
    (player, output, recorder)
}

/// Says a ramp: no two samples are the same.
fn say(player: &Player, frames: u16) {
    let format = SourceFormat::new(RawEncoding::PcmS16Le, RATE, 1);
    let utterance = player.utterance(format).unwrap();
    let samples: Vec<u8> = (1..=frames).flat_map(u16::to_le_bytes).collect();
    utterance.try_write(&samples).unwrap();
    utterance.finish();
}

fn chunks(recorder: &mut Recorder) -> Vec<AudioChunk> {
    std::iter::from_fn(|| recorder.try_next_chunk()).collect()
}

fn samples(chunks: &[AudioChunk]) -> Vec<f32> {
    let mut samples = Vec::new();
    for chunk in chunks {
        pcm::decode_f32(RawEncoding::PcmF32Le, &chunk.data, &mut samples);
    }
    samples
}

#[test]
fn every_sample_that_is_played_is_recorded_with_its_time() {
    let latency = Duration::from_millis(30);
    let (player, mut output, mut recorder) = stage(OfflineOptions::new(RATE).latency(latency));
    output.step(320);
    say(&player, 4_000);
    output.step(1_600);
    player.set_volume(0.5);
    output.step(1_600);
    let _ = player.interrupt();
    output.step(800);
    let chunks = chunks(&mut recorder);
    // Silence, fades and the volume are what left the speaker.
    assert_eq!(samples(&chunks), output.take());
    for (index, chunk) in (0_u32..).zip(&chunks) {
        assert_eq!(chunk.first_frame, u64::from(index) * 160);
        assert_eq!(chunk.captured, latency + Duration::from_millis(10) * index);
    }
    assert_eq!(recorder.stats(), cartesia_audio::RecorderStats::default());
}

#[test]
fn it_goes_on_with_another_device_at_another_rate() {
    let (player, mut output, mut recorder) = stage(OfflineOptions::new(RATE));
    say(&player, 8_000);
    output.step(1_600);
    output.lose_device();
    output.stall(Duration::from_millis(500));
    output.restore_device(48_000, 2).unwrap();
    output.step(4_800);
    let _ = player.interrupt();
    output.step(480);
    drop(player);
    let chunks = chunks(&mut recorder);
    let total: usize = samples(&chunks).len();
    // 100 ms, and 110 ms of the other device; a conversion may hold back a little until its end.
    assert!((3_300..=3_400).contains(&total), "{total}");
    let last = chunks.last().unwrap();
    // Frames jump over the time without a device.
    assert!(
        (u64::from(RATE) * 6 / 10..u64::from(RATE) * 8 / 10).contains(&last.first_frame),
        "{last:?}"
    );
    assert!(
        recorder.next_chunk_blocking().is_none(),
        "it ends with the player"
    );
}

#[test]
fn one_at_a_time_and_only_while_it_is_wanted() {
    let (player, mut output, mut first) = stage(OfflineOptions::new(RATE));
    output.step(160);
    let mut second = player.loopback(&Recorder::builder()).unwrap();
    assert!(first.try_next_chunk().is_some());
    assert!(first.next_chunk_blocking().is_none());
    output.step(320);
    assert_eq!(second.try_next_chunk().unwrap().data.len(), 640);
    second.stop();
    output.step(320);
    assert!(second.next_chunk_blocking().is_none());
    let third = player.loopback(&Recorder::builder()).unwrap();
    drop(third);
    output.step(320);
    let format = CaptureFormat::new(RawEncoding::PcmF32Le, 1);
    let error = player
        .loopback(&Recorder::builder().format(format))
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
}
