//! Speech to text: what exactly is sent, and what is made of the answer.

use std::time::Duration;

use cartesia_http::Upload;
use cartesia_types::stt::{TimestampGranularity, TranscriptFormat};
use cartesia_types::{ApiVersion, ErrorKind, Language, SttEncoding, SttModelId};
use cartesia_types::{TranscribeCompatibleRequest, TranscribeRequest};
use serde_json::json;
use wiremock::ResponseTemplate;

use crate::forms::{answering, file, line, only_request, parts, text};
use crate::support::{client, within};

fn upload() -> Upload {
    Upload::from_bytes("a.mp3", "sound")
}

#[tokio::test]
async fn a_file_is_transcribed_with_all_options() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({
        "type": "transcript", "text": "Hi there", "language": "fr", "duration": 1.5,
        "words": [{"word": " Hi", "start": 0.1, "end": 0.4}, {"word": " there", "start": 0.5, "end": 1}],
        "request_id": "r-1", "is_final": true, "new": [1],
    })))
    .await;
    let mut request = TranscribeRequest::new(SttModelId::INK_WHISPER, upload())
        .with_language(Language::FR)
        .with_word_timestamps()
        .with_word_timestamps()
        .with_raw_pcm(SttEncoding::PcmS32Le, 16_000)
        .with_extra("brand_new", "1");
    request
        .timestamp_granularities
        .push(TimestampGranularity::from("segment"));
    let call = client(&server.uri()).stt().transcribe(request);
    // The oldest version has it as well.
    let heard = within(call.api_version(ApiVersion::V2024_06_10))
        .await
        .unwrap();
    assert_eq!(heard.text, "Hi there");
    assert_eq!(heard.language, Some(Language::FR));
    assert_eq!(heard.duration, Some(Duration::from_millis(1_500)));
    assert_eq!(heard.words[0].word, " Hi");
    assert_eq!(heard.words[1].text(), "there");
    assert_eq!(heard.words[1].end, Duration::from_secs(1));
    assert_eq!(heard.request_id.as_deref(), Some("r-1"));
    assert_eq!(heard.is_final, Some(true));
    assert_eq!(heard.extra["new"], json!([1]));

    let request = only_request(&server).await;
    assert_eq!(
        line(&request),
        "POST /stt?encoding=pcm_s32le&sample_rate=16000"
    );
    assert_eq!(request.headers["accept"], "application/json");
    assert_eq!(
        parts(&request),
        [
            text("model", "ink-whisper"),
            text("language", "fr"),
            text("timestamp_granularities[]", "word"),
            text("timestamp_granularities[]", "segment"),
            text("brand_new", "1"),
            file("file", "a.mp3", "audio/mpeg", "sound"),
        ]
    );
}

#[tokio::test]
async fn a_plain_request_sends_nothing_that_was_not_asked_for() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({"text": ""}))).await;
    let request = TranscribeRequest::new(SttModelId::from("ink-9"), upload());
    let heard = within(client(&server.uri()).stt().transcribe(request))
        .await
        .unwrap();
    assert_eq!((heard.text.as_str(), heard.words.len()), ("", 0));
    let request = only_request(&server).await;
    assert_eq!(line(&request), "POST /stt");
    assert_eq!(
        parts(&request),
        [
            text("model", "ink-9"),
            file("file", "a.mp3", "audio/mpeg", "sound"),
        ]
    );
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_anything_is_sent() {
    let server = answering(ResponseTemplate::new(200)).await;
    let stt = client(&server.uri()).stt();
    let request = TranscribeRequest::new(SttModelId::INK_WHISPER, upload())
        .with_raw_pcm(SttEncoding::PcmF16Le, 0);
    let error = within(stt.transcribe(request)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert_eq!(error.operation(), "stt.transcribe");
    let nothing = Upload::from_path("there/is/no.wav");
    let request = TranscribeRequest::new(SttModelId::INK_WHISPER, nothing);
    let error = within(stt.transcribe(request)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io, "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_compatible_route_has_its_own_form_and_answer() {
    let server = answering(ResponseTemplate::new(200).set_body_json(json!({
        "task": "transcribe", "language": "en", "duration": 0.5, "text": "Hi",
        "words": [{"word": "Hi", "start": 0.0, "end": 0.5}],
    })))
    .await;
    let request = TranscribeCompatibleRequest::new(SttModelId::INK_WHISPER, upload())
        .with_language(Language::EN)
        .with_word_timestamps()
        .with_extra("temperature", "0");
    let call = client(&server.uri()).stt().transcribe_compatible(request);
    let heard = within(call).await.unwrap();
    assert_eq!((heard.text.as_str(), heard.kind), ("Hi", None));
    assert_eq!(heard.words[0].end, Duration::from_millis(500));
    assert_eq!(heard.extra["task"], "transcribe");
    let request = only_request(&server).await;
    assert_eq!(line(&request), "POST /audio/transcriptions");
    assert_eq!(
        parts(&request),
        [
            text("model", "ink-whisper"),
            text("language", "en"),
            text("response_format", "verbose_json"),
            text("timestamp_granularities[]", "word"),
            text("temperature", "0"),
            file("file", "a.mp3", "audio/mpeg", "sound"),
        ]
    );
}

#[tokio::test]
async fn an_answer_of_the_compatible_route_that_is_no_json_is_an_error() {
    let response = ResponseTemplate::new(200).set_body_raw("1\n00:00 Hi", "text/plain");
    let server = answering(response).await;
    let request = TranscribeCompatibleRequest::new(SttModelId::INK_WHISPER, upload())
        .with_response_format(TranscriptFormat::from("srt"));
    let call = client(&server.uri()).stt().transcribe_compatible(request);
    let error = within(call).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(error.operation(), "stt.transcribe_compatible");
}
