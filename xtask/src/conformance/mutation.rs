//! Whether this command would notice: one name is broken on the wire, and the run must turn red.
//!
//! The driver of one client talks to the mock server through a proxy that renames one field, as if the
//! mock server had a wrong name for it. A driver that is still content does not look at what it gets.

use std::collections::BTreeSet;

use super::driver::Driver;
use super::protocol::{self, Mode, Outcome};
use super::proxy::{Direction, Proxy, Rename};
use super::run::Setting;
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
}
