//! Where the audio goes, and what happens to a file that was there.

use std::path::Path;

use cartesia_mock::{CannedResponse, Fault, MockServer};

use crate::support::{KEY, Ran, program, program_for, run, samples};

const TEXT: &str = "A sentence that is long enough to be cut in the middle of its many words.";

fn speak(server: &MockServer, folder: &Path, arguments: &[&str]) -> Ran {
    let arguments = ["speak", TEXT].iter().chain(arguments);
    run(program_for(server, folder), arguments)
}

/// The names in a folder, in order.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_file_that_was_there_is_never_worse_than_before() {
    let server = MockServer::builder().key(KEY).start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let keep = folder.path().join("keep.wav");
    std::fs::write(&keep, "as it was").unwrap();
    std::fs::write(folder.path().join("bad.wav"), "no audio").unwrap();
    let wrong_key = || {
        let mut command = program_for(&server, folder.path());
        command.env("CARTESIA_API_KEY", "not-a-key");
        command
    };
    let no_server = || {
        let mut command = program_for(&server, folder.path());
        command.env("CARTESIA_BASE_URL", "http://127.0.0.1:1");
        command
    };
    let good = || program_for(&server, folder.path());
    for (command, arguments) in [
        (wrong_key(), "speak a -o keep.wav"),
        (wrong_key(), "speak a -o keep.wav --transport bytes"),
        (no_server(), "speak a -o keep.wav --timeout 5"),
        (good(), "speak a -o keep.wav --model no-model"),
        (good(), "speak a -o keep.wav --voice nobody"),
        (good(), "change-voice bad.wav --voice Katie -o keep.wav"),
        (
            good(),
            "infill a --left bad.wav --voice Katie -o keep.wav --model no-model",
        ),
        (good(), "files download file_none -o keep.wav"),
        (good(), "api GET /no/such/path -o keep.wav"),
    ] {
        let ran = run(command, arguments.split(' '));
        assert_ne!(ran.code, Some(0), "{arguments}: {ran:?}");
        assert_eq!(std::fs::read(&keep).unwrap(), b"as it was", "{arguments}");
        assert_eq!(names(folder.path()), ["bad.wav", "keep.wav"], "{arguments}");
    }
    // What arrives before a failure stands beside it.
    server.inject(Fault::CutBody { after: 100_000 });
    let ran = speak(
        &server,
        folder.path(),
        &["-o", "keep.wav", "--transport", "sse"],
    );
    assert_eq!(ran.code, Some(10), "{ran:?}");
    assert_eq!(std::fs::read(&keep).unwrap(), b"as it was");
    assert!(ran.stderr.contains("keep.partial.wav"), "{ran:?}");
    assert!(samples(&folder.path().join("keep.partial.wav")) > 10_000);
    // And a success replaces it.
    assert_eq!(
        speak(&server, folder.path(), &["-o", "keep.wav"]).code,
        Some(0)
    );
    assert!(samples(&keep) > 10_000);
}

#[test]
fn a_file_whose_name_nobody_chose_replaces_none() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for name in ["speech.wav", "speech-2.wav", "speech-3.wav"] {
        let ran = speak(&server, folder.path(), &["--no-play"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.contains(&format!("{name}: ")), "{ran:?}");
        assert!(folder.path().join(name).exists());
    }
}

#[test]
fn bad_paths_are_refused_before_anything_is_sent() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("there")).unwrap();
    std::fs::write(folder.path().join("in.wav"), "RIFF").unwrap();
    for path in [
        "",
        "/",
        "..",
        ".",
        "there",
        "there/",
        "none/out.wav",
        "in.wav/x",
    ] {
        for verb in [
            &["speak", "Hi"][..],
            &["change-voice", "in.wav", "--voice", "Katie"],
            &["infill", "Hi", "--left", "in.wav", "--voice", "Katie"],
            &["files", "download", "file_1"],
            &["agents", "audio", "call_1"],
            &["api", "GET", "/voices"],
        ] {
            let arguments = verb.iter().copied().chain(["-o", path]);
            let ran = run(program_for(&server, folder.path()), arguments);
            assert_eq!(ran.code, Some(2), "{verb:?} {path:?}: {ran:?}");
        }
    }
    assert!(server.received().is_empty() && server.sockets().is_empty());
    assert_eq!(names(folder.path()), ["in.wav", "there"]);
}

#[test]
fn extensions_of_formats_that_cannot_be_written_are_refused() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("in.wav"), "RIFF").unwrap();
    for extension in ["flac", "ogg", "m4a", "opus"] {
        for verb in ["speak Hi", "change-voice in.wav --voice Katie"] {
            let arguments = format!("{verb} -o a.{extension}");
            let ran = run(program_for(&server, folder.path()), arguments.split(' '));
            assert_eq!(ran.code, Some(2), "{ran:?}");
            assert!(ran.stderr.contains(".wav, .mp3 or .pcm"), "{ran:?}");
        }
    }
    assert!(server.received().is_empty() && server.sockets().is_empty());
}

#[cfg(unix)]
mod special {
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
    use std::process::Command;

    use super::*;
    use crate::support::{finish, shell};

    /// A WAV file whose sizes were left open.
    fn assert_streamed_wav(bytes: &[u8]) {
        assert!(bytes.len() > 10_000, "{} bytes", bytes.len());
        assert_eq!(
            (&bytes[..4], &bytes[40..44]),
            (&b"RIFF"[..], &[0xff; 4][..])
        );
    }

    #[test]
    fn links_are_followed_and_the_mode_is_kept() {
        let server = MockServer::start_on_thread().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("target.wav");
        std::fs::write(&target, "old").unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
        symlink("target.wav", folder.path().join("link.wav")).unwrap();
        assert_eq!(
            speak(&server, folder.path(), &["-o", "link.wav"]).code,
            Some(0)
        );
        assert!(samples(&target) > 10_000);
        let mode = std::fs::metadata(&target).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
        assert!(folder.path().join("link.wav").is_symlink());
    }

    #[test]
    fn a_device_stays_a_device() {
        let server = MockServer::start_on_thread().unwrap();
        let folder = tempfile::tempdir().unwrap();
        for transport in ["ws", "bytes"] {
            let flags = ["-o", "/dev/null", "--report", "--transport", transport];
            let ran = speak(&server, folder.path(), &flags);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert!(
                ran.report()["audio_ms"].as_u64().unwrap() > 1_000,
                "{ran:?}"
            );
        }
        let null = std::fs::metadata("/dev/null").unwrap();
        assert!(null.file_type().is_char_device());
    }

    #[test]
    fn a_fifo_gets_all_of_the_audio() {
        let server = MockServer::start_on_thread().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let made = Command::new("mkfifo")
            .arg(folder.path().join("fifo.wav"))
            .status();
        assert!(made.unwrap().success());
        for transport in ["ws", "bytes"] {
            let path = folder.path().join("fifo.wav");
            let reader = std::thread::spawn(move || std::fs::read(path).unwrap());
            let flags = ["-o", "fifo.wav", "--transport", transport];
            let ran = speak(&server, folder.path(), &flags);
            assert_eq!(ran.code, Some(0), "{ran:?}");
            assert_streamed_wav(&reader.join().unwrap());
            let there = std::fs::symlink_metadata(folder.path().join("fifo.wav")).unwrap();
            assert!(there.file_type().is_fifo());
        }
        assert_eq!(names(folder.path()), ["fifo.wav"]);
    }

    #[test]
    fn stdout_by_its_path_and_process_substitution() {
        let server = MockServer::start_on_thread().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ran = speak(&server, folder.path(), &["-o", "/dev/stdout"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_streamed_wav(&ran.stdout);

        let script = "\"$0\" speak 'Hi you' -o >(cat > copy.wav); code=$?; wait; exit $code";
        let program = program_for(&server, folder.path());
        let ran = finish(shell(&program, "bash", script).output().unwrap());
        assert_eq!(ran.code, Some(0), "{ran:?}");
        // `wait` does not wait for it in every bash.
        let copy = folder.path().join("copy.wav");
        crate::support::wait_for_bytes(&copy, 10_000);
        assert_eq!(std::fs::read(&copy).unwrap()[..4], *b"RIFF");
    }
}

/// The header of a WAV file without a sample.
fn wav_header() -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 44_100,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = std::io::Cursor::new(Vec::new());
    hound::WavWriter::new(&mut file, spec)
        .unwrap()
        .finalize()
        .unwrap();
    file.into_inner()
}

#[test]
fn no_audio_is_a_failure_and_no_empty_file() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for transport in ["ws", "sse", "bytes"] {
        let arguments = ["speak", "...", "-o", "out.wav", "--transport", transport];
        let ran = run(program_for(&server, folder.path()), arguments);
        match ran.code {
            Some(0) => assert!(samples(&folder.path().join("out.wav")) > 0),
            Some(10) => assert!(names(folder.path()).is_empty(), "{ran:?}"),
            _ => panic!("{transport}: {ran:?}"),
        }
        let _ = std::fs::remove_file(folder.path().join("out.wav"));
    }
    // An answer without a byte, or with a header alone.
    for body in [Vec::new(), wav_header()] {
        let empty = CannedResponse::new(200).with_header("content-type", "audio/wav");
        server.inject(Fault::Respond(empty.with_body(body)));
        let arguments = ["speak", "Hi", "-o", "out.wav", "--transport", "bytes"];
        let ran = run(program_for(&server, folder.path()), arguments);
        assert_eq!(ran.code, Some(10), "{ran:?}");
        assert!(!folder.path().join("out.wav").exists());
    }
    let ran = run(program(folder.path()), ["speak", " ", "-o", "out.wav"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
