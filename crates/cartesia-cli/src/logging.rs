//! Logging: `RUST_LOG` switches it on, and it goes to stderr.

use tracing_subscriber::EnvFilter;

/// The WebSocket library logs what messages contain, text and audio, under these targets.
const WITHOUT_MESSAGES: &str = "tungstenite=off,tokio_tungstenite=off";

pub(crate) fn init() {
    let Some(directives) = std::env::var_os(EnvFilter::DEFAULT_ENV) else {
        return;
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter(&directives.to_string_lossy()))
        .with_writer(std::io::stderr)
        // A closed stderr is no reason to fail.
        .log_internal_errors(false)
        .init();
}

/// A filter that shows the contents of messages only if the directives name their targets.
fn filter(directives: &str) -> EnvFilter {
    let directives = match directives.trim() {
        // What `EnvFilter` makes of it.
        "" => "error",
        given => given,
    };
    // A directive replaces an earlier one for the same target.
    EnvFilter::builder().parse_lossy(format!("{WITHOUT_MESSAGES},{directives}"))
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Captured(Arc<Mutex<Vec<u8>>>);

    impl Write for Captured {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Which targets are logged at TRACE, and whether an error of this program is.
    fn logged(directives: &str) -> (Vec<&'static str>, bool) {
        let captured = Captured::default();
        let writer = captured.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(filter(directives))
            .with_writer(move || writer.clone())
            .with_ansi(false)
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            tracing::trace!(target: "tungstenite::protocol", "one");
            tracing::trace!(target: "tungstenite::protocol::frame", "two");
            tracing::trace!(target: "tokio_tungstenite", "three");
            tracing::trace!(target: "cartesia_ws::driver", "four");
            tracing::error!(target: "cartesia_cli", "five");
        });
        let text = String::from_utf8(captured.0.lock().unwrap().clone()).unwrap();
        let words = ["one", "two", "three", "four"];
        let found = words.into_iter().filter(|word| text.contains(word));
        (found.collect(), text.contains("five"))
    }

    #[test]
    fn the_contents_of_messages_are_logged_only_if_their_targets_are_named() {
        for (directives, targets, errors) in [
            ("trace", &["four"][..], true),
            ("cartesia_ws=trace", &["four"], false),
            ("info,cartesia_ws=trace", &["four"], true),
            ("debug", &[], true),
            ("", &[], true),
            (" ", &[], true),
            ("not=a=directive", &[], false),
            ("tungstenite=trace", &["one", "two"], false),
            (
                "trace,tungstenite::protocol::frame=trace",
                &["two", "four"],
                true,
            ),
            ("tokio_tungstenite=trace,trace", &["three", "four"], true),
            (
                "trace,tungstenite=trace,tokio_tungstenite=trace",
                &["one", "two", "three", "four"],
                true,
            ),
        ] {
            assert_eq!(
                logged(directives),
                (targets.to_vec(), errors),
                "{directives}"
            );
        }
    }
}
