//! Which entries of a mock server's journal belong to which call of a driver.

use serde_json::Value;

/// The `user-agent` of what drivers ask without their client: to prepare, to look, to tidy up.
const ASIDE: &str = "conformance";

/// Splits the journal of a run by calls. `ends` says, for each call in turn, how long the journal was
/// in bytes when the call was over; what was written before the first call began ends at `start`.
///
/// What is said on a WebSocket belongs to the call that opened it, however late it is heard: a
/// socket that is closed as the last thing of a call is still closing when the next one begins.
pub(super) fn by_call(journal: &str, start: u64, ends: &[u64]) -> Result<Vec<Vec<Value>>, String> {
    let mut calls: Vec<Vec<Value>> = vec![Vec::new(); ends.len()];
    let mut sockets: Vec<(u64, usize)> = Vec::new();
    let mut position = 0;
    for line in journal.split_inclusive('\n') {
        let begin = position;
        position += line.len() as u64;
        if begin < start || line.trim().is_empty() {
            continue;
        }
        let entry: Value = serde_json::from_str(line)
            .map_err(|error| format!("the journal has a line that is not JSON: {error}"))?;
        if is_aside(&entry) {
            continue;
        }
        let socket = entry.get("socket").and_then(Value::as_u64);
        let owner = socket.and_then(|socket| {
            let known = sockets.iter().find(|(number, _)| *number == socket);
            known.map(|(_, call)| *call)
        });
        let call = owner.or_else(|| ends.iter().position(|end| begin < *end));
        // What comes after the last call is nobody's.
        let Some(call) = call else { continue };
        if let (Some(socket), None) = (socket, owner) {
            sockets.push((socket, call));
        }
        if let Some(entries) = calls.get_mut(call) {
            entries.push(entry);
        }
    }
    Ok(calls)
}

/// Whether a driver asked this without its client.
fn is_aside(entry: &Value) -> bool {
    let headers = entry.get("headers").and_then(Value::as_array);
    headers.into_iter().flatten().any(|pair| {
        let text = |index| pair.get(index).and_then(Value::as_str).unwrap_or_default();
        text(0).eq_ignore_ascii_case("user-agent") && text(1) == ASIDE
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_drivers_ask_without_their_client_is_left_out() {
        let line = |agent: &str| {
            format!(
                "{{\"event\":\"request\",\"headers\":[[\"a\",\"b\"],[\"User-Agent\",\"{agent}\"]]}}\n"
            )
        };
        let journal = line(ASIDE) + &line("conformance/1");
        let calls = by_call(&journal, 0, &[journal.len() as u64]).unwrap();
        assert_eq!(calls[0].len(), 1);
        assert_eq!(calls[0][0]["headers"][1][1], "conformance/1");
    }

    const JOURNAL: &str = "{\"number\":1,\"event\":\"request\"}\n\
                           {\"number\":2,\"event\":\"request\"}\n\
                           {\"number\":3,\"event\":\"socket_open\",\"socket\":7}\n\
                           {\"number\":4,\"event\":\"request\"}\n\
                           {\"number\":5,\"event\":\"socket_close\",\"socket\":7}\n\
                           {\"number\":6,\"event\":\"socket_open\",\"socket\":8}\n\
                           {\"number\":7,\"event\":\"request\"}\n";

    fn numbers(start: u64, ends: &[u64]) -> Vec<Vec<u64>> {
        let number = |entry: &Value| entry["number"].as_u64().unwrap();
        by_call(JOURNAL, start, ends)
            .unwrap()
            .iter()
            .map(|entries| entries.iter().map(number).collect())
            .collect()
    }

    /// Where the line after `number` begins.
    fn after(number: usize) -> u64 {
        JOURNAL
            .split_inclusive('\n')
            .take(number)
            .map(|line| line.len() as u64)
            .sum()
    }

    #[test]
    fn entries_go_to_the_call_in_which_they_were_written() {
        let ends = [after(2), after(2), after(4), after(6)];
        let expected: [&[u64]; 4] = [&[2], &[], &[3, 4, 5], &[6]];
        assert_eq!(numbers(after(1), &ends), expected);
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(numbers(0, &[]), Vec::<Vec<u64>>::new());
        assert_eq!(numbers(0, &[0]), [[0; 0]]);
        assert!(by_call("{\n", 0, &[9]).unwrap_err().contains("not JSON"));
    }
}
