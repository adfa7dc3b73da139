//! Neither keys nor what was said or heard shows in `Debug`.

use std::time::Duration;

use cartesia_types::tts::{Chunk, Event, PhonemeTimestamps, PhonemeTiming, Timestamps, WordTiming};
use cartesia_types::{AccessToken, ApiKey, AudioClip, RawFormat};

#[test]
fn debug_shows_neither_keys_nor_words_nor_audio() {
    let canary = "canary";
    let shown = [
        format!("{:#?}", ApiKey::new(canary).unwrap()),
        format!("{:#?}", AccessToken::new(canary).unwrap()),
        format!(
            "{:#?}",
            Event::Chunk(Chunk::new(canary.as_bytes().to_vec()))
        ),
        format!(
            "{:#?}",
            Timestamps::new(vec![WordTiming::new(
                canary,
                Duration::ZERO,
                Duration::ZERO
            )])
        ),
        format!(
            "{:#?}",
            PhonemeTimestamps::new(vec![PhonemeTiming::new(
                canary,
                Duration::ZERO,
                Duration::ZERO
            )])
        ),
        format!(
            "{:#?}",
            Event::from_json(br#"{"type":"x","text":"canary"}"#).unwrap()
        ),
        format!(
            "{:#?}",
            AudioClip::new(RawFormat::PCM_MULAW_8000, canary.as_bytes().to_vec())
        ),
    ]
    .join("\n");
    assert!(!shown.contains(canary), "{shown}");
    let bytes = format!("{:?}", canary.as_bytes());
    assert!(!shown.contains(&bytes), "{shown}");
}
