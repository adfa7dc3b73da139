//! The settings for layout and timing of captions.

use std::time::Duration;

use crate::language::Language;

/// The rules by which words become cues: the limits of a broadcaster's guide.
///
/// The default is [`netflix`](Self::netflix). Limits of lines, durations and gaps are kept, except where
/// the words leave no choice: a word that is spoken for longer than the longest cue, or a speaker faster
/// than the reading speed.
///
/// ```
/// use std::time::Duration;
/// use cartesia_types::captions::CaptionSettings;
///
/// let settings = CaptionSettings::default()
///     .with_line_width(32)
///     .with_max_duration(Duration::from_secs(5));
/// assert_eq!(settings.lines, 2);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CaptionSettings {
    /// Columns of a line, at least 2. A wide character, such as those of Chinese and Japanese, takes two
    /// columns; a combining mark takes none. Default: 42.
    pub line_width: usize,
    /// Lines of a cue, from 1 to 8. Default: 2.
    pub lines: usize,
    /// The fastest reading speed in characters per second; 0 for no limit. A cue stays longer than its
    /// words if there is room before the next. Default: 20.
    pub characters_per_second: u32,
    /// The shortest time a cue is shown, if there is room before the next. Default: 5/6 s.
    pub min_duration: Duration,
    /// The longest time a cue is shown. Default: 7 s.
    pub max_duration: Duration,
    /// The shortest gap between two cues. Default: 83 ms, which is two frames at 24 frames a second.
    pub min_gap: Duration,
    /// Gaps between cues that are shorter than this are closed up to [`min_gap`](Self::min_gap), since
    /// captions that disappear for a moment flicker. Default: 0.5 s.
    pub close_gaps: Duration,
    /// A pause of the speaker that always begins a new cue. Default: 1 s.
    pub max_pause: Duration,
    /// Whether sounds such as `[laughter]` are kept, as in captions for the deaf and hard of hearing. Off by
    /// default.
    pub sounds: bool,
}

impl CaptionSettings {
    /// Returns the limits of Netflix for English: at most 42 columns in two lines, 20 characters per second,
    /// 5/6 to 7 seconds, two frames between cues.
    ///
    /// Source: Netflix Timed Text Style Guides, "General Requirements", "Subtitle Timing Guidelines" and
    /// "English".
    pub fn netflix() -> Self {
        Self {
            line_width: 42,
            lines: 2,
            characters_per_second: 20,
            min_duration: Duration::from_millis(833),
            max_duration: Duration::from_secs(7),
            min_gap: Duration::from_millis(83),
            close_gaps: Duration::from_millis(500),
            max_pause: Duration::from_secs(1),
            sounds: false,
        }
    }

    /// Returns the limits of Netflix for a language.
    ///
    /// | language | columns | characters per second |
    /// |---|---|---|
    /// | Chinese | 32 (16 wide characters) | 9 |
    /// | English | 42 | 20 |
    /// | Japanese | 26 (13 wide characters) | 4 |
    /// | Korean | 32 (16 wide characters) | 12 |
    /// | Thai | 35 | 17 |
    /// | others | 42 | 17 |
    ///
    /// Source: the Netflix Timed Text Style Guides of these languages. A code with a region, such as
    /// `zh-TW`, counts as its language.
    pub fn for_language(language: &Language) -> Self {
        let code = language.as_str().to_ascii_lowercase();
        let primary = code.split(['-', '_']).next().unwrap_or_default();
        let (line_width, characters_per_second) = match primary {
            "en" => (42, 20),
            "ja" => (26, 4),
            "ko" => (32, 12),
            "th" => (35, 17),
            "yue" | "zh" => (32, 9),
            _ => (42, 17),
        };
        Self {
            line_width,
            characters_per_second,
            ..Self::netflix()
        }
    }

    /// Returns the limits of the BBC: at most 37 columns in two lines, which fits teletext (EBU) as well, 15
    /// characters per second, no gap between cues unless it lasts a second.
    ///
    /// Source: BBC Subtitle Guidelines, "Line length", "Target minimum timing" and "Gaps". They ask for 180
    /// words per minute at most; a word of English has five letters on average.
    pub fn bbc() -> Self {
        Self {
            line_width: 37,
            characters_per_second: 15,
            min_gap: Duration::ZERO,
            close_gaps: Duration::from_secs(1),
            ..Self::netflix()
        }
    }

    /// Sets the columns of a line.
    #[must_use]
    pub fn with_line_width(mut self, columns: usize) -> Self {
        self.line_width = columns;
        self
    }

    /// Sets the lines of a cue.
    #[must_use]
    pub fn with_lines(mut self, lines: usize) -> Self {
        self.lines = lines;
        self
    }

    /// Sets the fastest reading speed; 0 for no limit.
    #[must_use]
    pub fn with_characters_per_second(mut self, speed: u32) -> Self {
        self.characters_per_second = speed;
        self
    }

    /// Sets the shortest time a cue is shown.
    #[must_use]
    pub fn with_min_duration(mut self, duration: Duration) -> Self {
        self.min_duration = duration;
        self
    }

    /// Sets the longest time a cue is shown.
    #[must_use]
    pub fn with_max_duration(mut self, duration: Duration) -> Self {
        self.max_duration = duration;
        self
    }

    /// Sets the shortest gap between two cues.
    #[must_use]
    pub fn with_min_gap(mut self, gap: Duration) -> Self {
        self.min_gap = gap;
        self
    }

    /// Sets below which length gaps between cues are closed.
    #[must_use]
    pub fn with_close_gaps(mut self, gap: Duration) -> Self {
        self.close_gaps = gap;
        self
    }

    /// Sets the pause that always begins a new cue.
    #[must_use]
    pub fn with_max_pause(mut self, pause: Duration) -> Self {
        self.max_pause = pause;
        self
    }

    /// Sets whether sounds such as `[laughter]` are kept.
    #[must_use]
    pub fn with_sounds(mut self, sounds: bool) -> Self {
        self.sounds = sounds;
        self
    }

    pub(super) fn limits(&self) -> Limits {
        let max_duration = millis(self.max_duration).max(1);
        Limits {
            line_width: self.line_width.max(2),
            lines: self.lines.clamp(1, 8),
            characters_per_second: u64::from(self.characters_per_second),
            min_duration: millis(self.min_duration).clamp(1, max_duration),
            max_duration,
            min_gap: millis(self.min_gap),
            close_gaps: millis(self.close_gaps),
            max_pause: millis(self.max_pause),
        }
    }
}

impl Default for CaptionSettings {
    fn default() -> Self {
        Self::netflix()
    }
}

/// The same in range and in milliseconds, the unit of all caption files.
pub(super) struct Limits {
    pub(super) line_width: usize,
    pub(super) lines: usize,
    pub(super) characters_per_second: u64,
    pub(super) min_duration: u64,
    pub(super) max_duration: u64,
    pub(super) min_gap: u64,
    pub(super) close_gaps: u64,
    pub(super) max_pause: u64,
}

impl Limits {
    /// Returns the time to read this many characters.
    pub(super) fn reading_time(&self, characters: usize) -> u64 {
        (characters as u64)
            .saturating_mul(1_000)
            .checked_div(self.characters_per_second)
            .unwrap_or_default()
    }
}

/// Longer than any audio, and little enough that sums never overflow.
const LONGEST: u64 = 1 << 50;

/// A time in whole milliseconds.
pub(super) fn millis(time: Duration) -> u64 {
    let rounded = time.saturating_add(Duration::from_micros(500)).as_millis();
    u64::try_from(rounded).unwrap_or(u64::MAX).min(LONGEST)
}
