//! The completeness rule: whatever goes wrong on the way, the caller gets everything or an error, and audio
//! before an error is how the undamaged audio begins.
//!
//! Damage is drawn from the mock server's faults. Left out is what no client can notice, such as a chunk that
//! a server never sends although it says that it is done.

use std::time::Duration;

use cartesia::tts::{BytesRequest, SseRequest};
use cartesia::voice::ListVoicesRequest;
use cartesia::{
    Backoff, Client, ContextSpec, Error, ModelId, OutputFormat, RawFormat, Result, RetryPolicy,
    SttModelId, Timeouts, TranscribeRequest, Upload, VoiceId, WavFormat,
};
use cartesia_mock::{Action, Fault, MockServer};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

use crate::VOICE;

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const TEXT: &str = "One two three.";
/// A stop costs this much time, in some of the cases. Slowness that is taken for a stop makes an error,
/// which never fails a test.
const LIMIT: Duration = Duration::from_millis(150);

type Verdict = std::result::Result<(), String>;

/// Server and clients of one property.
struct World {
    runtime: Runtime,
    server: MockServer,
    /// A client that gives up soon.
    client: Client,
    /// A client with the usual limits, to learn what the server sends undamaged.
    patient: Client,
}

impl World {
    fn new(retry: RetryPolicy) -> Self {
        let runtime = Runtime::new().unwrap();
        let builder = MockServer::builder()
            .seed(1)
            .chunk_size(4_001)
            .socket_chunk_size(4_001);
        let server = runtime.block_on(builder.start()).unwrap();
        let builder = Client::builder()
            .api_key("sk_canary")
            .base_url(server.url());
        let limits = Timeouts::default()
            .with_response(LIMIT)
            .with_first_audio(LIMIT)
            .with_silence(LIMIT)
            .with_total(LIMIT)
            .with_ping_interval(LIMIT)
            .with_pong(LIMIT)
            .with_close(LIMIT);
        let hasty = builder.clone().timeouts(limits).retry(retry);
        Self {
            client: hasty.build().unwrap(),
            patient: builder.build().unwrap(),
            runtime,
            server,
        }
    }

    /// Checks a property against random damage to this path.
    fn check(
        &self,
        path: &str,
        damage: impl Strategy<Value = Fault>,
        property: impl AsyncFn() -> Verdict,
    ) {
        let config = ProptestConfig {
            cases: 80,
            failure_persistence: None,
            ..ProptestConfig::default()
        };
        let outcome = TestRunner::new(config).run(&damage, |fault| {
            self.server.clear_faults();
            self.server.inject(fault.on(path));
            let outcome = self.runtime.block_on(async {
                tokio::time::timeout(Duration::from_secs(30), property()).await
            });
            outcome
                .unwrap_or_else(|_| Err("it never ended".to_owned()))
                .map_err(TestCaseError::fail)
        });
        if let Err(failure) = outcome {
            panic!("{failure}");
        }
    }
}

/// Two attempts, without a wait between them.
fn twice() -> RetryPolicy {
    RetryPolicy::default()
        .with_max_attempts(2)
        .with_backoff(Backoff::new(Duration::ZERO, Duration::ZERO))
}

/// What can go wrong with any response.
fn response_damage() -> impl Strategy<Value = Fault> {
    const STATUSES: [u16; 9] = [204, 206, 302, 400, 404, 408, 429, 500, 503];
    const KINDS: [&str; 5] = [
        "",
        "text/html",
        "application/json",
        "image/png",
        "audio/wav",
    ];
    const BODIES: [&str; 6] = [
        "",
        "{}",
        "null",
        "7",
        r#"{"data":null}"#,
        r#"{"error":{"message":"m"}}"#,
    ];
    let statuses = || select(&STATUSES[..]);
    let relabelled = (proptest::option::of(statuses()), select(&KINDS[..]));
    prop_oneof![
        1 => Just(Fault::CloseBeforeHeaders),
        1 => Just(Fault::StallBeforeHeaders),
        1 => statuses().prop_map(Fault::status),
        1 => select(&BODIES[..]).prop_map(Fault::json),
        1 => relabelled.prop_map(|(status, kind)| Fault::Relabel {
            status,
            content_type: Some(kind.to_owned()),
        }),
        3 => cut(),
    ]
}

/// Where a connection breaks or stops.
fn cut() -> impl Strategy<Value = Fault> {
    let after = || prop_oneof![0..200_u64, 0..60_000_u64];
    prop_oneof![
        3 => after().prop_map(|after| Fault::CutBody { after }),
        1 => after().prop_map(|after| Fault::StallBody { after }),
    ]
}

fn drip() -> impl Strategy<Value = Fault> {
    Just(Fault::DripBody {
        every: Duration::from_millis(1),
    })
}

/// What can go wrong with one message of a stream, so that a client can notice.
fn message_damage(on_socket: bool) -> impl Strategy<Value = Fault> {
    let set = |field: &str, value: &Value| Action::Set {
        field: field.to_owned(),
        value: value.clone(),
    };
    let remove = |field: &str| Action::Remove {
        field: field.to_owned(),
    };
    let error = |done| Action::Error {
        status: 500,
        code: None,
        context: true,
        shape: None,
        done,
    };
    let close = |code| Action::Close {
        code,
        reason: String::new(),
    };
    let say = |text: &str| Action::Say {
        text: text.to_owned(),
    };
    let malformed = vec![
        Action::MalformedJson,
        Action::MalformedBase64,
        Action::MalformedUtf8,
        say("[]"),
        say("not JSON"),
    ];
    let harmless_or_binary = if on_socket {
        vec![Action::Binary { bytes: 10 }]
    } else {
        vec![Action::UnknownType]
    };
    let breaks = vec![Action::Reset, Action::HangUp, close(1000), close(1011)];
    let stops = vec![
        Action::Stall,
        Action::StallSocket,
        Action::KeepAlive { milliseconds: 5 },
    ];
    let errors = vec![error(true), error(false)];
    let mut data = vec![remove("data")];
    for value in [json!(null), json!(7), json!(["AAAA"]), json!({})] {
        data.push(set("data", &value));
    }
    let mut fields = Vec::new();
    for field in ["step_time", "status_code", "flush_id", "done", "context_id"] {
        fields.push(remove(field));
        for value in [json!(null), json!("x"), json!([1]), json!(-1)] {
            fields.push(set(field, &value));
        }
    }
    let action = prop_oneof![
        3 => select(malformed),
        1 => select(harmless_or_binary),
        2 => select(breaks),
        1 => select(stops),
        3 => select(errors),
        2 => select(data),
        4 => select(fields),
    ];
    // The end that never comes, and the end that comes at once.
    let ends = vec![
        (1_000, Action::Drop),
        (0, Action::Done { status: 206 }),
        (0, Action::DuplicateDone),
    ];
    prop_oneof![9 => (0..12_usize, action), 1 => select(ends)]
        .prop_map(|(after, action)| Fault::message(after, action))
}

/// What came of a stream of audio.
struct Heard {
    audio: Vec<u8>,
    error: Option<Error>,
    /// Something came after the end.
    goes_on: bool,
}

impl Heard {
    fn nothing(error: Error) -> Self {
        Self {
            audio: Vec::new(),
            error: Some(error),
            goes_on: false,
        }
    }

    /// Reads all pieces.
    async fn of<S>(
        stream: Result<S>,
        mut next: impl AsyncFnMut(&mut S) -> Result<Option<bytes::Bytes>>,
    ) -> Self {
        let mut stream = match stream {
            Ok(stream) => stream,
            Err(error) => return Self::nothing(error),
        };
        let mut audio = Vec::new();
        let error = loop {
            match next(&mut stream).await {
                Ok(Some(piece)) => audio.extend_from_slice(&piece),
                Ok(None) => break None,
                Err(error) => break Some(error),
            }
        };
        let goes_on = !matches!(next(&mut stream).await, Ok(None));
        Self {
            audio,
            error,
            goes_on,
        }
    }

    /// Everything, or an error after the beginning.
    fn judge(&self, whole: &[u8]) -> Verdict {
        let (got, all) = (self.audio.len(), whole.len());
        if self.goes_on {
            return Err("something came after the end".to_owned());
        }
        match &self.error {
            None if self.audio == whole => Ok(()),
            None => Err(format!("{got} of {all} bytes as a success")),
            Some(error) if !whole.starts_with(&self.audio) => Err(format!(
                "{got} bytes that are not how the audio begins, then: {error}"
            )),
            Some(error)
                if error
                    .bytes_received()
                    .is_some_and(|bytes| bytes != got as u64) =>
            {
                Err(format!(
                    "{got} bytes, but the error counts differently: {error}"
                ))
            }
            Some(_) => Ok(()),
        }
    }
}

fn bytes_request(format: impl Into<OutputFormat>) -> BytesRequest {
    BytesRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), TEXT, format)
}

fn sse_request() -> SseRequest {
    SseRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), TEXT, FORMAT)
}

#[test]
fn a_body_of_audio_is_whole_or_ends_with_an_error() {
    let world = World::new(twice());
    for format in [OutputFormat::from(FORMAT), WavFormat::from(FORMAT).into()] {
        let whole = world.runtime.block_on(async {
            let body = world.patient.tts().bytes(bytes_request(format)).await;
            body.unwrap().collect().await.unwrap().data().to_vec()
        });
        assert!(whole.len() > 20_000, "{}", whole.len());
        world.check("/tts/bytes", response_damage(), async || {
            let body = world.client.tts().bytes(bytes_request(format)).await;
            let heard = Heard::of(body, async |body| body.next_chunk().await).await;
            heard.judge(&whole)
        });
    }
}

#[test]
fn an_event_stream_is_whole_or_ends_with_an_error() {
    let world = World::new(twice());
    let whole = world.runtime.block_on(async {
        let stream = world.patient.tts().sse(sse_request()).await;
        stream
            .unwrap()
            .collect_audio()
            .await
            .unwrap()
            .data()
            .to_vec()
    });
    assert!(whole.len() > 20_000, "{}", whole.len());
    let damage = prop_oneof![1 => response_damage(), 2 => message_damage(false)];
    world.check("/tts/sse", damage, async || {
        let stream = world.client.tts().sse(sse_request()).await;
        let heard = Heard::of(stream, async |stream| stream.next_audio().await).await;
        heard.judge(&whole)
    });
}

#[test]
fn a_transcript_is_whole_or_an_error() {
    let world = World::new(twice());
    let transcribe = async |client: &Client, speech: &[u8]| {
        let file = Upload::from_bytes("speech.wav", speech.to_vec());
        let request = TranscribeRequest::new(SttModelId::INK_WHISPER, file);
        client.stt().transcribe(request).await
    };
    let (speech, whole) = world.runtime.block_on(async {
        let request = bytes_request(WavFormat::from(FORMAT));
        let body = world.patient.tts().bytes(request).await.unwrap();
        let speech = body.collect().await.unwrap().data().to_vec();
        let heard = transcribe(&world.patient, &speech).await.unwrap();
        (speech, heard.text)
    });
    assert!(!whole.is_empty());
    let damage = prop_oneof![3 => response_damage(), 1 => drip()];
    world.check("/stt", damage, async || {
        match transcribe(&world.client, &speech).await {
            Ok(heard) if heard.text != whole => Err(format!("{:?} as a success", heard.text)),
            _ => Ok(()),
        }
    });
}

#[test]
fn a_list_is_whole_or_an_error() {
    let world = World::new(twice());
    let all = async |client: &Client| {
        let request = ListVoicesRequest::new().with_limit(7);
        let voices = client.voices().list(request).items().collect().await?;
        Ok::<_, Error>(voices.into_iter().map(|voice| voice.id).collect::<Vec<_>>())
    };
    let whole = world.runtime.block_on(all(&world.patient)).unwrap();
    assert!(whole.len() > 14, "{}", whole.len());
    let damage = prop_oneof![3 => response_damage(), 1 => drip()];
    world.check("/voices", damage, async || match all(&world.client).await {
        Ok(voices) if voices != whole => Err(format!(
            "{} of {} voices as a success",
            voices.len(),
            whole.len()
        )),
        _ => Ok(()),
    });
}

/// Two contexts share a connection; damage to a message of one must not cut the other short, either.
#[test]
fn a_context_is_whole_or_ends_with_an_error() {
    const NAMES: [&str; 2] = ["a", "b"];
    // A replay would have another identifier, and on this server another pitch.
    let world = World::new(RetryPolicy::at_most_once().with_max_attempts(1));
    let speak = async |client: &Client| -> Vec<Heard> {
        let connection = match client.tts().connect().await {
            Ok(connection) => connection,
            Err(error) => return NAMES.map(|_| Heard::nothing(error.clone())).into(),
        };
        let mut outputs = Vec::new();
        for name in NAMES {
            let voice = VoiceId::from(VOICE);
            let spec = ContextSpec::new(ModelId::SONIC_3, voice, FORMAT).with_context_id(name);
            outputs.push(match connection.context(spec) {
                Ok(context) => context.speak(TEXT).await,
                Err(error) => Err(error),
            });
        }
        let mut heard = Vec::new();
        for output in outputs {
            heard.push(Heard::of(output, async |output| output.next_audio().await).await);
        }
        heard
    };
    let whole = world.runtime.block_on(speak(&world.patient));
    for (name, heard) in NAMES.iter().zip(&whole) {
        assert!(heard.error.is_none(), "{name}: {:?}", heard.error);
        assert!(heard.audio.len() > 20_000, "{name}");
    }
    let damage = prop_oneof![1 => cut(), 3 => message_damage(true)];
    world.check("/tts/websocket", damage, async || {
        let heard = speak(&world.client).await;
        for (name, (heard, whole)) in NAMES.iter().zip(heard.iter().zip(&whole)) {
            let verdict = heard.judge(&whole.audio);
            verdict.map_err(|what| format!("context {name}: {what}"))?;
        }
        Ok(())
    });
}
