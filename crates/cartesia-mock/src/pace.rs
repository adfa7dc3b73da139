//! The rate at which the server sends audio.

use std::convert::Infallible;
use std::future::Future as _;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use tokio::time::{Instant, Sleep};

use crate::clock;
use crate::stats::Seat;
use crate::wire::Breaker;

/// The rate at which the server sends audio.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub enum Pace {
    /// As fast as the client reads.
    #[default]
    Fast,
    /// In real time: each piece is sent when the one before it would have been played.
    RealTime,
    /// This many times faster than real time. A factor that is not a positive number counts as 1.
    TimesRealTime(f64),
}

impl Pace {
    /// When a piece is due that starts at `position` of the audio, counted from the first piece.
    pub(crate) fn delay(self, position: Duration) -> Duration {
        match self {
            Self::Fast => Duration::ZERO,
            Self::RealTime => position,
            Self::TimesRealTime(factor) => {
                let seconds = position.as_secs_f64() / factor;
                if factor > 0.0 {
                    Duration::try_from_secs_f64(seconds).unwrap_or(position)
                } else {
                    position
                }
            }
        }
    }
}

/// A text that is not a pace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a pace; it is `fast`, `real-time`, or a factor such as `4x`")]
pub struct InvalidPace(String);

impl FromStr for Pace {
    type Err = InvalidPace;

    /// Reads `fast`, `real-time`, or a factor such as `4x`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "fast" => Ok(Self::Fast),
            "real-time" => Ok(Self::RealTime),
            _ => text
                .strip_suffix('x')
                .and_then(|factor| factor.parse().ok())
                .filter(|factor: &f64| factor.is_finite() && *factor > 0.0)
                .map(Self::TimesRealTime)
                .ok_or_else(|| InvalidPace(text.to_owned())),
        }
    }
}

/// A piece of a response body.
pub(crate) struct Piece {
    pub(crate) bytes: Bytes,
    /// Its start in the audio.
    pub(crate) position: Duration,
}

/// Makes the pieces of a body, one at a time and only when the client has room for it.
pub(crate) trait Source: Send {
    fn next(&mut self) -> Option<Piece>;

    /// Returns the end after the last piece.
    fn ending(&self) -> Ending {
        Ending::Whole
    }
}

/// The end of a body.
#[derive(Debug, Clone, Default)]
pub(crate) enum Ending {
    /// A regular end.
    #[default]
    Whole,
    /// The connection breaks.
    Cut(Breaker),
    /// No end: the connection stays silent.
    Stall,
    /// No end: these bytes are repeated at an interval.
    Repeat(Bytes, Duration),
}

/// A body that takes its pieces from a source when they are due. Nothing is made ahead, so neither a
/// long transcript nor a slow client costs memory.
pub(crate) struct Paced<S> {
    source: S,
    pace: Pace,
    /// The wait before the first piece.
    latency: Duration,
    /// When the first piece was sent.
    started: Option<Instant>,
    waiting: Option<(Bytes, Pin<Box<Sleep>>)>,
    /// One of what may be generated at once.
    seat: Option<Seat>,
}

impl<S: Source> Paced<S> {
    pub(crate) fn new(source: S, pace: Pace, latency: Duration) -> Self {
        Self {
            source,
            pace,
            latency,
            started: None,
            waiting: None,
            seat: None,
        }
    }

    /// Holds a seat until the last piece was taken, or the client is gone.
    pub(crate) fn holding(mut self, seat: Seat) -> Self {
        self.seat = Some(seat);
        self
    }
}

impl<S: Source + Unpin> Stream for Paced<S> {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.waiting.is_none() {
            let Some(piece) = this.source.next() else {
                this.seat = None;
                match this.source.ending() {
                    Ending::Whole => return Poll::Ready(None),
                    Ending::Cut(breaker) => breaker.trip(),
                    Ending::Stall => {}
                    Ending::Repeat(bytes, every) => {
                        this.waiting = Some((bytes, Box::pin(tokio::time::sleep(every))));
                        return this.poll_waiting(cx);
                    }
                }
                // Not woken again: hyper flushes before it waits, and with that a connection breaks that was
                // tripped; or it waits until the client closes.
                return Poll::Pending;
            };
            let first = *this
                .started
                .get_or_insert_with(|| clock::after(Instant::now(), this.latency));
            let due = clock::after(first, this.pace.delay(piece.position));
            if due <= Instant::now() {
                return Poll::Ready(Some(Ok(piece.bytes)));
            }
            this.waiting = Some((piece.bytes, Box::pin(tokio::time::sleep_until(due))));
        }
        this.poll_waiting(cx)
    }
}

impl<S> Paced<S> {
    /// Polls the piece that waits for its time.
    fn poll_waiting(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        let Some((bytes, sleep)) = &mut self.waiting else {
            return Poll::Pending;
        };
        ready!(sleep.as_mut().poll(cx));
        let bytes = std::mem::take(bytes);
        self.waiting = None;
        Poll::Ready(Some(Ok(bytes)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Seconds(u64);

    impl Source for Seconds {
        fn next(&mut self) -> Option<Piece> {
            let position = Duration::from_secs(self.0);
            self.0 += 1;
            (self.0 <= 4).then_some(Piece {
                bytes: Bytes::from_static(b"x"),
                position,
            })
        }
    }

    async fn arrivals(pace: Pace, latency: Duration) -> Vec<f64> {
        let start = Instant::now();
        let mut body = Paced::new(Seconds(0), pace, latency);
        let mut arrivals = Vec::new();
        while std::future::poll_fn(|cx| Pin::new(&mut body).poll_next(cx))
            .await
            .is_some()
        {
            arrivals.push(start.elapsed().as_secs_f64().round());
        }
        arrivals
    }

    #[tokio::test(start_paused = true)]
    async fn pieces_arrive_when_they_are_due() {
        let latency = Duration::from_secs(10);
        assert_eq!(arrivals(Pace::Fast, latency).await, [10.0; 4]);
        assert_eq!(
            arrivals(Pace::RealTime, latency).await,
            [10.0, 11.0, 12.0, 13.0]
        );
        assert_eq!(
            arrivals(Pace::TimesRealTime(0.5), Duration::ZERO).await,
            [0.0, 2.0, 4.0, 6.0]
        );
        assert_eq!(
            arrivals(Pace::TimesRealTime(f64::NAN), Duration::ZERO).await,
            [0.0, 1.0, 2.0, 3.0]
        );
    }

    #[test]
    fn paces_are_read() {
        assert_eq!("fast".parse(), Ok(Pace::Fast));
        assert_eq!("real-time".parse(), Ok(Pace::RealTime));
        assert_eq!("2.5x".parse(), Ok(Pace::TimesRealTime(2.5)));
        for text in ["", "x", "0x", "-1x", "infx", "NaNx", "slow"] {
            assert!(text.parse::<Pace>().is_err(), "{text}");
        }
    }
}
