//! Several limiters, as of several processes, over one server.

use std::sync::Arc;
use std::time::Duration;

use cartesia_redis::RedisLimiter;
use cartesia_redis::limiter::{Limiter, Workload};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::limiter_contract::{acquire, holds_for, request, wait_for_waiting};
use crate::redis_server::RedisServer;

const PATIENCE: Duration = Duration::from_secs(20);

async fn limiter(server: &RedisServer, limit: usize) -> RedisLimiter {
    let limiter = RedisLimiter::new(server.config(limit)).unwrap();
    timeout(PATIENCE, limiter.ready()).await.unwrap().unwrap();
    limiter
}

#[tokio::test]
async fn the_contract_holds() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    holds_for(Arc::new(limiter(&server, 2).await)).await;
}

#[tokio::test]
async fn processes_share_one_limit_and_one_queue() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let (here, there) = (limiter(&server, 2).await, limiter(&server, 2).await);
    let first = acquire(&here, request()).await;
    let second = acquire(&there, request()).await;
    let (one, other) = (here.clone(), there.clone());
    let mut early = JoinSet::new();
    early.spawn(async move { acquire(&one, request()).await });
    wait_for_waiting(&here, 1).await;
    // The first one to come is known to the server before the second one asks.
    let hasty = request().with_max_wait(Duration::from_millis(50));
    there.acquire(hasty).await.unwrap_err();
    let mut late = JoinSet::new();
    late.spawn(async move { acquire(&other, request()).await });
    wait_for_waiting(&there, 1).await;
    drop(second);
    let early = timeout(PATIENCE, early.join_all()).await.unwrap();
    assert!(late.try_join_next().is_none(), "it came later");
    drop(first);
    let late = timeout(PATIENCE, late.join_all()).await.unwrap();
    assert_eq!(here.stats(Workload::Synthesis).held, 1);
    assert_eq!(there.stats(Workload::Synthesis).held, 1);
    drop((early, late));
}

#[tokio::test]
async fn names_have_limits_of_their_own() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let mut held = Vec::new();
    for name in ["one", "two"] {
        let config = server.config(1).with_name(name);
        let limiter = RedisLimiter::new(config).unwrap();
        held.push(acquire(&limiter, request()).await);
    }
}

#[tokio::test]
async fn a_permit_outlives_many_leases_and_its_limiter() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    let (here, there) = (limiter(&server, 1).await, limiter(&server, 1).await);
    let permit = acquire(&here, request()).await;
    drop(here);
    let patient = request().with_max_wait(Duration::from_secs(3));
    let error = there.acquire(patient).await.unwrap_err();
    assert!(error.to_string().contains("limit of 1"), "{error}");
    drop(permit);
    drop(acquire(&there, request()).await);
}

#[tokio::test]
async fn the_last_permit_of_a_dropped_limiter_is_released_before_its_lease_ends() {
    let Some(server) = RedisServer::start().await else {
        return;
    };
    // Longer than the test waits.
    let config = server.config(1).with_lease(3 * PATIENCE);
    let here = RedisLimiter::new(config).unwrap();
    let permit = acquire(&here, request()).await;
    drop(here);
    drop(permit);
    drop(acquire(&limiter(&server, 1).await, request()).await);
}
