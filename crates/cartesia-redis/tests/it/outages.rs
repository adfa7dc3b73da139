//! The server is away for five seconds, while permits are held for longer than that: nothing hangs, and the
//! limit holds.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use cartesia_redis::limiter::{Limiter as _, Limits, Workload};
use cartesia_redis::{RedisConfig, RedisLimiter, WhenUnavailable};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use crate::limiter_contract::{acquire, request};
use crate::redis_server::{RedisServer, Sentinels};

const PATIENCE: Duration = Duration::from_secs(60);
const OUTAGE: Duration = Duration::from_secs(5);
const PROCESSES: usize = 3;
const CALLERS: usize = 5;
const LIMIT: usize = 3;

/// Callers in several processes, and their own account of how many permits they have.
struct Fleet {
    callers: JoinSet<()>,
    limiters: Vec<RedisLimiter>,
    in_use: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    granted: Arc<AtomicUsize>,
    /// Who is granted a permit from now on keeps it for longer than the outage.
    long: Arc<AtomicBool>,
    stop: watch::Sender<bool>,
}

impl Fleet {
    fn start(config: &RedisConfig) -> Self {
        let limiters = (0..PROCESSES).map(|_| RedisLimiter::new(config.clone()).unwrap());
        let mut fleet = Self {
            callers: JoinSet::new(),
            limiters: limiters.collect(),
            in_use: Arc::default(),
            most: Arc::default(),
            granted: Arc::default(),
            long: Arc::default(),
            stop: watch::Sender::new(false),
        };
        for caller in 0..PROCESSES * CALLERS {
            fleet.call(caller);
        }
        fleet
    }

    /// Takes a permit again and again, and keeps it for a while.
    fn call(&mut self, caller: usize) {
        let limiter = self.limiters[caller % PROCESSES].clone();
        let [in_use, most, granted] = [&self.in_use, &self.most, &self.granted].map(Arc::clone);
        let mut stopped = self.stop.subscribe();
        let long = Arc::clone(&self.long);
        self.callers.spawn(async move {
            while !*stopped.borrow() {
                let permit = tokio::select! {
                    permit = limiter.acquire(request()) => permit.unwrap(),
                    _ = stopped.wait_for(|stopped| *stopped) => return,
                };
                let now = in_use.fetch_add(1, Ordering::SeqCst) + 1;
                most.fetch_max(now, Ordering::SeqCst);
                granted.fetch_add(1, Ordering::SeqCst);
                let hold = if long.load(Ordering::SeqCst) {
                    OUTAGE + Duration::from_secs(4)
                } else {
                    Duration::from_millis(150)
                };
                tokio::select! {
                    () = sleep(hold) => {}
                    _ = stopped.wait_for(|stopped| *stopped) => {}
                }
                in_use.fetch_sub(1, Ordering::SeqCst);
                drop(permit);
            }
        });
    }

    fn granted(&self) -> usize {
        self.granted.load(Ordering::SeqCst)
    }

    /// Waits for so many further grants.
    async fn goes_on(&self, count: usize) {
        let until = self.granted() + count;
        let going_on = async {
            while self.granted() < until {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, going_on)
            .await
            .expect("permits are granted");
    }

    /// All permits are now in use, and will be when the outage is over.
    async fn is_busy(&self) {
        self.long.store(true, Ordering::SeqCst);
        self.goes_on(LIMIT).await;
    }

    /// Ends all callers; returns how many had a permit at once.
    async fn end(self) -> usize {
        self.stop.send_replace(true);
        timeout(PATIENCE, self.callers.join_all())
            .await
            .expect("all callers end");
        for limiter in &self.limiters {
            assert_eq!(limiter.stats(Workload::Synthesis).waiting, 0);
        }
        self.most.load(Ordering::SeqCst)
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Outage {
    /// The server is killed, and knows nothing when it is back.
    Killed,
    /// The server stands still, and knows what it knew.
    #[cfg(unix)]
    Frozen,
}

async fn limit_after(outage: Outage, lease: Duration) {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    let fleet = Fleet::start(&server.config(LIMIT).with_lease(lease));
    fleet.goes_on(12).await;
    fleet.is_busy().await;
    match outage {
        Outage::Killed => server.stop(),
        #[cfg(unix)]
        Outage::Frozen => server.freeze(),
    }
    sleep(OUTAGE).await;
    fleet.long.store(false, Ordering::SeqCst);
    match outage {
        Outage::Killed => server.restart().await,
        #[cfg(unix)]
        Outage::Frozen => server.thaw(),
    }
    fleet.goes_on(20).await;
    assert_eq!(
        fleet.end().await,
        LIMIT,
        "all permits were used, and no more"
    );
}

#[tokio::test]
async fn the_limit_holds_after_a_server_lost_its_data() {
    limit_after(Outage::Killed, Duration::from_secs(10)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_limit_holds_after_a_server_stood_still() {
    limit_after(Outage::Frozen, Duration::from_secs(10)).await;
}

#[cfg(unix)]
#[tokio::test]
async fn the_limit_holds_after_all_leases_ended_in_an_outage() {
    limit_after(Outage::Frozen, Duration::from_secs(1)).await;
}

#[tokio::test]
async fn with_a_local_share_work_goes_on_in_an_outage_and_the_limit_holds_afterwards() {
    let Some(mut server) = RedisServer::start().await else {
        return;
    };
    let share = WhenUnavailable::LocalShare(Limits::new(LIMIT / PROCESSES));
    let fleet = Fleet::start(&server.config(LIMIT).with_when_unavailable(share));
    fleet.goes_on(12).await;
    server.stop();
    let stopped = Instant::now();
    // Every process is served by itself.
    fleet.goes_on(10).await;
    assert!(stopped.elapsed() < OUTAGE, "{:?}", stopped.elapsed());
    sleep(OUTAGE.saturating_sub(stopped.elapsed())).await;
    server.restart().await;
    // What was granted without the server ends: up to the limit on top of what was held before.
    sleep(OUTAGE + Duration::from_secs(5)).await;
    fleet.most.store(0, Ordering::SeqCst);
    fleet.goes_on(20).await;
    assert_eq!(fleet.end().await, LIMIT);
}

#[tokio::test]
async fn a_failover_keeps_the_limit() {
    let Some(mut sentinels) = Sentinels::start().await else {
        return;
    };
    let config = RedisConfig::sentinel([sentinels.url()], Sentinels::MASTER, Limits::new(2));
    let config = config.with_lease(Duration::from_secs(3));
    let [here, there] = [(); 2].map(|()| RedisLimiter::new(config.clone()).unwrap());
    for limiter in [&here, &there] {
        timeout(PATIENCE, limiter.ready()).await.unwrap().unwrap();
    }
    let held = acquire(&here, request()).await;
    let other = acquire(&there, request()).await;
    sentinels.kill_master();
    // Freed while there is no master.
    drop(other);
    let second = timeout(PATIENCE, there.acquire(request()))
        .await
        .unwrap()
        .unwrap();
    // The new master knows of the first one.
    let hasty = request().with_max_wait(Duration::from_secs(5));
    let error = timeout(PATIENCE, there.acquire(hasty))
        .await
        .unwrap()
        .unwrap_err();
    assert!(error.to_string().contains("limit of 2"), "{error}");
    drop(held);
    let third = timeout(PATIENCE, there.acquire(request()))
        .await
        .unwrap()
        .unwrap();
    drop((second, third));
}
