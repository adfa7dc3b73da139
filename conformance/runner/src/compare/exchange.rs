//! Entries of a journal, joined to exchanges.

use serde_json::Value;

/// Something that a client says by itself, and that is compared as a whole.
#[derive(Debug, PartialEq)]
pub(super) struct Exchange<'a> {
    /// The journal's entry of the request.
    pub(super) request: &'a Value,
    pub(super) part: Part<'a>,
}

/// A WebSocket is compared in parts: which contexts a client opens on one, and in which order, is its
/// own affair; what it says in a context is not.
#[derive(Debug, PartialEq)]
pub(super) enum Part<'a> {
    /// The request itself, and what was said on its WebSocket that belongs to no context.
    Request(Vec<&'a Value>),
    /// What was said in one context, in order.
    Context(Vec<&'a Value>),
}

/// Joins the entries of one call, in the order of its requests. Pings and pongs are left out: when they
/// come is a matter of time.
pub(super) fn exchanges(recorded: &[Value]) -> Vec<Exchange<'_>> {
    let mut exchanges = Vec::new();
    for request in recorded {
        if text(request, "event") != "request" {
            continue;
        }
        let mut own = Vec::new();
        let mut contexts: Vec<(&str, Vec<&Value>)> = Vec::new();
        for message in messages(recorded, text(request, "request_id")) {
            match message.pointer("/json/context_id").and_then(Value::as_str) {
                None => own.push(message),
                Some(name) => match contexts.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, messages)) => messages.push(message),
                    None => contexts.push((name, vec![message])),
                },
            }
        }
        let parts = contexts
            .into_iter()
            .map(|(_, messages)| Part::Context(messages));
        let parts = std::iter::once(Part::Request(own)).chain(parts);
        exchanges.extend(parts.map(|part| Exchange { request, part }));
    }
    exchanges
}

/// What was said on the WebSocket that a request opened.
fn messages<'a>(recorded: &'a [Value], request: &str) -> impl Iterator<Item = &'a Value> {
    recorded.iter().filter(move |entry| {
        text(entry, "event") == "socket_message"
            && matches!(text(entry, "kind"), "text" | "binary")
            && text(entry, "request_id") == request
    })
}

fn text<'v>(entry: &'v Value, field: &str) -> &'v str {
    let value = entry.get(field).and_then(Value::as_str);
    value.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_go_to_their_request_and_context() {
        let message = |kind: &str, id: &str, context: Option<&str>| {
            let json = context.map_or_else(|| json!({}), |name| json!({"context_id": name}));
            json!({"event": "socket_message", "kind": kind, "request_id": id, "json": json})
        };
        let recorded = [
            json!({"event": "request", "request_id": "a"}),
            json!({"event": "socket_open", "request_id": "a"}),
            json!({"event": "request", "request_id": "b"}),
            message("text", "a", Some("x")),
            message("ping", "a", None),
            message("binary", "b", None),
            message("text", "a", Some("y")),
            message("text", "a", Some("x")),
            message("text", "lost", None),
            json!({"event": "socket_close", "request_id": "a"}),
        ];
        let exchange = |request: usize, part| Exchange {
            request: &recorded[request],
            part,
        };
        let expected = [
            exchange(0, Part::Request(vec![])),
            exchange(0, Part::Context(vec![&recorded[3], &recorded[7]])),
            exchange(0, Part::Context(vec![&recorded[6]])),
            exchange(2, Part::Request(vec![&recorded[5]])),
        ];
        assert_eq!(exchanges(&recorded), expected);
    }
}
