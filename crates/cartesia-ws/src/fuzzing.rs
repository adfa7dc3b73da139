//! Internals for the fuzz targets of this repository. No part of the API: nothing here is stable.

use crate::text::{Gathering, TextFeeder};

/// The inputs that tokens become; an empty token is a pause.
pub fn feed(gathering: u8, tokens: &[&str]) -> Vec<String> {
    let gathering = match gathering % 3 {
        0 => Gathering::Words,
        1 => Gathering::Sentences,
        _ => Gathering::Verbatim,
    };
    let mut feeder = TextFeeder::new(gathering);
    let mut inputs = Vec::new();
    for token in tokens {
        if token.is_empty() {
            feeder.settle(&mut inputs);
        } else {
            feeder.push(token, &mut inputs);
        }
    }
    inputs.extend(feeder.take());
    inputs
}
