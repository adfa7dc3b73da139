//! `config`: shows and changes the configuration file.

use std::io::Read as _;

use clap::Subcommand;
use serde::Serialize;

use super::{
    API_KEY, ConfigFile, DEFAULT, MAX_KEY_BYTES, Profile, SETTINGS, config_failure, names, path,
};
use crate::failure::Failure;
use crate::global::Global;
use crate::{print, show, table};

/// The replacement for a key in output.
const REDACTED: &str = "(is set)";

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigVerb {
    /// List the settings of all profiles, or of `--profile`; keys are never shown
    List,
    /// Print one setting
    Get {
        /// Its name, as `config names` lists them
        #[arg(value_name = "SETTING")]
        name: String,
    },
    /// Change a setting
    Set {
        /// Its name, as `config names` lists them
        #[arg(value_name = "SETTING")]
        name: String,
        /// Its value. `api_key` has none: the key is asked for, or read from stdin
        #[arg(value_name = "VALUE")]
        value: Option<String>,
    },
    /// Remove a setting
    Unset {
        /// Its name, as `config names` lists them
        #[arg(value_name = "SETTING")]
        name: String,
    },
    /// List the names of all settings
    Names,
    /// Print the path of the configuration file
    Path,
}

/// A setting, as programs read it; the order of the fields is part of it.
#[derive(Serialize)]
struct Setting {
    profile: String,
    name: String,
    value: String,
}

pub(crate) fn run(global: &Global, verb: ConfigVerb) -> Result<(), Failure> {
    let place = path()
        .ok_or_else(|| config_failure("there is no home folder: set HOME or XDG_CONFIG_HOME"))?;
    let profile = global.profile.as_deref();
    match verb {
        ConfigVerb::Path => print::line(&place.display().to_string()),
        ConfigVerb::Names => {
            let rows = SETTINGS.map(|(name, meaning)| [name.to_owned(), meaning.to_owned()]);
            table::print(["SETTING", "WHAT"], &rows)
        }
        ConfigVerb::List => {
            let file = ConfigFile::read(&place)?;
            list(global, &file, profile)
        }
        ConfigVerb::Get { name } => {
            let file = ConfigFile::read(&place)?;
            let profile = profile.unwrap_or(DEFAULT);
            let found = file.settings(profile).into_iter().find(|it| it.0 == name);
            let Some((name, value)) = found else {
                let message = format!("{name} is not set in the profile {profile}");
                return Err(Failure::of(cartesia::ErrorKind::NotFound, message));
            };
            print::line(&shown(&name, value))
        }
        ConfigVerb::Set { name, value } => {
            let mut file = ConfigFile::read(&place)?;
            let value = value_of(&name, value)?;
            Profile::default()
                .set(&name, &value)
                .map_err(|reason| Failure::usage(format!("{name} {reason}")))?;
            let profile = profile.unwrap_or(DEFAULT);
            file.set(profile, &name, &value);
            file.write()?;
            let place = place.display();
            show::done(
                global,
                &format!("Set {name} of the profile {profile} in {place}."),
            );
            Ok(())
        }
        ConfigVerb::Unset { name } => {
            let mut file = ConfigFile::read(&place)?;
            let profile = profile.unwrap_or(DEFAULT);
            if !file.unset(profile, &name) {
                let message = format!("{name} is not set in the profile {profile}");
                return Err(Failure::of(cartesia::ErrorKind::NotFound, message));
            }
            file.write()?;
            show::done(global, &format!("Removed {name} of the profile {profile}."));
            Ok(())
        }
    }
}

fn list(global: &Global, file: &ConfigFile, profile: Option<&str>) -> Result<(), Failure> {
    let profiles = match profile {
        Some(profile) => vec![profile.to_owned()],
        None => file.profiles(),
    };
    let settings = profiles.into_iter().flat_map(|profile| {
        let settings = file.settings(&profile);
        settings.into_iter().map(move |(name, value)| Setting {
            profile: profile.clone(),
            value: shown(&name, value),
            name,
        })
    });
    let settings: Vec<Setting> = settings.collect();
    if global.json {
        return print::json(&settings);
    }
    if settings.is_empty() {
        print::note("Nothing is set; `cartesia-rs config set SETTING VALUE` does it.");
        return Ok(());
    }
    let row = |it: &Setting| [it.profile.clone(), it.name.clone(), it.value.clone()];
    let rows: Vec<[String; 3]> = settings.iter().map(row).collect();
    table::print(["PROFILE", "SETTING", "VALUE"], &rows)
}

/// A proxy may have a password in it.
fn shown(name: &str, value: String) -> String {
    let is_secret = name == API_KEY || (name == "proxy" && value.contains('@'));
    if is_secret {
        REDACTED.to_owned()
    } else {
        value
    }
}

fn value_of(name: &str, value: Option<String>) -> Result<String, Failure> {
    if !SETTINGS.iter().any(|(known, _)| *known == name) {
        return Err(Failure::usage(format!(
            "{name} is no setting; there are {}",
            names()
        )));
    }
    match value {
        Some(_) if name == API_KEY => Err(Failure::usage(
            "other users of this machine can see arguments: leave the key out, and it is asked for or \
             read from stdin",
        )),
        Some(value) => Ok(value),
        None if name == API_KEY => key(),
        None => Err(Failure::usage(format!("{name} needs a value"))),
    }
}

fn key() -> Result<String, Failure> {
    if print::can_ask() {
        return Ok(print::ask("API key: "));
    }
    let mut text = String::new();
    std::io::stdin()
        .take(MAX_KEY_BYTES as u64)
        .read_to_string(&mut text)
        .map_err(|error| Failure::io(&error))?;
    Ok(text.trim().to_owned())
}
