//! `listen`: what is said, while it is being said.

use std::io::{Read as _, Write as _};
use std::process::Stdio;
use std::time::Duration;

use cartesia_mock::{Expect, Fault, MessageKind, MockServer};
use serde_json::Value;

use crate::support::{Ran, program, program_for, run};

const TEXT: &str = "Two tickets to New York, please.";

/// A folder with what the mock server says of the text, as a WAV file and in every encoding.
fn folder(server: &MockServer) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for flags in [
        "-o said.wav",
        "-o said.pcm_s16le --container raw --sample-rate 16000",
        "-o said.pcm_f32le --container raw --sample-rate 16000 --encoding pcm_f32le",
        "-o said.pcm_mulaw --container raw --sample-rate 16000 --encoding pcm_mulaw",
        "-o said.pcm_alaw --container raw --sample-rate 16000 --encoding pcm_alaw",
    ] {
        let arguments = ["speak", TEXT].into_iter().chain(flags.split(' '));
        let ran = run(program_for(server, folder.path()), arguments);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    // What the service hears, but does not speak.
    let floats = std::fs::read(folder.path().join("said.pcm_f32le")).unwrap();
    let (floats, _) = floats.as_chunks::<4>();
    let wide = floats.iter().flat_map(|sample| {
        #[expect(clippy::cast_possible_truncation, reason = "it saturates")]
        let sample = (f64::from(f32::from_le_bytes(*sample)) * 2_147_483_648.0) as i32;
        sample.to_le_bytes()
    });
    std::fs::write(
        folder.path().join("said.pcm_s32le"),
        wide.collect::<Vec<_>>(),
    )
    .unwrap();
    let half = floats.iter().flat_map(|sample| {
        let bits = u32::from_le_bytes(*sample);
        let magnitude = (bits >> 13 & 0x3_ffff).saturating_sub(112 << 10);
        let half = (bits >> 16 & 0x8000) | magnitude;
        u16::try_from(half).unwrap().to_le_bytes()
    });
    std::fs::write(
        folder.path().join("said.pcm_f16le"),
        half.collect::<Vec<_>>(),
    )
    .unwrap();
    folder
}

fn listen(server: &MockServer, folder: &tempfile::TempDir, arguments: &str) -> Ran {
    let arguments = format!("listen --speed 50 {arguments}");
    run(
        program_for(server, folder.path()),
        arguments.split_whitespace(),
    )
}

fn words(ran: &Ran) -> String {
    ran.stdout_text().lines().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_becomes_lines_on_stdout_and_nothing_else() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    for flags in [
        "",
        "--turns",
        "--model ink-whisper --language fr",
        "--keyterm York --keyterm x",
    ] {
        let ran = listen(&server, &folder, &format!("said.wav {flags}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(words(&ran), TEXT, "{flags}");
        // No interim text: stderr is no terminal here.
        assert_eq!(ran.stderr, "");
    }
    server.assert_received(&Expect::get("/stt/turns/websocket").times(1));
    server.assert_received(
        &Expect::get("/stt/websocket")
            .query("language", "fr")
            .times(1),
    );
    server.assert_received(
        &Expect::get("/stt/websocket")
            .query("keyterm", "York")
            .times(1),
    );
}

#[test]
fn headerless_audio_in_every_encoding() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    for encoding in [
        "pcm_s16le",
        "pcm_s32le",
        "pcm_f16le",
        "pcm_f32le",
        "pcm_mulaw",
        "pcm_alaw",
    ] {
        let flags = format!("said.{encoding} --encoding {encoding} --sample-rate 16000");
        let ran = listen(&server, &folder, &flags);
        assert_eq!(
            (ran.code, words(&ran).as_str()),
            (Some(0), TEXT),
            "{encoding}: {ran:?}"
        );
    }
}

#[test]
fn wav_files_with_two_channels() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let mut mono = hound::WavReader::open(folder.path().join("said.wav")).unwrap();
    let mut spec = mono.spec();
    spec.channels = 2;
    let mut stereo = hound::WavWriter::create(folder.path().join("two.wav"), spec).unwrap();
    for sample in mono.samples::<i16>() {
        stereo.write_sample(sample.unwrap()).unwrap();
        stereo.write_sample(0_i16).unwrap();
    }
    stereo.finalize().unwrap();
    let ran = listen(&server, &folder, "two.wav");
    assert_eq!((ran.code, words(&ran).as_str()), (Some(0), TEXT), "{ran:?}");
}

#[test]
fn speech_is_piped_from_one_run_into_another() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for flags in [&[][..], &["--turns"]] {
        let mut speak = program_for(&server, folder.path())
            .args(["speak", TEXT, "-o", "-"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut listen = program_for(&server, folder.path());
        listen.stdin(speak.stdout.take().unwrap());
        let arguments = ["listen", "-", "--speed", "50"];
        let ran = run(listen, arguments.iter().chain(flags));
        assert_eq!((ran.code, words(&ran).as_str()), (Some(0), TEXT), "{ran:?}");
        assert!(crate::support::status(&mut speak).success());
    }
}

/// The first thing that someone new tries, without a key: each run has a server of its own.
#[test]
fn from_text_to_captions_without_a_key() {
    let folder = tempfile::tempdir().unwrap();
    let mut speak = program(folder.path())
        .args(["speak", TEXT, "-o", "-", "--mock"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut listen = program(folder.path());
    listen.stdin(speak.stdout.take().unwrap());
    let arguments = "listen - --mock --speed 50 --srt out.srt --vtt out.vtt";
    let ran = run(listen, arguments.split(' '));
    assert_eq!((ran.code, words(&ran).as_str()), (Some(0), TEXT), "{ran:?}");
    assert!(crate::support::status(&mut speak).success());

    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let srt = srtlib::Subtitles::parse_from_str(read("out.srt")).unwrap();
    let cues = srt.to_vec();
    let said: Vec<&str> = cues.iter().flat_map(|cue| cue.text.lines()).collect();
    assert_eq!(said.join(" "), TEXT);
    let file = read("out.vtt");
    let vtt = webvtt_parser::Vtt::parse(&file).unwrap();
    let mut last = 0;
    for cue in &vtt.cues {
        let (start, end) = (cue.start.as_milliseconds(), cue.end.as_milliseconds());
        assert!(last <= start && start < end, "{file}");
        last = end;
    }
    assert_eq!(vtt.cues.len(), cues.len());
    assert!((1_000..10_000).contains(&last), "{file}");
}

#[test]
fn audio_is_sent_no_faster_than_asked() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    for (speed, flags) in [(1.0, ""), (4.0, "--speed 4")] {
        let arguments = format!("listen said.wav {flags}");
        let ran = run(
            program_for(&server, folder.path()),
            arguments.split_whitespace(),
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        // The first message may have come late, and the others not: then they are early.
        let slack = Duration::from_millis(500);
        let connection = server.sockets().last().unwrap().number;
        let messages = server.messages();
        let own = messages
            .iter()
            .filter(|message| message.connection == connection);
        let audio: Vec<_> = own.filter_map(|message| message.audio).collect();
        assert!(audio.len() > 10, "{audio:?}");
        for piece in audio {
            assert!(piece.early(speed) <= slack, "{speed}: {piece:?}");
        }
    }
}

#[test]
fn captions_beside_the_text_or_instead_of_it() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let ran = listen(&server, &folder, "said.wav --srt out.srt --vtt out.vtt");
    assert_eq!((ran.code, words(&ran).as_str()), (Some(0), TEXT), "{ran:?}");
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let srt = read("out.srt");
    assert!(
        srt.starts_with("1\n00:00:00,") && srt.contains(TEXT),
        "{srt}"
    );
    assert!(read("out.vtt").starts_with("WEBVTT\n"));
    let ran = listen(&server, &folder, "said.wav --srt -");
    assert_eq!(
        (ran.code, ran.stdout_text()),
        (Some(0), srt.as_str()),
        "{ran:?}"
    );
}

#[test]
fn events_for_programs() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let events = |flags: &str| -> Vec<Value> {
        let ran = listen(&server, &folder, &format!("said.wav --json {flags}"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let lines = ran.stdout_text().lines();
        lines
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    let live = events("");
    assert_eq!(live[0]["type"], "transcript");
    assert_eq!(live[0]["is_final"], false);
    assert_eq!(live.last().unwrap()["type"], "done");
    let finals = live.iter().filter(|event| event["is_final"] == true);
    let text: String = finals
        .map(|event| event["text"].as_str().unwrap())
        .collect();
    assert_eq!(text, TEXT);
    let turns = events("--turns");
    assert_eq!(turns[0]["type"], "connected");
    assert_eq!(turns.last().unwrap()["transcript"], TEXT);
}

#[test]
fn what_is_wrong_is_reported_in_one_line_with_the_right_code() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    std::fs::write(folder.path().join("noise.wav"), "no audio").unwrap();
    std::fs::write(folder.path().join("empty.wav"), "").unwrap();
    let before = server.received().len();
    for (arguments, says) in [
        ("missing.wav", "missing.wav cannot be read"),
        ("noise.wav", "noise.wav"),
        ("empty.wav", "no WAV file"),
        (".", "is a folder"),
        ("said.wav --srt missing/out.srt", "missing"),
        ("said.wav --turns --srt out.srt", "--turns"),
        ("said.wav --srt - --vtt -", "stdout takes one"),
        ("said.pcm_mulaw --encoding pcm_mulaw", "--sample-rate"),
    ] {
        let ran = listen(&server, &folder, arguments);
        assert_eq!(ran.code, Some(2), "{arguments}: {ran:?}");
        assert!(ran.stderr.contains(says), "{arguments}: {ran:?}");
        assert_eq!(ran.stdout_text(), "");
    }
    let ran = run(
        program_for(&server, folder.path()),
        ["listen", "said.wav", "--speed", "0"],
    );
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("above zero"), "{ran:?}");
    assert_eq!(server.received().len(), before, "nothing was sent");
    for (status, code) in [(401, 4), (402, 4), (429, 5), (400, 6), (404, 7)] {
        server.inject(Fault::status(status).on("/stt/websocket").times(20));
        let ran = listen(&server, &folder, "said.wav");
        server.clear_faults();
        assert_eq!(
            (ran.code, ran.stderr.lines().count()),
            (Some(code), 1),
            "{ran:?}"
        );
    }
    let ran = run(
        program(folder.path()),
        ["listen", "said.wav", "--base-url", "http://127.0.0.1:1"],
    );
    assert_eq!(ran.code, Some(3), "{ran:?}");
}

#[cfg(feature = "playback")]
#[test]
fn a_missing_microphone_is_a_device_error() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = run(
        program_for(&server, folder.path()),
        ["listen", "--mic", "--device", "none of this name"],
    );
    assert_eq!(ran.code, Some(11), "{ran:?}");
    assert!(server.received().is_empty());
}

/// Ctrl-C is the end of the audio: what was said until then is still transcribed and printed.
#[cfg(unix)]
#[test]
fn ctrl_c_gives_what_was_heard_so_far() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = folder(&server);
    let mut child = program_for(&server, folder.path())
        .args(["listen", "-", "--speed", "50", "--srt", "out.srt"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = std::fs::read(folder.path().join("said.wav")).unwrap();
    // The pipe stays open.
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(&said).unwrap();
    stdin.flush().unwrap();
    crate::support::until("the audio", || {
        let messages = server.messages();
        let audio = messages.iter().filter(|it| it.kind == MessageKind::Binary);
        audio.map(|message| message.bytes).sum::<usize>() + 16_000 > said.len()
    });
    crate::support::interrupt(&child);
    let mut stdout = String::new();
    child
        .stdout
        .take()
        .unwrap()
        .read_to_string(&mut stdout)
        .unwrap();
    let code = crate::support::status(&mut child).code();
    assert_eq!(code, Some(130), "{stdout}");
    let heard = stdout.lines().collect::<Vec<_>>().join(" ");
    assert!(
        TEXT.starts_with(&heard) && heard.len() > TEXT.len() / 2,
        "{heard}"
    );
    let srt = std::fs::read_to_string(folder.path().join("out.srt")).unwrap();
    assert!(srt.contains("Two tickets"), "{srt}");
    drop(stdin);
}
