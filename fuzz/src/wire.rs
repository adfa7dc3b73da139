//! What the service sends: events, the stream they come in, and errors.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_http::sse::SseParser;
use cartesia_types::ApiError;
use cartesia_types::agent::{CallEvent, CallProtocol};
use cartesia_types::stt::{LiveEvent, TurnEvent};
use cartesia_types::tts::Event;
use serde_json::Value;

use crate::pieces;

/// Of what is JSON, a chunk has the audio that another decoder of base64 gets, and no other message has any.
pub(crate) fn event(data: &[u8]) {
    let Ok(event) = Event::from_json(data) else {
        return;
    };
    let _ = (event.kind(), event.context_id(), format!("{event:?}"));
    // What is not JSON may be read as far as it goes.
    let Ok(Value::Object(json)) = serde_json::from_slice(data) else {
        return;
    };
    let audio = json
        .get("data")
        .and_then(Value::as_str)
        .and_then(|text| STANDARD.decode(text).ok());
    match (json.get("type").and_then(Value::as_str), audio, event) {
        (Some("chunk"), Some(audio), Event::Chunk(chunk)) => {
            assert!(chunk.data == audio, "the audio is another");
        }
        (Some("chunk"), Some(_), other) => panic!("a chunk of audio became {other:?}"),
        (_, None, Event::Chunk(_)) => panic!("audio from nowhere"),
        _ => {}
    }
}

/// Of what is JSON, a transcript has the text that another decoder of JSON gets. What is written again
/// reads as the same event.
pub(crate) fn stt_event(data: &[u8]) {
    let live = LiveEvent::from_json(data);
    let turn = TurnEvent::from_json(data);
    let _ = format!("{live:?} {turn:?}");
    if let Ok(event @ (LiveEvent::FlushDone(_) | LiveEvent::Done(_))) = &live {
        let again = serde_json::to_vec(event).unwrap_or_default();
        assert!(
            LiveEvent::from_json(&again).as_ref() == Ok(event),
            "{event:?}"
        );
    }
    if let Ok(event @ (TurnEvent::Update(_) | TurnEvent::EagerEnd(_) | TurnEvent::End(_))) = &turn {
        let again = serde_json::to_vec(event).unwrap_or_default();
        assert!(
            TurnEvent::from_json(&again).as_ref() == Ok(event),
            "{event:?}"
        );
    }
    let Ok(Value::Object(json)) = serde_json::from_slice(data) else {
        return;
    };
    let text = |name: &str| json.get(name).and_then(Value::as_str);
    match (&live, text("text")) {
        (Ok(LiveEvent::Transcript(segment)), Some(text)) => {
            assert!(segment.text == text, "the text is another");
            assert!(
                segment
                    .words
                    .iter()
                    .all(|word| word.start <= Duration::from_secs(1 << 30))
            );
        }
        (Ok(LiveEvent::Transcript(_)), None) => panic!("text from nowhere"),
        _ => {}
    }
    if let Ok(TurnEvent::Update(turn) | TurnEvent::EagerEnd(turn) | TurnEvent::End(turn)) = &turn {
        assert!(
            text("transcript") == Some(&*turn.transcript),
            "the text is another"
        );
    }
}

/// Of what is JSON, a message of a call has the audio that another decoder of base64 gets. What is
/// written again reads as the same event.
pub(crate) fn call_event(data: &[u8]) {
    let event = CallEvent::from_json(data);
    let _ = format!("{event:?}");
    if let Ok(event) = &event {
        for protocol in [CallProtocol::Line, CallProtocol::Managed] {
            let Some(message) = event.to_json(protocol, None) else {
                continue;
            };
            let again = CallEvent::from_json(message.as_bytes());
            // Times and other numbers may be rounded.
            let exact = matches!(
                event,
                CallEvent::Audio(_)
                    | CallEvent::Clear
                    | CallEvent::Dtmf(_)
                    | CallEvent::TurnText(_)
                    | CallEvent::Error(_)
            );
            let same = again.as_ref() == Ok(event);
            assert!(same || !exact, "{event:?} became {again:?}");
        }
    }
    let Ok(Value::Object(json)) = serde_json::from_slice(data) else {
        return;
    };
    let text = match (json.get("type"), json.get("event").and_then(Value::as_str)) {
        (Some(Value::String(kind)), _) if kind == "audio_output" => json.get("audio"),
        (None, Some("media_output")) => json.get("media").and_then(|media| media.get("payload")),
        _ => return,
    };
    let text = text.and_then(Value::as_str);
    match (text.and_then(|text| STANDARD.decode(text).ok()), event) {
        (Some(audio), Ok(CallEvent::Audio(event))) => {
            assert!(event.data == audio, "the audio is another");
        }
        (Some(_), other) => panic!("audio became {other:?}"),
        (None, Ok(event)) => panic!("audio from nowhere: {event:?}"),
        (None, Err(_)) => {}
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
