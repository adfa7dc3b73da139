//! Sample-rate conversion, piece by piece.

use std::fmt;
use std::ops::RangeInclusive;

use cartesia_types::ErrorKind;
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Async, Fft, FixedAsync, FixedSync, SincInterpolationParameters, WindowFunction};

use crate::{Error, Result};

/// Sample rates that [`Resampler`] takes, in hertz.
pub const RESAMPLER_SAMPLE_RATES: RangeInclusive<u32> = 1_000..=768_000;

/// Frames of one block at the slower of the two rates. The filter is as long as a block: shorter ones
/// let go of more treble, longer ones hold the sound back for longer.
const BLOCK_FRAMES: u32 = 240;

/// Two rates can be converted in whole blocks of both. Where the shortest such block takes longer
/// than this, as with rates that share no factor, every frame is interpolated on its own instead.
const LONGEST_BLOCK_MILLIS: u64 = 50;

/// Taps of the interpolating filter, at the slower of the two rates.
const TAPS: usize = 256;

/// Points between two taps, among which the interpolating filter is interpolated itself.
const OVERSAMPLING: usize = 512;

/// The interpolator's first frame lies this many steps of the output after its start.
const FIRST_STEP: u64 = 1;

/// Converts a stream of samples from one rate to another.
///
/// The stream may be cut anywhere: pieces of any size give the same samples as one push. `N` frames in, and
/// [`finish`](Self::finish), give exactly `round(N · target / source)` frames out, in line with the input:
/// the delay of the filter is cut off at the start, and what is still inside comes out at the end. Equal
/// rates pass every bit unchanged.
///
/// The filter is linear in phase. Between 8 and 192 kHz it passes everything up to 0.88 of the lower
/// of the two Nyquist frequencies within 0.01 dB, attenuates what lies 5 % or more above that Nyquist
/// frequency by at least 120 dB, and adds noise and distortion 125 dB below a full-scale sine. Rates that share a
/// large factor, as all usual ones do, are converted exactly in line; others to within a tenth of a
/// frame of the output.
///
/// Nothing is allocated after construction, as long as the buffers that are passed in have room for
/// [`output_bound`](Self::output_bound). A sample that is not finite counts as silence.
///
/// ```
/// use cartesia_audio::Resampler;
///
/// let mut resampler = Resampler::new(24_000, 48_000, 1)?;
/// let mut output = Vec::new();
/// for piece in [[0.25; 700], [0.5; 700]] {
///     resampler.push(&piece, &mut output);
/// }
/// resampler.finish(&mut output);
/// assert_eq!(output.len(), 2_800);
/// # Ok::<(), cartesia_audio::Error>(())
/// ```
#[doc(alias = "sample rate")]
#[doc(alias = "resampling")]
pub struct Resampler {
    source_rate: u32,
    target_rate: u32,
    channels: usize,
    /// `None` for equal rates.
    stage: Option<FftStage>,
    /// Samples (not frames) of the current stream that were pushed.
    pushed: u64,
    /// Frames of the current stream that were given out.
    given: u64,
}

/// Works on blocks of a fixed number of input frames.
struct FftStage {
    inner: Box<dyn rubato::Resampler<f32>>,
    /// Frames that one run takes.
    block_frames: usize,
    /// Interleaved samples that wait for a block to be full; never longer than one.
    waiting: Vec<f32>,
    block: Vec<f32>,
    /// Silent frames before the input.
    lead: usize,
    /// Frames of output before the input begins: the delay of the filter.
    start: usize,
    /// Those of them that are still to come.
    to_skip: usize,
}

impl Resampler {
    /// Creates a resampler from `source_rate` to `target_rate`, both in hertz and within
    /// [`RESAMPLER_SAMPLE_RATES`], for interleaved frames of `channels` samples.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when a rate is out of range, or there is no channel.
    pub fn new(source_rate: u32, target_rate: u32, channels: u16) -> Result<Self> {
        for sample_rate in [source_rate, target_rate] {
            if !RESAMPLER_SAMPLE_RATES.contains(&sample_rate) {
                let (low, high) = (RESAMPLER_SAMPLE_RATES.start(), RESAMPLER_SAMPLE_RATES.end());
                let message = format!("{sample_rate} Hz is not between {low} and {high} Hz");
                return Err(Error::new(ErrorKind::InvalidRequest, "resample", message));
            }
        }
        if channels == 0 {
            return Err(Error::new(
                ErrorKind::InvalidRequest,
                "resample",
                "audio without a channel cannot be resampled",
            ));
        }
        let channels = usize::from(channels);
        let stage = if source_rate == target_rate {
            None
        } else {
            Some(FftStage::new(source_rate, target_rate, channels)?)
        };
        Ok(Self {
            source_rate,
            target_rate,
            channels,
            stage,
            pushed: 0,
            given: 0,
        })
    }

    /// Returns the sample rate of the input, in hertz.
    pub fn source_rate(&self) -> u32 {
        self.source_rate
    }

    /// Returns the sample rate of the output, in hertz.
    pub fn target_rate(&self) -> u32 {
        self.target_rate
    }

    /// Returns the number of channels.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Returns the delay in frames at the source rate: a frame comes out at the latest when this many were
    /// pushed after it. Zero for equal rates.
    pub fn delay_frames(&self) -> usize {
        let frames = self.stage.as_ref().map(|stage| {
            let filter = scale(stage.start as u64, self.target_rate, self.source_rate);
            stage.block_frames + usize::try_from(filter).unwrap_or(usize::MAX)
        });
        frames.unwrap_or_default()
    }

    /// Returns the largest number of samples that a push of `samples`, or [`finish`](Self::finish) after it,
    /// can append.
    pub fn output_bound(&self, samples: usize) -> usize {
        let inside = self.delay_frames() + 1;
        let frames = samples.div_ceil(self.channels) + inside;
        let frames = scale(frames as u64, self.source_rate, self.target_rate) + 1;
        usize::try_from(frames)
            .unwrap_or(usize::MAX)
            .saturating_mul(self.channels)
    }

    /// Takes interleaved samples and appends those that are ready. A frame may be cut between two
    /// pushes.
    pub fn push(&mut self, input: &[f32], output: &mut Vec<f32>) {
        self.pushed += input.len() as u64;
        let Some(stage) = &mut self.stage else {
            output.extend_from_slice(input);
            return;
        };
        let before = output.len();
        stage.push(input, self.channels, output);
        self.given += ((output.len() - before) / self.channels) as u64;
    }

    /// Ends the stream: appends what is still inside, and makes ready for the next stream. An
    /// incomplete last frame is dropped.
    pub fn finish(&mut self, output: &mut Vec<f32>) {
        let channels = self.channels;
        let left = usize::try_from(self.pushed % channels as u64).unwrap_or_default();
        let due = scale(
            self.pushed / channels as u64,
            self.source_rate,
            self.target_rate,
        );
        let missing = usize::try_from(due.saturating_sub(self.given)).unwrap_or_default();
        if let Some(stage) = &mut self.stage {
            stage.waiting.truncate(stage.waiting.len() - left);
            let end = output.len() + missing * channels;
            stage.flush(channels, end, output);
        } else {
            output.truncate(output.len() - left.min(output.len()));
        }
        self.reset();
    }

    /// Discards the current stream, and prepares for the next one.
    pub fn reset(&mut self) {
        self.pushed = 0;
        self.given = 0;
        if let Some(stage) = &mut self.stage {
            stage.reset(self.channels);
        }
    }
}

impl FftStage {
    fn new(source_rate: u32, target_rate: u32, channels: usize) -> Result<Self> {
        let divisor = greatest_common_divisor(source_rate, target_rate);
        let (source_unit, target_unit) = (source_rate / divisor, target_rate / divisor);
        // An even number of units, so that half a block, which is the delay of the filter, is a whole
        // number of frames at both rates.
        let units = 2 * BLOCK_FRAMES.div_ceil(2 * source_unit.min(target_unit));
        let block_frames = source_unit as usize * units as usize;
        let longest = u64::from(source_rate) * LONGEST_BLOCK_MILLIS / 1_000;
        if block_frames as u64 <= longest {
            let inner = Fft::new_custom(
                source_rate as usize,
                target_rate as usize,
                block_frames,
                1,
                channels,
                WindowFunction::BlackmanHarris2,
                FixedSync::Both,
            )
            .map_err(cannot_build)?;
            let start = target_unit as usize * units as usize / 2;
            Ok(Self::around(
                Box::new(inner),
                block_frames,
                0,
                start,
                channels,
            ))
        } else {
            Self::interpolating(source_rate, target_rate, channels)
        }
    }

    fn interpolating(source_rate: u32, target_rate: u32, channels: usize) -> Result<Self> {
        let ratio = f64::from(target_rate) / f64::from(source_rate);
        // The cut-off is a part of the lower rate, so the filter keeps its length in time. The longer
        // it is, the smoother, and the fewer points in between are needed to interpolate it.
        let factor = source_rate.div_ceil(target_rate) as usize;
        let taps = TAPS * factor;
        let parameters = SincInterpolationParameters::new(taps, WindowFunction::BlackmanHarris2)
            .oversampling_factor((OVERSAMPLING / factor).max(8));
        let block_frames = BLOCK_FRAMES as usize * factor;
        let inner = Async::new_sinc(
            ratio,
            1.0,
            &parameters,
            block_frames,
            channels,
            FixedAsync::Input,
        )
        .map_err(cannot_build)?;
        let (lead, start) = alignment(taps as u64 / 2, source_rate, target_rate);
        Ok(Self::around(
            Box::new(inner),
            block_frames,
            lead,
            start,
            channels,
        ))
    }

    fn around(
        inner: Box<dyn rubato::Resampler<f32>>,
        block_frames: usize,
        lead: usize,
        start: usize,
        channels: usize,
    ) -> Self {
        let block = vec![0.0; inner.output_frames_max() * channels];
        let mut stage = Self {
            inner,
            block_frames,
            waiting: Vec::with_capacity(block_frames * channels),
            block,
            lead,
            start,
            to_skip: 0,
        };
        stage.reset(channels);
        stage
    }

    fn reset(&mut self, channels: usize) {
        self.inner.reset();
        self.waiting.clear();
        // The alignment tries fewer frames than there are in a block.
        self.waiting.resize(self.lead * channels, 0.0);
        self.to_skip = self.start;
    }

    fn push(&mut self, mut input: &[f32], channels: usize, output: &mut Vec<f32>) {
        let full = self.block_frames * channels;
        while !input.is_empty() {
            let (now, later) = input.split_at(input.len().min(full - self.waiting.len()));
            let finite = |sample: &f32| if sample.is_finite() { *sample } else { 0.0 };
            self.waiting.extend(now.iter().map(finite));
            input = later;
            if self.waiting.len() == full {
                self.run(channels, output);
            }
        }
    }

    /// Follows the input with silence until `output` is as long as `end`.
    fn flush(&mut self, channels: usize, end: usize, output: &mut Vec<f32>) {
        let full = self.block_frames * channels;
        while output.len() < end {
            self.waiting.resize(full, 0.0);
            self.run(channels, output);
        }
        output.truncate(end);
    }

    /// Converts the block in `waiting` and appends the result, without the start.
    fn run(&mut self, channels: usize, output: &mut Vec<f32>) {
        let frames = self.inner.output_frames_next();
        let room = self.block.len() / channels;
        let buffers = (
            InterleavedSlice::new(&self.waiting[..], channels, self.block_frames),
            InterleavedSlice::new_mut(&mut self.block[..], channels, room),
        );
        let converted = match buffers {
            (Ok(input), Ok(mut block)) => self
                .inner
                .process_into_buffer(&input, &mut block, None)
                .is_ok(),
            _ => false,
        };
        debug_assert!(converted, "the buffers were made for this resampler");
        if !converted {
            // Silence of the same length keeps later audio in its place.
            self.block.fill(0.0);
        }
        let skipped = self.to_skip.min(frames);
        self.to_skip -= skipped;
        output.extend_from_slice(&self.block[skipped * channels..frames * channels]);
        self.waiting.clear();
    }
}

/// Silent frames to put before the input and frames to cut from the output, so that the interpolator's
/// output lies on the input to within a small part of a frame.
///
/// Its `n`-th frame lies `(n + 1) · source / target` frames after the input's start, less the delay
/// of the filter and the silence. That is zero for a whole `n` only by luck; among a few hundred
/// lengths of the silence one comes close.
fn alignment(delay: u64, source_rate: u32, target_rate: u32) -> (usize, usize) {
    let (source, target) = (u64::from(source_rate), u64::from(target_rate));
    let off = |lead: u64| {
        let rest = (delay + lead) * target % source;
        rest.min(source - rest)
    };
    let lead = (0..u64::from(BLOCK_FRAMES))
        .min_by_key(|lead| off(*lead))
        .unwrap_or_default();
    let start = scale(delay + lead, source_rate, target_rate).saturating_sub(FIRST_STEP);
    // Both are small: below a few blocks.
    (
        usize::try_from(lead).unwrap_or_default(),
        usize::try_from(start).unwrap_or_default(),
    )
}

/// `frames` at one rate in frames at another, rounded to the nearest.
fn scale(frames: u64, from: u32, to: u32) -> u64 {
    let scaled = (u128::from(frames) * u128::from(to) + u128::from(from) / 2) / u128::from(from);
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

fn greatest_common_divisor(mut a: u32, mut b: u32) -> u32 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

fn cannot_build(error: rubato::ResamplerConstructionError) -> Error {
    Error::new(
        ErrorKind::InvalidRequest,
        "resample",
        "these sample rates cannot be converted",
    )
    .with_source(error)
}

impl fmt::Debug for Resampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resampler")
            .field("source_rate", &self.source_rate)
            .field("target_rate", &self.target_rate)
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}
