//! `batch`: a whole table of texts, as files.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Child, Stdio};

use cartesia_mock::{Fault, MockServer, Plan};
use serde_json::Value;

use crate::support::{Ran, finish, program, program_for, run, until};

/// A table with so many lines.
fn table(folder: &Path, lines: usize) {
    let line = |line| format!("line-{line:03},This is line {line}.\n");
    let lines: Vec<String> = (0..lines).map(line).collect();
    std::fs::write(
        folder.join("lines.csv"),
        format!("id,text\n{}", lines.concat()),
    )
    .unwrap();
}

fn batch(server: &MockServer, folder: &Path, flags: &str) -> Ran {
    let words = "batch lines.csv -o out --format wav_16000";
    let words = words.split(' ').chain(flags.split_whitespace());
    run(program_for(server, folder), words)
}

fn start(server: &MockServer, folder: &Path, flags: &str) -> Child {
    let words = "batch lines.csv -o out --format wav_16000 --concurrency 4";
    program_for(server, folder)
        .args(words.split(' ').chain(flags.split_whitespace()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn requests(server: &MockServer) -> usize {
    let received = server.received();
    received
        .iter()
        .filter(|request| request.path.starts_with("/tts/"))
        .count()
}

/// The audio files of a folder.
fn audio(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|it| it == "wav"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect()
}

fn results(folder: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(folder.join("out/results.jsonl")).unwrap();
    text.lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

#[test]
fn a_table_becomes_a_folder_and_is_made_once() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 9);
    let ran = batch(&server, folder.path(), "--captions srt --words");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stdout.is_empty(), "{ran:?}");
    assert!(
        ran.stderr
            .contains("9 to make: 135 characters, 135 credits"),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("Made 9: "), "{ran:?}");
    assert_eq!(audio(&folder.path().join("out")).len(), 9);
    let captions = std::fs::read_to_string(folder.path().join("out/line-004.srt")).unwrap();
    assert!(captions.contains("This is line 4."), "{captions}");
    let results = results(folder.path());
    assert_eq!(results.len(), 9);
    assert_eq!(results[0]["words"][0]["word"], "This");

    let again = batch(&server, folder.path(), "");
    assert_eq!(again.code, Some(0), "{again:?}");
    assert!(
        again.stderr.contains("Made 0, finished before 9: "),
        "{again:?}"
    );
    assert_eq!(requests(&server), 9);
}

#[test]
fn changed_audio_is_made_again() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 5);
    batch(&server, folder.path(), "");
    let made = audio(&folder.path().join("out"));
    let change = |name: &str, change: fn(&mut Vec<u8>)| {
        let mut content = made[name].clone();
        change(&mut content);
        std::fs::write(folder.path().join("out").join(name), content).unwrap();
    };
    change("line-001.wav", |content| content.truncate(100));
    change("line-003.wav", |content| content[1_000] ^= 1);
    let ran = batch(&server, folder.path(), "");
    assert!(
        ran.stderr.contains("Made 1, finished before 4: "),
        "{ran:?}"
    );
    let dry = batch(&server, folder.path(), "--verify --dry-run --json");
    let estimate: Value = serde_json::from_str(dry.stdout_text()).unwrap();
    assert_eq!(estimate["items"], 1, "{dry:?}");
    let ran = batch(&server, folder.path(), "--verify");
    assert!(ran.stderr.contains("to make again: 1\n"), "{ran:?}");
    assert!(
        ran.stderr.contains("Made 1, finished before 4: "),
        "{ran:?}"
    );
    assert_eq!(audio(&folder.path().join("out")), made);
    let ran = batch(&server, folder.path(), "--verify");
    assert!(ran.stderr.contains("is as recorded"), "{ran:?}");
    assert_eq!(requests(&server), 7);
}

#[test]
fn json_has_each_result_on_stdout_and_the_end_on_stderr() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 3);
    let dry = batch(&server, folder.path(), "--json --dry-run");
    assert_eq!(dry.code, Some(0), "{dry:?}");
    let estimate: Value = serde_json::from_str(dry.stdout_text()).unwrap();
    assert_eq!(
        (&estimate["items"], &estimate["credits"]),
        (&3.into(), &45.into())
    );
    assert!(!folder.path().join("out").exists());

    let ran = batch(&server, folder.path(), "--json");
    let lines: Vec<Value> = ran
        .stdout_text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    // Items that end at once are shown and written in either order.
    let sorted = |mut lines: Vec<Value>| {
        lines.sort_by_key(|line| line["id"].to_string());
        lines
    };
    assert_eq!(sorted(lines), sorted(results(folder.path())));
    let end = ran.report();
    assert_eq!(
        (&end["outcome"], &end["done"]),
        (&"ok".into(), &3.into()),
        "{end}"
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{ran:?}");
}

#[test]
fn columns_names_of_voices_and_defaults_are_flags() {
    let server = MockServer::builder()
        .voice("a0e99841-438c-4a64-b679-ae501e7d6099", "Ada")
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lines = r#"{"Line": "Hello", "Speaker": "Ada", "remark": "x"}
{"Line": "Hallo", "language": "de"}
"#;
    std::fs::write(folder.path().join("lines.jsonl"), lines).unwrap();
    let flags = "batch lines.jsonl -o out --column text=Line --column voice=Speaker --language en --speed 1.2 \
                 --voice a0e99841-438c-4a64-b679-ae501e7d6091";
    let ran = run(
        program_for(&server, folder.path()),
        flags.split_whitespace(),
    );
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(
        ran.stderr.contains("Columns that are not used: remark"),
        "{ran:?}"
    );
    let mut asked: Vec<_> = server
        .received()
        .iter()
        .filter(|request| request.path == "/tts/bytes")
        .map(|request| {
            let body = request.json().unwrap();
            assert_eq!(body["generation_config"]["speed"], 1.2);
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let voice = match &body["voice"] {
                Value::String(id) => id.clone(),
                voice => text(&voice["id"]),
            };
            (text(&body["transcript"]), text(&body["language"]), voice)
        })
        .collect();
    asked.sort();
    let expected = [("Hallo", "de", "…91"), ("Hello", "en", "…99")];
    for ((text, language, voice), (its_text, its_language, end)) in asked.iter().zip(expected) {
        assert_eq!((text.as_str(), language.as_str()), (its_text, its_language));
        assert!(voice.ends_with(end.trim_start_matches('…')), "{voice}");
    }
    // Without identifiers, the same lines are the same files.
    let again = run(
        program_for(&server, folder.path()),
        flags.split_whitespace(),
    );
    assert!(again.stderr.contains("finished before 2"), "{again:?}");
}

#[test]
fn an_invalid_manifest_is_refused_before_anything_is_paid_for() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let write = |text: &str| std::fs::write(folder.path().join("lines.csv"), text).unwrap();
    write("id,text,speed\na,one,1\na,two,fast\n../b,three,1\n");
    let ran = batch(&server, folder.path(), "");
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert!(
        ran.stderr.contains("lines.csv, line 3, column `speed`"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("line 4: the id cannot be a file name"),
        "{ran:?}"
    );
    assert!(
        ran.stderr.contains("invalid lines in lines.csv: 2"),
        "{ran:?}"
    );
    write("id,line\na,one\n");
    assert_eq!(batch(&server, folder.path(), "").code, Some(6));
    let flags = "--column text=line --column id=none";
    let ran = batch(&server, folder.path(), flags);
    assert!(
        ran.stderr
            .contains("column `none`: there is no such column"),
        "{ran:?}"
    );
    for (flags, code) in [
        ("--column line=text", 2),
        ("--shard 5/4", 2),
        ("--shard auto", 2),
        ("--format flac", 2),
        ("--concurrency 0", 2),
    ] {
        let ran = batch(&server, folder.path(), flags);
        assert_eq!(ran.code, Some(code), "{flags}: {ran:?}");
    }
    let missing = run(
        program_for(&server, folder.path()),
        ["batch", "none.csv", "-o", "out"],
    );
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert_eq!(requests(&server), 0);
    assert!(!folder.path().join("out").exists());
}

#[test]
fn a_costly_batch_wants_a_yes() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let text = "a".repeat(20_001);
    std::fs::write(folder.path().join("lines.csv"), format!("text\n{text}\n")).unwrap();
    let ran = batch(&server, folder.path(), "");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(
        ran.stderr.contains("20,001 credits") && ran.stderr.contains("--yes"),
        "{ran:?}"
    );
    assert_eq!(requests(&server), 0);
    assert_eq!(batch(&server, folder.path(), "--dry-run").code, Some(0));
}

#[test]
fn failures_decide_the_exit_code_and_leave_the_others_alone() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let lines = "id,text,speed\na,one,1\nb,two,9\nc,three,1\n";
    std::fs::write(folder.path().join("lines.csv"), lines).unwrap();
    let ran = batch(&server, folder.path(), "");
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert!(ran.stderr.contains("failed items: 1;"), "{ran:?}");
    assert_eq!(audio(&folder.path().join("out")).len(), 2);
    let again = batch(&server, folder.path(), "--json");
    assert_eq!(again.code, Some(6), "{again:?}");
    assert!(
        again.report()["message"]
            .as_str()
            .unwrap()
            .contains("--retry-failed")
    );
    assert_eq!(requests(&server), 3);
    assert_eq!(
        batch(&server, folder.path(), "--retry-failed").code,
        Some(6)
    );
    assert_eq!(requests(&server), 4);

    table(folder.path(), 12);
    server.inject(Fault::status(401).always());
    let ran = batch(&server, folder.path(), "--json");
    assert_eq!(ran.code, Some(4), "{ran:?}");
    server.clear_faults();
    let fast = "id,text,speed\nx,one,9\ny,two,1\nz,three,1\n";
    std::fs::write(folder.path().join("lines.csv"), fast).unwrap();
    let before = requests(&server);
    let ran = batch(&server, folder.path(), "--fail-fast --concurrency 1");
    assert_eq!(ran.code, Some(6), "{ran:?}");
    assert_eq!(requests(&server), before + 1);
}

#[test]
fn shards_of_engines_together_make_all() {
    let server = MockServer::builder().seed(1).start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 24);
    assert_eq!(batch(&server, folder.path(), "").code, Some(0));
    let whole = audio(&folder.path().join("out"));
    for (index, variables) in [
        (
            "SLURM_ARRAY_TASK_ID=3 SLURM_ARRAY_TASK_MIN=3 SLURM_ARRAY_TASK_COUNT=4",
            "auto",
        ),
        ("JOB_COMPLETION_INDEX=1", "auto/4"),
        ("PARALLEL_SEQ=3", "auto/4"),
        ("", "4/4"),
    ]
    .into_iter()
    .enumerate()
    {
        let (variables, shard) = variables;
        let mut command = program_for(&server, folder.path());
        for pair in variables.split_whitespace() {
            let (name, value) = pair.split_once('=').unwrap();
            command.env(name, value);
        }
        let flags = format!("batch lines.csv -o parts --format wav_16000 --shard {shard}");
        let ran = run(command, flags.split(' '));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let name = format!("parts/results-{}-of-4.jsonl", index + 1);
        assert!(folder.path().join(name).exists());
    }
    assert_eq!(audio(&folder.path().join("parts")), whole);
    assert_eq!(requests(&server), 48);
}

#[test]
fn a_limit_and_the_embedded_server_continue() {
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 5);
    for made in [2, 2, 1, 0] {
        let flags = "batch lines.csv -o out --mock --limit 2 --json";
        let ran = run(program(folder.path()), flags.split(' '));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert_eq!(ran.report()["done"], made, "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn a_signal_finishes_what_is_in_flight() {
    let server = MockServer::builder()
        .latency(std::time::Duration::from_millis(50))
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 200);
    let child = start(&server, folder.path(), "--json");
    until("the first items", || requests(&server) > 6);
    crate::support::interrupt(&child);
    let ran = finish(crate::support::output(child));
    assert_eq!(ran.code, Some(130), "{ran:?}");
    let made = audio(&folder.path().join("out")).len();
    assert_eq!(made, requests(&server), "what was asked for is kept");
    assert_eq!(results(folder.path()).len(), made);
    assert!(made < 200);
}

/// Kills at moments that no part of the program chooses.
#[test]
fn ten_kills_leave_each_audio_once_and_right() {
    const ITEMS: usize = 60;
    const AT_ONCE: usize = 4;
    let server = MockServer::builder()
        .seed(1)
        .plan(Plan::Startup)
        .start_on_thread()
        .unwrap();
    let whole = tempfile::tempdir().unwrap();
    table(whole.path(), ITEMS);
    let ran = batch(&server, whole.path(), "");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let expected = audio(&whole.path().join("out"));
    let before = requests(&server);

    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), ITEMS);
    for kill in 0..10 {
        let so_far = requests(&server);
        let mut child = start(&server, folder.path(), "");
        // Each at another number of requests, and at whatever the program does then.
        until("more requests", || {
            requests(&server) >= so_far + 1 + kill % 5 || child.try_wait().unwrap().is_some()
        });
        child.kill().unwrap();
        crate::support::status(&mut child);
        let out = folder.path().join("out");
        if out.exists() {
            for (name, content) in audio(&out) {
                assert_eq!(content, expected[&name], "{name}");
            }
        }
    }
    let last = batch(&server, folder.path(), "");
    assert_eq!(last.code, Some(0), "{last:?}");
    assert_eq!(audio(&folder.path().join("out")), expected);
    // The server of the plan may have rejected some of them, which costs nothing.
    let answered = server.received();
    let billed = answered
        .iter()
        .filter(|request| request.path.starts_with("/tts/") && request.status != Some(429))
        .count();
    let asked = billed - before;
    assert!((ITEMS..=ITEMS + 10 * AT_ONCE).contains(&asked), "{asked}");
    let again = batch(&server, folder.path(), "");
    assert!(again.stderr.contains("finished before 60"), "{again:?}");
}

#[test]
fn a_second_run_is_refused_while_the_first_works() {
    let server = MockServer::builder()
        .latency(std::time::Duration::from_millis(50))
        .start_on_thread()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 200);
    let mut first = start(&server, folder.path(), "");
    until("the first items", || requests(&server) > 0);
    let second = batch(&server, folder.path(), "--json");
    assert_eq!(second.code, Some(2), "{second:?}");
    let message = second.report()["message"].as_str().unwrap().to_owned();
    assert!(message.contains("another run is working on"), "{message}");
    first.kill().unwrap();
    crate::support::status(&mut first);
    // The claim ended with the process.
    assert_eq!(batch(&server, folder.path(), "--limit 1").code, Some(0));
}

#[test]
fn destinations_that_cannot_be_are_refused() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    table(folder.path(), 1);
    for (destination, code) in [
        ("ftp://bucket/x", 3),
        ("s3://", 3),
        ("", 2),
        ("lines.csv", 2),
    ] {
        let ran = run(
            program_for(&server, folder.path()),
            ["batch", "lines.csv", "-o", destination, "--json"],
        );
        assert_eq!(ran.code, Some(code), "{destination}: {ran:?}");
    }
    assert_eq!(requests(&server), 0);
}
