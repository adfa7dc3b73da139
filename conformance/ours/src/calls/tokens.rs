//! The status, and access tokens.

use std::time::Duration;

use cartesia::tts::BytesRequest;
use cartesia::{Client, CreateTokenRequest, ErrorKind, ModelId, TokenGrants};

use super::Use;
use crate::Result;

pub(super) async fn status(call: &mut Use<'_>) -> Result {
    let status = call.client.status().await?;
    call.checks
        .equal(&status.ok, &Some(true), "the service is well")?;
    call.checks.that(status.version.is_some(), "its version")
}

pub(super) async fn create(call: &mut Use<'_>) -> Result {
    let words = &call.inputs.access_token;
    let grants = TokenGrants::new()
        .with_tts(words.grants.tts)
        .with_stt(words.grants.stt);
    let request = CreateTokenRequest::new(grants)
        .with_expires_in(Duration::from_secs(words.expires_in.into()));
    let token = call.client.access_tokens().create(request).await?;
    let other = Client::builder()
        .base_url(call.client.base_url().to_string())
        .api_version(call.version)
        .credential(token)
        .build()?;
    let request = BytesRequest::new(
        ModelId::from(&*call.inputs.tts_model),
        call.voice(),
        "A token.",
        call.raw_format("raw")?,
    );
    let clip = other.tts().bytes(request).await?.collect().await?;
    call.checks.speech(&clip, "A token.")?;
    let voices = other.voices().get(call.voice()).await;
    call.checks
        .refused(voices, ErrorKind::Auth, "what was not granted is refused")
}
