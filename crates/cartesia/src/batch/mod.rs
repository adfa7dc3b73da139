//! Speech for a whole table of texts, into files.
//!
//! A [`Batch`] takes [`Item`]s, for example from a [`Manifest`], and makes an audio file of each in a [`Store`], with a
//! line of results ([`Record`]). It runs as many at once as the plan allows, and fewer while the service rejects
//! requests (429).
//!
//! A run can be killed at any time: the next one continues. An item is finished when its files are there and its
//! result is recorded; then it is not asked for again until its text, voice or another part of the request changes.
//! Audio of another size than recorded counts as missing; [`Batch::verify`] also compares its hash.
//! At most the items in flight are asked for, and billed, a second time.
//!
//! ```no_run
//! use cartesia::batch::{Batch, Event, FolderStore, Manifest};
//! use cartesia::tts::BytesRequest;
//! use cartesia::{Client, ModelId, Mp3Format, VoiceId};
//!
//! # async fn run() -> cartesia::Result<()> {
//! let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
//! let defaults = BytesRequest::new(ModelId::SONIC_LATEST, voice, "", Mp3Format::default());
//! let manifest = Manifest::open("lines.csv", defaults)?;
//! let summary = Batch::new(&Client::from_env()?)
//!     .concurrency(15)
//!     .run(manifest, &FolderStore::new("audio"), |event, progress| {
//!         if let Event::Failed { record, error } = event {
//!             eprintln!("{}: {error}", record.id);
//!         }
//!         println!("{} done", progress.done);
//!     })
//!     .await?;
//! assert!(summary.is_complete());
//! # Ok(())
//! # }
//! ```

mod fetch;
mod index;
mod item;
mod manifest;
mod plan;
mod progress;
mod record;
mod run;
mod shard;
mod store;
mod throttle;
mod verify;

use std::time::Duration;

use cartesia_core::RetryPolicy;
use cartesia_core::limiter::Priority;
use cartesia_types::Result;

pub use self::item::{Item, Key};
pub use self::manifest::{Columns, Field, Manifest, ManifestFormat};
pub use self::plan::Estimate;
pub use self::progress::{Event, Progress, Skip, Stopped, Summary};
pub use self::record::{Failure, Record, Status, Word};
pub use self::shard::Shard;
#[cfg(feature = "batch-object-store")]
#[cfg_attr(docsrs, doc(cfg(feature = "batch-object-store")))]
pub use self::store::CloudStore;
pub use self::store::{Claim, FolderStore, Found, Store, StoreFuture};
pub use self::verify::Changed;

use self::index::Index;
use self::plan::Rules;
use self::run::Settings;
use crate::Client;

/// The name of the operation in errors.
const OPERATION: &str = "batch";
/// Items at once where no limit is known: as many as the smallest plan allows.
const CONCURRENCY: usize = 2;
/// How long all requests may be rejected before a run ends.
const PATIENCE: Duration = Duration::from_secs(600);

/// A run over many items.
///
/// Retries follow the client's [`RetryPolicy`], but count for a whole item, since nothing of it is delivered before it
/// is complete. A rejection because too many run at once (429) is not an attempt: the item waits, and fewer run. The
/// run ends early when every further item would fail: the key is refused, the credits are used up, the service does
/// not answer for 20 items in a row, rejects everything for ten minutes, or the destination cannot be written.
///
/// The audio of the items in flight is held in memory, nothing else of them: memory does not grow with the
/// manifest, but for about 200 bytes an item to recognize what is finished.
#[doc(alias = "bulk")]
#[doc(alias = "dataset")]
#[derive(Debug, Clone)]
#[must_use = "a batch does nothing until `run`"]
pub struct Batch {
    settings: Settings,
}

impl Batch {
    /// Creates a batch with the settings of a client: its retries, and the limit of its
    /// [`Limiter`](crate::limiter::Limiter), from which it gets what live conversations leave ([`Priority::Bulk`]).
    /// Without a limiter, two items run at once.
    pub fn new(client: &Client) -> Self {
        let http = client.http.with_priority(Priority::Bulk);
        Self {
            settings: Settings {
                tts: http.tts(),
                rules: Rules {
                    service: http.base_url().to_string(),
                    shard: Shard::default(),
                    limit: None,
                    retry_failed: false,
                    changed: Changed::default(),
                },
                concurrency: http.synthesis_limit().unwrap_or(CONCURRENCY),
                retry: http.retry_policy().clone(),
                patience: PATIENCE,
                fail_fast: false,
                expected: None,
            },
        }
    }

    /// Sets how many items run at once at most: the limit of the plan, for example
    /// [`Limits::synthesis`](crate::limiter::Limits::synthesis), less what live conversations need. At least 1.
    pub fn concurrency(mut self, items: usize) -> Self {
        self.settings.concurrency = items.max(1);
        self
    }

    /// Sets the retries of an item, instead of the client's policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = policy;
        self
    }

    /// Sets how long the service may reject every request before the run ends; ten minutes by default.
    pub fn patience(mut self, limit: Duration) -> Self {
        self.settings.patience = limit;
        self
    }

    /// Sets the share of the items that this run makes; all by default.
    pub fn shard(mut self, shard: Shard) -> Self {
        self.settings.rules.shard = shard;
        self
    }

    /// Sets how many items are asked for at most. Finished ones do not count.
    pub fn limit(mut self, items: impl Into<Option<u64>>) -> Self {
        self.settings.rules.limit = items.into();
        self
    }

    /// Sets whether the first failure ends the run; off by default. Items in flight are finished.
    pub fn fail_fast(mut self, fail_fast: bool) -> Self {
        self.settings.fail_fast = fail_fast;
        self
    }

    /// Sets whether items are asked for again that failed in an earlier run for a reason that does not pass: an invalid
    /// request, an unknown voice. Off by default. Other failures, and items that changed, are always asked for again.
    pub fn retry_failed(mut self, retry: bool) -> Self {
        self.settings.rules.retry_failed = retry;
        self
    }

    /// Sets finished items that are made again all the same, as [`verify`](Self::verify) found them.
    pub fn make_again(mut self, changed: Changed) -> Self {
        self.settings.rules.changed = changed;
        self
    }

    /// Sets the name of the service in content addresses; by default its base URL. What another service made is not
    /// taken for finished.
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.settings.rules.service = name.into();
        self
    }

    /// Sets how many items the run asks for, for [`Progress::total`] and [`Progress::eta`].
    pub fn expected(mut self, items: impl Into<Option<u64>>) -> Self {
        self.settings.expected = items.into();
        self
    }

    /// Reads all items and what is finished, and returns what a run would do and cost. Sends nothing to the service.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when the destination cannot be read. Invalid items are in the estimate.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: it changes nothing.
    pub async fn estimate(
        &self,
        items: impl IntoIterator<Item = Result<Item>>,
        store: &dyn Store,
    ) -> Result<Estimate> {
        let index = Index::read(store).await?;
        let Settings {
            rules, concurrency, ..
        } = &self.settings;
        Ok(Estimate::new(items, rules, &index, *concurrency))
    }

    /// Reads the audio of all finished items, and returns those whose SHA-256 is not the recorded one: files that were
    /// replaced, edited or damaged without a change of their size. Pass them to [`make_again`](Self::make_again). Eight
    /// files are read at once; out of a bucket each one is downloaded.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when the destination cannot be read. Invalid items are passed over.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: it changes nothing.
    pub async fn verify(
        &self,
        items: impl IntoIterator<Item = Result<Item>>,
        store: &dyn Store,
    ) -> Result<Changed> {
        let index = Index::read(store).await?;
        let items = items.into_iter();
        verify::verify(items, &self.settings.rules, &index, store).await
    }

    /// Makes all items that are not finished. Reports each event with the state of the run.
    ///
    /// Items that are `Err` count as failed, and the run goes on.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when another run has claimed the destination or the shard, or the
    /// destination cannot be read. What happens later is in the [`Summary`].
    ///
    /// # Cancel safety
    ///
    /// Dropping the future gives up the items in flight; the next run continues. To finish them, use
    /// [`run_until`](Self::run_until).
    pub async fn run(
        &self,
        items: impl IntoIterator<Item = Result<Item>>,
        store: &dyn Store,
        observe: impl FnMut(Event<'_>, &Progress),
    ) -> Result<Summary> {
        self.run_until(items, store, std::future::pending(), observe)
            .await
    }

    /// Runs like [`run`](Self::run), but starts no more items once `stop` completes. Those in flight are finished, since they
    /// are paid for.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// # Cancel safety
    ///
    /// As [`run`](Self::run).
    pub async fn run_until(
        &self,
        items: impl IntoIterator<Item = Result<Item>>,
        store: &dyn Store,
        stop: impl Future<Output = ()>,
        observe: impl FnMut(Event<'_>, &Progress),
    ) -> Result<Summary> {
        run::run(&self.settings, items.into_iter(), store, stop, observe).await
    }
}
