//! What official clients send, held against what ours sends: field by field.
//!
//! Both sides are entries of a mock server's journal. [`exchange`] joins them to exchanges (a request,
//! and what was said over it if it became a WebSocket), [`fields`](mod@fields) writes an exchange down
//! as named fields, and two lists of fields are compared here. Everything that an official client sends
//! in a call is compared with what is nearest to it in all that ours sends at the same version, so that
//! nothing it says goes unnoticed, while the drivers may use a call in different ways.

mod exchange;
mod fields;
pub(super) mod table;

use std::collections::BTreeSet;

use serde_json::Value;

use super::clients::Role;
use super::explained::{Finding, Kind};
use super::protocol::Outcome;
use super::run::{Call, Run};
use exchange::Exchange;
use fields::{Fields, fields};

/// What all drivers are given, as far as a comparison needs it: values that mean the same on both sides.
#[derive(Debug, Default)]
pub(super) struct Inputs {
    texts: BTreeSet<String>,
}

impl Inputs {
    /// Every text in `inputs.json`.
    pub(super) fn new(inputs: &Value) -> Self {
        fn collect(value: &Value, texts: &mut BTreeSet<String>) {
            match value {
                Value::String(text) => {
                    texts.insert(text.clone());
                }
                Value::Array(items) => items.iter().for_each(|item| collect(item, texts)),
                Value::Object(items) => items.values().for_each(|item| collect(item, texts)),
                _ => {}
            }
        }
        let mut texts = BTreeSet::new();
        collect(inputs, &mut texts);
        Self { texts }
    }

    /// Whether every driver has this text from the same place.
    fn knows(&self, text: &str) -> bool {
        self.texts.contains(text)
    }
}

/// What ours sends at one version of the API.
#[derive(Debug)]
struct Ours {
    /// The common name of the call, and the fields of each of its exchanges.
    exchanges: Vec<(String, Fields)>,
}

impl Ours {
    fn new(calls: &[Call], inputs: &Inputs) -> Self {
        let of_call = |call: &Call| {
            let exchanges = exchange::exchanges(&call.recorded);
            let named = |exchange: &Exchange| (call.canonical.clone(), fields(exchange, inputs));
            exchanges.iter().map(named).collect::<Vec<_>>()
        };
        Self {
            exchanges: calls.iter().flat_map(of_call).collect(),
        }
    }

    fn has(&self, call: &str) -> bool {
        self.exchanges.iter().any(|(name, _)| name == call)
    }

    /// In which fields what a client sends differs from the nearest that ours sends to the same place,
    /// in whichever call: scripts also prepare things, and look at what came of them. `None` when ours
    /// sends nothing there.
    fn differences(&self, theirs: &Fields) -> Option<Vec<String>> {
        let same_place = |ours: &&Fields| fields::place(ours) == fields::place(theirs);
        let here = self.exchanges.iter().map(|(_, ours)| ours);
        here.filter(same_place)
            .map(|ours| fields::differences(theirs, ours))
            .min_by_key(Vec::len)
    }
}

/// How a call of an official client compares with ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Compared {
    /// The client with its version.
    pub(super) client: String,
    /// The common name of the call.
    pub(super) call: String,
    /// Exchanges that were compared.
    pub(super) exchanges: usize,
    /// In what they differ. Empty when all of them are equal.
    pub(super) findings: Vec<Finding>,
}

/// Compares every call of every official client with the same call of ours at the same version.
pub(super) fn compare(runs: &[Run], inputs: &Inputs) -> Vec<Compared> {
    let mut all = Vec::new();
    for run in runs.iter().filter(|run| run.client.role == Role::Official) {
        let ours = runs.iter().find(|ours| {
            ours.client.role == Role::Ours && ours.client.api_version == run.client.api_version
        });
        let Some(ours) = ours.map(|ours| Ours::new(&ours.calls, inputs)) else {
            continue;
        };
        let done = |call: &&Call| matches!(call.outcome, Outcome::Ok { .. });
        for call in run.calls.iter().filter(done) {
            if ours.has(&call.canonical) {
                all.push(compare_call(&run.client.name, call, &ours, inputs));
            }
        }
    }
    all
}

fn compare_call(client: &str, call: &Call, ours: &Ours, inputs: &Inputs) -> Compared {
    let exchanges = exchange::exchanges(&call.recorded);
    let mut differences = BTreeSet::new();
    for exchange in &exchanges {
        let theirs = fields(exchange, inputs);
        let found = ours.differences(&theirs);
        differences.extend(found.unwrap_or_else(|| {
            let place = fields::place(&theirs).join(" ");
            vec![format!("request: {place} is nothing that ours sends")]
        }));
    }
    let finding = |what| Finding {
        kind: Kind::Difference,
        client: client.to_owned(),
        call: call.canonical.clone(),
        mode: Some(call.mode),
        what,
    };
    Compared {
        client: client.to_owned(),
        call: call.canonical.clone(),
        exchanges: exchanges.len(),
        findings: differences.into_iter().map(finding).collect(),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::super::clients::tests::client;
    use super::super::protocol::Mode;
    use super::*;

    /// A call that went well, with what was recorded of it.
    pub(crate) fn call(canonical: &str, recorded: Vec<Value>) -> Call {
        Call {
            name: canonical.to_owned(),
            mode: Mode::Async,
            canonical: canonical.to_owned(),
            outcome: Outcome::Ok {
                checked: vec!["it".to_owned()],
            },
            recorded,
        }
    }

    /// The journal's entry of a request with a body of JSON.
    pub(crate) fn request(path: &str, body: &Value) -> Value {
        json!({
            "event": "request", "method": "POST", "path": path, "query": [], "request_id": "r",
            "headers": [["content-type", "application/json"], ["cartesia-version", "2026-08-14"]],
            "body": {"json": body}, "status": 200,
        })
    }

    fn runs(theirs: Vec<Call>, ours: Vec<Call>) -> Vec<Run> {
        let run = |name, role, calls| Run {
            client: client(name, role),
            calls,
        };
        vec![
            run("theirs 1", Role::Official, theirs),
            run("ours 1", Role::Ours, ours),
        ]
    }

    fn whats(compared: &[Compared]) -> Vec<String> {
        let findings = compared.iter().flat_map(|compared| &compared.findings);
        findings.map(|finding| finding.what.clone()).collect()
    }

    #[test]
    fn what_is_equal_is_equal() {
        let sent = || request("/tts/bytes", &json!({"voice": {"id": "v"}, "speed": 1.0}));
        let same = request("/tts/bytes", &json!({"speed": 1, "voice": {"id": "v"}}));
        let theirs = vec![call("tts.bytes", vec![sent()]), call("other", vec![sent()])];
        let runs = runs(theirs, vec![call("tts.bytes", vec![same])]);
        let compared = compare(&runs, &Inputs::default());
        // `other` is nothing that ours has.
        assert_eq!(compared.len(), 1);
        assert_eq!((compared[0].exchanges, compared[0].findings.len()), (1, 0));
    }

    #[test]
    fn the_nearest_request_counts() {
        let body = |format: &str| json!({"format": format, "text": "t"});
        let theirs = vec![call("tts.bytes", vec![request("/tts/bytes", &body("wav"))])];
        let ours = |formats: &[&str]| {
            let sent = formats
                .iter()
                .map(|format| request("/tts/bytes", &body(format)));
            vec![call("tts.bytes", sent.collect())]
        };
        let found = |formats| {
            let runs = runs(theirs.clone(), ours(formats));
            whats(&compare(&runs, &Inputs::default()))
        };
        assert_eq!(found(&["raw", "wav", "mp3"]), [""; 0]);
        assert_eq!(
            found(&["raw"]),
            [r#"json format: theirs "wav", ours "raw""#]
        );
    }

    #[test]
    fn a_field_that_is_renamed_is_a_difference() {
        let theirs = vec![call(
            "tts.bytes",
            vec![request("/tts/bytes", &json!({"model_id": "m"}))],
        )];
        let ours = vec![call(
            "tts.bytes",
            vec![request("/tts/bytes", &json!({"model": "m"}))],
        )];
        let found = whats(&compare(&runs(theirs, ours), &Inputs::default()));
        let expected = [
            r#"json model: theirs nothing, ours "m""#,
            r#"json model_id: theirs "m", ours nothing"#,
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_field_that_is_renamed_in_a_message_is_a_difference() {
        let socket = |message: Value| {
            let said = json!({
                "event": "socket_message", "kind": "text", "request_id": "r", "json": message,
            });
            vec![call(
                "tts.websocket",
                vec![request("/tts/websocket", &json!({})), said],
            )]
        };
        let theirs = socket(json!({"context_id": "a", "transcript": "t"}));
        let same = socket(json!({"context_id": "b", "transcript": "t"}));
        let renamed = socket(json!({"context_id": "b", "text": "t"}));
        let found = |ours| whats(&compare(&runs(theirs.clone(), ours), &Inputs::default()));
        assert_eq!(found(same), [""; 0]);
        let expected = [
            r#"message 1 json text: theirs nothing, ours "t""#,
            r#"message 1 json transcript: theirs "t", ours nothing"#,
        ];
        assert_eq!(found(renamed), expected);
    }

    #[test]
    fn what_prepares_a_call_is_found_in_other_calls_of_ours() {
        let make = || request("/datasets/", &json!({"name": "n"}));
        let theirs = vec![call(
            "datasets.get",
            vec![make(), request("/voices", &json!({}))],
        )];
        let ours = vec![
            call("datasets.create", vec![make()]),
            call("datasets.get", vec![request("/datasets/x", &json!({}))]),
        ];
        let found = whats(&compare(&runs(theirs, ours), &Inputs::default()));
        assert_eq!(found, ["request: POST /voices is nothing that ours sends"]);
    }

    #[test]
    fn calls_that_failed_are_not_compared() {
        let sent = |text| vec![call("a", vec![request("/a", &json!({"text": text}))])];
        let mut theirs = sent("x");
        theirs[0].outcome = Outcome::failed("no answer");
        assert_eq!(compare(&runs(theirs, sent("y")), &Inputs::default()), []);
    }

    #[test]
    fn texts_of_the_inputs_are_known() {
        let inputs = Inputs::new(&json!({"a": ["b", {"c": "d"}], "e": 1}));
        assert!(inputs.knows("b") && inputs.knows("d"));
        assert!(!inputs.knows("a") && !inputs.knows("1"));
    }
}
