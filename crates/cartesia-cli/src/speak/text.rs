//! The text to speak: words of the command line, a file, or stdin, from which a WebSocket takes each
//! piece as it arrives.

use std::fs::File;
use std::future::poll_fn;
use std::io::{self, IsTerminal as _, Read};
use std::path::{Path, PathBuf};
use std::task::{Context, Poll, ready};

use tokio::sync::mpsc;

use super::decode::Decoder;
use super::estimate::{Estimate, MAX_CHARACTERS};
use crate::args::{Speak, Transport};
use crate::failure::Failure;
use crate::global::Global;

const EMPTY: &str = "the text is empty";
/// Pieces that may wait for the network before no more is read.
const PIECES: usize = 4;

/// The text to speak.
#[derive(Debug)]
pub(super) enum Text {
    Whole(String),
    Streamed(Pieces),
}

impl Text {
    /// Opens the text: from the words, the file, or else stdin. Waits until there is something to speak.
    pub(super) async fn new(
        global: &Global,
        speak: &Speak,
        transport: Transport,
    ) -> Result<Self, Failure> {
        let text = match (speak.text.as_slice(), speak.file.as_deref()) {
            ([], Some(path)) if path != Path::new("-") => match of_file(path)? {
                Some(text) => Self::Whole(text),
                None => of_pieces(Pieces::of_file(path, !speak.yes), transport).await?,
            },
            ([], None) if io::stdin().is_terminal() => {
                return Err(Failure::usage(
                    "there is no text: give it as an argument, with --file, or on stdin",
                ));
            }
            ([], _) => of_stdin(speak, transport).await?,
            ([only], _) if only == "-" => of_stdin(speak, transport).await?,
            (words, _) => Self::Whole(words.join(" ")),
        };
        if let Self::Whole(text) = &text {
            if text.trim().is_empty() {
                return Err(Failure::usage(EMPTY));
            }
            Estimate::of(text).confirm(global, speak.yes)?;
        }
        Ok(text)
    }

    /// All of it.
    pub(super) async fn whole(self) -> Result<String, Failure> {
        match self {
            Self::Whole(text) => Ok(text),
            Self::Streamed(pieces) => pieces.whole().await,
        }
    }

    /// The text, if all of it is known.
    pub(super) fn known(&self) -> Option<&str> {
        match self {
            Self::Whole(text) => Some(text),
            Self::Streamed(_) => None,
        }
    }

    /// Returns the estimate, if the whole text is known.
    pub(super) fn estimate(&self) -> Option<Estimate> {
        match self {
            Self::Whole(text) => Some(Estimate::of(text)),
            Self::Streamed(_) => None,
        }
    }
}

async fn of_stdin(speak: &Speak, transport: Transport) -> Result<Text, Failure> {
    // A file has an end that is known: its length can be told before it is spoken.
    if is_regular_stdin() {
        return decoded(io::stdin(), "the text on stdin").map(Text::Whole);
    }
    of_pieces(Pieces::of_stdin(!speak.yes), transport).await
}

async fn of_pieces(mut pieces: Pieces, transport: Transport) -> Result<Text, Failure> {
    if transport != Transport::Ws {
        // The whole is asked about before it is sent.
        pieces.limit = None;
        return Ok(Text::Whole(pieces.whole().await?));
    }
    pieces.wait_for_text().await?;
    Ok(Text::Streamed(pieces))
}

#[cfg(unix)]
fn is_regular_stdin() -> bool {
    let stdin = rustix::fs::fstat(io::stdin());
    stdin.is_ok_and(|stat| {
        rustix::fs::FileType::from_raw_mode(stat.st_mode) == rustix::fs::FileType::RegularFile
    })
}

#[cfg(not(unix))]
fn is_regular_stdin() -> bool {
    false
}

/// The text of a regular file; `None` for anything else, which may give its text bit by bit.
fn of_file(path: &Path) -> Result<Option<String>, Failure> {
    let there = std::fs::metadata(path).map_err(|error| Failure::file("read", path, &error))?;
    if there.is_dir() {
        let name = path.display();
        return Err(Failure::usage(format!("{name} is a folder, not a file")));
    }
    if !there.is_file() {
        return Ok(None);
    }
    let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
    decoded(file, &path.display().to_string()).map(Some)
}

fn decoded(source: impl Read, name: &str) -> Result<String, Failure> {
    let mut decoder = Decoder::new(source, name);
    let mut text = String::new();
    while let Some(piece) = decoder.next()? {
        text.push_str(&piece);
    }
    Ok(text)
}

/// Text as it is read.
#[derive(Debug)]
pub(super) struct Pieces {
    receiver: mpsc::Receiver<Result<String, Failure>>,
    /// Read before there was anything to speak.
    first: String,
    /// Characters that may still be given; `None` without a limit.
    limit: Option<u64>,
    is_cut: bool,
}

impl Pieces {
    fn of_stdin(is_limited: bool) -> Self {
        Self::read(
            || Ok(io::stdin()),
            "the text on stdin".to_owned(),
            is_limited,
        )
    }

    /// Opening a FIFO waits for its writer, so it is not done here.
    fn of_file(path: &Path, is_limited: bool) -> Self {
        let (path, name): (PathBuf, _) = (path.to_owned(), path.display().to_string());
        Self::read(move || File::open(path), name, is_limited)
    }

    /// Reads on a thread of its own: a read of stdin cannot be interrupted, and must keep neither the
    /// audio nor the end of the program waiting. The thread ends with the program.
    fn read<R: Read>(
        open: impl FnOnce() -> io::Result<R> + Send + 'static,
        name: String,
        is_limited: bool,
    ) -> Self {
        let (sender, receiver) = mpsc::channel(PIECES);
        std::thread::spawn(move || {
            let source = match open() {
                Ok(source) => source,
                Err(error) => {
                    let failure = Failure::file("read", Path::new(&name), &error);
                    // Without a receiver the run is over.
                    _ = sender.blocking_send(Err(failure));
                    return;
                }
            };
            let mut decoder = Decoder::new(source, name);
            while let Some(piece) = decoder.next().transpose() {
                let failed = piece.is_err();
                if sender.blocking_send(piece).is_err() || failed {
                    return;
                }
            }
        });
        Self {
            receiver,
            first: String::new(),
            limit: is_limited.then_some(MAX_CHARACTERS),
            is_cut: false,
        }
    }

    async fn wait_for_text(&mut self) -> Result<(), Failure> {
        while self.first.trim().is_empty() {
            match self.receiver.recv().await {
                Some(piece) => self.first.push_str(&piece?),
                None => return Err(Failure::usage(EMPTY)),
            }
        }
        Ok(())
    }

    /// The next piece; `None` at the end of the text, or at the limit.
    pub(super) async fn next(&mut self) -> Result<Option<String>, Failure> {
        poll_fn(|cx| self.poll_next(cx)).await
    }

    /// As [`next`](Self::next).
    pub(super) fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Result<Option<String>, Failure>> {
        let piece = if self.first.is_empty() {
            ready!(self.receiver.poll_recv(cx)).transpose()?
        } else {
            Some(std::mem::take(&mut self.first))
        };
        Poll::Ready(Ok(piece.and_then(|piece| self.within_limit(piece))))
    }

    fn within_limit(&mut self, mut piece: String) -> Option<String> {
        let Some(limit) = &mut self.limit else {
            return Some(piece);
        };
        let allowed = usize::try_from(*limit).unwrap_or(usize::MAX);
        if let Some((end, _)) = piece.char_indices().nth(allowed) {
            piece.truncate(end);
            self.is_cut = true;
        }
        *limit = limit.saturating_sub(piece.chars().count() as u64);
        Some(piece).filter(|piece| !piece.is_empty())
    }

    /// Whether the text was cut at the limit.
    pub(super) fn is_cut(&self) -> bool {
        self.is_cut
    }

    async fn whole(mut self) -> Result<String, Failure> {
        let mut text = String::new();
        while let Some(piece) = self.next().await? {
            text.push_str(&piece);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn spoken(text: &str, is_limited: bool) -> (usize, bool) {
        let source = io::Cursor::new(text.as_bytes().to_vec());
        let mut pieces = Pieces::read(|| Ok(source), "stdin".to_owned(), is_limited);
        pieces.wait_for_text().await.unwrap();
        let mut characters = 0;
        while let Some(piece) = pieces.next().await.unwrap() {
            characters += piece.chars().count();
        }
        (characters, pieces.is_cut())
    }

    #[tokio::test]
    async fn a_streamed_text_ends_at_the_limit() {
        let exact = "é".repeat(20_000);
        assert_eq!(spoken(&exact, true).await, (20_000, false));
        let more = format!("{exact}é");
        assert_eq!(spoken(&more, true).await, (20_000, true));
        assert_eq!(spoken(&more, false).await, (20_001, false));
    }

    #[test]
    fn files_are_read_whole_and_pipes_are_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("text");
        std::fs::write(&path, b"\xff\xfeH\0i\0").unwrap();
        assert_eq!(of_file(&path).unwrap().as_deref(), Some("Hi"));
        assert!(of_file(folder.path()).is_err());
        assert!(of_file(&folder.path().join("none")).is_err());
    }
}
