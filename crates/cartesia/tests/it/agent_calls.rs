//! Calls with agents by the front door: tokens, players, threads.

use cartesia::agent::{
    CallEnding, CallEvent, CallFormat, CreateSessionRequest, CustomMessage, LineCallSpec,
    ManagedCallSpec,
};
use cartesia::http::MintedTokens;
use cartesia::{Client, Credential, ErrorKind, TokenGrants};
use cartesia_mock::MockServer;
use serde_json::json;

use crate::{client, within};

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

/// A trusted server prepares the call; who makes it has no API key.
#[tokio::test]
async fn a_prepared_call_needs_no_key() {
    let server = within(MockServer::start()).await.unwrap();
    let agents = json!({"managed_agents": [
        {"id": "agent_1", "initial_message": "Yes?"}, {"id": "agent_2"},
    ]});
    server.add_objects(&agents).unwrap();
    let trusted = client(&server);
    let request = CreateSessionRequest::new()
        .with_variable("name", "Ada")
        .with_initial_message("Hello {{name}}!");
    let managed = trusted.agents().managed();
    let session = managed.create_session("agent_1", request);
    let session = within(session.into_future()).await.unwrap();

    let builder = Client::builder().base_url(server.url());
    let elsewhere = builder.api_key("sk_other").build().unwrap();
    let spec = |agent| {
        ManagedCallSpec::new(agent, CallFormat::PCM_16000).with_session(session.token.clone())
    };
    assert!(!format!("{:?}", spec("agent_1")).contains(session.token.expose()));
    let call = within(elsewhere.call_agent(spec("agent_1"))).await.unwrap();
    let (_input, mut output) = call.split();
    let said = loop {
        match within(output.next_event()).await.unwrap().unwrap() {
            CallEvent::TurnEnded(turn) => break turn.text,
            CallEvent::Ended(_) => panic!("it ended"),
            _ => {}
        }
    };
    assert_eq!(said, "Hello Ada!");
    // The token is for this agent alone, and prepares no call itself.
    let other = within(elsewhere.call_agent(spec("agent_2"))).await;
    assert_eq!(other.unwrap_err().kind(), ErrorKind::Auth);
    let builder = Client::builder().base_url(server.url());
    let guest = builder.credential(session.token.clone()).build().unwrap();
    let request = CreateSessionRequest::new();
    let refused = guest.agents().managed().create_session("agent_1", request);
    let refused = within(refused.into_future()).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Auth);
    let sent = server.messages();
    let first = sent
        .iter()
        .find(|it| it.text.contains("session_create"))
        .unwrap();
    assert_eq!(
        first.text,
        r#"{"type":"session_create","audio":{"input_format":"pcm_16000"}}"#
    );
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
