//! Calls with agents by the front door: tokens, players, threads.

use cartesia::agent::{CallEnding, CallEvent, CallFormat, CustomMessage, LineCallSpec};
use cartesia::http::MintedTokens;
use cartesia::{Client, Credential, ErrorKind, TokenGrants};
use cartesia_mock::MockServer;
use serde_json::json;

#[cfg(feature = "playback")]
use crate::client;
use crate::within;

fn spec() -> LineCallSpec {
    LineCallSpec::new("agent_front_desk", CallFormat::PCM_16000).with_introduction("Good day.")
}

/// The agent's code ends the call at once.
fn goodbye() -> CustomMessage {
    CustomMessage::default().with("mock", json!({"end": "done"}))
}

#[tokio::test]
async fn a_token_needs_the_grant_for_agents() {
    let server = within(MockServer::start()).await.unwrap();
    for (grants, refused) in [
        (TokenGrants::new().with_agent(true), None),
        (TokenGrants::new().with_stt(true), Some(ErrorKind::Auth)),
    ] {
        let mint = cartesia::http::Client::builder().api_key("sk_canary");
        let mint = mint.base_url(server.url()).build().unwrap();
        let tokens = MintedTokens::new(mint, grants, 600);
        let builder = Client::builder().base_url(server.url());
        let client = builder.credential(Credential::provider(tokens)).build();
        let call = within(client.unwrap().call_agent(spec())).await;
        assert_eq!(call.as_ref().err().map(cartesia::Error::kind), refused);
        let Ok(call) = call else { continue };
        let control = call.control();
        let (_input, mut output) = call.split();
        within(control.custom(goodbye())).await.unwrap();
        let mut last = None;
        while let Some(event) = within(output.next_event()).await.unwrap() {
            last = Some(event);
        }
        let ended = CallEnding::ByAgent(Some("done".to_owned()));
        assert_eq!(last, Some(CallEvent::Ended(ended)));
    }
}

#[cfg(feature = "playback")]
#[tokio::test]
async fn a_player_takes_what_the_agent_says() {
    use cartesia::Player;
    use cartesia::audio::OfflineOptions;

    let server = within(MockServer::start()).await.unwrap();
    let (player, mut heard) = Player::offline(OfflineOptions::new(16_000)).unwrap();
    let call = within(client(&server).call_agent(spec())).await.unwrap();
    let control = call.control();
    let (_input, mut output) = call.split();
    let first = within(output.next_event()).await.unwrap();
    let Some(CallEvent::Audio(first)) = first else {
        panic!("{first:?}");
    };
    within(control.hang_up()).await.unwrap();
    let mut events = Vec::new();
    let mut speech = output.speech(|event| events.push(event));
    let utterance = within(player.play(&mut speech)).await.unwrap();
    assert!(!speech.is_cleared());
    assert_eq!(events, [CallEvent::Ended(CallEnding::ByCaller)]);
    heard.run_until_idle();
    let report = within(utterance.drained()).await;
    let rest = output.bytes_received() - first.data.len() as u64;
    assert_eq!(report.heard, output.format().duration_of_bytes(rest));
}

#[cfg(feature = "blocking")]
#[test]
fn threads_call_agents_too() {
    let server = MockServer::start_on_thread().unwrap();
    let client = cartesia::blocking::Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .build()
        .unwrap();
    let call = client.call_agent(spec()).unwrap();
    assert!(call.started().stream_id.is_some() && call.handshake().is_some());
    let control = call.control();
    let (mut input, output) = call.split();
    let caller = std::thread::spawn(move || {
        input.send_all([vec![0; 3_200], vec![0; 3_201]])?;
        control.dtmf('5'.try_into()?)?;
        control.custom(goodbye())
    });
    let events: Vec<_> = output.map(Result::unwrap).collect();
    caller.join().unwrap().unwrap();
    assert!(matches!(events.last(), Some(CallEvent::Ended(_))));
}
