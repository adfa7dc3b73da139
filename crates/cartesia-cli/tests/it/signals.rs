//! Signals that end a run.

#![cfg(unix)]

use std::process::Stdio;

use cartesia_mock::{Fault, MockServer};
use rustix::process::Signal;

use crate::support::{finish, partial, program_for, samples, shell, signal, wait_for_bytes};

const TEXT: &str = "A sentence that is long enough to be ended in the middle of its many words.";

#[test]
fn every_signal_completes_the_header_and_has_its_code() {
    let server = MockServer::start_on_thread().unwrap();
    for (name, code) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
        for transport in ["sse", "bytes"] {
            let folder = tempfile::tempdir().unwrap();
            server.inject(Fault::StallBody { after: 60_000 });
            let child = program_for(&server, folder.path())
                .args(["speak", TEXT, "-o", "out.wav", "--report"])
                .args(["--transport", transport])
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap();
            let path = partial(folder.path(), "out.wav");
            wait_for_bytes(&path, 20_000);
            signal(&child, name);
            let ran = finish(crate::support::output(child));
            assert_eq!(ran.code, Some(code), "{name:?}: {ran:?}");
            let report = ran.report();
            assert_eq!(report["kind"], "cancelled", "{report}");
            assert!(ran.saved().ends_with("out.partial.wav"), "{report}");
            // Sizes that are open would mean hours.
            let played = samples(&path);
            assert!((5_000..40_000).contains(&played), "{name:?}: {played}");
        }
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_hangup_that_the_caller_ignores_is_ignored() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    server.inject(Fault::StallBody { after: 60_000 });
    let program = program_for(&server, folder.path());
    // As `nohup` does.
    let line = "trap '' HUP; exec \"$0\" \"$@\"";
    let mut command = shell(&program, "sh", line);
    command.args(["speak", TEXT, "-o", "out.wav", "--transport", "sse"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let path = partial(folder.path(), "out.wav");
    wait_for_bytes(&path, 20_000);
    signal(&child, Signal::HUP);
    signal(&child, Signal::TERM);
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(143), "{ran:?}");
}
