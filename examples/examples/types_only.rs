//! `cartesia-types` in a tool without a network: it checks requests and events that other programs send and
//! receive.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example types_only
//! ```

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia_types::tts::{Event, SseRequest};
use cartesia_types::{ApiVersion, AudioClip, RawFormat};

/// What a proxy saw going out.
const REQUEST: &str = r#"{
    "model_id": "sonic-3", "transcript": "Hello!", "language": "en", "add_timestamps": true,
    "pronunciation_dict_id": "pdict_1",
    "voice": {"mode": "id", "id": "a0e99841-438c-4a64-b679-ae501e7d6091"},
    "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000}
}"#;

/// And what came back, event by event.
const EVENTS: [&str; 3] = [
    r#"{"type":"chunk","data":"AAABAAIAAwA=","done":false,"status_code":206}"#,
    r#"{"type":"timestamps","word_timestamps":{"words":["Hello!"],"start":[0.0],"end":[0.0005]}}"#,
    r#"{"type":"done","done":true,"status_code":200}"#,
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let request: SseRequest = serde_json::from_str(REQUEST)?;
    request.validate()?;
    println!("{} in {:?}", request.model_id, request.output_format);
    for version in ApiVersion::KNOWN {
        let missing = request
            .requirements()
            .iter()
            .find_map(|requirement| requirement.check(version).err());
        match missing {
            None => println!("{version}: fine"),
            Some(reason) => println!("{version}: {reason}"),
        }
    }

    let mut audio = Vec::new();
    for event in EVENTS {
        match Event::from_json(event.as_bytes())? {
            Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
            Event::Timestamps(timestamps) => {
                for word in timestamps.words {
                    println!("{:?} to {:?}: {}", word.start, word.end, word.word);
                }
            }
            Event::Done(_) => println!("complete"),
            _ => {}
        }
    }
    let clip = AudioClip::new(RawFormat::PCM_S16LE_8000, audio);
    println!("{:?}: {:?}", clip.duration(), clip.samples_i16());
    Ok(())
}
