//! The run: items in flight, and what becomes of them. All decisions are in `plan.rs` and `throttle.rs`.

use std::collections::VecDeque;
use std::pin::{Pin, pin};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use cartesia_core::RetryPolicy;
use cartesia_http::Tts;
use cartesia_types::{Error, ErrorKind, Result};
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use sha2::{Digest as _, Sha256};
use tokio::time::{Instant, sleep, sleep_until};

use super::OPERATION;
use super::fetch::{Fetched, fetch, is_hopeless, is_transient, is_unbilled};
use super::index::Index;
use super::item::{Item, Job, hex};
use super::plan::{Planner, Rules, Step};
use super::progress::{Event, Progress, Skip, Stopped, Summary};
use super::record::{Made, Record};
use super::store::{Claim, Store};
use super::throttle::{Epoch, Throttle};

/// How often a claim is renewed.
const RENEWAL: Duration = Duration::from_secs(20);
/// Items in a row that fail because the service does: the next would fail, too.
const GIVE_UP: u32 = 20;
/// Steps without waiting, after which other tasks have their turn.
const STEPS: u32 = 64;

/// The settings of a run.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    pub(super) tts: Tts,
    pub(super) rules: Rules,
    pub(super) concurrency: usize,
    pub(super) retry: RetryPolicy,
    pub(super) patience: Duration,
    pub(super) fail_fast: bool,
    pub(super) expected: Option<u64>,
}

/// The end of an attempt to make an item.
enum Outcome {
    /// Recorded, as done or failed.
    Recorded {
        record: Box<Record>,
        /// The error of a failure.
        error: Option<Error>,
        requests: u64,
    },
    /// Too many run at once. It is asked for again.
    Rejected {
        job: Box<Job>,
        began: Epoch,
        error: Error,
        requests: u64,
    },
    /// The same would happen to every item.
    Hopeless { error: Error, requests: u64 },
}

type Running<'a> = FuturesUnordered<Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>>;

pub(super) async fn run(
    settings: &Settings,
    items: impl Iterator<Item = Result<Item>>,
    store: &dyn Store,
    stop: impl Future<Output = ()>,
    observe: impl FnMut(Event<'_>, &Progress),
) -> Result<Summary> {
    cartesia_core::runtime::require(OPERATION, "to run a batch on")?;
    let mut claim = store.claim(settings.rules.shard).await?;
    let summary = match Index::read(store).await {
        Ok(index) => {
            let mut run = Run::new(settings, &index, store, observe);
            let stopped = run.all(items, stop, claim.as_mut()).await;
            Ok(Summary {
                progress: run.progress,
                stopped,
                unreadable: index.unreadable(),
            })
        }
        Err(error) => Err(error),
    };
    // A claim that cannot be given up ends by itself.
    _ = claim.release().await;
    summary
}

struct Run<'a, O> {
    settings: &'a Settings,
    store: &'a dyn Store,
    planner: Planner<'a>,
    throttle: Throttle,
    start: Instant,
    progress: Progress,
    observe: O,
    running: Running<'a>,
    /// Rejected items, which go before new ones.
    waiting: VecDeque<Box<Job>>,
    /// Whether no new items follow.
    ended: bool,
    stopped: Option<Stopped>,
    failures_in_row: u32,
}

impl<'a, O: FnMut(Event<'_>, &Progress)> Run<'a, O> {
    fn new(settings: &'a Settings, index: &'a Index, store: &'a dyn Store, observe: O) -> Self {
        Self {
            settings,
            store,
            planner: Planner::new(&settings.rules, index),
            throttle: Throttle::new(settings.concurrency),
            start: Instant::now(),
            progress: Progress {
                total: settings.expected,
                ..Progress::default()
            },
            observe,
            running: FuturesUnordered::new(),
            waiting: VecDeque::new(),
            ended: false,
            stopped: None,
            failures_in_row: 0,
        }
    }

    /// Asks for all items, until the end or a reason to stop. What is in flight then is finished.
    async fn all(
        &mut self,
        mut items: impl Iterator<Item = Result<Item>>,
        stop: impl Future<Output = ()>,
        claim: &mut dyn Claim,
    ) -> Option<Stopped> {
        let mut stop = pin!(stop);
        let mut lost = pin!(async {
            loop {
                sleep(RENEWAL).await;
                if let Err(error) = claim.renew().await {
                    return error;
                }
            }
        });
        loop {
            self.start_items(&mut items).await;
            let is_idle = self.stopped.is_some() || (self.ended && self.waiting.is_empty());
            if self.running.is_empty() && is_idle {
                return self.stopped.take();
            }
            let resume = self.start + self.throttle.resume_at();
            // Only the delay keeps more from starting. The clock is not asked again: the delay may end just now, and
            // then nothing else would wake the run.
            let is_delayed = !is_idle && self.running.len() < self.throttle.limit();
            tokio::select! {
                biased;
                () = &mut stop, if self.stopped.is_none() => self.stop(Stopped::Asked),
                // Another run may work on the same items: what is in flight is given up.
                error = &mut lost => return Some(Stopped::Hopeless(error)),
                Some(outcome) = self.running.next() => self.settle(outcome),
                () = sleep_until(resume), if is_delayed => {}
            }
        }
    }

    /// Starts as many items as may run.
    async fn start_items(&mut self, items: &mut impl Iterator<Item = Result<Item>>) {
        let mut steps = 0_u32;
        while self.stopped.is_none()
            && self.running.len() < self.throttle.limit()
            && self.throttle.resume_at() <= self.start.elapsed()
        {
            if let Some(job) = self.waiting.pop_front() {
                self.start(job);
                continue;
            }
            let Some(item) = (!self.ended).then(|| items.next()).flatten() else {
                self.ended = true;
                return;
            };
            match self.planner.step(item) {
                Step::Ask(job) => self.start(job),
                Step::Skip(id, why) => {
                    match why {
                        Skip::Finished => self.progress.finished += 1,
                        Skip::FailedBefore => self.progress.failed_before += 1,
                        Skip::OtherShard | Skip::Duplicate => {}
                    }
                    self.tell(Event::Skipped { id: &id, why });
                }
                Step::Invalid(error) => {
                    self.progress.failed += 1;
                    self.tell(Event::Invalid(&error));
                    if self.settings.fail_fast {
                        self.stop(Stopped::FailFast);
                    }
                }
                Step::Enough => self.stop(Stopped::Limit),
            }
            steps += 1;
            if steps.is_multiple_of(STEPS) {
                tokio::task::yield_now().await;
            }
        }
    }

    fn start(&mut self, job: Box<Job>) {
        let made = make(self.settings, self.store, job, self.throttle.epoch());
        self.running.push(Box::pin(made));
    }

    fn settle(&mut self, outcome: Outcome) {
        match outcome {
            Outcome::Recorded {
                record,
                error: None,
                requests,
            } => {
                self.throttle.succeeded();
                self.failures_in_row = 0;
                let progress = &mut self.progress;
                progress.requests += requests;
                progress.done += 1;
                progress.characters += record.characters;
                progress.bytes += record.bytes.unwrap_or_default();
                let seconds = record.duration.unwrap_or_default();
                progress.audio += Duration::try_from_secs_f64(seconds).unwrap_or_default();
                self.tell(Event::Done(&record));
            }
            Outcome::Recorded {
                record,
                error: Some(error),
                requests,
            } => {
                self.progress.requests += requests;
                self.progress.failed += 1;
                self.tell(Event::Failed {
                    record: &record,
                    error: &error,
                });
                self.failures_in_row = if is_transient(&error) {
                    self.failures_in_row + 1
                } else {
                    0
                };
                if self.settings.fail_fast {
                    self.stop(Stopped::FailFast);
                } else if self.failures_in_row >= GIVE_UP {
                    self.stop(Stopped::Hopeless(error));
                }
            }
            Outcome::Rejected {
                job,
                began,
                error,
                requests,
            } => {
                self.progress.requests += requests;
                let (now, before) = (self.start.elapsed(), self.throttle.limit());
                let policy = &self.settings.retry;
                let asked = error.retry_after();
                self.throttle
                    .rejected(began, now, asked, policy, fastrand::f64());
                self.waiting.push_back(job);
                if self.throttle.is_stuck(now, self.settings.patience) {
                    self.stop(Stopped::Hopeless(error));
                } else if self.throttle.limit() < before {
                    let concurrency = self.throttle.limit();
                    self.tell(Event::Throttled { concurrency });
                }
            }
            Outcome::Hopeless { error, requests } => {
                self.progress.requests += requests;
                self.stop(Stopped::Hopeless(error));
            }
        }
    }

    /// Starts no more items. The first reason counts.
    fn stop(&mut self, why: Stopped) {
        self.stopped.get_or_insert(why);
    }

    fn tell(&mut self, event: Event<'_>) {
        self.progress.in_flight = self.running.len();
        self.progress.concurrency = self.throttle.limit();
        self.progress.elapsed = self.start.elapsed();
        (self.observe)(event, &self.progress);
    }
}

/// Makes one item: asks for it until it is there or a retry is no use, stores it, and records it.
async fn make(settings: &Settings, store: &dyn Store, job: Box<Job>, began: Epoch) -> Outcome {
    let start = Instant::now();
    let mut attempt = 1;
    let fetched = loop {
        let requests = u64::from(attempt);
        let error = match fetch(&settings.tts, &job).await {
            Ok(fetched) => break Ok(fetched),
            Err(error) => error,
        };
        if error.kind() == ErrorKind::RateLimited {
            return Outcome::Rejected {
                job,
                began,
                error,
                requests,
            };
        }
        if is_hopeless(&error) {
            return Outcome::Hopeless { error, requests };
        }
        let policy = &settings.retry;
        let may_retry = if policy.at_most_once {
            is_unbilled(&error)
        } else {
            is_transient(&error)
        };
        let asked = error.retry_after();
        let delay = policy.delay(attempt, start.elapsed(), asked, fastrand::f64());
        match delay.filter(|_| may_retry) {
            Some(delay) => sleep(delay).await,
            None => break Err(error),
        }
        attempt += 1;
    };
    let requests = u64::from(attempt);
    let (record, error) = match fetched {
        Ok(fetched) => match keep(store, &job, fetched).await {
            Ok(made) => (Record::done(&job, made, attempt, SystemTime::now()), None),
            Err(error) => return Outcome::Hopeless { error, requests },
        },
        Err(error) => {
            let record = Record::failed(&job, &error, attempt, SystemTime::now());
            (record, Some(error))
        }
    };
    // Only now the item counts as finished: all its files are there.
    match store.record(settings.rules.shard, record.to_line()).await {
        Ok(()) => Outcome::Recorded {
            record: Box::new(record),
            error,
            requests,
        },
        Err(error) => Outcome::Hopeless { error, requests },
    }
}

async fn keep(store: &dyn Store, job: &Job, fetched: Fetched) -> Result<Made> {
    if let (Some(name), Some(text)) = (job.captions_name(), fetched.captions(job)) {
        store.put(&name, Bytes::from(text)).await?;
    }
    let made = Made {
        duration: fetched.duration,
        bytes: fetched.audio.len() as u64,
        sha256: hex(&Sha256::digest(&fetched.audio)),
        words: fetched.words(),
        request_id: fetched.request_id.clone(),
    };
    store.put(&job.audio_name(), fetched.audio).await?;
    Ok(made)
}
