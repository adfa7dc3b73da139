//! Text becomes speech, and speech becomes text: by both sockets and by an upload, the words are the same in
//! every encoding, wherever connections break.
//!
//! Nothing depends on how fast the machine is: breaks are counted in messages, in transcripts and in
//! milliseconds of audio, and all of the audio is kept until final text covers it.

use std::time::Duration;

use cartesia::stt::{LiveEvent, LiveSpec, SttFormat, Transcript, TurnsSpec};
use cartesia::tts::BytesRequest;
use cartesia::{
    AudioClip, Backoff, Client, Pace, RawEncoding, RawFormat, ReconnectPolicy, SttEncoding,
    SttEvent, SttInput, SttModelId, SttPolicy, TranscribeRequest,
};
use cartesia_mock::{Fault, MockServer, Script};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;
use serde_json::{Value, json};

use crate::VOICE;

/// Where connections break.
#[derive(Debug, Clone)]
enum Breaks {
    Never,
    /// Each of them, in place of the message after so many.
    AtMessages(u32),
    /// The first ones, after so many milliseconds of audio.
    AtAudio(Vec<u64>),
    /// The first ones, after so many transcripts or updates.
    AtTranscripts(Vec<u32>),
}

#[derive(Debug, Clone)]
struct Case {
    sentences: Vec<String>,
    format: SttFormat,
    /// Bytes that are sent at a time.
    piece: usize,
    breaks: Breaks,
    how: Value,
}

fn spaced_word() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[A-Za-z][a-z]{0,7}[,.!?]?",
        1 => "[0-9]{1,4}(th|%)?",
        1 => select(vec!["don’t", "Straße", "a/b"]).prop_map(str::to_owned),
    ]
}

/// The first and the last word are of scripts with spaces, so that the seam between two connections has one.
fn sentence() -> impl Strategy<Value = String> {
    let inner = prop_oneof![
        3 => spaced_word(),
        1 => select(vec!["你好。", "はい", "🙂", "(«L’été»)"]).prop_map(str::to_owned),
    ];
    (spaced_word(), proptest::option::of(inner), spaced_word()).prop_map(|(first, inner, last)| {
        let words = [Some(first), inner, Some(last)];
        words.into_iter().flatten().collect::<Vec<_>>().join(" ")
    })
}

fn breaks() -> impl Strategy<Value = Breaks> {
    prop_oneof![
        1 => Just(Breaks::Never),
        4 => Just(Breaks::AtMessages(10)),
        2 => (9..20_u32).prop_map(Breaks::AtMessages),
        3 => vec(1..3_000_u64, 1..4).prop_map(Breaks::AtAudio),
        2 => vec(1..8_u32, 1..4).prop_map(Breaks::AtTranscripts),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    let how = select(vec![
        json!("reset"),
        json!("hang_up"),
        json!({"close": {"code": 1001}}),
        json!({"close": {"code": 1011}}),
    ]);
    let rates = select(vec![8_000, 16_000, 22_050, 24_000, 44_100, 48_000]);
    let format = (select(SttEncoding::ALL.to_vec()), rates)
        .prop_map(|(encoding, rate)| SttFormat::new(encoding, rate));
    (
        vec(sentence(), 1..5),
        format,
        100..9_000_usize,
        breaks(),
        how,
    )
        .prop_map(|(sentences, format, piece, breaks, how)| Case {
            sentences,
            format,
            piece,
            breaks,
            how,
        })
}

impl Case {
    /// The rules of a server on which only the transcription connects.
    fn script(&self) -> Script {
        let on_first = |moments: Vec<Value>| -> Vec<Value> {
            let numbered = (1..).zip(moments);
            numbered
                .map(|(connection, at)| json!({"at": at, "connection": connection, "do": self.how}))
                .collect()
        };
        let rules = match &self.breaks {
            Breaks::Never => Vec::new(),
            Breaks::AtMessages(count) => {
                vec![json!({"at": {"messages": count}, "do": self.how})]
            }
            Breaks::AtAudio(times) => {
                on_first(times.iter().map(|at| json!({"heard": at})).collect())
            }
            Breaks::AtTranscripts(counts) => {
                on_first(counts.iter().map(|at| json!({"transcripts": at})).collect())
            }
        };
        json!({ "rules": rules }).to_string().parse().unwrap()
    }

    /// A server that breaks connections, and its client.
    async fn world(&self) -> (MockServer, Client) {
        let builder = MockServer::builder().script(self.script());
        let server = builder.start().await.unwrap();
        let at_once = Backoff::new(Duration::ZERO, Duration::ZERO);
        let reconnect = ReconnectPolicy::default().with_backoff(at_once);
        let policy = SttPolicy::default()
            .with_buffer(Duration::from_secs(600))
            .with_reconnect(reconnect);
        let client = Client::builder()
            .api_key("sk_canary")
            .base_url(server.url())
            .transcriptions(policy)
            .build()
            .unwrap();
        (server, client)
    }

    /// Every sentence as it sounds, with silence behind it, in the format of the case.
    async fn spoken(&self) -> Vec<Vec<u8>> {
        let (_server, client) = Self {
            breaks: Breaks::Never,
            ..self.clone()
        }
        .world()
        .await;
        let SttFormat {
            encoding,
            sample_rate,
            ..
        } = self.format;
        let mut all = Vec::new();
        for sentence in &self.sentences {
            let format = RawFormat::new(spoken_as(encoding), sample_rate);
            let request = BytesRequest::new("sonic-3", VOICE, sentence, format);
            let body = client.tts().bytes(request).await.unwrap();
            let clip = body.collect().await.unwrap();
            let mut audio = match encoding {
                SttEncoding::PcmS32Le => each(&clip, |it| {
                    #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
                    let sample = (f64::from(it) * 2_147_483_648.0) as i32;
                    sample.to_le_bytes()
                }),
                SttEncoding::PcmF16Le => each(&clip, |it| half(it).to_le_bytes()),
                _ => clip.into_data().to_vec(),
            };
            let silence = self.format.bytes_in(Duration::from_millis(800));
            let length = audio.len() + usize::try_from(silence).unwrap();
            audio.resize(length, encoding.silence());
            all.push(audio);
        }
        all
    }

    /// Sends a sentence: with its format as a clip, and else as bytes that are cut anywhere.
    async fn send<E: SttEvent>(&self, input: &mut SttInput<E>, audio: &[u8]) {
        input.set_pace(Pace::UNLIMITED);
        let SttFormat {
            encoding,
            sample_rate,
            ..
        } = self.format;
        let format = RawFormat::new(spoken_as(encoding), sample_rate);
        for piece in audio.chunks(self.piece) {
            let sent = if SttEncoding::from(format.encoding) == encoding {
                input
                    .send_audio(AudioClip::new(format, piece.to_vec()))
                    .await
            } else {
                input.send(piece.to_vec()).await
            };
            // The output tells why.
            if sent.is_err() {
                return;
            }
        }
    }

    async fn live(&self, spoken: &[Vec<u8>]) -> Transcript {
        let (_server, client) = self.world().await;
        let spec = LiveSpec::new(SttModelId::INK_2, self.format);
        let (mut input, mut output) = client.stt().live(spec).await.unwrap().split();
        let writer = async {
            for audio in spoken {
                self.send(&mut input, audio).await;
                _ = input.finalize().await;
            }
            _ = input.finish().await;
        };
        let reader = async {
            let (mut transcript, mut answers) = (Transcript::new(), 0);
            while let Some(event) = output.next_event().await.unwrap() {
                transcript.push(&event);
                answers += usize::from(matches!(event, LiveEvent::FlushDone(_)));
            }
            assert_eq!(
                answers,
                self.sentences.len(),
                "each finalize is answered once"
            );
            transcript
        };
        tokio::join!(writer, reader).1
    }

    async fn turns(&self, spoken: &[Vec<u8>]) -> Transcript {
        let (_server, client) = self.world().await;
        let spec = TurnsSpec::new(SttModelId::INK_2, self.format);
        let (mut input, mut output) = client.stt().turns(spec).await.unwrap().split();
        let writer = async {
            for audio in spoken {
                self.send(&mut input, audio).await;
            }
            _ = input.finish().await;
        };
        let reader = async {
            let mut transcript = Transcript::new();
            while let Some(event) = output.next_event().await.unwrap() {
                transcript.push_turn(&event);
            }
            transcript
        };
        tokio::join!(writer, reader).1
    }

    /// An upload, whose connection breaks before the answer.
    async fn batch(&self, spoken: &[Vec<u8>]) -> String {
        let (server, client) = self.world().await;
        if !matches!(self.breaks, Breaks::Never) {
            server.inject(Fault::CloseBeforeHeaders.on("/stt"));
        }
        let SttFormat {
            encoding,
            sample_rate,
            ..
        } = self.format;
        let file = cartesia::http::Upload::from_bytes("spoken.raw", spoken.concat());
        let request = TranscribeRequest::new(SttModelId::INK_WHISPER, file)
            .with_raw_pcm(encoding, sample_rate);
        client.stt().transcribe(request).await.unwrap().text
    }

    async fn check(self) -> Result<(), TestCaseError> {
        let spoken = self.spoken().await;
        let (live, turns, batch) =
            tokio::join!(self.live(&spoken), self.turns(&spoken), self.batch(&spoken));
        let text = self.sentences.join(" ");
        prop_assert_eq!(live.text(), &text, "live");
        prop_assert_eq!(turns.text(), &text, "turns");
        prop_assert_eq!(batch, text, "batch");
        prop_assert_eq!((live.gaps().len(), turns.gaps().len()), (0, 0));
        // Times count on over all connections.
        let length = self.format.duration_of_bytes(spoken.concat().len() as u64);
        let mut last = Duration::ZERO;
        for word in live.words() {
            prop_assert!(word.start >= last && word.end >= word.start && word.end <= length);
            last = word.end;
        }
        Ok(())
    }
}

/// How the voices speak what is to be heard in an encoding.
fn spoken_as(encoding: SttEncoding) -> RawEncoding {
    let mut spoken = RawEncoding::ALL.into_iter();
    spoken
        .find(|it| SttEncoding::from(*it) == encoding)
        .unwrap_or(RawEncoding::PcmF32Le)
}

fn each<const N: usize>(clip: &AudioClip, encode: impl Fn(f32) -> [u8; N]) -> Vec<u8> {
    let samples = clip.samples_f32().unwrap();
    samples.into_iter().flat_map(encode).collect()
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

fn run(case: Case) -> Result<(), TestCaseError> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let limit = Duration::from_secs(120);
    let checked = runtime.block_on(async { tokio::time::timeout(limit, case.check()).await });
    checked.map_err(|_| TestCaseError::fail("it never ended"))?
}

#[test]
fn killed_at_every_tenth_message_the_words_come_back_in_every_encoding() {
    let sentences = ["One two 3.", "Four, 你好。 five", "Six"].map(str::to_owned);
    for encoding in SttEncoding::ALL {
        let case = Case {
            sentences: sentences.to_vec(),
            format: SttFormat::new(encoding, 16_000),
            piece: 1_111,
            breaks: Breaks::AtMessages(10),
            how: json!("reset"),
        };
        run(case).unwrap_or_else(|failure| panic!("{encoding}: {failure}"));
    }
}

proptest! {
    // The same cases in each run.
    #![proptest_config(ProptestConfig {
        cases: 16,
        rng_seed: RngSeed::Fixed(13),
        failure_persistence: None,
        max_shrink_time: 20_000,
        ..ProptestConfig::default()
    })]

    #[test]
    fn wherever_connections_break_the_words_come_back(case in case()) {
        run(case)?;
    }
}
