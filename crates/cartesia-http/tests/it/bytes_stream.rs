//! The body of `/tts/bytes`: whole or known not to be.

use std::time::Duration;

use cartesia_types::{ErrorKind, Mp3Format, OutputFormat, RawEncoding, RawFormat, WavFormat, wav};
use futures_core::stream::FusedStream as _;
use futures_util::StreamExt as _;

use crate::support::{
    LAST, Server, answer, audio, bytes_request, chunked, chunked_head, piece, response, script,
    within,
};

const RAW: RawFormat = RawFormat::PCM_S16LE_16000;

#[tokio::test]
async fn every_container_arrives_byte_for_byte() {
    let formats: [(OutputFormat, &str); 3] = [
        (RAW.into(), "audio/raw"),
        (WavFormat::from(RAW).into(), "audio/wav"),
        (Mp3Format::new(44_100, 128_000).into(), "audio/mpeg"),
    ];
    for (format, content_type) in formats {
        let sent = audio(50_000);
        let server = Server::start([answer(chunked(content_type, sent.chunks(7_001)))]).await;
        let body = within(server.client().tts().bytes(bytes_request(format)))
            .await
            .unwrap();
        assert_eq!(body.format(), format);
        assert_eq!(body.info().request_id(), Some("head-id"));
        let clip = within(body.collect()).await.unwrap();
        assert_eq!(clip.format(), format);
        assert_eq!(clip.data()[..], sent);
        let [request] = server.finish().await.try_into().unwrap();
        assert_eq!(request.line(), "POST /tts/bytes");
        assert_eq!(request.header("accept"), Some("*/*"));
        let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
        assert_eq!(body["output_format"], serde_json::to_value(format).unwrap());
    }
}

#[tokio::test]
async fn pieces_come_as_they_arrive_and_the_end_is_reported_once() {
    let pieces: [&[u8]; 3] = [&[1], &[2, 3], &[4, 5, 6]];
    let server = Server::start([answer(chunked("audio/raw", pieces))]).await;
    let mut body = within(server.client().tts().bytes(bytes_request(RAW)))
        .await
        .unwrap();
    let mut received = Vec::new();
    while let Some(bytes) = within(body.next()).await {
        assert!(!body.is_terminated());
        let bytes = bytes.unwrap();
        assert!(!bytes.is_empty());
        received.extend_from_slice(&bytes);
        assert_eq!(body.bytes_received(), received.len() as u64);
    }
    assert_eq!(received, [1, 2, 3, 4, 5, 6]);
    for _ in 0..3 {
        assert!(body.is_terminated());
        assert!(within(body.next()).await.is_none());
        assert!(within(body.next_chunk()).await.unwrap().is_none());
    }
    server.finish().await;
}

#[tokio::test]
async fn what_is_put_back_comes_again() {
    let pieces: [&[u8]; 2] = [&[1, 2], &[3]];
    let script = || answer(chunked("audio/raw", pieces));
    let server = Server::start([script(), script()]).await;
    let client = server.client();
    let mut body = within(client.tts().bytes(bytes_request(RAW)))
        .await
        .unwrap();
    let first = within(body.next_chunk()).await.unwrap().unwrap();
    body.put_back(first.slice(1..));
    body.put_back(first.slice(..1));
    // Nothing is counted twice.
    assert_eq!(body.bytes_received(), first.len() as u64);
    assert_eq!(within(body.next_chunk()).await.unwrap().unwrap(), first);
    let whole = within(body.collect()).await.unwrap();
    assert_eq!([&first[..], &whole.data()[..]].concat(), [1, 2, 3]);

    // The end is only the end once everything was taken.
    let mut body = within(client.tts().bytes(bytes_request(RAW)))
        .await
        .unwrap();
    while within(body.next_chunk()).await.unwrap().is_some() {}
    assert!(body.is_terminated());
    body.put_back([3].to_vec());
    assert!(!body.is_terminated());
    assert_eq!(within(body.next()).await.unwrap().unwrap()[..], [3]);
    assert!(within(body.next()).await.is_none());
    assert!(body.is_terminated());
    server.finish().await;
}

#[tokio::test]
async fn the_kept_file_is_named() {
    let head = "HTTP/1.1 200 OK\r\ncartesia-file-id: file-1\r\ncontent-length: 1\r\n\r\nx";
    let server = Server::start([answer(head)]).await;
    let request = bytes_request(RAW).with_save(true);
    let body = within(server.client().tts().bytes(request)).await.unwrap();
    assert_eq!(body.info().file_id(), Some("file-1"));
    let [request] = server.finish().await.try_into().unwrap();
    assert!(request.body.contains(r#""save":true"#));
}

/// Ways to end before the end, each after 100 bytes.
fn cut_bodies() -> [Vec<u8>; 3] {
    let mut between_chunks = chunked_head("audio/raw").into_bytes();
    between_chunks.extend(piece([7; 100]));
    let mut within_chunk = chunked_head("audio/raw").into_bytes();
    within_chunk.extend_from_slice(b"c8\r\n");
    within_chunk.extend([7; 100]);
    let mut too_short = b"HTTP/1.1 200 OK\r\nx-request-id: head-id\r\n\
        content-type: audio/raw\r\ncontent-length: 101\r\n\r\n"
        .to_vec();
    too_short.extend([7; 100]);
    [between_chunks, within_chunk, too_short]
}

#[tokio::test]
async fn a_body_that_is_cut_is_incomplete_with_what_arrived() {
    for cut in cut_bodies() {
        let server = Server::start([answer(cut)]).await;
        let mut body = within(server.client().tts().bytes(bytes_request(RAW)))
            .await
            .unwrap();
        let mut received = 0;
        let error = loop {
            match within(body.next_chunk()).await {
                Ok(bytes) => received += bytes.expect("no clean end").len(),
                Err(error) => break error,
            }
        };
        assert_eq!(received, 100);
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{error:?}");
        assert_eq!(error.operation(), "tts.bytes");
        assert_eq!(error.bytes_received(), Some(100));
        assert_eq!((error.attempts(), error.request_id()), (1, Some("head-id")));
        assert!(error.get_ref().is_some());
        assert!(!error.is_retryable());
        assert!(body.is_terminated());
        assert!(within(body.next_chunk()).await.unwrap().is_none());
        server.finish().await;
    }
}

#[tokio::test]
async fn collecting_a_cut_body_fails() {
    for cut in cut_bodies() {
        let server = Server::start([answer(cut)]).await;
        let body = within(server.client().tts().bytes(bytes_request(RAW)))
            .await
            .unwrap();
        let error = within(body.collect()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.bytes_received()),
            (ErrorKind::Incomplete, Some(100))
        );
    }
}

#[tokio::test]
async fn a_reset_connection_is_incomplete() {
    let read = crate::support::Gate::default();
    let gate = read.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head("audio/raw")).await;
        connection.write(piece([1, 2])).await;
        gate.passed().await;
        connection.reset();
    })])
    .await;
    let mut body = within(server.client().tts().bytes(bytes_request(RAW)))
        .await
        .unwrap();
    within(body.next_chunk()).await.unwrap().unwrap();
    read.open();
    let error = within(body.next_chunk()).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.bytes_received()),
        (ErrorKind::Incomplete, Some(2))
    );
    server.finish().await;
}

#[tokio::test]
async fn an_empty_body_is_incomplete() {
    let empty = chunked::<&[u8]>("audio/raw", []);
    let no_length = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
        .as_bytes()
        .to_vec();
    for whole in [empty, no_length] {
        let server = Server::start([answer(whole)]).await;
        let body = within(server.client().tts().bytes(bytes_request(RAW)))
            .await
            .unwrap();
        let error = within(body.collect()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.bytes_received()),
            (ErrorKind::Incomplete, Some(0))
        );
        assert!(error.to_string().contains("without any audio"), "{error}");
    }
}

#[tokio::test]
async fn a_success_that_is_no_audio_is_refused() {
    for media in [
        "text/html; charset=utf-8",
        "text/plain",
        "application/json",
        "TEXT/HTML",
        "application/problem+json",
        "application/xml",
        "application/vnd.x+json",
        "application/xhtml+xml",
        "image/png",
        "audiox/wav",
        "\u{e9}",
    ] {
        let header = format!("content-type: {media}");
        let page = response("200 OK", &[&header, "x-request-id: head-id"], "canary");
        let server = Server::start([answer(page)]).await;
        let error = within(server.client().tts().bytes(bytes_request(RAW)))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!((error.attempts(), error.request_id()), (1, Some("head-id")));
        let text = error.to_string();
        let named = media.split(';').next().unwrap().to_lowercase();
        assert!(text.contains(&named) && !text.contains("canary"), "{text}");
    }
    // What does not say what it is, is taken for audio.
    let accepted: [&[&str]; 5] = [
        &[],
        &["content-type:"],
        &["content-type: Audio/X-Anything; rate=16000"],
        &["content-type: application/octet-stream"],
        &["content-type: audio/wav"],
    ];
    for headers in accepted {
        let server = Server::start([answer(response("200 OK", headers, "xy"))]).await;
        let body = within(server.client().tts().bytes(bytes_request(RAW)))
            .await
            .unwrap();
        assert_eq!(within(body.collect()).await.unwrap().data()[..], *b"xy");
    }
}

#[tokio::test]
async fn a_refusal_that_comes_as_a_success_says_what_the_service_said() {
    for (media, body, message) in [
        (
            "application/problem+json",
            r#"{"title": "Too long", "detail": "at most 500 characters", "status": 422}"#,
            "at most 500 characters",
        ),
        (
            "application/json",
            r#"{"error": {"message": "no credit"}}"#,
            "no credit",
        ),
        (
            "text/html",
            r#"{"message": "no such voice"}"#,
            "no such voice",
        ),
    ] {
        let header = format!("content-type: {media}");
        let refusal = response("200 OK", &[&header, "x-request-id: head-id"], body);
        let server = Server::start([answer(refusal)]).await;
        let error = within(server.client().tts().bytes(bytes_request(RAW)))
            .await
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!(error.api_error().unwrap().message, message);
        assert_eq!(error.request_id(), Some("head-id"));
        let text = error.to_string();
        assert!(text.contains(message) && text.contains(media), "{text}");
    }
}

/// A part that nobody asked for is not the whole.
#[tokio::test]
async fn a_part_is_refused_unless_it_was_requested() {
    let part = || {
        let headers = ["content-type: audio/wav", "content-range: bytes 0-1/9"];
        answer(response("206 Partial Content", &headers, "xy"))
    };
    let server = Server::start([part(), part()]).await;
    let error = within(server.client().tts().bytes(bytes_request(RAW)))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Protocol);
    assert_eq!(
        (error.status().unwrap().as_u16(), error.attempts()),
        (206, 1)
    );
    let range = http::HeaderValue::from_static("bytes=0-1");
    let call = server.client().files().download("f");
    let part = within(call.header(http::header::RANGE, range))
        .await
        .unwrap();
    assert_eq!(&within(part.collect()).await.unwrap()[..], b"xy");
}

/// One rule for all transports.
#[tokio::test]
async fn a_body_without_audio_is_incomplete_if_there_was_something_to_speak() {
    let header = wav::header(RAW, None);
    let bodies: [(OutputFormat, &[u8]); 4] = [
        (RAW.into(), b""),
        (Mp3Format::new(44_100, 128_000).into(), b""),
        (WavFormat::from(RAW).into(), &header),
        (WavFormat::from(RAW).into(), &header[..30]),
    ];
    for (format, bytes) in bodies {
        for (transcript, is_speakable) in [("Hi", true), ("\u{1f44d}", true), ("...", false)] {
            let server = Server::start([answer(chunked(
                "audio/x",
                [bytes].into_iter().filter(|bytes| !bytes.is_empty()),
            ))])
            .await;
            let mut request = bytes_request(format);
            request.transcript = transcript.to_owned();
            let body = within(server.client().tts().bytes(request)).await.unwrap();
            match within(body.collect()).await {
                Ok(clip) => assert!(!is_speakable && clip.data().len() == bytes.len()),
                Err(error) => {
                    assert!(is_speakable, "{error}");
                    assert_eq!(error.kind(), ErrorKind::Incomplete);
                    assert_eq!(error.bytes_received(), Some(bytes.len() as u64));
                }
            }
        }
    }
}

/// A proxy that cuts a body may end it in good order.
#[tokio::test]
async fn a_wav_body_shorter_than_its_header_announces_is_incomplete() {
    for (announced, arrived, whole) in [(100, 100, true), (100, 98, false), (100, 0, false)] {
        let file = [wav::header(RAW, Some(announced)), audio(arrived)].concat();
        let server = Server::start([answer(chunked("audio/wav", file.chunks(17)))]).await;
        let format = WavFormat::from(RAW);
        let body = within(server.client().tts().bytes(bytes_request(format)))
            .await
            .unwrap();
        match within(body.collect()).await {
            Ok(clip) => assert!(whole && clip.data()[..] == file, "{arrived}"),
            Err(error) => {
                assert!(!whole, "{error}");
                assert_eq!(error.kind(), ErrorKind::Incomplete);
                assert!(error.to_string().contains("announces"), "{error}");
            }
        }
    }
}

/// A streamed WAV file: its sizes are unknown, and a chunk that nobody needs makes its header longer.
fn streamed_wav(samples: &[u8]) -> Vec<u8> {
    let header = wav::header(RAW, None);
    let mut file = header[..36].to_vec();
    file.extend_from_slice(b"LIST\x04\0\0\0INFO");
    file.extend_from_slice(&header[36..]);
    assert_eq!(file[file.len() - 4..], [0xff; 4]);
    file.extend_from_slice(samples);
    file
}

#[tokio::test]
async fn a_saved_wav_file_tells_its_true_length() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let samples = audio(32_000);
    let sent = streamed_wav(&samples);
    // The header comes in pieces that end anywhere.
    let pieces = sent[..60].chunks(7).chain([&sent[60..]]);
    let server = Server::start([answer(chunked("audio/wav", pieces))]).await;
    let request = bytes_request(WavFormat::from(RAW));
    let body = within(server.client().tts().bytes(request)).await.unwrap();
    let saved = within(body.save(&path)).await.unwrap();
    assert_eq!(saved.path, path);
    assert_eq!(saved.bytes, sent.len() as u64);
    assert_eq!(saved.duration, Duration::from_secs(1));
    assert_eq!(std::fs::metadata(&path).unwrap().len(), saved.bytes);
    let mut reader = hound::WavReader::open(&path).unwrap();
    assert_eq!(
        (reader.spec().channels, reader.spec().sample_rate),
        (1, 16_000)
    );
    let read: Vec<u8> = reader
        .samples::<i16>()
        .flat_map(|sample| sample.unwrap().to_le_bytes())
        .collect();
    assert_eq!(read, samples);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_saved_wav_file_of_odd_length_is_padded() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let format = RawFormat::new(RawEncoding::PcmMulaw, 8_000);
    let mut sent = wav::header(format, None);
    sent.extend([7; 801]);
    let server = Server::start([answer(chunked("audio/wav", [&sent]))]).await;
    let request = bytes_request(WavFormat::from(format));
    let body = within(server.client().tts().bytes(request)).await.unwrap();
    let saved = within(body.save(&path)).await.unwrap();
    assert_eq!(saved.bytes, sent.len() as u64 + 1);
    assert_eq!(saved.duration, Duration::from_micros(100_125));
    let file = std::fs::read(&path).unwrap();
    let size = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
    assert_eq!(size(4) as usize, file.len() - 8);
    let fact = file.windows(4).position(|four| four == b"fact").unwrap();
    assert_eq!(size(fact + 8), 801);
    let data = file.windows(4).position(|four| four == b"data").unwrap();
    assert_eq!(size(data + 4), 801);
    assert_eq!(file.last(), Some(&0));
}

#[tokio::test]
async fn other_containers_are_saved_as_they_came() {
    let folder = tempfile::tempdir().unwrap();
    let sent = audio(16_000);
    let formats: [(OutputFormat, Duration); 2] = [
        (
            Mp3Format::new(44_100, 128_000).into(),
            Duration::from_secs(1),
        ),
        (RAW.into(), Duration::from_millis(500)),
    ];
    for (format, duration) in formats {
        let path = folder
            .path()
            .join("speech")
            .with_extension(format.extension());
        let server = Server::start([answer(chunked("audio/mpeg", sent.chunks(999)))]).await;
        let body = within(server.client().tts().bytes(bytes_request(format)))
            .await
            .unwrap();
        let saved = within(body.save(&path)).await.unwrap();
        assert_eq!((saved.bytes, saved.duration), (16_000, duration));
        assert_eq!(std::fs::read(&path).unwrap(), sent);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
}

#[tokio::test]
async fn a_cut_file_stays_partial_and_is_readable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let samples = audio(1_000);
    let mut cut = chunked("audio/wav", [streamed_wav(&samples)]);
    cut.truncate(cut.len() - LAST.len());
    let server = Server::start([answer(cut)]).await;
    let request = bytes_request(WavFormat::from(RAW));
    let body = within(server.client().tts().bytes(request)).await.unwrap();
    let error = within(body.save(&path)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    assert_eq!(error.bytes_received(), Some(1_000 + 56));
    assert!(!path.exists());
    let reader = hound::WavReader::open(folder.path().join("speech.partial.wav")).unwrap();
    assert_eq!(reader.duration(), 500);
}
