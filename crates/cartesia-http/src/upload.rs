//! Uploads, streamed from their source.

use std::fmt;
use std::io::{self, Read};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use cartesia_types::{ApiVersion, ErrorKind, VersionRange};
use futures_core::Stream;
use tokio::fs::File;
use tokio_util::io::ReaderStream;

use crate::activity::Activity;
use crate::reader::ReaderPieces;
use crate::{Error, Result};

/// Bytes that are read from a file at once.
const PIECE: usize = 64 * 1024;

/// The progress of an upload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct UploadProgress {
    /// The bytes of the file that were sent. A retry starts at zero again.
    pub sent: u64,
    /// Length of the file in bytes, when it is known.
    pub total: Option<u64>,
}

type Observer = Arc<dyn Fn(UploadProgress) + Send + Sync>;
type Pieces = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

/// A file to upload, from a path, from memory, or from a stream. A file on disk is streamed, never loaded
/// into memory as a whole.
///
/// ```
/// use cartesia_http::Upload;
///
/// let upload = Upload::from_path("clip.wav")
///     .with_progress(|progress| println!("{} of {:?} bytes", progress.sent, progress.total));
/// # let _ = upload;
/// ```
#[derive(Clone)]
pub struct Upload {
    source: Source,
    file_name: String,
    media_type: Option<String>,
    observer: Option<Observer>,
}

#[derive(Clone)]
enum Source {
    Path(PathBuf),
    Bytes(Bytes),
    /// Can be read once: sending takes it.
    Stream(Arc<Mutex<Option<Pieces>>>, Option<u64>),
}

impl Upload {
    /// Uploads a file on disk. It is opened when the request is sent, and read piece by piece.
    pub fn from_path(path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Self::new(name.into_owned(), Source::Path(path))
    }

    /// Uploads a file in memory. The service uses the name's extension.
    pub fn from_bytes(file_name: impl Into<String>, bytes: impl Into<Bytes>) -> Self {
        Self::new(file_name.into(), Source::Bytes(bytes.into()))
    }

    /// Uploads a stream of pieces, with its length in bytes if known. It can be sent once: a request with it
    /// is not retried once it has started.
    pub fn from_stream(
        file_name: impl Into<String>,
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        let pieces: Pieces = Box::pin(stream);
        let source = Source::Stream(Arc::new(Mutex::new(Some(pieces))), length);
        Self::new(file_name.into(), source)
    }

    /// Uploads from any reader, such as a pipe or an archive, with its length in bytes if known. It is read
    /// while it is sent, on a thread for blocking work, and can be sent once, like
    /// [`from_stream`](Self::from_stream). A read that is still waiting when the request ends is abandoned.
    ///
    /// ```
    /// use cartesia_http::Upload;
    ///
    /// let upload = Upload::from_reader("clip.wav", std::io::stdin(), None);
    /// # let _ = upload;
    /// ```
    pub fn from_reader(
        file_name: impl Into<String>,
        reader: impl Read + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self::from_stream(file_name, ReaderPieces::new(Box::new(reader)), length)
    }

    fn new(file_name: String, source: Source) -> Self {
        Self {
            source,
            file_name,
            media_type: None,
            observer: None,
        }
    }

    /// Sets the name that the service sees, instead of the file's own.
    #[must_use]
    pub fn with_file_name(mut self, name: impl Into<String>) -> Self {
        self.file_name = name.into();
        self
    }

    /// Sets the media type, instead of the one that the name's extension suggests.
    #[must_use]
    pub fn with_media_type(mut self, media_type: impl Into<String>) -> Self {
        self.media_type = Some(media_type.into());
        self
    }

    /// Sets a callback for progress, called as pieces are sent. It must not block.
    #[must_use]
    pub fn with_progress(
        mut self,
        callback: impl Fn(UploadProgress) + Send + Sync + 'static,
    ) -> Self {
        self.observer = Some(Arc::new(callback));
        self
    }

    /// Whether it can be sent more than once.
    pub(crate) fn is_repeatable(&self) -> bool {
        !matches!(self.source, Source::Stream(..))
    }

    /// Opens it, as a part of a form.
    async fn open(
        &self,
        operation: &'static str,
        activity: &Activity,
    ) -> Result<reqwest::multipart::Part> {
        let invalid = |message: String| Error::new(ErrorKind::InvalidRequest, operation, message);
        let (pieces, total): (Pieces, Option<u64>) = match &self.source {
            Source::Path(path) => {
                let failed = |error: io::Error| {
                    let message = format!("{} cannot be read", path.display());
                    Error::new(ErrorKind::Io, operation, message).with_source(error)
                };
                let file = File::open(path).await.map_err(failed)?;
                let metadata = file.metadata().await.map_err(failed)?;
                if metadata.is_dir() {
                    return Err(failed(io::ErrorKind::IsADirectory.into()));
                }
                if metadata.is_file() && metadata.len() == 0 {
                    return Err(invalid(format!("{} is empty", path.display())));
                }
                // A pipe has no length beforehand.
                let total = metadata.is_file().then_some(metadata.len());
                let pieces = ReaderStream::with_capacity(file, PIECE);
                // A file that grows meanwhile must not be longer than was announced.
                (Box::pin(Measured::new(pieces, total)), total)
            }
            Source::Bytes(bytes) if bytes.is_empty() => {
                return Err(invalid(format!("the file {:?} is empty", self.file_name)));
            }
            Source::Bytes(bytes) => (Box::pin(InPieces(bytes.clone())), Some(bytes.len() as u64)),
            Source::Stream(stream, total) => {
                let taken = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                let pieces = taken.ok_or_else(|| {
                    invalid("a file that comes from a stream can be sent only once".to_owned())
                })?;
                (Box::pin(Measured::new(pieces, *total)), *total)
            }
        };
        let observed = Observed {
            pieces,
            observer: self.observer.clone(),
            activity: activity.clone(),
            progress: UploadProgress { sent: 0, total },
        };
        let body = reqwest::Body::wrap_stream(observed);
        let part = match total {
            Some(total) => reqwest::multipart::Part::stream_with_length(body, total),
            None => reqwest::multipart::Part::stream(body),
        };
        let media_type = self
            .media_type
            .as_deref()
            .unwrap_or_else(|| media_type_of(&self.file_name));
        part.file_name(escaped(&self.file_name))
            .mime_str(media_type)
            .map_err(|_| invalid(format!("{media_type:?} is not a media type")))
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("file_name", &self.file_name)
            .field("media_type", &self.media_type)
            .finish_non_exhaustive()
    }
}

impl From<PathBuf> for Upload {
    fn from(path: PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&std::path::Path> for Upload {
    fn from(path: &std::path::Path) -> Self {
        Self::from_path(path)
    }
}

/// A name in the header of a part, escaped as browsers do: a line break or quote must not end it.
fn escaped(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for char in name.chars() {
        match char {
            '\n' => out.push_str("%0A"),
            '\r' => out.push_str("%0D"),
            '"' => out.push_str("%22"),
            _ => out.push(char),
        }
    }
    out
}

/// The media type that a file name's extension suggests, for the kinds that the service takes.
fn media_type_of(name: &str) -> &'static str {
    let extension = name
        .rsplit_once('.')
        .map(|(_, extension)| extension.to_ascii_lowercase());
    match extension.as_deref() {
        Some("wav") => "audio/wav",
        Some("mp3" | "mpga" | "mpeg") => "audio/mpeg",
        Some("flac") => "audio/flac",
        Some("ogg" | "oga") => "audio/ogg",
        Some("m4a" | "mp4") => "audio/mp4",
        Some("webm") => "audio/webm",
        Some("json") => "application/json",
        Some("csv") => "text/csv",
        Some("txt") => "text/plain",
        _ => "application/octet-stream",
    }
}

/// Bytes in memory, in pieces, so that progress is reported while they are sent.
struct InPieces(Bytes);

impl Stream for InPieces {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0.is_empty() {
            return Poll::Ready(None);
        }
        let length = self.0.len().min(PIECE);
        Poll::Ready(Some(Ok(self.0.split_to(length))))
    }
}

/// Pieces that must add up to what was announced: the rest is cut, and too little is an error that
/// breaks the request off instead of a form that never ends.
struct Measured<S> {
    pieces: Pin<Box<S>>,
    left: Option<u64>,
}

impl<S> Measured<S> {
    fn new(pieces: S, total: Option<u64>) -> Self {
        Self {
            pieces: Box::pin(pieces),
            left: total,
        }
    }
}

impl<S: Stream<Item = io::Result<Bytes>>> Stream for Measured<S> {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.left == Some(0) {
            return Poll::Ready(None);
        }
        let piece = ready!(self.pieces.as_mut().poll_next(cx));
        let Some(left) = &mut self.left else {
            return Poll::Ready(piece);
        };
        Poll::Ready(match piece {
            Some(Ok(mut bytes)) => {
                bytes.truncate(usize::try_from(*left).unwrap_or(usize::MAX));
                *left -= bytes.len() as u64;
                Some(Ok(bytes))
            }
            None => {
                *left = 0;
                let message = "it is shorter than its announced length";
                Some(Err(io::Error::new(io::ErrorKind::UnexpectedEof, message)))
            }
            error => error,
        })
    }
}

/// Pieces that report their progress.
struct Observed {
    pieces: Pieces,
    observer: Option<Observer>,
    activity: Activity,
    progress: UploadProgress,
}

impl Stream for Observed {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let piece = match ready!(self.pieces.as_mut().poll_next(cx)) {
            Some(Err(error)) => Some(Err(self.activity.fail(error))),
            piece => piece,
        };
        if let Some(Ok(bytes)) = &piece {
            self.progress.sent += bytes.len() as u64;
            self.activity.note();
            if let Some(observer) = &self.observer {
                observer(self.progress);
            }
        }
        Poll::Ready(piece)
    }
}

/// A form: text and files, by name, in order. It can be built again for a retry if its files can be read
/// again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    parts: Vec<(String, Part)>,
}

#[derive(Debug, Clone)]
enum Part {
    /// A text, sent at these versions only.
    Text(String, VersionRange),
    File(Upload),
}

impl Form {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn text(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.text_at(VersionRange::ALL, name, value)
    }

    /// A text that is left out at other versions than these: which one a call will be sent with is
    /// known last.
    pub(crate) fn text_at(
        mut self,
        range: VersionRange,
        name: impl Into<String>,
        value: impl Into<String>,
    ) -> Self {
        self.parts
            .push((name.into(), Part::Text(value.into(), range)));
        self
    }

    pub(crate) fn text_if(self, name: impl Into<String>, value: Option<impl Into<String>>) -> Self {
        match value {
            Some(value) => self.text(name, value),
            None => self,
        }
    }

    pub(crate) fn file(mut self, name: impl Into<String>, upload: Upload) -> Self {
        self.parts.push((name.into(), Part::File(upload)));
        self
    }

    pub(crate) fn is_repeatable(&self) -> bool {
        self.parts.iter().all(|(_, part)| match part {
            Part::Text(..) => true,
            Part::File(upload) => upload.is_repeatable(),
        })
    }

    pub(crate) async fn open(
        &self,
        operation: &'static str,
        version: ApiVersion,
        activity: &Activity,
    ) -> Result<reqwest::multipart::Form> {
        // The names are escaped here.
        let mut form = reqwest::multipart::Form::new().percent_encode_noop();
        for (name, part) in &self.parts {
            let name = escaped(name);
            form = match part {
                Part::Text(text, range) if range.contains(version) => form.text(name, text.clone()),
                Part::Text(..) => form,
                Part::File(upload) => form.part(name, upload.open(operation, activity).await?),
            };
        }
        Ok(form)
    }
}
