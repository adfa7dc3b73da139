//! Secrets, from files.

use std::io;
use std::path::Path;

use cartesia::agent::AgentSecret;

use crate::failure::Failure;

/// A secret is not an argument, which every process of the machine could read.
pub(super) fn secret(path: &Path) -> Result<AgentSecret, Failure> {
    let text = if path == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Failure::file("read", path, &error))?;
    // A trailing line break comes from the editor.
    match text.trim() {
        "" => Err(Failure::usage("the secret is empty")),
        text => Ok(text.into()),
    }
}
