//! Speech that joins two clips.

use cartesia_http::Upload;
use cartesia_types::InfillRequest;
use cartesia_types::{ErrorKind, Language, ModelId, RawFormat, WavFormat};
use wiremock::ResponseTemplate;

use crate::forms::{answering, file, line, only_request, parts, text};
use crate::support::{TRANSCRIPT, client, voice, within};

fn request() -> InfillRequest<Upload> {
    let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
    InfillRequest::new(ModelId::SONIC_3, voice(), Language::EN, TRANSCRIPT, format)
}

#[tokio::test]
async fn one_clip_or_two() {
    let left = Upload::from_bytes("left.wav", "before");
    let right = Upload::from_bytes("right.mp3", "after");
    let left_part = || file("left_audio", "left.wav", "audio/wav", "before");
    let right_part = || file("right_audio", "right.mp3", "audio/mpeg", "after");
    for (request, clips) in [
        (request().with_left_audio(left.clone()), vec![left_part()]),
        (
            request().with_right_audio(right.clone()),
            vec![right_part()],
        ),
        (
            request().with_left_audio(left).with_right_audio(right),
            vec![left_part(), right_part()],
        ),
    ] {
        let server = answering(ResponseTemplate::new(200).set_body_raw("gap", "audio/wav")).await;
        let call = client(&server.uri())
            .infill()
            .bytes(request.with_extra("new", "1"));
        assert!(!format!("{call:?}").contains("canary"));
        let body = within(call).await.unwrap();
        assert_eq!(&within(body.collect()).await.unwrap().data()[..], b"gap");
        let request = only_request(&server).await;
        assert_eq!(line(&request), "POST /infill/bytes");
        let mut expected = vec![
            text("model_id", "sonic-3"),
            text("language", "en"),
            text("transcript", TRANSCRIPT),
            text("voice_id", voice().as_str()),
            text("output_format[container]", "wav"),
            text("output_format[sample_rate]", "16000"),
            text("output_format[encoding]", "pcm_s16le"),
            text("new", "1"),
        ];
        expected.extend(clips);
        assert_eq!(parts(&request), expected);
    }
}

#[tokio::test]
async fn without_a_clip_nothing_is_sent() {
    let server = answering(ResponseTemplate::new(200)).await;
    let call = client(&server.uri()).infill().bytes(request());
    let error = within(call).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::InvalidRequest, "infill.bytes")
    );
    assert!(error.to_string().contains("right_audio"), "{error}");
    assert!(server.received_requests().await.unwrap().is_empty());
    assert!(!format!("{:?}", request()).contains("canary"));
}
