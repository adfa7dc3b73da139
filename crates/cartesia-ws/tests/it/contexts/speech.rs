//! What goes well.

use std::time::Duration;

use cartesia_mock::MockServer;
use cartesia_types::tts::legacy::LegacyOptions;
use cartesia_types::tts::{ContextId, Event, GenerationConfig, GenerationRequest};
use cartesia_types::{ApiVersion, ErrorKind};
use futures_util::StreamExt as _;
use serde_json::{Value, json};

use super::{assert_same_audio, connect, connector, expected, listen, spec, until};
use crate::support::within;

#[tokio::test]
async fn one_text_is_spoken_whole() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let text = "Good evening. How was your day?";
    let mut output = within(connection.send(GenerationRequest::new(spec(), text)))
        .await
        .unwrap();
    let (audio, end) = listen(&mut output).await;
    end.unwrap();
    assert!(!audio.is_empty());
    assert_same_audio(&audio, &expected(&server, output.id(), &[text]));
    let messages = server.messages();
    assert_eq!(messages.len(), 1, "one message says it all");
    let message = messages[0].json().unwrap();
    assert_eq!(message["continue"], json!(false));
    assert_eq!(message["transcript"], json!(text));
    assert_eq!(message["max_buffer_delay_ms"], json!(0));
}

#[tokio::test]
async fn speech_is_saved_as_a_wav_file() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    std::fs::write(&path, "precious").unwrap();
    let text = "Good evening. How was your day?";

    // Cut short: the file that was there stays, and what arrived is beside it.
    let (mut input, output) = connection.context(spec()).unwrap().split();
    let canceller = output.canceller();
    within(input.push("Let me check. ")).await.unwrap();
    let saving = output.save_wav(&path);
    let cancelling = async {
        let partial = folder.path().join("speech.partial.wav");
        while std::fs::metadata(&partial).map_or(0, |file| file.len()) <= 44 {
            tokio::task::yield_now().await;
        }
        canceller.cancel();
    };
    let (saved, ()) = within(async { tokio::join!(saving, cancelling) }).await;
    let error = saved.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    let partial = std::fs::read(error.partial_file().unwrap()).unwrap();
    assert!(partial.len() > 44 && partial.starts_with(b"RIFF"));

    let output = within(connection.send(GenerationRequest::new(spec(), text)))
        .await
        .unwrap();
    let id = output.id().clone();
    let saved = within(output.save_wav(&path)).await.unwrap();
    let audio = expected(&server, &id, &[text]);
    let file = std::fs::read(&path).unwrap();
    assert_same_audio(&file[44..], &audio);
    assert_eq!(saved.bytes, 44 + audio.len() as u64);
    assert_eq!(
        file[40..44],
        u32::try_from(audio.len()).unwrap().to_le_bytes()
    );
}

#[tokio::test]
async fn text_comes_bit_by_bit_while_speech_comes_out() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push("Let me check. ")).await.unwrap();
    // Speech comes before the text is complete.
    let first = within(output.next_audio()).await.unwrap().expect("audio");
    within(input.push("Here it is.")).await.unwrap();
    within(input.finish()).await.unwrap();
    let (rest, end) = listen(&mut output).await;
    end.unwrap();
    let whole = [&first[..], &rest[..]].concat();
    assert_same_audio(
        &whole,
        &expected(&server, output.id(), &["Let me check. ", "Here it is."]),
    );
}

#[tokio::test]
async fn many_contexts_share_a_connection_and_nothing_else() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let texts: Vec<_> = (0..50)
        .map(|n| format!("Conversation number {n} says hello."))
        .collect();
    let mut outputs = Vec::new();
    for text in &texts {
        outputs.push(
            within(connection.context(spec()).unwrap().speak(text.as_str()))
                .await
                .unwrap(),
        );
    }
    for (text, mut output) in texts.iter().zip(outputs) {
        let (audio, end) = listen(&mut output).await;
        end.unwrap();
        assert_same_audio(&audio, &expected(&server, output.id(), &[text]));
    }
    assert_eq!(server.sockets().len(), 1);
    until(|| connection.stats().live_contexts == 0).await;
}

#[tokio::test]
async fn timestamps_come_as_events() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let spec = spec().with_timestamps(true);
    let output = within(connection.context(spec).unwrap().speak("One two three."))
        .await
        .unwrap();
    let events: Vec<_> = within(output.map(Result::unwrap).collect::<Vec<_>>()).await;
    let words: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            Event::Timestamps(timestamps) => Some(&timestamps.words),
            _ => None,
        })
        .flatten()
        .map(|timing| timing.word.as_str())
        .collect();
    assert_eq!(words, ["One", "two", "three."]);
    assert!(matches!(events.last(), Some(Event::Done(_))));
}

#[tokio::test]
async fn a_context_with_nothing_to_say_ends_without_the_service() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    for text in ["", " ", " … "] {
        let mut output = within(connection.context(spec()).unwrap().speak(text))
            .await
            .unwrap();
        let (audio, end) = listen(&mut output).await;
        end.unwrap();
        assert!(audio.is_empty());
    }
    let (input, mut output) = connection.context(spec()).unwrap().split();
    drop(input);
    assert!(listen(&mut output).await.1.is_ok());
    assert!(server.messages().is_empty());
}

#[tokio::test]
async fn cancelling_ends_the_reader_and_not_its_neighbours() {
    let server = MockServer::builder()
        .pace(cartesia_mock::Pace::RealTime)
        .start()
        .await
        .unwrap();
    let connection = connect(&server).await;
    let long =
        "This goes on and on, for much longer than anybody wants to listen to it. ".repeat(20);
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push(long.as_str())).await.unwrap();
    within(output.next_audio()).await.unwrap().expect("audio");
    let mut neighbour = within(connection.context(spec()).unwrap().speak("Me too."))
        .await
        .unwrap();
    output.canceller().cancel();
    let (audio, end) = listen(&mut output).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
    assert!(audio.is_empty(), "what waits is not delivered");
    let error = within(input.push("More.")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let (audio, end) = listen(&mut neighbour).await;
    end.unwrap();
    assert_same_audio(&audio, &expected(&server, neighbour.id(), &["Me too."]));
}

#[tokio::test]
async fn dropping_an_output_cancels_and_dropping_an_input_finishes() {
    let server = MockServer::builder()
        .pace(cartesia_mock::Pace::RealTime)
        .start()
        .await
        .unwrap();
    let connection = connect(&server).await;
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push("Hello there.")).await.unwrap();
    drop(input);
    let (audio, end) = listen(&mut output).await;
    end.unwrap();
    assert_same_audio(&audio, &expected(&server, output.id(), &["Hello there."]));

    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push("Nobody listens to this.")).await.unwrap();
    within(output.next_audio()).await.unwrap().expect("audio");
    drop(output);
    let cancelled = within(async {
        let mut seen = 0;
        loop {
            let messages = server.messages_after(seen).await;
            seen = messages.len() as u64 + 1;
            if messages
                .iter()
                .any(|message| message.json().unwrap()["cancel"] == Value::Bool(true))
            {
                break true;
            }
        }
    });
    assert!(cancelled.await);
    drop(input);
}

#[tokio::test]
async fn a_pause_longer_than_the_service_waits_is_not_noticed() {
    let expiry = Duration::from_millis(50);
    let server = MockServer::builder()
        .context_expiry(expiry)
        .start()
        .await
        .unwrap();
    let connection = within(connector(&server).tts()).await.unwrap();
    let timed = spec().with_timestamps(true);
    let (mut input, mut output) = connection.context(timed).unwrap().split();
    let mut audio = Vec::new();
    let mut starts = Vec::new();
    for text in ["First part.", "Second part.", "Third part."] {
        within(input.push(text)).await.unwrap();
        let expirations = connection.stats().expirations;
        // The service ends the context while the next text is being thought about.
        until(|| connection.stats().expirations > expirations).await;
    }
    within(input.finish()).await.unwrap();
    while let Some(event) = within(output.next_event()).await.unwrap() {
        match event {
            Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
            Event::Timestamps(timestamps) => {
                starts.extend(timestamps.words.iter().map(|word| word.start));
            }
            _ => {}
        }
    }
    let mut ids: Vec<ContextId> = Vec::new();
    for message in server.messages() {
        let id = message.json().unwrap()["context_id"]
            .as_str()
            .unwrap()
            .into();
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    assert_eq!(ids.len(), 3);
    assert_eq!(&ids[0], output.id());
    let pieces = ["First part.", "Second part.", "Third part."];
    let expected: Vec<u8> = ids
        .iter()
        .zip(pieces)
        .flat_map(|(id, piece)| expected(&server, id, &[piece]))
        .collect();
    assert_same_audio(&audio, &expected);
    assert_eq!(starts.len(), 6);
    assert!(starts.is_sorted(), "one time line: {starts:?}");
}

#[tokio::test]
async fn closing_ends_what_lives_and_draining_waits_for_it() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    within(input.push("Unfinished.")).await.unwrap();
    within(connection.close()).await;
    let (_, end) = listen(&mut output).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
    let mut late = connection.context(spec()).unwrap().split().1;
    assert_eq!(
        listen(&mut late).await.1.unwrap_err().kind(),
        ErrorKind::Closed
    );
    assert_eq!(
        within(connection.ready()).await.unwrap_err().kind(),
        ErrorKind::Closed
    );

    let connection = connect(&server).await;
    let mut output = within(connection.context(spec()).unwrap().speak("All of it."))
        .await
        .unwrap();
    let drained = tokio::time::timeout(Duration::from_secs(5), connection.drain());
    let (heard, drained) = tokio::join!(listen(&mut output), drained);
    drained.unwrap();
    heard.1.unwrap();
    assert_same_audio(&heard.0, &expected(&server, output.id(), &["All of it."]));
}

#[tokio::test]
async fn contexts_outlive_the_handle() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let mut output = within(connection.context(spec()).unwrap().speak("Still here."))
        .await
        .unwrap();
    drop(connection);
    let (audio, end) = listen(&mut output).await;
    end.unwrap();
    assert_same_audio(&audio, &expected(&server, output.id(), &["Still here."]));
}

#[test]
fn a_runtime_that_ends_leaves_nobody_waiting() {
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let server = MockServer::start_on_thread().unwrap();
    let first = runtime();
    let (connection, (_input, mut output)) = first.block_on(async {
        let connection = connect(&server).await;
        let halves = connection.context(spec()).unwrap().split();
        (connection, halves)
    });
    drop(first);
    runtime().block_on(async {
        let (_, end) = listen(&mut output).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Closed);
        assert_eq!(
            within(connection.ready()).await.unwrap_err().kind(),
            ErrorKind::Closed
        );
    });
    let error = connector(&server).tts_lazy().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
}

#[tokio::test]
async fn every_version_of_the_api_is_spoken() {
    let server = MockServer::start().await.unwrap();
    for version in ApiVersion::KNOWN {
        let connection = within(connector(&server).api_version(version).tts())
            .await
            .unwrap();
        let mut output = within(connection.context(spec()).unwrap().speak("Hello there."))
            .await
            .unwrap();
        let (audio, end) = listen(&mut output).await;
        end.unwrap_or_else(|error| panic!("{version}: {error}"));
        assert_same_audio(&audio, &expected(&server, output.id(), &["Hello there."]));
        // An error has another shape before 2026-03-01, and is the same to the caller.
        let wrong = spec().with_extra("model_id", "no such model");
        let mut output = within(connection.context(wrong).unwrap().speak("Hello."))
            .await
            .unwrap();
        let error = listen(&mut output).await.1.unwrap_err();
        assert!(
            matches!(
                error.kind(),
                ErrorKind::InvalidRequest | ErrorKind::NotFound
            ),
            "{version}: {error}"
        );
        assert!(error.api_error().is_some());
        // What a version lacks is refused before anything is sent.
        let sent = server.messages().len();
        let unsupported = connection
            .context(spec().with_legacy(LegacyOptions::new().with_duration(Duration::from_secs(2))))
            .err();
        assert_eq!(
            unsupported.map(|error| error.kind()),
            (version > ApiVersion::V2024_11_13).then_some(ErrorKind::Unsupported)
        );
        assert_eq!(server.messages().len(), sent);
    }
}

#[tokio::test]
async fn a_text_can_be_spoken_otherwise_than_its_context() {
    let server = MockServer::start().await.unwrap();
    let connection = connect(&server).await;
    let spec = spec().with_generation_config(GenerationConfig::new().with_volume(0.5));
    let (mut input, mut output) = connection.context(spec).unwrap().split();
    let loud = GenerationConfig::new().with_volume(2.0);

    let broken = GenerationConfig::new().with_speed(f64::NAN);
    let error = within(input.push_with("Never. ", broken))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);

    let mut peaks = Vec::new();
    for step in 0..3 {
        let text = "The same again. ";
        if step == 1 {
            within(input.push_with(text, loud.clone())).await.unwrap();
        } else {
            within(input.push(text)).await.unwrap();
        }
        let mut peak = 0;
        while let Some(event) = within(output.next_event()).await.unwrap() {
            match event {
                Event::Chunk(chunk) => {
                    let samples = chunk.data.chunks_exact(2);
                    let samples = samples.map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                    peak = samples.fold(peak, |peak, sample| peak.max(sample.unsigned_abs()));
                }
                Event::FlushDone(_) => break,
                _ => {}
            }
        }
        peaks.push(peak);
    }
    within(input.finish()).await.unwrap();
    let (_, end) = listen(&mut output).await;
    end.unwrap();
    assert!(
        peaks[1] > 2 * peaks[0] && peaks[1] > 2 * peaks[2],
        "{peaks:?}"
    );
    let volumes: Vec<_> = server
        .messages()
        .iter()
        .map(|message| message.json().unwrap()["generation_config"]["volume"].clone())
        .collect();
    assert_eq!(volumes, [0.5, 2.0, 0.5, 0.5]);
}
