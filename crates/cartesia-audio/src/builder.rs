//! Opening a player on a device.

use std::sync::Arc;
use std::time::Duration;

use crate::backend::watch::STARTING;
use crate::backend::{self, Wanted, control};
use crate::clock::Clock;
use crate::player_core::PlayerCore;
use crate::state::Settings;
use crate::{Error, Player, Result};

/// The default for [`PlayerBuilder::suspend_after`].
const SUSPEND_AFTER: Duration = Duration::from_secs(60);

/// The trade-off between latency and protection against underruns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Latency {
    /// 20 ms of audio before an utterance starts, and buffers of at least 10 ms: for a good network and an idle
    /// machine.
    Low,
    /// 60 ms and buffers of at least 20 ms (the next power of two, in frames).
    #[default]
    Balanced,
    /// 300 ms and buffers of 40 ms: for a network that stalls, or a busy machine.
    Robust,
}

impl Latency {
    fn prebuffer(self) -> Duration {
        Duration::from_millis(match self {
            Self::Low => 20,
            Self::Balanced => 60,
            Self::Robust => 300,
        })
    }

    fn buffer(self) -> Duration {
        Duration::from_millis(match self {
            Self::Low => 10,
            Self::Balanced => 20,
            Self::Robust => 40,
        })
    }
}

/// A builder of a player on a device; from [`Player::builder`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is opened"]
pub struct PlayerBuilder {
    device: Option<String>,
    latency: Latency,
    prebuffer: Option<Duration>,
    buffer: Option<Duration>,
    suspend_after: Option<Duration>,
    settings: Settings,
}

impl PlayerBuilder {
    /// Selects the output device (speaker): by its id from [`devices`](crate::devices), its name, or the
    /// start of its name in any case. When it is lost, the player waits for it. Default: the system's default
    /// device, which may change during playback.
    ///
    /// On Linux the devices are those of ALSA. A sink of PulseAudio or PipeWire is chosen through the
    /// environment of the program, with the default device: `PULSE_SINK=name`, or `PIPEWIRE_NODE=name` with
    /// `pipewire-alsa`. `pactl list short sinks` shows the names.
    pub fn device(mut self, device: impl Into<String>) -> Self {
        self.device = Some(device.into());
        self
    }

    /// Sets a preset for the prebuffer and the device's buffers. Default: [`Latency::Balanced`].
    pub fn latency(mut self, latency: Latency) -> Self {
        self.latency = latency;
        self
    }

    /// Sets the prebuffer: the audio to wait for before an utterance starts, instead of the preset's. An
    /// utterance that ends earlier does not wait.
    pub fn prebuffer(mut self, prebuffer: Duration) -> Self {
        self.prebuffer = Some(prebuffer);
        self
    }

    /// Sets the length of the device's buffers, instead of the preset's; 2 to 200 ms. The system may round
    /// it, and usually has two or three buffers. [`Player::output`] returns what it agreed to.
    pub fn buffer(mut self, buffer: Duration) -> Self {
        self.buffer = Some(buffer);
        self
    }

    /// Sets the capacity of the queue: the amount of unplayed audio before writers have to wait
    /// (back-pressure). Default: 30 s.
    pub fn queue(mut self, queue: Duration) -> Self {
        self.settings.queue = queue;
        self
    }

    /// Sets the length of every fade, at most 1 s. Default: 5 ms. Zero turns fades off: samples stay
    /// unchanged, but cuts click.
    pub fn fade(mut self, fade: Duration) -> Self {
        self.settings.fade = fade;
        self
    }

    /// Sets how long the player may have nothing to play before it suspends the device, or `None` for never.
    /// Default: 60 s.
    ///
    /// A suspended device takes no processor time, and may save power. It resumes when an utterance begins, usually
    /// within one buffer, before the first audio arrives. A device that is lost meanwhile is noticed only then.
    /// Devices that cannot be suspended play silence.
    pub fn suspend_after(mut self, rest: impl Into<Option<Duration>>) -> Self {
        self.suspend_after = rest.into();
        self
    }

    /// Opens the device. Blocks until it plays (silence at first), usually for some milliseconds: open it
    /// while the first request is in flight.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Device`](cartesia_types::ErrorKind::Device) when there is no such device or it cannot be
    /// opened; the message says what to check.
    pub fn open(self) -> Result<Player> {
        let mut settings = self.settings;
        settings.prebuffer = self.prebuffer.unwrap_or(self.latency.prebuffer());
        let buffer = self.buffer.unwrap_or(self.latency.buffer());
        let buffer = buffer.clamp(Duration::from_millis(2), Duration::from_millis(200));
        // A device takes two buffers at once at its start.
        settings.ring = settings.ring.max(buffer * 3);
        let wanted = Wanted {
            device: self.device,
            buffer,
            opening: control::OPENING,
            starting: STARTING,
            suspend_after: self.suspend_after,
        };
        let core = PlayerCore::new(settings, Clock::system());
        control::start(&core, wanted, || backend::cpal::System)?;
        let player = Player::new(Arc::clone(&core));
        std::thread::Builder::new()
            .name("cartesia-feeder".to_owned())
            .spawn(move || core.feed())
            .map_err(|error| {
                let message = "a thread cannot be started";
                Error::new(cartesia_types::ErrorKind::Device, "player.open", message)
                    .with_source(error)
            })?;
        Ok(player)
    }
}

impl Player {
    /// Opens a player on the system's default output device, with the settings of [`builder`](Self::builder).
    ///
    /// # Errors
    ///
    /// Those of [`PlayerBuilder::open`].
    pub fn open_default() -> Result<Self> {
        Self::builder().open()
    }

    /// Returns a builder for a player on a device.
    pub fn builder() -> PlayerBuilder {
        PlayerBuilder {
            device: None,
            latency: Latency::default(),
            prebuffer: None,
            buffer: None,
            suspend_after: Some(SUSPEND_AFTER),
            settings: Settings::default(),
        }
    }
}
