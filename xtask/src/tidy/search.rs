//! Searching the docs: what a newcomer types into rustdoc's search must lead to the item that helps.
//!
//! Rustdoc compares a query with the names of items and with `#[doc(alias = "…")]`, not with their texts.

use super::{TextFile, Violation};

/// A query, the file of the item that it has to find, and how the item's line starts.
const QUERIES: &[(&str, &str, &str)] = &[
    (
        "retry",
        "crates/cartesia-core/src/retry.rs",
        "pub struct RetryPolicy",
    ),
    (
        "backoff",
        "crates/cartesia-core/src/retry.rs",
        "pub struct RetryPolicy",
    ),
    (
        "timeout",
        "crates/cartesia-core/src/timeouts.rs",
        "pub struct Timeouts",
    ),
    (
        "proxy",
        "crates/cartesia-core/src/network/mod.rs",
        "pub enum Proxy",
    ),
    (
        "warm up",
        "crates/cartesia/src/client.rs",
        "pub async fn prewarm",
    ),
    (
        "clone voice",
        "crates/cartesia-types/src/voice/clone.rs",
        "pub struct CloneVoiceRequest",
    ),
    (
        "timestamps",
        "crates/cartesia-types/src/tts/timestamps.rs",
        "pub struct WordTiming",
    ),
    (
        "subtitles",
        "crates/cartesia-types/src/captions/mod.rs",
        "pub struct Captions",
    ),
    (
        "barge-in",
        "crates/cartesia/src/speech/mod.rs",
        "pub fn interrupt",
    ),
    (
        "barge-in",
        "crates/cartesia-audio/src/player.rs",
        "pub fn interrupt",
    ),
    (
        "cancel",
        "crates/cartesia-ws/src/context.rs",
        "pub struct Canceller",
    ),
    (
        "reconnect",
        "crates/cartesia-core/src/reconnect.rs",
        "pub struct ReconnectPolicy",
    ),
    (
        "sample rate",
        "crates/cartesia-types/src/format/mod.rs",
        "pub struct RawFormat",
    ),
    (
        "mu-law",
        "crates/cartesia-types/src/format/encoding.rs",
        "pub enum RawEncoding",
    ),
    (
        "telephony",
        "crates/cartesia-types/src/format/mod.rs",
        "pub struct RawFormat",
    ),
    (
        "streaming text",
        "crates/cartesia-ws/src/context.rs",
        "pub struct ContextInput",
    ),
    (
        "speaker",
        "crates/cartesia-audio/src/player.rs",
        "pub struct Player",
    ),
    (
        "microphone",
        "crates/cartesia-audio/src/capture/recorder.rs",
        "pub struct Recorder",
    ),
    (
        "API version",
        "crates/cartesia-types/src/api_version.rs",
        "pub struct ApiVersion",
    ),
    (
        "access token",
        "crates/cartesia-http/src/api/access_tokens.rs",
        "pub struct AccessTokens",
    ),
    (
        "pagination",
        "crates/cartesia-http/src/list.rs",
        "pub struct ListCall",
    ),
    (
        "mock",
        "crates/cartesia-mock/src/server.rs",
        "pub struct MockServer",
    ),
    // Beyond the words of newcomers: those of people who come from another speech API.
    (
        "SSML",
        "crates/cartesia-types/src/tts/generation.rs",
        "pub struct GenerationConfig",
    ),
    (
        "rate limit",
        "crates/cartesia-core/src/limiter/mod.rs",
        "pub trait Limiter",
    ),
    (
        "LLM",
        "crates/cartesia-ws/src/context.rs",
        "pub struct ContextInput",
    ),
    (
        "VAD",
        "crates/cartesia-types/src/stt/spec.rs",
        "pub struct TurnSettings",
    ),
];

pub(super) fn check(files: &[TextFile]) -> Vec<Violation> {
    check_queries(QUERIES, files)
}

fn check_queries(queries: &[(&str, &str, &str)], files: &[TextFile]) -> Vec<Violation> {
    let mut violations = Vec::new();
    for (query, path, item) in queries {
        let Some(file) = files.iter().find(|file| file.path == *path) else {
            let message = format!(
                "\"{query}\" leads to this file, which does not exist; see xtask/src/tidy/search.rs"
            );
            violations.push(Violation {
                path: (*path).to_owned(),
                line: 1,
                rule: "search",
                message,
            });
            continue;
        };
        let Some((line, aliases)) = aliases(&file.text, item) else {
            let message = format!(
                "\"{query}\" leads to `{item}`, which is not here; see xtask/src/tidy/search.rs"
            );
            violations.push(file.violation(1, "search", message));
            continue;
        };
        let found = plain(item).contains(&plain(query))
            || aliases.iter().any(|alias| plain(alias) == plain(query));
        if !found {
            let message = format!(
                "a search for \"{query}\" does not find it: add `#[doc(alias = \"{query}\")]`"
            );
            violations.push(file.violation(line, "search", message));
        }
    }
    violations
}

/// The line of an item, and the aliases between its docs and itself.
fn aliases<'t>(text: &'t str, item: &str) -> Option<(usize, Vec<&'t str>)> {
    let mut aliases = Vec::new();
    for (number, line) in super::numbered(text) {
        let line = line.trim();
        if let Some(alias) = line.strip_prefix("#[doc(alias = \"") {
            aliases.extend(alias.strip_suffix("\")]"));
        } else if is_whole_name(line, item) {
            return Some((number, aliases));
        } else if !line.starts_with("#[") && !line.starts_with("///") {
            aliases.clear();
        }
    }
    None
}

/// Whether a line starts with `item`, and the name ends there.
fn is_whole_name(line: &str, item: &str) -> bool {
    let rest = line.strip_prefix(item);
    rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
}

/// Without what rustdoc ignores as well: case and underscores; and spaces, which names cannot have.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{file, found};
    use super::*;

    fn check_text(query: &str, text: &str) -> Vec<Violation> {
        check_queries(
            &[(query, "a.rs", "pub struct RawFormat")],
            &[file("a.rs", text)],
        )
    }

    #[test]
    fn names_and_aliases_are_found() {
        let text = "#[doc(alias = \"other\")]\nstruct B;\n\
                    /// A format.\n#[doc(alias = \"sample-rate\")]\n#[derive(Debug)]\npub struct RawFormat {\n";
        assert_eq!(check_text("raw format", text), []);
        assert_eq!(check_text("Sample Rate", text), []);
        assert_eq!(found(&check_text("other", text)), [(6, "search")]);
        let message = check_text("telephony", text)[0].to_string();
        assert!(
            message.contains("add `#[doc(alias = \"telephony\")]`"),
            "{message}"
        );
    }

    #[test]
    fn items_that_were_renamed_are_reported() {
        assert_eq!(
            found(&check_text("a", "pub struct RawFormats;\n")),
            [(1, "search")]
        );
        let elsewhere = check_queries(&[("a", "b.rs", "pub struct A")], &[]);
        assert_eq!(found(&elsewhere), [(1, "search")]);
    }

    #[test]
    fn twenty_queries_are_checked() {
        assert!(QUERIES.len() >= 20);
    }
}
