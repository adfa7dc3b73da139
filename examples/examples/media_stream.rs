//! A voice agent on a telephone line: a media stream over a WebSocket, as telephony providers open one for a call.
//! Frames of µ-law at 8 kHz, 20 ms each, in both directions; `clear` when the caller interrupts, `mark` when a reply
//! was played.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example media_stream -- --mock
//! ```
//!
//! Here a phone in the same program calls. With an address as argument, such as `127.0.0.1:8080`, it serves real
//! calls at `/media`. Without `--mock` it asks the service, with the key in `CARTESIA_API_KEY`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use cartesia::audio::{ExternalOutput, OfflineOptions};
use cartesia::conversation::{self, Conversation, Model, Reply};
use cartesia::stt::{SttFormat, TurnEvent, TurnsSpec};
use cartesia::{
    Client, ContextSpec, ModelId, Player, RawFormat, Speech, SttInput, SttModelId, VoiceId, pcm,
};
use cartesia_examples::Error;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt as _, StreamExt as _, stream};
use serde_json::{Value, json};
use tokio::time::{MissedTickBehavior, interval};

/// What telephones in North America and Japan speak; elsewhere it is `PCM_ALAW_8000`.
const LINE: RawFormat = RawFormat::PCM_MULAW_8000;
const FRAME: Duration = Duration::from_millis(20);
const SAMPLES: usize = 160;

#[tokio::main]
async fn main() -> Result<(), Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let address: Option<SocketAddr> = std::env::args().nth(1).map(|it| it.parse()).transpose()?;
    let listener =
        tokio::net::TcpListener::bind(address.unwrap_or(([127, 0, 0, 1], 0).into())).await?;
    let url = format!("ws://{}/media", listener.local_addr()?);
    let app = Router::new()
        .route("/media", get(answer))
        .with_state(client.clone());
    let server = async { axum::serve(listener, app).await.map_err(Error::from) };
    if address.is_some() {
        println!("waiting for calls at {url}");
        return server.await;
    }
    tokio::select! {
        ended = server => ended,
        ended = phone::call(&url, &client) => ended,
    }
}

async fn answer(
    State(client): State<Client>,
    upgrade: WebSocketUpgrade,
) -> axum::response::Response {
    upgrade.on_upgrade(async move |socket| {
        if let Err(error) = talk(&client, socket).await {
            println!("the call failed: {error}");
        }
    })
}

/// One call, from its start to its end.
async fn talk(client: &Client, socket: WebSocket) -> Result<(), Error> {
    let (to_phone, mut from_phone) = socket.split();
    let stream = loop {
        let message = next_json(&mut from_phone)
            .await
            .ok_or("the phone hung up")?;
        if message["event"] == "start" {
            break message["streamSid"].clone();
        }
    };
    let (player, output) = Player::external(OfflineOptions::new(LINE.sample_rate))?;
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, LINE);
    let speech = client.speech(&player, spec).await?;
    let turns = TurnsSpec::new(SttModelId::INK_2, SttFormat::from(LINE));
    let (ear, turns) = client.stt().turns(turns).await?.split();
    // A telephone line keeps both directions apart.
    let mut conversation = Conversation::new(speech.clone(), Parrot).full_duplex();
    tokio::select! {
        heard = listen(from_phone, ear) => heard?,
        ended = conversation.run(turns) => ended?,
        spoken = play(to_phone, stream, output, speech) => spoken?,
    }
    conversation.finished().await;
    for message in conversation.history() {
        println!("{:?}: {}", message.role, message.text);
    }
    Ok(())
}

/// Gives the caller's frames to speech to text, until the call ends. Silence is sent, too.
async fn listen(
    mut from_phone: SplitStream<WebSocket>,
    mut ear: SttInput<TurnEvent>,
) -> Result<(), Error> {
    while let Some(message) = next_json(&mut from_phone).await {
        match message["event"].as_str() {
            Some("media") => ear.send(frame_of(&message)?).await?,
            // What was played before this mark was heard.
            Some("mark") => println!("the phone played {}", message["mark"]["name"]),
            Some("stop") => break,
            _ => {}
        }
    }
    Ok(())
}

/// Sends a frame every 20 ms while there is speech: no more than that is ever on the way.
async fn play(
    mut to_phone: SplitSink<WebSocket, Message>,
    stream: Value,
    mut output: ExternalOutput,
    speech: Speech,
) -> Result<(), Error> {
    let mut clock = interval(FRAME);
    clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let (mut samples, mut was_speaking, mut replies) = ([0_i16; SAMPLES], false, 0);
    loop {
        clock.tick().await;
        output.render_i16(&mut samples, FRAME);
        let is_speaking = speech.is_speaking();
        if is_speaking || was_speaking {
            let mut frame = Vec::with_capacity(SAMPLES);
            pcm::encode_i16(LINE.encoding, &samples, &mut frame);
            let media = json!({"event": "media", "streamSid": stream, "media": {"payload": encode(&frame)}});
            to_phone.send(Message::text(media.to_string())).await?;
        }
        if was_speaking && !is_speaking {
            replies += 1;
            let ended = if speech.heard().is_complete {
                json!({"event": "mark", "streamSid": stream, "mark": {"name": format!("reply {replies}")}})
            } else {
                // The caller spoke up: the phone drops what it has not played.
                json!({"event": "clear", "streamSid": stream})
            };
            to_phone.send(Message::text(ended.to_string())).await?;
        }
        was_speaking = is_speaking;
    }
}

/// The next message with JSON; `None` at the end of the call.
async fn next_json(from_phone: &mut SplitStream<WebSocket>) -> Option<Value> {
    loop {
        if let Message::Text(text) = from_phone.next().await?.ok()? {
            return serde_json::from_str(&text).ok();
        }
    }
}

fn frame_of(message: &Value) -> Result<Vec<u8>, Error> {
    let payload = message["media"]["payload"]
        .as_str()
        .ok_or("a frame has no payload")?;
    Ok(base64_simd::STANDARD.decode_to_vec(payload)?)
}

fn encode(frame: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(frame)
}

/// Here your language model goes: see the example `language_model`.
struct Parrot;

impl Model for Parrot {
    fn reply(&mut self, history: &[conversation::Message]) -> Reply {
        let said = history.last().map_or("nothing", |message| &message.text);
        let reply =
            format!("You said: {said} That is all I know, but I can say it at great length.");
        Box::pin(stream::iter([reply]))
    }
}

/// A phone, for those who have none: it asks, interrupts the answer, and hears the next one to its end.
mod phone {
    use tokio_tungstenite::tungstenite::Message;

    use super::*;

    pub(super) async fn call(url: &str, client: &Client) -> Result<(), Error> {
        let mut says = Vec::new();
        for text in ["Two tickets, please.", "Stop."] {
            let voice = VoiceId::from("db6b0ed5-d5d3-463d-ae85-518a07d3c2b4");
            let request =
                cartesia::tts::BytesRequest::new(ModelId::SONIC_LATEST, voice, text, LINE);
            says.push(client.tts().bytes(request).await?.collect().await?);
        }
        let (mut socket, _) = tokio_tungstenite::connect_async(url).await?;
        let start = json!({"event": "start", "streamSid": "MZ1", "start": {"callSid": "CA1"}});
        socket.send(Message::text(start.to_string())).await?;
        let mut says = says.iter();
        let mut words = says.next().map_or(&[][..], |clip| clip.data());
        let (mut frames, mut cleared) = (0_u32, 0);
        let mut clock = interval(FRAME);
        loop {
            tokio::select! {
                _ = clock.tick() => {
                    let (now, later) = words.split_at(words.len().min(SAMPLES));
                    words = later;
                    // 0xff is silence.
                    let mut frame = now.to_vec();
                    frame.resize(SAMPLES, 0xff);
                    let media = json!({"event": "media", "media": {"payload": encode(&frame)}});
                    socket.send(Message::text(media.to_string())).await?;
                }
                message = socket.next() => {
                    let message: Value = match message.ok_or("the agent hung up")?? {
                        Message::Text(text) => serde_json::from_str(&text)?,
                        _ => continue,
                    };
                    match message["event"].as_str() {
                        Some("media") => {
                            assert_eq!(frame_of(&message)?.len(), SAMPLES);
                            frames += 1;
                            // A second of the answer is enough.
                            if frames == 50 {
                                words = says.next().map_or(&[][..], |clip| clip.data());
                            }
                        }
                        Some("clear") => cleared += 1,
                        Some("mark") => {
                            println!("the caller heard {frames} frames, and {cleared} reply was cut off");
                            socket.send(Message::text(message.to_string())).await?;
                            let stop = json!({"event": "stop"});
                            socket.send(Message::text(stop.to_string())).await?;
                            while socket.next().await.is_some_and(|next| next.is_ok()) {}
                            return Ok(());
                        }
                        _ => {}
                    }
                }
            }
        }
    }
}
