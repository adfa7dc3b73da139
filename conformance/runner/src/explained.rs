//! What is known to be different, each with its reason: `conformance/explained.toml`.

use serde::{Deserialize, Serialize};

use super::protocol::Mode;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    /// A method of a client does not do what it is for.
    Defect,
    /// A client and ours say the same thing in another way.
    Difference,
}

/// Something that is not as it should be, until an entry explains it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) kind: Kind,
    /// The client with its version, for example `cartesia-python 4.2.0`.
    pub(super) client: String,
    /// For a defect the client's own name of the method, for a difference the common one.
    pub(super) call: String,
    /// Differences have it as well: each mode is compared.
    pub(super) mode: Option<Mode>,
    /// The error, or the field that differs and how.
    pub(super) what: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.client, self.call)?;
        if let Some(mode) = self.mode {
            write!(f, " ({mode})")?;
        }
        write!(f, ": {}", self.what)
    }
}

/// An entry of the file. In `clients`, `call` and `what` a `*` stands for any text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Explanation {
    pub(super) kind: Kind,
    /// Clients with their versions. Each of them must have it.
    pub(super) clients: Vec<String>,
    pub(super) call: String,
    /// Without it, in all modes.
    #[serde(default)]
    pub(super) mode: Option<Mode>,
    pub(super) what: String,
    /// Why it is so, for a reader.
    pub(super) reason: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    explained: Vec<Explanation>,
}

/// Reads the file; every entry has a reason.
pub(super) fn read(text: &str) -> Result<Vec<Explanation>, String> {
    let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
    for (index, entry) in file.explained.iter().enumerate() {
        if entry.reason.trim().is_empty() || entry.clients.is_empty() {
            let number = index + 1;
            return Err(format!("entry {number} needs `clients` and a `reason`"));
        }
    }
    Ok(file.explained)
}

impl Explanation {
    fn explains(&self, finding: &Finding) -> bool {
        self.kind == finding.kind
            && self
                .clients
                .iter()
                .any(|client| matches(client, &finding.client))
            && matches(&self.call, &finding.call)
            && self.mode.is_none_or(|mode| finding.mode == Some(mode))
            && matches(&self.what, &finding.what)
    }
}

/// What became of all findings.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Judgement {
    /// Findings with the reason that explains them.
    pub(super) explained: Vec<(Finding, String)>,
    /// Findings that nothing explains.
    pub(super) unexplained: Vec<Finding>,
    /// Entries that explain nothing any more, in words.
    pub(super) stale: Vec<String>,
}

impl Judgement {
    pub(super) fn is_green(&self) -> bool {
        self.unexplained.is_empty() && self.stale.is_empty()
    }
}

/// Holds findings against the entries. An entry is stale if one of its clients is among those that
/// `ran` and has nothing of what it says; of clients that did not run nothing is known. `kinds` are
/// those that were looked for.
pub(super) fn judge(
    findings: Vec<Finding>,
    entries: &[Explanation],
    ran: &[String],
    kinds: &[Kind],
) -> Judgement {
    let mut judgement = Judgement::default();
    for entry in entries.iter().filter(|entry| kinds.contains(&entry.kind)) {
        for client in &entry.clients {
            let alone = Explanation {
                clients: vec![client.clone()],
                ..entry.clone()
            };
            let happened = findings.iter().any(|finding| alone.explains(finding));
            if !happened && ran.iter().any(|name| matches(client, name)) {
                let (call, what) = (&entry.call, &entry.what);
                judgement.stale.push(format!("{client}: {call}: {what}"));
            }
        }
    }
    for finding in findings {
        let entry = entries.iter().find(|entry| entry.explains(&finding));
        match entry {
            Some(entry) => judgement.explained.push((finding, entry.reason.clone())),
            None => judgement.unexplained.push(finding),
        }
    }
    judgement
}

/// Whether `text` is what `pattern` says; each `*` in it stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    let Some(text) = text.strip_prefix(first) else {
        return false;
    };
    let starts = text.char_indices().map(|(at, _)| at);
    starts
        .chain([text.len()])
        .any(|at| matches(rest, &text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
        [[explained]]
        kind = "defect"
        clients = ["a 1", "a 2"]
        call = "tts.*"
        mode = "sync"
        what = "*no audio*"
        reason = "it forgets"

        [[explained]]
        kind = "difference"
        clients = ["a *"]
        call = "voices.list"
        what = "query limit: *"
        reason = "it always says the default"
    "#;

    fn finding(kind: Kind, client: &str, call: &str, what: &str) -> Finding {
        Finding {
            kind,
            client: client.to_owned(),
            call: call.to_owned(),
            mode: Some(Mode::Sync),
            what: what.to_owned(),
        }
    }

    const ALL: &[Kind] = &[Kind::Defect, Kind::Difference];

    #[test]
    fn what_entries_say_is_explained_and_nothing_else() {
        let entries = read(FILE).unwrap();
        let explained = [
            finding(Kind::Defect, "a 1", "tts.sse", "Error: no audio."),
            finding(Kind::Defect, "a 2", "tts.bytes", "no audio"),
            finding(Kind::Difference, "a 7", "voices.list", "query limit: 10"),
        ];
        let unexplained = [
            finding(Kind::Defect, "b 1", "tts.sse", "no audio"),
            finding(Kind::Defect, "a 1", "stt", "no audio"),
            finding(Kind::Defect, "a 1", "tts.sse", "no video"),
            finding(Kind::Difference, "a 1", "tts.sse", "no audio"),
            Finding {
                mode: Some(Mode::Async),
                ..explained[0].clone()
            },
        ];
        let all = explained.iter().chain(&unexplained).cloned().collect();
        let judgement = judge(all, &entries, &["a 1".to_owned(), "a 2".to_owned()], ALL);
        assert_eq!(judgement.unexplained, unexplained);
        assert_eq!(judgement.explained.len(), explained.len());
        assert_eq!(judgement.explained[0].1, "it forgets");
        assert!(!judgement.is_green());
    }

    #[test]
    fn entries_that_no_longer_happen_are_found() {
        let entries = read(FILE).unwrap();
        let one = vec![finding(Kind::Defect, "a 1", "tts.sse", "no audio")];
        let ran = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let stale = |ran: Vec<String>, kinds| judge(one.clone(), &entries, &ran, kinds).stale;
        // Each client of an entry counts alone.
        let expected = ["a 2: tts.*: *no audio*", "a *: voices.list: query limit: *"];
        assert_eq!(stale(ran(&["a 1", "a 2"]), ALL), expected);
        assert_eq!(stale(ran(&["a 1"]), &[Kind::Defect]), [""; 0]);
        assert_eq!(stale(ran(&["b 1"]), ALL), [""; 0]);
    }

    #[test]
    fn entries_are_whole() {
        let without_reason = FILE.replace("it forgets", " ");
        assert!(read(&without_reason).unwrap_err().contains("entry 1"));
        for broken in [
            FILE.replace("mode = \"sync\"", "moed = \"sync\""),
            FILE.replace("\"defect\"", "\"fault\""),
            FILE.replace("[\"a *\"]", "[]"),
        ] {
            assert!(read(&broken).is_err());
        }
        assert_eq!(read("").unwrap(), []);
    }

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("*", "", true),
            ("a*", "a", true),
            ("a*c", "abbc", true),
            ("a*c", "abbcd", false),
            ("*b*", "aba", true),
            ("*é", "né", true),
            ("a", "ab", false),
        ] {
            assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
        }
    }
}
