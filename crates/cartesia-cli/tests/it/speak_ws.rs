//! `speak` over a WebSocket: text as it arrives, and what goes wrong in the middle.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};

use cartesia::ApiVersion;
use cartesia_mock::{MockServer, Pace};
use serde_json::Value;

#[cfg(unix)]
use crate::support::interrupt;
use crate::support::{finish, partial, program_for, run, samples, until, wait_for_bytes};

const TEXT: &str = "A sentence that is long enough to be cut in the middle of its many words.";

fn start(mut command: Command, arguments: &[&str]) -> Child {
    command
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn messages(server: &MockServer) -> Vec<Value> {
    let messages = server.messages();
    messages
        .iter()
        .filter_map(cartesia_mock::SocketMessage::json)
        .collect()
}

/// The audio of what the program asked for, as the server makes it.
fn expected(server: &MockServer, pieces: &[&str]) -> Vec<u8> {
    let first = &messages(server)[0];
    server
        .expected_audio(ApiVersion::LATEST, first, pieces)
        .unwrap()
}

#[test]
fn the_file_holds_the_audio_of_the_context_to_the_last_byte() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, flags) in [("a.wav", ""), ("a.pcm", "--sample-rate 16000")] {
        let server = if name == "a.wav" {
            &server
        } else {
            &MockServer::start_on_thread().unwrap()
        };
        let arguments = ["speak", TEXT, "-o", name, "--report"]
            .into_iter()
            .chain(flags.split_whitespace());
        let ran = run(program_for(server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let audio = expected(server, &[TEXT]);
        let file = std::fs::read(folder.path().join(name)).unwrap();
        let header = if name == "a.wav" { 44 } else { 0 };
        assert_eq!(file[header..], audio);

        let report = ran.report();
        assert_eq!(report["transport"], "ws");
        assert_eq!(report["bytes"], audio.len());
        // Of the handshake.
        let socket = &server.sockets()[0];
        assert_eq!(report["request_id"], socket.request_id.as_str());
        // It has said goodbye, as one does.
        assert_eq!(
            socket.client_close.as_ref().map(|close| close.0),
            Some(1000)
        );
    }
}

#[test]
fn text_is_spoken_while_stdin_is_still_open() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = program_for(&server, folder.path());
    let mut child = start(command, &["speak", "-o", "-", "--container", "raw"]);
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();

    // White space alone is not worth a connection.
    stdin.write_all(b" \n").unwrap();
    stdin.write_all("Caf\u{e9} first. And".as_bytes()).unwrap();
    let mut audio = vec![0; 1_000];
    stdout.read_exact(&mut audio).unwrap();
    let heard = messages(&server).len();
    assert!(heard >= 1);

    stdin.write_all(b" then the").unwrap();
    until("the second piece", || messages(&server).len() > heard);
    stdin.write_all(b" rest.").unwrap();
    drop(stdin);
    stdout.read_to_end(&mut audio).unwrap();
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(0), "{ran:?}");

    let messages = messages(&server);
    let said: String = messages
        .iter()
        .filter_map(|it| it["transcript"].as_str())
        .collect();
    assert_eq!(said, " \nCaf\u{e9} first. And then the rest.");
    assert_eq!(messages[0]["continue"], true);
    assert_eq!(messages[0]["max_buffer_delay_ms"], 3_000);
    assert_eq!(messages.last().unwrap()["continue"], false);
    assert_eq!(audio, expected(&server, &[&said]));
}

#[cfg(unix)]
#[test]
fn a_reader_that_stops_holds_up_neither_text_nor_ctrl_c() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = program_for(&server, folder.path());
    // At this rate, a sentence is more than a pipe and what may wait for it hold.
    let flags = "speak -o - --container raw --encoding pcm_f32le --sample-rate 48000";
    let mut child = start(command, &flags.split(' ').collect::<Vec<_>>());
    let mut stdin = child.stdin.take().unwrap();
    for number in 1..=20 {
        write!(stdin, "{TEXT} ").unwrap();
        until("the sentence", || messages(&server).len() >= number);
    }
    interrupt(&child);
    until("the end", || child.try_wait().unwrap().is_some());
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(130), "{ran:?}");
    assert_eq!(messages(&server).last().unwrap()["cancel"], true);
}

#[test]
fn what_is_not_text_ends_it_and_keeps_the_audio() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = program_for(&server, folder.path());
    let mut child = start(command, &["speak", "-", "-o", "out.wav", "--report"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(b"Good text first. And").unwrap();
    let path = partial(folder.path(), "out.wav");
    wait_for_bytes(&path, 10_000);
    stdin.write_all(b" then \xff\xfe").unwrap();
    // It ends although stdin does not.
    let ran = finish(crate::support::output(child));
    drop(stdin);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["kind"], "usage", "{report}");
    assert_eq!(samples(&path) * 2, report["bytes"].as_u64().unwrap());
}

#[test]
fn a_server_that_goes_away_in_the_middle_leaves_a_file_that_plays() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .socket_chunk_size(4_096)
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let command = program_for(&server, folder.path());
    let child = start(command, &["speak", TEXT, "-o", "out.wav", "--report"]);
    let path = partial(folder.path(), "out.wav");
    wait_for_bytes(&path, 10_000);
    drop(server);
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(10), "{ran:?}");
    let report = ran.report();
    assert_eq!(report["kind"], "incomplete", "{report}");
    assert!(report["request_id"].is_string(), "{report}");
    let bytes = report["bytes"].as_u64().unwrap();
    assert!(bytes >= 8_000, "{report}");
    assert_eq!(samples(&path) * 2, bytes);
}

#[cfg(unix)]
#[test]
fn an_interrupt_cancels_the_context_and_exits_with_130() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .socket_chunk_size(4_096)
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (text, from_stdin) in [(TEXT, false), ("-", true)] {
        let path = partial(folder.path(), "out.wav");
        let _ = std::fs::remove_file(&path);
        let before = messages(&server).len();
        let command = program_for(&server, folder.path());
        let mut child = start(command, &["speak", text, "-o", "out.wav", "--report"]);
        let mut stdin = child.stdin.take();
        if from_stdin {
            let text = format!("{TEXT} And");
            let pipe = stdin.as_mut().unwrap();
            pipe.write_all(text.as_bytes()).unwrap();
        }
        wait_for_bytes(&path, 10_000);
        interrupt(&child);
        let ran = finish(crate::support::output(child));
        drop(stdin);
        assert_eq!(ran.code, Some(130), "{ran:?}");
        let report = ran.report();
        assert_eq!(report["kind"], "cancelled", "{report}");
        assert_eq!(samples(&path) * 2, report["bytes"].as_u64().unwrap());
        let messages = messages(&server);
        let last = messages.last().unwrap();
        assert!(messages.len() > before);
        assert_eq!(last["cancel"], true, "{last}");
        assert_eq!(last["context_id"], messages[before]["context_id"]);
    }
}
