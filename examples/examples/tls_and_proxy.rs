//! A company network: a private certificate authority, and a proxy.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example tls_and_proxy -- --mock
//! $ export COMPANY_CA=/etc/ssl/company.pem COMPANY_PROXY=http://user:password@proxy.example:3128
//! $ cargo run -p cartesia-examples --example tls_and_proxy
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service. Every client follows
//! `HTTPS_PROXY` and `NO_PROXY` without a line of code.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::network::{Network, Proxy, RootCertificate};
use cartesia::{ClientBuilder, ContextSpec, ModelId, RawFormat, VoiceId};

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line

    let mut network = Network::new();
    if let Some(file) = std::env::var_os("COMPANY_CA") {
        // Beside the authorities that the operating system trusts.
        network = network.with_extra_roots(RootCertificate::all_from_pem(std::fs::read(file)?)?);
    }
    if let Ok(url) = std::env::var("COMPANY_PROXY") {
        // `http`, `https` and `socks5h` are understood; the password is in no error and no log.
        network = network.with_proxy(Proxy::fixed(url.parse()?));
    }

    // One setting for HTTP and WebSockets.
    let client = ClientBuilder::from_env()?.network(network).build()?;

    let status = client.status().await?;
    println!("HTTP: version {}", status.version.unwrap_or_default());

    let connection = client.tts().connect().await?;
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_LATEST, voice, RawFormat::PCM_S16LE_24000);
    let output = connection.context(spec)?.speak("Can you hear me?").await?;
    let clip = output.collect_audio().await?;
    println!(
        "WebSocket: {:.1} s of speech",
        clip.duration().as_secs_f64()
    );
    Ok(())
}
