//! The task of a limiter: sends changes to the server, renews leases, and receives grants.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use cartesia_core::Backoff;
use cartesia_core::limiter::{Limits, Workload};
use cartesia_core::time::deadline_after;
use cartesia_types::Result;
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, sleep_until};

use crate::config::WhenUnavailable;
use crate::server::{Connection, Server};
use crate::shared::Shared;

/// Between attempts to reach the server: with jitter, so that a fleet does not come back at once.
const BACKOFF: Backoff = Backoff::new(Duration::from_millis(100), Duration::from_secs(2));

pub(crate) struct Task {
    pub(crate) shared: Arc<Shared>,
    pub(crate) server: Server,
    pub(crate) limits: Limits,
    /// How long a permit counts in Redis without a renewal.
    pub(crate) lease: Duration,
    pub(crate) when_unavailable: WhenUnavailable,
    /// How many attempts to reach the server have ended.
    pub(crate) attempts: watch::Sender<u64>,
}

impl Task {
    pub(crate) async fn run(mut self) {
        let mut failures = 0;
        while !self.shared.is_over() {
            let outcome = self.connect().await;
            let reached = outcome.is_ok();
            self.shared.set_failure(outcome.as_ref().err().cloned());
            self.attempts.send_modify(|attempts| *attempts += 1);
            let error = match outcome {
                Ok(connection) => {
                    failures = 0;
                    match self.serve(connection).await {
                        Ok(()) => return,
                        Err(error) => error,
                    }
                }
                Err(error) => error,
            };
            for workload in Workload::ALL {
                self.shared.registry(workload).lost();
            }
            tracing::warn!(%error, "the limiter cannot reach its Redis server");
            if reached {
                // It may be back at once.
                continue;
            }
            if self.shared.is_unused() {
                // The leases end by themselves.
                return;
            }
            failures += 1;
            let delay = BACKOFF.delay(failures, fastrand::f64());
            self.while_away(sleep(delay)).await;
        }
    }

    async fn connect(&mut self) -> Result<Connection> {
        let (shared, policy) = (Arc::clone(&self.shared), self.when_unavailable);
        let known = shared.failure().is_some();
        let mut connecting = pin!(self.server.connect());
        loop {
            if known {
                grant_while_away(&shared, policy);
            }
            tokio::select! {
                biased;
                outcome = &mut connecting => return outcome,
                () = shared.news.notified() => {}
            }
        }
    }

    /// Waits while the server is away.
    async fn while_away(&self, delay: impl Future<Output = ()>) {
        let mut delay = pin!(delay);
        loop {
            grant_while_away(&self.shared, self.when_unavailable);
            tokio::select! {
                biased;
                () = &mut delay => return,
                () = self.shared.news.notified() => {}
            }
            if self.shared.is_unused() {
                return;
            }
        }
    }

    /// Works with a connection until it is lost, or until nothing is left to do.
    async fn serve(&self, mut connection: Connection) -> Result<()> {
        for workload in Workload::ALL {
            self.shared.registry(workload).repeat_everything();
        }
        let mut renewal = interval(self.lease / 3);
        renewal.set_missed_tick_behavior(MissedTickBehavior::Delay);
        renewal.reset();
        let mut mail = Box::pin(self.server.next_mail(&connection));
        let mut pause = pin!(sleep(Duration::ZERO));
        let mut is_paused = false;
        loop {
            for workload in Workload::ALL {
                if let Some(paused) = self.step(&mut connection, workload).await? {
                    pause.as_mut().reset(Instant::now() + paused);
                    is_paused = true;
                }
            }
            if self.shared.is_over() {
                return Ok(());
            }
            let looks_at = self.looks_at();
            tokio::select! {
                () = self.shared.news.notified() => {}
                // If nothing is due, the time does not matter.
                () = sleep_until(looks_at.unwrap_or_else(Instant::now)), if looks_at.is_some() => self.look(),
                _ = renewal.tick() => self.repeat_everything(),
                // The first step after it grants what became free.
                () = &mut pause, if is_paused => {
                    is_paused = false;
                    self.repeat_everything();
                }
                grants = &mut mail => {
                    for (workload, number) in grants? {
                        self.shared.registry(workload).granted(number);
                    }
                    mail.set(self.server.next_mail(&connection));
                }
            }
        }
    }

    /// When a lease ends that callers of this process wait for.
    fn looks_at(&self) -> Option<Instant> {
        let all = Workload::ALL.iter();
        all.filter_map(|it| self.shared.registry(*it).looks_at())
            .min()
    }

    fn look(&self) {
        let now = Instant::now();
        for workload in Workload::ALL {
            self.shared.registry(workload).look(now);
        }
    }

    fn repeat_everything(&self) {
        for workload in Workload::ALL {
            let mut registry = self.shared.registry(workload);
            if !registry.is_empty() {
                registry.repeat_everything();
            }
        }
    }

    /// Says what is new; returns how long the server grants nothing.
    async fn step(
        &self,
        connection: &mut Connection,
        workload: Workload,
    ) -> Result<Option<Duration>> {
        let step = {
            let registry = self.shared.registry(workload);
            if !registry.has_news() {
                return Ok(None);
            }
            registry.step()
        };
        let limit = self.limits.of(workload).unwrap_or(usize::MAX);
        let outcome = self.server.step(connection, workload, limit, &step);
        let stepped = outcome.await?;
        let ends = stepped.lease_ends;
        let ends = ends.and_then(|left| deadline_after(Instant::now(), left));
        let mut registry = self.shared.registry(workload);
        registry.lease_ends(ends);
        registry.done(&step, stepped.granted, stepped.ranks);
        Ok(stepped.paused)
    }
}

fn grant_while_away(shared: &Shared, policy: WhenUnavailable) {
    if let WhenUnavailable::LocalShare(share) = policy {
        shared.grant_locally(share);
    }
}
