//! Writing audio to a file as it arrives.

use std::future::poll_fn;
use std::io;
use std::path::Path;
use std::task::{Context, Poll};

use bytes::Bytes;
use cartesia_types::fs::{AudioFile, SavedAudio};
use cartesia_types::{ErrorKind, OutputFormat, RawFormat};
use tokio::runtime::Handle;

use crate::{Error, Result};

/// The content of a saved file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Raw samples, which get a WAV header.
    Samples(RawFormat),
    /// A file of this format, as it arrives.
    File(OutputFormat),
    /// A file of a format that is not known.
    Unknown,
}

/// Writes the pieces that `next` returns to a file, until it returns `None`. After a failure, the audio that
/// arrived before stays in a partial file, which the error names.
///
/// Files are written on the threads for blocking work: the target may be a pipe whose reader is slow, and
/// flushing a file to the disk takes long. A save that is dropped leaves a playable partial file.
///
/// `next` is polled, since the compiler cannot tell that a future with an async closure in it is
/// `Send`.
///
/// # Errors
///
/// [`ErrorKind::Io`] when the file cannot be written, and those of `next`. A path that cannot be a file is
/// refused before `next` is called.
///
/// # Cancel safety
///
/// Dropping the future leaves the partial file, with all that arrived.
pub async fn save(
    path: &Path,
    content: Content,
    operation: &'static str,
    mut next: impl FnMut(&mut Context<'_>) -> Poll<Result<Option<Bytes>>>,
) -> Result<SavedAudio> {
    // The text of the cause names the file.
    let failed = |error: io::Error| {
        Error::new(ErrorKind::Io, operation, error.to_string()).with_source(error)
    };
    let path = path.to_owned();
    let opened = blocking(move || match content {
        Content::Samples(format) => AudioFile::create_wav(path, format),
        Content::File(format) => AudioFile::create(path, Some(format)),
        Content::Unknown => AudioFile::create(path, None),
    });
    let mut file = opened.await.and_then(|file| file).map_err(failed)?;
    loop {
        let error = match poll_fn(&mut next).await {
            Ok(None) => {
                let finished = blocking(move || file.finish()).await;
                return finished.and_then(|saved| saved).map_err(failed);
            }
            Ok(Some(chunk)) => {
                let writing = blocking(move || {
                    let written = file.write(&chunk);
                    (file, written)
                });
                let (back, written) = writing.await.map_err(failed)?;
                file = back;
                match written {
                    Ok(()) => continue,
                    Err(error) => failed(error),
                }
            }
            Err(error) => error,
        };
        let partial = blocking(move || file.keep_partial()).await;
        return Err(match partial.ok().flatten() {
            Some(partial) => error.with_partial_file(partial),
            None => error,
        });
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    // Without a runtime this would panic.
    let runtime = Handle::try_current().map_err(io::Error::other)?;
    let done = runtime.spawn_blocking(work).await;
    done.map_err(|error| io::Error::other(format!("the runtime is shutting down: {error}")))
}
