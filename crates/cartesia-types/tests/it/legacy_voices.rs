//! Golden tests of the calls that know voices as numbers.

use cartesia_types::voice::legacy::Embedding;
use cartesia_types::voice::legacy::{
    CreateVoiceRequest, EmbeddingResponse, LocalizeEmbeddingRequest, MixVoicesRequest, MixedVoice,
    clone_clip_requirements, clone_url_requirements,
};
use cartesia_types::voice::{Dialect, SpeakerGender};
use cartesia_types::{ApiVersion, Language};
use serde_json::{from_value, json};

use crate::voice_requests::{golden, versions};

fn embedding() -> Embedding {
    Embedding::try_new([0.25, -1.0]).unwrap()
}

#[test]
fn bodies_are_those_of_the_first_versions() {
    let create = CreateVoiceRequest::new("N", "D", embedding());
    assert_eq!(
        golden(&create),
        r#"{"name":"N","description":"D","embedding":[0.25,-1.0]}"#
    );
    let create = create
        .with_language(Language::DE)
        .with_base_voice_id("b")
        .with_extra("new", 1);
    assert_eq!(
        golden(&create),
        r#"{"name":"N","description":"D","embedding":[0.25,-1.0],"language":"de","base_voice_id":"b","new":1}"#
    );
    let mix = MixVoicesRequest::new([
        MixedVoice::of_id("v", 0.5),
        MixedVoice::of_embedding(embedding(), 2.0),
    ]);
    assert_eq!(
        golden(&mix),
        r#"{"voices":[{"id":"v","weight":0.5},{"embedding":[0.25,-1.0],"weight":2.0}]}"#
    );
    let localize = LocalizeEmbeddingRequest::new(embedding(), Language::EN, SpeakerGender::MALE)
        .with_dialect(Dialect::UK);
    assert_eq!(
        golden(&localize),
        r#"{"embedding":[0.25,-1.0],"language":"en","original_speaker_gender":"male","dialect":"uk"}"#
    );
    let answer: EmbeddingResponse = from_value(json!({"embedding": [0.25, -1], "new": 1})).unwrap();
    assert_eq!(answer.embedding, embedding());
    assert_eq!(answer.extra["new"], 1);
    assert_eq!(
        golden(&EmbeddingResponse::new(embedding())),
        r#"{"embedding":[0.25,-1.0]}"#
    );
    assert!(from_value::<EmbeddingResponse>(json!({"embedding": []})).is_err());
}

#[test]
fn the_versions_that_have_them() {
    let known = ApiVersion::KNOWN;
    let create = CreateVoiceRequest::new("N", "D", embedding());
    assert_eq!(versions(&create.requirements()), known[..2]);
    assert_eq!(
        versions(&MixVoicesRequest::new([]).requirements()),
        known[..2]
    );
    let localize = LocalizeEmbeddingRequest::new(embedding(), Language::EN, SpeakerGender::MALE);
    assert_eq!(versions(&localize.requirements()), known[..1]);
    assert_eq!(versions(&clone_clip_requirements()), known[..4]);
    assert_eq!(versions(&clone_url_requirements()), known[..1]);
}
