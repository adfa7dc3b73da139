//! Reading a body ahead, for a reader that is the main future of a runtime.
//!
//! hyper hands a body over piece by piece, and reads on when each was taken. A reader in a task runs on the same
//! worker as the task of the connection, so no thread sleeps. The main future of a runtime with many threads runs
//! on none of its workers: there both threads would sleep and wake for each piece, which costs more than everything
//! else. On a runtime with one thread, all sockets would be asked for news before each piece. So once a body turns out
//! to be long, a task takes the pieces as they come, and hands over many at once.
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
const BATCH: usize = 256 * 1024;
/// The same where the reader runs on the same thread, which wakes at no cost: what it reads is still in the cache.
const BATCH_ON_ONE_THREAD: usize = 64 * 1024;

/// The reader's end. Dropping it drops the body at once.
pub(crate) struct ReadAhead {
    shared: Arc<Shared>,
    task: AbortHandle,
    /// What was handed over, and not read yet.
    pieces: VecDeque<Bytes>,
}

struct Shared {
    /// Bytes of a batch.
    batch: usize,
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
    /// The body has no more. If the task was dropped before, the reader asks the body itself.
    Whole,
    Broken(reqwest::Error),
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Only the library of HTTP could panic while one is held, and then the body is not read any more.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl ReadAhead {
    pub(crate) fn start(body: reqwest::Body, runtime: &Handle) -> Self {
        let batch = match runtime.runtime_flavor() {
            RuntimeFlavor::CurrentThread => BATCH_ON_ONE_THREAD,
            _ => BATCH,
        };
        let shared = Arc::new(Shared {
            batch,
            body: Mutex::new(Some(body)),
            queue: Mutex::default(),
        });
        let task = runtime.spawn(Task::new(Arc::clone(&shared)));
        Self {
            shared,
            task: task.abort_handle(),
            pieces: VecDeque::new(),
        }
    }

    /// The next piece, never empty; `None` at the end of the body.
    pub(crate) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<reqwest::Result<Bytes>>> {
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
        match std::mem::take(&mut queue.end) {
            Some(End::Broken(error)) => {
                queue.end = Some(End::Whole);
                Poll::Ready(Some(Err(error)))
            }
            Some(end) => {
                queue.end = Some(end);
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
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            pieces: VecDeque::new(),
            bytes: 0,
            has_yielded: false,
        }
    }

    /// Hands over what there is, and wakes the reader. Whether there was room; if not, the task is woken when
    /// there is.
    fn hand_over(&mut self, cx: &mut Context<'_>) -> bool {
        let mut queue = lock(&self.shared.queue);
        if queue.bytes >= self.shared.batch {
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
            if this.bytes >= this.shared.batch && !this.hand_over(cx) {
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
        self.end(End::Whole);
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::Wake;

    use futures_util::stream;
    use tokio::runtime::Builder;
    use tokio::sync::mpsc;

    use super::*;

    const PIECE: usize = 16 * 1024;

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Bell {
        fn rings(&self) -> usize {
            self.0.swap(0, Ordering::Relaxed)
        }
    }

    /// A reader, and its task as nothing runs it but the test.
    struct Rig {
        runtime: tokio::runtime::Runtime,
        reader: ReadAhead,
        task: Option<Task>,
        reader_bell: Arc<Bell>,
        task_bell: Arc<Bell>,
    }

    impl Rig {
        fn new(body: reqwest::Body) -> Self {
            let runtime = Builder::new_current_thread().build().unwrap();
            // It is aborted before it runs.
            let reader = ReadAhead::start(reqwest::Body::default(), runtime.handle());
            let shared = Arc::new(Shared {
                batch: BATCH,
                body: Mutex::new(Some(body)),
                queue: Mutex::default(),
            });
            let task = Task::new(Arc::clone(&shared));
            Self {
                reader: ReadAhead {
                    shared,
                    task: reader.task.clone(),
                    pieces: VecDeque::new(),
                },
                runtime,
                task: Some(task),
                reader_bell: Arc::default(),
                task_bell: Arc::default(),
            }
        }

        /// Polls the task as long as it wakes itself.
        fn run(&mut self) {
            let _entered = self.runtime.enter();
            let waker = Waker::from(Arc::clone(&self.task_bell));
            let mut cx = Context::from_waker(&waker);
            loop {
                let Some(task) = &mut self.task else { return };
                if Pin::new(task).poll(&mut cx).is_ready() {
                    self.task = None;
                }
                if self.task_bell.rings() == 0 {
                    return;
                }
            }
        }

        /// What the reader gets, in words.
        fn read(&mut self) -> String {
            let waker = Waker::from(Arc::clone(&self.reader_bell));
            match self.reader.poll_next(&mut Context::from_waker(&waker)) {
                Poll::Pending => "nothing yet".to_owned(),
                Poll::Ready(Some(Ok(piece))) => format!("{}", piece[0]),
                Poll::Ready(Some(Err(_))) => "broken".to_owned(),
                Poll::Ready(None) => "end".to_owned(),
            }
        }

        #[track_caller]
        fn reads(&mut self, expected: &[&str]) {
            let seen: Vec<_> = expected.iter().map(|_| self.read()).collect();
            assert_eq!(seen, expected);
        }
    }

    fn piece(number: u8) -> Bytes {
        vec![number; PIECE].into()
    }

    fn body_of(pieces: Vec<io::Result<Bytes>>) -> reqwest::Body {
        reqwest::Body::wrap_stream(stream::iter(pieces))
    }

    /// A body whose pieces the test sends.
    fn channel() -> (mpsc::Sender<Bytes>, reqwest::Body) {
        let (sender, receiver) = mpsc::channel::<Bytes>(100);
        let pieces = stream::unfold(receiver, |mut receiver| async move {
            let piece = receiver.recv().await?;
            Some((Ok::<_, io::Error>(piece), receiver))
        });
        (sender, reqwest::Body::wrap_stream(pieces))
    }

    #[test]
    fn pieces_come_in_order_and_the_end_after_them() {
        let pieces = [1, 2, 3].map(|number| Ok(piece(number)));
        let mut rig = Rig::new(body_of(pieces.into()));
        rig.reads(&["nothing yet"]);
        rig.run();
        assert_eq!(rig.reader_bell.rings(), 1, "woken for all of them at once");
        rig.reads(&["1", "2", "3", "end", "end"]);
    }

    #[test]
    fn what_came_before_a_failure_is_read_and_the_failure_is_reported_once() {
        let broken = Err(io::Error::other("it broke"));
        let mut rig = Rig::new(body_of(vec![Ok(piece(1)), Ok(Bytes::new()), broken]));
        rig.run();
        rig.reads(&["1", "broken", "end", "end"]);
    }

    /// A piece is not kept until more come.
    #[test]
    fn a_piece_that_comes_alone_is_handed_over_at_once() {
        let (sender, body) = channel();
        let mut rig = Rig::new(body);
        for number in 1..4 {
            rig.reads(&["nothing yet"]);
            sender.try_send(piece(number)).unwrap();
            rig.run();
            assert_eq!(rig.reader_bell.rings(), 1);
            rig.reads(&[&number.to_string()]);
        }
        drop(sender);
        rig.run();
        rig.reads(&["end"]);
    }

    #[test]
    fn no_more_is_read_than_the_reader_can_take() {
        let read = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&read);
        let endless = stream::repeat_with(move || {
            counted.fetch_add(PIECE, Ordering::Relaxed);
            Ok::<_, io::Error>(piece(1))
        });
        let mut rig = Rig::new(reqwest::Body::wrap_stream(endless));
        rig.run();
        rig.run();
        assert_eq!(read.load(Ordering::Relaxed), 2 * BATCH);
        // The reader takes all that waits for it, and the task goes on.
        rig.reads(&["1"]);
        assert_eq!(rig.task_bell.rings(), 1);
        rig.run();
        assert_eq!(read.load(Ordering::Relaxed), 3 * BATCH);
        for _ in 1..BATCH / PIECE {
            rig.reads(&["1"]);
            assert_eq!(rig.task_bell.rings(), 0);
        }
        rig.reads(&["1"]);
        assert_eq!(rig.task_bell.rings(), 1);
    }

    #[test]
    fn without_its_task_the_reader_reads_the_body_itself() {
        let (sender, body) = channel();
        let mut rig = Rig::new(body);
        sender.try_send(piece(1)).unwrap();
        rig.run();
        rig.reads(&["1", "nothing yet"]);
        sender.try_send(piece(2)).unwrap();
        rig.task = None;
        assert_eq!(rig.reader_bell.rings(), 1);
        rig.reads(&["2", "nothing yet"]);
        drop(sender);
        rig.reads(&["end", "end"]);
    }

    #[test]
    fn the_body_is_dropped_with_the_reader() {
        struct Notes(Arc<AtomicBool>);
        impl Drop for Notes {
            fn drop(&mut self) {
                self.0.store(true, Ordering::Relaxed);
            }
        }
        let dropped = Arc::new(AtomicBool::new(false));
        let notes = Notes(Arc::clone(&dropped));
        let silent = stream::poll_fn(move |_| {
            let _held = &notes;
            Poll::<Option<io::Result<Bytes>>>::Pending
        });
        let mut rig = Rig::new(reqwest::Body::wrap_stream(silent));
        rig.run();
        assert!(!dropped.load(Ordering::Relaxed));
        let Rig { reader, task, .. } = rig;
        drop(reader);
        assert!(dropped.load(Ordering::Relaxed), "although the task lives");
        drop(task);
    }
}
