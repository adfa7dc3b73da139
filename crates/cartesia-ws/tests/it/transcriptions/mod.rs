//! Live transcription over real connections, against the mock server: it hears what its own voices say.

mod faults;
mod live;
mod losses;
mod turns;

use std::time::Duration;

use cartesia_mock::{MockServer, Script};
use cartesia_types::stt::{
    LiveEvent, LiveSpec, SttEncoding, SttFormat, SttModelId, TurnEvent, TurnsSpec,
};
use cartesia_types::tts::{Buffering, ContextSpec};
use cartesia_types::{AudioClip, ModelId, RawFormat, VoiceId, pcm};
use cartesia_ws::{
    Backoff, Connector, Error, ReconnectPolicy, SttEvent, SttInput, SttOutput, SttPolicy, Timeouts,
};
use serde_json::{Value, json};

use crate::support::{KEY, within};

const VOICE: &str = "db6b0ed5-d5d3-463d-ae85-518a07d3c2b4";
const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;
const LIMIT: Duration = Duration::from_millis(800);
const SENTENCES: [&str; 4] = [
    "One two three four.",
    "Five six seven eight.",
    "Nine, ten and eleven.",
    "Twelve is enough.",
];

async fn server(rules: Value) -> MockServer {
    let script: Script = json!({ "rules": rules }).to_string().parse().unwrap();
    MockServer::builder().script(script).start().await.unwrap()
}

fn policy() -> SttPolicy {
    let backoff = Backoff::new(Duration::from_millis(1), Duration::from_millis(5));
    SttPolicy::default().with_reconnect(ReconnectPolicy::default().with_backoff(backoff))
}

fn connector(server: &MockServer) -> Connector {
    Connector::new()
        .api_key(KEY)
        .base_url(server.url())
        .transcriptions(policy())
}

/// A connector whose every limit is short.
fn hasty(server: &MockServer) -> Connector {
    connector(server).timeouts(
        Timeouts::default()
            .with_connect(LIMIT)
            .with_first_audio(LIMIT)
            .with_silence(LIMIT)
            .with_ping_interval(LIMIT / 2)
            .with_pong(LIMIT)
            .with_close(LIMIT),
    )
}

fn live_spec() -> LiveSpec {
    LiveSpec::new(SttModelId::INK_2, FORMAT)
}

fn turns_spec() -> TurnsSpec {
    TurnsSpec::new(SttModelId::INK_2, FORMAT)
}

/// What the voice of the server says.
async fn speech(server: &MockServer, text: &str) -> Vec<u8> {
    let tts = within(connector(server).tts()).await.unwrap();
    let spec = ContextSpec::new(ModelId::SONIC_3_5, VoiceId::from(VOICE), FORMAT)
        .with_buffering(Buffering::Verbatim);
    let output = within(tts.context(spec).unwrap().speak(text))
        .await
        .unwrap();
    let clip = within(output.collect_audio()).await.unwrap();
    clip.data().to_vec()
}

/// Silence, in the format of the tests.
fn silence(millis: u64) -> Vec<u8> {
    vec![0; usize::try_from(FORMAT.bytes_per_second() * millis / 1_000).unwrap()]
}

/// The same samples in another encoding.
fn encoded(samples: &[u8], encoding: SttEncoding) -> Vec<u8> {
    let samples = AudioClip::new(FORMAT, samples.to_vec())
        .samples_i16()
        .unwrap();
    let each =
        |encode: &dyn Fn(i16) -> Vec<u8>| samples.iter().flat_map(|it| encode(*it)).collect();
    match encoding {
        SttEncoding::PcmS16Le => each(&|it| it.to_le_bytes().to_vec()),
        SttEncoding::PcmS32Le => each(&|it| (i32::from(it) << 16).to_le_bytes().to_vec()),
        SttEncoding::PcmF32Le => each(&|it| (f32::from(it) / 32_768.0).to_le_bytes().to_vec()),
        SttEncoding::PcmF16Le => each(&|it| half(f32::from(it) / 32_768.0).to_le_bytes().to_vec()),
        SttEncoding::PcmMulaw => each(&|it| vec![pcm::g711::encode_mulaw(it)]),
        SttEncoding::PcmAlaw => each(&|it| vec![pcm::g711::encode_alaw(it)]),
        other => panic!("{other} is new"),
    }
}

/// IEEE 754 binary16 of a number below 1, rounded towards zero.
fn half(number: f32) -> u16 {
    let bits = number.to_bits();
    let sign = u16::try_from(bits >> 31).unwrap() << 15;
    let exponent = i32::try_from(bits >> 23 & 0xff).unwrap() - 127 + 15;
    if exponent <= 0 {
        return sign;
    }
    sign | u16::try_from(exponent).unwrap() << 10 | u16::try_from(bits >> 13 & 0x3ff).unwrap()
}

/// All events up to the end, which comes once.
async fn events<E: SttEvent>(mut output: SttOutput<E>) -> (Vec<E>, Result<(), Error>) {
    let mut events = Vec::new();
    let end = loop {
        match within(output.next_event()).await {
            Ok(Some(event)) => events.push(event),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    assert!(within(output.next_event()).await.unwrap().is_none());
    (events, end)
}

/// The final text.
fn finals(events: &[LiveEvent]) -> String {
    let mut text = String::new();
    for event in events {
        if let LiveEvent::Transcript(segment) = event
            && segment.is_final
        {
            text.push_str(&segment.text);
        }
    }
    text
}

/// The text of all turns that ended. Checks their order on the way.
fn ended_turns(events: &[TurnEvent]) -> String {
    let mut text = String::new();
    let mut turn: Option<String> = None;
    let mut eager = false;
    for event in events {
        match event {
            TurnEvent::Start(_) => assert!(turn.replace(String::new()).is_none(), "twice"),
            TurnEvent::Update(update) | TurnEvent::EagerEnd(update) | TurnEvent::End(update) => {
                let so_far = turn.as_mut().expect("a turn is open");
                so_far.push_str(update.added());
                assert_eq!(*so_far, update.transcript, "text is only added");
                eager = matches!(event, TurnEvent::EagerEnd(_));
                if matches!(event, TurnEvent::End(_)) {
                    text.push_str(&turn.take().unwrap());
                }
            }
            TurnEvent::Resume(_) => assert!(std::mem::take(&mut eager)),
            TurnEvent::Cut(cut) => assert_eq!(turn.take(), Some(cut.transcript.clone())),
            _ => {}
        }
    }
    assert_eq!(turn, None, "every turn ends");
    text
}

/// Sends audio in pieces that end anywhere, as fast as it goes.
async fn send<E: SttEvent>(input: &mut SttInput<E>, audio: &[u8]) {
    for piece in audio.chunks(1_111) {
        within(input.send(piece.to_vec())).await.unwrap();
    }
}

fn format_of(encoding: SttEncoding) -> SttFormat {
    SttFormat::new(encoding, FORMAT.sample_rate)
}
