//! Examples over WebSockets.

use cartesia_mock::MockServer;

use crate::support::{assert_close, example_for, lines, seconds_in, with_mock};

#[test]
fn language_model_tokens() {
    let lines = with_mock("language_model_tokens", &[]);
    let (words, length) = lines.split_at(9);
    let said: Vec<&str> = words
        .iter()
        .filter_map(|line| line.split_whitespace().last())
        .collect();
    // "br" and "own" were two tokens.
    assert_eq!(
        said.join(" "),
        "The quick brown fox jumps over the lazy dog."
    );
    let starts: Vec<f64> = words.iter().map(|line| seconds_in(line)).collect();
    assert!(starts.is_sorted(), "{starts:?}");
    let [length] = length else {
        panic!("{lines:?}")
    };
    assert!(seconds_in(length) > starts[8]);
}

#[test]
fn concurrent_contexts() {
    let lines = with_mock("concurrent_contexts", &[]);
    assert_eq!(lines.len(), 4);
    for (line, who) in lines.iter().zip(["alice", "cat", "alice"]) {
        assert!(line.contains(&format!(" s  {who}: ")), "{line}");
        assert!(seconds_in(line) > 1.0, "{line}");
    }
    assert_eq!(lines[3], "connections made: 1");
}

#[test]
fn connection_pool() {
    // A plan that turns the fourth context away.
    let server = MockServer::builder().context_limit(3).start_on_thread();
    let server = server.unwrap();
    let folder = tempfile::tempdir().unwrap();

    let lines = lines(&mut example_for(&server, "connection_pool", folder.path()));

    assert_eq!(lines.len(), 1);
    assert!(lines[0].starts_with("8 listeners, at most 3 at once, "));
    // 8 sentences, none of them shorter than a second.
    assert!(seconds_in(&lines[0]) > 8.0, "{lines:?}");
    // Nobody was turned away, or the context would have had to be asked for again.
    let requests = server.messages();
    let texts: Vec<_> = requests
        .iter()
        .filter_map(|message| message.json()?["transcript"].as_str().map(str::to_owned))
        .filter(|text| !text.is_empty())
        .collect();
    assert_eq!(texts.len(), 8, "{texts:?}");
    assert!(server.sockets().len() >= 2, "one connection carries two");
}

#[test]
fn telephony() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();

    let lines = lines(&mut example_for(&server, "telephony", folder.path()));

    let packets: f64 = lines[0].split(' ').next().unwrap().parse().unwrap();
    assert!(lines[0].contains(" packets of 160 bytes, "));
    // As many packets as the server sent audio for, 160 bytes each.
    let request = server.messages()[0].json().unwrap();
    let text = "Thank you for calling. How may I help you?";
    let audio = server
        .expected_audio(cartesia::ApiVersion::LATEST, &request, &[text])
        .unwrap();
    let bytes = f64::from(u32::try_from(audio.len()).unwrap());
    assert_close(packets, (bytes / 160.0).ceil(), 1.0);
    assert_eq!(request["output_format"]["encoding"], "pcm_mulaw");
}

#[test]
fn agent_call() {
    let lines = with_mock("agent_call", &[]);
    let (spoken, observed) = lines.split_last().unwrap();
    assert_eq!(observed.last().unwrap(), "the call is over: ByCaller");
    assert!(spoken.starts_with("Front desk spoke for "), "{lines:?}");
    assert!(seconds_in(spoken) > 0.5, "{lines:?}");
}
