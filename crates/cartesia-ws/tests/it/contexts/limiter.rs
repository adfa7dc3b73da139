//! Contexts of a client with a limiter: over several connections, no more at once than it allows.

use std::sync::Arc;
use std::time::Duration;

use cartesia_mock::{MockServer, Pace};
use cartesia_types::ErrorKind;
use cartesia_ws::limiter::{Limiter as _, Limits, LocalLimiter, PermitRequest, Priority, Workload};
use cartesia_ws::{Connector, PoolConfig, Timeouts};
use futures_util::FutureExt as _;
use tokio::task::JoinSet;

use super::{connector, listen, spec, until};
use crate::support::within;

const LONG: &str = "This sentence has a few words to say, so that it takes a while. ";

/// A server that allows so many contexts at once, and a connector whose limiter allows as many.
async fn limited(contexts: usize) -> (MockServer, Connector, Arc<LocalLimiter>) {
    let server = MockServer::builder()
        .pace(Pace::TimesRealTime(20.0))
        .context_limit(contexts)
        .start()
        .await
        .unwrap();
    let limiter = Arc::new(LocalLimiter::new(Limits::new(contexts)));
    let connector = connector(&server).limiter(Arc::clone(&limiter) as _);
    (server, connector, limiter)
}

fn held(limiter: &LocalLimiter) -> usize {
    limiter.stats(Workload::Synthesis).held
}

#[tokio::test]
async fn contexts_of_all_connections_and_pools_share_a_limit() {
    let (_server, connector, limiter) = limited(2).await;
    let connection = within(connector.tts()).await.unwrap();
    let pool = connector.tts_pool(PoolConfig::default()).unwrap();
    let mut speaking = JoinSet::new();
    for index in 0..10 {
        let (connection, pool) = (connection.clone(), pool.clone());
        speaking.spawn(async move {
            let context = if index % 2 == 0 {
                connection.context(spec())
            } else {
                pool.context(spec()).await
            };
            let mut output = context.unwrap().speak(LONG).await.unwrap();
            listen(&mut output).await.1.unwrap();
        });
    }
    within(speaking.join_all()).await;
    until(|| held(&limiter) == 0).await;
    let rejected = connection.stats().rejected + pool.stats().rejected;
    assert_eq!(rejected, 0, "the service never had too many");
}

#[tokio::test]
async fn a_context_needs_its_permit_with_its_first_text() {
    let (_server, connector, limiter) = limited(1).await;
    let connection = within(connector.tts()).await.unwrap();
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    assert_eq!(held(&limiter), 0, "nothing was said yet");
    within(input.push(LONG)).await.unwrap();
    assert_eq!(held(&limiter), 1);
    within(input.push(LONG)).await.unwrap();
    assert_eq!(held(&limiter), 1, "one permit for the whole context");
    within(input.finish()).await.unwrap();
    listen(&mut output).await.1.unwrap();
    until(|| held(&limiter) == 0).await;
}

#[tokio::test]
async fn a_context_that_waits_can_be_cancelled_and_dropped() {
    let (_server, connector, limiter) = limited(1).await;
    let connection = within(connector.tts()).await.unwrap();
    let busy = connection.context(spec()).unwrap().speak(LONG.repeat(50));
    let busy = within(busy).await.unwrap();

    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    let canceller = input.canceller();
    let mut pushing = JoinSet::new();
    pushing.spawn(async move { input.push("Too late.").await });
    until(|| limiter.stats(Workload::Synthesis).waiting == 1).await;
    canceller.cancel();
    let error = within(pushing.join_all()).await.remove(0).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    let (_, end) = listen(&mut output).await;
    assert_eq!(end.unwrap_err().kind(), ErrorKind::Cancelled);
    assert_eq!(limiter.stats(Workload::Synthesis).waiting, 0);

    let (mut input, _output) = connection.context(spec()).unwrap().split();
    assert!(input.push("Dropped.").now_or_never().is_none());
    assert_eq!(limiter.stats(Workload::Synthesis).waiting, 0);
    drop((input, busy));
    until(|| held(&limiter) == 0).await;
}

#[tokio::test]
async fn a_permit_that_never_comes_is_an_error_and_the_context_may_try_again() {
    let (_server, connector, limiter) = limited(1).await;
    let timeouts = Timeouts::default().with_permit(Duration::from_millis(20));
    let connection = within(connector.timeouts(timeouts).tts()).await.unwrap();
    let busy = connection.context(spec()).unwrap().speak(LONG.repeat(50));
    let busy = within(busy).await.unwrap();
    let (mut input, mut output) = connection.context(spec()).unwrap().split();
    let error = within(input.push("Not now.")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited, "{error}");
    drop(busy);
    until(|| held(&limiter) == 0).await;
    within(input.push("Now.")).await.unwrap();
    within(input.finish()).await.unwrap();
    listen(&mut output).await.1.unwrap();
}

/// Waits as another program of the account would, and returns who got a permit, in this order.
async fn order_of(
    limiter: &Arc<LocalLimiter>,
    waiting: Vec<(&'static str, BoxedWait)>,
) -> Vec<&'static str> {
    let request = PermitRequest::new("test", Workload::Synthesis);
    let busy = within(limiter.acquire(request)).await.unwrap();
    let (done, mut order) = tokio::sync::mpsc::channel(8);
    let mut waits = JoinSet::new();
    for (index, (name, wait)) in waiting.into_iter().enumerate() {
        let done = done.clone();
        waits.spawn(async move {
            wait.await;
            done.send(name).await.unwrap();
        });
        until(|| limiter.stats(Workload::Synthesis).waiting == index + 1).await;
    }
    drop((busy, done));
    within(waits.join_all()).await;
    let mut names = Vec::new();
    while let Some(name) = order.recv().await {
        names.push(name);
    }
    names
}

type BoxedWait = std::pin::Pin<Box<dyn Future<Output = ()> + Send>>;

async fn speak(context: cartesia_ws::TtsContext) {
    let mut output = context.speak("A word.").await.unwrap();
    listen(&mut output).await.1.unwrap();
}

#[tokio::test]
async fn handles_on_one_connection_and_pool_have_priorities_of_their_own() {
    let (_server, connector, limiter) = limited(1).await;
    let connection = within(connector.tts()).await.unwrap();
    let bulk = connection.with_priority(Priority::Bulk);
    let pool = connector.clone().priority(Priority::Bulk);
    let pool = pool.tts_pool(PoolConfig::default()).unwrap();
    let urgent = pool.with_priority(Priority::Live);
    let (live_context, bulk_context) = (connection.context(spec()), bulk.context(spec()));
    let waiting: Vec<(&'static str, BoxedWait)> = vec![
        ("bulk", Box::pin(speak(bulk_context.unwrap()))),
        (
            "bulk of a pool",
            Box::pin(async move { speak(pool.context(spec()).await.unwrap()).await }),
        ),
        ("live", Box::pin(speak(live_context.unwrap()))),
        (
            "live of a pool",
            Box::pin(async move { speak(urgent.context(spec()).await.unwrap()).await }),
        ),
    ];
    let order = order_of(&limiter, waiting).await;
    assert_eq!(order, ["live", "live of a pool", "bulk", "bulk of a pool"]);
}

#[tokio::test]
async fn the_queue_of_a_pool_goes_by_priority() {
    let server = within(MockServer::start()).await.unwrap();
    let config = PoolConfig::default().with_max_contexts(1);
    let pool = connector(&server).tts_pool(config).unwrap();
    let busy = within(pool.context(spec())).await.unwrap();
    let (bulk, live) = (pool.with_priority(Priority::Bulk), pool.clone());
    let mut late = std::pin::pin!(bulk.context(spec()));
    assert!((&mut late).now_or_never().is_none());
    let mut early = std::pin::pin!(live.context(spec()));
    assert!((&mut early).now_or_never().is_none());
    drop(busy);
    let early = within(early).await.unwrap();
    assert!((&mut late).now_or_never().is_none());
    drop(early);
    drop(within(late).await.unwrap());
}
