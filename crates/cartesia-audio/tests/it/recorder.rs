//! The recorder, with a microphone that the tests speak into.

use std::time::Duration;

use cartesia_audio::{AudioChunk, CaptureFormat, OfflineMicrophone, Recorder};
use cartesia_types::{ErrorKind, RawEncoding, SttEncoding};

const LIMIT: Duration = Duration::from_secs(20);

fn open(format: CaptureFormat, sample_rate: u32, channels: u16) -> (Recorder, OfflineMicrophone) {
    Recorder::builder()
        .format(format)
        .open_offline(sample_rate, channels)
        .unwrap()
}

fn all(mut recorder: Recorder) -> Vec<AudioChunk> {
    std::iter::from_fn(|| recorder.next_chunk_blocking()).collect()
}

fn joined(chunks: &[AudioChunk]) -> Vec<u8> {
    chunks
        .iter()
        .flat_map(|chunk| chunk.data.to_vec())
        .collect()
}

/// A ramp of exact 16-bit samples.
fn ramp(samples: i16) -> Vec<f32> {
    (0..samples).map(|n| f32::from(n) / 32_768.0).collect()
}

#[test]
fn at_the_rate_of_the_microphone_every_bit_comes_in_chunks_of_the_length_asked_for() {
    let format = CaptureFormat::new(RawEncoding::PcmS16Le, 16_000);
    let (recorder, mut microphone) = open(format, 16_000, 1);
    let heard = ramp(1_000);
    // Cut at will.
    for piece in heard.chunks(77) {
        microphone.hear(piece);
    }
    microphone.unplug();
    let chunks = all(recorder);
    let bytes: Vec<u8> = (0..1_000_i16).flat_map(i16::to_le_bytes).collect();
    assert_eq!(joined(&chunks), bytes);
    let lengths: Vec<usize> = chunks.iter().map(|chunk| chunk.data.len() / 2).collect();
    assert_eq!(lengths, [320, 320, 320, 40]);
    let starts: Vec<u64> = chunks.iter().map(|chunk| chunk.first_frame).collect();
    assert_eq!(starts, [0, 320, 640, 960]);
    let times: Vec<Duration> = chunks.iter().map(|chunk| chunk.captured).collect();
    assert_eq!(times, [0, 20, 40, 60].map(Duration::from_millis));
}

#[test]
fn other_rates_channels_and_encodings_are_converted() {
    for encoding in SttEncoding::ALL {
        let (recorder, mut microphone) = open(CaptureFormat::new(encoding, 16_000), 48_000, 2);
        microphone.hear(&[0.25, 0.75].repeat(48_000));
        microphone.unplug();
        let bytes = joined(&all(recorder));
        assert_eq!(
            bytes.len(),
            16_000 * encoding.bytes_per_sample(),
            "{encoding}"
        );
    }
    let stereo = CaptureFormat::new(SttEncoding::PcmF32Le, 48_000).with_channels(2);
    let (recorder, mut microphone) = open(stereo, 48_000, 1);
    microphone.hear(&[0.5; 48]);
    microphone.unplug();
    assert_eq!(joined(&all(recorder)), 0.5_f32.to_le_bytes().repeat(96));
}

#[test]
fn the_level_is_that_of_the_newest_chunk() {
    let (recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
    assert_eq!(recorder.level().peak, 0.0);
    microphone.hear(&[0.5, -0.25].repeat(160));
    let level = recorder.level();
    assert!((level.peak_decibels() + 6.02).abs() < 0.01, "{level:?}");
    assert!((level.rms - 0.395).abs() < 0.001, "{level:?}");
    microphone.hear(&[0.0; 320]);
    assert_eq!(recorder.level().rms_decibels(), f32::NEG_INFINITY);
}

#[test]
fn what_is_not_read_is_dropped_from_the_oldest_on_and_counted() {
    let (recorder, mut microphone) = Recorder::builder()
        .queue(Duration::from_millis(100))
        .open_offline(16_000, 1)
        .unwrap();
    microphone.hear(&ramp(16_000));
    microphone.unplug();
    let stats = recorder.stats();
    assert_eq!(
        (stats.overruns, stats.dropped),
        (1, Duration::from_millis(900))
    );
    let chunks = all(recorder);
    assert_eq!(chunks.len(), 5);
    assert_eq!(chunks[0].first_frame, 14_400);
    assert_eq!(chunks[0].captured, Duration::from_millis(900));
}

#[test]
fn what_a_busy_machine_loses_is_counted_and_shows_in_numbers_and_times() {
    let (recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
    microphone.hear_while_busy(&vec![0.1; 48_000]);
    microphone.hear(&[0.2; 3_200]);
    microphone.unplug();
    let stats = recorder.stats();
    assert_eq!((stats.overruns, stats.dropped), (1, Duration::from_secs(1)));
    assert_eq!((stats.gaps, stats.missing), (0, Duration::ZERO));
    let chunks = all(recorder);
    let last = chunks.last().unwrap();
    assert_eq!(last.first_frame, 48_000 + 3_200 - 320);
    assert_eq!(last.captured, Duration::from_millis(3_180));
    assert_eq!(gaps(&chunks), [(32_000, 16_000)]);
}

/// Where numbers jump: the frame that was due there, and by how much.
fn gaps(chunks: &[AudioChunk]) -> Vec<(u64, u64)> {
    let mut due = 0;
    let mut gaps = Vec::new();
    for chunk in chunks {
        if chunk.first_frame != due {
            gaps.push((due, chunk.first_frame - due));
        }
        due = chunk.first_frame + (chunk.data.len() / 2) as u64;
    }
    gaps
}

#[test]
fn what_a_device_does_not_give_is_counted_and_shows_in_the_numbers() {
    // At its own rate, and converted; in the middle of a chunk.
    for sample_rate in [16_000, 48_000] {
        let (recorder, mut microphone) = open(CaptureFormat::default(), sample_rate, 1);
        let frames = |millis: u32| vec![0.1; (sample_rate / 1_000 * millis) as usize];
        microphone.hear(&frames(110));
        microphone.lose(Duration::from_millis(400));
        microphone.hear(&frames(100));
        // Shorter than what devices are wrong by.
        microphone.lose(Duration::from_millis(20));
        microphone.hear(&frames(100));
        microphone.lose(Duration::from_secs(3));
        microphone.hear(&frames(100));
        microphone.unplug();
        let stats = recorder.stats();
        assert_eq!(stats.gaps, 2, "{stats:?}");
        let missing = stats.missing.as_millis();
        assert!((3_400..3_422).contains(&missing), "{stats:?}");
        let chunks = all(recorder);
        let gaps = gaps(&chunks);
        assert_eq!(gaps.len(), 2, "{gaps:?}");
        assert_eq!(gaps[0], (1_760, 6_400));
        assert!(gaps[1].1.abs_diff(48_000 + 320) <= 320, "{gaps:?}");
        let bytes: usize = chunks.iter().map(|chunk| chunk.data.len()).sum();
        assert_eq!(bytes, 410 * 16 * 2, "what was given is all there");
        // Numbers and times jump together.
        for chunk in &chunks[5..] {
            let due = Duration::from_nanos(chunk.first_frame * 62_500);
            assert!(
                chunk.captured.abs_diff(due) < Duration::from_millis(25),
                "{chunk:?}"
            );
        }
    }
}

#[test]
fn audio_that_comes_late_and_complete_has_no_gap() {
    let (recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
    microphone.hear(&ramp(1_600));
    microphone.hear_while_busy(&vec![0.1; 30_000]);
    microphone.hear(&ramp(1_600));
    microphone.unplug();
    let stats = recorder.stats();
    assert_eq!((stats.gaps, stats.overruns), (0, 0), "{stats:?}");
    assert!(gaps(&all(recorder)).is_empty());

    // At the very start, too.
    let (recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
    microphone.lose(Duration::from_secs(5));
    microphone.hear_while_busy(&vec![0.1; 3_200]);
    microphone.unplug();
    let chunks = all(recorder);
    assert_eq!(chunks[0].captured, Duration::from_secs(5));
    assert!(gaps(&chunks).is_empty());
}

#[test]
fn it_ends_when_it_is_stopped_after_what_was_recorded() {
    for by_handle in [false, true] {
        let (recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
        microphone.hear(&[0.1; 400]);
        if by_handle {
            recorder.stopper().stop();
        } else {
            recorder.stop();
        }
        microphone.hear(&[0.2; 400]);
        let bytes: usize = all(recorder).iter().map(|chunk| chunk.data.len()).sum();
        assert_eq!(bytes, 800, "the unfinished chunk, too, and then it is deaf");
    }
}

#[test]
fn a_reader_that_waits_is_stopped_from_another_thread() {
    let (mut recorder, microphone) = open(CaptureFormat::default(), 16_000, 1);
    let stopper = recorder.stopper();
    let stopping = std::thread::spawn(move || stopper.stop());
    assert_eq!(recorder.next_chunk_blocking(), None);
    stopping.join().unwrap();
    drop(microphone);
}

#[tokio::test]
async fn chunks_can_be_awaited_and_streamed() {
    use futures_core::Stream as _;
    let (mut recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
    assert!(recorder.try_next_chunk().is_none());
    let waiting = tokio::time::timeout(Duration::from_millis(1), recorder.next_chunk()).await;
    assert!(waiting.is_err(), "nothing was heard yet");
    let speaker = std::thread::spawn(move || microphone.hear(&ramp(640)));
    let chunk = tokio::time::timeout(LIMIT, recorder.next_chunk())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(chunk.first_frame, 0);
    let mut stream = Box::pin(recorder);
    let next = std::future::poll_fn(|context| stream.as_mut().poll_next(context));
    let chunk = tokio::time::timeout(LIMIT, next).await.unwrap().unwrap();
    assert_eq!(chunk.first_frame, 320);
    speaker.join().unwrap();
    let next = std::future::poll_fn(|context| stream.as_mut().poll_next(context));
    assert_eq!(tokio::time::timeout(LIMIT, next).await.unwrap(), None);
}

#[test]
fn impossible_formats_are_refused_and_audio_is_not_shown() {
    for format in [
        CaptureFormat::new(SttEncoding::PcmS16Le, 999),
        CaptureFormat::default().with_channels(0),
    ] {
        let error = Recorder::builder()
            .format(format)
            .open_offline(48_000, 1)
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    let (recorder, mut microphone) = open(CaptureFormat::default(), 16_000, 1);
    microphone.hear(&[0.123; 320]);
    let chunk = all({
        drop(microphone);
        recorder
    });
    let shown = format!("{chunk:?}");
    assert!(
        shown.contains("<640 bytes>") && !shown.contains("data: b"),
        "{shown}"
    );
}
