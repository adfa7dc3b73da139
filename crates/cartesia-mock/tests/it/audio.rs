//! The sound of `/tts/bytes`.

use cartesia_mock::{MockServer, pitch};
use cartesia_types::{RawEncoding, RawFormat, wav::WavLayout};
use serde_json::{Value, json};

use crate::measure;
use crate::support::{NEWEST, VERSIONS, VOICE, audio, body, post, send, start, with, within};

const RATES: [u32; 6] = [8_000, 16_000, 22_050, 24_000, 44_100, 48_000];
const TEXT: &str = "Hello world, how are you? Fine.";

/// Seconds of audio at 16 kHz, 16 bits.
async fn seconds(server: &MockServer, version: &str, body: &Value) -> f64 {
    let bytes = audio(server, version, body).await.len();
    f64::from(u32::try_from(bytes).unwrap()) / 32_000.0
}

#[tokio::test]
async fn the_duration_follows_the_transcript() {
    let server = start().await;
    let seconds = async |changes: &[(&str, Value)]| {
        seconds(&server, NEWEST, &with(body("Hello world."), changes)).await
    };
    let normal = seconds(&[]).await;
    assert!((0.9..1.3).contains(&normal), "{normal}");
    let longer = seconds(&[("transcript", json!("Hello world. Hello world."))]).await;
    assert!((longer - 2.0 * normal).abs() < 0.05, "{longer}");
    let paused = seconds(&[("transcript", json!("Hello <break time=\"2s\"/> world."))]).await;
    assert!((paused - normal - 2.0).abs() < 1e-3, "{paused}");
    let fast = seconds(&[("generation_config", json!({"speed": 1.5}))]).await;
    let tagged = seconds(&[("transcript", json!("<speed ratio=\"1.5\"/>Hello world."))]).await;
    assert!(
        (fast * 1.5 - normal).abs() < 0.03 && (fast - tagged).abs() < 1e-3,
        "{fast} {tagged}"
    );
    let legacy = seconds(&[("speed", json!("slow"))]).await;
    assert!((legacy * 0.8 - normal).abs() < 0.03, "{legacy}");
    let tags = seconds(&[("transcript", json!("<emotion value=\"sad\"/>Hello world."))]).await;
    assert!((tags - normal).abs() < 1e-9, "{tags}");
    // `sonic-2` ignores the configuration.
    let old = with(
        body("Hello world."),
        &[
            ("model_id", json!("sonic-2")),
            ("generation_config", json!({"speed": 1.5})),
        ],
    );
    assert!((self::seconds(&server, "2025-11-04", &old).await - normal).abs() < 1e-9);
}

#[tokio::test]
async fn duration_caps_the_audio_up_to_2024_11_13() {
    let server = start().await;
    let body = with(body(TEXT), &[("duration", json!(0.5))]);
    for version in VERSIONS {
        let seconds = seconds(&server, version, &body).await;
        assert_eq!(
            seconds <= 0.5,
            version <= "2024-11-13",
            "{version}: {seconds}"
        );
    }
}

#[tokio::test]
async fn volume_scales_the_amplitude() {
    let server = start().await;
    let loudness = async |volume: f64| {
        let config = ("generation_config", json!({"volume": volume}));
        measure::loudness(&measure::s16(
            &audio(&server, NEWEST, &with(body(TEXT), &[config])).await,
        ))
    };
    let normal = loudness(1.0).await;
    assert!((loudness(2.0).await / normal - 2.0).abs() < 0.01);
    assert!((loudness(0.5).await / normal - 0.5).abs() < 0.01);
}

#[tokio::test]
async fn experimental_speed_works_up_to_2024_11_13() {
    let server = start().await;
    let controlled = |speed: Value| {
        with(
            body(TEXT),
            &[("voice.__experimental_controls", json!({"speed": speed}))],
        )
    };
    for version in VERSIONS {
        let normal = seconds(&server, version, &body(TEXT)).await;
        for speed in [json!("fastest"), json!(1.0)] {
            let fast = seconds(&server, version, &controlled(speed)).await;
            assert_eq!(
                fast < normal - 0.1,
                version <= "2024-11-13",
                "{version}: {fast} {normal}"
            );
        }
    }
}

#[tokio::test]
async fn the_pitch_tells_voices_and_texts_apart() {
    let server = start().await;
    let mut heard = Vec::new();
    for (voice, text) in [
        (VOICE, "Hello there everybody."),
        (VOICE, "Goodbye there everybody."),
        (
            "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4",
            "Hello there everybody.",
        ),
    ] {
        let bytes = audio(
            &server,
            NEWEST,
            &with(body(text), &[("voice.id", json!(voice))]),
        )
        .await;
        let measured = measure::pitch(&measure::s16(&bytes), 16_000);
        assert!(
            (f64::from(measured) - pitch(voice, text)).abs() < 1.0,
            "{measured}"
        );
        heard.push(measured);
    }
    heard.sort_unstable();
    heard.dedup();
    assert_eq!(heard.len(), 3, "{heard:?}");
}

#[tokio::test]
async fn every_encoding_rate_and_container_carries_the_same_sound() {
    let server = start().await;
    for rate in RATES {
        let format = |container: &str, encoding: RawEncoding| {
            let output =
                json!({"container": container, "encoding": encoding.as_str(), "sample_rate": rate});
            with(body(TEXT), &[("output_format", output)])
        };
        let reference = audio(&server, NEWEST, &format("raw", RawEncoding::PcmF32Le)).await;
        let reference = measure::samples(RawEncoding::PcmF32Le, &reference);
        let expected = f64::from(rate) * 2.34;
        let length = f64::from(u32::try_from(reference.len()).unwrap());
        assert!((length - expected).abs() < expected * 0.5, "{length}");
        for encoding in RawEncoding::ALL {
            let raw = audio(&server, NEWEST, &format("raw", encoding)).await;
            let samples = measure::samples(encoding, &raw);
            assert_eq!(samples.len(), reference.len(), "{encoding} {rate}");
            // Relative, because G.711 has steps that grow with the sample.
            let close = |(a, b): (&f32, &f32)| (a - b).abs() <= b.abs() / 16.0 + 5e-4;
            assert!(
                samples.iter().zip(&reference).all(close),
                "{encoding} {rate}"
            );

            let wav = audio(&server, NEWEST, &format("wav", encoding)).await;
            let layout = WavLayout::parse(&wav).unwrap().unwrap();
            assert_eq!(layout.format(), RawFormat::new(encoding, rate));
            assert_eq!(
                layout.data_bytes(),
                None,
                "the sizes of a stream are not known"
            );
            assert_eq!(
                wav[layout.data_offset().try_into().unwrap()..],
                raw,
                "{encoding} {rate}"
            );
        }
    }
}

#[tokio::test]
async fn a_wav_reader_that_is_not_ours_understands_it() {
    let server = start().await;
    let output = json!({"container": "wav", "encoding": "pcm_s16le", "sample_rate": 44_100});
    let wav = audio(
        &server,
        NEWEST,
        &with(body(TEXT), &[("output_format", output)]),
    )
    .await;
    assert_eq!(wav[4..8], [0xff; 4]);
    assert_eq!(wav[40..44], [0xff; 4]);
    let mut patched = wav.clone();
    patched[40..44].copy_from_slice(&u32::try_from(wav.len() - 44).unwrap().to_le_bytes());
    let mut reader = hound::WavReader::new(patched.as_slice()).unwrap();
    assert_eq!(
        (reader.spec().channels, reader.spec().sample_rate),
        (1, 44_100)
    );
    assert_eq!(
        reader.samples::<i16>().map(Result::unwrap).count(),
        (wav.len() - 44) / 2
    );
}

#[tokio::test]
async fn mp3_decodes_to_the_same_sound() {
    let server = start().await;
    for rate in RATES {
        let output = json!({"container": "raw", "encoding": "pcm_f32le", "sample_rate": rate});
        let reference = audio(
            &server,
            NEWEST,
            &with(body(TEXT), &[("output_format", output)]),
        )
        .await;
        let reference = measure::samples(RawEncoding::PcmF32Le, &reference);
        for bit_rate in [32_000_u32, 64_000, 96_000, 128_000, 192_000] {
            let output = json!({"container": "mp3", "bit_rate": bit_rate, "sample_rate": rate});
            let bytes = audio(
                &server,
                NEWEST,
                &with(body(TEXT), &[("output_format", output)]),
            )
            .await;
            let (decoded_rate, samples) = measure::mp3(&bytes);
            assert_eq!(decoded_rate, rate, "{bit_rate}");
            assert!(
                samples.len() >= reference.len() + 1_105,
                "{rate} {bit_rate}"
            );

            // MPEG-2 ends at 160 kbit/s.
            let highest = if rate < 32_000 { 160_000 } else { 192_000 };
            let playing = f64::from(u32::try_from(samples.len()).unwrap()) / f64::from(rate);
            let measured = f64::from(u32::try_from(bytes.len()).unwrap()) * 8.0 / playing;
            let expected = f64::from(bit_rate.min(highest));
            assert!(
                (measured / expected - 1.0).abs() < 0.005,
                "{rate} {bit_rate}: {measured}"
            );

            let delay = (900..1_300)
                .max_by(|a, b| {
                    let at = |delay: usize| {
                        measure::correlation(&samples[delay..][..4_000], &reference[..4_000])
                    };
                    at(*a).total_cmp(&at(*b))
                })
                .unwrap();
            let alike = measure::correlation(&samples[delay..], &reference);
            assert!(alike > 0.98, "{rate} {bit_rate}: {alike} at {delay}");
        }
    }
}

#[tokio::test]
async fn content_type_chunks_and_file_id() {
    let server = start().await;
    for (container, content_type) in [
        (
            json!({"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8_000}),
            "audio/pcm",
        ),
        (
            json!({"container": "wav", "encoding": "pcm_s16le", "sample_rate": 8_000}),
            "audio/wav",
        ),
        (
            json!({"container": "mp3", "sample_rate": 44_100, "bit_rate": 32_000}),
            "audio/mpeg",
        ),
    ] {
        let body = with(
            body("Hi."),
            &[("output_format", container), ("save", json!(true))],
        );
        for version in VERSIONS {
            let response = send(post(&server, version, "/tts/bytes", &body)).await;
            let headers = response.headers();
            assert_eq!(headers["content-type"], content_type);
            assert_eq!(headers["transfer-encoding"], "chunked");
            assert!(!headers.contains_key("content-length"));
            assert_eq!(
                headers.contains_key("cartesia-file-id"),
                version >= "2025-04-16"
            );
        }
    }
}

#[tokio::test]
async fn the_same_request_gives_the_same_bytes_and_another_size_of_pieces_too() {
    let server = start().await;
    let odd = within(MockServer::builder().chunk_size(1_001).start())
        .await
        .unwrap();
    for container in [
        json!({"container": "wav", "encoding": "pcm_f32le", "sample_rate": 24_000}),
        json!({"container": "mp3", "sample_rate": 22_050, "bit_rate": 96_000}),
    ] {
        let body = with(body(TEXT), &[("output_format", container)]);
        let first = audio(&server, NEWEST, &body).await;
        assert_eq!(audio(&server, NEWEST, &body).await, first);
        assert_eq!(audio(&odd, NEWEST, &body).await, first);
    }
}
