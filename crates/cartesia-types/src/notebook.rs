//! Clips in notebooks: a player with a waveform.
//!
//! It is here, and not in a crate that does I/O, because the Rust kernel calls the method
//! `evcxr_display` on the value of a cell: a notebook imports no trait, so the method has to be inherent.
//! Without the feature `notebook` none of it is compiled.

use std::fmt::Write as _;

use crate::clip::AudioClip;
use crate::format::{OutputFormat, RawEncoding, RawFormat};
use crate::wav;

/// Bytes of audio that a notebook is given. Written as text it is a third more, and Jupyter refuses
/// outputs of more than three million bytes at a time.
const MAX_BYTES: usize = 2 * 1024 * 1024;

/// Lines of a waveform.
const COLUMNS: usize = 400;

/// Half of the height of a waveform.
const HALF: u16 = 50;

impl AudioClip {
    /// Returns the clip as HTML: a player with a waveform. It works in any browser, on light and dark pages.
    ///
    /// Every encoding is turned into one that browsers play. Of a clip of more than 2 MiB (24 seconds at
    /// 44.1 kHz, 131 at 8 kHz), the beginning is in it, and a note that says so; the waveform is that of
    /// the whole. MP3 has no waveform, for it is not decoded.
    ///
    /// ```
    /// use cartesia_types::{AudioClip, RawFormat};
    ///
    /// let clip = AudioClip::new(RawFormat::PCM_S16LE_8000, vec![0; 16_000]);
    /// assert!(clip.to_html().contains("1.00 s"));
    /// ```
    pub fn to_html(&self) -> String {
        let Playable { media, file, cut } = self.playable();
        let seconds = self.duration().as_secs_f64();
        let mut html = String::from("<figure style=\"margin:0;max-width:40em\">");
        if let Some(samples) = self.samples_f32() {
            draw(&samples, seconds, &mut html);
        }
        // Writing to a string cannot fail.
        let _ = write!(
            html,
            "<audio controls style=\"width:100%;color-scheme:light dark\" \
             src=\"data:{media};base64,{}\"></audio><figcaption>{seconds:.2} s, {}",
            base64_simd::STANDARD.encode_to_string(file),
            described(self)
        );
        if cut {
            html.push_str("; this is the beginning, save the clip to hear the rest");
        }
        html.push_str("</figcaption></figure>");
        html
    }

    /// Shows the clip in a notebook with the Rust kernel
    /// ([evcxr](https://github.com/evcxr/evcxr)), which calls this for the last value of a cell. It writes
    /// to stdout, in the kernel's way; [`to_html`](Self::to_html) gives the same to other programs.
    #[expect(
        clippy::print_stdout,
        reason = "the kernel reads from stdout what a cell has to show"
    )]
    pub fn evcxr_display(&self) {
        println!(
            "EVCXR_BEGIN_CONTENT text/html\n{}\nEVCXR_END_CONTENT\n\
             EVCXR_BEGIN_CONTENT text/plain\n{self:?}\nEVCXR_END_CONTENT",
            self.to_html()
        );
    }

    fn playable(&self) -> Playable {
        if let (Some((format, _)), Some(samples)) = (self.pcm(), self.samples_i16()) {
            let most = MAX_BYTES / 2;
            let cut = samples.len() > most;
            let samples = samples.get(..most).unwrap_or(&samples);
            // All browsers play it, which is not so for floats and telephone encodings.
            let format = RawFormat::new(RawEncoding::PcmS16Le, format.sample_rate);
            let mut file = wav::header(format, Some(samples.len() as u64 * 2));
            file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
            return Playable {
                media: "audio/wav",
                file,
                cut,
            };
        }
        let media = match self.format() {
            OutputFormat::Mp3(_) => "audio/mpeg",
            _ => "audio/wav",
        };
        let data = self.data();
        Playable {
            media,
            file: data.get(..MAX_BYTES).unwrap_or(data).to_vec(),
            cut: data.len() > MAX_BYTES,
        }
    }
}

/// A file that browsers play.
struct Playable {
    media: &'static str,
    file: Vec<u8>,
    /// Whether it is only the beginning.
    cut: bool,
}

fn described(clip: &AudioClip) -> String {
    let rate = clip.format().sample_rate();
    let encoding = match (clip.pcm(), clip.format()) {
        (Some((format, _)), _) => format.encoding.as_str(),
        (None, OutputFormat::Mp3(_)) => "mp3",
        (None, _) => "wav",
    };
    format!("{encoding}, {rate} Hz")
}

/// The waveform: a line for each column, from the lowest to the highest of its samples.
fn draw(samples: &[f32], seconds: f64, html: &mut String) {
    let columns = COLUMNS.min(samples.len());
    let _ = write!(
        html,
        "<svg role=\"img\" aria-label=\"Waveform of {seconds:.2} seconds of audio\" \
         viewBox=\"0 0 {columns} {}\" preserveAspectRatio=\"none\" \
         style=\"display:block;width:100%;height:5em\"><path fill=\"none\" stroke=\"currentColor\" d=\"",
        2 * HALF
    );
    for column in 0..columns {
        let (start, end) = (
            column * samples.len() / columns,
            (column + 1) * samples.len() / columns,
        );
        let part = samples.get(start..end).unwrap_or_default();
        let (low, high) = part.iter().fold((0.0_f32, 0.0_f32), |(low, high), sample| {
            (low.min(*sample), high.max(*sample))
        });
        // A line has a length, or it is not drawn.
        let (top, bottom) = (height(high), height(low).max(height(high) + 1));
        let _ = write!(html, "M{column}.5 {top}V{bottom}");
    }
    html.push_str("\"/></svg>");
}

/// Where a sample is drawn, counted from above.
fn height(sample: f32) -> u16 {
    let half = f32::from(HALF);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is between 0 and twice `HALF`; what is not a number becomes 0"
    )]
    let height = (half - sample.clamp(-1.0, 1.0) * half).round() as u16;
    height
}
