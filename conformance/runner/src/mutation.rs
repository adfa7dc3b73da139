//! Whether this command would notice: one name is broken on the wire, and the run must turn red.
//!
//! A driver talks to the mock server through a proxy that renames one field. In answers to an official
//! client that is as if the mock server had a wrong name for it, and the driver must not be content. In
//! requests of ours it is as if our client had a wrong name, and the comparison must find it.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use super::driver::Driver;
use super::journal;
use super::protocol::{self, Mode, Outcome};
use super::proxy::{Direction, Proxy, Rename};
use super::run::Setting;
use crate::Result;

/// The official client that is lied to: the newest, which has most methods.
pub(super) const LIED_TO: &str = "cartesia-python 4.2.0";

/// Ours, at the same version of the API.
pub(super) const LYING: &str = "cartesia-rust 2026-08-14";

/// A call, and a name in the answer or the request.
pub(super) type Lie = (&'static str, &'static str);

/// Every kind of answer: objects, lists, pages, events, messages on WebSockets.
const ANSWERS: &[Lie] = &[
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

/// Objects, forms and messages on WebSockets. Most of these may be left out: the mock server does not
/// miss them.
const REQUESTS: &[Lie] = &[
    ("access_tokens.create", "expires_in"),
    ("agents.metrics.create", "display_name"),
    ("datasets.create", "description"),
    ("infill.bytes", "right_audio"),
    ("pronunciation_dicts.create", "alias"),
    ("stt.transcribe", "language"),
    ("tts.bytes", "generation_config"),
    ("tts.sse", "add_timestamps"),
    ("tts.websocket", "add_timestamps"),
    ("tts.websocket.cancel", "cancel"),
    ("tts.websocket.inputs", "generation_config"),
    ("voice_changer.bytes", "output_format[encoding]"),
    ("voices.clone_voice", "description"),
    ("voices.update", "gender"),
];

/// Who is lied to, and how. Programs that others wrote look at less than our drivers do.
pub(super) const TARGETS: &[(&str, &[Lie])] = &[
    (LIED_TO, ANSWERS),
    (
        "cartesia-python-tests 4.2.0",
        &[
            ("tests/api_resources/test_voices.py", "is_owner"),
            ("tests/api_resources/test_datasets.py", "created_at"),
            ("tests/api_resources/agents/test_calls.py", "data"),
        ],
    ),
    (
        "cartesia-python-examples 4.2.0",
        &[
            ("examples.py tts_sse_basic", "data"),
            ("examples.py stt_transcribe", "text"),
            (
                "async_examples.py stt_auto_finalize_websocket_async",
                "transcript",
            ),
        ],
    ),
    (
        "cartesia-js-examples 3.5.0",
        &[("ttsSSEBasic", "data"), ("sttTranscribe", "text")],
    ),
];

/// The number of changes that were tried, and those that no check noticed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Noticed {
    pub(super) tried: usize,
    /// In words.
    pub(super) missed: Vec<String>,
}

impl fmt::Display for Noticed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let noticed = self.tried.saturating_sub(self.missed.len());
        write!(f, "{noticed} of {} noticed", self.tried)
    }
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

    /// The first mode that a call has.
    fn mode(&self, call: &str) -> Result<Mode> {
        let calls = protocol::calls(&self.driver.hello);
        let known = calls.into_iter().find(|(name, _)| name == call);
        let (_, mode) = known.ok_or_else(|| format!("there is no `{call}`"))?;
        Ok(mode)
    }

    fn ask(&mut self, call: &str, mode: Mode) -> Result<Outcome> {
        let (reply, usable) = self.driver.ask(call, mode)?;
        if !usable {
            self.driver = Driver::start(&self.setting.launch, self.proxy.address)?;
        }
        Ok(reply.outcome)
    }

    /// The names in the answers to a call, which must be in order.
    fn names(&mut self, call: &str) -> Result<BTreeSet<String>> {
        self.proxy.names();
        let mode = self.mode(call)?;
        match self.ask(call, mode)?.problem() {
            Some(problem) => Err(format!("{call} fails without a lie: {problem}").into()),
            None => Ok(self.proxy.names()),
        }
    }

    fn lie(&mut self, call: &str, name: &str, noticed: &mut Noticed) -> Result {
        noticed.tried += 1;
        self.proxy.set(Some(Rename::of(Direction::Answer, name)));
        let mode = self.mode(call)?;
        let outcome = self.ask(call, mode)?;
        let hits = self.proxy.hits();
        self.proxy.set(None);
        noticed.missed.extend(verdict(call, name, &outcome, hits));
        Ok(())
    }
}

/// Breaks names in answers, in the first mode that a driver has.
pub(super) fn answers(setting: Setting, lies: &[Lie]) -> Result<Noticed> {
    let mut liar = Liar::new(setting)?;
    let mut noticed = Noticed::default();
    for (call, name) in lies {
        liar.names(call)?;
        liar.lie(call, name, &mut noticed)?;
    }
    Ok(noticed)
}

/// Lets programs use a server that takes no examples for identifiers, which they must notice.
pub(super) fn strictness(setting: &Setting) -> Result<Noticed> {
    let mut driver = Driver::start(&setting.launch, setting.server.address)?;
    let mut noticed = Noticed::default();
    for (call, mode) in protocol::calls(&driver.hello.clone()) {
        noticed.tried += 1;
        let (reply, usable) = driver.ask(&call, mode)?;
        if reply.outcome.problem().is_none() {
            noticed.missed.push(call);
        }
        if !usable {
            driver = Driver::start(&setting.launch, setting.server.address)?;
        }
    }
    Ok(noticed)
}

/// Breaks every name in every answer, one by one. A change that no check notices is not a failure: most clients do
/// not read every field.
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

/// Breaks names in requests of [`LYING`], and says which of them are not found by `finds`. It is given
/// the name of a call and what was recorded of it with the lie, or nothing for what was without.
pub(super) fn requests(
    setting: Setting,
    finds: impl Fn(&str, Option<Vec<Value>>) -> bool,
) -> Result<Noticed> {
    let mut liar = Liar::new(setting)?;
    let mut noticed = Noticed::default();
    let mut ends = Vec::new();
    for (call, name) in REQUESTS {
        noticed.tried += 1;
        liar.proxy.set(Some(Rename::of(Direction::Request, name)));
        // The mock server may refuse it: what was asked is recorded all the same.
        liar.ask(call, Mode::Async)?;
        if liar.proxy.hits() == 0 {
            noticed
                .missed
                .push(format!("{call}: ours sends no `{name}`"));
        }
        ends.push(liar.setting.server.position()?);
    }
    let recorded = journal::by_call(&liar.setting.server.into_journal()?, 0, &ends)?;
    for ((call, name), recorded) in REQUESTS.iter().zip(recorded) {
        if finds(call, None) {
            return Err(format!("{call} differs without a lie").into());
        }
        if !finds(call, Some(recorded)) {
            noticed
                .missed
                .push(format!("{call}: ours may call `{name}` what it likes"));
        }
    }
    Ok(noticed)
}

/// Describes a change that no check noticed.
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
    fn a_lie_that_is_not_reported_or_not_noticed_is_a_miss() {
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
}
