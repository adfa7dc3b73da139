//! A voice agent with a real language model: any server with the chat interface of OpenAI, among them Ollama,
//! llama.cpp and vLLM. Its answer is spoken while it is being written.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example language_model -- --mock
//! ```
//!
//! `LLM_BASE_URL` (such as `http://127.0.0.1:11434/v1`), `LLM_MODEL` and `LLM_API_KEY` name the model; without an
//! address, the example answers its own questions. Without `--mock` it asks the service to speak, with the key in
//! `CARTESIA_API_KEY`. `--output FILE.wav` writes what would be heard.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example shows what it does"
)]

use cartesia::conversation::{Conversation, Message, Model, Reply, Role};
use cartesia::stt::{TurnEvent, TurnText};
use cartesia::{Client, ContextSpec, ModelId, RawFormat, VoiceId};
use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

/// A language model behind HTTP.
struct Chat {
    http: reqwest::Client,
    url: String,
    model: String,
    key: String,
}

impl Chat {
    fn from_env() -> Option<Self> {
        let text = |name| std::env::var(name).ok();
        // With the default features of reqwest this is not needed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Some(Self {
            http: reqwest::Client::new(),
            url: format!(
                "{}/chat/completions",
                text("LLM_BASE_URL")?.trim_end_matches('/')
            ),
            model: text("LLM_MODEL").unwrap_or("llama3.2".to_owned()),
            key: text("LLM_API_KEY").unwrap_or_default(),
        })
    }
}

impl Model for Chat {
    /// Everything happens in the stream: when it is dropped, because the user goes on speaking, so is the
    /// request.
    fn reply(&mut self, history: &[Message]) -> Reply {
        let request = self
            .http
            .post(&self.url)
            .bearer_auth(&self.key)
            .json(&json!({"model": self.model, "stream": true, "messages": messages(history)}));
        let tokens = stream::once(request.send()).flat_map(|response| {
            match response.and_then(reqwest::Response::error_for_status) {
                Ok(response) => tokens(response).boxed(),
                Err(error) => {
                    // A person is waiting: what went wrong is said, and not only logged.
                    eprintln!("the model does not answer: {error}");
                    stream::iter(["I am sorry, I cannot think right now.".to_owned()]).boxed()
                }
            }
        });
        Box::pin(tokens)
    }
}

/// The history as the interface wants it. A reply that was interrupted has only what was heard.
fn messages(history: &[Message]) -> Value {
    let messages = history.iter().map(|message| {
        let role = if message.role == Role::User {
            "user"
        } else {
            "assistant"
        };
        json!({"role": role, "content": message.text})
    });
    messages.collect()
}

/// The tokens of a response: server-sent events, one JSON object each.
fn tokens(response: reqwest::Response) -> impl futures_util::Stream<Item = String> + Send {
    let lines = stream::unfold(
        (response, Vec::new()),
        |(mut response, mut bytes)| async move {
            loop {
                if let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
                    let line: Vec<u8> = bytes.drain(..=end).collect();
                    return Some((line, (response, bytes)));
                }
                match response.chunk().await {
                    Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
                    _ => return None,
                }
            }
        },
    );
    lines.filter_map(|line| async move {
        let event: Value = serde_json::from_slice(line.strip_prefix(b"data: ")?).ok()?;
        event["choices"][0]["delta"]["content"]
            .as_str()
            .map(str::to_owned)
    })
}

/// A model for tests, and for a machine without one.
struct Canned;

impl Model for Canned {
    fn reply(&mut self, history: &[Message]) -> Reply {
        let question = history.last().map_or("", |message| &message.text);
        let reply = format!("You asked: {question} I have no model, so that is all.");
        let tokens: Vec<_> = reply.split_inclusive(' ').map(str::to_owned).collect();
        Box::pin(stream::iter(tokens))
    }
}

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;
    let player = cartesia_examples::player()?; // in your program: `Player::open_default()?`
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    let speech = client.speech(&player, spec).await?;
    match Chat::from_env() {
        Some(model) => converse(Conversation::new(speech, model)).await,
        None => converse(Conversation::new(speech, Canned)).await,
    }
}

/// Here the turns of speech to text go: see the example `microphone`.
async fn converse<M: Model>(
    mut conversation: Conversation<M>,
) -> Result<(), cartesia_examples::Error> {
    for question in ["What is a whale?", "And how long does it live?"] {
        let mut turn = TurnText::default();
        question.clone_into(&mut turn.transcript);
        conversation.on_event(TurnEvent::End(turn)).await?;
        conversation.finished().await;
    }
    for message in conversation.history() {
        println!("{:?}: {}", message.role, message.text);
    }
    Ok(())
}
