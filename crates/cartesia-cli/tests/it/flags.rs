//! Flags of all verbs, and what errors advise.

use cartesia_mock::MockServer;
use serde_json::json;

use crate::support::{KEY, program, program_for, run};

#[test]
fn how_the_text_is_spoken() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let flags = "--speed 1.2 --volume 0.8 --emotion happy --locale en-GB --pronunciation-dict pd_1";
    for transport in ["sse", "bytes", "ws"] {
        let arguments = ["speak", "Hi", "-o", "out.wav", "--transport", transport];
        let arguments = arguments.into_iter().chain(flags.split(' '));
        // Whether the server knows the dictionary is not the point.
        run(program_for(&server, folder.path()), arguments);
        let request = if transport == "ws" {
            server.messages().last().unwrap().json()
        } else {
            server.received().last().unwrap().json()
        };
        let request = request.unwrap();
        let asked = json!({"speed": 1.2, "volume": 0.8, "emotion": "happy"});
        assert_eq!(request["generation_config"], asked, "{transport}");
        assert_eq!(request["locale"], "en-GB", "{transport}");
        assert_eq!(request["pronunciation_dict_id"], "pd_1", "{transport}");
    }
    for wrong in ["--speed 0", "--speed fast", "--volume nan", "--volume -1"] {
        let arguments = ["speak", "Hi"].into_iter().chain(wrong.split(' '));
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(2), "{wrong}: {ran:?}");
    }
}

#[test]
fn every_client_verb_runs_against_the_embedded_server() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        "speak Hi -o out.wav",
        "transcribe out.wav",
        "change-voice out.wav --voice Katie -o changed.wav",
        "infill Hi --left out.wav --voice Katie -o gap.wav",
        "voices list",
        "models",
        "token --tts",
        "files list",
        "dicts list",
        "datasets list",
        "fine-tunes list",
        "usage",
        "account keys",
        "agents list",
        "status",
        "api GET /voices",
        "bench --requests 1 --text Hi",
    ] {
        let mut command = program(folder.path());
        // A key of the user's is not sent, and an address is not asked.
        command.env("CARTESIA_API_KEY", KEY);
        command.env("CARTESIA_BASE_URL", "http://127.0.0.1:1");
        let ran = run(command, arguments.split(' ').chain(["--mock"]));
        assert_eq!(ran.code, Some(0), "{arguments}: {ran:?}");
    }
    let ran = run(
        program(folder.path()),
        ["voices", "list", "--mock", "--base-url", "x"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn a_certificate_authority_of_a_file_is_trusted() {
    let server = MockServer::builder().tls().start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.pem"), server.certificate().unwrap()).unwrap();
    let url = format!("https://localhost:{}", server.addr().port());
    for verb in ["voices list", "speak Hi -o out.wav"] {
        let mut command = program(folder.path());
        command
            .env("CARTESIA_API_KEY", KEY)
            .env("CARTESIA_BASE_URL", &url);
        let ran = run(command, verb.split(' ').chain(["--ca-file", "ca.pem"]));
        assert_eq!(ran.code, Some(0), "{verb}: {ran:?}");
    }
    // Without it, a WebSocket says which flag helps.
    let mut command = program(folder.path());
    command
        .env("CARTESIA_API_KEY", KEY)
        .env("CARTESIA_BASE_URL", &url);
    let ran = run(command, ["speak", "Hi", "-o", "out.wav"]);
    assert_eq!(ran.code, Some(9), "{ran:?}");
    assert!(ran.stderr.contains("--ca-file"), "{ran:?}");
    assert!(!ran.stderr.contains("::"), "{ran:?}");
    for (file, code) in [("none.pem", 2), ("out.wav", 3)] {
        std::fs::write(folder.path().join("out.wav"), "no certificate").unwrap();
        let arguments = ["voices", "list", "--ca-file", file];
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(code), "{ran:?}");
    }
}

#[test]
fn advice_names_flags() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (arguments, code, flag) in [
        (
            "voices list --base-url http://example.com",
            3,
            "--allow-http",
        ),
        (
            "speak Hi -o a.wav --base-url http://example.com",
            3,
            "--allow-http",
        ),
        (
            "voices list --search x --api-version 2024-11-13",
            6,
            "--api-version",
        ),
        ("voices list --base-url http://127.0.0.1:1", 9, "--base-url"),
        ("voices list --proxy ftp://u:canary@x", 2, "--proxy"),
    ] {
        let ran = run(program_for(&server, folder.path()), arguments.split(' '));
        assert_eq!(ran.code, Some(code), "{arguments}: {ran:?}");
        assert!(ran.stderr.contains(flag), "{arguments}: {ran:?}");
        for method in ["::", "()", "(true)", "`unchecked`", "canary"] {
            assert!(!ran.stderr.contains(method), "{arguments}: {ran:?}");
        }
    }
    // The flag works: nothing is refused for being plain, and nobody answers at that address.
    let arguments = "voices list --allow-http --base-url http://192.0.2.1:9 --timeout 0.3";
    let ran = run(program_for(&server, folder.path()), arguments.split(' '));
    assert_eq!(ran.code, Some(9), "{ran:?}");
}

#[test]
fn a_proxy_by_flag() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let proxy = "http://127.0.0.1:1";
    let mut command = program_for(&server, folder.path());
    command.env("CARTESIA_BASE_URL", "https://api.example.invalid");
    let arguments = ["voices", "list", "--proxy", proxy, "--timeout", "5"];
    let ran = run(command, arguments);
    assert_eq!(ran.code, Some(9), "{ran:?}");
    let ran = run(
        program_for(&server, folder.path()),
        ["doctor", "--proxy", proxy],
    );
    assert!(ran.stdout_text().contains(proxy), "{ran:?}");
    for (proxy, code) in [
        ("http://u:canary@proxy.test:3128", 0),
        ("http://u:canary@proxy test", 3),
    ] {
        let mut command = program(folder.path());
        command.env("HTTPS_PROXY", proxy);
        let ran = run(command, ["doctor"]);
        assert_eq!(ran.code, Some(code), "{ran:?}");
        let text = ran.stdout_text();
        assert!(
            text.contains("HTTPS_PROXY") && !text.contains("canary"),
            "{text}"
        );
        assert_eq!(text.contains("http://proxy.test:3128"), code == 0);
    }
}

#[test]
fn a_mistyped_voice_is_suggested() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for version in ["2024-06-10", "2024-11-13", "2026-08-14"] {
        for (voice, suggestion) in [("Kati", "Katie"), ("barber shop man", "Barbershop Man")] {
            let arguments = ["speak", "Hi", "-o", "a.wav", "--voice", voice];
            let arguments = arguments.into_iter().chain(["--api-version", version]);
            let ran = run(program_for(&server, folder.path()), arguments);
            assert_eq!(ran.code, Some(7), "{ran:?}");
            let meant = format!("did you mean \"{suggestion}");
            assert!(ran.stderr.contains(&meant), "{version}: {ran:?}");
        }
    }
}

#[test]
fn the_help_has_groups_with_the_global_flags_apart() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program(folder.path()), ["speak", "--help"]);
    let help = ran.stdout_text();
    let places: Vec<Option<usize>> = [
        "\nOptions:",
        "\nVoice and delivery:",
        "\nOutput:",
        "\nPlayback:",
        "\nGlobal options:",
    ]
    .into_iter()
    .map(|heading| help.find(heading))
    .collect();
    assert!(places.iter().all(Option::is_some), "{help}");
    let global = help.split("\nGlobal options:").nth(1).unwrap();
    assert!(
        global.contains("--base-url") && global.contains("--timeout"),
        "{help}"
    );
    assert!(!global.contains("--emotion"), "{help}");
}
