//! Items and services that fail.

use cartesia::batch::{Batch, Event, Skip, Status, Stopped};
use cartesia::{ErrorKind, tts};
use cartesia_mock::{Fault, FaultPlan, MockServer};

use super::*;

/// An item that the service refuses.
fn refused(id: &str) -> Item {
    let mut item = item(id, "Refused.", RAW);
    let too_fast = tts::GenerationConfig::new().with_speed(9.0);
    item.request = item.request.with_generation_config(too_fast);
    item
}

#[tokio::test]
async fn one_failing_item_leaves_the_others_alone() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(3);
    let with_bad_ones = || {
        let mut list = items(9);
        list.insert(4, Ok(refused("bad")));
        list.insert(
            2,
            Err(cartesia::Error::new(ErrorKind::InvalidRequest, "x", "no")),
        );
        list
    };
    let summary = run(&batch, with_bad_ones(), folder.path()).await;
    assert!(!summary.is_complete() && summary.stopped.is_none());
    assert_eq!((summary.progress.done, summary.progress.failed), (9, 2));
    let records = records(folder.path());
    let failed: Vec<_> = records
        .iter()
        .filter(|record| record.status == Status::Failed)
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].id, "bad");
    let error = failed[0].error.as_ref().unwrap();
    assert!(
        ["not_found", "invalid_request"].contains(&error.kind.as_str()),
        "{error:?}"
    );
    assert!(error.status.is_some() && failed[0].file.is_none());
    assert_eq!(
        files(folder.path())
            .keys()
            .filter(|name| name.contains("bad"))
            .count(),
        0
    );

    let before = requests(&server);
    let again = run(&batch, with_bad_ones(), folder.path()).await;
    assert_eq!(
        (again.progress.failed_before, again.progress.finished),
        (1, 9)
    );
    assert!(!again.is_complete());
    assert_eq!(requests(&server), before);

    let insisting = batch.clone().retry_failed(true);
    assert_eq!(
        run(&insisting, with_bad_ones(), folder.path())
            .await
            .progress
            .failed,
        2
    );
    assert_eq!(requests(&server), before + 1);

    let mut mended = items(9);
    mended.push(Ok(item("bad", "Mended.", RAW)));
    assert!(run(&batch, mended, folder.path()).await.is_complete());
}

#[tokio::test]
async fn the_first_failure_ends_a_run_that_fails_fast() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(2).fail_fast(true);
    let mut list = items(20);
    list.insert(3, Ok(refused("bad")));
    let summary = run(&batch, list, folder.path()).await;
    assert!(matches!(summary.stopped, Some(Stopped::FailFast)));
    assert_eq!(summary.progress.failed, 1);
    assert!(summary.progress.done < 8, "{summary:?}");
    assert_eq!(requests(&server) as u64, summary.progress.done + 1);
    let rest = run(&batch, items(20), folder.path()).await;
    assert!(rest.is_complete());
    assert_eq!(rest.progress.finished, summary.progress.done);
}

#[tokio::test]
async fn a_storm_of_rejections_delays_and_fails_nothing() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(8);
    server.inject(Fault::status(429).on("/tts/bytes").times(30));
    server.inject(Fault::status(429).on("/tts/sse").times(7));
    let store = FolderStore::new(folder.path());
    let mut lowest = usize::MAX;
    let run = batch.run(items(24), &store, |event, progress| {
        if let Event::Throttled { concurrency } = event {
            assert_eq!(concurrency, progress.concurrency);
            lowest = lowest.min(concurrency);
        }
    });
    let summary = crate::within(run).await.unwrap();
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(lowest, 1);
    assert_eq!(summary.progress.requests, 24 + 37);
    assert_eq!(requests(&server), 24 + 37);
    assert!(
        records(folder.path())
            .iter()
            .all(|record| record.attempts == 1)
    );
}

#[tokio::test]
async fn more_than_the_plan_allows_adapts_to_it() {
    let builder = MockServer::builder().context_limit(2);
    let server = crate::within(builder.latency(Duration::from_millis(5)).start())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(16);
    let summary = run(&batch, items(30), folder.path()).await;
    assert!(summary.is_complete(), "{summary:?}");
    assert!(summary.progress.requests > 30);
    assert!(summary.progress.concurrency < 16, "{summary:?}");
}

#[tokio::test]
async fn failures_that_pass_are_retried_as_often_as_the_policy_says() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(1);
    for (fault, attempts) in [
        (FaultPlan::from(Fault::status(500)), 2),
        (Fault::CloseBeforeHeaders.times(2), 3),
        // A part of the audio arrives, and is not used.
        (Fault::CutBody { after: 100 }.into(), 2),
    ] {
        let id = format!("after-{attempts}-{}", requests(&server));
        server.inject(fault.on("/tts/bytes"));
        let list = vec![Ok(item(&id, &id, WavFormat::from(RAW)))];
        assert!(run(&batch, list, folder.path()).await.is_complete());
        let all = records(folder.path());
        let record = all.iter().find(|record| record.id == id).unwrap();
        assert_eq!(record.attempts, attempts);
    }
    server.inject(Fault::status(500).on("/tts/bytes").times(3));
    let summary = run(&batch, vec![Ok(item("no", "no", RAW))], folder.path()).await;
    assert_eq!(summary.progress.failed, 1);
    // Such a failure is asked for again by the next run.
    assert!(
        run(&batch, vec![Ok(item("no", "no", RAW))], folder.path())
            .await
            .is_complete()
    );
}

#[tokio::test]
async fn nothing_is_billed_twice_at_most_once() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).retry(RetryPolicy::at_most_once());
    server.inject(Fault::CutBody { after: 100 }.on("/tts/bytes"));
    let summary = run(&batch, vec![Ok(item("a", "a", RAW))], folder.path()).await;
    assert_eq!((summary.progress.failed, requests(&server)), (1, 1));
}

#[tokio::test]
async fn what_would_fail_for_all_ends_the_run_and_is_not_recorded() {
    let server = crate::within(MockServer::builder().key("sk_right").start())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(4);
    let summary = run(&batch, items(50), folder.path()).await;
    let Some(Stopped::Hopeless(error)) = &summary.stopped else {
        panic!("{summary:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Auth);
    assert!(requests(&server) <= 4);
    assert!(!folder.path().join("results.jsonl").exists());
}

#[tokio::test]
async fn a_service_that_is_down_ends_the_run() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let once = RetryPolicy::never();
    let batch = Batch::new(&client(&server)).concurrency(2).retry(once);
    server.inject(Fault::status(503).always());
    let summary = run(&batch, items(200), folder.path()).await;
    let Some(Stopped::Hopeless(error)) = &summary.stopped else {
        panic!("{summary:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Server);
    assert!((20..=22).contains(&summary.progress.failed), "{summary:?}");
    server.clear_faults();
    let after = run(&batch, items(200), folder.path()).await;
    assert!(after.is_complete());
    assert_eq!(after.progress.done, 200);
}

#[tokio::test]
async fn rejections_without_end_end_the_run() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).patience(Duration::ZERO);
    server.inject(Fault::status(429).always());
    let summary = run(&batch, items(9), folder.path()).await;
    let Some(Stopped::Hopeless(error)) = &summary.stopped else {
        panic!("{summary:?}");
    };
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(summary.progress.failed, 0);
}

#[tokio::test]
async fn a_destination_that_cannot_be_written_ends_the_run() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("part"), "a file in place of a folder").unwrap();
    let batch = Batch::new(&client(&server)).concurrency(2);
    let summary = run(&batch, items(50), folder.path()).await;
    let Some(Stopped::Hopeless(error)) = &summary.stopped else {
        panic!("{summary:?}");
    };
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(requests(&server) <= 3);
    let store = FolderStore::new(folder.path().join("part"));
    let refused = crate::within(batch.run(items(1), &store, |_, _| {})).await;
    assert_eq!(refused.unwrap_err().kind(), ErrorKind::Io);
}

#[tokio::test]
async fn duplicates_are_failures_or_the_same_file() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let request = tts::BytesRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), "Twice", RAW);
    let unnamed = || Ok(Item::new(request.clone()));
    let list = vec![
        Ok(item("a", "one", RAW)),
        Ok(item("A", "two", RAW)),
        unnamed(),
        unnamed(),
    ];
    let (mut same, mut invalid) = (0, 0);
    let store = FolderStore::new(folder.path());
    let batch = Batch::new(&client(&server));
    let run = batch.run(list, &store, |event, _| match event {
        Event::Skipped { why, .. } => {
            assert_eq!(why, Skip::Duplicate);
            same += 1;
        }
        Event::Invalid(error) => {
            assert!(
                error.message().contains("line 2: the id is that of line 1"),
                "{error}"
            );
            invalid += 1;
        }
        _ => {}
    });
    let summary = crate::within(run).await.unwrap();
    assert_eq!((summary.progress.done, summary.progress.failed), (2, 1));
    assert_eq!((same, invalid), (1, 1));
}
