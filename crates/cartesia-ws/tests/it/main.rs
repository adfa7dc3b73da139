//! The client against scripted servers and proxies on this machine.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod contexts;
mod environment;
mod frames;
mod proxies;
mod proxy_server;
mod refusals;
mod secrets;
mod support;
mod timeouts;
#[cfg(any(feature = "rustls", feature = "native-tls"))]
mod tls;
mod transcriptions;
mod upgrade;
