//! Calls, streams, bodies and lists.

use std::io::{self, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use cartesia::blocking::Client;
use cartesia::file::{FilePurpose, ListFilesRequest};
use cartesia::http::Method;
use cartesia::stt::SttModelId;
use cartesia::tts::{BytesRequest, Event, SseRequest};
use cartesia::voice::{CloneVoiceRequest, ListVoicesRequest};
use cartesia::{
    ApiVersion, AudioClip, Error, ErrorKind, Language, ModelId, RawFormat, RetryPolicy, Timeouts,
    TranscribeRequest, Upload, VoiceId, WavFormat,
};
use cartesia_mock::{Action, Fault};

use super::{client, server, server_that, within};
use crate::VOICE;

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

fn sse(text: &str) -> SseRequest {
    SseRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), text, FORMAT)
}

fn bytes(text: &str) -> BytesRequest {
    BytesRequest::new(ModelId::SONIC_3, VoiceId::from(VOICE), text, FORMAT)
}

/// What the server sends for a text.
fn whole(client: &Client, text: &str) -> AudioClip {
    let body = client.tts().bytes(bytes(text)).wait().unwrap();
    body.collect().unwrap()
}

#[test]
fn a_voice_then_speech_with_words() {
    within(|| {
        let server = server();
        let client = client(&server);
        assert_eq!(client.status().wait().unwrap().ok, Some(true));
        let voice = client.voices().get(VOICE).wait().unwrap();
        let request = SseRequest::new(ModelId::SONIC_3, &voice, "Hello you two", FORMAT);
        let mut events = client
            .tts()
            .sse(request.with_timestamps(true))
            .wait()
            .unwrap();
        let (mut words, mut audio, mut done) = (Vec::new(), Vec::new(), 0);
        for event in events.by_ref() {
            match event.unwrap() {
                Event::Timestamps(timestamps) => words.extend(timestamps.words),
                Event::Chunk(chunk) => audio.extend_from_slice(&chunk.data),
                Event::Done(_) => done += 1,
                _ => {}
            }
        }
        let words: Vec<_> = words.iter().map(|word| word.word.as_str()).collect();
        assert_eq!((words, done), (vec!["Hello", "you", "two"], 1));
        assert!(events.next().is_none());
        assert_eq!(events.bytes_received(), audio.len() as u64);
        assert!(audio == whole(&client, "Hello you two").data()[..]);
    });
}

#[test]
fn speech_is_collected_saved_or_read() {
    within(|| {
        let server = server();
        let client = client(&server);
        let tts = client.tts();
        let expected = whole(&client, "The same");
        let folder = tempfile::tempdir().unwrap();

        let collected = tts.sse(sse("The same")).wait().unwrap().collect_audio();
        assert_eq!(collected.unwrap(), expected);
        let path = folder.path().join("a.wav");
        let saved = tts.sse(sse("The same")).wait().unwrap().save_wav(&path);
        assert_eq!(saved.unwrap().duration, expected.duration());
        let file = std::fs::read(&path).unwrap();
        assert!(file.ends_with(expected.data()));

        let mut read = Vec::new();
        let mut body = tts.bytes(bytes("The same")).wait().unwrap();
        assert_eq!(body.format(), expected.format());
        body.read_to_end(&mut read).unwrap();
        assert!(read == expected.data()[..]);
        assert_eq!(body.read(&mut [0; 8]).unwrap(), 0);
        assert!(body.next_chunk().unwrap().is_none());
        assert_eq!(body.bytes_received(), read.len() as u64);
    });
}

#[test]
fn a_connection_is_opened_ahead_of_time() {
    within(|| {
        let server = server();
        let client = client(&server);
        client.prewarm().unwrap();
        assert_eq!(server.requests_to("/").len(), 1);
        drop(server);
        assert_eq!(client.prewarm().unwrap_err().kind(), ErrorKind::Connect);
    });
}

/// A header is looked at, and everything is still there.
#[test]
fn what_was_read_and_what_was_not_are_kept_apart() {
    within(|| {
        let server = server_that(|server| server.chunk_size(1_000));
        let client = client(&server);
        let expected = whole(&client, "Some text").into_data();
        let folder = tempfile::tempdir().unwrap();
        let body = || client.tts().bytes(bytes("Some text")).wait().unwrap();

        // Up to the middle of a piece, where there is sound: silence looks the same everywhere.
        let mut start = vec![0; 10_500];
        let (expected_start, expected_rest) = expected.split_at(start.len());
        assert!(expected_start[10_000..] != expected_rest[..500]);
        let mut rest = body();
        rest.read_exact(&mut start).unwrap();
        assert!(start == expected_start);
        assert!(rest.collect().unwrap().data()[..] == *expected_rest);

        let mut again = body();
        again.read_exact(&mut start).unwrap();
        again.put_back(start.clone());
        assert!(again.collect().unwrap().data()[..] == expected);
        let mut again = body();
        again.read_exact(&mut start).unwrap();
        again.put_back(start.clone());
        let path = folder.path().join("all.raw");
        let saved = again.save(&path).unwrap();
        assert_eq!(saved.bytes, expected.len() as u64);
        assert!(std::fs::read(&path).unwrap() == expected);

        let mut piece = body();
        assert_eq!(piece.read(&mut [0]).unwrap(), 1);
        let chunk = piece.next_chunk().unwrap().unwrap();
        assert!(expected[1..].starts_with(&chunk) && !chunk.is_empty());
    });
}

#[test]
fn errors_are_those_of_the_async_client() {
    within(|| {
        let server = server();
        let client = client(&server);
        let voices = client.voices();
        let error = voices.get("no-such-voice").wait().unwrap_err();
        assert_eq!(
            (error.kind(), error.operation()),
            (ErrorKind::NotFound, "voices.get")
        );
        assert!(error.request_id().is_some());

        // The options of a call.
        server.inject(Fault::status(503).times(2));
        let never = voices.get(VOICE).retry(RetryPolicy::never());
        assert_eq!(never.wait().unwrap_err().kind(), ErrorKind::Server);
        let sent = voices.get(VOICE).send().unwrap();
        assert_eq!((sent.info.attempts(), sent.value.id.as_str()), (2, VOICE));
        server.inject(Fault::StallBeforeHeaders);
        let hasty = voices.get(VOICE).timeout(Duration::from_millis(50));
        assert_eq!(hasty.wait().unwrap_err().kind(), ErrorKind::Timeout);
        let count = server.received().len();
        let old = client
            .accents()
            .list(cartesia::voice::ListAccentsRequest::new());
        let error = old
            .clone()
            .api_version(ApiVersion::V2024_06_10)
            .wait()
            .unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported);
        assert_eq!(server.received().len(), count);
        let unchecked = old.api_version(ApiVersion::V2024_06_10).unchecked();
        assert_eq!(unchecked.wait().unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[test]
fn a_stream_that_breaks_says_so() {
    within(|| {
        let server = server_that(|server| server.chunk_size(1_000));
        let client = client(&server);
        let whole = whole(&client, "Some text").into_data();

        server.inject(Fault::end_after(2));
        let mut events = client.tts().sse(sse("Some text")).wait().unwrap();
        let error = loop {
            match events.next() {
                Some(Ok(_)) => {}
                Some(Err(error)) => break error,
                None => panic!("it was cut short"),
            }
        };
        assert_eq!(error.kind(), ErrorKind::Incomplete);
        assert_eq!(error.bytes_received(), Some(events.bytes_received()));
        assert!(events.next().is_none());

        server.inject(Fault::message(1, Action::MalformedJson));
        let garbled = client.tts().sse(sse("Some text")).wait().unwrap();
        assert_eq!(
            garbled.collect_audio().unwrap_err().kind(),
            ErrorKind::Decode
        );

        // Through `Read`, our error is inside that of `std`, and what arrived is there.
        server.inject(Fault::CutBody { after: 1_500 });
        let mut body = client.tts().bytes(bytes("Some text")).wait().unwrap();
        let mut read = Vec::new();
        let error = body.read_to_end(&mut read).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        let ours = error
            .get_ref()
            .and_then(|error| error.downcast_ref::<Error>());
        assert_eq!(ours.unwrap().kind(), ErrorKind::Incomplete);
        assert_eq!(ours.unwrap().bytes_received(), Some(1_500));
        assert!(ours.unwrap().get_ref().is_some());
        assert!(read == whole[..1_500]);
        assert_eq!(body.read(&mut [0; 8]).unwrap(), 0);
    });
}

#[test]
fn waits_have_the_limits_of_the_async_client() {
    within(|| {
        let server = server_that(|server| server.chunk_size(1_000));
        let timeouts = Timeouts::default().with_silence(Duration::from_millis(50));
        let client = Client::builder()
            .api_key("sk_canary")
            .base_url(server.url())
            .timeouts(timeouts)
            .build()
            .unwrap();
        server.inject(Fault::StallBody { after: 1_000 });
        let mut body = client.tts().bytes(bytes("Some text")).wait().unwrap();
        let error = body.read_to_end(&mut Vec::new()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    });
}

#[test]
fn dropping_a_stream_closes_its_connection() {
    within(|| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::builder().api_key("sk_canary").base_url(url).build();
        let client = client.unwrap();
        let server = thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut received = Vec::new();
            while !received.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).unwrap();
                received.extend(byte);
            }
            let head = "HTTP/1.1 200 OK\r\ncontent-type: audio/raw\r\n\r\nab";
            socket.write_all(head.as_bytes()).unwrap();
            // The end comes from the client, or never.
            let _ = socket.read_to_end(&mut received);
        });
        let mut body = client.tts().bytes(bytes("Hi")).wait().unwrap();
        assert_eq!(body.next_chunk().unwrap().unwrap(), "ab");
        drop(body);
        server.join().unwrap();
    });
}

#[test]
fn lists_are_iterators() {
    within(|| {
        let server = server();
        let client = client(&server);
        let voices = client.voices().list(ListVoicesRequest::new().with_limit(2));
        let first = voices.clone().wait().unwrap();
        assert!(first.has_more && first.data.len() == 2);
        let all: Vec<_> = voices.clone().items().collect::<Result<_, _>>().unwrap();
        assert!(all.len() > 4);
        let paged: Vec<_> = voices
            .clone()
            .pages()
            .flat_map(|page| page.unwrap().data)
            .map(|voice| voice.id)
            .collect();
        let ids: Vec<_> = all.iter().map(|voice| voice.id.clone()).collect();
        assert_eq!(paged, ids);

        // After an error it is over.
        let mut items = voices.retry(RetryPolicy::never()).items();
        items.next().unwrap().unwrap();
        items.next().unwrap().unwrap();
        server.inject(Fault::status(500));
        assert_eq!(items.next().unwrap().unwrap_err().kind(), ErrorKind::Server);
        assert!(items.next().is_none());
    });
}

#[test]
fn files_go_out_and_come_back() {
    within(|| {
        let server = server();
        let client = client(&server);
        let wav = whole(&client, "Speech to write down").to_wav().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("clip.wav");
        std::fs::write(&path, &wav).unwrap();

        let sent = Arc::new(AtomicU64::new(0));
        let seen = Arc::clone(&sent);
        let uploads = [
            Upload::from_path(&path),
            Upload::from_bytes("clip.wav", wav.clone()),
            Upload::from_reader("clip.wav", io::Cursor::new(wav.clone()), None)
                .with_progress(move |progress| seen.store(progress.sent, Ordering::Relaxed)),
            Upload::from_reader(
                "clip.wav",
                io::Cursor::new(wav.clone()),
                Some(wav.len() as u64),
            ),
        ];
        for upload in uploads {
            let purpose = FilePurpose::AGENT_BACKGROUND_SOUND;
            let file = client.files().upload(upload, purpose).wait().unwrap();
            let mut content = Vec::new();
            let mut download = client.files().download(&file.id).wait().unwrap();
            download.read_to_end(&mut content).unwrap();
            assert!(content == wav);
        }
        assert_eq!(sent.load(Ordering::Relaxed), wav.len() as u64);
        let files = client.files().list(ListFilesRequest::new());
        assert_eq!(files.items().count(), 4);

        let request = TranscribeRequest::new(SttModelId::INK_WHISPER, Upload::from_path(&path));
        let heard = client.stt().transcribe(request).wait().unwrap();
        assert!(!heard.text.is_empty());
        let clip = Upload::from_path(&path);
        let request = CloneVoiceRequest::new("Mine", Language::EN);
        let made = client.voices().clone_voice(clip, request).wait().unwrap();
        client.voices().delete(&made.id).wait().unwrap();
    });
}

#[test]
fn a_reader_that_fails_fails_the_upload() {
    struct Broken(u32);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                // Interruptions are nothing to speak of.
                1 => Err(io::ErrorKind::Interrupted.into()),
                2 => {
                    buffer.fill(7);
                    Ok(buffer.len())
                }
                _ => Err(io::Error::other("the pipe broke")),
            }
        }
    }
    within(|| {
        let server = server();
        let client = client(&server);
        let upload = Upload::from_reader("clip.wav", Broken(0), None);
        let call = client.files().upload(upload, FilePurpose::FINE_TUNE);
        let error = call.wait().unwrap_err();
        assert!(error.to_string().contains("the pipe broke"), "{error:?}");
    });
}

#[test]
fn any_request_can_be_made() {
    within(|| {
        let server = server();
        let client = client(&server);
        let call = client.request(Method::GET, "/voices").query("limit", 1);
        let page: serde_json::Value = call.wait().unwrap().json().unwrap();
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let both = client.block_on(|client| async move {
            let voice = client.voices().get(VOICE).await?;
            let body = client.tts().bytes(bytes("Async inside")).await?;
            Ok((voice.id, body.collect().await?))
        });
        let (id, clip) = both.unwrap();
        assert_eq!(id.as_str(), VOICE);
        assert_eq!(clip, whole(&client, "Async inside"));
        let failed: cartesia::Result<()> = client.block_on(|client| async move {
            client.voices().get("none").await?;
            Ok(())
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::NotFound);
    });
}

#[test]
fn threads_share_a_client() {
    within(|| {
        let server = server();
        let client = client(&server);
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let client = client.clone();
                thread::spawn(move || {
                    for round in 0..5 {
                        let text = format!("Thread {number}, round {round}");
                        let mut audio = Vec::new();
                        for event in client.tts().sse(sse(&text)).wait().unwrap() {
                            if let Event::Chunk(chunk) = event.unwrap() {
                                audio.extend_from_slice(&chunk.data);
                            }
                        }
                        assert!(audio == whole(&client, &text).data()[..]);
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().unwrap();
        }
    });
}

#[test]
fn formats_have_names_on_both_clients() {
    // Nothing is sent; a server of this machine needs no TLS, which may be switched off.
    const URL: &str = "http://127.0.0.1:8745";
    let client = Client::builder().api_key("sk_canary").base_url(URL);
    let client = client.build().unwrap();
    let other = cartesia::Client::builder()
        .api_key("sk_canary")
        .base_url(URL);
    let other = other.build().unwrap();
    for (name, format) in [
        ("raw_pcm_f32le_44100", RawFormat::PCM_F32LE_44100),
        ("mulaw_8000", RawFormat::PCM_MULAW_8000),
        ("fp32", RawFormat::PCM_F32LE_44100),
    ] {
        assert_eq!(client.tts().output_format(name).unwrap(), format);
        assert_eq!(other.tts().output_format(name).unwrap(), format);
        assert_eq!(client.tts().sample_rate(name).unwrap(), format.sample_rate);
        assert_eq!(other.tts().sample_rate(name).unwrap(), format.sample_rate);
    }
    for error in [
        client.tts().output_format("mp3").unwrap_err(),
        client.tts().sample_rate("mp3").unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.to_string().contains("raw_pcm_f32le_44100"), "{error}");
    }
    let wav = WavFormat::from(client.tts().output_format("pcm_16000").unwrap());
    assert_eq!(wav, WavFormat::from(FORMAT));
}
