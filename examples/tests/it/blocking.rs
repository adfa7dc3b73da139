//! Examples without async: they print and play what their async twins do.

use crate::support::{assert_close, heard, seconds_in};

const NONE: [&str; 0] = [];

#[test]
fn sse_to_speakers() {
    let (lines, sound) = heard("sse_to_speakers_blocking", &NONE);
    let (twin_lines, twin_sound) = heard("sse_to_speakers", &NONE);
    assert_eq!(lines, twin_lines);
    assert!(sound.samples == twin_sound.samples, "the samples differ");
}

#[test]
fn websocket_to_speakers() {
    let (lines, sound) = heard("websocket_to_speakers_blocking", &NONE);
    let (twin_lines, _) = heard("websocket_to_speakers", &NONE);
    assert_eq!(lines, twin_lines);
    // Contexts have names of their own, and with them another pitch.
    let seconds: f64 = lines.iter().map(|line| seconds_in(line)).sum();
    assert_close(sound.seconds(), seconds, 0.04);
}
