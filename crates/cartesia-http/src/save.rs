//! Audio into a file, as it arrives.

use std::future::poll_fn;
use std::io::{self, SeekFrom};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cartesia_types::wav::StreamedFile;
use cartesia_types::{ErrorKind, OutputFormat};
use tokio::fs::{self, File};
use tokio::io::{AsyncSeekExt as _, AsyncWriteExt as _};

use crate::Error;
use crate::Result;
use crate::claim::Claim;

/// A file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedAudio {
    /// Where it is.
    pub path: PathBuf,
    /// Its length in bytes, header included.
    pub bytes: u64,
    /// Its playing time; for MP3 computed from the bit rate.
    pub duration: Duration,
}

/// Writes a file of this format, or of whatever it turns out to be: `header`, if any, and then what `next` gives, until it gives `None`.
///
/// `next` is polled, since the compiler cannot tell that a future with an async closure in it is
/// `Send`.
pub(crate) async fn save(
    path: &Path,
    format: Option<OutputFormat>,
    operation: &'static str,
    header: Option<Vec<u8>>,
    mut next: impl FnMut(&mut Context<'_>) -> Poll<Result<Option<Bytes>>>,
) -> Result<SavedAudio> {
    let partial = partial_path(path);
    let failed = |what: &str, error: io::Error| {
        let message = format!("{} cannot be {what}", partial.display());
        Error::new(ErrorKind::Io, operation, message).with_source(error)
    };
    let Some(_claim) = Claim::new(&partial).await else {
        let message = format!("{} is being written by another save", partial.display());
        return Err(Error::new(ErrorKind::Io, operation, message));
    };
    let mut file = Writing::create(&partial, format)
        .await
        .map_err(|error| failed("created", error))?;
    let received = async {
        if let Some(header) = header {
            file.write(&header)
                .await
                .map_err(|error| failed("written", error))?;
        }
        while let Some(chunk) = poll_fn(&mut next).await? {
            file.write(&chunk)
                .await
                .map_err(|error| failed("written", error))?;
        }
        Ok(())
    };
    // What arrived before a failure is made a readable file too.
    let received: Result<()> = received.await;
    let finished = file
        .finish()
        .await
        .map_err(|error| failed("written", error));
    received?;
    let (bytes, duration) = finished?;
    fs::rename(&partial, path).await.map_err(|error| {
        let message = format!(
            "{} cannot be renamed to {}",
            partial.display(),
            path.display()
        );
        Error::new(ErrorKind::Io, operation, message).with_source(error)
    })?;
    Ok(SavedAudio {
        path: path.to_owned(),
        bytes,
        duration,
    })
}

/// `hello.wav` is `hello.partial.wav` until it is whole: players know what to do with it.
fn partial_path(path: &Path) -> PathBuf {
    let mut name = path.file_stem().unwrap_or_default().to_owned();
    name.push(".partial");
    if let Some(extension) = path.extension() {
        name.push(".");
        name.push(extension);
    }
    path.with_file_name(name)
}

struct Writing {
    /// Without a buffer of ours: what it took is written even if we are dropped.
    file: File,
    streamed: StreamedFile,
}

impl Writing {
    async fn create(path: &Path, format: Option<OutputFormat>) -> io::Result<Self> {
        // A new file rather than the old one emptied: a save that was dropped may still be writing
        // its last piece into that.
        match fs::remove_file(path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let options = fs::OpenOptions::new().write(true).create_new(true).clone();
        Ok(Self {
            file: options.open(path).await?,
            streamed: format.map_or_else(StreamedFile::of_unknown_format, StreamedFile::new),
        })
    }

    async fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.streamed.push(bytes);
        self.file.write_all(bytes).await
    }

    async fn finish(mut self) -> io::Result<(u64, Duration)> {
        let completion = self.streamed.finish();
        self.file.write_all(completion.padding).await?;
        for patch in &completion.patches {
            self.file.seek(SeekFrom::Start(patch.offset)).await?;
            self.file.write_all(&patch.bytes).await?;
        }
        self.file.flush().await?;
        self.file.sync_all().await?;
        Ok((completion.file_bytes, completion.duration))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_partial_file_stands_beside_the_whole_one() {
        for (path, partial) in [
            ("/a/hello.wav", "/a/hello.partial.wav"),
            ("hello", "hello.partial"),
            ("a.b.mp3", "a.b.partial.mp3"),
        ] {
            assert_eq!(partial_path(Path::new(path)), Path::new(partial));
        }
    }
}
