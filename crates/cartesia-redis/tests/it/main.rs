//! Tests against a real Redis server, which each test starts for itself.

#![allow(clippy::unwrap_used, reason = "tests")]

mod failures;
mod fleet;
#[path = "../../../cartesia-core/tests/it/limiter_contract.rs"]
mod limiter_contract;
mod outages;
mod redis_server;
mod sharing;
