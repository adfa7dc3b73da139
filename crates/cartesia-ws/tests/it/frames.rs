//! Frames as a server may send them, well and badly formed (RFC 6455, sections 5 to 7).

use std::future::poll_fn;
use std::task::Poll;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use cartesia_types::tts::{Buffering, ContextSpec, Event};
use cartesia_types::{ErrorKind, ModelId, RawFormat, VoiceId};
use cartesia_ws::{ContextPolicy, Error, ReconnectPolicy, Timeouts};
use tokio::io::AsyncReadExt as _;

use crate::support::{Connection, Gate, Server, everything, frame, script, within};

const TEXT: u8 = 0x81;
const TEXT_BEGINS: u8 = 0x01;
const GOES_ON: u8 = 0x00;
const ENDS: u8 = 0x80;
const BINARY: u8 = 0x82;
const CLOSE: u8 = 0x88;
const PING: u8 = 0x89;
const PONG: u8 = 0x8a;

/// What these servers let a message have.
const LIMIT: usize = 4096;
const AUDIO: &[u8] = b"sixteen bit audio!";

/// Opcode and payload of a frame that the client sent, or nothing more came.
async fn sent(connection: &mut Connection) -> Option<(u8, Vec<u8>)> {
    let stream = &mut connection.stream;
    let first = stream.read_u8().await.ok()?;
    let second = stream.read_u8().await.unwrap();
    assert!(second >= 0x80, "a client masks");
    let length = match second & 0x7f {
        126 => usize::from(stream.read_u16().await.unwrap()),
        length => usize::from(length),
    };
    let mut mask = [0; 4];
    stream.read_exact(&mut mask).await.unwrap();
    let mut payload = vec![0; length];
    stream.read_exact(&mut payload).await.unwrap();
    for (byte, mask) in payload.iter_mut().zip(mask.iter().cycle()) {
        *byte ^= mask;
    }
    Some((first, payload))
}

/// Agrees to the upgrade and reads what is to be spoken; gives the name of the context.
async fn asked(connection: &mut Connection) -> String {
    connection.upgrade("", b"").await;
    let (first, text) = sent(connection).await.expect("a request");
    assert_eq!(first, TEXT);
    let request: serde_json::Value = serde_json::from_slice(&text).unwrap();
    request["context_id"].as_str().unwrap().to_owned()
}

fn chunk(id: &str) -> String {
    format!(
        r#"{{"type":"chunk","context_id":"{id}","status_code":206,"done":false,"data":"{}","step_time":1.5,"note":"naïve 你好 🎉"}}"#,
        STANDARD.encode(AUDIO)
    )
}

fn done(id: &str) -> Vec<u8> {
    let text = format!(r#"{{"type":"done","context_id":"{id}","status_code":200,"done":true}}"#);
    frame(TEXT, text)
}

/// What the client made of it: the audio, how it ended, and the frames it sent after its request.
struct Heard {
    audio: Vec<u8>,
    end: Result<(), Error>,
    sent: Vec<(u8, Vec<u8>)>,
}

impl Heard {
    #[track_caller]
    fn is_well(&self, audio: &[u8]) {
        assert!(self.end.is_ok(), "{:?}", self.end);
        assert_eq!(self.audio, audio);
    }

    /// The error, which must not show what was sent.
    #[track_caller]
    fn error(&self) -> &Error {
        let error = self.end.as_ref().unwrap_err();
        let shown = everything(error);
        assert!(!shown.contains("canary"), "{shown}");
        error
    }

    /// The code with which the client says why it gives up.
    fn close_code(&self) -> Option<u16> {
        let (first, payload) = self.sent.last()?;
        assert_eq!(*first, CLOSE);
        Some(u16::from_be_bytes([payload[0], payload[1]]))
    }
}

/// Asks for speech once; the server answers with `answer`, and ends the connection if it `hangs_up`.
async fn hear(hangs_up: bool, answer: impl FnOnce(&str) -> Vec<u8> + Send + 'static) -> Heard {
    let (report, sent_frames) = tokio::sync::oneshot::channel();
    let server = Server::start([script(async move |mut connection| {
        let id = asked(&mut connection).await;
        connection.write(answer(&id)).await;
        let mut frames = Vec::new();
        if !hangs_up {
            while let Some(frame) = sent(&mut connection).await {
                let last = frame.0 == CLOSE;
                frames.push(frame);
                if last {
                    break;
                }
            }
        }
        report.send(frames).unwrap();
    })])
    .await;
    let (audio, end) = speak(&server).await;
    let sent = within(sent_frames).await.unwrap();
    server.finish().await;
    Heard { audio, end, sent }
}

/// One text, to the end; nothing is tried again.
async fn speak(server: &Server) -> (Vec<u8>, Result<(), Error>) {
    let policy = ContextPolicy::default()
        .with_reconnect(ReconnectPolicy::never())
        .with_replay(false);
    let connector = server.connector().contexts(policy).max_message_bytes(LIMIT);
    let connection = within(connector.tts()).await.unwrap();
    let spec = ContextSpec::new(
        ModelId::SONIC_3_5,
        VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4"),
        RawFormat::PCM_S16LE_16000,
    );
    let context = connection
        .context(spec.with_buffering(Buffering::Verbatim))
        .unwrap();
    let mut output = within(context.speak("Hello.")).await.unwrap();
    let mut audio = Vec::new();
    loop {
        match within(output.next_event()).await {
            Ok(Some(Event::Chunk(chunk))) => audio.extend_from_slice(&chunk.data),
            Ok(Some(_)) => {}
            Ok(None) => return (audio, Ok(())),
            Err(error) => return (audio, Err(error)),
        }
    }
}

/// Every fragment is one byte, so characters are cut wherever they can be; pings, pongs and empty
/// fragments come between them.
#[tokio::test]
async fn fragments_are_put_together_and_pings_between_them_answered() {
    let heard = hear(false, |id| {
        let text = chunk(id);
        let mut bytes = frame(TEXT_BEGINS, "");
        for (index, byte) in text.bytes().enumerate() {
            bytes.extend(frame(GOES_ON, [byte]));
            if index % 16 == 0 {
                bytes.extend(frame(PING, index.to_string()));
                bytes.extend(frame(PONG, "unasked"));
                bytes.extend(frame(GOES_ON, ""));
            }
        }
        bytes.extend(frame(ENDS, ""));
        bytes.extend(done(id));
        bytes
    })
    .await;
    heard.is_well(AUDIO);
    let pongs: Vec<_> = heard
        .sent
        .iter()
        .filter(|(first, _)| *first == PONG)
        .collect();
    assert!(pongs.len() > 4, "{} answers", pongs.len());
    for (index, (_, payload)) in pongs.iter().enumerate() {
        assert_eq!(payload, (index * 16).to_string().as_bytes());
    }
}

/// More pings than answers may wait: none is lost, and none keeps the speech from coming.
#[tokio::test]
async fn many_pings_at_once_are_all_answered() {
    const PINGS: usize = 1000;
    let heard = hear(false, |id| {
        let mut bytes = frame(PING, [b'p'; 125]).repeat(PINGS);
        bytes.extend(frame(TEXT, chunk(id)));
        bytes.extend(done(id));
        bytes
    })
    .await;
    heard.is_well(AUDIO);
    let pongs = heard.sent.iter();
    let pongs = pongs.filter(|(first, payload)| *first == PONG && payload[..] == [b'p'; 125]);
    assert_eq!(pongs.count(), PINGS);
}

#[tokio::test]
async fn a_binary_message_may_hold_the_same() {
    let heard = hear(false, |id| {
        let mut bytes = frame(BINARY, chunk(id));
        bytes.extend(done(id));
        bytes
    })
    .await;
    heard.is_well(AUDIO);
}

/// The protocol has no other binary messages, so it may have been audio.
#[tokio::test]
async fn any_other_binary_message_is_an_error() {
    let heard = hear(false, |id| {
        let mut bytes = frame(TEXT, chunk(id));
        bytes.extend(frame(BINARY, [0xff, 0xfe]));
        bytes.extend(done(id));
        bytes
    })
    .await;
    assert_eq!(heard.error().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn an_empty_text_is_no_event() {
    let heard = hear(false, |_| frame(TEXT, "")).await;
    assert_eq!(heard.error().kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_message_may_be_as_long_as_the_limit_and_no_longer() {
    let padded = |id: &str, length: usize| {
        let mut text = chunk(id);
        text.extend(std::iter::repeat_n(' ', length - text.len()));
        text
    };
    let heard = hear(false, move |id| {
        [frame(TEXT, padded(id, LIMIT)), done(id)].concat()
    })
    .await;
    heard.is_well(AUDIO);
    let in_fragments = move |id: &str, length: usize| {
        let text = padded(id, length);
        let (first, second) = text.as_bytes().split_at(3000);
        [frame(TEXT_BEGINS, first), frame(ENDS, second), done(id)].concat()
    };
    let heard = hear(false, move |id| in_fragments(id, LIMIT)).await;
    heard.is_well(AUDIO);

    let huge = |length: u64| {
        let mut bytes = vec![TEXT, 127];
        bytes.extend(length.to_be_bytes());
        bytes
    };
    for heard in [
        hear(false, move |id| frame(TEXT, padded(id, LIMIT + 1))).await,
        hear(false, move |id| in_fragments(id, LIMIT + 1)).await,
        // Of these only the head comes: nobody waits for the rest, or makes room for it.
        hear(false, move |_| huge(1 << 62)).await,
        hear(false, move |_| huge(u64::MAX)).await,
    ] {
        let error = heard.error();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        let shown = error.to_string();
        assert!(shown.contains("`Connector::max_message_bytes`"), "{shown}");
        assert!(shown.contains("4096"), "{shown}");
        assert_eq!(heard.close_code(), Some(1009));
    }
}

#[tokio::test]
async fn frames_that_break_the_rules_end_the_connection() {
    let masked = vec![TEXT, 0x82, 0, 0, 0, 0, b'{', b'}'];
    for (bytes, part) in [
        (frame(TEXT | 0x40, "canary"), "extension"),
        (frame(0x83, "canary"), "opcode"),
        (masked, "masked"),
        (frame(GOES_ON, "canary"), "opcode"),
        (
            [frame(TEXT_BEGINS, "canary"), frame(TEXT, "x")].concat(),
            "opcode",
        ),
        (frame(0x09, "canary"), "fragmented control frame"),
        (frame(PING, [b'x'; 126]), "length"),
        (vec![TEXT, 126, 0, 1, b'x'], "length"),
        (frame(CLOSE, "x"), "length"),
        (frame(CLOSE, [0, 1]), "close code"),
        (frame(CLOSE, 1005_u16.to_be_bytes()), "close code"),
    ] {
        let heard = hear(false, move |_| bytes).await;
        let error = heard.error();
        assert_eq!(error.kind(), ErrorKind::Closed, "{error}");
        assert!(error.to_string().contains(part), "{part} in {error}");
        assert_eq!(heard.close_code(), Some(1002), "{part}");
    }
}

#[tokio::test]
async fn text_that_is_not_utf_8_ends_the_connection() {
    let cut =
        |last: &'static [u8]| [frame(TEXT_BEGINS, b"canary \xe4\xbd"), frame(ENDS, last)].concat();
    for bytes in [
        frame(TEXT, b"canary \xff"),
        frame(TEXT, b"canary \xe4\xbd"),
        cut(b"x"),
        cut(b""),
        [
            frame(TEXT_BEGINS, b"canary \xe4\xbd"),
            frame(GOES_ON, b""),
            frame(ENDS, b""),
        ]
        .concat(),
        frame(CLOSE, b"\x03\xe8canary \xff"),
    ] {
        let heard = hear(true, move |_| bytes).await;
        let error = heard.error();
        assert_eq!(error.kind(), ErrorKind::Protocol, "{error}");
        assert!(error.to_string().contains("UTF-8"), "{error}");
    }
}

#[tokio::test]
async fn a_close_frame_says_how_it_ended_and_is_answered() {
    for code in [1000_u16, 1001, 1011, 1013, 4000] {
        let heard = hear(false, move |_| {
            let reason = [&code.to_be_bytes()[..], "très bien".as_bytes()].concat();
            frame(CLOSE, reason)
        })
        .await;
        let closed = heard.error().closed().unwrap();
        assert_eq!(
            (closed.code, closed.reason.as_str()),
            (Some(code), "très bien")
        );
        assert_eq!(heard.close_code(), Some(code));
    }
    let heard = hear(false, |_| frame(CLOSE, "")).await;
    let closed = heard.error().closed().unwrap();
    assert_eq!((closed.code, closed.reason.as_str()), (None, ""));
    assert_eq!(heard.sent, [(CLOSE, Vec::new())]);
}

#[tokio::test]
async fn a_connection_that_just_ends_is_distinguished_from_one_that_breaks_off() {
    let heard = hear(true, |id| frame(TEXT, chunk(id))).await;
    assert_eq!(heard.audio, AUDIO);
    let error = heard.error();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    let shown = everything(error);
    assert!(
        shown.contains("the service closed the connection (no close frame)"),
        "{shown}"
    );

    let whole = |id: &str| frame(TEXT, chunk(id));
    for length in [1, 2, 3, 4, 50] {
        let heard = hear(true, move |id| whole(id)[..length].to_vec()).await;
        let error = heard.error();
        assert_eq!(error.kind(), ErrorKind::Closed);
        let shown = error.to_string();
        assert!(shown.contains("in the middle of a message"), "{shown}");
    }
}

/// A code that came after RFC 6455 is told as it came, too.
#[tokio::test]
async fn a_registered_close_code_is_kept() {
    let heard = hear(false, |_| frame(CLOSE, b"\x03\xf6bad gateway")).await;
    let closed = heard.error().closed().unwrap();
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (Some(1014), "bad gateway")
    );
    assert!(heard.close_code().is_some());
}

/// The other side learns what was wrong: not UTF-8 (1007).
#[tokio::test]
async fn text_that_is_not_utf_8_is_refused_with_its_code() {
    let fragments = || [frame(TEXT_BEGINS, b"canary \xe4\xbd"), frame(ENDS, b"x")].concat();
    for bytes in [frame(TEXT, b"canary \xff"), fragments()] {
        let heard = hear(false, move |_| bytes).await;
        assert_eq!(heard.error().kind(), ErrorKind::Protocol);
        assert_eq!(heard.close_code(), Some(1007));
    }
}

/// Fragments without end are as bad as one frame that is too long, even empty ones with one byte between.
#[tokio::test]
async fn fragments_without_end_are_given_up() {
    let heard = hear(false, |_| {
        let mut bytes = frame(TEXT_BEGINS, "");
        for _ in 0..=LIMIT {
            bytes.extend(frame(GOES_ON, ""));
            bytes.extend(frame(GOES_ON, " "));
        }
        bytes
    })
    .await;
    let shown = heard.error().to_string();
    assert!(shown.contains("`Connector::max_message_bytes`"), "{shown}");
    assert_eq!(heard.close_code(), Some(1009));
}

/// Audio before a bad frame is delivered, however they come together.
#[tokio::test]
async fn what_came_before_a_bad_frame_is_delivered() {
    let heard = hear(false, |id| {
        [frame(TEXT, chunk(id)), vec![TEXT, 126, 0, 1, b'x']].concat()
    })
    .await;
    assert_eq!(heard.audio, AUDIO);
    assert!(heard.error().to_string().contains("length"));
}

/// A message that breaks off between two fragments is not whole either.
#[tokio::test]
async fn an_end_between_fragments_is_in_the_middle_of_a_message() {
    let heard = hear(true, |_| frame(TEXT_BEGINS, "{")).await;
    let shown = heard.error().to_string();
    assert!(shown.contains("in the middle of a message"), "{shown}");
}

/// A socket that is closed while something is unread is reset.
#[tokio::test]
async fn a_reset_is_an_error() {
    let server = Server::start([script(async |mut connection| {
        connection.upgrade("", b"").await;
        connection.stream.read_u8().await.unwrap();
    })])
    .await;
    let (audio, end) = speak(&server).await;
    assert_eq!(audio, b"");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Closed);
    server.finish().await;
}

/// The server reads nothing until the client has to wait, and then everything, without a word.
#[tokio::test]
async fn text_is_taken_again_once_a_server_reads_again() {
    const LENGTH: usize = 32 * 1024;
    // More than the buffers of two sockets hold.
    const PUSHES: usize = 240;
    let full = Gate::default();
    let reads = full.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.upgrade("", b"").await;
        reads.passed().await;
        let mut rest = PUSHES * LENGTH;
        while rest > 0 {
            let (_, text) = sent(&mut connection).await.expect("the rest of the text");
            let request: serde_json::Value = serde_json::from_slice(&text).unwrap();
            rest -= request["transcript"].as_str().unwrap().len();
        }
    })])
    .await;
    // Pings and deadlines would wake the task, which must go on without them.
    let timeouts = Timeouts::default()
        .with_ping_interval(None)
        .with_first_audio(None)
        .with_silence(None)
        .with_total(None);
    let connection = within(server.connector().timeouts(timeouts).tts())
        .await
        .unwrap();
    let spec = ContextSpec::new(
        ModelId::SONIC_3_5,
        VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4"),
        RawFormat::PCM_S16LE_16000,
    );
    let context = connection
        .context(spec.with_buffering(Buffering::Verbatim))
        .unwrap();
    let (mut input, _output) = context.split();
    let text = "word ".repeat(LENGTH.div_ceil(5));
    let mut waited = false;
    for _ in 0..PUSHES {
        let mut push = Box::pin(input.push(&text[..LENGTH]));
        let mut turns = 0;
        let patient = poll_fn(|cx| {
            if push.as_mut().poll(cx).is_ready() {
                return Poll::Ready(true);
            }
            turns += 1;
            if waited {
                return Poll::Pending;
            }
            if turns < 1000 {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            Poll::Ready(false)
        });
        if !within(patient).await {
            waited = true;
            full.open();
            within(push).await.unwrap();
        }
    }
    assert!(waited, "everything found room");
    server.finish().await;
}
