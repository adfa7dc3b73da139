//! Simulated playback: would audio that is played as it arrives have gaps?

use std::time::{Duration, Instant};

use cartesia::RawFormat;

/// Simulated playback of one request.
#[derive(Debug)]
pub(super) struct Playback {
    format: RawFormat,
    asked: Instant,
    /// When the first audio came.
    began: Option<Instant>,
    /// When everything that came so far has been played, by a player that waits in gaps.
    plays_until: Instant,
    pub(super) bytes: u64,
    /// The lateness of each chunk after the first, in milliseconds: its arrival compared with the time at
    /// which a player that started with the first audio needs it; negative if it came early.
    pub(super) lateness: Vec<f64>,
    /// Gaps that such a player would have had.
    pub(super) underruns: u64,
}

impl Playback {
    /// Starts measuring a request that is sent now.
    pub(super) fn new(format: RawFormat, asked: Instant) -> Self {
        Self {
            format,
            asked,
            began: None,
            plays_until: asked,
            bytes: 0,
            lateness: Vec::new(),
            underruns: 0,
        }
    }

    /// Notes that audio came.
    pub(super) fn hear(&mut self, audio: usize, now: Instant) {
        let audio = audio as u64;
        if let Some(began) = self.began {
            let needed = began + self.audio();
            self.lateness.push(signed_millis(now, needed));
            if now > self.plays_until {
                self.underruns += 1;
                self.plays_until = now;
            }
        } else {
            self.began = Some(now);
            self.plays_until = now;
        }
        self.plays_until += self.format.duration_of_bytes(audio);
        self.bytes += audio;
    }

    /// Returns the time from the request to the first audio, in milliseconds.
    pub(super) fn first_audio(&self) -> Option<f64> {
        self.began.map(|began| signed_millis(began, self.asked))
    }

    /// Playing time of what came.
    pub(super) fn audio(&self) -> Duration {
        self.format.duration_of_bytes(self.bytes)
    }
}

fn signed_millis(later: Instant, earlier: Instant) -> f64 {
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    millis(later.saturating_duration_since(earlier))
        - millis(earlier.saturating_duration_since(later))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 100 ms.
    const CHUNK: usize = 1_600;

    fn playback(chunks_at: &[u64]) -> Playback {
        let asked = Instant::now();
        let mut playback = Playback::new(RawFormat::PCM_S16LE_8000, asked);
        for at in chunks_at {
            playback.hear(CHUNK, asked + Duration::from_millis(*at));
        }
        playback
    }

    fn rounded(lateness: &[f64]) -> Vec<i64> {
        #[expect(clippy::cast_possible_truncation, reason = "a few hundred")]
        lateness.iter().map(|late| late.round() as i64).collect()
    }

    #[test]
    fn audio_that_comes_early_is_never_late() {
        let heard = playback(&[50, 60, 70, 350]);
        assert_eq!(heard.first_audio().map(f64::round), Some(50.0));
        assert_eq!(rounded(&heard.lateness), [-90, -180, 0]);
        assert_eq!((heard.underruns, heard.bytes), (0, 6_400));
        assert_eq!(heard.audio(), Duration::from_millis(400));
    }

    #[test]
    fn a_player_that_waited_is_behind_from_then_on() {
        // The second comes 150 ms too late; the others are late as well by the clock of the first, but
        // a player that waited for the second has them in time.
        let heard = playback(&[0, 250, 340, 440]);
        assert_eq!(rounded(&heard.lateness), [150, 140, 140]);
        assert_eq!(heard.underruns, 1);
        assert_eq!(playback(&[0, 150, 300]).underruns, 2);
        assert!(playback(&[]).first_audio().is_none());
    }
}
