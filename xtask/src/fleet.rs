//! `cargo xtask fleet`: processes that share a plan over a real Redis server.

use crate::test::offline_cargo;
use crate::{Result, setup, shell};

pub(crate) fn run(arguments: &[String]) -> Result {
    let seconds = match arguments {
        [] => None,
        [flag, seconds] if flag == "--seconds" => Some(seconds.parse::<u32>()?),
        _ => return Err("the only argument of `fleet` is `--seconds N`".into()),
    };
    setup::ensure(&[setup::BUILD, setup::REDIS])?;
    let mut cargo = offline_cargo();
    cargo
        .args(["test", "--package", "cartesia-redis", "--all-features"])
        // One after the other, so that the figures are those of the fleet alone.
        .args(["--test", "it", "--", "--nocapture", "--test-threads=1"])
        // Where there is no server, the tests would be skipped.
        .env("REDIS_REQUIRED", "1");
    if let Some(seconds) = seconds {
        cargo.env("FLEET_SECONDS", seconds.to_string());
    }
    shell::run(&mut cargo)
}
