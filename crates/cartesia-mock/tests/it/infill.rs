//! Infill: the new part, spoken as everything else is.

use serde_json::json;

use crate::forms::Form;
use crate::support::{NEWEST, VOICE, audio, body, send, start, with, within};

const PATH: &str = "/infill/bytes";

fn form(model: &str, language: &str, voice: &str) -> Form {
    Form::default()
        .text("model_id", model)
        .text("language", language)
        .text("transcript", "and then")
        .text("voice_id", voice)
        .text("output_format[container]", "wav")
        .text("output_format[encoding]", "pcm_s16le")
        .text("output_format[sample_rate]", "16000")
}

#[tokio::test]
async fn the_gap_is_spoken_whichever_clips_there_are() {
    let server = start().await;
    let spoken = audio(
        &server,
        NEWEST,
        &with(
            body("and then"),
            &[("output_format.container", json!("wav"))],
        ),
    )
    .await;
    let form = form("sonic-3", "en", VOICE);
    for form in [
        form.clone().file("left_audio", "l.mp3", b"x"),
        form.clone().file("right_audio", "r.mp3", b"x"),
        form.file("left_audio", "l", b"x")
            .file("right_audio", "r", b"x"),
    ] {
        let response = send(form.post(&server, NEWEST, PATH)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "audio/wav");
        assert_eq!(within(response.bytes()).await.unwrap(), spoken);
    }
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let server = start().await;
    let clip = |form: Form| form.file("left_audio", "l.wav", b"x");
    let fine = || form("sonic-3", "en", VOICE);
    for (form, status, says) in [
        (fine(), 400, "`left_audio` and `right_audio`"),
        (
            fine().file("left_audio", "l.wav", b""),
            400,
            "`left_audio` is empty",
        ),
        (clip(form("sonic-9", "en", VOICE)), 404, "model_not_found"),
        (clip(form("sonic-2", "en", VOICE)), 400, "model_sunsetted"),
        (
            clip(form("sonic-3", "xx", VOICE)),
            400,
            "language_not_supported",
        ),
        (
            clip(form("sonic-3", "en", "nobody")),
            404,
            "voice_not_found",
        ),
        (clip(form("", "en", VOICE)), 400, "`model_id` is required"),
        (
            clip(form("sonic-3", "", VOICE)),
            400,
            "`language` is required",
        ),
        (
            clip(form("sonic-3", "en", "")),
            400,
            "`voice_id` is required",
        ),
        (
            clip(
                Form::default()
                    .text("model_id", "sonic-3")
                    .text("language", "en"),
            ),
            400,
            "`transcript` is required",
        ),
    ] {
        form.refused(&server, PATH, status, says).await;
    }
}
