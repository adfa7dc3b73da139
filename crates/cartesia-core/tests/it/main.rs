//! Tests of the public interface.

#![allow(clippy::unwrap_used, reason = "tests")]

mod limiter_contract;
mod local_limiter;
