//! A pool of connections, for a server with many listeners and a plan that limits the generations at once.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example connection_pool -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::time::Duration;

use cartesia::{Client, ContextSpec, ModelId, PoolConfig, RawFormat, VoiceId};
use futures_util::future::try_join_all;

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let client = Client::from_env()?;

    let config = PoolConfig::default()
        .with_max_contexts(3) // what the plan allows; the fourth waits in line
        .with_max_wait(Duration::from_secs(30)) // for so long, and then fails
        .with_contexts_per_connection(2);
    let pool = client.tts().pool(config)?;
    pool.prewarm().await?; // the first listener does not wait for a connection either

    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    let listeners = (1..=8).map(|number| {
        let (pool, spec) = (&pool, spec.clone());
        async move {
            let output = pool
                .context(spec)
                .await?
                .speak(format!("You are listener number {number}."))
                .await?;
            output.collect_audio().await
        }
    });
    let clips = try_join_all(listeners).await?;

    let speech: Duration = clips.iter().map(cartesia::AudioClip::duration).sum();
    println!(
        "{} listeners, at most {} at once, {:.1} s of speech",
        clips.len(),
        pool.stats().max_contexts.unwrap_or(usize::MAX),
        speech.as_secs_f64()
    );
    pool.close().await;
    Ok(())
}
