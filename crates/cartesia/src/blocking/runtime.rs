//! The thread behind the blocking client, and how other threads wait.
//!
//! One thread drives sockets, timers and the tasks of connections at all times: pings are answered, and
//! connections are closed in time, between calls. A call is polled by the thread that makes it, which sleeps
//! in between. So a call can borrow, and its work runs on the calling thread.

use std::convert::Infallible;
use std::error::Error as StdError;
use std::fmt;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use tokio::runtime::{self, Handle};
use tokio::sync::oneshot;
use tokio::task::coop;

use crate::{Error, ErrorKind, Result};

/// The time that connections have to close after the last handle is dropped. The default limit for closing a
/// WebSocket is as long.
const FAREWELL: Duration = Duration::from_secs(5);
/// The interval at which that is checked.
const LOOK: Duration = Duration::from_millis(5);

/// A share of the thread; it ends when the last share is gone. Dropping one never waits, wherever it
/// is dropped.
#[derive(Clone)]
pub(super) struct Runtime {
    inner: Arc<Inner>,
}

struct Inner {
    handle: Handle,
    /// Dropping it is what ends the thread.
    _alive: oneshot::Sender<Infallible>,
}

impl Runtime {
    pub(super) fn start() -> Result<Self> {
        Self::start_with(FAREWELL)
    }

    fn start_with(farewell: Duration) -> Result<Self> {
        let (started, starting) = mpsc::sync_channel(1);
        let (alive, ended) = oneshot::channel();
        // The runtime is made and dropped on its own thread: dropping one in an async context panics.
        thread::Builder::new()
            .name("cartesia-blocking".to_owned())
            .spawn(move || drive(&started, ended, farewell))
            .map_err(cannot_start)?;
        let handle = starting.recv().map_err(cannot_start)?;
        Ok(Self {
            inner: Arc::new(Inner {
                handle: handle.map_err(cannot_start)?,
                _alive: alive,
            }),
        })
    }

    /// Does something that needs a runtime, and does not wait.
    #[cfg(feature = "ws")]
    pub(super) fn enter<T>(
        &self,
        operation: &'static str,
        work: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        if is_ending() {
            return Err(ending(operation));
        }
        let _entered = self.inner.handle.enter();
        work()
    }

    /// Waits for a future that cannot fail. An error means that it was not polled.
    pub(super) fn block_on<F: Future>(
        &self,
        operation: &'static str,
        future: F,
    ) -> Result<F::Output> {
        if is_ending() {
            return Err(ending(operation));
        }
        if in_async_context() {
            let message = "a blocking call would stop the async tasks of this thread: use the async \
                           `cartesia::Client` here, or call from `tokio::task::spawn_blocking`; \
                           nothing was done";
            return Err(Error::new(ErrorKind::Config, operation, message));
        }
        let _entered = self.inner.handle.enter();
        let parker = Arc::new(Parker {
            thread: thread::current(),
            woken: AtomicBool::new(false),
        });
        let waker = Waker::from(Arc::clone(&parker));
        let mut context = Context::from_waker(&waker);
        let mut future = pin!(future);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return Ok(output),
                Poll::Pending => parker.wait(),
            }
        }
    }

    /// Waits for a future that may fail.
    pub(super) fn wait<T>(
        &self,
        operation: &'static str,
        future: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        self.block_on(operation, future)?
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime").finish_non_exhaustive()
    }
}

fn cannot_start(error: impl StdError + Send + Sync + 'static) -> Error {
    let message = "the thread of the client cannot be started";
    Error::new(ErrorKind::Io, "blocking.start", message).with_source(error)
}

/// What the thread does.
fn drive(
    started: &mpsc::SyncSender<std::io::Result<Handle>>,
    ended: oneshot::Receiver<Infallible>,
    farewell: Duration,
) {
    let runtime = match runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let _ = started.send(Err(error));
            return;
        }
    };
    let _ = started.send(Ok(runtime.handle().clone()));
    runtime.block_on(async {
        let _ = ended.await;
        let _ = tokio::time::timeout(farewell, no_task_is_left()).await;
    });
    // Threads that still read a file or resolve a name are not waited for.
    runtime.shutdown_background();
}

/// The tasks of connections end by themselves when their last handle is gone, after a last message. They are
/// not owned here, and do not report their end.
async fn no_task_is_left() {
    while Handle::current().metrics().num_alive_tasks() > 0 {
        tokio::time::sleep(LOOK).await;
    }
}

/// Sleeps until it is woken.
struct Parker {
    thread: Thread,
    woken: AtomicBool,
}

impl Parker {
    fn wait(&self) {
        // Others may unpark this thread, too, or take what was meant for us.
        while !self.woken.swap(false, Ordering::Acquire) {
            thread::park();
        }
    }
}

impl Wake for Parker {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.woken.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

/// Whether this thread is ending and runs the destructors of its thread-local variables, where tokio panics.
fn is_ending() -> bool {
    Handle::try_current().is_err_and(|error| error.is_thread_local_destroyed())
}

fn ending(operation: &'static str) -> Error {
    let message = "this thread is ending, so the call was not made";
    Error::new(ErrorKind::Config, operation, message)
}

/// Whether this thread runs async code, which must not be blocked.
///
/// The presence of a runtime does not show that: threads for blocking work have one, and so has a thread that
/// entered one. But tokio limits the steps of each task before it has to yield (its coop budget). So if steps
/// are limited, a task is running. This uses up the budget to find its limit, and then returns it.
fn in_async_context() -> bool {
    if Handle::try_current().is_err() {
        return false;
    }
    let mut context = Context::from_waker(Waker::noop());
    let Poll::Ready(all) = coop::poll_proceed(&mut context) else {
        return true;
    };
    // The count is a byte.
    let limited = (0..=u8::MAX).any(|_| match coop::poll_proceed(&mut context) {
        Poll::Ready(step) => {
            step.made_progress();
            false
        }
        Poll::Pending => true,
    });
    // Dropping the first step gives back what there was before it.
    drop(all);
    limited
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_may_wait() {
        assert!(!in_async_context());
        let runtime = runtime::Builder::new_multi_thread().build().unwrap();
        let _entered = runtime.enter();
        assert!(!in_async_context());
    }

    #[test]
    fn threads_for_blocking_work_may_wait() {
        let runtime = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        runtime.block_on(async {
            let on_pool = tokio::task::spawn_blocking(in_async_context);
            assert!(!on_pool.await.unwrap());
            assert!(!tokio::task::block_in_place(in_async_context));
        });
    }

    #[test]
    fn tasks_may_not_wait() {
        let multi = runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .build()
            .unwrap();
        let current = runtime::Builder::new_current_thread().build().unwrap();
        for runtime in [&multi, &current] {
            assert!(runtime.block_on(async { in_async_context() }));
            let task = runtime.spawn(async { in_async_context() });
            assert!(runtime.block_on(task).unwrap());
        }
        let local = tokio::task::LocalSet::new();
        assert!(local.block_on(&current, async {
            let task = tokio::task::spawn_local(async { in_async_context() });
            in_async_context() && task.await.unwrap()
        }));
    }

    /// Asking costs a task nothing, and is right even when it has no steps left.
    #[test]
    fn steps_are_given_back() {
        fn steps_left() -> u32 {
            let mut context = Context::from_waker(Waker::noop());
            let mut taken = 0;
            while let Poll::Ready(step) = coop::poll_proceed(&mut context) {
                step.made_progress();
                taken += 1;
            }
            taken
        }
        let runtime = runtime::Builder::new_current_thread().build().unwrap();
        let without = runtime.spawn(async { steps_left() });
        let with = runtime.spawn(async {
            assert!(in_async_context());
            let left = steps_left();
            assert!(in_async_context());
            left
        });
        let without = runtime.block_on(without).unwrap();
        assert!(without > 1);
        assert_eq!(runtime.block_on(with).unwrap(), without);
    }

    const LIMIT: Duration = Duration::from_secs(20);

    #[test]
    fn a_wake_that_somebody_else_took_is_not_lost() {
        let (done, polled) = mpsc::channel();
        thread::spawn(move || {
            let runtime = Runtime::start().unwrap();
            let mut polls = 0;
            let outer = std::future::poll_fn(|context| {
                polls += 1;
                context.waker().wake_by_ref();
                // A call within a call, as in a callback, parks and unparks the same thread.
                let inner = async { Handle::current().spawn(async {}).await };
                runtime.block_on("test", inner).unwrap().unwrap();
                if polls < 50 {
                    Poll::Pending
                } else {
                    Poll::Ready(())
                }
            });
            runtime.block_on("test", outer).unwrap();
            done.send(polls).unwrap();
        });
        assert_eq!(polled.recv_timeout(LIMIT).unwrap(), 50);
    }

    /// Destructors of a thread's variables run last first: this one runs after tokio's.
    #[test]
    fn a_thread_that_ends_gets_an_error() {
        struct AtTheEnd(Runtime, mpsc::Sender<ErrorKind>);
        impl Drop for AtTheEnd {
            fn drop(&mut self) {
                let outcome = self.0.block_on("test", async {});
                let _ = self.1.send(outcome.unwrap_err().kind());
            }
        }
        thread_local! {
            static LAST: std::cell::RefCell<Option<AtTheEnd>> = const {
                std::cell::RefCell::new(None)
            };
        }
        let runtime = Runtime::start().unwrap();
        let (sender, kind) = mpsc::channel();
        thread::spawn(move || {
            LAST.set(Some(AtTheEnd(runtime.clone(), sender)));
            runtime.block_on("test", async {}).unwrap();
        });
        assert_eq!(kind.recv_timeout(LIMIT).unwrap(), ErrorKind::Config);
    }

    /// When the last share is dropped, tasks have time for their last messages, and the drop does not wait
    /// for them.
    #[test]
    fn tasks_outlive_the_last_share_a_little() {
        let runtime = Runtime::start().unwrap();
        let (go, going) = oneshot::channel();
        let (sender, last) = mpsc::channel();
        let last_words = async move {
            let _ = sender.send(going.await);
        };
        drop(runtime.inner.handle.spawn(last_words));
        drop(runtime);
        go.send("goodbye").unwrap();
        assert_eq!(last.recv_timeout(LIMIT).unwrap(), Ok("goodbye"));
    }

    #[test]
    fn tasks_that_do_not_end_are_ended() {
        let runtime = Runtime::start_with(Duration::from_millis(1)).unwrap();
        let (held, ended) = mpsc::channel::<Infallible>();
        drop(runtime.inner.handle.spawn(async move {
            let _held = held;
            std::future::pending::<()>().await;
        }));
        let nobody = ended.try_recv().unwrap_err();
        assert_eq!(nobody, mpsc::TryRecvError::Empty);
        drop(runtime);
        let outcome = ended.recv_timeout(LIMIT);
        assert_eq!(outcome.unwrap_err(), mpsc::RecvTimeoutError::Disconnected);
    }
}
