//! The client for programs without async.

mod anywhere;
#[cfg(feature = "http")]
mod groups;
#[cfg(feature = "http")]
mod http;
#[cfg(all(feature = "http", feature = "playback", feature = "ws"))]
mod listening;
mod parity;
#[cfg(all(feature = "playback", feature = "ws"))]
mod playback;
#[cfg(feature = "http")]
mod python;
#[cfg(feature = "ws")]
mod ws;

use std::panic::resume_unwind;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use cartesia::blocking::Client;
use cartesia_mock::{MockServer, MockServerBuilder};

/// Only what hangs takes longer, on a machine that is busy with much else, too.
const LIMIT: Duration = Duration::from_secs(120);

/// Does work that blocks on a thread of its own, and not for ever.
fn within<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (done, wait) = mpsc::channel();
    let thread = thread::spawn(move || {
        let _ = done.send(work());
    });
    match wait.recv_timeout(LIMIT) {
        Ok(outcome) => outcome,
        Err(RecvTimeoutError::Timeout) => panic!("it takes too long"),
        // It panicked.
        Err(RecvTimeoutError::Disconnected) => resume_unwind(thread.join().unwrap_err()),
    }
}

fn server() -> MockServer {
    MockServer::start_on_thread().unwrap()
}

fn server_that(set: impl FnOnce(MockServerBuilder) -> MockServerBuilder) -> MockServer {
    set(MockServer::builder()).start_on_thread().unwrap()
}

fn client(server: &MockServer) -> Client {
    Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .build()
        .unwrap()
}
