//! Everything that reads what others wrote, tried with arbitrary bytes.
//!
//! A target takes bytes and panics when something does not hold. `cargo xtask fuzz` lets libFuzzer search for
//! such bytes; what it found before is in `corpus/`, and an ordinary test tries all of it again.

mod audio;
mod pieces;
mod settings;
mod text;
mod wire;

/// One thing that is tried.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, which is that of its folder below `corpus/`, too.
    pub name: &'static str,
    /// Panics when something does not hold for these bytes.
    pub run: fn(&[u8]),
}

/// All targets, by name.
pub const TARGETS: &[Target] = &[
    Target {
        name: "api_errors",
        run: wire::api_error,
    },
    Target {
        name: "base_url",
        run: settings::base_url,
    },
    Target {
        name: "call_events",
        run: wire::call_event,
    },
    Target {
        name: "events",
        run: wire::event,
    },
    Target {
        name: "identifiers",
        run: settings::identifier,
    },
    Target {
        name: "mock_scripts",
        run: text::mock_script,
    },
    Target {
        name: "proxies",
        run: settings::proxy,
    },
    Target {
        name: "retry_after",
        run: settings::retry_after,
    },
    Target {
        name: "session",
        run: text::session,
    },
    Target {
        name: "sse",
        run: wire::sse,
    },
    Target {
        name: "streamed_wav",
        run: audio::streamed_wav,
    },
    Target {
        name: "stt_events",
        run: wire::stt_event,
    },
    Target {
        name: "text_feeder",
        run: text::feeder,
    },
    Target {
        name: "wav",
        run: audio::wav,
    },
    Target {
        name: "wav_writer",
        run: audio::wav_writer,
    },
];
