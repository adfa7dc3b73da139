//! The Tokio runtime of the caller.

use cartesia_types::{Error, ErrorKind, Result};
use tokio::runtime::Handle;

/// Checks that the caller runs on a Tokio runtime, before something is called that would panic otherwise. `purpose`
/// says what it is needed for, for example "to speak on".
///
/// # Errors
///
/// [`ErrorKind::Config`] outside of a runtime.
pub fn require(operation: &'static str, purpose: &str) -> Result<()> {
    match Handle::try_current() {
        Ok(_) => Ok(()),
        Err(error) => {
            let message = format!("there is no Tokio runtime here {purpose}");
            Err(Error::new(ErrorKind::Config, operation, message).with_source(error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_outside_of_a_runtime_it_is_an_error() {
        let error = require("tts.bytes", "to send requests on").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        let message = "there is no Tokio runtime here to send requests on";
        assert!(error.to_string().contains(message), "{error}");
        let runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = { runtime }.build().unwrap();
        runtime.block_on(async { require("tts.bytes", "").unwrap() });
    }
}
