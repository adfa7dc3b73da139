//! Several runs at once.

use cartesia::ErrorKind;
use cartesia::batch::{Batch, Shard};
use cartesia_mock::MockServer;

use super::*;

#[tokio::test]
async fn a_second_run_is_refused_until_the_first_ends() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(2);
    let (one, other) = (
        FolderStore::new(folder.path()),
        FolderStore::new(folder.path()),
    );
    let refused = {
        let mut first = std::pin::pin!(batch.run(items(20), &one, |_, _| {}));
        // The first run has begun when its first request is there.
        while requests(&server) == 0 {
            assert!(futures_util::poll!(&mut first).is_pending());
            tokio::task::yield_now().await;
        }
        let second = batch.run(items(20), &other, |_, _| {});
        // The first run makes no progress meanwhile, so it does not end.
        let refused = crate::within(second).await;
        let summary = crate::within(first).await.unwrap();
        assert!(summary.is_complete());
        refused
    };
    let error = refused.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(
        error.message().contains("another run is working on"),
        "{error}"
    );
    let after = crate::within(batch.run(items(20), &other, |_, _| {}))
        .await
        .unwrap();
    assert_eq!(after.progress.finished, 20);
    assert_eq!(requests(&server), 20);
}

#[tokio::test]
async fn shards_run_at_once_and_share_a_folder() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(3);
    let shard = async |number| {
        let batch = batch.clone().shard(Shard::new(number, 3).unwrap());
        run(&batch, items(30), folder.path()).await
    };
    let (one, two, three) = tokio::join!(shard(1), shard(2), shard(3));
    let done = [one, two, three].map(|summary| {
        assert!(summary.is_complete());
        summary.progress.done
    });
    assert_eq!(done.iter().sum::<u64>(), 30);
    assert_eq!(requests(&server), 30);
    assert_eq!(records(folder.path()).len(), 30);
}
