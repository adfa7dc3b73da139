//! A folder of this machine, or one that machines share.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use cartesia_types::{Error, ErrorKind, Result};
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use super::{Claim, Found, Store, StoreFuture, is_results};
use crate::batch::OPERATION;
use crate::batch::record::Record;
use crate::batch::shard::Shard;

/// Results that travel at once from the thread that reads them.
const PIECE: usize = 256;

/// How long a claim waits for a run that was just dropped or killed, whose last call to the system holds the lock.
const RELEASE: Duration = Duration::from_secs(1);

/// How often it looks.
const LOOK: Duration = Duration::from_millis(10);

/// Bytes of a file that are read at once.
const READ: usize = 64 * 1024;

/// The folder of files that are not whole yet.
const UNFINISHED: &str = ".batch";

/// A folder: audio files, and `results.jsonl` beside them.
///
/// - A file appears under its name once it is whole and on the disk. Until then it is in the folder `.batch`, where
///   the next run removes what a kill left.
/// - Each shard has results of its own, `results-2-of-4.jsonl`, so that machines never append to the same file. The
///   item of a line that a kill tore is asked for again.
/// - A claim is a lock of the operating system on `.batch.lock`, which ends with the process, however it ends. On a
///   file system without locks, keeping runs apart is up to the caller.
#[derive(Debug, Clone)]
pub struct FolderStore {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    results: Mutex<Option<(Shard, File)>>,
    /// What was claimed last.
    shard: Mutex<Shard>,
    /// Distinguishes unfinished files from those of other stores.
    run: u64,
    files: AtomicU64,
}

impl FolderStore {
    /// Creates a store in a folder, which a run creates if it is not there.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            inner: Arc::new(Inner {
                root: path.into(),
                results: Mutex::default(),
                shard: Mutex::default(),
                run: fastrand::u64(..),
                files: AtomicU64::default(),
            }),
        }
    }

    /// Returns the folder.
    pub fn path(&self) -> &Path {
        &self.inner.root
    }
}

impl Store for FolderStore {
    fn claim(&self, shard: Shard) -> StoreFuture<'_, Box<dyn Claim>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let locks = blocking(move || inner.claim(shard)).await?;
            Ok(Box::new(Locks(locks)) as Box<dyn Claim>)
        })
    }

    fn scan<'a>(&'a self, found: &'a mut (dyn FnMut(Found<'_>) + Send)) -> StoreFuture<'a, ()> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move {
            let (sender, mut receiver) = mpsc::channel(2);
            let reading = blocking(move || scan(&inner.root, &sender));
            let delivery = async {
                while let Some(piece) = receiver.recv().await {
                    for one in &piece {
                        match one {
                            Owned::File(name, bytes) => found(Found::File {
                                name,
                                bytes: *bytes,
                            }),
                            Owned::Record(line) => found(Found::Record(line)),
                        }
                    }
                }
            };
            let (read, ()) = tokio::join!(reading, delivery);
            read
        })
    }

    fn put<'a>(&'a self, name: &'a str, content: Bytes) -> StoreFuture<'a, ()> {
        let (inner, path) = (Arc::clone(&self.inner), self.inner.root.join(name));
        Box::pin(blocking(move || inner.put(&path, &content)))
    }

    fn sha256<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<[u8; 32]>> {
        let path = self.inner.root.join(name);
        Box::pin(blocking(move || match hash(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            hash => hash.map(Some).map_err(|error| failed("read", &path, error)),
        }))
    }

    fn record(&self, shard: Shard, line: String) -> StoreFuture<'_, ()> {
        let inner = Arc::clone(&self.inner);
        Box::pin(blocking(move || {
            let path = inner.root.join(shard.results_name());
            let mut results = inner.results.lock().unwrap_or_else(PoisonError::into_inner);
            append(&mut results, shard, &path, &line).map_err(|error| failed("write", &path, error))
        }))
    }
}

/// The locks that stand for a claim. Dropping them gives it up.
#[derive(Debug)]
struct Locks(Vec<File>);

impl Claim for Locks {
    fn renew(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        drop(self.0);
        Box::pin(async { Ok(()) })
    }
}

impl Inner {
    fn claim(&self, shard: Shard) -> Result<Vec<File>> {
        let locks = claim(&self.root, shard)?;
        *self.shard.lock().unwrap_or_else(PoisonError::into_inner) = shard;
        let folder = self.root.join(UNFINISHED);
        let remove = || -> io::Result<()> {
            fs::create_dir_all(&folder)?;
            for entry in fs::read_dir(&folder)? {
                let entry = entry?;
                let name = entry.file_name();
                let is_own = name
                    .to_str()
                    .is_some_and(|name| name.starts_with(&format!("{}_", prefix(shard))));
                if shard.is_whole() || is_own {
                    fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        };
        remove().map_err(|error| failed("empty", &folder, error))?;
        Ok(locks)
    }

    fn put(&self, path: &Path, content: &[u8]) -> Result<()> {
        let shard = *self.shard.lock().unwrap_or_else(PoisonError::into_inner);
        let number = self.files.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}_{:016x}_{number}", prefix(shard), self.run);
        let unfinished = self.root.join(UNFINISHED).join(name);
        let write = || -> io::Result<()> {
            for folder in [path.parent(), unfinished.parent()].into_iter().flatten() {
                fs::create_dir_all(folder)?;
            }
            let mut file = File::create_new(&unfinished)?;
            file.write_all(content)?;
            // The result is recorded next, and must not outlive its audio when the power fails.
            file.sync_all()?;
            fs::rename(&unfinished, path)
        };
        write().map_err(|error| {
            // A part of the audio is of no use: the item is asked for again.
            _ = fs::remove_file(&unfinished);
            failed("write", path, error)
        })
    }
}

/// The begin of the names of a shard's unfinished files.
fn prefix(shard: Shard) -> String {
    format!("{}-of-{}", shard.number(), shard.count())
}

/// The whole excludes every shard, and each shard excludes itself.
fn claim(root: &Path, shard: Shard) -> Result<Vec<File>> {
    fs::create_dir_all(root).map_err(|error| failed("create", root, error))?;
    let common = root.join(".batch.lock");
    if shard.is_whole() {
        return Ok(vec![lock(&common, File::try_lock)?]);
    }
    let own = root.join(format!(".batch{}.lock", shard.suffix()));
    Ok(vec![
        lock(&common, File::try_lock_shared)?,
        lock(&own, File::try_lock)?,
    ])
}

fn lock(
    path: &Path,
    try_lock: impl Fn(&File) -> std::result::Result<(), TryLockError>,
) -> Result<File> {
    let opened = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(path);
    let file = opened.map_err(|error| failed("create", path, error))?;
    let start = Instant::now();
    let mut locked = try_lock(&file);
    while matches!(locked, Err(TryLockError::WouldBlock)) && start.elapsed() < RELEASE {
        std::thread::sleep(LOOK);
        locked = try_lock(&file);
    }
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let folder = path.parent().unwrap_or(path).display();
            let message = format!(
                "another run is working on {folder}: wait for its end, or give each run its own shard"
            );
            Err(Error::new(ErrorKind::Io, OPERATION, message))
        }
        // Some network file systems have no locks.
        Err(TryLockError::Error(error)) if error.kind() == io::ErrorKind::Unsupported => Ok(file),
        Err(TryLockError::Error(error)) => Err(failed("lock", path, error)),
    }
}

/// Appends a whole line by one write, which a file system does not mix with that of another process.
fn append(
    results: &mut Option<(Shard, File)>,
    shard: Shard,
    path: &Path,
    line: &str,
) -> io::Result<()> {
    let mut text = format!("{line}\n");
    // Taken out, so that after a failure it is opened again, which ends a torn line.
    let mut file = match results.take() {
        Some((own, file)) if own == shard => file,
        _ => {
            let mut options = OpenOptions::new();
            let mut file = options.create(true).read(true).append(true).open(path)?;
            if !ends_with_line(&mut file)? {
                text.insert(0, '\n');
            }
            file
        }
    };
    file.write_all(text.as_bytes())?;
    *results = Some((shard, file));
    Ok(())
}

fn ends_with_line(file: &mut File) -> io::Result<bool> {
    if file.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

enum Owned {
    File(String, u64),
    Record(String),
}

fn scan(root: &Path, sender: &mpsc::Sender<Vec<Owned>>) -> Result<()> {
    let mut piece = Vec::new();
    let entries = match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        entries => entries.map_err(|error| failed("read", root, error))?,
    };
    for entry in entries {
        let entry = entry.map_err(|error| failed("read", root, error))?;
        if !entry.file_name().to_str().is_some_and(is_results) {
            continue;
        }
        let path = entry.path();
        let file = File::open(&path).map_err(|error| failed("read", &path, error))?;
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        while lines
            .read_until(b'\n', &mut line)
            .map_err(|error| failed("read", &path, error))?
            > 0
        {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            line.clear();
            piece.extend(files(root, &text));
            piece.push(Owned::Record(text));
            if piece.len() >= PIECE && sender.blocking_send(std::mem::take(&mut piece)).is_err() {
                return Ok(());
            }
        }
    }
    // Without a receiver, the result is not wanted any more.
    _ = sender.blocking_send(piece);
    Ok(())
}

/// The files that a result names, as far as they are there.
fn files(root: &Path, line: &str) -> Vec<Owned> {
    let Ok(record) = serde_json::from_str::<Record>(line) else {
        return Vec::new();
    };
    let names = record.file.into_iter().chain(record.captions);
    names
        .filter_map(|name| {
            let found = fs::metadata(root.join(&name)).ok()?;
            found.is_file().then_some(Owned::File(name, found.len()))
        })
        .collect()
}

fn hash(path: &Path) -> io::Result<[u8; 32]> {
    let (mut file, mut hash) = (File::open(path)?, Sha256::new());
    let mut piece = vec![0; READ];
    loop {
        let length = file.read(&mut piece)?;
        match piece.get(..length) {
            None | Some([]) => return Ok(hash.finalize().into()),
            Some(read) => hash.update(read),
        }
    }
}

fn failed(what: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("cannot {what} {}: {error}", path.display());
    Error::new(ErrorKind::Io, OPERATION, message).with_source(error)
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T> + Send + 'static,
) -> Result<T> {
    cartesia_core::runtime::require(OPERATION, "to read and write files on")?;
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| {
            let message = format!("the runtime is shutting down: {error}");
            Err(Error::new(ErrorKind::Io, OPERATION, message))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_excludes_shards_and_a_shard_itself() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let shard = |number| Shard::new(number, 2).unwrap();
        let whole = claim(root, Shard::default()).unwrap();
        let refused = claim(root, Shard::default()).unwrap_err();
        assert!(refused.message().contains("another run"), "{refused}");
        assert!(claim(root, shard(1)).is_err());
        drop(whole);
        let first = claim(root, shard(1)).unwrap();
        let second = claim(root, shard(2)).unwrap();
        assert!(claim(root, shard(1)).is_err());
        assert!(claim(root, Shard::default()).is_err());
        drop((first, second));
        claim(root, Shard::default()).unwrap();
    }

    #[test]
    fn a_torn_line_ends_where_the_next_begins() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        fs::write(&path, "{\"a\":1}\n{\"b\"").unwrap();
        let mut results = None;
        for line in ["{\"c\":3}", "{\"d\":4}"] {
            append(&mut results, Shard::default(), &path, line).unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "{\"a\":1}\n{\"b\"\n{\"c\":3}\n{\"d\":4}\n");
    }

    #[test]
    fn what_a_killed_run_left_goes_away() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join(UNFINISHED);
        fs::create_dir(&left).unwrap();
        for name in ["1-of-4_x_0", "2-of-4_x_0", "1-of-1_x_0"] {
            fs::write(left.join(name), "half").unwrap();
        }
        let names = || {
            let mut names: Vec<_> = fs::read_dir(&left)
                .unwrap()
                .map(|entry| entry.unwrap().file_name())
                .collect();
            names.sort();
            names
        };
        let store = FolderStore::new(folder.path());
        store.inner.claim(Shard::new(1, 4).unwrap()).unwrap();
        assert_eq!(names(), ["1-of-1_x_0", "2-of-4_x_0"]);
        store.inner.claim(Shard::default()).unwrap();
        assert_eq!(names(), [""; 0]);
        let path = folder.path().join("a/b.wav");
        store.inner.put(&path, b"whole").unwrap();
        assert_eq!(fs::read(path).unwrap(), b"whole");
        assert_eq!(names(), [""; 0]);
    }

    #[test]
    fn a_folder_in_place_of_the_audio_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("a.wav")).unwrap();
        let store = FolderStore::new(folder.path());
        let path = folder.path().join("a.wav");
        let error = store.inner.put(&path, b"x").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        assert!(error.message().contains("a.wav"), "{error}");
    }
}
