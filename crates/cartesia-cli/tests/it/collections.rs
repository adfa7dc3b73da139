//! `dicts`, `datasets` and `fine-tunes`.

use std::path::Path;

use cartesia_mock::MockServer;
use serde_json::{Value, json};

use crate::support::{Ran, program_for, run};

struct Bench {
    server: MockServer,
    folder: tempfile::TempDir,
}

impl Bench {
    fn new() -> Self {
        Self {
            server: MockServer::start_on_thread().unwrap(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn file(&self, name: &str, content: &str) {
        std::fs::write(self.folder.path().join(name), content).unwrap();
    }

    /// The arguments are separated by a comma and a blank.
    fn run(&self, arguments: &str) -> Ran {
        let folder: &Path = self.folder.path();
        run(program_for(&self.server, folder), arguments.split(", "))
    }

    fn json(&self, arguments: &str) -> Value {
        let ran = self.run(&format!("{arguments}, --json"));
        assert_eq!(ran.code, Some(0), "{ran:?}");
        assert!(ran.stderr.is_empty(), "{ran:?}");
        serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
    }

    /// A run without data: exit code, and what people are told.
    fn observed(&self, arguments: &str) -> (Option<i32>, String) {
        let ran = self.run(arguments);
        assert!(ran.stdout.is_empty(), "{ran:?}");
        (ran.code, ran.stderr)
    }
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[test]
fn dictionaries_from_flags_and_files() {
    let bench = Bench::new();
    let made = bench.json("dicts, create, Places, --item, Worcester=Wooster, --item, a=b=c");
    assert_eq!(made["items"][0]["text"], "Worcester");
    assert_eq!(
        (&made["items"][1]["text"], &made["items"][1]["alias"]),
        (&json!("a"), &json!("b=c"))
    );
    let id = id(&made);

    bench.file(
        "items.json",
        r#"[{"text": "SQL", "alias": "sequel", "case_sensitive": true}]"#,
    );
    let changed = bench.json(&format!("dicts, update, {id}, --from, items.json"));
    let item = json!({"text": "SQL", "alias": "sequel", "case_sensitive": true});
    assert_eq!(
        (&changed["name"], &changed["items"]),
        (&json!("Places"), &json!([item]))
    );
    bench.file("dict.json", &changed.to_string());
    let copy = bench.json("dicts, create, Copy, --from, dict.json");
    assert_eq!(copy["items"], changed["items"]);

    let shown = bench.run(&format!("dicts, get, {id}"));
    assert!(
        shown
            .stdout_text()
            .contains("item         SQL = sequel (case-sensitive)\n"),
        "{shown:?}"
    );
    let table = bench.run("dicts, list, --limit, 1");
    assert_eq!(table.stdout_text().lines().count(), 2, "{table:?}");
    assert!(table.stderr.contains("--all"), "{table:?}");
    let all = bench.json("dicts, list, --all");
    assert_eq!(all["data"].as_array().unwrap().len(), 2);

    let pin =
        |verb, version| bench.observed(&format!("dicts, {verb}, {id}, --api-version, {version}"));
    assert_eq!(pin("pin", "2025-04-16").0, Some(0));
    assert_eq!(bench.json(&format!("dicts, get, {id}"))["pinned"], true);
    assert_eq!(pin("unpin", "2025-04-16").0, Some(0));
    assert_eq!(bench.json(&format!("dicts, get, {id}"))["pinned"], false);
    let (code, text) = pin("pin", "2026-08-14");
    assert_eq!(code, Some(6));
    assert!(text.contains("2025-04-16 only"), "{text}");

    assert_eq!(
        bench.observed(&format!("dicts, delete, {id}")),
        (Some(0), format!("{id} is deleted.\n"))
    );
    assert_eq!(bench.observed(&format!("dicts, get, {id}")).0, Some(7));
}

#[test]
fn what_is_wrong_with_items_is_one_line() {
    let bench = Bench::new();
    bench.file("wrong.json", r#"{"words": []}"#);
    for (arguments, says) in [
        ("dicts, create, x, --item, nothing", "TEXT=ALIAS"),
        ("dicts, create, x, --item, =b", "TEXT=ALIAS"),
        (
            "dicts, create, x, --from, missing.json",
            "missing.json cannot be read",
        ),
        (
            "dicts, create, x, --from, wrong.json",
            "wrong.json has no items",
        ),
        ("dicts, update, x", "give what to change"),
        ("datasets, update, x", "--name"),
    ] {
        let (code, text) = bench.observed(arguments);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(says), "{text}");
    }
    assert!(bench.server.received().is_empty());
}

#[test]
fn datasets_and_their_files() {
    let bench = Bench::new();
    let made = bench.json("datasets, create, Readings, --description, One speaker");
    let id = id(&made);
    assert_eq!(made["description"], "One speaker");
    let renamed = format!("datasets, update, {id}, --name, Tales");
    assert_eq!(
        bench.observed(&renamed),
        (Some(0), format!("{id} is changed.\n"))
    );
    let dataset = bench.json(&format!("datasets, get, {id}"));
    assert_eq!(
        (&dataset["name"], &dataset["description"]),
        (&json!("Tales"), &json!("One speaker"))
    );
    let old = bench.json("datasets, create, Old, --api-version, 2024-11-13");
    assert_eq!(old["description"], Value::Null);
    let table = bench.run("datasets, list");
    assert!(table.stdout_text().contains("  Tales  "), "{table:?}");

    bench.file("a.wav", "RIFF");
    bench.file("empty.wav", "");
    let upload = |file| bench.observed(&format!("datasets, upload, {id}, {file}"));
    assert_eq!(upload("a.wav"), (Some(0), "a.wav is sent.\n".to_owned()));
    for (file, says) in [
        ("missing.wav", "missing.wav cannot be read"),
        ("empty.wav", "empty.wav is empty"),
    ] {
        let (code, text) = upload(file);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains(says) && text.lines().count() == 1, "{text}");
    }
    let files = bench.json(&format!("datasets, files, {id}"));
    assert_eq!(files["data"].as_array().unwrap().len(), 1);
    let file = &files["data"][0];
    assert_eq!(
        (&file["filename"], &file["size"]),
        (&json!("a.wav"), &json!(4))
    );
    let file = file["id"].as_str().unwrap();
    assert_eq!(
        bench
            .observed(&format!("datasets, delete-file, {id}, {file}"))
            .0,
        Some(0)
    );
    assert_eq!(
        bench.json(&format!("datasets, files, {id}"))["data"],
        json!([])
    );
    assert_eq!(
        bench.observed(&format!("datasets, delete, {id}")).0,
        Some(0)
    );
    assert_eq!(
        bench.observed(&format!("datasets, delete, {id}")).0,
        Some(7)
    );
}

#[test]
fn fine_tunes() {
    let bench = Bench::new();
    let dataset = bench.json("datasets, create, Readings");
    let create = format!(
        "fine-tunes, create, Narrator, --dataset, {}, --language, fr",
        id(&dataset)
    );
    let made = bench.json(&format!("{create}, --accent, parisian"));
    assert_eq!(
        (&made["model_id"], &made["accent"]),
        (&json!("sonic-3-2026-01-12"), &json!("parisian"))
    );
    let id = id(&made);
    let shown = bench.run(&format!("fine-tunes, get, {id}"));
    assert!(
        shown.stdout_text().contains("status       training\n"),
        "{shown:?}"
    );
    assert_eq!(
        bench.json(&format!("fine-tunes, get, {id}"))["status"],
        "completed"
    );
    let table = bench.run("fine-tunes, list");
    assert!(
        table.stdout_text().contains("Narrator  completed  fr"),
        "{table:?}"
    );
    let voices = bench.json(&format!("fine-tunes, voices, {id}, --all"));
    assert_eq!(voices["data"][0]["name"], "My Narrator");
    assert_eq!(
        bench.observed(&format!("fine-tunes, delete, {id}")).0,
        Some(0)
    );
    assert_eq!(bench.observed(&format!("fine-tunes, get, {id}")).0, Some(7));
}
