//! Saving a stream: a whole file under its name, or a readable part beside it.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use cartesia_http::{Error, SavedAudio};
use cartesia_types::{ErrorKind, RawEncoding, RawFormat};

use crate::support::{
    EVENTS, Gate, LAST, Server, answer, audio, chunk_event, chunked, chunked_head, done_event,
    drive_until, event, piece, script, sse_request, within,
};

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// The samples of a file as our own writer did not see them.
fn samples(path: &Path) -> Vec<u8> {
    let mut reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    assert_eq!(
        (spec.channels, spec.sample_rate, spec.bits_per_sample),
        (1, 16_000, 16)
    );
    let samples = reader.samples::<i16>();
    samples
        .flat_map(|sample| sample.unwrap().to_le_bytes())
        .collect()
}

async fn saved(events: &str, path: &Path) -> Result<SavedAudio, Error> {
    let server = Server::start([answer(chunked(EVENTS, events.as_bytes().chunks(5_000)))]).await;
    let stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    within(stream.save_wav(path)).await
}

async fn exists(path: PathBuf) {
    while !path.exists() {
        tokio::task::yield_now().await;
    }
}

async fn has_length(path: PathBuf, length: u64) {
    while std::fs::metadata(&path).map(|file| file.len()).ok() != Some(length) {
        tokio::task::yield_now().await;
    }
}

fn speech(sound: &[u8]) -> String {
    sound.chunks(12_001).map(chunk_event).collect()
}

#[tokio::test]
async fn a_whole_stream_becomes_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    let sound = audio(48_000);
    let saved = saved(&(speech(&sound) + &done_event()), &path)
        .await
        .unwrap();
    assert_eq!(saved.path, path);
    assert_eq!(saved.bytes, 48_044);
    assert_eq!(saved.duration, Duration::from_millis(1_500));
    assert_eq!(samples(&path), sound);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), 48_044);
    assert_eq!(files(folder.path()), ["hello.wav"]);
}

#[tokio::test]
async fn the_header_follows_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    let sound: Vec<u8> = [0.25_f32, -1.0]
        .into_iter()
        .flat_map(f32::to_le_bytes)
        .collect();
    let body = chunked(EVENTS, [chunk_event(&sound), done_event()]);
    let server = Server::start([answer(body)]).await;
    let mut request = sse_request();
    request.output_format = RawFormat::new(RawEncoding::PcmF32Le, 22_050);
    let stream = within(server.client().tts().sse(request)).await.unwrap();
    within(stream.save_wav(&path)).await.unwrap();
    let mut reader = hound::WavReader::open(&path).unwrap();
    assert_eq!(reader.spec().sample_rate, 22_050);
    assert_eq!(reader.spec().sample_format, hound::SampleFormat::Float);
    let read: Vec<f32> = reader.samples().map(Result::unwrap).collect();
    assert_eq!(read, [0.25, -1.0]);
}

#[tokio::test]
async fn a_file_appears_under_its_name_only_once_it_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    let finish = Gate::default();
    let last = finish.clone();
    let server = Server::start([script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head(EVENTS)).await;
        connection.write(piece(chunk_event(&[1, 2]))).await;
        last.passed().await;
        connection.write(piece(done_event())).await;
        connection.write(LAST).await;
    })])
    .await;
    let stream = within(server.client().tts().sse(sse_request()))
        .await
        .unwrap();
    let mut saving = pin!(stream.save_wav(&path));
    drive_until(
        saving.as_mut(),
        exists(folder.path().join("hello.partial.wav")),
    )
    .await;
    assert_eq!(files(folder.path()), ["hello.partial.wav"]);
    finish.open();
    within(saving).await.unwrap();
    assert_eq!(files(folder.path()), ["hello.wav"]);
    server.finish().await;
}

/// The ways in which a stream fails after its audio, and the kind of each.
fn failures() -> [(String, ErrorKind); 4] {
    let refusal = r#"{"type":"error","done":true,"status_code":500,"error":"It broke"}"#;
    [
        (String::new(), ErrorKind::Incomplete),
        (event(refusal), ErrorKind::Server),
        ("data: {broken\n\n".to_owned(), ErrorKind::Decode),
        (
            "data: {\"type\":\"chunk\",\"data\":\"AAA".to_owned(),
            ErrorKind::Incomplete,
        ),
    ]
}

#[tokio::test]
async fn what_arrived_before_a_failure_is_a_readable_file_beside() {
    for (failure, kind) in failures() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello.wav");
        let sound = audio(30_000);
        let error = saved(&(speech(&sound) + &failure), &path)
            .await
            .unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.bytes_received(), Some(30_000));
        assert_eq!(files(folder.path()), ["hello.partial.wav"]);
        let partial = error.partial_file().unwrap();
        assert_eq!(samples(partial), sound);
        assert!(error.to_string().contains("hello.partial.wav"), "{error}");
    }
}

#[tokio::test]
async fn a_failure_before_any_audio_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let error = saved("", &folder.path().join("hello.wav"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.bytes_received()),
        (ErrorKind::Incomplete, Some(0))
    );
    assert_eq!(error.partial_file(), None);
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn a_file_that_exists_is_replaced_only_by_a_whole_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    std::fs::write(&path, "precious").unwrap();
    let mut partial_files = Vec::new();
    for (failure, _) in failures() {
        let error = saved(&(speech(&[1, 2]) + &failure), &path)
            .await
            .unwrap_err();
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        partial_files.push(error.partial_file().unwrap().to_owned());
    }
    // What a failure left beside is not replaced either.
    partial_files.sort();
    partial_files.dedup();
    assert_eq!(partial_files.len(), 4);
    let whole = speech(&[5, 6, 7, 8]) + &done_event();
    saved(&whole, &path).await.unwrap();
    assert_eq!(samples(&path), [5, 6, 7, 8]);
    for partial in partial_files {
        assert_eq!(samples(&partial), [1, 2]);
    }
}

#[tokio::test]
async fn a_path_that_cannot_be_a_file_is_refused_before_anything_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let occupied = folder.path().join("hello.wav");
    std::fs::create_dir(&occupied).unwrap();
    let whole = speech(&[1, 2]) + &done_event();
    for place in [
        folder.path().join("missing/hello.wav"),
        file.join("hello.wav"),
        occupied,
        "".into(),
        "..".into(),
    ] {
        let error = saved(&whole, &place).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io, "{error:?}");
        let text = error.to_string();
        assert!(text.contains(&format!("`{}`", place.display())), "{text}");
        assert_eq!(error.partial_file(), None);
    }
    assert_eq!(files(folder.path()), ["file", "hello.wav"]);
}

#[tokio::test]
async fn a_dropped_save_leaves_the_partial_file_and_closes_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    let server = Server::start([script(async |mut connection| {
        connection.request().await;
        connection.write(chunked_head(EVENTS)).await;
        connection.write(piece(chunk_event(&[1, 2]))).await;
        connection.closed().await;
    })])
    .await;
    let client = server.client();
    let stream = within(client.tts().sse(sse_request())).await.unwrap();
    {
        let mut saving = Box::pin(stream.save_wav(&path));
        // All of it, although it is little.
        drive_until(
            saving.as_mut(),
            has_length(folder.path().join("hello.partial.wav"), 46),
        )
        .await;
    }
    server.finish().await;
    assert_eq!(files(folder.path()), ["hello.partial.wav"]);
    assert_eq!(samples(&folder.path().join("hello.partial.wav")), [1, 2]);
}

#[tokio::test]
async fn two_saves_do_not_write_into_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("hello.wav");
    let finish = Gate::default();
    let last = finish.clone();
    let slow = script(async move |mut connection| {
        connection.request().await;
        connection.write(chunked_head(EVENTS)).await;
        connection.write(piece(chunk_event(&[1, 2]))).await;
        last.passed().await;
        connection.write(piece(done_event())).await;
        connection.write(LAST).await;
    });
    let whole = |sound: &[u8]| answer(chunked(EVENTS, [speech(sound) + &done_event()]));
    let server = Server::start([slow, whole(&[3, 4]), whole(&[5, 6]), whole(&[7, 8])]).await;
    let client = server.client();
    let stream = async || within(client.tts().sse(sse_request())).await.unwrap();
    let mut first = pin!(stream().await.save_wav(&path));
    drive_until(
        first.as_mut(),
        exists(folder.path().join("hello.partial.wav")),
    )
    .await;
    // The same file by another name.
    let detour = folder.path().join(".").join("hello.wav");
    within(stream().await.save_wav(&detour)).await.unwrap();
    assert_eq!(samples(&path), [3, 4]);
    // Another file beside it.
    let other = folder.path().join("other.wav");
    within(stream().await.save_wav(&other)).await.unwrap();
    assert_eq!(samples(&other), [5, 6]);

    finish.open();
    within(first).await.unwrap();
    assert_eq!(samples(&path), [1, 2]);
    within(stream().await.save_wav(&path)).await.unwrap();
    assert_eq!(samples(&path), [7, 8]);
}
