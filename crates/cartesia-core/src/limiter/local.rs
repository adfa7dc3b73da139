//! Permits within one process.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cartesia_types::{Error, ErrorKind};
use tokio::sync::oneshot;

use super::{
    Limiter, LimiterStats, Limits, Permit, PermitFuture, PermitRequest, Priority, Workload,
};
use crate::time::within;

/// A [`Limiter`] for one process: fair, by priority and then by arrival.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use cartesia_core::limiter::{Limiter, Limits, LocalLimiter, PermitRequest, Workload};
///
/// let limiter = LocalLimiter::new(Limits::new(15));
/// let permit = limiter.acquire(PermitRequest::new("tts.sse", Workload::Synthesis)).await?;
/// assert_eq!(limiter.stats(Workload::Synthesis).held, 1);
/// drop(permit);
/// assert_eq!(limiter.stats(Workload::Synthesis).held, 0);
/// # Ok::<(), cartesia_core::Error>(()) }).unwrap();
/// ```
#[derive(Clone)]
pub struct LocalLimiter {
    limits: Limits,
    synthesis: Arc<Mutex<Queue>>,
    transcription: Arc<Mutex<Queue>>,
    call: Arc<Mutex<Queue>>,
}

/// Who holds a permit and who waits for one. While anybody waits, all permits are held.
#[derive(Default)]
struct Queue {
    held: usize,
    waiting: BTreeMap<Place, oneshot::Sender<()>>,
    next_ticket: u64,
}

/// A place in the queue; the smallest is next.
type Place = (Priority, u64);

impl LocalLimiter {
    /// Creates a limiter with these limits.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            synthesis: Arc::default(),
            transcription: Arc::default(),
            call: Arc::default(),
        }
    }

    fn queue(&self, workload: Workload) -> &Arc<Mutex<Queue>> {
        match workload {
            Workload::Synthesis => &self.synthesis,
            Workload::Transcription => &self.transcription,
            Workload::Call => &self.call,
        }
    }

    async fn wait(&self, request: PermitRequest) -> crate::Result<Permit> {
        let queue = self.queue(request.workload);
        let limit = self.limits.of(request.workload).unwrap_or(usize::MAX);
        let (place, granted) = {
            let mut state = lock(queue);
            if state.held < limit {
                state.held += 1;
                return Ok(permit(queue));
            }
            let place = (request.priority, state.next_ticket);
            state.next_ticket += 1;
            let (grant, granted) = oneshot::channel();
            state.waiting.insert(place, grant);
            (place, granted)
        };
        let place = Some(place);
        let waiter = Waiter { queue, place };
        match within(request.max_wait, granted).await {
            Some(Ok(())) => Ok(waiter.into_permit()),
            _ => Err(no_permit(&request, limit)),
        }
    }
}

impl Limiter for LocalLimiter {
    fn acquire(&self, request: PermitRequest) -> PermitFuture<'_> {
        Box::pin(self.wait(request))
    }

    fn stats(&self, workload: Workload) -> LimiterStats {
        let state = lock(self.queue(workload));
        LimiterStats {
            limit: self.limits.of(workload),
            held: state.held,
            waiting: state.waiting.len(),
        }
    }
}

impl fmt::Debug for LocalLimiter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("LocalLimiter");
        for workload in Workload::ALL {
            shown.field(workload.name(), &self.stats(workload));
        }
        shown.finish()
    }
}

/// Gives up its place when dropped, or the permit that it was given in the meantime.
struct Waiter<'a> {
    queue: &'a Arc<Mutex<Queue>>,
    /// `None` once the permit belongs to the caller.
    place: Option<Place>,
}

impl Waiter<'_> {
    fn into_permit(mut self) -> Permit {
        self.place = None;
        permit(self.queue)
    }
}

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        let Some(place) = self.place else { return };
        let mut state = lock(self.queue);
        if state.waiting.remove(&place).is_none() {
            state.release();
        }
    }
}

impl Queue {
    /// Hands a permit to the next in the queue, if there is one.
    fn release(&mut self) {
        match self.waiting.pop_first() {
            // If it has stopped waiting, it finds that it has no place any more, and releases again.
            Some((_, next)) => drop(next.send(())),
            None => self.held -= 1,
        }
    }
}

fn permit(queue: &Arc<Mutex<Queue>>) -> Permit {
    let queue = Arc::clone(queue);
    Permit::new(move || lock(&queue).release())
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    // Nothing panics while it is held, and even a poisoned lock would hold valid data.
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_permit(request: &PermitRequest, limit: usize) -> Error {
    let waited = request.max_wait.unwrap_or_default();
    let message = format!(
        "no permit within {waited:?}: the limit of {limit} for {} is in use; wait longer, or raise the \
         limit if the plan allows it",
        request.workload.name()
    );
    Error::new(ErrorKind::RateLimited, request.operation, message)
}
