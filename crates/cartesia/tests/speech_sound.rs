//! Speech on a virtual sound card: what is heard there is compared by `cargo xtask sound`.
#![cfg(all(feature = "playback", feature = "ws"))]
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test may fail, and talks to the program that starts it"
)]

use std::time::Duration;

use cartesia::{Client, ContextSpec, ModelId, Player, RawFormat, VoiceId, pcm};
use cartesia_mock::MockServer;

/// That of the card: samples are heard as they are sent.
const FORMAT: RawFormat = RawFormat::new(cartesia::RawEncoding::PcmS16Le, 48_000);

const TEXT: &str = "This sentence is so long that a listener has no patience for all of it, and it is interrupted long \
                    before its end.";

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs the virtual sound card of `cargo xtask sound`"]
async fn is_interrupted() {
    let server = MockServer::start().await.unwrap();
    let client = Client::builder().api_key("sk_test").base_url(server.url());
    let client = client.build().unwrap();
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let spec = ContextSpec::new(ModelId::SONIC_3, voice, FORMAT);
    let connection = client.tts().connect().await.unwrap();
    let context = connection.context(spec.clone()).unwrap();
    let audio = context
        .speak(TEXT)
        .await
        .unwrap()
        .collect_audio()
        .await
        .unwrap();
    let mut samples = Vec::new();
    pcm::decode_i16(FORMAT.encoding, audio.data(), &mut samples);
    let first = samples.iter().position(|sample| *sample != 0).unwrap();
    let gap = samples.split(|sample| *sample != 0).map(<[i16]>::len).max();

    let player = Player::open_default().unwrap();
    let speech = client.speech(&player, spec).over(&connection);
    let said = speech.say(TEXT).unwrap();
    while said.heard().audio < Duration::from_millis(800) {
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    let at = FORMAT.samples_of_duration(said.heard().audio);
    let heard = speech.interrupt().await.unwrap();
    assert!(TEXT.starts_with(&heard.text) && !heard.is_complete);
    // There is silence between words: the last sample that is none before the end.
    let end = usize::try_from(FORMAT.samples_of_duration(heard.audio)).unwrap();
    let last = samples[..end.min(samples.len())]
        .iter()
        .rposition(|sample| *sample != 0)
        .unwrap();
    println!(
        "rig: interrupted at={at} heard={} first={first} gap={} underruns={}",
        last + 1,
        gap.unwrap_or_default(),
        player.playhead().underruns,
    );
}
