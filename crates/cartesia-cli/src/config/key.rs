//! The key of a profile: in the configuration file, or from a command that asks a keyring or password manager.

use std::process::{Command, Stdio};

use super::{MAX_KEY_BYTES, config_failure};
use crate::failure::Failure;

/// The source of the key. It has no `Debug`, since it may contain the key.
#[derive(Clone)]
pub(crate) enum ProfileKey {
    Text(String),
    /// A line for the shell of the system, which prints the key.
    Command(String),
}

impl ProfileKey {
    /// The key itself. A command may take its time: it may ask for a password.
    ///
    /// # Errors
    ///
    /// A failure of kind [`cartesia::ErrorKind::Config`] when the command fails, or prints no key. It never
    /// quotes what was printed.
    pub(crate) fn read(&self) -> Result<String, Failure> {
        match self {
            Self::Text(key) => Ok(key.clone()),
            Self::Command(line) => printed_by(line)
                .map_err(|reason| config_failure(&format!("api_key_command {reason}"))),
        }
    }

    pub(crate) fn is_command(&self) -> bool {
        matches!(self, Self::Command(_))
    }
}

/// The key that a command prints, or what went wrong as the rest of a sentence.
fn printed_by(line: &str) -> Result<String, String> {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let ran = Command::new(shell)
        .args([flag, line])
        // The text to speak may be there.
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("cannot be started: {error}"))?;
    if !ran.status.success() {
        return Err(format!("failed: {}", ran.status));
    }
    if ran.stdout.len() > MAX_KEY_BYTES {
        return Err("printed more than a key".to_owned());
    }
    let key = String::from_utf8(ran.stdout).map_err(|_| "printed no text".to_owned())?;
    let key = key.trim();
    cartesia::ApiKey::new(key).map_err(|error| format!("printed no key: {error}"))?;
    Ok(key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_command_prints_the_key_or_fails_without_quoting_it() {
        let read = |line: &str| ProfileKey::Command(line.to_owned()).read();
        assert_eq!(read("echo ' sk_1 '; cat").unwrap(), "sk_1");
        for (line, reason) in [
            ("echo canary; exit 3", "exit status: 3"),
            ("echo canary canary", "printed no key"),
            ("true", "printed no key"),
            ("printf '\\377canary'", "printed no text"),
            ("head -c 5000 /dev/zero", "more than a key"),
        ] {
            let failure = read(line).unwrap_err();
            assert_eq!(failure.kind(), Some(cartesia::ErrorKind::Config));
            let message = failure.message();
            assert!(message.contains(reason), "{line}: {message}");
            assert!(!message.contains("canary"), "{line}: {message}");
        }
    }
}
