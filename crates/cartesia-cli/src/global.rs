//! The flags that every verb has, and what was read for them.

#![allow(
    clippy::doc_markdown,
    rustdoc::bare_urls,
    reason = "these comments are the help text, read in a terminal"
)]

use std::convert::Infallible;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use cartesia::ApiVersion;
use clap::Args;

use crate::config::Profile;
use crate::env_file::EnvFile;

/// Apart from the verb's own flags in its help.
const HEADING: &str = "Global options";

#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Global {
    /// The service's address [env: CARTESIA_BASE_URL] [default: https://api.cartesia.ai]
    #[arg(long, global = true, value_name = "URL", help_heading = HEADING,
          value_hint = clap::ValueHint::Url)]
    pub(crate) base_url: Option<String>,
    /// The API version, a date [env: CARTESIA_VERSION] [default: the newest known]
    #[arg(long, global = true, value_name = "DATE", help_heading = HEADING)]
    pub(crate) api_version: Option<ApiVersion>,
    /// Time limit of each step, in seconds [default: 10 to connect, 60 to get a response, 10 to get the first
    /// audio, 20 between two pieces of a stream, 120 for a whole call that returns no stream]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = HEADING,
          value_parser = seconds)]
    pub(crate) timeout: Option<Duration>,
    /// Use the embedded mock server instead of the service: no key, no network, no cost
    #[arg(long, global = true, help_heading = HEADING,
          conflicts_with_all = ["base_url", "ca_file", "allow_http", "proxy"])]
    pub(crate) mock: bool,
    /// Also trust the certificate authorities in this file, PEM or DER; may be repeated
    #[arg(long, global = true, value_name = "FILE", help_heading = HEADING,
          value_hint = clap::ValueHint::FilePath)]
    pub(crate) ca_file: Vec<PathBuf>,
    /// Allow http:// to other machines: the key travels unencrypted
    #[arg(long, global = true, help_heading = HEADING)]
    pub(crate) allow_http: bool,
    /// The proxy, or `none` [env: HTTPS_PROXY, ALL_PROXY, NO_PROXY]. Other users of this machine
    /// can see flags: put a password into the variable
    #[arg(long, global = true, value_name = "URL", help_heading = HEADING)]
    pub(crate) proxy: Option<ProxyFlag>,
    /// Output for programs: data and errors as JSON
    #[arg(long, global = true, help_heading = HEADING)]
    pub(crate) json: bool,
    /// A profile of the configuration file; `config` shows them [env: CARTESIA_PROFILE] [default:
    /// default]
    #[arg(long, global = true, value_name = "PROFILE", help_heading = HEADING)]
    pub(crate) profile: Option<String>,
    /// The settings of the profile.
    #[arg(skip)]
    pub(crate) settings: Profile,
    /// The settings in a file `.env`.
    #[arg(skip)]
    pub(crate) env_file: EnvFile,
    /// The address of the embedded mock server, once it runs.
    #[arg(skip)]
    pub(crate) embedded: Option<String>,
}

/// The value of `--proxy`. `Debug` leaves it out: it may hold a password. For the same reason it is
/// checked later than other flags, whose values are quoted when they are wrong.
#[derive(Clone)]
pub(crate) struct ProxyFlag(pub(crate) String);

impl FromStr for ProxyFlag {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Debug for ProxyFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ProxyFlag")
    }
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "it is not a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|limit| !limit.is_zero())
        .ok_or_else(|| "it must be more than zero".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_positive_numbers_of_seconds() {
        assert_eq!(seconds("0.2"), Ok(Duration::from_millis(200)));
        for wrong in ["0", "-1", "nan", "inf", "1e300", "3s", ""] {
            assert!(seconds(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn debug_leaves_the_proxy_out() {
        let global = Global {
            proxy: Some(ProxyFlag("http://u:canary@proxy.example".to_owned())),
            ..Global::default()
        };
        assert!(!format!("{global:?}").contains("canary"));
    }
}
