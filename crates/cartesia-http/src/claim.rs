//! Files that this process is writing, so that no two writers share one.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A file that is being written, until this is dropped.
#[derive(Debug)]
pub(crate) struct Claim(PathBuf);

static CLAIMED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn claimed() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    CLAIMED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Claim {
    /// `None` while somebody else has it.
    pub(crate) async fn new(path: &Path) -> Option<Self> {
        // One file has many names: relative ones, and those through links to its folder. A folder
        // that is not there is told by whoever opens the file.
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let whole = tokio::fs::canonicalize(folder).await.ok();
        let whole = whole.unwrap_or_else(|| folder.to_owned());
        let whole = whole.join(path.file_name().unwrap_or_default());
        let is_free = claimed().insert(whole.clone());
        // Not `then_some`, whose claim would be dropped, and so given up, where it was not free.
        is_free.then(|| Self(whole))
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        claimed().remove(&self.0);
    }
}
