//! Whether the audio of finished items is what their results say.

use std::collections::HashSet;

use cartesia_types::{Error, Result};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::index::Index;
use super::item::{Item, Job, half, name_hash};
use super::plan::Rules;
use super::store::Store;

/// Files that are read at once.
const READS: usize = 8;

/// Finished items whose audio is not the one that was made: it was replaced, edited or damaged. From
/// [`Batch::verify`](super::Batch::verify), for [`Batch::make_again`](super::Batch::make_again).
#[derive(Debug, Clone, Default)]
pub struct Changed {
    /// By the hash of the name of an item.
    items: HashSet<u128>,
}

impl Changed {
    /// Returns how many items it has.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Returns whether all audio is as it was made.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    pub(super) fn has(&self, job: &Job) -> bool {
        self.items.contains(&name_hash(&job.stem))
    }
}

/// Reads the audio of all finished items.
pub(super) async fn verify(
    items: impl Iterator<Item = Result<Item>>,
    rules: &Rules,
    index: &Index,
    store: &dyn Store,
) -> Result<Changed> {
    let finished = items.filter_map(|item| {
        // Invalid items are the business of the run.
        let job = Job::new(item.ok()?, &rules.service).ok()?;
        let content = index.content_of(&job)?;
        rules.shard.has(&job.stem).then_some((job, content))
    });
    let read = async |(job, content): (Job, u128)| {
        let found = store.sha256(&job.audio_name()).await?;
        let is_same = found.is_some_and(|hash| half(&hash) == content);
        Ok::<_, Error>((!is_same).then(|| name_hash(&job.stem)))
    };
    let changed = stream::iter(finished).map(read).buffer_unordered(READS);
    let items = changed.try_filter_map(async |changed| Ok(changed));
    Ok(Changed {
        items: items.try_collect().await?,
    })
}
