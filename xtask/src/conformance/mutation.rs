//! Whether this command would notice: one name is broken on the wire, and the run must turn red.
//!
//! The driver of one client talks to the mock server through a proxy that renames one field, as if the
//! mock server had a wrong name for it. A driver that is still content does not look at what it gets.
//! Then our own driver does, and the proxy renames what it sends, as if our client had a wrong name for
//! it. A comparison that finds nothing new does not compare it.

use std::collections::BTreeSet;

use super::clients::{Client, Role};
use super::compare::{self, Inputs};
use super::driver::Driver;
use super::explained::{self, Explanation, Finding, Judgement, Kind};
use super::protocol::{self, Mode, Outcome};
use super::proxy::{Direction, Proxy, Rename};
use super::run::{self, Run, Setting};
use crate::Result;

/// The client that is lied to: the newest, which has most methods.
pub(super) const LIED_TO: &str = "cartesia-python 4.2.0";

/// A call, and a name in the answer to it that the driver depends on.
type Lie = (&'static str, &'static str);

/// Every kind of answer: objects, lists, pages, events, messages on WebSockets.
const LIES: &[Lie] = &[
    ("get_status", "ok"),
    ("access_token.create", "token"),
    ("voices.list", "data"),
    ("voices.list", "is_owner"),
    ("voices.get", "preview_file_url"),
    ("voices.update", "gender"),
    ("voices.clone", "user_id"),
    ("voices.list_accents", "is_localizable"),
    ("pronunciation_dicts.create", "alias"),
    ("datasets.files.list", "filename"),
    ("fine_tunes.retrieve", "status"),
    ("agents.calls.retrieve", "telephony_params"),
    ("agents.metrics.list", "has_more"),
    ("agents.metrics.results.list", "metricName"),
    ("stt.transcribe", "words"),
    ("tts.generate_sse", "data"),
    ("tts.generate_sse", "step_time"),
    ("tts.generate_sse", "context_id"),
    ("tts.websocket_connect", "word_timestamps"),
    ("tts.websocket_connect", "phoneme_timestamps"),
    ("tts.websocket_connect", "status_code"),
    ("voice_changer.generate_sse", "sample_rate"),
];

/// Names in what our client sends, one run for each: of JSON, of nested JSON, and of forms.
const LIES_OF_OURS: &[&str] = &[
    "voice",
    "sample_rate",
    "grants",
    "output_format[container]",
    "timestamp_granularities[]",
];

/// What was tried, and what nobody noticed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noticed {
    pub(super) tried: usize,
    /// In words.
    pub(super) missed: Vec<String>,
}

/// A driver behind a proxy.
struct Liar {
    setting: Setting,
    proxy: Proxy,
    driver: Driver,
}

impl Liar {
    fn new(setting: Setting) -> Result<Self> {
        let proxy = Proxy::start(setting.server.address)?;
        let driver = Driver::start(&setting.launch, proxy.address)?;
        Ok(Self {
            setting,
            proxy,
            driver,
        })
    }

    fn ask(&mut self, call: &str) -> Result<Outcome> {
        let (reply, usable) = self.driver.ask(call, Mode::Sync)?;
        if !usable {
            self.driver = Driver::start(&self.setting.launch, self.proxy.address)?;
        }
        Ok(reply.outcome)
    }

    /// The names in the answers to a call, which must be in order.
    fn names(&mut self, call: &str) -> Result<BTreeSet<String>> {
        self.proxy.names();
        match self.ask(call)?.problem() {
            Some(problem) => Err(format!("{call} fails without a lie: {problem}").into()),
            None => Ok(self.proxy.names()),
        }
    }

    fn lie(&mut self, call: &str, name: &str, noticed: &mut Noticed) -> Result {
        noticed.tried += 1;
        self.proxy.set(Some(Rename::of(Direction::Answer, name)));
        let outcome = self.ask(call)?;
        let hits = self.proxy.hits();
        self.proxy.set(None);
        noticed.missed.extend(verdict(call, name, &outcome, hits));
        Ok(())
    }
}

/// Tells all lies to the driver of [`LIED_TO`].
pub(super) fn answers(setting: Setting) -> Result<Noticed> {
    let mut liar = Liar::new(setting)?;
    let mut noticed = Noticed::default();
    for (call, name) in LIES {
        liar.names(call)?;
        liar.lie(call, name, &mut noticed)?;
    }
    Ok(noticed)
}

/// Lets our client send wrong names, and compares what it sends then with what was seen of the
/// official clients in `runs`. What is explained without a lie is `explained`.
pub(super) fn requests(
    ours: &Client,
    settings: impl Fn() -> Result<Setting>,
    runs: &[Run],
    inputs: &Inputs,
    explained: &[Explanation],
) -> Result<Noticed> {
    let mut noticed = Noticed::default();
    let official = runs.iter().filter(|run| run.client.role == Role::Official);
    let official: Vec<Run> = official.cloned().collect();
    for name in LIES_OF_OURS {
        let setting = settings()?;
        let proxy = Proxy::start(setting.server.address)?;
        proxy.set(Some(Rename::of(Direction::Request, name)));
        let lied = run::run_at(ours, setting, proxy.address)?;
        let mut all = official.clone();
        all.push(lied);
        let findings = compare::compare(&all, inputs).into_iter();
        let findings = findings.flat_map(|compared| compared.findings).collect();
        let judgement = explained::judge(findings, explained, &[], &[Kind::Difference]);
        noticed.tried += 1;
        noticed
            .missed
            .extend(verdict_of_ours(name, &judgement, proxy.hits()));
    }
    Ok(noticed)
}

/// A wrong name of ours is noticed if the right one is found missing, in any field whose path it is in.
fn verdict_of_ours(name: &str, judgement: &Judgement, hits: usize) -> Option<String> {
    let missing = |finding: &&Finding| {
        let field = finding.what.split(": theirs").next().unwrap_or_default();
        let words = field.split([' ', '.']).any(|word| word == name);
        words && finding.what.ends_with("ours nothing")
    };
    if hits == 0 {
        Some(format!("`{name}` is nothing that ours sends"))
    } else if judgement.unexplained.iter().any(|one| missing(&one)) {
        None
    } else {
        Some(format!("ours may send `{name}` by any name"))
    }
}

/// Breaks every name in every answer, one by one. What nobody notices is no failure: much of it is
/// not for the client, and some is.
pub(super) fn survey(setting: Setting) -> Result<Noticed> {
    let mut liar = Liar::new(setting)?;
    let mut noticed = Noticed::default();
    for (call, mode) in protocol::calls(&liar.driver.hello.clone()) {
        // Some calls are in order with an explanation only, and some use up what is there.
        if mode != Mode::Sync || call == "agents.delete" {
            continue;
        }
        let Ok(names) = liar.names(&call) else {
            continue;
        };
        for name in names {
            liar.lie(&call, &name, &mut noticed)?;
        }
    }
    Ok(noticed)
}

/// What nobody noticed, in words.
fn verdict(call: &str, name: &str, outcome: &Outcome, hits: usize) -> Option<String> {
    if hits == 0 {
        Some(format!("{call}: `{name}` is not in the answer"))
    } else if outcome.problem().is_none() {
        Some(format!("{call}: `{name}` may have any name"))
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lie_that_is_not_told_or_not_noticed_is_a_miss() {
        let content = Outcome::Ok {
            checked: vec!["it".to_owned()],
        };
        let missed = |outcome: &Outcome, hits| verdict("voices.get", "id", outcome, hits);
        assert_eq!(missed(&Outcome::failed("no id"), 2), None);
        let may = missed(&content, 1).unwrap();
        assert_eq!(may, "voices.get: `id` may have any name");
        // It failed, but not for the lie.
        let untold = missed(&Outcome::failed("no id"), 0).unwrap();
        assert_eq!(untold, "voices.get: `id` is not in the answer");
    }

    #[test]
    fn a_wrong_name_of_ours_is_noticed_by_the_field_that_is_missing() {
        let judgement = |what: &str| Judgement {
            unexplained: vec![Finding {
                kind: Kind::Difference,
                client: "theirs 1".to_owned(),
                call: "tts.bytes".to_owned(),
                mode: None,
                what: what.to_owned(),
            }],
            ..Judgement::default()
        };
        let missed = |what, hits| verdict_of_ours("voice", &judgement(what), hits);
        let nested = r#"json voice.id: theirs "v", ours nothing"#;
        assert_eq!(missed(nested, 3), None);
        assert_eq!(missed(r#"part voice: theirs "v", ours nothing"#, 1), None);
        for what in [
            r#"json voice_id: theirs "v", ours nothing"#,
            r#"json voice.id: theirs "v", ours "w""#,
            r#"json text: theirs "voice", ours nothing"#,
        ] {
            assert!(missed(what, 3).unwrap().contains("any name"), "{what}");
        }
        assert!(missed(nested, 0).unwrap().contains("nothing that ours"));
    }
}
