//! Several connections as one.

use std::time::Duration;

use cartesia_mock::{MockServer, Pace};
use cartesia_types::ErrorKind;
use cartesia_ws::{ContextOutput, PoolConfig, TtsPool};
use futures_util::FutureExt as _;

use super::{assert_same_audio, connector, expected, listen, spec, until};
use crate::support::within;

async fn speak(pool: &TtsPool, text: &str) -> ContextOutput {
    let context = within(pool.context(spec())).await.unwrap();
    within(context.speak(text)).await.unwrap()
}

#[tokio::test]
async fn contexts_go_where_the_fewest_are() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start()
        .await
        .unwrap();
    let config = PoolConfig::default()
        .with_contexts_per_connection(2)
        .with_max_connections(3)
        .with_spares(0);
    let pool = connector(&server).tts_pool(config).unwrap();
    assert!(
        server.sockets().is_empty(),
        "nothing is opened before it is needed"
    );
    let mut outputs = Vec::new();
    for (contexts, connections) in [
        (1, 1),
        (2, 1),
        (3, 2),
        (4, 2),
        (5, 3),
        (6, 3),
        (7, 3),
        (9, 3),
    ] {
        while outputs.len() < contexts {
            outputs.push(speak(&pool, "A few words.").await);
        }
        let stats = pool.stats();
        assert_eq!(
            (stats.live_contexts, stats.connections),
            (contexts, connections)
        );
    }
    for output in &mut outputs {
        let (audio, end) = listen(output).await;
        end.unwrap();
        assert_same_audio(&audio, &expected(&server, output.id(), &["A few words."]));
    }
    let mut counts = [0; 3];
    for message in server.messages() {
        counts[usize::try_from(message.connection - 1).unwrap()] += 1;
    }
    assert_eq!(counts, [3, 3, 3]);
}

#[tokio::test]
async fn spares_are_open_before_they_are_needed() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start()
        .await
        .unwrap();
    let config = PoolConfig::default()
        .with_contexts_per_connection(1)
        .with_spares(2);
    let pool = connector(&server).tts_pool(config).unwrap();
    within(pool.prewarm()).await.unwrap();
    assert_eq!(pool.stats().open_connections, 2);
    let _one = speak(&pool, "One.").await;
    until(|| pool.stats().open_connections == 3).await;
    let _other = speak(&pool, "Two.").await;
    until(|| pool.stats().open_connections == 4).await;
}

#[tokio::test]
async fn the_plan_makes_a_line_in_which_nobody_is_passed_over() {
    let server = MockServer::builder()
        .pace(Pace::TimesRealTime(10.0))
        .context_limit(2)
        .start()
        .await
        .unwrap();
    let config = PoolConfig::default().with_max_contexts(2);
    let pool = connector(&server).tts_pool(config).unwrap();
    let first = speak(&pool, "First.").await;
    // It still speaks when the first has ended.
    let second = speak(&pool, &"The second has a lot to say. ".repeat(20)).await;
    let mut third = Box::pin(pool.context(spec()));
    let mut fourth = Box::pin(pool.context(spec()));
    assert!((&mut third).now_or_never().is_none());
    assert!((&mut fourth).now_or_never().is_none());
    assert_eq!(pool.stats().waiting, 2);
    // A place that becomes free goes to whoever came first; who gives up leaves the line.
    let mut output = first;
    listen(&mut output).await.1.unwrap();
    let third = within(third).await.unwrap();
    assert!((&mut fourth).now_or_never().is_none());
    drop(fourth);
    assert_eq!(pool.stats().waiting, 0);
    let mut third = within(third.speak("Third.")).await.unwrap();
    let mut second = second;
    listen(&mut second).await.1.unwrap();
    listen(&mut third).await.1.unwrap();
    assert_eq!(pool.stats().rejected, 0, "the service never had too many");

    let hasty = PoolConfig::default()
        .with_max_contexts(1)
        .with_max_wait(Duration::from_millis(20));
    let pool = connector(&server).tts_pool(hasty).unwrap();
    let held = within(pool.context(spec())).await.unwrap();
    let error = within(pool.context(spec())).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert!(error.to_string().contains("max_wait"), "{error}");
    drop(held);
    let _ = within(pool.context(spec())).await.unwrap();
}

#[tokio::test]
async fn old_connections_are_replaced_without_a_break() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start()
        .await
        .unwrap();
    let config = PoolConfig::default()
        .with_max_age(Duration::ZERO)
        .with_spares(0);
    let pool = connector(&server).tts_pool(config).unwrap();
    let mut outputs = Vec::new();
    for _ in 0..3 {
        outputs.push(speak(&pool, "Hello there.").await);
    }
    for output in &mut outputs {
        listen(output).await.1.unwrap();
    }
    assert_eq!(server.sockets().len(), 3);
    // The others close by themselves once no context is left on them.
    until(|| pool.stats().connections == 1).await;
    until(|| {
        server
            .sockets()
            .iter()
            .filter(|socket| socket.closed)
            .count()
            == 2
    })
    .await;
}

/// Connections that were replaced for their age belong to the pool until they have closed.
#[tokio::test]
async fn a_pool_counts_and_awaits_connections_that_retire() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start()
        .await
        .unwrap();
    let config = PoolConfig::default()
        .with_max_age(Duration::ZERO)
        .with_max_connections(2)
        .with_spares(0);
    for drain in [true, false] {
        let pool = connector(&server).tts_pool(config.clone()).unwrap();
        let mut outputs = Vec::new();
        for connections in [1, 2, 3] {
            // The third finds two that are too old for it, and need not wait for them.
            outputs.push(speak(&pool, "One, two, three.").await);
            assert_eq!(pool.stats().connections, connections);
            assert_eq!(pool.stats().live_contexts, connections);
        }
        if drain {
            let listen_to_all = async {
                for output in &mut outputs {
                    listen(output).await.1.unwrap();
                }
            };
            within(async { tokio::join!(listen_to_all, pool.drain()) }).await;
        } else {
            within(pool.close()).await;
            for output in &mut outputs {
                let error = listen(output).await.1.unwrap_err();
                assert_eq!(error.kind(), ErrorKind::Cancelled);
            }
        }
        let stats = pool.stats();
        assert_eq!((stats.live_contexts, stats.open_connections), (0, 0));
    }
}

#[tokio::test]
async fn a_closed_pool_lets_nobody_in() {
    let server = MockServer::builder()
        .pace(Pace::RealTime)
        .start()
        .await
        .unwrap();
    for limit in [None, Some(5)] {
        let pool = connector(&server)
            .tts_pool(PoolConfig::default().with_max_contexts(limit))
            .unwrap();
        let mut output = speak(&pool, "Unfinished.").await;
        within(pool.close()).await;
        assert_eq!(
            listen(&mut output).await.1.unwrap_err().kind(),
            ErrorKind::Cancelled
        );
        assert_eq!(
            within(pool.context(spec())).await.unwrap_err().kind(),
            ErrorKind::Closed
        );
    }
    let pool = connector(&server).tts_pool(PoolConfig::default()).unwrap();
    let mut output = speak(&pool, "All of it.").await;
    let (heard, ()) = within(async { tokio::join!(listen(&mut output), pool.drain()) }).await;
    heard.1.unwrap();
}

#[tokio::test]
async fn a_pool_that_cannot_connect_says_so() {
    let server = MockServer::start().await.unwrap();
    let connector = connector(&server);
    drop(server);
    let pool = connector.tts_pool(PoolConfig::default()).unwrap();
    assert_eq!(
        within(pool.prewarm()).await.unwrap_err().kind(),
        ErrorKind::Connect
    );
}
