//! Golden tests of the known values of open strings.

use cartesia_types::tts::legacy::Speed;
use cartesia_types::tts::{Emotion, Normalization};
use cartesia_types::voice::{Gender, VoiceAccess, VoiceVisibility};
use cartesia_types::{ErrorCode, ErrorKind, Language, ModelId};

macro_rules! known {
    ($type:ty) => {
        <$type>::KNOWN
            .iter()
            .map(|value| value.as_str())
            .collect::<Vec<_>>()
            .join(" ")
    };
}

#[test]
fn known_values() {
    assert_eq!(
        known!(ModelId),
        "sonic-latest sonic-3.6 sonic-3.6-2026-08-27 sonic-3.5 sonic-3.5-2026-05-04 sonic-3 \
         sonic-3-2026-01-12 sonic-preview sonic-english sonic-multilingual"
    );
    assert_eq!(
        known!(Language),
        "ar bn bg zh hr cs da nl en fi fr ka de el gu he hi hu id it ja kn ko ms ml mr no or pl pt \
         pa ro ru sk es sv tl ta te th tr uk ur vi"
    );
    assert_eq!(
        known!(Emotion),
        "neutral happy excited enthusiastic elated euphoric triumphant amazed surprised flirtatious \
         curious content peaceful serene calm grateful affectionate trust sympathetic anticipation \
         mysterious angry mad outraged frustrated agitated threatened disgusted contempt envious \
         sarcastic ironic sad dejected melancholic disappointed hurt guilty bored tired rejected \
         nostalgic wistful apologetic hesitant insecure confused resigned anxious panicked alarmed \
         scared proud confident distant skeptical contemplative determined"
    );
    assert_eq!(known!(Normalization), "auto off");
    assert_eq!(known!(Speed), "slow normal fast");
    assert_eq!(known!(Gender), "masculine feminine gender_neutral");
    assert_eq!(known!(VoiceAccess), "private public");
    assert_eq!(known!(VoiceVisibility), "owner all");
    assert_eq!(
        known!(ErrorCode),
        "concurrency_limited quota_exceeded plan_upgrade_required unauthorized model_not_found \
         model_sunsetted voice_not_found voice_model_mismatch invalid_voice_id \
         language_not_supported unsupported_audio_format file_too_large"
    );
}

#[test]
fn an_unknown_value_is_kept() {
    let model: ModelId = serde_json::from_str(r#""sonic-9-2030-01-01""#).unwrap();
    assert_eq!(model, "sonic-9-2030-01-01");
    assert_eq!(
        serde_json::to_string(&model).unwrap(),
        r#""sonic-9-2030-01-01""#
    );
    assert_eq!(
        format!("{model} {model:?}"),
        r#"sonic-9-2030-01-01 ModelId("sonic-9-2030-01-01")"#
    );
}

#[test]
fn error_kinds_have_stable_names() {
    for (kind, name) in [
        (ErrorKind::Config, "config"),
        (ErrorKind::Connect, "connect"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Auth, "auth"),
        (ErrorKind::Quota, "quota"),
        (ErrorKind::RateLimited, "rate_limited"),
        (ErrorKind::InvalidRequest, "invalid_request"),
        (ErrorKind::NotFound, "not_found"),
        (ErrorKind::Unsupported, "unsupported"),
        (ErrorKind::Server, "server"),
        (ErrorKind::Protocol, "protocol"),
        (ErrorKind::Decode, "decode"),
        (ErrorKind::Incomplete, "incomplete"),
        (ErrorKind::Closed, "closed"),
        (ErrorKind::Cancelled, "cancelled"),
        (ErrorKind::Io, "io"),
        (ErrorKind::Device, "device"),
    ] {
        assert_eq!(kind.as_str(), name);
    }
}
