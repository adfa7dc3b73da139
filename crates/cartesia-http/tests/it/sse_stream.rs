//! The stream of `/tts/sse`: the same events however they arrive, and exactly one end.

use std::time::Duration;

use cartesia_types::tts::{
    Chunk, Done, Event, PhonemeTimestamps, PhonemeTiming, Timestamps, WordTiming,
};
use cartesia_types::{ErrorKind, RawFormat};
use futures_core::stream::FusedStream as _;
use futures_util::StreamExt as _;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::support::{
    EVENTS, LAST, Script, Server, answer, audio, chunk_event, chunked, chunked_head, done_event,
    event, piece, script, sse_request, within,
};

/// A stream as the service sends it, and the events in it: some words and phonemes between chunks of
/// 16 kB of base64 each.
fn realistic(chunks: usize) -> (String, Vec<Event>) {
    let sound = audio(chunks * 12_288);
    let (mut text, mut events) = (String::new(), Vec::new());
    for (index, sound) in sound.chunks(12_288).enumerate() {
        // A chunk lasts 384 ms.
        let at = 384 * u64::try_from(index).unwrap();
        let (start, end) = (Duration::from_millis(at), Duration::from_millis(at + 250));
        let seconds = |time: Duration| time.as_secs_f64();
        let (from, to) = (seconds(start), seconds(end));
        text.push_str(&event(&format!(
            r#"{{"type":"timestamps","status_code":206,"done":false,"word_timestamps":{{"words":["né"],"start":[{from}],"end":[{to}]}}}}"#
        )));
        events.push(Event::Timestamps(Timestamps::new(vec![WordTiming::new(
            "né", start, end,
        )])));
        text.push_str(&chunk_event(sound));
        let mut chunk = Chunk::new(sound.to_vec());
        chunk.step_time = Some(Duration::from_micros(32_500));
        events.push(Event::Chunk(chunk));
        text.push_str(&event(&format!(
            r#"{{"type":"phoneme_timestamps","status_code":206,"done":false,"phoneme_timestamps":{{"phonemes":["ŋ"],"start":[{from}],"end":[{to}]}}}}"#
        )));
        let phonemes = vec![PhonemeTiming::new("ŋ", start, end)];
        events.push(Event::PhonemeTimestamps(PhonemeTimestamps::new(phonemes)));
    }
    text.push_str(&done_event());
    events.push(Event::Done(Done::default()));
    (text, events)
}

/// Sends each piece as a chunk of its own and lets the client run in between.
fn in_pieces(pieces: Vec<Vec<u8>>) -> Script {
    script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head(EVENTS)).await;
        for bytes in pieces {
            connection.write(piece(bytes)).await;
            tokio::task::yield_now().await;
        }
        connection.write(LAST).await;
    })
}

async fn received(script: Script) -> Vec<Event> {
    let server = Server::start([script]).await;
    let mut stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    let mut events = Vec::new();
    while let Some(event) = within(stream.next_event()).await.unwrap() {
        events.push(event);
    }
    server.finish().await;
    events
}

#[tokio::test]
async fn a_whole_stream_in_one_piece() {
    let (text, expected) = realistic(5);
    let server = Server::start([answer(chunked(EVENTS, [text]))]).await;
    let request = sse_request().with_timestamps(true).with_context_id("ctx");
    let mut stream = within(server.client().tts().sse(request)).await.unwrap();
    assert_eq!(stream.format(), RawFormat::PCM_S16LE_16000);
    assert_eq!(stream.info().request_id(), Some("head-id"));
    for event in expected {
        assert!(!stream.is_terminated());
        assert_eq!(within(stream.next()).await.unwrap().unwrap(), event);
    }
    assert_eq!(stream.bytes_received(), 5 * 12_288);
    for _ in 0..3 {
        assert!(stream.is_terminated());
        assert!(within(stream.next()).await.is_none());
        assert!(within(stream.next_event()).await.unwrap().is_none());
        assert!(within(stream.next_audio()).await.unwrap().is_none());
    }
    let [request] = server.finish().await.try_into().unwrap();
    assert_eq!(request.line(), "POST /tts/sse");
    assert_eq!(request.header("accept"), Some("text/event-stream"));
    let body: serde_json::Value = serde_json::from_str(&request.body).unwrap();
    assert_eq!(body["add_timestamps"], true);
    assert_eq!(body["context_id"], "ctx");
}

#[tokio::test]
async fn every_line_end_and_byte_by_byte() {
    let small = [
        event(r#"{"type":"timestamps","done":false,"status_code":206,"context_id":null,"word_timestamps":{"words":["né"],"start":[0],"end":[0.5]}}"#),
        chunk_event(&[1, 2, 3]),
        ": keep-alive\n\n".to_owned(),
        done_event(),
    ]
    .concat();
    let expected = received(answer(chunked(EVENTS, [&small]))).await;
    assert_eq!(expected.len(), 3);
    for end in ["\n", "\r\n", "\r"] {
        let text = small.replace('\n', end).into_bytes();
        let whole = received(answer(chunked(EVENTS, [&text]))).await;
        assert_eq!(whole, expected, "{end:?}");
        let bytes = text.iter().map(|byte| vec![*byte]).collect();
        assert_eq!(
            received(in_pieces(bytes)).await,
            expected,
            "byte by byte, {end:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_split_matters(cuts in proptest::collection::vec(any::<Index>(), 0..40)) {
        let (text, expected) = realistic(2);
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(text.len())).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        // A piece without bytes would end the body.
        cuts.dedup();
        let pieces = cuts.windows(2).map(|cut| text.as_bytes()[cut[0]..cut[1]].to_vec()).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        prop_assert_eq!(runtime.block_on(received(in_pieces(pieces))), expected);
    }
}

#[tokio::test]
async fn what_follows_done_is_not_read() {
    let text = [
        chunk_event(&[1]),
        done_event(),
        chunk_event(&[2]),
        "data: {broken\n\n".to_owned(),
    ];
    let events = received(answer(chunked(EVENTS, [text.concat()]))).await;
    assert_eq!(events.len(), 2);
    assert_eq!(events[1], Event::Done(Done::default()));
}

/// Seen on old versions: no `type`.
#[tokio::test]
async fn old_dialects_are_read() {
    let untyped = "data: {\"data\":\"AQI=\",\"done\":false,\"status_code\":206}\n\n\
                   data: {\"done\":true,\"status_code\":200}\n\n";
    let events = received(answer(chunked(EVENTS, [untyped]))).await;
    assert_eq!(
        events,
        [
            Event::Chunk(Chunk::new(vec![1, 2])),
            Event::Done(Done::default())
        ]
    );
}

/// `Done` is still told, and the connection is not waited for.
#[tokio::test]
async fn a_last_chunk_may_say_that_it_is_the_last() {
    let last = "data: {\"type\":\"chunk\",\"data\":\"AQI=\",\"done\":true,\"status_code\":200}\n\n";
    let server = Server::start([answer(chunked(EVENTS, [last]))]).await;
    let mut stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    let Some(Event::Chunk(chunk)) = within(stream.next_event()).await.unwrap() else {
        panic!("a chunk");
    };
    assert_eq!((&chunk.data[..], chunk.done), (&[1, 2][..], true));
    assert!(!stream.is_terminated());
    let done = within(stream.next_event()).await.unwrap();
    assert_eq!(done, Some(Event::Done(Done::default())));
    assert!(stream.is_terminated());
}

#[tokio::test]
async fn a_done_without_its_blank_line_counts() {
    let text = chunk_event(&[1, 2]) + done_event().trim_end();
    let events = received(answer(chunked(EVENTS, [text]))).await;
    assert_eq!(events.last(), Some(&Event::Done(Done::default())));
}

#[tokio::test]
async fn what_is_not_known_is_passed_on_and_what_is_empty_is_not() {
    let text = [
        "data:\n\n".to_owned(),
        ": comment\n\nevent: ping\n\nid: 7\nretry: 9\n\n".to_owned(),
        event(r#"{"type":"brand_new","done":false,"status_code":206,"x":[1]}"#),
        event(r#"{"type":"chunk","done":false,"status_code":206,"data":""}"#),
        chunk_event(&[1, 2]),
        done_event(),
    ]
    .concat();
    let events = received(answer(chunked(EVENTS, [&text]))).await;
    assert_eq!(events.len(), 4);
    let Event::Unknown(unknown) = &events[0] else {
        panic!("{:?}", events[0]);
    };
    assert_eq!(unknown.kind(), Some("brand_new"));
    assert!(unknown.raw().contains(r#""x":[1]"#));

    // Whoever wants audio alone gets neither what is unknown nor what is empty.
    let server = Server::start([answer(chunked(EVENTS, [text]))]).await;
    let mut stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    assert_eq!(
        within(stream.next_audio()).await.unwrap().unwrap()[..],
        [1, 2]
    );
    assert!(within(stream.next_audio()).await.unwrap().is_none());
}

#[tokio::test]
async fn audio_is_collected_in_order() {
    let (text, _) = realistic(5);
    let server = Server::start([answer(chunked(EVENTS, text.as_bytes().chunks(10_007)))]).await;
    let stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    let clip = within(stream.collect_audio()).await.unwrap();
    assert_eq!(clip.format(), RawFormat::PCM_S16LE_16000.into());
    assert_eq!(clip.data()[..], audio(5 * 12_288));
}

/// Ways to stop before `done`, each after 100 bytes of audio.
#[tokio::test]
async fn a_stream_that_stops_before_done_is_incomplete() {
    let start = chunk_event(&[7; 60]) + &chunk_event(&[7; 40]);
    let head = chunked_head(EVENTS).into_bytes();
    let with_head = |body: Vec<u8>| [head.clone(), body].concat();
    let half_event = start.clone() + "event: chunk\ndata: {\"type\":\"chunk\",\"data\":\"AAAA";
    // Whole, but neither ended nor an end: it is not audio that was delivered.
    let unended_chunk = start.clone() + chunk_event(&[7; 50]).trim_end();
    let cases = [
        ("the body ends", chunked(EVENTS, [&start])),
        ("in an event", chunked(EVENTS, [&half_event])),
        ("after an unended event", chunked(EVENTS, [&unended_chunk])),
        ("between chunks", with_head(piece(&start))),
        (
            "in a chunk",
            with_head([b"fff\r\n", half_event.as_bytes()].concat()),
        ),
    ];
    for (name, bytes) in cases {
        let server = Server::start([answer(bytes)]).await;
        let mut stream = within(server.client().tts().sse(sse_request()))
            .await
            .unwrap();
        let mut delivered = 0;
        let error = loop {
            match within(stream.next_event()).await {
                Ok(Some(Event::Chunk(chunk))) => delivered += chunk.data.len(),
                Ok(other) => panic!("{name}: {other:?}"),
                Err(error) => break error,
            }
        };
        assert_eq!(delivered, 100, "{name}");
        assert_eq!(error.kind(), ErrorKind::Incomplete, "{name}: {error:?}");
        assert_eq!(error.bytes_received(), Some(100), "{name}");
        assert_eq!((error.attempts(), error.request_id()), (1, Some("head-id")));
        assert!(stream.is_terminated());
        assert!(
            within(stream.next_event()).await.unwrap().is_none(),
            "{name}"
        );
        server.finish().await;
    }
}

/// The end of a stream of these events, for this text.
async fn end_of(transcript: &str, events: &[String]) -> Result<usize, cartesia_http::Error> {
    let server = Server::start([answer(chunked(EVENTS, [events.concat()]))]).await;
    let mut request = sse_request();
    request.transcript = transcript.to_owned();
    let stream = within(server.client().tts().sse(request)).await.unwrap();
    let clip = within(stream.collect_audio()).await?;
    Ok(clip.data().len())
}

#[tokio::test]
async fn an_end_without_audio_is_incomplete_if_there_was_something_to_speak() {
    let empty = |done: bool| {
        event(&format!(
            r#"{{"type":"chunk","data":"","done":{done},"status_code":206}}"#
        ))
    };
    let words =
        r#"{"type":"timestamps","word_timestamps":{"words":["a"],"start":[0],"end":[0.1]}}"#;
    let ends = [
        vec![done_event()],
        vec![empty(false), empty(false), done_event()],
        vec![empty(true)],
        vec![event(words), done_event()],
        vec![event(r#"{"type":"brand_new","done":true}"#), done_event()],
    ];
    for events in &ends {
        for transcript in ["Hello", "\u{1f44d}", "100 %", "\u{4f60}\u{597d}"] {
            let error = end_of(transcript, events).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Incomplete, "{error}");
            assert_eq!(error.bytes_received(), Some(0));
            assert!(error.to_string().contains("no audio"), "{error}");
        }
        for transcript in ["\u{2026} \n", "?!", "<break time=\"1s\"/>"] {
            assert_eq!(end_of(transcript, events).await.unwrap(), 0);
        }
    }
}

#[tokio::test]
async fn audio_that_ends_long_before_its_words_is_incomplete() {
    let word = |end: f64| {
        let times = format!(r#"{{"words":["a"],"start":[0],"end":[{end}]}}"#);
        event(&format!(
            r#"{{"type":"timestamps","word_timestamps":{times}}}"#
        ))
    };
    // One second of audio.
    let audio = chunk_event(&[7].repeat(32_000));
    for (words, whole) in [
        (vec![1.0], true),
        (vec![1.4], true),
        (vec![1.6], false),
        (vec![0.2, 3.0, 0.5], false),
        (vec![f64::from(1_000_000)], false),
    ] {
        let mut events: Vec<_> = words.iter().map(|end| word(*end)).collect();
        events.extend([audio.clone(), done_event()]);
        match end_of("Hello", &events).await {
            Ok(bytes) => assert!(whole && bytes == 32_000, "{words:?}"),
            Err(error) => {
                assert!(!whole, "{words:?}: {error}");
                assert_eq!(error.kind(), ErrorKind::Incomplete);
                assert_eq!(error.bytes_received(), Some(32_000));
                assert!(error.to_string().contains("last word"), "{error}");
            }
        }
    }
    // Times that make no sense end nothing.
    for strange in ["1e300", "null", "\"x\"", "-1"] {
        let times = format!(r#"{{"words":["a"],"start":[0],"end":[{strange}]}}"#);
        let words = event(&format!(
            r#"{{"type":"timestamps","word_timestamps":{times}}}"#
        ));
        let events = [words, audio.clone(), done_event()];
        assert_eq!(end_of("Hello", &events).await.unwrap(), 32_000, "{strange}");
    }
}
