//! Streams of text.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;

/// The texts of a caller, one after the other.
pub(super) type Texts = Pin<Box<dyn Stream<Item = String> + Send>>;

/// A text as a stream of one.
pub(super) struct Once(Option<String>);

impl Once {
    pub(super) fn new(text: String) -> Self {
        Self(Some(text))
    }
}

impl Stream for Once {
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<String>> {
        Poll::Ready(self.0.take())
    }
}

/// Turns the items of a stream into texts.
pub(super) struct IntoTexts<S>(Pin<Box<S>>);

impl<S> IntoTexts<S> {
    pub(super) fn new(texts: S) -> Self {
        Self(Box::pin(texts))
    }
}

impl<S: Stream> Stream for IntoTexts<S>
where
    S::Item: Into<String>,
{
    type Item = String;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<String>> {
        self.0
            .as_mut()
            .poll_next(cx)
            .map(|text| text.map(Into::into))
    }
}
