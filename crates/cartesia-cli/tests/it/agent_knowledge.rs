//! `agents folders`, `documents`, `batches`, `metrics` and `phone-numbers providers`.

use std::path::Path;

use cartesia_mock::MockServer;
use serde_json::Value;

use crate::support::{Ran, program_for, run};

fn agents(server: &MockServer, folder: &Path, arguments: &str) -> Ran {
    let arguments = format!("agents {arguments}");
    run(program_for(server, folder), arguments.split(' '))
}

/// What a verb prints as JSON.
fn json(server: &MockServer, folder: &Path, arguments: &str) -> Value {
    let ran = agents(server, folder, &format!("{arguments} --json"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    serde_json::from_slice(&ran.stdout).unwrap()
}

fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

#[test]
fn documents_are_added_changed_and_deleted() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    for (name, text) in [("a.md", "Breakfast at 7\n"), ("b.md", "Two\n"), ("c", "")] {
        std::fs::write(here.join(name), text).unwrap();
    }
    let hotel = json(&server, here, "folders create Hotel");
    let rooms = json(
        &server,
        here,
        &format!("folders create Rooms --parent {}", id(&hotel)),
    );
    assert_eq!(rooms["parent_id"], hotel["id"]);

    let one = json(&server, here, &format!("documents add {} a.md", id(&rooms)));
    assert_eq!(
        (&one["name"], &one["content"]),
        (&"a.md".into(), &"Breakfast at 7\n".into())
    );
    let two = json(
        &server,
        here,
        &format!("documents add {} a.md b.md", id(&rooms)),
    );
    assert_eq!(two["data"].as_array().unwrap().len(), 2, "{two}");
    assert_eq!(two["data"][1]["content"], "Two\n");
    let ran = agents(&server, here, "documents list --limit 2");
    assert_eq!(ran.stdout_text().lines().count(), 3, "{ran:?}");
    assert!(ran.stderr.contains("--all"), "{ran:?}");
    let ran = agents(&server, here, "documents list --all");
    assert_eq!(ran.stdout_text().lines().count(), 4, "{ran:?}");

    let update = format!("documents update {} --name B --file b.md", id(&one));
    assert_eq!(agents(&server, here, &update).code, Some(0));
    let ran = agents(&server, here, &format!("documents get {}", id(&one)));
    assert!(ran.stdout_text().ends_with("\n\nTwo\n"), "{ran:?}");
    let update = format!("folders update {} --name Beds", id(&rooms));
    assert_eq!(json(&server, here, &update)["name"], "Beds");
    let ran = agents(&server, here, "folders list");
    let row = format!("{}  {}  3  ", id(&rooms), id(&hotel));
    let shown: Vec<_> = ran.stdout_text().split_whitespace().collect();
    assert!(shown.join("  ").contains(&format!("{row}Beds")), "{ran:?}");

    let before = server.received().len();
    for wrong in [
        format!("documents add {} c", id(&rooms)),
        format!("documents add {} none", id(&rooms)),
        format!("documents add {}", id(&rooms)),
        format!("documents update {}", id(&one)),
        format!("folders update {}", id(&rooms)),
    ] {
        assert_eq!(agents(&server, here, &wrong).code, Some(2), "{wrong}");
    }
    assert_eq!(server.received().len(), before);
    let delete = format!("documents delete {}", id(&one));
    assert_eq!(agents(&server, here, &delete).code, Some(0));
    assert_eq!(agents(&server, here, &delete).code, Some(7));
    let delete = format!("folders delete {}", id(&hotel));
    assert_eq!(agents(&server, here, &delete).code, Some(0));
    let gone = format!("folders get {}", id(&rooms));
    assert_eq!(agents(&server, here, &gone).code, Some(7));
}

#[test]
fn a_batch_is_made_followed_cancelled_and_tried_again() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let more = r#"[{"to_number": "+15550111", "metadata": {"name": "Ada"}}]"#;
    std::fs::write(here.join("more.json"), more).unwrap();
    std::fs::write(here.join("wrong.json"), "{}").unwrap();
    let create = "batches create agent_front_desk --name Spring --from ap_front_desk";
    let batch = json(
        &server,
        here,
        &format!("{create} +15550110 --recipients more.json --concurrency 1 --ring 20"),
    );
    let request = server.received().pop().unwrap();
    let sent: Value = serde_json::from_slice(&request.body).unwrap();
    assert_eq!(sent["recipients"][0]["to_number"], "+15550110");
    assert_eq!(sent["recipients"][1]["metadata"]["name"], "Ada");
    assert_eq!(sent["ringing_timeout_seconds"], 20);

    let get = format!("batches get {}", id(&batch));
    let ran = agents(&server, here, &get);
    let first: Vec<_> = ran
        .stdout_text()
        .lines()
        .filter(|line| line.starts_with('+'))
        .collect();
    assert!(first[0].contains("in_progress  ac_"), "{ran:?}");
    assert!(first[1].contains("queued"), "{ran:?}");
    for verb in ["cancel", "cancel", "retry"] {
        let ran = agents(&server, here, &format!("batches {verb} {}", id(&batch)));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    assert_eq!(json(&server, here, &get)["retry_count"], 1);
    let ran = agents(&server, here, "batches list");
    let rows: Vec<_> = ran.stdout_text().lines().collect();
    assert_eq!(rows.len(), 2, "{ran:?}");
    assert!(rows[1].ends_with("Spring"), "{ran:?}");
    for wrong in [
        create.to_owned(),
        format!("{create} --recipients wrong.json"),
        format!("{create} +15550110 --ring 4"),
    ] {
        let ran = agents(&server, here, &wrong);
        assert_eq!(ran.code, Some(2), "{wrong}: {ran:?}");
    }
}

#[test]
fn a_metric_is_made_attached_and_detached() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let create = "metrics create polite --prompt Polite? --display-name Politeness";
    let metric = json(&server, here, create);
    assert_eq!(
        (&metric["prompt"], &metric["display_name"]),
        (&"Polite?".into(), &"Politeness".into())
    );
    let id = id(&metric);
    for (verb, line) in [("attach", "POST"), ("attach", "POST"), ("detach", "DELETE")] {
        let ran = agents(
            &server,
            here,
            &format!("metrics {verb} agent_front_desk {id}"),
        );
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let request = server.received().pop().unwrap();
        let path = format!("/agents/agent_front_desk/metrics/{id}");
        assert_eq!((request.method.as_str(), request.path), (line, path));
    }
    let ran = agents(&server, here, &format!("metrics get {id}"));
    assert!(ran.stdout_text().contains("Politeness"), "{ran:?}");
    let listed = |arguments: &str| agents(&server, here, arguments).stdout;
    assert_eq!(
        listed("metrics --limit 1"),
        listed("metrics list --limit 1")
    );
    assert_ne!(listed("metrics --limit 1"), listed("metrics list"));
    let delete = format!("metrics delete {id}");
    assert_eq!(agents(&server, here, &delete).code, Some(0));
    assert_eq!(agents(&server, here, &delete).code, Some(7));
}

#[test]
fn providers_are_made_changed_and_deleted_and_show_no_secret() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    std::fs::write(here.join("secret"), "canary\n").unwrap();
    let trunk = r#"{"media_encryption": "canary-inbound"}"#;
    std::fs::write(here.join("trunk.json"), trunk).unwrap();
    std::fs::write(here.join("wrong.json"), "[]").unwrap();
    let providers = |arguments: &str| {
        let arguments = format!("phone-numbers providers {arguments}");
        agents(&server, here, &arguments)
    };
    let create = "create-twilio AC1 --key SK1 --secret-file secret --label Desk --region ie1";
    let ran = providers(&format!("{create} --json"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(!ran.stdout_text().contains("canary"), "{ran:?}");
    let twilio: Value = serde_json::from_slice(&ran.stdout).unwrap();
    let sent: Value = serde_json::from_slice(&server.received()[0].body).unwrap();
    assert_eq!(
        (&sent["api_key_secret"], &sent["region"]),
        (&"canary".into(), &"ie1".into())
    );
    let ran = providers("create-trunk Trunk --inbound trunk.json");
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let sent: Value = serde_json::from_slice(&server.received()[1].body).unwrap();
    assert_eq!(sent["inbound"]["media_encryption"], "canary-inbound");

    let ran = providers("list --kind twilio --account AC1");
    let row = format!("{}  twilio  AC1      Desk", id(&twilio));
    assert_eq!(
        ran.stdout_text().lines().nth(1),
        Some(row.as_str()),
        "{ran:?}"
    );
    assert_eq!(ran.stdout_text().lines().count(), 2);
    let ran = providers(&format!("update {} --label Night", id(&twilio)));
    assert!(ran.stdout_text().contains("Night"), "{ran:?}");
    let ran = providers(&format!("get {}", id(&twilio)));
    assert!(ran.stdout_text().contains("Night"), "{ran:?}");

    let import = format!(
        "phone-numbers import +15550120 --label D --provider {}",
        id(&twilio)
    );
    let number = json(&server, here, &import);
    let update = format!("phone-numbers update {} --provider none", id(&number));
    assert_eq!(agents(&server, here, &update).code, Some(7));
    for wrong in [
        format!("update {}", id(&twilio)),
        "create-twilio AC2 --key SK2".to_owned(),
        "create-trunk T --inbound wrong.json".to_owned(),
    ] {
        assert_eq!(providers(&wrong).code, Some(2), "{wrong}");
    }
    let delete = format!("delete {}", id(&twilio));
    assert_eq!(providers(&delete).code, Some(0));
    assert_eq!(providers(&delete).code, Some(7));
}

#[test]
fn an_agent_gets_a_webhook() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let update = "update agent_front_desk --webhook webhook_1";
    let agent = json(&server, folder.path(), update);
    assert_eq!(agent["webhook_id"], "webhook_1");
}
