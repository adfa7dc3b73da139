//! What every limiter must do. `cartesia-redis` includes this file and runs the same tests.

use std::sync::Arc;
use std::time::Duration;

use cartesia_core::ErrorKind;
use cartesia_core::limiter::{Limiter, Permit, PermitRequest, Priority, Workload};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::timeout;

/// No test takes longer, unless a permit is never granted.
const PATIENCE: Duration = Duration::from_secs(20);

/// A request for a generation.
pub(crate) fn request() -> PermitRequest {
    PermitRequest::new("test", Workload::Synthesis)
}

/// Acquires what must be free soon.
pub(crate) async fn acquire(limiter: &dyn Limiter, request: PermitRequest) -> Permit {
    timeout(PATIENCE, limiter.acquire(request))
        .await
        .expect("the permit is granted in time")
        .unwrap()
}

/// Waits until so many callers wait.
pub(crate) async fn wait_for_waiting(limiter: &dyn Limiter, count: usize) {
    let reached = async {
        while limiter.stats(Workload::Synthesis).waiting != count {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, reached)
        .await
        .expect("so many callers wait");
}

/// Callers that report their name once they have a permit, together with the permit.
struct Callers {
    tasks: JoinSet<()>,
    granted: mpsc::Sender<(&'static str, Permit)>,
    grants: mpsc::Receiver<(&'static str, Permit)>,
}

impl Callers {
    fn new() -> Self {
        let (granted, grants) = mpsc::channel(64);
        Self {
            tasks: JoinSet::new(),
            granted,
            grants,
        }
    }

    fn start(
        &mut self,
        limiter: &Arc<dyn Limiter>,
        request: PermitRequest,
        name: &'static str,
    ) -> AbortHandle {
        let (limiter, granted) = (Arc::clone(limiter), self.granted.clone());
        self.tasks.spawn(async move {
            let permit = acquire(&*limiter, request).await;
            let _ = granted.send((name, permit)).await;
        })
    }

    async fn next(&mut self) -> (&'static str, Permit) {
        let next = timeout(PATIENCE, self.grants.recv()).await;
        next.expect("a permit is granted in time").unwrap()
    }
}

/// All of the contract, with a limiter of two generations and eight transcriptions that nobody else uses.
pub(crate) async fn holds_for(limiter: Arc<dyn Limiter>) {
    no_more_than_the_limit(&limiter).await;
    kinds_have_limits_of_their_own(&limiter).await;
    the_wait_is_limited(&limiter).await;
    priority_comes_before_arrival(&limiter).await;
    who_stops_waiting_is_passed_over(&limiter).await;
    many_callers_all_get_their_turn(&limiter).await;
    let stats = limiter.stats(Workload::Synthesis);
    assert_eq!(
        (stats.held, stats.waiting),
        (0, 0),
        "everything was released"
    );
}

async fn no_more_than_the_limit(limiter: &Arc<dyn Limiter>) {
    let first = acquire(&**limiter, request()).await;
    let second = acquire(&**limiter, request()).await;
    assert_eq!(limiter.stats(Workload::Synthesis).held, 2);
    let mut callers = Callers::new();
    callers.start(limiter, request(), "third");
    wait_for_waiting(&**limiter, 1).await;
    let early = callers.grants.try_recv();
    assert!(early.is_err(), "a third permit while two are held");
    drop(first);
    let (_, third) = callers.next().await;
    drop((second, third));
}

async fn kinds_have_limits_of_their_own(limiter: &Arc<dyn Limiter>) {
    let speech = [
        acquire(&**limiter, request()).await,
        acquire(&**limiter, request()).await,
    ];
    let transcription = PermitRequest::new("test", Workload::Transcription);
    let text = acquire(&**limiter, transcription).await;
    drop((speech, text));
}

async fn the_wait_is_limited(limiter: &Arc<dyn Limiter>) {
    let held = [
        acquire(&**limiter, request()).await,
        acquire(&**limiter, request()).await,
    ];
    let impatient = request().with_max_wait(Duration::from_millis(50));
    let error = timeout(PATIENCE, limiter.acquire(impatient))
        .await
        .expect("it ends by itself")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimited);
    assert_eq!(error.operation(), "test");
    assert!(error.to_string().contains('2'), "{error}");
    wait_for_waiting(&**limiter, 0).await;
    drop(held);
    // What it waited for is there for others.
    let again = [
        acquire(&**limiter, request()).await,
        acquire(&**limiter, request()).await,
    ];
    drop(again);
}

async fn priority_comes_before_arrival(limiter: &Arc<dyn Limiter>) {
    let mut held = vec![
        acquire(&**limiter, request()).await,
        acquire(&**limiter, request()).await,
    ];
    let mut callers = Callers::new();
    let bulk = request().with_priority(Priority::Bulk);
    for (index, (request, name)) in [
        (bulk, "bulk 1"),
        (bulk, "bulk 2"),
        (request(), "live 1"),
        (request(), "live 2"),
    ]
    .into_iter()
    .enumerate()
    {
        callers.start(limiter, request, name);
        wait_for_waiting(&**limiter, index + 1).await;
    }
    let mut order = Vec::new();
    for _ in 0..4 {
        held.pop();
        let (name, permit) = callers.next().await;
        order.push(name);
        held.insert(0, permit);
    }
    assert_eq!(order, ["live 1", "live 2", "bulk 1", "bulk 2"]);
}

async fn who_stops_waiting_is_passed_over(limiter: &Arc<dyn Limiter>) {
    let mut held = vec![
        acquire(&**limiter, request()).await,
        acquire(&**limiter, request()).await,
    ];
    let mut callers = Callers::new();
    let gone = callers.start(limiter, request(), "gone");
    wait_for_waiting(&**limiter, 1).await;
    callers.start(limiter, request(), "stays");
    wait_for_waiting(&**limiter, 2).await;
    gone.abort();
    wait_for_waiting(&**limiter, 1).await;
    held.pop();
    let (name, permit) = callers.next().await;
    assert_eq!(name, "stays");
    drop((held, permit));
}

async fn many_callers_all_get_their_turn(limiter: &Arc<dyn Limiter>) {
    let mut callers = Callers::new();
    for _ in 0..50 {
        callers.start(limiter, request(), "one of many");
    }
    let mut most = 0;
    for _ in 0..50 {
        let (_, permit) = callers.next().await;
        most = most.max(limiter.stats(Workload::Synthesis).held);
        drop(permit);
    }
    assert!((1..=2).contains(&most), "{most} permits were held at once");
}
