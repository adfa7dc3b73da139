//! What goes wrong: with the server, and with processes.

use std::time::Duration;

use cartesia_redis::limiter::{Limiter, Limits, Workload};
use cartesia_redis::{ErrorKind, RedisConfig, RedisLimiter, WhenUnavailable};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::limiter_contract::{acquire, request, wait_for_waiting};
use crate::redis_server::RedisServer;

const PATIENCE: Duration = Duration::from_secs(20);
/// Nothing listens there.
const NOWHERE: &str = "redis://user:canary@127.0.0.1:1";

#[tokio::test]
async fn a_server_that_is_away_is_an_error_with_its_reason() {
    let limiter = RedisLimiter::new(RedisConfig::new(NOWHERE, Limits::new(1))).unwrap();
    let error = timeout(PATIENCE, limiter.ready())
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connect, "{error}");
    let hasty = request().with_max_wait(Duration::from_millis(50));
    let denied = timeout(PATIENCE, limiter.acquire(hasty))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(denied.kind(), ErrorKind::RateLimited);
    assert!(denied.to_string().contains("Redis"), "{denied}");
    let shown = format!("{error} {error:?} {denied:?} {limiter:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[tokio::test]
async fn while_the_server_is_away_a_process_may_use_its_share() {
    let share = WhenUnavailable::LocalShare(Limits::new(2));
    let config = RedisConfig::new(NOWHERE, Limits::new(15)).with_when_unavailable(share);
    let limiter = RedisLimiter::new(config).unwrap();
    let first = acquire(&limiter, request()).await;
    let second = acquire(&limiter, request()).await;
    let hasty = request().with_max_wait(Duration::from_millis(50));
    timeout(PATIENCE, limiter.acquire(hasty))
        .await
        .unwrap()
        .unwrap_err();
    drop(first);
    drop(acquire(&limiter, request()).await);
    drop(second);
}

#[tokio::test]
async fn a_server_that_lost_everything_learns_what_is_in_use() {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    let [here, there] = [(); 2].map(|()| RedisLimiter::new(server.config(2)).unwrap());
    let held = acquire(&here, request()).await;
    let other = acquire(&there, request()).await;
    let waits = here.clone();
    let mut waiting = JoinSet::new();
    waiting.spawn(async move { acquire(&waits, request()).await });
    wait_for_waiting(&here, 1).await;
    server.stop();
    // Released while nobody can be told of it.
    drop(other);
    server.restart().await;
    let third = timeout(PATIENCE, waiting.join_all()).await.unwrap();
    // Both places are in use again: the limit holds.
    let hasty = request().with_max_wait(Duration::from_secs(1));
    there.acquire(hasty).await.unwrap_err();
    drop(held);
    let fourth = acquire(&there, request()).await;
    drop((third, fourth));
}

#[tokio::test]
async fn waiting_is_limited_while_the_server_is_gone() {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    let limiter = RedisLimiter::new(server.config(1)).unwrap();
    let held = acquire(&limiter, request()).await;
    server.stop();
    let hasty = request().with_max_wait(Duration::from_millis(300));
    let error = timeout(PATIENCE, limiter.acquire(hasty))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    // What was held is released when the server is back.
    drop(held);
    server.restart().await;
    drop(acquire(&limiter, request()).await);
    assert_eq!(limiter.stats(Workload::Synthesis).held, 0);
}

#[test]
fn unusable_settings_are_refused() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let outside = RedisLimiter::new(RedisConfig::new(NOWHERE, Limits::new(1))).unwrap_err();
    assert_eq!(outside.kind(), ErrorKind::Config);
    let _entered = runtime.enter();
    for url in [
        "",
        "canary",
        "http://canary",
        "redis://user:canary@host:port",
    ] {
        let config = RedisConfig::new(url, Limits::new(1));
        let error = RedisLimiter::new(config).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        assert!(!format!("{error} {error:?}").contains("canary"), "{error}");
    }
}
