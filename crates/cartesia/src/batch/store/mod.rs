//! Where audio and results go.

mod folder;
#[cfg(feature = "batch-object-store")]
mod object;

use std::fmt;
use std::path::Path;
use std::pin::Pin;

use bytes::Bytes;
use cartesia_types::Result;

pub use self::folder::FolderStore;
#[cfg(feature = "batch-object-store")]
#[cfg_attr(docsrs, doc(cfg(feature = "batch-object-store")))]
pub use self::object::CloudStore;
use super::shard::Shard;

/// The future of a [`Store`].
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

/// The destination of a batch: audio files, and lines of results.
///
/// Implementations promise:
///
/// - A file appears under its name once it is whole. What was there before is replaced by it.
/// - A line of results that [`record`](Self::record) has confirmed is found by the next [`scan`](Self::scan), even if
///   the process is killed.
/// - Two runs never hold the same claim.
///
/// A future that is dropped leaves each file as it was, or whole.
pub trait Store: fmt::Debug + Send + Sync {
    /// Claims a shard, so that no other run works on it. The whole, [`Shard::is_whole`], is all shards at once.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when another run has claimed it.
    fn claim(&self, shard: Shard) -> StoreFuture<'_, Box<dyn Claim>>;

    /// Reports all results of all shards, and the files that they name. The order does not matter.
    fn scan<'a>(&'a self, found: &'a mut (dyn FnMut(Found<'_>) + Send)) -> StoreFuture<'a, ()>;

    /// Writes a file. `name` has `/` between folders.
    fn put<'a>(&'a self, name: &'a str, content: Bytes) -> StoreFuture<'a, ()>;

    /// Returns the SHA-256 of a file; `None` if it is not there.
    fn sha256<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<[u8; 32]>>;

    /// Appends a line, which has no line end, to the results of a shard.
    fn record(&self, shard: Shard, line: String) -> StoreFuture<'_, ()>;
}

/// A claim on a shard; see [`Store::claim`].
pub trait Claim: fmt::Debug + Send {
    /// Keeps the claim. A run calls it every 20 seconds.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) when the claim is lost.
    fn renew(&mut self) -> StoreFuture<'_, ()>;

    /// Gives the claim up. A claim that is dropped without it, as by a kill, ends by itself.
    fn release(self: Box<Self>) -> StoreFuture<'static, ()>;
}

/// A part of what a [`Store`] has.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Found<'a> {
    /// A file, as it was named for [`Store::put`].
    File {
        /// The name.
        name: &'a str,
        /// Its length.
        bytes: u64,
    },
    /// A line of results.
    Record(&'a str),
}

/// Whether a name at the root is a file of results.
fn is_results(name: &str) -> bool {
    name.starts_with("results") && is_lines(name)
}

/// Whether a file has lines of JSON.
fn is_lines(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension == "jsonl")
}
