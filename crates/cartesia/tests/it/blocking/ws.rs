//! Connections, contexts and pools.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cartesia::blocking::{Client, ContextOutput};
use cartesia::tts::Event;
use cartesia::{
    ApiVersion, Buffering, ContextPolicy, ContextSpec, Deadlines, Error, ErrorKind,
    GenerationRequest, ModelId, PoolConfig, RawFormat, ReconnectPolicy, VoiceId,
};
use cartesia_mock::{
    Action, CannedResponse, Fault, MessageKind, MockServer, Moment, Pace, Rule, Script,
    SocketMessage,
};
use tokio::runtime;

use super::{LIMIT, client, server, server_that, within};
use crate::VOICE;

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const LONG: &str = "One word after the other, so many that they take a while to be said.";

fn spec() -> ContextSpec {
    ContextSpec::new(ModelId::SONIC_3, VoiceId::from(VOICE), FORMAT)
}

/// The audio that the server is to send for texts that are generated one by one.
fn expected(server: &MockServer, spec: &ContextSpec, texts: &[&str]) -> Vec<u8> {
    let request = GenerationRequest::new(spec.clone(), texts[0]);
    let request = serde_json::to_value(request).unwrap();
    server
        .expected_audio(ApiVersion::LATEST, &request, texts)
        .unwrap()
}

/// Waits until the server was sent such a message.
fn await_message(server: &MockServer, wanted: impl Fn(&SocketMessage) -> bool) {
    let waiting = async {
        let mut count = 1;
        loop {
            let messages = server.messages_after(count).await;
            if messages.iter().any(&wanted) {
                return;
            }
            count = messages.len() as u64 + 1;
        }
    };
    let runtime = runtime::Builder::new_current_thread().enable_time().build();
    let waiting = async { tokio::time::timeout(LIMIT, waiting).await };
    runtime
        .unwrap()
        .block_on(waiting)
        .expect("no such message came");
}

fn is_cancel_of(message: &SocketMessage, context: &str) -> bool {
    let cancels = message.json().is_some_and(|json| json["cancel"] == true);
    cancels && message.context_id.as_deref() == Some(context)
}

/// The error with which an output ends, once; and what came before.
fn failure(output: &mut ContextOutput) -> (Error, Vec<u8>) {
    let mut audio = Vec::new();
    for event in output.by_ref() {
        match event {
            Ok(Event::Chunk(chunk)) => audio.extend_from_slice(&chunk.data),
            Ok(_) => {}
            Err(error) => {
                assert!(output.next().is_none());
                return (error, audio);
            }
        }
    }
    panic!("it did not fail")
}

/// A client that makes no lost connection anew.
fn once(server: &MockServer, deadlines: Deadlines) -> Client {
    let reconnect = ReconnectPolicy::never();
    Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .deadlines(deadlines)
        .contexts(ContextPolicy::default().with_reconnect(reconnect))
        .build()
        .unwrap()
}

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
            .send(GenerationRequest::new(self::spec(), "Hi"))
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

        let (mut input, mut output) = connection.context(self::spec()).unwrap().split();
        input.push("Never mind").unwrap();
        input.cancel();
        assert_eq!(failure(&mut output).0.kind(), ErrorKind::Cancelled);
    });
}

/// What the server sends is answered while nobody calls.
#[test]
fn pings_are_answered_between_calls() {
    within(|| {
        let fragments = Action::Fragment {
            frames: 2,
            pings: true,
        };
        let script = Script::new().rule(Rule::new(Moment::Connect, fragments));
        let server = server_that(|server| server.script(script));
        let connection = client(&server).tts().connect().unwrap();
        let output = connection
            .send(GenerationRequest::new(spec(), "Hi"))
            .unwrap();
        await_message(&server, |message| message.kind == MessageKind::Pong);
        assert!(!output.collect_audio().unwrap().data().is_empty());
    });
}

/// So are the client's own pings sent, and the connection is the same afterwards.
#[test]
fn a_connection_is_kept_alive_between_calls() {
    within(|| {
        let server = server();
        let deadlines = Deadlines::default().with_ping_interval(Duration::from_millis(10));
        let connection = once(&server, deadlines).tts().connect().unwrap();
        // The client is gone; the connection has what it needs.
        await_message(&server, |message| message.kind == MessageKind::Ping);
        let output = connection
            .send(GenerationRequest::new(spec(), "Hi"))
            .unwrap();
        assert!(!output.collect_audio().unwrap().data().is_empty());
        assert_eq!(server.sockets().len(), 1);
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
            .send(GenerationRequest::new(self::spec(), "Hi"))
            .unwrap();
        assert!(!output.collect_audio().unwrap().data().is_empty());
        assert_eq!(connection.stats().connections, 2);
    });
}

#[test]
fn a_connection_that_cannot_be_made_says_why() {
    within(|| {
        let server = server();
        let client = once(
            &server,
            Deadlines::default().with_connect(Duration::from_millis(50)),
        );
        let busy = CannedResponse::new(429).with_header("retry-after", "7");
        server.inject(Fault::Respond(busy));
        let error = client.tts().connect().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        server.inject(Fault::StallBeforeHeaders);
        let error = client.tts().connect().unwrap_err();
        assert_eq!(
            (error.kind(), error.operation()),
            (ErrorKind::Timeout, "tts.connect")
        );

        let nobody = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        let client = Client::builder().api_key("sk_canary").base_url(url).build();
        let lazy = client.unwrap().tts().connect_lazy().unwrap();
        assert_eq!(lazy.ready().unwrap_err().kind(), ErrorKind::Connect);
    });
}

#[test]
fn nothing_waits_longer_than_its_deadline() {
    within(|| {
        let stall = Script::new().rule(Rule::new(Moment::Chunks(1), Action::Stall));
        let server = server_that(|server| server.socket_chunk_size(1_000).script(stall));
        let deadlines = Deadlines::default().with_silence(Duration::from_millis(50));
        let connection = once(&server, deadlines).tts().connect().unwrap();
        let mut output = connection
            .send(GenerationRequest::new(spec(), LONG))
            .unwrap();
        let (error, audio) = failure(&mut output);
        assert_eq!((error.kind(), audio.len()), (ErrorKind::Timeout, 1_000));
    });
}

#[test]
fn closing_is_final() {
    within(|| {
        let server = server_that(|server| server.pace(Pace::RealTime));
        let connection = client(&server).tts().connect().unwrap();
        let mut output = connection
            .send(GenerationRequest::new(spec(), LONG))
            .unwrap();
        assert!(output.next_audio().unwrap().is_some());
        connection.close().unwrap();
        assert_eq!(failure(&mut output).0.kind(), ErrorKind::Cancelled);
        assert!(!connection.stats().is_up);
        assert_eq!(server.sockets()[0].client_close.as_ref().unwrap().0, 1000);
        connection.close().unwrap();
        assert_eq!(connection.ready().unwrap_err().kind(), ErrorKind::Closed);
        let late = connection.context(spec()).unwrap().speak("Hi");
        assert_eq!(late.unwrap_err().kind(), ErrorKind::Closed);
    });
}

#[test]
fn draining_waits_for_what_is_being_said() {
    within(|| {
        let server = server();
        let connection = client(&server).tts().connect_lazy().unwrap();
        assert!(server.sockets().is_empty());
        let (mut input, output) = connection.context(spec()).unwrap().split();
        input.push("Still here.").unwrap();
        let other = connection.clone();
        let (drained, wait) = mpsc::channel();
        let draining = thread::spawn(move || drained.send(other.drain()));
        assert!(wait.try_recv().is_err());
        input.finish().unwrap();
        assert!(!output.collect_audio().unwrap().data().is_empty());
        wait.recv().unwrap().unwrap();
        draining.join().unwrap().unwrap();
    });
}

/// The last handle may go anywhere, at once, and the server is told goodbye all the same.
#[test]
fn dropping_the_last_handle_closes_the_connection_behind_it() {
    within(|| {
        let server = server();
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let client = client(&server);
        let connection = client.tts().connect().unwrap();
        let output = connection
            .send(GenerationRequest::new(spec(), LONG))
            .unwrap();
        runtime.block_on(async { drop((client, connection, output)) });
        while server.sockets()[0].client_close.is_none() {
            thread::yield_now();
        }
        assert_eq!(server.sockets()[0].client_close.as_ref().unwrap().0, 1000);
    });
}

#[test]
fn dropping_waits_for_nobody() {
    within(|| {
        let stall = Script::new().rule(Rule::new(Moment::Chunks(1), Action::StallSocket));
        let server = server_that(|server| server.script(stall));
        let client = client(&server);
        let connection = client.tts().connect().unwrap();
        let mut output = connection
            .send(GenerationRequest::new(spec(), LONG))
            .unwrap();
        assert!(output.next_audio().unwrap().is_some());
        let start = Instant::now();
        drop((client, connection, output));
        assert!(start.elapsed() < Duration::from_secs(2));
    });
}

#[test]
fn threads_share_a_connection() {
    within(|| {
        let server = server();
        let connection = client(&server).tts().connect().unwrap();
        let mut fresh = 0..;
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let connection = connection.clone();
                let requests = [0; 5].map(|_| {
                    let id = format!("{number} {}", fresh.next().unwrap());
                    let request = GenerationRequest::new(spec().with_context_id(id), LONG);
                    let whole = expected(&server, &request.context, &[LONG]);
                    (request, whole)
                });
                thread::spawn(move || {
                    for (request, whole) in requests {
                        let clip = connection.send(request).unwrap().collect_audio().unwrap();
                        assert!(clip.data()[..] == whole);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(server.sockets().len(), 1);
    });
}

#[test]
fn a_pool_lets_threads_wait_in_line() {
    within(|| {
        let server = server();
        let config = PoolConfig::default().with_max_contexts(1).with_spares(1);
        let pool = client(&server).tts().pool(config.clone()).unwrap();
        assert!(server.sockets().is_empty());
        pool.prewarm().unwrap();
        assert_eq!(pool.stats().open_connections, 1);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let pool = pool.clone();
                thread::spawn(move || {
                    let output = pool
                        .send(GenerationRequest::new(spec(), "In line"))
                        .unwrap();
                    assert!(!output.collect_audio().unwrap().data().is_empty());
                    let output = pool.context(spec()).unwrap().speak("Again").unwrap();
                    assert!(!output.collect_audio().unwrap().data().is_empty());
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
        pool.drain().unwrap();
        assert_eq!(pool.context(spec()).unwrap_err().kind(), ErrorKind::Closed);

        let config = config.with_max_wait(Duration::from_millis(20));
        let pool = client(&server).tts().pool(config).unwrap();
        let first = pool.context(spec()).unwrap();
        let error = pool.context(spec()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        drop(first);
        pool.close().unwrap();
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
            // These do not block.
            let pool = client.tts().pool(PoolConfig::default()).unwrap();
            let lazy = client.tts().connect_lazy().unwrap();
            drop((pool, lazy, connection.context(self::spec()).unwrap()));
        });
        input.push("Said before and after.").unwrap();
        input.finish().unwrap();
        assert!(output.collect_audio().unwrap().data()[..] == whole);
    });
}
