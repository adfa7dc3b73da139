//! The stream that the bench reads, and a client written by hand, as programs without this SDK have it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use eventsource_stream::Eventsource as _;
use futures_util::{Stream, StreamExt as _};

/// Bytes of audio in one event.
pub(crate) const CHUNK: usize = 16 * 1024;

/// The events of a synthesis of so many chunks, each as the service writes it.
pub(crate) fn events(chunks: usize) -> Vec<Vec<u8>> {
    let mut state = 1_u32;
    let mut events: Vec<Vec<u8>> = (0..chunks)
        .map(|_| {
            // Noise: base64 of silence would be one letter, which flatters every decoder.
            let audio: Vec<u8> = (0..CHUNK)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    state.to_be_bytes()[0]
                })
                .collect();
            let data = STANDARD.encode(audio);
            format!(
                "event: chunk\ndata: {{\"type\":\"chunk\",\"status_code\":206,\"done\":false,\
                 \"data\":\"{data}\",\"step_time\":32.69469}}\n\n"
            )
            .into_bytes()
        })
        .collect();
    events.push(
        b"event: done\ndata: {\"type\":\"done\",\"status_code\":200,\"done\":true}\n\n".to_vec(),
    );
    events
}

/// Decodes a stream with the usual crates in the usual way. Gives the bytes of audio.
pub(crate) async fn by_hand<B, E>(bytes: impl Stream<Item = Result<B, E>> + Unpin) -> usize
where
    B: AsRef<[u8]>,
    E: std::fmt::Debug,
{
    let mut events = bytes.eventsource();
    let mut audio = 0;
    while let Some(event) = events.next().await {
        let event = event.expect("the stream is well-formed");
        let value: serde_json::Value = serde_json::from_str(&event.data).expect("it is JSON");
        if let Some(data) = value["data"].as_str() {
            audio += STANDARD.decode(data).expect("it is base64").len();
        }
    }
    audio
}
