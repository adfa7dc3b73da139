//! The blocking client has what the async one has. The compiler sees that nothing more than that is
//! called; here it is seen that nothing was forgotten.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// What is another here, and why.
const OTHERWISE: &[(&str, &str)] = &[
    // `Iterator::collect` does it, into any collection.
    ("Items", "collect"),
    // There are no streams of text: `say_all` takes an iterator.
    ("Speech", "say_stream"),
    // The blocking connection is the one that the caller gave, or none.
    ("Speech", "connection"),
    // There are no streams of text: `push_all` takes an iterator.
    ("ContextInput", "push_stream"),
    // Nor of samples: `send_all` takes an iterator.
    ("CallInput", "send_stream"),
    // A player for async code takes it; threads write the audio of the events to a player.
    ("CallOutput", "speech"),
    // As with texts: `send_all` takes an iterator.
    ("SttInput", "send_stream"),
];

fn crates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn source(path: &str) -> String {
    let path = crates().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A public function: its name, its arguments and result, and the first line of its docs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Function {
    name: String,
    signature: String,
    summary: String,
}

type Functions = BTreeMap<String, BTreeSet<Function>>;

/// The public functions of each type in a file. `begin` tells which types a block belongs to, of whose
/// first line it gets what is before the brace; functions in it start with `keyword`.
fn functions(source: &str, keyword: &str, begin: impl Fn(&str) -> Vec<String>) -> Functions {
    let mut found = Functions::new();
    let mut block: Option<(usize, Vec<String>)> = None;
    let (mut summary, mut lines) = (String::new(), source.lines());
    let (mut in_docs, mut in_summary) = (false, false);
    while let Some(line) = lines.next() {
        let code = line.trim_start();
        let indent = line.len() - code.len();
        if let Some(header) = code.strip_suffix(" {") {
            let types = begin(header);
            if !types.is_empty() {
                block = Some((indent, types));
                in_docs = false;
                continue;
            }
        }
        let doc = code.strip_prefix("///");
        let first = !std::mem::replace(&mut in_docs, doc.is_some());
        if let Some(doc) = doc {
            // The first paragraph, wherever its lines break; a twin links to twins.
            if first {
                summary.clear();
                in_summary = true;
            }
            in_summary &= !doc.is_empty();
            if in_summary {
                summary.push_str(&doc.replace("crate::blocking::", "crate::"));
            }
            continue;
        }
        let Some((start, types)) = &block else {
            continue;
        };
        if indent == *start && code.starts_with('}') {
            block = None;
        } else if let Some(rest) = code.replace("pub async fn", "pub fn").strip_prefix(keyword) {
            let mut signature = rest.to_owned();
            while !signature.ends_with(['{', ';']) {
                signature.push(' ');
                signature.push_str(lines.next().unwrap().trim());
            }
            let signature = signature.trim_end_matches(['{', ';', ' ']);
            let (name, rest) = signature.split_once(['(', '<']).unwrap();
            let signature = rest
                .replace("&self, ", "")
                .replace("&self", "")
                .replace(", )", ")")
                .replace("( ", "(");
            let function = Function {
                name: name.to_owned(),
                signature: signature.trim().to_owned(),
                summary: std::mem::take(&mut summary),
            };
            for owner in types {
                found
                    .entry(owner.clone())
                    .or_default()
                    .insert(function.clone());
            }
        }
    }
    found
}

/// The type of `impl<T: …> Type<T>`.
fn type_of_impl(header: &str) -> Vec<String> {
    let Some(rest) = header.strip_prefix("impl") else {
        return Vec::new();
    };
    let mut depth = 0;
    let after_generics = rest.trim_start_matches(|c| {
        depth += i32::from(c == '<') - i32::from(c == '>');
        depth > 0 || c == '>'
    });
    let name = after_generics.trim().split('<').next().unwrap_or_default();
    if name.is_empty() || header.contains(" for ") {
        return Vec::new();
    }
    vec![name.to_owned()]
}

fn names(functions: &Functions, owner: &str) -> BTreeSet<String> {
    let functions = functions.get(owner);
    let names = functions.into_iter().flatten();
    names.map(|function| function.name.clone()).collect()
}

/// Fails if a name of the async type is neither there nor otherwise.
fn assert_has_all(owner: &str, blocking: &BTreeSet<String>, original: &BTreeSet<String>) {
    assert!(!original.is_empty(), "{owner} was not found");
    let otherwise: BTreeSet<_> = OTHERWISE
        .iter()
        .filter(|(of, _)| *of == owner)
        .map(|(_, name)| (*name).to_owned())
        .collect();
    let missing: Vec<_> = original.difference(blocking).collect();
    let missing: Vec<_> = missing
        .into_iter()
        .filter(|name| !otherwise.contains(*name))
        .collect();
    assert!(missing.is_empty(), "blocking::{owner} lacks {missing:?}");
    assert!(
        otherwise.is_subset(original) && otherwise.is_disjoint(blocking),
        "{owner}: {otherwise:?} is no exception any more"
    );
}

#[test]
fn every_call_has_a_twin() {
    let mut original = Functions::new();
    let mut folders = vec![crates().join("cartesia-http/src/api")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let found = functions(&text, "pub fn ", type_of_impl);
            // Groups give calls and groups for a reference; requests and calls do not.
            for (owner, functions) in found {
                let is_group = text.contains(&format!("pub struct {owner}"))
                    && !owner.ends_with("Request")
                    && !owner.ends_with("Call")
                    && !["Tts", "Stt"].contains(&owner.as_str());
                if is_group {
                    original.entry(owner).or_default().extend(functions);
                }
            }
        }
    }
    let mut blocking = Functions::new();
    for file in ["admin", "agents", "media", "resources", "voices"] {
        let text = source(&format!("cartesia/src/blocking/{file}.rs"));
        let group = |header: &str| match header {
            "groups!" => Vec::new(),
            name => vec![name.to_owned()],
        };
        for (owner, found) in functions(&text, "fn ", group) {
            blocking.entry(owner).or_default().extend(found);
        }
    }
    assert!(original.values().map(BTreeSet::len).sum::<usize>() > 100);
    for (owner, functions) in &original {
        let twins = blocking.get(owner).cloned().unwrap_or_default();
        let missing: Vec<_> = functions.difference(&twins).collect();
        assert!(
            missing.is_empty(),
            "blocking::{owner} lacks these, or has them in other words: {missing:#?}, \
             it has {:#?}",
            twins.difference(functions).collect::<Vec<_>>()
        );
    }
}

#[test]
fn clients_are_set_up_alike() {
    let mut original = functions(&source("cartesia/src/client.rs"), "pub fn ", type_of_impl);
    let stt = source("cartesia/src/transcribe.rs");
    original.extend(functions(&stt, "pub fn ", type_of_impl));
    let owner = |header: &str| match header {
        "groups_of_client!" => vec!["Client".to_owned()],
        "settings!" => vec!["ClientBuilder".to_owned()],
        header => type_of_impl(header),
    };
    let mut blocking = Functions::new();
    for file in ["client", "stt", "tts"] {
        let text = source(&format!("cartesia/src/blocking/{file}.rs"));
        for keyword in ["pub fn ", "fn "] {
            for (owner, found) in functions(&text, keyword, owner) {
                blocking.entry(owner).or_default().extend(found);
            }
        }
    }
    for owner in ["Client", "ClientBuilder", "Stt", "Tts"] {
        assert_has_all(owner, &names(&blocking, owner), &names(&original, owner));
    }
}

#[test]
fn calls_and_streams_do_the_same() {
    // Macros that are for several types.
    let owner = |header: &str| match header {
        "impl $body" => vec!["AudioBody".to_owned(), "Download".to_owned()],
        "impl $(<$parameter>)? $name $(<$parameter>)?"
        | "impl $(<$parameter>)? $type $(<$parameter>)?" => vec!["options".to_owned()],
        header => type_of_impl(header),
    };
    for (original, blocking, owners) in [
        ("cartesia-http/src/call.rs", "call", &["Call"][..]),
        ("cartesia-http/src/options.rs", "call", &["options"]),
        ("cartesia-http/src/list.rs", "call", &["ListCall"]),
        ("cartesia-http/src/list.rs", "list", &["Pages", "Items"]),
        ("cartesia-http/src/sse/stream.rs", "sse", &["SseStream"]),
        ("cartesia-http/src/audio_body.rs", "body", &["AudioBody"]),
        ("cartesia-http/src/download.rs", "body", &["Download"]),
        (
            "cartesia-ws/src/connection.rs",
            "connection",
            &["TtsConnection"],
        ),
        (
            "cartesia-ws/src/context.rs",
            "context",
            &["TtsContext", "ContextInput", "ContextOutput"],
        ),
        (
            "cartesia-ws/src/call/handle.rs",
            "agent_call",
            &["LiveCall", "CallInput", "CallControl", "CallOutput"],
        ),
        ("cartesia-ws/src/pool.rs", "pool", &["TtsPool"]),
        ("cartesia/src/speech/mod.rs", "speech", &["Speech"]),
        ("cartesia/src/speech/spoken.rs", "speech", &["Spoken"]),
        ("cartesia/src/speech/events.rs", "speech", &["SpeechEvents"]),
        (
            "cartesia-ws/src/stt/handle.rs",
            "stt",
            &["SttStream", "SttInput", "SttOutput"],
        ),
    ] {
        let original = functions(&source(original), "pub fn ", owner);
        let blocking = source(&format!("cartesia/src/blocking/{blocking}.rs"));
        let blocking = functions(&blocking, "pub fn ", owner);
        let shared = names(&blocking, "options");
        for owner in owners {
            let mut twins = names(&blocking, owner);
            if owner.ends_with("Call") {
                twins.extend(shared.iter().cloned());
            }
            assert_has_all(owner, &twins, &names(&original, owner));
        }
    }
}
