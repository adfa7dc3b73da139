//! Connections and pools: made, kept, shared, closed and dropped.

use std::net::TcpListener;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use cartesia::blocking::Client;
use cartesia::{ErrorKind, GenerationRequest, PoolConfig, Timeouts};
use cartesia_mock::{Action, CannedResponse, Fault, MessageKind, Moment, Pace, Rule, Script};
use tokio::runtime;

use super::{LONG, await_message, expected, failure, once, spec};
use crate::blocking::{client, server, server_that, within};

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
        let deadlines = Timeouts::default().with_ping_interval(Duration::from_millis(10));
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
fn a_connection_that_cannot_be_made_says_why() {
    within(|| {
        let server = server();
        let client = once(
            &server,
            Timeouts::default().with_connect(Duration::from_millis(50)),
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
                let requests = [0; 2].map(|_| {
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

/// What is known of a connection is known to whoever waited for it, on whatever thread.
#[test]
fn a_connection_that_is_ready_is_up() {
    within(|| {
        let server = server();
        let client = client(&server);
        for _ in 0..100 {
            let connection = client.tts().connect_lazy().unwrap();
            connection.ready().unwrap();
            assert!(connection.stats().is_up && connection.handshake().is_some());
        }
    });
}
