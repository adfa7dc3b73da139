//! The audio that a context will send.

use cartesia_types::{ApiVersion, pcm};
use serde_json::Value;

use super::request::{self, Request};
use crate::state::State;

/// All audio of a context whose first request is `request` and whose text is generated in these pieces;
/// `None` when the request would be refused, whatever its text.
pub(crate) fn audio(
    state: &State,
    version: ApiVersion,
    request: &Value,
    pieces: &[&str],
) -> Option<Vec<u8>> {
    let Ok(Request::Input(input)) = request::read(request, version, state) else {
        return None;
    };
    let mut speech = input.synthesis.begin(input.context_id.as_deref());
    let mut samples = Vec::new();
    for piece in pieces {
        speech.extend(piece);
        speech.render(usize::MAX, &mut samples);
    }
    let mut audio = Vec::new();
    pcm::encode_f32(input.synthesis.format().encoding, &samples, &mut audio);
    Some(audio)
}
