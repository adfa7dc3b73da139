//! Reading a body ahead, for a reader that is a thread of its own.
//!
//! hyper hands a body over piece by piece, and reads on when each was taken. A reader in a task runs on the same
//! worker as the task of the connection, so no thread sleeps. The main future of a runtime with many threads runs
//! on none of its workers: there both threads would sleep and wake for each piece, which costs more than everything
//! else. So once a body turns out to be long, a task takes the pieces as they come, and hands over many at once.
//!
//! It wakes the reader when nothing more has arrived, so no audio waits for more audio.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use http_body::Body as _;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::task::AbortHandle;

/// Bytes that the task collects before it wakes the reader although more have arrived. As many may wait for the
/// reader, and as many may be in its hands.
const BATCH: usize = 512 * 1024;

/// The runtime, if the thread that calls this polls the main future of a runtime with many threads.
pub(crate) fn reader_is_apart() -> Option<Handle> {
    if tokio::task::try_id().is_some() {
        return None;
    }
    let runtime = Handle::try_current().ok()?;
    (runtime.runtime_flavor() == RuntimeFlavor::MultiThread).then_some(runtime)
}

/// The reader's end. Dropping it drops the body at once.
pub(crate) struct ReadAhead {
    shared: Arc<Shared>,
    task: AbortHandle,
    /// What was handed over, and not read yet.
    pieces: VecDeque<Bytes>,
}

struct Shared {
    /// Taken away when nothing more is to be read.
    body: Mutex<Option<reqwest::Body>>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    pieces: VecDeque<Bytes>,
    bytes: usize,
    end: Option<End>,
    /// The reader, if it waits for pieces.
    reader: Option<Waker>,
    /// The task, if it waits for room.
    task: Option<Waker>,
}

/// Why no more pieces come from the task.
enum End {
    Whole,
    Broken(reqwest::Error),
    /// The runtime of the task ended, and with it the connection.
    Gone,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only the library of HTTP could panic while one is held, and then the body is not read any more.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ReadAhead {
    pub(crate) fn start(body: reqwest::Body, runtime: &Handle) -> Self {
        let shared = Arc::new(Shared {
            body: Mutex::new(Some(body)),
            queue: Mutex::default(),
        });
        let task = Task {
            shared: Arc::clone(&shared),
            pieces: VecDeque::new(),
            bytes: 0,
            has_yielded: false,
        };
        Self {
            shared,
            task: runtime.spawn(task).abort_handle(),
            pieces: VecDeque::new(),
        }
    }

    /// The next piece, never empty; `None` at the end of the body.
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<reqwest::Result<Bytes>>> {
        if let Some(piece) = self.pieces.pop_front() {
            return Poll::Ready(Some(Ok(piece)));
        }
        let mut queue = lock(&self.shared.queue);
        if let Some(piece) = queue.pieces.pop_front() {
            std::mem::swap(&mut self.pieces, &mut queue.pieces);
            queue.bytes = 0;
            let task = queue.task.take();
            drop(queue);
            if let Some(task) = task {
                task.wake();
            }
            return Poll::Ready(Some(Ok(piece)));
        }
        match queue.end.take() {
            Some(End::Whole) => Poll::Ready(None),
            Some(End::Broken(error)) => Poll::Ready(Some(Err(error))),
            Some(End::Gone) => {
                queue.end = Some(End::Gone);
                drop(queue);
                poll_body(&mut lock(&self.shared.body), cx)
            }
            None => {
                queue.reader = Some(cx.waker().clone());
                Poll::Pending
            }
        }
    }

    /// Takes the body back, to drop it.
    pub(crate) fn take_body(&mut self) -> Option<reqwest::Body> {
        self.task.abort();
        lock(&self.shared.body).take()
    }
}

impl Drop for ReadAhead {
    fn drop(&mut self) {
        drop(self.take_body());
    }
}

/// The next piece of the body, without what carries none; `None` at its end.
fn poll_body(
    body: &mut Option<reqwest::Body>,
    cx: &mut Context<'_>,
) -> Poll<Option<reqwest::Result<Bytes>>> {
    loop {
        let Some(open) = body else {
            return Poll::Ready(None);
        };
        let polled = std::task::ready!(Pin::new(open).poll_frame(cx));
        match polled {
            Some(Ok(frame)) => match frame.into_data() {
                Ok(data) if !data.is_empty() => return Poll::Ready(Some(Ok(data))),
                // Trailers carry nothing that we need.
                _ => {}
            },
            Some(Err(error)) => {
                *body = None;
                return Poll::Ready(Some(Err(error)));
            }
            None => {
                *body = None;
                return Poll::Ready(None);
            }
        }
    }
}

/// Reads the body, and hands it over.
struct Task {
    shared: Arc<Shared>,
    /// What was not handed over yet.
    pieces: VecDeque<Bytes>,
    bytes: usize,
    /// The task of the connection had its turn since the last piece came.
    has_yielded: bool,
}

impl Task {
    /// Hands over what there is, and wakes the reader. Whether there was room; if not, the task is woken when
    /// there is.
    fn hand_over(&mut self, cx: &mut Context<'_>) -> bool {
        let mut queue = lock(&self.shared.queue);
        if queue.bytes >= BATCH {
            queue.task = Some(cx.waker().clone());
            return false;
        }
        queue.pieces.append(&mut self.pieces);
        queue.bytes += std::mem::take(&mut self.bytes);
        let reader = queue.reader.take();
        drop(queue);
        if let Some(reader) = reader {
            reader.wake();
        }
        true
    }

    /// Hands over the last pieces, and how the body ended.
    fn end(&mut self, end: End) {
        let mut queue = lock(&self.shared.queue);
        queue.pieces.append(&mut self.pieces);
        if queue.end.is_none() {
            queue.end = Some(end);
        }
        let reader = queue.reader.take();
        drop(queue);
        if let Some(reader) = reader {
            reader.wake();
        }
    }
}

impl Future for Task {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        loop {
            if this.bytes >= BATCH && !this.hand_over(cx) {
                return Poll::Pending;
            }
            let polled = poll_body(&mut lock(&this.shared.body), cx);
            match polled {
                Poll::Ready(Some(Ok(piece))) => {
                    this.bytes += piece.len();
                    this.pieces.push_back(piece);
                    this.has_yielded = false;
                }
                Poll::Ready(Some(Err(error))) => {
                    this.end(End::Broken(error));
                    return Poll::Ready(());
                }
                Poll::Ready(None) => {
                    this.end(End::Whole);
                    return Poll::Ready(());
                }
                Poll::Pending if this.pieces.is_empty() => return Poll::Pending,
                Poll::Pending if this.has_yielded => {
                    this.hand_over(cx);
                    return Poll::Pending;
                }
                // The task of the connection goes on when a piece was taken: perhaps the next one is there.
                Poll::Pending => {
                    this.has_yielded = true;
                    let turn = std::pin::pin!(tokio::task::yield_now());
                    if turn.poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl Drop for Task {
    /// Only a runtime that ends drops it before it has told how the body ended.
    fn drop(&mut self) {
        self.end(End::Gone);
    }
}
