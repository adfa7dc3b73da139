//! Real speech: by the program `espeak-ng`, a phrase at a time.

use std::io::{self, Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use cartesia_types::pcm;
use cartesia_types::wav::WavLayout;

use super::resample::resampled;

const PROGRAM: &str = "espeak-ng";

/// A phrase takes a few milliseconds; this limits the wait for one that hangs.
const PATIENCE: Duration = Duration::from_secs(10);

/// Bytes of WAV that are taken of it: three minutes.
const LARGEST: u64 = 8 << 20;

/// Words in a minute, and the loudness that it has by itself.
const WORDS: f64 = 170.0;
const LOUDNESS: f64 = 100.0;

/// Whether the program can be run.
///
/// # Errors
///
/// When it cannot; the message says what to install.
pub(crate) fn check() -> io::Result<()> {
    let ran = Command::new(PROGRAM)
        .arg("--version")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    let why = match ran {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => io::Error::other(format!("it ended with {status}")),
        Err(error) => error,
    };
    let message = format!(
        "cannot speak with the program {PROGRAM}: {why}; install it (on Debian the package \
         espeak-ng) or let tones stand for words"
    );
    Err(io::Error::new(why.kind(), message))
}

/// A voice of the program.
#[derive(Debug, Clone)]
pub(crate) struct Espeak {
    language: &'static str,
    /// In its own unit, from 0 to 99.
    pitch: f64,
}

impl Espeak {
    /// `language` is the code that a request named, `pitch` in hertz as tones have it.
    pub(crate) fn new(language: &str, pitch: f64) -> Self {
        let known = LANGUAGES.iter().find(|(code, _)| *code == language);
        Self {
            language: known.map_or("en-us", |(_, name)| name),
            pitch: ((pitch - 110.0) / 220.0).clamp(0.0, 1.0) * 60.0 + 20.0,
        }
    }

    /// The samples of a phrase at a sample rate, without the silence around it. `None` when the program
    /// does not say it, or not in time.
    pub(super) fn say(&self, text: &str, speed: f64, volume: f64, rate: u32) -> Option<Vec<f32>> {
        let mut child = Command::new(PROGRAM)
            .args(["--stdin", "--stdout", "-b", "1", "-v", self.language])
            .args(["-p", &whole(self.pitch)])
            .args(["-s", &whole((WORDS * speed).clamp(80.0, 450.0))])
            .args(["-a", &whole((LOUDNESS * volume).clamp(0.0, 200.0))])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let wav = converse(&mut child, text);
        // It has ended, or is to; both calls fail only when there is nothing left to do.
        let _ = child.kill();
        let _ = child.wait();
        decoded(&wav?, rate)
    }
}

/// Sends the program its text, and reads its audio.
fn converse(child: &mut Child, text: &str) -> Option<Vec<u8>> {
    let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
    let (sender, receiver) = mpsc::sync_channel(1);
    // The pipe ends when the program does, and with it the thread.
    thread::Builder::new()
        .name("espeak-ng".to_owned())
        .spawn(move || {
            let mut wav = Vec::new();
            let read = output.take(LARGEST).read_to_end(&mut wav);
            // Or it took too long, and the request has given up.
            let _ = sender.send(read.map(|_| wav));
        })
        .ok()?;
    // A phrase fits into the buffer of any pipe.
    input.write_all(text.as_bytes()).ok()?;
    drop(input);
    receiver.recv_timeout(PATIENCE).ok()?.ok()
}

fn decoded(wav: &[u8], rate: u32) -> Option<Vec<f32>> {
    let layout = WavLayout::parse(wav).ok()??;
    let data = wav.get(usize::try_from(layout.data_offset()).ok()?..)?;
    let format = layout.format();
    let mut samples = Vec::new();
    pcm::decode_f32(format.encoding, data, &mut samples);
    let sounds = |sample: &f32| sample.abs() > 1e-3;
    let first = samples.iter().position(sounds)?;
    let last = samples.iter().rposition(sounds)?;
    let phrase = samples.get(first..=last)?;
    Some(resampled(phrase, format.sample_rate, rate))
}

fn whole(number: f64) -> String {
    format!("{number:.0}")
}

/// Languages of the service, and what the program calls them. It does not speak the others, and reads
/// them as if they were English.
static LANGUAGES: [(&str, &str); 43] = [
    ("ar", "ar"),
    ("bg", "bg"),
    ("bn", "bn"),
    ("cs", "cs"),
    ("da", "da"),
    ("de", "de"),
    ("el", "el"),
    ("en", "en-us"),
    ("es", "es"),
    ("fi", "fi"),
    ("fr", "fr-fr"),
    ("gu", "gu"),
    ("he", "he"),
    ("hi", "hi"),
    ("hr", "hr"),
    ("hu", "hu"),
    ("id", "id"),
    ("it", "it"),
    ("ja", "ja"),
    ("ka", "ka"),
    ("kn", "kn"),
    ("ko", "ko"),
    ("ml", "ml"),
    ("mr", "mr"),
    ("ms", "ms"),
    ("nl", "nl"),
    ("no", "nb"),
    ("or", "or"),
    ("pa", "pa"),
    ("pl", "pl"),
    ("pt", "pt-br"),
    ("ro", "ro"),
    ("ru", "ru"),
    ("sk", "sk"),
    ("sv", "sv"),
    ("ta", "ta"),
    ("te", "te"),
    ("th", "th"),
    ("tr", "tr"),
    ("uk", "uk"),
    ("ur", "ur"),
    ("vi", "vi"),
    ("zh", "cmn"),
];
