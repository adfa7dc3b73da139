//! `files`: list, upload, info, download, delete.

use cartesia_mock::{CannedResponse, Fault, MockServer};
use serde_json::Value;

use crate::support::{Ran, program_for, run};

fn files(server: &MockServer, folder: &tempfile::TempDir, arguments: &str) -> Ran {
    let arguments = format!("files {arguments}");
    run(program_for(server, folder.path()), arguments.split(' '))
}

fn json(ran: &Ran) -> Value {
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn a_file_goes_there_and_back() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    std::fs::write(folder.path().join("office.wav"), &content).unwrap();
    let upload = "upload office.wav --purpose agent_background_sound";
    let kept = json(&files(&server, &folder, &format!("{upload} --json")));
    let id = kept["id"].as_str().unwrap();
    assert_eq!(kept["size"], 100_000);

    let ran = files(&server, &folder, &format!("info {id}"));
    assert!(
        ran.stdout_text()
            .contains("purpose      agent_background_sound"),
        "{ran:?}"
    );
    assert_eq!(
        json(&files(&server, &folder, &format!("info {id} --json"))),
        kept
    );
    let ran = files(&server, &folder, "list");
    let lines: Vec<&str> = ran.stdout_text().lines().collect();
    assert!(
        lines[0].starts_with("ID") && lines[1].starts_with(id),
        "{ran:?}"
    );

    let ran = files(&server, &folder, &format!("download {id} -o copy.wav"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(
        std::fs::read(folder.path().join("copy.wav")).unwrap(),
        content
    );
    let ran = files(&server, &folder, &format!("download {id} -o -"));
    assert_eq!((ran.stdout, ran.stderr), (content.clone(), String::new()));
    // Its own name is taken: it gets another one.
    let ran = files(&server, &folder, &format!("download {id}"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("office-2.wav"), "{ran:?}");
    assert_eq!(
        std::fs::read(folder.path().join("office-2.wav")).unwrap(),
        content
    );

    let ran = files(&server, &folder, &format!("link {id} --lifetime 90m"));
    let url = ran.stdout_text().split_whitespace().last().unwrap();
    assert!(url.contains(&format!("/files/{id}/download?")), "{ran:?}");
    let link = json(&files(&server, &folder, &format!("link {id} --json")));
    assert!(link["url"].is_string(), "{link}");
    let lifetimes: Vec<Value> = server
        .requests_to("/links")
        .iter()
        .map(|request| request.json().unwrap()["lifetime"].clone())
        .collect();
    assert_eq!(lifetimes, [Value::from("90m"), Value::Null]);
    let ran = files(&server, &folder, &format!("link {id} --lifetime 1d"));
    assert_eq!(ran.code, Some(2), "{ran:?}");

    let ran = files(&server, &folder, &format!("delete {id}"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    for verb in ["info", "download", "delete"] {
        let ran = files(&server, &folder, &format!("{verb} {id}"));
        assert_eq!(ran.code, Some(7), "{ran:?}");
    }
}

#[test]
fn lists_by_page_purpose_and_name() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, purpose) in [
        ("a.wav", "fine_tune"),
        ("b.wav", "voice-clone"),
        ("c.wav", "fine_tune"),
    ] {
        std::fs::write(folder.path().join(name), name).unwrap();
        let ran = files(
            &server,
            &folder,
            &format!("upload {name} --purpose {purpose}"),
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let count = |arguments: &str| {
        let page = json(&files(
            &server,
            &folder,
            &format!("list --json {arguments}"),
        ));
        page["data"].as_array().unwrap().len()
    };
    assert_eq!(count("--limit 2"), 2);
    assert_eq!(count("--limit 1 --all"), 3);
    assert_eq!(count("--purpose fine_tune"), 2);
    assert_eq!(count("--search b.w"), 1);
    let ran = files(&server, &folder, "list --limit 2");
    assert!(ran.stderr.contains("--all"), "{ran:?}");
}

#[test]
fn a_wrong_path_is_one_line_and_code_2() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ran = files(&server, &folder, "upload no.wav --purpose fine_tune");
    assert_eq!(
        (ran.code, ran.stderr.lines().count()),
        (Some(2), 1),
        "{ran:?}"
    );
    assert!(ran.stderr.contains("no.wav"), "{ran:?}");
    assert!(server.received().is_empty());
    let ran = files(&server, &folder, "upload no.wav");
    assert_eq!(ran.code, Some(2), "{ran:?}");
}

#[test]
fn a_name_that_the_service_chose_is_harmless() {
    for (name, harmless) in [
        (".env", "env"),
        ("../../.bashrc", "bashrc"),
        ("-rf", "rf"),
        ("a\\u001b[2J\\u202eb.wav", "a_[2J_b.wav"),
        ("..", "file_X"),
        ("nul.txt", "_nul.txt"),
    ] {
        let server = MockServer::start_on_thread().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let info = format!(r#"{{"id": "file_X", "filename": "{name}", "size": 4}}"#);
        let answer = CannedResponse::new(200).with_header("content-type", "application/json");
        let answer = answer.with_body(info.into_bytes());
        server.inject(Fault::Respond(answer));
        let content = CannedResponse::new(200).with_body(&b"data"[..]);
        server.inject(Fault::Respond(content));
        let ran = files(&server, &folder, "download file_X");
        assert_eq!(ran.code, Some(0), "{name}: {ran:?}");
        let there: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(there, [harmless], "{name}");
        assert!(!ran.stderr.contains('\u{1b}'), "{ran:?}");
    }
}
