//! One error for the whole family: `?` alone carries it out of every part of the SDK.

#![allow(dead_code, reason = "most of it is only compiled")]

use std::error::Error as StdError;
use std::time::Duration;

use cartesia::types::UnknownFormatName;
use cartesia::{Client, Error, ErrorKind, Result};

fn goes_everywhere<T: StdError + Clone + Send + Sync + 'static>() {}

/// The same type under every name.
#[test]
fn every_crate_has_the_same_error() {
    fn same<T>(_: fn() -> T, _: fn() -> T) {}
    fn error<E>() -> E {
        unreachable!("only its type is compared")
    }
    same(error::<Error>, error::<cartesia::types::Error>);
    #[cfg(feature = "http")]
    same(error::<Error>, error::<cartesia::http::Error>);
    #[cfg(feature = "ws")]
    same(error::<Error>, error::<cartesia::ws::Error>);
    #[cfg(feature = "playback")]
    same(error::<Error>, error::<cartesia::audio::Error>);

    goes_everywhere::<Error>();
    assert_eq!(size_of::<Error>(), size_of::<usize>());
}

#[cfg(feature = "http")]
mod http {
    use cartesia::{AudioClip, Client, RawFormat, Result, Voice};

    async fn voice(client: &Client) -> Result<Voice> {
        client.voices().get("x").await
    }

    async fn voices(client: &Client) -> Result<Vec<Voice>> {
        client
            .voices()
            .list(cartesia::voice::ListVoicesRequest::default())
            .items()
            .collect()
            .await
    }

    async fn audio(client: &Client, request: cartesia::tts::SseRequest) -> Result<AudioClip> {
        let mut stream = client.tts().sse(request).await?;
        let _first = stream.next_event().await?;
        stream.collect_audio().await
    }

    async fn saved(client: &Client, request: cartesia::tts::BytesRequest) -> Result<u64> {
        Ok(client
            .tts()
            .bytes(request)
            .await?
            .save("x.wav")
            .await?
            .bytes)
    }

    fn setup() -> Result<Client> {
        let client = Client::from_env()?;
        let _admin = cartesia::Client::builder().build_admin(cartesia::AdminKey::new("k")?)?;
        let _format = RawFormat::from_name("raw_pcm_f32le_44100")?;
        let _other = "fp32_44100".parse::<cartesia::FormatName>()?;
        let _url = "localhost:1".parse::<cartesia::BaseUrl>()?;
        let _version = "2026-08-14".parse::<cartesia::ApiVersion>()?;
        let _key = cartesia::ApiKey::new("k")?;
        Ok(client)
    }
}

#[cfg(feature = "ws")]
mod ws {
    use cartesia::{Client, ContextSpec, Result};

    async fn spoken(client: &Client, spec: ContextSpec) -> Result<usize> {
        let connection = client.tts().connect().await?;
        let (mut input, mut output) = connection.context(spec)?.split();
        input.push("Hi").await?;
        input.finish().await?;
        let mut bytes = 0;
        while let Some(audio) = output.next_audio().await? {
            bytes += audio.len();
        }
        Ok(bytes)
    }
}

#[cfg(feature = "playback")]
mod playback {
    use cartesia::{Player, RawFormat, Result};

    async fn played(format: RawFormat) -> Result<()> {
        let player = Player::open_default()?;
        let utterance = player.utterance(format)?;
        utterance.write(&[0; 4]).await?;
        Ok(())
    }
}

#[cfg(all(feature = "blocking", feature = "http", feature = "ws"))]
mod blocking {
    use cartesia::blocking::Client;
    use cartesia::{Result, Voice};

    fn voice() -> Result<Voice> {
        let client = Client::from_env()?;
        client.status().wait()?;
        let _connection = client.tts().connect()?;
        client.voices().get("x").wait()
    }
}

/// What `fn main() -> cartesia::Result<()>` prints.
#[test]
fn main_prints_a_sentence_and_its_causes() {
    fn main() -> Result<()> {
        let _client = Client::builder().api_key("line\nbreak").build()?;
        Ok(())
    }
    let error = main().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert_eq!(
        format!("{error:?}"),
        "client: the credential is invalid: the API key contains a character that is not allowed in an \
         HTTP header (a space, a line break or a letter outside ASCII)"
    );
    let empty = Client::builder().api_key(" ").build().unwrap_err();
    assert!(
        empty.to_string().contains("the API key is empty"),
        "{empty}"
    );
}

#[test]
fn small_errors_become_the_error_of_the_sdk() {
    fn format(name: &str) -> Result<cartesia::FormatName> {
        Ok(name.parse::<cartesia::FormatName>()?)
    }
    fn address(url: &str) -> Result<cartesia::BaseUrl> {
        Ok(url.parse::<cartesia::BaseUrl>()?)
    }
    fn key(text: &str) -> Result<cartesia::ApiKey> {
        Ok(cartesia::ApiKey::new(text)?)
    }
    fn version(text: &str) -> Result<cartesia::ApiVersion> {
        Ok(text.parse::<cartesia::ApiVersion>()?)
    }
    let kinds = [
        format("x").unwrap_err().kind(),
        address("ftp://x").unwrap_err().kind(),
        key("").unwrap_err().kind(),
        version("x").unwrap_err().kind(),
    ];
    let config = ErrorKind::Config;
    assert_eq!(kinds, [ErrorKind::InvalidRequest, config, config, config]);

    let name = "x".parse::<cartesia::FormatName>().unwrap_err();
    let text = name.to_string();
    let error = Error::from(name);
    assert_eq!(error.message(), text);
    assert!(error.source().is_none());
    assert!(
        error
            .get_ref()
            .is_some_and(<dyn StdError + Send + Sync>::is::<UnknownFormatName>)
    );
}

/// A proxy, a token provider or another program of the user's makes errors of its own.
#[test]
fn programs_make_errors_of_their_own() {
    let error = Error::new(ErrorKind::RateLimited, "relay", "the queue is full")
        .with_retry_after(Duration::from_secs(2));
    assert!(error.is_retryable());
    assert_eq!(error.retry_after(), Some(Duration::from_secs(2)));
    assert_eq!(error.summary().to_string(), "relay: the queue is full");
}
