//! Captions as files.

use std::fmt;
use std::fmt::Write as _;
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::{Captions, Cue, joined};

/// A format of caption files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CaptionFormat {
    /// SubRip: `.srt`.
    Srt,
    /// WebVTT: `.vtt`.
    Vtt,
    /// Cues with their lines, words and times: `.json`.
    Json,
    /// The text alone: `.txt`.
    Text,
}

/// A caption format that is not known.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("unknown caption format; use srt, vtt, json or txt")]
pub struct UnknownCaptionFormat;

impl CaptionFormat {
    /// All formats.
    pub const ALL: [Self; 4] = [Self::Srt, Self::Vtt, Self::Json, Self::Text];

    /// Returns the usual extension of a file, without a dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Srt => "srt",
            Self::Vtt => "vtt",
            Self::Json => "json",
            Self::Text => "txt",
        }
    }

    /// Returns the format for the extension of a file, in upper or lower case.
    pub fn of_path(path: impl AsRef<Path>) -> Option<Self> {
        let extension = path.as_ref().extension()?;
        extension.to_str()?.parse().ok()
    }
}

impl FromStr for CaptionFormat {
    type Err = UnknownCaptionFormat;

    /// Reads an extension.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| text.eq_ignore_ascii_case(format.extension()))
            .ok_or(UnknownCaptionFormat)
    }
}

impl fmt::Display for CaptionFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.extension())
    }
}

impl Captions {
    /// Returns the captions as a file of this format.
    pub fn render(&self, format: CaptionFormat) -> String {
        match format {
            CaptionFormat::Srt => self.to_srt(),
            CaptionFormat::Vtt => self.to_vtt(),
            CaptionFormat::Json => self.to_json(),
            CaptionFormat::Text => self.to_text() + "\n",
        }
    }

    /// Returns the captions as SubRip (SRT).
    ///
    /// The format has no escapes. Players read `<i>` and `{\an8}` as markup, so an invisible word joiner
    /// (U+2060) is inserted where the text looks like markup.
    pub fn to_srt(&self) -> String {
        let mut file = String::new();
        for (index, cue) in self.cues.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            let (start, end) = (clock(cue.start, ','), clock(cue.end, ','));
            let number = index + 1;
            let _ = writeln!(file, "{separator}{number}\n{start} --> {end}");
            for line in cue.lines() {
                file.push_str(&without_srt_markup(&line));
                file.push('\n');
            }
        }
        file
    }

    /// Returns the captions as WebVTT.
    pub fn to_vtt(&self) -> String {
        self.vtt(|cue, file| {
            for line in cue.lines() {
                push_escaped(&line, file);
                file.push('\n');
            }
        })
    }

    /// Returns the captions as WebVTT with a timestamp at every word, so that players can highlight the word
    /// that is spoken (CSS `:past` and `:future`).
    #[doc(alias = "karaoke")]
    pub fn to_vtt_with_words(&self) -> String {
        self.vtt(|cue, file| {
            let mut latest = cue.start;
            let mut line = 0;
            for (index, word) in cue.words.iter().enumerate() {
                if word.line != line {
                    file.push('\n');
                    line = word.line;
                } else if word.spaced && index > 0 {
                    file.push(' ');
                }
                // The format wants times that rise, within those of the cue.
                if word.start > latest && word.start < cue.end {
                    let _ = write!(file, "<{}>", clock(word.start, '.'));
                    latest = word.start;
                }
                push_escaped(&word.text, file);
            }
            file.push('\n');
        })
    }

    fn vtt(&self, payload: impl Fn(&Cue, &mut String)) -> String {
        let mut file = String::from("WEBVTT\n");
        for cue in &self.cues {
            let (start, end) = (clock(cue.start, '.'), clock(cue.end, '.'));
            let _ = writeln!(file, "\n{start} --> {end}");
            payload(cue, &mut file);
        }
        file
    }

    /// Returns the captions as JSON:
    /// `{"cues":[{"start":0.0,"end":0.9,"lines":["Hello"],"words":[{"word":"Hello",
    /// "start":0.0,"end":0.9}]}]}`, with times in seconds.
    pub fn to_json(&self) -> String {
        // Strings and finite numbers always have a form in JSON.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Returns only the text, in one line.
    pub fn to_text(&self) -> String {
        joined(self.cues.iter().flat_map(|cue| &cue.words))
    }
}

/// A time as `hours:minutes:seconds` with milliseconds after a mark.
fn clock(time: Duration, mark: char) -> String {
    let (seconds, millis) = (time.as_secs(), time.subsec_millis());
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{hours:02}:{minutes:02}:{seconds:02}{mark}{millis:03}")
}

fn push_escaped(text: &str, file: &mut String) {
    for c in text.chars() {
        match c {
            '&' => file.push_str("&amp;"),
            '<' => file.push_str("&lt;"),
            '>' => file.push_str("&gt;"),
            _ => file.push(c),
        }
    }
}

/// A line in which no player finds markup or the times of a cue.
fn without_srt_markup(line: &str) -> String {
    const WORD_JOINER: char = '\u{2060}';
    let mut text = String::with_capacity(line.len());
    let mut rest = line.chars().peekable();
    while let Some(c) = rest.next() {
        text.push(c);
        let is_markup = match (c, rest.peek()) {
            ('<', Some(next)) => next.is_alphabetic() || *next == '/',
            ('{', Some('\\')) => true,
            ('-', Some('>')) => text.ends_with("--"),
            _ => false,
        };
        if is_markup {
            text.push(WORD_JOINER);
        }
    }
    text
}
