//! `--timeout` limits every step of a run.

use std::time::{Duration, Instant};

use cartesia_mock::{Fault, MockServer};

use crate::support::{Ran, program_for, run};

/// The default limits are 10 to 60 seconds; a run that takes so long did not keep to the flag.
const FAR_LESS: Duration = Duration::from_secs(9);

fn speak(server: &MockServer, folder: &tempfile::TempDir, transport: &str) -> Ran {
    let text = "A sentence that is long enough to stall in the middle of its many words.";
    let arguments = [
        "speak",
        text,
        "-o",
        "out.wav",
        "--report",
        "--timeout",
        "0.5",
    ];
    let arguments = arguments.into_iter().chain(["--transport", transport]);
    let started = Instant::now();
    let ran = run(program_for(server, folder.path()), arguments);
    assert!(started.elapsed() < FAR_LESS, "{transport}: {ran:?}");
    ran
}

#[test]
fn a_stream_that_stalls_in_the_middle_ends_after_the_limit() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for transport in ["sse", "bytes", "ws"] {
        let stall = r#"{"rules": [{"at": {"chunks": 2}, "do": "stall"}]}"#;
        server.set_script(stall.parse().unwrap());
        if transport != "ws" {
            server.inject(Fault::StallBody { after: 60_000 });
        }
        let ran = speak(&server, &folder, transport);
        assert_eq!(ran.code, Some(9), "{transport}: {ran:?}");
        assert_eq!(ran.report()["kind"], "timeout", "{ran:?}");
        // What arrived is kept, and the advice is a flag.
        assert!(ran.report()["saved"].is_string(), "{ran:?}");
        let message = ran.report()["message"].as_str().unwrap().to_owned();
        assert!(message.contains("--timeout"), "{message}");
        assert!(!message.contains("::"), "{message}");
    }
}

#[test]
fn other_calls_that_stall_end_as_well() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for arguments in ["voices list --timeout 0.5", "api GET /voices --timeout 0.5"] {
        for fault in [Fault::StallBeforeHeaders, Fault::StallBody { after: 10 }] {
            server.clear_faults();
            server.inject(fault.always());
            let started = Instant::now();
            let ran = run(program_for(&server, folder.path()), arguments.split(' '));
            assert!(started.elapsed() < FAR_LESS, "{arguments}: {ran:?}");
            assert_eq!(ran.code, Some(9), "{arguments}: {ran:?}");
        }
    }
}
