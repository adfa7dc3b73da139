//! How fast files are sent.

use super::log::Rate;

/// The rate at which [`SttInput::send_audio`](crate::SttInput::send_audio) and
/// [`CallInput::send_audio`](crate::CallInput::send_audio) send; real time by default.
///
/// The vendor asks for about one second of audio per second, as a microphone gives it.
///
/// ```
/// use cartesia_ws::Pace;
///
/// let faster = Pace::times(4.0);
/// assert_ne!(faster, Pace::REAL_TIME);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace(pub(super) Rate);

impl Pace {
    /// One second of audio per second.
    pub const REAL_TIME: Self = Self(Rate::Times(1.0));
    /// As fast as the connection accepts it.
    pub const UNLIMITED: Self = Self(Rate::Unlimited);

    /// Sends this many seconds of audio per second. A value that is not above zero counts as real time.
    pub fn times(speed: f64) -> Self {
        if speed.is_finite() && speed > 0.0 {
            Self(Rate::Times(speed))
        } else {
            Self::REAL_TIME
        }
    }

    /// Seconds of audio per second; `None` without a limit.
    pub(crate) fn speed(self) -> Option<f64> {
        match self.0 {
            Rate::Times(speed) => Some(speed),
            Rate::Live | Rate::Unlimited => None,
        }
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::REAL_TIME
    }
}
