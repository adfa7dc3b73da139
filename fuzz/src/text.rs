//! Text: tokens of a language model, the contexts they belong to, and the scripts of the mock server.

use cartesia_mock::Script;
use cartesia_ws::fuzzing;

/// What comes out of the feeder is what went in, whatever tokens it came in.
pub(crate) fn feeder(data: &[u8]) {
    let Some((&gathering, text)) = data.split_first() else {
        return;
    };
    let text = String::from_utf8_lossy(text);
    // A separator that text rarely has ends a token; two of them are a pause.
    let tokens: Vec<&str> = text.split('\u{1}').collect();
    let inputs = fuzzing::feed(gathering, &tokens);
    assert_eq!(inputs.concat(), tokens.concat());
}

/// Whatever callers, network and service do: every context ends once, with what was delivered.
pub(crate) fn session(data: &[u8]) {
    fuzzing::session(data);
}

/// A script that is understood is understood as it is written down again.
pub(crate) fn mock_script(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(script) = text.parse::<Script>() else {
        return;
    };
    let written = serde_json::to_string(&script).expect("a script can be written");
    assert_eq!(written.parse::<Script>().ok(), Some(script));
}
