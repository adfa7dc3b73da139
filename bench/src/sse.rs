//! Clients of server-sent events.

use cartesia::tts::{Event, SseRequest};
use cartesia::{ModelId, RawFormat, VoiceId};
use eventsource_stream::Eventsource as _;
use futures_util::StreamExt as _;
use xtask::Result;

use crate::by_hand;
use crate::client::Seen;
use crate::scenario::Client;

/// A client with its connections.
pub(crate) enum Connection {
    Ours(Box<cartesia::Client>),
    Bare(Client, reqwest::Client, String),
}

impl Connection {
    pub(crate) fn open(client: Client, port: u16, plan: &str) -> Result<Self> {
        let base = format!("http://127.0.0.1:{port}{plan}");
        Ok(if client == Client::Ours {
            let client = cartesia::Client::builder()
                .api_key("sk_bench")
                .base_url(base)
                .build()?;
            Self::Ours(Box::new(client))
        } else {
            // It asks for the provider of the process even where nothing is encrypted. There may be one already.
            let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
            let http = reqwest::Client::builder().no_proxy().build()?;
            Self::Bare(client, http, format!("{base}/tts/sse"))
        })
    }

    pub(crate) async fn speak(&self, format: RawFormat) -> Result<Seen> {
        match self {
            Self::Ours(client) => ours(client, format).await,
            Self::Bare(client, http, url) => {
                let response = http.post(url).body("{}").send().await?;
                match client {
                    Client::ByHand => by_hand(response).await,
                    Client::Decode => decode(response).await,
                    _ => floor(response).await,
                }
            }
        }
    }
}

/// The beginning of a stream of events.
pub(crate) async fn events(
    client: &cartesia::Client,
    format: RawFormat,
) -> cartesia::Result<cartesia::SseStream> {
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let request = SseRequest::new(ModelId::SONIC_LATEST, voice, "a minute of speech", format);
    client.tts().sse(request).await
}

pub(crate) async fn ours(client: &cartesia::Client, format: RawFormat) -> Result<Seen> {
    let mut events = events(client, format).await?;
    let mut seen = Seen::default();
    while let Some(event) = events.next_event().await? {
        if let Event::Chunk(chunk) = event {
            seen.chunk(chunk.data.len());
        }
    }
    Ok(seen)
}

async fn floor(mut response: reqwest::Response) -> Result<Seen> {
    let mut seen = Seen::default();
    while let Some(bytes) = response.chunk().await? {
        seen.chunk(bytes.len());
    }
    Ok(seen)
}

async fn decode(mut response: reqwest::Response) -> Result<Seen> {
    let mut seen = Seen::default();
    let mut waiting = Vec::new();
    while let Some(bytes) = response.chunk().await? {
        let mut bytes = &bytes[..];
        while let Some(end) = end_of_event(&waiting, bytes) {
            let (event, rest) = bytes.split_at(end);
            let (audio, last) = if waiting.is_empty() {
                by_hand::decode_alone(event)
            } else {
                waiting.extend_from_slice(event);
                by_hand::decode_alone(&waiting)
            };
            waiting.clear();
            bytes = rest;
            if !last {
                seen.chunk(audio.len());
            }
        }
        waiting.extend_from_slice(bytes);
    }
    Ok(seen)
}

/// Returns where an event ends in a piece of the body, whose end may be cut in two, too.
fn end_of_event(before: &[u8], bytes: &[u8]) -> Option<usize> {
    if before.ends_with(b"\n") && bytes.starts_with(b"\n") {
        return Some(1);
    }
    memchr::memmem::find(bytes, b"\n\n").map(|at| at + 2)
}

async fn by_hand(response: reqwest::Response) -> Result<Seen> {
    let mut events = Box::pin(response.bytes_stream()).eventsource();
    let mut seen = Seen::default();
    while let Some(event) = events.next().await {
        let (audio, last) = by_hand::read(&event?.data);
        if !last {
            seen.chunk(audio);
        }
    }
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::end_of_event;

    #[test]
    fn an_event_ends_wherever_its_body_is_cut() {
        assert_eq!(end_of_event(b"", b"data: a\n\nda"), Some(9));
        assert_eq!(end_of_event(b"data: a", b"\n\nda"), Some(2));
        assert_eq!(end_of_event(b"data: a\n", b"\nda"), Some(1));
        assert_eq!(end_of_event(b"data: a\n", b"data"), None);
    }
}
