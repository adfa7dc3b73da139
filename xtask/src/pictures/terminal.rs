//! A session at a terminal: what was typed, what came, and when.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use super::svg::{Svg, escaped};
use crate::Result;

/// Of the terminal, in characters.
const COLUMNS: usize = 84;

const CHARACTER: u32 = 8;
const LINE: u32 = 20;
const MARGIN: u32 = 18;
/// The bar at the top of the window.
const BAR: u32 = 30;

/// How long a person takes for a character, and before and after a command.
const KEY: Duration = Duration::from_millis(35);
const PAUSE: Duration = Duration::from_millis(700);

/// What is seen.
pub(super) struct Line {
    text: String,
    at: Duration,
    /// How long it takes to be typed; nothing for what a program prints.
    typed: Duration,
}

/// Runs commands as a person types them, with what they print, as it arrives.
pub(super) fn record(program: &Path, folder: &Path, sentence: &str) -> Result<Vec<Line>> {
    let mut lines = Vec::new();
    let mut now = PAUSE;
    for words in [
        &["speak", sentence, "-o", "hello.wav"][..],
        &["transcribe", "hello.wav", "--words", "--mock"],
        &[
            "voices",
            "find",
            "friendly",
            "man",
            "--language",
            "en",
            "--mock",
        ],
    ] {
        let shown = words.iter().map(|word| {
            if word.contains(' ') {
                format!("\"{word}\"")
            } else {
                (*word).to_owned()
            }
        });
        let text = format!("$ cartesia-rs {}", shown.collect::<Vec<_>>().join(" "));
        let typed = KEY * u32::try_from(text.len())?;
        lines.push(Line {
            text,
            at: now,
            typed,
        });
        now += typed;
        let started = Instant::now();
        for (text, at) in run(program, folder, words)? {
            lines.push(Line {
                text,
                at: now + at,
                typed: Duration::ZERO,
            });
        }
        now += started.elapsed() + PAUSE;
    }
    Ok(lines)
}

/// What a run prints, on stdout and stderr, and when.
fn run(program: &Path, folder: &Path, words: &[&str]) -> Result<Vec<(String, Duration)>> {
    let mut command = Command::new(program);
    for name in ["CARTESIA_API_KEY", "CARTESIA_BASE_URL", "CARTESIA_VERSION"] {
        command.env_remove(name);
    }
    let started = Instant::now();
    let mut child = command
        .args(words)
        .current_dir(folder)
        .env("COLUMNS", COLUMNS.to_string())
        .env("XDG_CONFIG_HOME", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let (sender, lines) = mpsc::channel();
    let streams: [Option<Box<dyn Read + Send>>; 2] = [
        child
            .stdout
            .take()
            .map(|it| Box::new(it) as Box<dyn Read + Send>),
        child
            .stderr
            .take()
            .map(|it| Box::new(it) as Box<dyn Read + Send>),
    ];
    for stream in streams.into_iter().flatten() {
        let sender = sender.clone();
        thread::spawn(move || {
            for line in BufReader::new(stream)
                .lines()
                .map_while(std::io::Result::ok)
            {
                if sender.send((line, started.elapsed())).is_err() {
                    return;
                }
            }
        });
    }
    drop(sender);
    let lines = lines.into_iter().collect();
    let status = child.wait()?;
    if !status.success() {
        return Err(format!("`cartesia-rs {}`: {status}", words.join(" ")).into());
    }
    Ok(lines)
}

pub(super) fn draw(session: &[Line]) -> String {
    let mut rows = Vec::new();
    for line in session {
        let characters: Vec<char> = line.text.chars().collect();
        let pieces = characters
            .chunks(COLUMNS)
            .map(|piece| piece.iter().collect::<String>());
        let pieces: Vec<String> = if characters.is_empty() {
            vec![String::new()]
        } else {
            pieces.collect()
        };
        rows.extend(pieces.into_iter().map(|text| (text, line)));
    }
    let count = u32::try_from(rows.len()).unwrap_or(u32::MAX);
    let width = 2 * MARGIN + CHARACTER * u32::try_from(COLUMNS).unwrap_or(u32::MAX);
    let height = BAR + count * LINE + 2 * MARGIN;
    // Who wants no motion sees all of it at once.
    let style = ".screen{fill:#0d1117}.screen-bar{fill:#21262d}.t{fill:#e6edf3;white-space:pre;font-size:13px}\
        .c{fill:#7ee787}@media(prefers-reduced-motion:no-preference){\
        .t{opacity:0;animation:show .01s linear forwards}}@keyframes show{to{opacity:1}}";
    let mut svg = Svg::new(
        width,
        height,
        "Speaking, transcribing and finding voices in a terminal",
        style,
    );
    svg.add(&format!(
        "<rect class=\"screen\" width=\"{width}\" height=\"{height}\" rx=\"10\"/>"
    ));
    svg.add(&format!("<path class=\"screen-bar\" d=\"M0 {BAR}V10a10 10 0 0 1 10-10H{}a10 10 0 0 1 10 10V{BAR}z\"/>", width - 10));
    for (x, colour) in [(18, "#ff5f57"), (38, "#febc2e"), (58, "#28c840")] {
        svg.add(&format!(
            "<circle cx=\"{x}\" cy=\"15\" r=\"6\" fill=\"{colour}\"/>"
        ));
    }
    for (index, (text, line)) in (1..).zip(&rows) {
        let y = BAR + MARGIN + index * LINE - 5;
        let class = if line.typed.is_zero() { "t" } else { "t c" };
        if line.typed.is_zero() {
            svg.add(&text_at(MARGIN, y, class, line.at, text));
            continue;
        }
        // Typed: character by character.
        let each = line.typed / u32::try_from(text.chars().count()).unwrap_or(1).max(1);
        for (column, character) in (0..).zip(text.chars()).filter(|(_, it)| *it != ' ') {
            let x = MARGIN + column * CHARACTER;
            svg.add(&text_at(
                x,
                y,
                class,
                line.at + each * column,
                &character.to_string(),
            ));
        }
    }
    svg.finish()
}

fn text_at(x: u32, y: u32, class: &str, at: Duration, text: &str) -> String {
    format!(
        "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" textLength=\"{}\" style=\"animation-delay:{:.2}s\">{}</text>",
        CHARACTER * u32::try_from(text.chars().count()).unwrap_or(1).max(1),
        at.as_secs_f64(),
        escaped(text)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_wrapped_escaped_and_shown_in_time() {
        let line = |text: &str, at| Line {
            text: text.to_owned(),
            at: Duration::from_millis(at),
            typed: Duration::ZERO,
        };
        let drawn = draw(&[
            line("<b>", 500),
            line(&"x".repeat(COLUMNS + 1), 1_500),
            line("", 2_000),
        ]);
        assert!(
            drawn.contains("animation-delay:0.50s\">&lt;b&gt;<"),
            "{drawn}"
        );
        assert!(drawn.contains("animation-delay:1.50s\">x<"));
    }
}
