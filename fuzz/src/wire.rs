//! What the service sends: events, the stream they come in, and errors.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_http::sse::SseParser;
use cartesia_types::ApiError;
use cartesia_types::tts::Event;
use serde_json::Value;

use crate::pieces;

/// What is audio, or the end of it, is JSON; and audio is what another decoder of base64 gets.
pub(crate) fn event(data: &[u8]) {
    let Ok(event) = Event::from_json(data) else {
        return;
    };
    let _ = (event.kind(), event.context_id(), format!("{event:?}"));
    let audio = match &event {
        Event::Chunk(chunk) => Some(&chunk.data),
        Event::Done(_) | Event::FlushDone(_) => None,
        // Errors are shown and everything else is passed on, in whatever shape it came.
        _ => return,
    };
    let json: Value = serde_json::from_slice(data).expect("an event is JSON");
    assert!(json.is_object(), "an event is an object");
    if let Some(audio) = audio {
        let text = json["data"].as_str().expect("audio is text");
        let decoded = STANDARD.decode(text).expect("audio is base64");
        assert!(decoded == *audio, "the audio is another");
    }
}

/// Events do not depend on how the stream was cut.
pub(crate) fn sse(data: &[u8]) {
    let Some((whole, pieces)) = pieces::cut(data) else {
        return;
    };
    assert_eq!(events(&[whole], usize::MAX), events(&pieces, usize::MAX));
    let limit = 1 + usize::from(data[0]);
    let (limited, _) = events(&pieces, limit);
    assert!(limited.iter().all(|event| event.len() <= limit));
}

/// The events of a stream, and whether one was too long.
fn events(pieces: &[&[u8]], limit: usize) -> (Vec<Vec<u8>>, bool) {
    let mut parser = SseParser::new(limit);
    let mut events = Vec::new();
    for piece in pieces {
        parser.push(piece);
        loop {
            match parser.next_event() {
                Ok(Some(event)) => events.push(event.to_vec()),
                Ok(None) => break,
                Err(_) => return (events, true),
            }
        }
    }
    events.extend(parser.finish().map(<[u8]>::to_vec));
    (events, false)
}

/// Every body is an error that can be shown, and not much longer than the body.
pub(crate) fn api_error(data: &[u8]) {
    let Some((status, body)) = data.split_first_chunk::<2>() else {
        return;
    };
    let error = ApiError::from_body(u16::from_le_bytes(*status), body);
    let shown = format!("{error}");
    assert!(!shown.is_empty());
    // One byte that is not UTF-8 is shown as three.
    assert!(shown.len() <= 4 * body.len() + 512, "{} bytes", shown.len());
    let _ = (format!("{error:?}"), error.kind());
}
