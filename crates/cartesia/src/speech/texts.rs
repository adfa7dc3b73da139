//! Streams of text.

use std::borrow::Cow;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use cartesia_types::tts::GenerationConfig;
use futures_core::Stream;

/// A piece of text, with its own volume, speed and emotion if they differ from the rest.
///
/// ```
/// use cartesia::speech::Piece;
/// use cartesia::tts::{Emotion, GenerationConfig};
///
/// let sorry = GenerationConfig::new().with_emotion(Emotion::APOLOGETIC);
/// let pieces = [
///     Piece::new("Your parcel was lost. "),
///     Piece::new("I am very sorry about that. ").with_config(sorry),
///     Piece::from("A new one comes tomorrow."),
/// ];
/// # assert_eq!(pieces.len(), 3);
/// ```
///
/// `Debug` shows its length, never the text.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Piece {
    /// The text. Pieces are joined unchanged: every space counts.
    pub text: String,
    /// Volume, speed and emotion of this piece alone; `None` for those of the rest. It changes between
    /// sentences; see [`ContextInput::push_with`](cartesia_ws::ContextInput::push_with).
    pub config: Option<GenerationConfig>,
}

impl Piece {
    /// Creates a piece without settings of its own.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            config: None,
        }
    }

    /// Sets volume, speed and emotion. `sonic-3` and newer models support them.
    #[must_use]
    pub fn with_config(mut self, config: GenerationConfig) -> Self {
        self.config = Some(config);
        self
    }
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Piece {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<Box<str>> for Piece {
    fn from(text: Box<str>) -> Self {
        Self::new(text)
    }
}

impl From<Cow<'_, str>> for Piece {
    fn from(text: Cow<'_, str>) -> Self {
        Self::new(text)
    }
}

impl From<char> for Piece {
    fn from(text: char) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Piece {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Piece")
            .field("text_bytes", &self.text.len())
            .field("config", &self.config)
            .finish()
    }
}

/// The texts of a caller, one after the other.
pub(super) type Texts = Pin<Box<dyn Stream<Item = Piece> + Send>>;

/// A text as a stream of one.
pub(super) struct Once(Option<Piece>);

impl Once {
    pub(super) fn new(text: Piece) -> Self {
        Self(Some(text))
    }
}

impl Stream for Once {
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Piece>> {
        Poll::Ready(self.0.take())
    }
}

/// Turns the items of a stream into pieces.
pub(super) struct IntoPieces<S>(Pin<Box<S>>);

impl<S> IntoPieces<S> {
    pub(super) fn new(texts: S) -> Self {
        Self(Box::pin(texts))
    }
}

impl<S: Stream> Stream for IntoPieces<S>
where
    S::Item: Into<Piece>,
{
    type Item = Piece;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Piece>> {
        self.0
            .as_mut()
            .poll_next(cx)
            .map(|text| text.map(Into::into))
    }
}
