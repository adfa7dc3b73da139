//! How soon an interrupted player is silent.

use super::number;
use crate::Result;
use crate::rig::{Rig, SPEAKER};
use crate::signal::RATE;

/// How much longer than its latency and one buffer the device may be heard: 10 ms. A fade takes 5 of them.
const MORE: u64 = RATE as u64 / 100;

/// What the player adds to the latency that the system reports: 5 ms.
const DOUBT: u64 = RATE as u64 / 200;

/// An interruption as the program reports it. All numbers are frames.
#[derive(Debug)]
pub(super) struct Interruption {
    /// The playhead at the call.
    at: u64,
    /// What was heard, by the report.
    pub(super) heard: u64,
    /// One buffer of the device, as it was negotiated.
    buffer: u64,
    /// The latency of the device at the call. At its request for a buffer it holds another one, and the card behind
    /// it holds a part of a block.
    latency: u64,
}

impl Interruption {
    /// Reads what the program says, and checks that its latency is one that the card can have: with any other the
    /// limit would say nothing.
    pub(super) fn read(rig: &Rig, observed: &str) -> Result<Self> {
        let interruption = Self {
            at: number(observed, "at")?,
            heard: number(observed, "heard")?,
            buffer: number(observed, "buffer")?,
            latency: number(observed, "latency")?,
        };
        interruption.check_latency(rig.block(SPEAKER)?)?;
        Ok(interruption)
    }

    /// `block` is what the card takes at a time, by the sound server.
    fn check_latency(&self, block: u64) -> Result {
        let Self {
            buffer, latency, ..
        } = self;
        if *latency > buffer + block + DOUBT {
            return Err(format!(
                "the latency of {latency} frames is more than one buffer of {buffer} and one block of the card, of \
                 {block}"
            )
            .into());
        }
        Ok(())
    }

    /// The frames after the playhead at the call in which it must be silent.
    fn limit(&self) -> u64 {
        self.latency + self.buffer + MORE
    }

    /// The frames that may still be heard of the limit, when so many were `played`.
    pub(super) fn left(&self, played: u64) -> u64 {
        (self.at + self.limit()).saturating_sub(played)
    }

    /// Checks that it was silent in time, after it had `played` so many frames. Returns a description.
    pub(super) fn check(&self, played: u64) -> Result<String> {
        let over = played.saturating_sub(self.at);
        let millis = over * 1_000 / u64::from(RATE);
        let Self {
            buffer, latency, ..
        } = self;
        let summary = format!(
            "silent {over} frames ({millis} ms) after the playhead at the call, where one buffer of the device is \
             {buffer} frames and its latency was {latency}"
        );
        if over > self.limit() {
            let limit = self.limit();
            return Err(format!("{summary}: with {MORE} more, {limit} are the limit").into());
        }
        Ok(format!(
            "{summary} (limit {}); {played} frames were heard, reported {}",
            self.limit(),
            self.heard
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Interruption = Interruption {
        at: 38_400,
        heard: 41_200,
        buffer: 1_024,
        latency: 1_500,
    };

    #[test]
    fn the_limit_is_the_latency_one_buffer_and_ten_milliseconds() {
        let limit = 38_400 + 1_500 + 1_024 + 480;
        assert!(GOOD.check(limit).is_ok());
        assert_eq!((GOOD.left(limit), GOOD.left(limit - 7)), (0, 7));
        let error = GOOD.check(limit + 1).unwrap_err().to_string();
        assert!(error.contains("3005 frames"), "{error}");
        assert!(error.contains("3004 are the limit"), "{error}");
    }

    #[test]
    fn a_latency_that_the_card_cannot_have_is_refused() {
        assert!(GOOD.check_latency(2_400).is_ok());
        let error = GOOD.check_latency(200).unwrap_err().to_string();
        assert!(error.contains("1500 frames"), "{error}");
    }
}
