//! A short-lived access token for a browser or a device: the API key stays on the server.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example browser_token -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::tts::BytesRequest;
use cartesia::{Client, CreateTokenRequest, ErrorKind, ModelId, Mp3Format, TokenGrants, VoiceId};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let server = Client::from_env()?;

    // On your server, for a user who is logged in: text to speech and nothing else, for ten minutes.
    let grants = TokenGrants::new().with_tts(true);
    let request = CreateTokenRequest::new(grants).with_expires_in(Duration::from_secs(600));
    let token = server.access_tokens().create(request).await?;
    // `token.expose()` is what you send to the browser. `Debug` does not show it.
    println!("{token:?}");

    // In the browser, or here: a client that has the token alone.
    let guest = Client::builder()
        .credential(token)
        .base_url(server.base_url().to_string())
        .build()?;
    let speech = BytesRequest::new(
        ModelId::SONIC_LATEST,
        VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091"),
        "Hello from a browser!",
        Mp3Format::default(),
    );
    let clip = guest.tts().bytes(speech).await?.collect().await?;
    println!("with it, {:.1} s of speech", clip.duration().as_secs_f64());

    // It opens no more than that.
    match guest
        .access_tokens()
        .create(CreateTokenRequest::default())
        .await
    {
        Err(error) if error.kind() == ErrorKind::Auth => println!("and no other token: {error}"),
        Err(error) => return Err(error.into()),
        Ok(_) => return Err("a token made a token".into()),
    }
    Ok(())
}
