//! Entries of a journal, joined to exchanges.

use serde_json::Value;

/// A request, and the messages that the client sent if it became a WebSocket.
#[derive(Debug, PartialEq)]
pub(super) struct Exchange<'a> {
    /// The journal's entry of the request.
    pub(super) request: &'a Value,
    /// The journal's entries of the messages, in order. Pings and pongs are left out: when they come
    /// is a matter of time.
    pub(super) messages: Vec<&'a Value>,
}

/// Joins the entries of one call, in the order of its requests.
pub(super) fn exchanges(recorded: &[Value]) -> Vec<Exchange<'_>> {
    let text = |entry: &Value, field: &str| {
        let value = entry.get(field).and_then(Value::as_str);
        value.unwrap_or_default().to_owned()
    };
    let mut exchanges: Vec<Exchange<'_>> = Vec::new();
    for entry in recorded {
        match text(entry, "event").as_str() {
            "request" => exchanges.push(Exchange {
                request: entry,
                messages: Vec::new(),
            }),
            "socket_message" if matches!(text(entry, "kind").as_str(), "text" | "binary") => {
                let request = text(entry, "request_id");
                let own = exchanges
                    .iter_mut()
                    .rev()
                    .find(|exchange| text(exchange.request, "request_id") == request);
                if let Some(own) = own {
                    own.messages.push(entry);
                }
            }
            _ => {}
        }
    }
    exchanges
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn messages_go_to_the_request_that_opened_their_socket() {
        let message = |kind: &str, id: &str| json!({"event": "socket_message", "kind": kind, "request_id": id});
        let recorded = [
            json!({"event": "request", "request_id": "a"}),
            json!({"event": "socket_open", "request_id": "a"}),
            json!({"event": "request", "request_id": "b"}),
            message("text", "a"),
            message("ping", "a"),
            message("binary", "b"),
            message("text", "a"),
            message("text", "lost"),
            json!({"event": "socket_close", "request_id": "a"}),
        ];
        let exchanges = exchanges(&recorded);
        let shape: Vec<_> = exchanges
            .iter()
            .map(|exchange| (exchange.request, exchange.messages.clone()))
            .collect();
        let expected = [
            (&recorded[0], vec![&recorded[3], &recorded[6]]),
            (&recorded[2], vec![&recorded[5]]),
        ];
        assert_eq!(shape, expected);
    }
}
