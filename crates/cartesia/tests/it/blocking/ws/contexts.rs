//! Contexts: text goes in, speech comes out, and all that can happen meanwhile.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cartesia::tts::Event;
use cartesia::{Buffering, ErrorKind, GenerationRequest, PoolConfig, Timeouts};
use cartesia_mock::{Action, Moment, Pace, Rule, Script};
use tokio::runtime;

use super::{FORMAT, LONG, await_message, expected, failure, is_cancel_of, once, spec};
use crate::blocking::{client, server, server_that, within};

#[test]
fn one_text_is_spoken() {
    within(|| {
        let server = server();
        let connection = client(&server).tts().connect().unwrap();
        assert!(connection.handshake().unwrap().request_id().is_some());
        let request = GenerationRequest::new(spec().with_context_id("whole"), "One text");
        let whole = expected(&server, &request.context, &["One text"]);

        let mut output = connection.send(request).unwrap();
        assert_eq!((output.id().as_str(), output.format()), ("whole", FORMAT));
        let (mut audio, mut done) = (Vec::new(), false);
        for event in output.by_ref() {
            match event.unwrap() {
                Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
                Event::Done(_) => done = true,
                _ => {}
            }
        }
        assert!(done && audio == whole && output.next().is_none());
        assert_eq!(output.bytes_received(), whole.len() as u64);
        assert_eq!(output.bytes_waiting(), 0);

        let again = GenerationRequest::new(spec().with_context_id("again"), "Another");
        let whole = expected(&server, &again.context, &["Another"]);
        let clip = connection.send(again).unwrap().collect_audio().unwrap();
        assert!(clip.data()[..] == whole);
        assert_eq!(connection.stats().connections, 1);
    });
}

#[test]
fn text_goes_in_while_speech_comes_out() {
    within(|| {
        let server = server();
        let connection = client(&server).tts().connect().unwrap();
        let spec = spec()
            .with_context_id("a context")
            .with_buffering(Buffering::Verbatim);
        let (mut input, mut output) = connection.context(spec.clone()).unwrap().split();
        assert_eq!((input.id(), output.id()), (output.id(), input.id()));
        let (heard, wait_until_heard) = mpsc::channel();
        let writer = thread::spawn(move || {
            input.push("Hello there. ")?;
            // The rest of the text comes after the first audio.
            wait_until_heard.recv().unwrap();
            input.push_all(["And ", "all "])?;
            input.push("the best.")?;
            input.finish()
        });
        let mut audio = output.next_audio().unwrap().unwrap().to_vec();
        heard.send(()).unwrap();
        while let Some(more) = output.next_audio().unwrap() {
            audio.extend_from_slice(&more);
        }
        writer.join().unwrap().unwrap();
        let pieces = ["Hello there. ", "And ", "all ", "the best."];
        let whole = expected(&server, &spec, &pieces);
        assert!(audio == whole, "{} of {} bytes", audio.len(), whole.len());
    });
}

/// Half a word is held back, until the text is complete or flushed.
#[test]
fn a_flush_speaks_what_is_held_back() {
    within(|| {
        let server = server();
        let connection = client(&server).tts().connect().unwrap();
        let (mut input, mut output) = connection.context(spec()).unwrap().split();
        input.push("Hel").unwrap();
        input.flush().unwrap();
        assert!(output.next_audio().unwrap().is_some());
        // Dropping the input is the end of the text.
        drop(input);
        assert!(matches!(output.last(), Some(Ok(Event::Done(_)))));
    });
}

#[test]
fn dropping_an_output_cancels_its_context_at_the_server() {
    within(|| {
        let server = server_that(|server| server.pace(Pace::RealTime));
        let connection = client(&server).tts().connect().unwrap();
        let spec = spec().with_context_id("dropped");
        for event in connection.send(GenerationRequest::new(spec, LONG)).unwrap() {
            if matches!(event.unwrap(), Event::Chunk(_)) {
                break;
            }
        }
        await_message(&server, |message| is_cancel_of(message, "dropped"));
        // The connection is as good as before.
        let output = connection
            .send(GenerationRequest::new(super::spec(), "Hi"))
            .unwrap();
        assert!(!output.collect_audio().unwrap().data().is_empty());
        assert_eq!(connection.stats().connections, 1);
    });
}

#[test]
fn another_thread_cancels() {
    within(|| {
        let server = server_that(|server| server.pace(Pace::RealTime));
        let connection = client(&server).tts().connect().unwrap();
        let spec = spec().with_context_id("cancelled");
        let (mut input, mut output) = connection.context(spec).unwrap().split();
        input.push(LONG).unwrap();
        input.flush().unwrap();
        assert!(output.next_audio().unwrap().is_some());
        let canceller = output.canceller();
        let button = thread::spawn(move || canceller.cancel());
        let (error, _) = failure(&mut output);
        assert_eq!(error.kind(), ErrorKind::Cancelled);
        button.join().unwrap();
        assert_eq!(input.push("more").unwrap_err().kind(), ErrorKind::Cancelled);
        await_message(&server, |message| is_cancel_of(message, "cancelled"));

        let (mut input, mut output) = connection.context(super::spec()).unwrap().split();
        input.push("Never mind").unwrap();
        input.cancel();
        assert_eq!(failure(&mut output).0.kind(), ErrorKind::Cancelled);
    });
}

#[test]
fn a_server_that_goes_away_in_the_middle_is_an_error_and_the_next_is_reached() {
    within(|| {
        let lost = Rule::new(Moment::Chunks(2), Action::Reset).connection(1);
        let server = server_that(|server| {
            server
                .socket_chunk_size(1_000)
                .script(Script::new().rule(lost))
        });
        let connection = client(&server).tts().connect().unwrap();
        let spec = spec().with_context_id("lost");
        let whole = expected(&server, &spec, &[LONG]);
        let mut output = connection.send(GenerationRequest::new(spec, LONG)).unwrap();
        let (error, audio) = failure(&mut output);
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert_eq!(error.bytes_received(), Some(audio.len() as u64));
        assert!(!audio.is_empty() && whole.starts_with(&audio));
        assert!(!format!("{error} {error:?}").contains("One word"));

        let output = connection
            .send(GenerationRequest::new(super::spec(), "Hi"))
            .unwrap();
        assert!(!output.collect_audio().unwrap().data().is_empty());
        assert_eq!(connection.stats().connections, 2);
    });
}

#[test]
fn nothing_waits_longer_than_its_deadline() {
    within(|| {
        let stall = Script::new().rule(Rule::new(Moment::Chunks(1), Action::Stall));
        let server = server_that(|server| server.socket_chunk_size(1_000).script(stall));
        let deadlines = Timeouts::default().with_silence(Duration::from_millis(50));
        let connection = once(&server, deadlines).tts().connect().unwrap();
        let mut output = connection
            .send(GenerationRequest::new(spec(), LONG))
            .unwrap();
        let (error, audio) = failure(&mut output);
        assert_eq!((error.kind(), audio.len()), (ErrorKind::Timeout, 1_000));
    });
}

#[test]
fn async_code_gets_an_error_and_loses_nothing() {
    within(|| {
        let server = server();
        let client = client(&server);
        let connection = client.tts().connect().unwrap();
        let spec = spec().with_context_id("careful");
        let whole = expected(&server, &spec, &["Said before and after."]);
        let (mut input, mut output) = connection.context(spec).unwrap().split();
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let kinds = [
                client.tts().connect().map(|_| ()),
                connection.ready(),
                connection.close(),
                connection.drain(),
                input.push("never said "),
                input.flush(),
                output.next_audio().map(|_| ()),
                output.next().unwrap().map(|_| ()),
            ]
            .map(|outcome| outcome.unwrap_err().kind());
            assert_eq!(kinds, [ErrorKind::Config; 8]);
            assert_eq!(output.by_ref().flatten().count(), 0);
            // These do not block.
            let pool = client.tts().pool(PoolConfig::default()).unwrap();
            let lazy = client.tts().connect_lazy().unwrap();
            drop((pool, lazy, connection.context(super::spec()).unwrap()));
        });
        input.push("Said before and after.").unwrap();
        input.finish().unwrap();
        assert!(output.collect_audio().unwrap().data()[..] == whole);
    });
}
