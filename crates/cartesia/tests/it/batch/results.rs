//! What a run makes, and what the next one asks for.

use cartesia::batch::{Batch, Event, Skip, Status, Stopped};
use cartesia_mock::MockServer;

use super::*;

#[tokio::test]
async fn each_item_becomes_a_file_and_a_result() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let (client, folder) = (client(&server), tempfile::tempdir().unwrap());
    let wav = WavFormat::from(RAW);
    let list = vec![
        Ok(item("a/one", "Hello you two", wav)),
        Ok(item("two.mp3", "Hello", Mp3Format::default())),
        Ok(item("three", "Hello you two", RAW).with_words(true)),
        Ok(item("four", "Hello you two", wav).with_captions(CaptionFormat::Vtt)),
    ];
    let expected: u64 = 4;
    let batch = Batch::new(&client).expected(expected);
    let store = FolderStore::new(folder.path());
    let mut seen = Vec::new();
    let run = batch.run(list.clone(), &store, |event, progress| {
        assert_eq!(progress.total, Some(expected));
        if let Event::Done(record) = event {
            seen.push((record.id.clone(), progress.done));
        }
    });
    let summary = crate::within(run).await.unwrap();
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!(seen.len(), 4);
    assert_eq!(summary.progress.done, 4);
    assert_eq!(summary.progress.requests, 4);
    assert_eq!(summary.progress.characters, 13 * 3 + 5);

    let files = files(folder.path());
    let names: Vec<_> = files.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["a/one.wav", "four.vtt", "four.wav", "three.pcm", "two.mp3"]
    );
    for item in list.into_iter().map(Result::unwrap) {
        let request = item.request.clone();
        let direct = crate::within(async {
            let target = tempfile::tempdir().unwrap();
            let path = target.path().join("x");
            let saved = client.tts().bytes(request).await?.save(&path).await?;
            Ok::<_, cartesia::Error>((std::fs::read(path).unwrap(), saved.duration))
        });
        let (audio, duration) = direct.await.unwrap();
        let id = item
            .id
            .as_deref()
            .unwrap()
            .trim_end_matches(".mp3")
            .to_owned();
        let record = records(folder.path())
            .into_iter()
            .find(|record| record.id == id)
            .unwrap();
        assert_eq!(files[record.file.as_deref().unwrap()], audio, "{id}");
        assert_eq!(record.status, Status::Done);
        assert_eq!(record.bytes, Some(audio.len() as u64));
        assert!((record.duration.unwrap() - duration.as_secs_f64()).abs() < 0.001);
        assert_eq!(record.attempts, 1);
        assert!(record.request_id.is_some());
        assert_eq!(record.sha256.unwrap().len(), 64);
        assert_eq!(record.key, item.key(&server.url()).to_string());
        let words = record.words.map(|words| {
            let words = words.into_iter().map(|word| word.word);
            words.collect::<Vec<_>>()
        });
        assert_eq!(words.is_some(), id == "three");
        if let Some(words) = words {
            assert_eq!(words, ["Hello", "you", "two"]);
        }
    }
    let captions = String::from_utf8(files["four.vtt"].clone()).unwrap();
    assert!(
        captions.starts_with("WEBVTT") && captions.contains("Hello you two"),
        "{captions}"
    );
    let results = std::fs::read_to_string(folder.path().join("results.jsonl")).unwrap();
    assert!(
        !results.contains("Hello you two") && !results.contains("sk_canary"),
        "{results}"
    );
}

#[tokio::test]
async fn what_is_finished_is_never_asked_for_again_and_what_changed_is() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(4);
    assert!(run(&batch, items(12), folder.path()).await.is_complete());
    assert_eq!(requests(&server), 12);
    let before = files(folder.path());

    let again = run(&batch, items(12), folder.path()).await;
    assert!(again.is_complete());
    assert_eq!((again.progress.finished, again.progress.done), (12, 0));
    assert_eq!(requests(&server), 12);

    let mut changed = items(13);
    changed[5] = Ok(item("part/005", "Item five.", RAW));
    let third = run(&batch, changed, folder.path()).await;
    assert_eq!((third.progress.finished, third.progress.done), (11, 2));
    assert_eq!(requests(&server), 14);
    let after = files(folder.path());
    for (name, content) in &before {
        assert_eq!(after[name] == *content, name != "part/005.pcm", "{name}");
    }

    // A file that is gone or damaged, and captions that are new.
    std::fs::remove_file(folder.path().join("part/001.pcm")).unwrap();
    std::fs::write(folder.path().join("part/003.wav"), "short").unwrap();
    std::fs::remove_file(folder.path().join("part/002.srt")).unwrap();
    let mut wanted = items(5);
    wanted.push(Ok(
        item("part/007", "Item 7.", WavFormat::from(RAW)).with_captions(CaptionFormat::Text)
    ));
    let mut seen = Vec::new();
    let store = FolderStore::new(folder.path());
    let fourth = batch.run(wanted, &store, |event, _| match event {
        Event::Done(record) => seen.push(record.id.clone()),
        Event::Skipped { why, .. } => assert_eq!(why, Skip::Finished),
        event => panic!("{event:?}"),
    });
    assert!(crate::within(fourth).await.unwrap().is_complete());
    seen.sort();
    assert_eq!(seen, ["part/001", "part/002", "part/003", "part/007"]);
}

#[tokio::test]
async fn audio_that_was_changed_is_made_again() {
    let server = crate::within(MockServer::builder().seed(1).start())
        .await
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (batch, store) = (
        Batch::new(&client(&server)),
        FolderStore::new(folder.path()),
    );
    run(&batch, items(8), folder.path()).await;
    let made = files(folder.path());
    assert!(
        crate::within(batch.verify(items(8), &store))
            .await
            .unwrap()
            .is_empty()
    );

    // Cut, longer and deleted: the size alone tells.
    let change = |name: &str, change: fn(&mut Vec<u8>)| {
        let mut content = made[name].clone();
        change(&mut content);
        std::fs::write(folder.path().join(name), content).unwrap();
    };
    change("part/000.mp3", |content| content.truncate(1_000));
    change("part/001.pcm", |content| content.push(0));
    std::fs::remove_file(folder.path().join("part/002.wav")).unwrap();
    let summary = run(&batch, items(8), folder.path()).await;
    assert_eq!((summary.progress.done, summary.progress.finished), (3, 5));
    assert_eq!(files(folder.path()), made);

    // A changed byte: the hash tells.
    change("part/004.mp3", |content| content[500] ^= 1);
    let summary = run(&batch, items(8), folder.path()).await;
    assert_eq!(summary.progress.finished, 8);
    let changed = crate::within(batch.verify(items(8), &store)).await.unwrap();
    assert_eq!(changed.len(), 1);
    let again = batch.clone().make_again(changed);
    let estimate = crate::within(again.estimate(items(8), &store))
        .await
        .unwrap();
    assert_eq!((estimate.items, estimate.finished), (1, 7));
    let summary = run(&again, items(8), folder.path()).await;
    assert_eq!((summary.progress.done, summary.progress.finished), (1, 7));
    assert_eq!(files(folder.path()), made);
    assert_eq!(requests(&server), 8 + 3 + 1);
}

#[tokio::test]
async fn another_service_does_not_count_as_this_one() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).service("rehearsal");
    run(&batch, items(2), folder.path()).await;
    assert_eq!(run(&batch, items(2), folder.path()).await.progress.done, 0);
    let real = Batch::new(&client(&server));
    assert_eq!(run(&real, items(2), folder.path()).await.progress.done, 2);
}

#[tokio::test]
async fn a_limit_makes_some_and_the_next_run_more() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).limit(3);
    for done in [3, 6, 8] {
        let summary = run(&batch, items(8), folder.path()).await;
        assert_eq!(matches!(summary.stopped, Some(Stopped::Limit)), done < 8);
        assert_eq!(records(folder.path()).len(), done);
    }
    assert_eq!(requests(&server), 8);
}

#[tokio::test]
async fn an_estimate_asks_nothing_and_creates_nothing() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let batch = Batch::new(&client(&server)).concurrency(4);
    let store = FolderStore::new(&out);
    let mut list = items(10);
    list.push(Ok(item("../x", "no", RAW)));
    let estimate = crate::within(batch.estimate(list, &store)).await.unwrap();
    assert_eq!(
        (estimate.items, estimate.finished, estimate.invalid),
        (10, 0, 1)
    );
    assert_eq!(estimate.characters, 70);
    assert!(estimate.problems[0].message().starts_with("line 11: "));
    assert!(!out.exists());
    assert_eq!(requests(&server), 0);

    run(&Batch::new(&client(&server)).limit(4), items(10), &out).await;
    let estimate = crate::within(batch.estimate(items(10), &store))
        .await
        .unwrap();
    assert_eq!((estimate.items, estimate.finished), (6, 4));
}

#[tokio::test]
async fn a_torn_line_of_results_costs_one_request() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(1);
    run(&batch, items(6), folder.path()).await;
    let path = folder.path().join("results.jsonl");
    let whole = std::fs::read(&path).unwrap();
    let last = whole[..whole.len() - 1]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .unwrap()
        + 1;
    let complete = files(folder.path());
    for cut in [last + 1, last + 20, whole.len() - 2, last] {
        std::fs::write(&path, &whole[..cut]).unwrap();
        let before = requests(&server);
        let summary = run(&batch, items(6), folder.path()).await;
        assert!(summary.is_complete());
        assert_eq!(summary.unreadable, u64::from(cut != last));
        assert_eq!(requests(&server) - before, 1, "{cut}");
        assert_eq!(run(&batch, items(6), folder.path()).await.progress.done, 0);
        assert_eq!(files(folder.path()), complete);
    }
}

#[tokio::test]
async fn a_stop_finishes_what_is_in_flight() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let batch = Batch::new(&client(&server)).concurrency(3);
    let store = FolderStore::new(folder.path());
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let mut stop = Some(stop);
    let until = async {
        stopped.await.ok();
    };
    let run_until = batch.run_until(items(40), &store, until, |_, progress| {
        if progress.done == 5 {
            drop(stop.take());
        }
    });
    let summary = crate::within(run_until).await.unwrap();
    assert!(
        matches!(summary.stopped, Some(Stopped::Asked)),
        "{summary:?}"
    );
    assert!((5..=9).contains(&summary.progress.done), "{summary:?}");
    // Nothing that was asked for is lost.
    assert_eq!(requests(&server) as u64, summary.progress.done);
    assert!(run(&batch, items(40), folder.path()).await.is_complete());
    assert_eq!(requests(&server), 40);
}
