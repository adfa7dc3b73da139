//! `doctor`: checks the set-up of this machine, says what is missing, and repairs what it can. It sends
//! nothing.

mod repair;

use cartesia::ErrorKind;
use clap::Args;
use serde::Serialize;

use crate::advice;
use crate::completions;
use crate::config::{self, ProfileKey};
use crate::connect;
use crate::env_file;
use crate::failure::Failure;
use crate::global::Global;
use crate::{print, text};

/// Columns in which text is still readable.
const NARROWEST: usize = 16;

/// One thing that was checked, as programs read it; the order of the fields is part of it.
#[derive(Debug, Serialize)]
struct Check {
    name: &'static str,
    state: State,
    detail: String,
    /// The advice.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum State {
    /// Working.
    Ok,
    /// Missing, and optional.
    Missing,
    /// Broken, and required.
    Broken,
}

impl Check {
    fn new(name: &'static str, state: State, detail: impl Into<String>) -> Self {
        Self {
            name,
            state,
            detail: detail.into(),
            advice: None,
        }
    }

    fn ok(name: &'static str, detail: impl Into<String>) -> Self {
        Self::new(name, State::Ok, detail)
    }

    fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Repair problems: the permissions of the configuration file, and completion in your shell; on a
    /// terminal, ask for a missing key and keep it in the configuration file
    #[arg(long)]
    fix: bool,
}

pub(crate) fn run(global: &Global, doctor: &Doctor) -> Result<(), Failure> {
    let repaired = if doctor.fix {
        repair::run(global)?
    } else {
        Vec::new()
    };
    let checks: Vec<Check> = [program(), configuration(), key(global), admin_key(global)]
        .into_iter()
        .chain(service(global))
        .chain(audio())
        .chain(completion())
        .collect();
    if !global.json {
        for done in repaired {
            print::note(&done);
        }
    }
    if global.json {
        print::json(&checks)?;
    } else {
        for check in &checks {
            print_check(check)?;
        }
    }
    match checks.iter().find(|check| check.state == State::Broken) {
        Some(broken) => Err(Failure::of(
            ErrorKind::Config,
            format!("{} needs to be mended: {}", broken.name, broken.detail),
        )),
        None => Ok(()),
    }
}

fn print_check(check: &Check) -> Result<(), Failure> {
    let state = match check.state {
        State::Ok => "ok",
        State::Missing => "missing",
        State::Broken => "BROKEN",
    };
    let mut before = format!("{:<12} {state:<8} ", check.name);
    for part in [Some(&check.detail), check.advice.as_ref()]
        .into_iter()
        .flatten()
    {
        for line in wrapped(&text::one_line(part), before.len()) {
            print::block(&format!("{before}{line}"))?;
            before = format!("{:width$}", "", width = before.len());
        }
    }
    Ok(())
}

/// Lines that fit on a terminal behind so many columns; in a pipe there is one.
fn wrapped(text: &str, indent: usize) -> Vec<String> {
    match print::columns() {
        Some(columns) => text::wrap(text, columns.saturating_sub(indent).max(NARROWEST)),
        None => vec![text.to_owned()],
    }
}

fn program() -> Check {
    let version = env!("CARGO_PKG_VERSION");
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    Check::ok(
        "program",
        format!("cartesia-rs {version} on {system} {machine}"),
    )
}

/// Returns the source of a variable's value, if it has one.
fn source_of(global: &Global, name: &str) -> Option<&'static str> {
    if !env_file::is_set(&global.env_file, name) {
        return None;
    }
    let in_file = global.env_file.get(name).is_some();
    Some(if in_file { "is set, in .env" } else { "is set" })
}

/// The configuration file, and whether others may read the key in it.
fn configuration() -> Check {
    const NAME: &str = "config";
    let Some(path) = config::path() else {
        return Check::new(NAME, State::Missing, "there is no home folder");
    };
    let shown = path.display().to_string();
    if !path.exists() {
        let check = Check::new(NAME, State::Missing, format!("{shown} does not exist"));
        return check.with_advice("`cartesia-rs config set` makes it; nothing needs it");
    }
    if config::file::is_open_to_others(&path) {
        let detail = format!("other users of this machine may read {shown}");
        let check = Check::new(NAME, State::Missing, detail);
        return check.with_advice("`cartesia-rs doctor --fix` makes it yours alone");
    }
    Check::ok(NAME, shown)
}

/// Whether the shell knows how to complete our command lines.
fn completion() -> Option<Check> {
    const NAME: &str = "completion";
    let (shell, path) = completions::place()?;
    let shown = path.display();
    Some(if path.exists() {
        Check::ok(NAME, format!("{shell}: {shown}"))
    } else {
        let detail = format!("{shell} does not complete: there is no {shown}");
        Check::new(NAME, State::Missing, detail)
            .with_advice("`cartesia-rs doctor --fix` puts it there")
    })
}

fn key(global: &Global) -> Check {
    if let Some(state) = source_of(global, env_file::API_KEY) {
        return Check::ok("key", format!("CARTESIA_API_KEY {state}"));
    }
    match &global.settings.api_key {
        Some(ProfileKey::Text(_)) => {
            return Check::ok("key", "the key is in the configuration file");
        }
        Some(ProfileKey::Command(_)) => {
            return Check::ok("key", "the key comes from api_key_command");
        }
        None => {}
    }
    Check::new("key", State::Missing, "CARTESIA_API_KEY is not set").with_advice(
        "make one at https://play.cartesia.ai/keys, and set it or `cartesia-rs config set api_key`; \
         without it `speak` uses an embedded mock server",
    )
}

fn admin_key(global: &Global) -> Check {
    if let Some(state) = source_of(global, env_file::ADMIN_KEY) {
        return Check::ok("admin key", format!("CARTESIA_ADMIN_KEY {state}"));
    }
    let detail = "CARTESIA_ADMIN_KEY is not set; only `usage` and `account` need it";
    Check::new("admin key", State::Missing, detail)
}

/// Base URL, API version, certificates and proxy, as a client with these settings has them.
fn service(global: &Global) -> Vec<Check> {
    // Any key will do, for nothing is sent.
    match connect::client_with_key(global, "sk_doctor") {
        Ok(client) => {
            let detail = format!(
                "{}, API version {}; the certificates of the system are there",
                client.base_url(),
                client.api_version()
            );
            let route = advice::in_shell_words(&client.route().to_string());
            vec![Check::ok("service", detail), Check::ok("route", route)]
        }
        Err(failure) => {
            let check = Check::new("service", State::Broken, failure.message());
            vec![check.with_advice(
                "see --base-url (CARTESIA_BASE_URL), --api-version (CARTESIA_VERSION), --ca-file and \
                 the proxy settings; on Linux the certificates are in the package ca-certificates",
            )]
        }
    }
}

#[cfg(not(feature = "playback"))]
fn audio() -> Vec<Check> {
    vec![Check::new(
        "audio",
        State::Missing,
        "this program was built without playback",
    )]
}

#[cfg(feature = "playback")]
fn audio() -> Vec<Check> {
    use crate::devices::Devices;

    let system = if cfg!(target_os = "linux") {
        "ALSA"
    } else if cfg!(target_vendor = "apple") {
        "CoreAudio"
    } else if cfg!(windows) {
        "WASAPI"
    } else {
        "that of the system"
    };
    match Devices::find() {
        Ok(devices) => vec![
            Check::ok("sound system", system),
            devices_of("outputs", &devices.outputs),
            devices_of("inputs", &devices.inputs),
        ],
        Err(failure) => {
            let detail = format!("{system}: {}", failure.message());
            vec![Check::new("audio", State::Missing, detail).with_advice(sound_advice())]
        }
    }
}

#[cfg(feature = "playback")]
fn devices_of(name: &'static str, devices: &[crate::devices::Device]) -> Check {
    let Some(chosen) = devices
        .iter()
        .find(|device| device.default)
        .or(devices.first())
    else {
        return Check::new(name, State::Missing, "there is no such device")
            .with_advice(sound_advice());
    };
    let buffers = chosen
        .shortest_buffer_ms
        .map(|shortest| format!(", buffers from {shortest} ms"))
        .unwrap_or_default();
    let detail = format!(
        "{} ({}) at {} Hz, {} channels{buffers}; {} in all, `devices` lists them",
        chosen.name,
        chosen.id,
        chosen.sample_rate,
        chosen.channels,
        devices.len()
    );
    Check::ok(name, detail)
}

#[cfg(feature = "playback")]
fn sound_advice() -> &'static str {
    if cfg!(target_os = "linux") {
        "start PipeWire or PulseAudio, and let ALSA reach it: install pipewire-alsa, or for \
         PulseAudio libasound2-plugins (Debian), alsa-plugins-pulseaudio (Fedora), alsa-plugins \
         (Arch)"
    } else {
        "connect a device, and allow this program to use it in the settings of the system"
    }
}
