//! Speech in another voice, as bytes and as events in both dialects.

use cartesia_http::Upload;
use cartesia_types::tts::Event;
use cartesia_types::{ChangeVoiceRequest, ChangeVoiceSseRequest};
use cartesia_types::{ErrorKind, Mp3Format, RawFormat, WavFormat};
use wiremock::ResponseTemplate;

use crate::forms::{answering, file, line, only_request, parts, text};
use crate::support::{client, voice, within};

fn clip() -> Upload {
    Upload::from_bytes("mine.wav", "sound")
}

#[tokio::test]
async fn the_form_has_the_format_field_by_field() {
    let wav = WavFormat::from(RawFormat::PCM_MULAW_8000);
    for (format, fields) in [
        (
            wav.into(),
            [
                ("container", "wav"),
                ("sample_rate", "8000"),
                ("encoding", "pcm_mulaw"),
            ],
        ),
        (
            cartesia_types::OutputFormat::from(RawFormat::PCM_F32LE_44100),
            [
                ("container", "raw"),
                ("sample_rate", "44100"),
                ("encoding", "pcm_f32le"),
            ],
        ),
        (
            Mp3Format::new(24_000, 64_000).into(),
            [
                ("container", "mp3"),
                ("sample_rate", "24000"),
                ("bit_rate", "64000"),
            ],
        ),
    ] {
        let server = answering(ResponseTemplate::new(200).set_body_raw("theirs", "audio/x")).await;
        let request = ChangeVoiceRequest::new(clip(), voice(), format).with_extra("new", "1");
        let call = client(&server.uri()).voice_changer().bytes(request);
        let body = within(call).await.unwrap();
        assert_eq!(body.format(), format);
        assert_eq!(&within(body.collect()).await.unwrap().data()[..], b"theirs");

        let request = only_request(&server).await;
        assert_eq!(line(&request), "POST /voice-changer/bytes");
        assert_eq!(request.headers["accept"], "*/*");
        let mut expected = vec![text("voice[id]", voice().as_str())];
        expected.extend(fields.map(|(name, value)| text(&format!("output_format[{name}]"), value)));
        expected.push(text("new", "1"));
        expected.push(file("clip", "mine.wav", "audio/wav", "sound"));
        assert_eq!(parts(&request), expected);
    }
}

/// Chunks `[0, 1]` and `[2]`, and the end.
const UNTYPED: &str = "data: {\"status_code\":206,\"done\":false,\"data\":\"AAE=\",\"sample_rate\":8000,\"step_time\":1.5}\n\n\
data: {\"status_code\":206,\"done\":false,\"data\":\"Ag==\",\"sample_rate\":8000,\"step_time\":2}\n\n\
data: {\"status_code\":200,\"done\":true}\n\n";
const TYPED: &str = "event: chunk\ndata: {\"type\":\"chunk\",\"status_code\":206,\"done\":false,\"data\":\"AAE=\",\"step_time\":1.5}\n\n\
event: chunk\ndata: {\"type\":\"chunk\",\"status_code\":206,\"done\":false,\"data\":\"Ag==\",\"step_time\":2,\"context_id\":null}\n\n\
event: done\ndata: {\"type\":\"done\",\"status_code\":200,\"done\":true}\n\n";

#[tokio::test]
async fn events_of_both_dialects() {
    for events in [UNTYPED, TYPED] {
        let response = ResponseTemplate::new(200).set_body_raw(events, "text/event-stream");
        let server = answering(response).await;
        let request = ChangeVoiceSseRequest::new(clip(), voice(), RawFormat::PCM_MULAW_8000)
            .with_extra("new", "1");
        let call = client(&server.uri()).voice_changer().sse(request);
        let mut stream = within(call).await.unwrap();
        assert_eq!(stream.format(), RawFormat::PCM_MULAW_8000);
        let (mut audio, mut done) = (Vec::new(), 0);
        while let Some(event) = within(stream.next_event()).await.unwrap() {
            match event {
                Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
                Event::Done(_) => done += 1,
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((audio, done), (vec![0, 1, 2], 1));

        let request = only_request(&server).await;
        assert_eq!(line(&request), "POST /voice-changer/sse");
        assert_eq!(request.headers["accept"], "text/event-stream");
        assert_eq!(
            parts(&request),
            [
                text("voice[id]", voice().as_str()),
                text("output_format[container]", "raw"),
                text("output_format[sample_rate]", "8000"),
                text("output_format[encoding]", "pcm_mulaw"),
                text("new", "1"),
                file("clip", "mine.wav", "audio/wav", "sound"),
            ]
        );
    }
}

#[tokio::test]
async fn errors_name_the_right_operation() {
    let whole = UNTYPED;
    let cut = &whole[..whole.find("data: {\"status_code\":200").unwrap()];
    let refused = "data: {\"type\":\"error\",\"status_code\":400,\"done\":true,\"title\":\"Bad\",\
                   \"message\":\"no\",\"error_code\":\"unsupported_audio_format\",\"request_id\":\"r\"}\n\n";
    for (events, kind, bytes) in [
        (cut.to_owned(), ErrorKind::Incomplete, 3),
        (format!("{cut}{refused}"), ErrorKind::InvalidRequest, 3),
        (
            "data: {\"data\":\"!\"}\n\n".to_owned(),
            ErrorKind::Decode,
            0,
        ),
    ] {
        let response = ResponseTemplate::new(200).set_body_raw(events, "text/event-stream");
        let server = answering(response).await;
        let request = ChangeVoiceSseRequest::new(clip(), voice(), RawFormat::PCM_MULAW_8000);
        let call = client(&server.uri()).voice_changer().sse(request);
        let mut stream = within(call).await.unwrap();
        let error = loop {
            match within(stream.next_audio()).await {
                Ok(chunk) => assert!(chunk.is_some(), "it must not end well"),
                Err(error) => break error,
            }
        };
        assert_eq!(
            (error.kind(), error.operation()),
            (kind, "voice_changer.sse")
        );
        assert_eq!(error.bytes_received(), Some(bytes));
    }
    let server = answering(ResponseTemplate::new(200).set_body_raw("<html>", "text/html")).await;
    let request = ChangeVoiceRequest::new(clip(), voice(), Mp3Format::default());
    let call = client(&server.uri()).voice_changer().bytes(request);
    let error = within(call).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Protocol, "voice_changer.bytes")
    );
}
