//! Where a client may be made, used and dropped: anywhere; but it blocks no async code.

use std::sync::mpsc;
use std::thread;

use cartesia::blocking::Client;
use cartesia::{Error, ErrorKind};
use tokio::runtime;

use super::{client, server, within};

/// Whether a call blocks here.
fn call(client: &Client) -> Result<(), Error> {
    client.block_on(|client| async move {
        tokio::task::yield_now().await;
        drop(client);
        Ok(())
    })
}

fn assert_refused(outcome: Result<(), Error>) {
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(!error.is_retryable());
    let text = error.to_string();
    for word in ["async", "spawn_blocking", "cartesia::Client"] {
        assert!(text.contains(word), "{text}");
    }
}

fn runtimes() -> [runtime::Runtime; 2] {
    [
        runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap(),
        runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap(),
    ]
}

#[test]
fn async_code_gets_an_error_and_stays_well() {
    within(|| {
        let server = server();
        for runtime in runtimes() {
            let url = server.url();
            let work = async move {
                // Made here, asked here, and dropped here.
                let made = Client::builder().api_key("sk_canary").base_url(url).build();
                let client = made.unwrap();
                assert_refused(call(&client));
                let in_task = client.clone();
                runtime::Handle::current()
                    .spawn(async move { assert_refused(call(&in_task)) })
                    .await
                    .unwrap();
                // A thread for blocking work may, and so does a thread of one's own.
                let on_pool = client.clone();
                tokio::task::spawn_blocking(move || call(&on_pool).unwrap())
                    .await
                    .unwrap();
                let on_thread = client.clone();
                thread::spawn(move || call(&on_thread).unwrap())
                    .join()
                    .unwrap();
                tokio::task::yield_now().await;
            };
            runtime.block_on(work);
        }
        assert!(server.received().is_empty());
    });
}

#[test]
fn local_tasks_get_an_error() {
    within(|| {
        let client = client(&server());
        let [runtime, _] = runtimes();
        let local = tokio::task::LocalSet::new();
        local.block_on(&runtime, async {
            assert_refused(call(&client));
            let client = client.clone();
            let task = tokio::task::spawn_local(async move { assert_refused(call(&client)) });
            task.await.unwrap();
        });
    });
}

#[test]
fn a_thread_that_may_block_may_call() {
    within(|| {
        let client = client(&server());
        for runtime in runtimes() {
            let _entered = runtime.enter();
            call(&client).unwrap();
        }
        let [_, runtime] = runtimes();
        let task = runtime.spawn(async move {
            tokio::task::block_in_place(|| call(&client)).unwrap();
            assert_refused(call(&client));
        });
        runtime.block_on(task).unwrap();
    });
}

/// The runtime of the client is one like others.
#[test]
fn its_own_async_code_gets_an_error() {
    within(|| {
        let client = client(&server());
        let inner = client.clone();
        let outcome = client.block_on(|_| async move {
            let task = runtime::Handle::current().spawn(async move { call(&inner) });
            Ok(task.await)
        });
        assert_refused(outcome.unwrap().unwrap());
    });
}

/// What does not block works in async code, and what is read there is not lost.
#[cfg(feature = "http")]
#[test]
fn a_stream_goes_on_where_it_may() {
    use cartesia::tts::SseRequest;
    use cartesia::voice::ListVoicesRequest;
    use cartesia::{ModelId, RawFormat, VoiceId};
    within(|| {
        let server = server();
        let client = client(&server);
        let voice = VoiceId::from(crate::VOICE);
        let format = RawFormat::PCM_S16LE_16000;
        let request = SseRequest::new(ModelId::SONIC_3, voice, "Half here, half there", format);
        let whole = client.tts().sse(request.clone()).wait().unwrap();
        let whole = whole.collect_audio().unwrap();
        let mut events = client.tts().sse(request.clone()).wait().unwrap();
        let [runtime, _] = runtimes();
        let sent = server.received().len();
        runtime.block_on(async {
            assert_refused(events.next_event().map(|_| ()));
            assert_refused(events.next().unwrap().map(|_| ()));
            // Whoever skips errors comes to an end.
            assert_eq!(events.by_ref().flatten().count(), 0);
            let voices = client.voices().list(ListVoicesRequest::new());
            assert_eq!(voices.clone().items().flatten().count(), 0);
            assert_eq!(voices.pages().flatten().count(), 0);
            assert_refused(client.tts().sse(request).wait().map(|_| ()));
            assert_refused(client.voices().get("v").wait().map(|_| ()));
        });
        assert_eq!(server.received().len(), sent);
        assert_eq!(events.collect_audio().unwrap(), whole);
    });
}

#[test]
fn handles_go_between_threads() {
    fn assert_send_sync<T: Send + Sync + 'static>() {}
    fn assert_send<T: Send + 'static>() {}
    assert_send_sync::<Client>();
    assert_send_sync::<cartesia::blocking::Tts>();
    #[cfg(feature = "http")]
    {
        use cartesia::blocking::{Agents, AudioBody, Download, SseStream, Voices};
        assert_send_sync::<(Voices, Agents)>();
        assert_send::<(SseStream, AudioBody, Download)>();
    }
    #[cfg(feature = "ws")]
    {
        use cartesia::blocking::{ContextInput, ContextOutput, TtsConnection, TtsPool};
        assert_send_sync::<(TtsConnection, TtsPool)>();
        assert_send::<(ContextInput, ContextOutput)>();
    }
}

/// A call within a call, as a callback may make it, waits for nobody but the service.
#[test]
fn calls_nest() {
    within(|| {
        let client = client(&server());
        let inner = client.clone();
        let (observed, heard) = mpsc::channel();
        let outer = client.block_on(|_| async move {
            observed
                .send(call(&inner).map_err(|error| error.kind()))
                .unwrap();
            Ok(())
        });
        outer.unwrap();
        assert_eq!(heard.recv().unwrap(), Ok(()));
    });
}

/// A callback on the client's own thread cannot wait for that thread.
#[cfg(feature = "http")]
#[test]
fn callbacks_are_not_deadlocks() {
    use std::sync::Mutex;

    use cartesia::file::FilePurpose;
    use cartesia::{
        CreateTokenRequest, Credential, TokenFuture, TokenGrants, TokenProvider, Upload,
    };
    struct Asking(Client);
    impl TokenProvider for Asking {
        fn token(&self) -> TokenFuture<'_> {
            Box::pin(async {
                let request = CreateTokenRequest::new(TokenGrants::new().with_tts(true));
                Ok(self.0.access_tokens().create(request).wait()?)
            })
        }
    }
    within(|| {
        let server = server();
        let client = client(&server);
        let outcomes = std::sync::Arc::new(Mutex::new(Vec::new()));
        let (asked, inner) = (std::sync::Arc::clone(&outcomes), client.clone());
        let upload = Upload::from_bytes("a.wav", vec![0; 1_000])
            .with_progress(move |_| asked.lock().unwrap().push(call(&inner)));
        let sent = client.files().upload(upload, FilePurpose::FINE_TUNE);
        sent.wait().unwrap();
        for outcome in outcomes.lock().unwrap().drain(..) {
            assert_refused(outcome);
        }

        // A provider of tokens runs on the thread that calls, and may wait.
        let guest = Client::builder()
            .credential(Credential::provider(Asking(client)))
            .base_url(server.url())
            .build()
            .unwrap();
        assert_eq!(guest.status().wait().unwrap().ok, Some(true));
    });
}
