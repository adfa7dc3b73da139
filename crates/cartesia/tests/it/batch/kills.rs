//! Runs that end in the middle, as by a kill.

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;

use cartesia::batch::Batch;
use cartesia_mock::MockServer;

use super::*;

const ITEMS: usize = 200;
/// Those of the test of shards.
const SHARDED: usize = 40;
const AT_ONCE: usize = 6;
const KILLS: usize = 10;

/// Polls a future until it is time, and so often after that, and drops it then: as a kill at any moment.
async fn killed<F: Future>(work: F, is_time: &AtomicBool, polls: usize) -> Option<F::Output> {
    let mut work = pin!(work);
    let mut left = polls;
    std::future::poll_fn(|context| {
        if is_time.load(Ordering::Relaxed) {
            if left == 0 {
                return Poll::Ready(None);
            }
            left -= 1;
        }
        let work: Pin<&mut F> = work.as_mut();
        let polled = work.poll(context).map(Some);
        if polled.is_pending() && is_time.load(Ordering::Relaxed) {
            context.waker().wake_by_ref();
        }
        polled
    })
    .await
}

/// The times of results, attempts and identifiers differ.
fn comparable(folder: &Path) -> Vec<Record> {
    let mut all = records(folder);
    all.dedup_by(|next, one| {
        let same = next.id == one.id;
        if same {
            one.clone_from(next);
        }
        same
    });
    for record in &mut all {
        record.at = 0;
        record.request_id = None;
    }
    all
}

#[tokio::test]
async fn ten_kills_leave_each_audio_once_and_right() {
    let server = crate::within(MockServer::builder().seed(1).start())
        .await
        .unwrap();
    let reference = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(AT_ONCE);
    assert!(
        run(&batch, items(ITEMS), reference.path())
            .await
            .is_complete()
    );
    let before = requests(&server);

    let folder = tempfile::tempdir().unwrap();
    let mut random = fastrand::Rng::with_seed(7);
    let mut kills = 0;
    while kills < KILLS {
        let store = FolderStore::new(folder.path());
        let (done, polls) = (random.u64(0..6), random.usize(0..8));
        let is_time = AtomicBool::new(done == 0);
        let run = batch.run(items(ITEMS), &store, |_, progress| {
            if progress.done >= done {
                is_time.store(true, Ordering::Relaxed);
            }
        });
        let run = killed(run, &is_time, polls);
        match crate::within(run).await {
            None => kills += 1,
            Some(ended) => {
                let summary = ended.unwrap();
                panic!("more items are needed: {summary:?}");
            }
        }
        // What is there is whole, at every moment.
        let expected = files(reference.path());
        for (name, content) in files(folder.path()) {
            assert_eq!(content, expected[&name], "{name}");
        }
    }
    let summary = run(&batch, items(ITEMS), folder.path()).await;
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(files(folder.path()), files(reference.path()));
    assert_eq!(comparable(folder.path()), comparable(reference.path()));
    let asked = requests(&server) - before;
    assert!(
        asked <= ITEMS + kills * AT_ONCE,
        "{asked} requests after {kills} kills"
    );
    assert!(asked >= ITEMS);

    let again = run(&batch, items(ITEMS), folder.path()).await;
    assert_eq!(again.progress.finished, ITEMS as u64);
    assert_eq!(requests(&server) - before, asked);
}

#[tokio::test]
async fn four_shards_together_equal_one_run() {
    let server = crate::within(MockServer::builder().seed(1).start())
        .await
        .unwrap();
    let (whole, parts) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let batch = Batch::new(&client(&server)).concurrency(AT_ONCE);
    assert!(
        run(&batch, items(SHARDED), whole.path())
            .await
            .is_complete()
    );
    let before = requests(&server);
    let mut shares = Vec::new();
    for number in 1..=4 {
        let shard = cartesia::batch::Shard::new(number, 4).unwrap();
        let summary = run(&batch.clone().shard(shard), items(SHARDED), parts.path()).await;
        assert!(summary.is_complete());
        shares.push(summary.progress.done);
    }
    assert_eq!(shares.iter().sum::<u64>(), SHARDED as u64, "{shares:?}");
    assert!(shares.iter().all(|share| *share > 0), "{shares:?}");
    assert_eq!(requests(&server) - before, SHARDED);
    assert_eq!(files(parts.path()), files(whole.path()));
    assert_eq!(comparable(parts.path()), comparable(whole.path()));
    // Another number of shards finds all of it.
    let summary = run(&batch, items(SHARDED), parts.path()).await;
    assert_eq!(summary.progress.finished, SHARDED as u64);
}
