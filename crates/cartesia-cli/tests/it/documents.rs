//! The command lines of the documents, typed as shown, against the mock server.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{KEY, finish, program_for, run, shell};

/// Beginnings of lines that cannot succeed here, and their exit code: there is no device and no terminal.
const NOT_HERE: &[(&str, i32)] = &[
    ("cartesia-rs agents talk agent_1  ", 11),
    ("cartesia-rs converse", 11),
    ("cartesia-rs listen  ", 11),
    ("cartesia-rs listen --turns", 11),
    ("cartesia-rs speak Hello --voice '?'", 2),
];

/// What readers put in place of these.
const STAND_INS: &[(&str, &str)] = &[
    ("your-language-model", "echo Words of a model."),
    ("your-player", "cat >/dev/null"),
    ("your-recorder", "cat meeting.wav"),
    ("man", "cat >/dev/null"),
];

/// A block of lines, each after a `$`.
struct Block {
    page: String,
    lines: Vec<String>,
}

/// The pages of the repository that are there to be read.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let below = |folder: &str, name: &str| -> Vec<PathBuf> {
        let folder = fs::read_dir(root.join(folder)).unwrap();
        let entries = folder.map(|entry| entry.unwrap().path().join(name));
        entries.filter(|path| path.is_file()).collect()
    };
    let is_page = |path: &PathBuf| path.extension().is_some_and(|it| it == "md");
    let mut pages = below("crates", "README.md");
    pages.extend(
        ["", "docs"]
            .into_iter()
            .flat_map(|it| below(it, ""))
            .filter(is_page),
    );
    pages.push(root.join("examples/README.md"));
    pages
}

fn blocks(page: &Path) -> Vec<Block> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = text.split("```console\n").skip(1);
    blocks
        .map(|block| {
            let (block, _) = block.split_once("```").unwrap();
            let typed = block.lines().filter_map(|line| line.strip_prefix("$ "));
            Block {
                page: page.display().to_string(),
                lines: typed.map(str::to_owned).collect(),
            }
        })
        .collect()
}

/// Makes everything that the lines name: programs, files, and objects on the server. Returns the identifier of a
/// file there, which the server chooses.
fn prepare(server: &MockServer, folder: &Path) -> String {
    let programs = folder.join("programs");
    fs::create_dir(&programs).unwrap();
    for (name, line) in STAND_INS {
        let path = programs.join(name);
        fs::write(&path, format!("#!/bin/sh\n{line}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    fs::write(folder.join("chapter.txt"), "Once. There was a chapter.").unwrap();
    fs::write(
        folder.join("lines.csv"),
        "id,text\none,Hello.\ntwo,Goodbye.\n",
    )
    .unwrap();
    for name in ["meeting.wav", "meeting.mp3"] {
        let ran = run(program_for(server, folder), ["speak", "Hello", "-o", name]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    // 16 kHz, as calls have.
    let rate = [
        "speak",
        "Hello",
        "--sample-rate",
        "16000",
        "-o",
        "question.wav",
    ];
    assert_eq!(run(program_for(server, folder), rate).code, Some(0));
    for name in ["after", "before", "clip", "mine", "office", "reading"] {
        let copy = folder.join(name).with_extension("wav");
        fs::copy(folder.join("meeting.wav"), copy).unwrap();
    }
    let objects = json!({
        "agents": [{"id": "agent_1"}],
        "datasets": [{"id": "dataset_1"}],
        "fine_tunes": [{"id": "ftune_1"}],
    });
    server.add_objects(&objects).unwrap();
    let upload = ["files", "upload", "office.wav", "--json"];
    let purpose = ["--purpose", "agent_background_sound"];
    let ran = run(
        program_for(server, folder),
        upload.into_iter().chain(purpose),
    );
    let file: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    file["id"].as_str().unwrap().to_owned()
}

/// A line, with this server's address, and what readers put in place of keys and identifiers.
fn typed(line: &str, server: &MockServer, file: &str) -> String {
    line.replace("http://127.0.0.1:8745", &server.url())
        .replace("sk_car_…", KEY)
        .replace("sk_car_admin_…", "sk_car_admin_1")
        .replace("file_123", file)
        // A server built for tests takes its time.
        .replace("--requests 100", "--requests 10")
}

/// Types the lines of a block. Returns how many there are.
fn run_block(block: &Block, failures: &mut Vec<String>) -> usize {
    let is_ours = |line: &&String| {
        let line = line.as_str();
        // What cargo builds is walked by `cargo xtask examples`, and a server that runs on is no test.
        line.contains("cartesia-rs") && !line.starts_with("cargo ") && !line.contains("-rs mock")
    };
    let lines: Vec<&String> = block.lines.iter().filter(is_ours).collect();
    if lines.is_empty() {
        return 0;
    }
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = prepare(&server, folder.path());
    let program = program_for(&server, folder.path());
    let built = Path::new(program.get_program()).parent().unwrap();
    let path = format!(
        "{}:{}:{}",
        folder.path().join("programs").display(),
        built.display(),
        std::env::var("PATH").unwrap_or_default()
    );
    let key = folder.path().join("key");
    fs::write(&key, KEY).unwrap();
    for line in &lines {
        let mut shell = shell(&program, "sh", &typed(line, &server, &file));
        shell.env("PATH", &path);
        // One of them reads a key.
        let ran = finish(shell.stdin(fs::File::open(&key).unwrap()).output().unwrap());
        let not_here = NOT_HERE.iter().find(|(start, _)| line.starts_with(start));
        let expected = not_here.map_or(0, |(_, code)| *code);
        if ran.code != Some(expected) {
            failures.push(format!("{}: {line}: {ran:?}", block.page));
        }
    }
    lines.len()
}

#[test]
fn every_line_does_what_it_says() {
    let blocks: Vec<Block> = pages().iter().flat_map(|page| blocks(page)).collect();
    let mut failures = Vec::new();
    let run = blocks.iter().map(|block| run_block(block, &mut failures));
    let lines: usize = run.sum();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(lines > 40, "{lines} lines were found");
}
