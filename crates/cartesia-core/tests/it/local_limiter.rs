//! The limiter within one process.

use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use cartesia_core::limiter::{Limiter as _, Limits, LocalLimiter, Workload};

use crate::limiter_contract::{acquire, holds_for, request};

#[tokio::test(start_paused = true)]
async fn the_contract_holds() {
    holds_for(Arc::new(LocalLimiter::new(Limits::new(2)))).await;
}

#[tokio::test(start_paused = true)]
async fn without_a_limit_nothing_waits() {
    let limiter = LocalLimiter::new(Limits::default());
    let mut held = Vec::new();
    for _ in 0..100 {
        held.push(acquire(&limiter, request()).await);
    }
    let stats = limiter.stats(Workload::Synthesis);
    assert_eq!((stats.limit, stats.held, stats.waiting), (None, 100, 0));
}

#[tokio::test(start_paused = true)]
async fn a_permit_that_was_granted_to_a_dropped_future_is_released() {
    let limiter = LocalLimiter::new(Limits::new(1));
    let held = acquire(&limiter, request()).await;
    let mut future = limiter.acquire(request());
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(future.as_mut().poll(&mut context), Poll::Pending));
    // The permit is handed over, but the future never runs again.
    drop(held);
    assert_eq!(limiter.stats(Workload::Synthesis).held, 1);
    drop(future);
    assert_eq!(limiter.stats(Workload::Synthesis).held, 0);
    drop(acquire(&limiter, request()).await);
}

#[tokio::test(start_paused = true)]
async fn clones_count_together() {
    let limiter = LocalLimiter::new(Limits::new(1));
    let held = acquire(&limiter, request()).await;
    assert_eq!(limiter.clone().stats(Workload::Synthesis).held, 1);
    assert!(format!("{limiter:?}").contains("held: 1"));
    drop(held);
}
