//! Golden tests of access tokens.

use std::time::Duration;

use cartesia_types::{ApiVersion, CreateTokenRequest, TokenGrants, TokenResponse};
use serde_json::{from_str, from_value, json};

use crate::voice_requests::{golden, versions};

#[test]
fn requests_say_what_is_granted() {
    assert_eq!(golden(&CreateTokenRequest::default()), "{}");
    let grants = TokenGrants::new().with_tts(true).with_stt(false);
    let request =
        CreateTokenRequest::new(grants.clone()).with_expires_in(Duration::from_secs(3_600));
    assert_eq!(
        golden(&request),
        r#"{"grants":{"tts":true,"stt":false},"expires_in":3600}"#
    );
    assert_eq!(versions(&request.requirements()).len(), 6);
    let request = CreateTokenRequest::new(grants.with_agent(true)).with_extra("new", 1);
    assert_eq!(
        golden(&request),
        r#"{"grants":{"tts":true,"stt":false,"agent":true},"new":1}"#
    );
    assert_eq!(
        versions(&request.requirements())[0],
        ApiVersion::V2025_04_16
    );
    let nulls: CreateTokenRequest =
        from_value(json!({"grants": null, "expires_in": null})).unwrap();
    assert_eq!(nulls, CreateTokenRequest::default());
    let unknown: TokenGrants = from_value(json!({"tts": null, "dance": true})).unwrap();
    assert_eq!(golden(&unknown), r#"{"dance":true}"#);
}

#[test]
fn answers_are_read_and_never_shown() {
    let answer: TokenResponse = from_str(r#"{"token":"canary.jwt","refresh":"canary"}"#).unwrap();
    assert_eq!(answer.token.expose(), "canary.jwt");
    assert_eq!(answer.extra["refresh"], "canary");
    let shown = format!("{answer:?} {answer:#?}");
    assert!(!shown.contains("canary"), "{shown}");
    for text in [r#"{"token":""}"#, r#"{"token":"canary 2"}"#, "{}"] {
        let error = from_str::<TokenResponse>(text).unwrap_err();
        assert!(!error.to_string().contains("canary"), "{error}");
    }
}
