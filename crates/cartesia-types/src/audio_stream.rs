//! Audio that arrives piece by piece, whatever its source.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;

use crate::format::OutputFormat;
use crate::{AudioClip, Result};

/// Audio that arrives piece by piece: a response body, server-sent events, a WebSocket context, a clip.
///
/// It connects sources of audio with consumers, such as the player of `cartesia-audio`, without a dependency
/// between them. Pieces may be cut anywhere, in the middle of a sample too.
///
/// ```
/// use std::future::poll_fn;
/// use std::pin::pin;
///
/// use cartesia_types::{AudioClip, AudioStream, Result};
///
/// async fn count_bytes(audio: impl AudioStream) -> Result<usize> {
///     let mut audio = pin!(audio);
///     let mut bytes = 0;
///     while let Some(piece) = poll_fn(|cx| audio.as_mut().poll_audio(cx)).await {
///         bytes += piece?.len();
///     }
///     Ok(bytes)
/// }
/// ```
#[must_use = "audio is not received unless it is read"]
pub trait AudioStream {
    /// The format of the audio. WAV and MP3 begin with their header.
    fn format(&self) -> OutputFormat;

    /// Polls for the next piece: `None` after the last. After an error it returns `None`.
    fn poll_audio(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>>;
}

impl<S: AudioStream + Unpin + ?Sized> AudioStream for &mut S {
    fn format(&self) -> OutputFormat {
        (**self).format()
    }

    fn poll_audio(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Pin::new(&mut **self).poll_audio(cx)
    }
}

impl<S: AudioStream + Unpin + ?Sized> AudioStream for Box<S> {
    fn format(&self) -> OutputFormat {
        (**self).format()
    }

    fn poll_audio(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        Pin::new(&mut **self).poll_audio(cx)
    }
}

impl<S: AudioStream + ?Sized> AudioStream for Pin<Box<S>> {
    fn format(&self) -> OutputFormat {
        (**self).format()
    }

    fn poll_audio(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        self.as_mut().get_mut().as_mut().poll_audio(cx)
    }
}

/// Gives all of its audio at once, and is empty afterwards.
impl AudioStream for AudioClip {
    fn format(&self) -> OutputFormat {
        Self::format(self)
    }

    fn poll_audio(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let data = self.take_data();
        Poll::Ready((!data.is_empty()).then_some(Ok(data)))
    }
}
