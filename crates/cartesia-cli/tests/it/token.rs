//! `token`.

use cartesia_mock::MockServer;

use crate::support::{program_for, run};

#[test]
fn a_token_is_printed_and_opens_what_it_was_granted() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let token = |arguments: &[&str]| run(program_for(&server, folder.path()), arguments);
    let printed = token(&["token", "--tts", "--expires-in", "600"]);
    assert_eq!(
        (printed.code, &*printed.stderr),
        (Some(0), ""),
        "{printed:?}"
    );
    let text = printed.stdout_text().strip_suffix('\n').unwrap();
    assert_eq!(text.split('.').count(), 3, "{text}");
    let sent = server.received().pop().unwrap().json().unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"grants": {"tts": true}, "expires_in": 600})
    );

    let guest = run(
        {
            let mut command = program_for(&server, folder.path());
            command.env("CARTESIA_API_KEY", text);
            command
        },
        ["voices", "list"],
    );
    assert_eq!(guest.code, Some(4), "{guest:?}");

    let json = token(&["token", "--stt", "--agent", "--json"]);
    let json: serde_json::Value = serde_json::from_str(json.stdout_text()).unwrap();
    assert!(json["token"].as_str().unwrap().len() > 20);
    for wrong in [&["token"][..], &["token", "--tts", "--expires-in", "3601"]] {
        assert_eq!(token(wrong).code, Some(2), "{wrong:?}");
    }
}
