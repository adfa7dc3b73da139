//! Speech on a virtual sound card: what is heard there is compared by `cargo xtask sound`.
#![cfg(all(feature = "playback", feature = "ws"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and talks to the program that starts it"
)]

use std::time::Duration;

use cartesia::{AudioClip, Client, ContextSpec, ModelId, Player, RawFormat, VoiceId};
use cartesia_mock::MockServer;

/// That of the card: samples are heard as they are sent.
const FORMAT: RawFormat = RawFormat::new(cartesia::RawEncoding::PcmS16Le, 48_000);

/// A word without a pause. The interruption comes in its middle.
const TEXT: &str = "Donaudampfschifffahrtsgesellschaftskapitaen, and more.";

fn setting(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: run `cargo xtask sound`"))
}

/// The latency of the player's output at this moment, in frames.
fn latency(player: &Player) -> u64 {
    let latency = player.output().and_then(|output| output.latency).unwrap();
    FORMAT.samples_of_duration(latency)
}

/// The audio of the only context so far: the server's sound depends on its identifier. Over a connection of its own,
/// since an identifier is used once on each.
async fn audio(client: &Client, server: &MockServer, spec: ContextSpec) -> AudioClip {
    let id = server
        .messages()
        .iter()
        .find_map(|message| message.context_id.clone())
        .unwrap();
    let connection = client.tts().connect().await.unwrap();
    let context = connection.context(spec.with_context_id(id)).unwrap();
    let output = context.speak(TEXT).await.unwrap();
    output.collect_audio().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
async fn is_interrupted() {
    let after = Duration::from_millis(setting("SPEECH_INTERRUPTED_AFTER_MS").parse().unwrap());
    let server = MockServer::start().await.unwrap();
    let client = Client::builder().api_key("sk_test").base_url(server.url());
    let client = client.build().unwrap();
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_3, voice, FORMAT);
    let connection = client.tts().connect().await.unwrap();

    let player = Player::open_default().unwrap();
    let speech = client.speech(&player, spec.clone()).over(&connection);
    let said = speech.say(TEXT).unwrap();
    while said.heard().audio < after {
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    // A request of the device in between changes it.
    let earlier = latency(&player);
    let at = FORMAT.samples_of_duration(said.heard().audio);
    let latency = latency(&player).max(earlier);
    let heard = speech.interrupt().await.unwrap();
    assert!(TEXT.starts_with(&heard.text) && !heard.is_complete);
    let output = player.output().unwrap();
    assert_eq!(output.sample_rate, FORMAT.sample_rate);
    let audio = audio(&client, &server, spec).await;
    std::fs::write(setting("SPEECH_FILE"), audio.data()).unwrap();
    println!(
        "rig: interrupted at={at} heard={} buffer={} latency={latency} underruns={}",
        FORMAT.samples_of_duration(heard.audio),
        output.buffer_frames.unwrap(),
        player.playhead().underruns,
    );
}
