//! The script that is in force.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Action, Moment, Rule, Script};

/// Something that happens, to which rules may apply.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub(crate) moment: Moment,
    pub(crate) connection: u64,
    pub(crate) path: &'a str,
    pub(crate) context: Option<ContextName<'a>>,
}

/// A context as rules know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContextName<'a> {
    pub(crate) id: &'a str,
    /// The first of its connection has 1; 0 is one that was never made.
    pub(crate) number: u64,
}

/// The rules in force, each with the times that it still applies.
#[derive(Debug, Default)]
pub(crate) struct ActiveScript(Mutex<Vec<(Rule, Option<u32>)>>);

impl ActiveScript {
    /// Replaces the script.
    pub(crate) fn set(&self, script: Script) {
        let rules = script.into_rules().into_iter();
        *self.lock() = rules.map(|rule| (rule.clone(), rule.times)).collect();
    }

    /// Returns the actions of the rules for it, and counts them as carried out.
    pub(crate) fn take(&self, occasion: Occasion<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        for (rule, left) in self.lock().iter_mut() {
            if *left != Some(0) && rule.applies(occasion) {
                *left = left.map(|left| left - 1);
                actions.push(rule.action.clone());
            }
        }
        actions
    }

    /// Whether a rule is about single messages.
    pub(crate) fn hits_messages(&self) -> bool {
        let about_messages =
            |(rule, left): &(Rule, _)| matches!(rule.at, Moment::Messages(_)) && *left != Some(0);
        self.lock().iter().any(about_messages)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Rule, Option<u32>)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Rule {
    fn applies(&self, occasion: Occasion<'_>) -> bool {
        let Occasion {
            moment,
            connection,
            path,
            context,
        } = occasion;
        let named = |pattern: &str| context.is_some_and(|context| fits(pattern, context.id));
        self.at == moment
            && self.connection.is_none_or(|number| number == connection)
            && self
                .path
                .as_deref()
                .is_none_or(|pattern| fits(pattern, path))
            && self.context.as_deref().is_none_or(named)
            && self
                .nth_context
                .is_none_or(|number| context.is_some_and(|context| context.number == number))
    }
}

/// Whether a text is the pattern, or starts as it does when there is `*` at its end.
fn fits(pattern: &str, text: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => text.starts_with(prefix),
        None => text == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_apply_where_they_say_and_as_often() {
        let active = ActiveScript::default();
        let on = |action| Rule::new(Moment::Done, action);
        active.set(
            Script::new()
                .rule(on(Action::Reset).connection(2))
                .rule(on(Action::Stall).context("a*"))
                .rule(on(Action::HangUp).context("b").times(1))
                .rule(on(Action::EmptyData).nth_context(3))
                .rule(on(Action::OddData).path("/stt/*")),
        );
        let take = |moment, connection, id, number| {
            active.take(Occasion {
                moment,
                connection,
                path: "/tts/websocket",
                context: Some(ContextName { id, number }),
            })
        };
        assert_eq!(take(Moment::Cancel, 2, "a", 3), []);
        assert_eq!(
            take(Moment::Done, 2, "abc", 3),
            [Action::Reset, Action::Stall, Action::EmptyData]
        );
        assert_eq!(take(Moment::Done, 1, "b", 1), [Action::HangUp]);
        assert_eq!(take(Moment::Done, 1, "b", 1), []);
        assert_eq!(take(Moment::Done, 1, "bc", 1), []);
        let context = None;
        let (moment, connection) = (Moment::Done, 2);
        assert_eq!(
            active.take(Occasion {
                moment,
                connection,
                path: "/tts/websocket",
                context
            }),
            [Action::Reset]
        );
    }
}
