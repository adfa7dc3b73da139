//! The audio that is listened to: a file, stdin or the microphone.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;

use bytes::Bytes;
use cartesia::stt::SttFormat;
use cartesia::types::AudioStream;
use cartesia::wav::WavDecoder;
use cartesia::{
    Error, ErrorKind, OutputFormat, Pace, RawEncoding, RawFormat, SttEncoding, SttEvent, SttInput,
    pcm,
};
use tokio::sync::mpsc;

use crate::failure::Failure;

/// Bytes that are read at once, and blocks that wait for the network.
const BLOCK: usize = 16 * 1024;
const BLOCKS: usize = 4;

/// The source of audio.
pub(crate) enum Source {
    Samples(Box<Samples>),
    #[cfg(feature = "playback")]
    Microphone(cartesia::audio::Recorder),
}

impl Source {
    /// Opens a file or stdin, `raw` unless it is WAV, and reads as much of it as tells its format. Without a
    /// `path` it is the microphone of this name or identifier, or else the system's default one.
    pub(crate) async fn open(
        path: Option<&Path>,
        raw: Option<(SttEncoding, u32)>,
        microphone: Option<&str>,
    ) -> Result<Self, Failure> {
        match path {
            Some(path) => Ok(Self::Samples(Box::new(Samples::open(path, raw).await?))),
            None => Self::microphone(microphone),
        }
    }

    #[cfg(feature = "playback")]
    fn microphone(device: Option<&str>) -> Result<Self, Failure> {
        let mut builder = cartesia::audio::Recorder::builder();
        if let Some(device) = device {
            builder = builder.device(device);
        }
        Ok(Self::Microphone(builder.open()?))
    }

    #[cfg(not(feature = "playback"))]
    fn microphone(_: Option<&str>) -> Result<Self, Failure> {
        Err(Failure::usage(
            "this program was built without microphone and speakers: name a file, or `-`",
        ))
    }

    pub(crate) fn format(&self) -> SttFormat {
        match self {
            Self::Samples(samples) => samples.format,
            #[cfg(feature = "playback")]
            Self::Microphone(recorder) => recorder.format().into(),
        }
    }

    /// Sends everything. A failure of the connection is that of the output, which knows more.
    pub(crate) async fn send<E: SttEvent>(
        self,
        mut input: SttInput<E>,
        speed: f64,
    ) -> Result<(), Failure> {
        match self {
            Self::Samples(mut samples) => {
                input.set_pace(Pace::times(speed));
                let sent = input.send_audio(&mut *samples).await;
                samples.outcome?;
                if sent.is_err() {
                    return Ok(());
                }
            }
            #[cfg(feature = "playback")]
            Self::Microphone(mut recorder) => {
                while let Some(chunk) = recorder.next_chunk().await {
                    if input.send(chunk.data).await.is_err() {
                        return Ok(());
                    }
                }
            }
        }
        _ = input.finish().await;
        Ok(())
    }
}

/// Samples from a file or a pipe. Files are read on a thread of their own: a pipe may be slow.
pub(crate) struct Samples {
    /// The format as it is sent to the service.
    format: SttFormat,
    blocks: mpsc::Receiver<io::Result<Vec<u8>>>,
    coding: Coding,
    /// The bytes that were read before the format was known.
    first: Option<Bytes>,
    /// The result of reading.
    outcome: Result<(), Failure>,
    name: String,
}

/// The conversion of the bytes.
enum Coding {
    /// Sent as they are.
    Raw(RawEncoding),
    /// 32-bit integers become 16-bit ones, and 16-bit floats become 32-bit ones: audio of a known length
    /// goes in the encodings that are also spoken.
    Wide(Vec<u8>),
    Half(Vec<u8>),
    /// A WAV file of any kind becomes mono with 16 bits.
    Wav {
        decoder: Box<WavDecoder>,
        /// Samples of a frame whose other channels did not come yet.
        rest: Vec<f32>,
    },
}

impl Samples {
    async fn open(path: &Path, raw: Option<(SttEncoding, u32)>) -> Result<Self, Failure> {
        let (name, reader): (String, Box<dyn Read + Send>) = if path == Path::new("-") {
            ("stdin".to_owned(), Box::new(io::stdin()))
        } else {
            let file = File::open(path).map_err(|error| Failure::file("read", path, &error))?;
            if file.metadata().is_ok_and(|there| there.is_dir()) {
                let name = path.display();
                return Err(Failure::usage(format!("{name} is a folder, not a file")));
            }
            (path.display().to_string(), Box::new(file))
        };
        let mut samples = Self {
            format: SttFormat::PCM_S16LE_16000,
            blocks: blocks(reader)?,
            coding: Coding::Wav {
                decoder: Box::default(),
                rest: Vec::new(),
            },
            first: None,
            outcome: Ok(()),
            name,
        };
        match raw {
            Some((encoding, rate)) => samples.set_raw(encoding, rate),
            None => samples.read_header().await?,
        }
        Ok(samples)
    }

    fn set_raw(&mut self, encoding: SttEncoding, rate: u32) {
        let (encoding, coding) = match encoding {
            SttEncoding::PcmS32Le => (RawEncoding::PcmS16Le, Coding::Wide(Vec::new())),
            SttEncoding::PcmF16Le => (RawEncoding::PcmF32Le, Coding::Half(Vec::new())),
            SttEncoding::PcmF32Le => (RawEncoding::PcmF32Le, Coding::Raw(RawEncoding::PcmF32Le)),
            SttEncoding::PcmMulaw => (RawEncoding::PcmMulaw, Coding::Raw(RawEncoding::PcmMulaw)),
            SttEncoding::PcmAlaw => (RawEncoding::PcmAlaw, Coding::Raw(RawEncoding::PcmAlaw)),
            _ => (RawEncoding::PcmS16Le, Coding::Raw(RawEncoding::PcmS16Le)),
        };
        self.format = RawFormat::new(encoding, rate).into();
        self.coding = coding;
    }

    /// Reads until the header of a WAV file is there.
    async fn read_header(&mut self) -> Result<(), Failure> {
        let mut audio = Vec::new();
        loop {
            let Coding::Wav { decoder, .. } = &self.coding else {
                return Ok(());
            };
            if let Some(spec) = decoder.spec() {
                self.format = RawFormat::new(RawEncoding::PcmS16Le, spec.sample_rate).into();
                self.first = Some(audio.into());
                return Ok(());
            }
            match self.blocks.recv().await {
                Some(block) => audio.extend(self.decoded(block)?),
                None => {
                    return Err(Failure::usage(format!(
                        "{} is no WAV file: name --encoding and --sample-rate of headerless PCM, or \
                         transcribe a file of another kind with `transcribe`",
                        self.name
                    )));
                }
            }
        }
    }

    /// The samples in a block, as they are sent.
    fn decoded(&mut self, block: io::Result<Vec<u8>>) -> Result<Vec<u8>, Failure> {
        let name = &self.name;
        let block = block.map_err(|error| {
            Failure::of(ErrorKind::Io, format!("{name} cannot be read: {error}"))
        })?;
        let mut audio = Vec::new();
        match &mut self.coding {
            Coding::Raw(_) => return Ok(block),
            Coding::Wide(rest) => {
                rest.extend(block);
                let (whole, _) = rest.as_chunks::<4>();
                audio.extend(whole.iter().flat_map(|sample| [sample[2], sample[3]]));
                rest.drain(..whole.len() * 4);
            }
            Coding::Half(rest) => {
                rest.extend(block);
                let (whole, _) = rest.as_chunks::<2>();
                let floats = whole.iter().map(|sample| half(u16::from_le_bytes(*sample)));
                audio.extend(floats.flat_map(f32::to_le_bytes));
                rest.drain(..whole.len() * 2);
            }
            Coding::Wav { decoder, rest } => {
                decoder.push(&block, rest).map_err(|error| {
                    Failure::usage(format!("{name} cannot be read as WAV: {error}"))
                })?;
                let channels = decoder.spec().map_or(1, |spec| usize::from(spec.channels));
                let frames = rest.chunks_exact(channels.max(1));
                let mono: Vec<f32> = frames.map(mean).collect();
                rest.drain(..mono.len() * channels.max(1));
                pcm::encode_f32(RawEncoding::PcmS16Le, &mono, &mut audio);
            }
        }
        Ok(audio)
    }
}

/// Audio for a transcription, at its pace. A failure is kept, since it is not one of the service.
impl AudioStream for Samples {
    fn format(&self) -> OutputFormat {
        let encoding = match (&self.coding, self.format.encoding) {
            (Coding::Raw(encoding), _) => *encoding,
            (Coding::Half(_), _) => RawEncoding::PcmF32Le,
            _ => RawEncoding::PcmS16Le,
        };
        RawFormat::new(encoding, self.format.sample_rate).into()
    }

    fn poll_audio(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(Ok(first)));
        }
        let Some(block) = std::task::ready!(self.blocks.poll_recv(cx)) else {
            return Poll::Ready(None);
        };
        match self.decoded(block) {
            Ok(audio) => Poll::Ready(Some(Ok(audio.into()))),
            Err(failure) => {
                self.outcome = Err(failure);
                self.blocks.close();
                Poll::Ready(None)
            }
        }
    }
}

/// Reads on a thread of its own, which ends with the audio or its reader.
fn blocks(
    mut reader: Box<dyn Read + Send>,
) -> Result<mpsc::Receiver<io::Result<Vec<u8>>>, Failure> {
    let (sender, receiver) = mpsc::channel(BLOCKS);
    let reading = move || {
        loop {
            let mut block = vec![0; BLOCK];
            let read = match reader.read(&mut block) {
                Ok(0) => return,
                Ok(length) => {
                    block.truncate(length);
                    Ok(block)
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let failed = read.is_err();
            // Without a receiver the audio is not wanted any more.
            if sender.blocking_send(read).is_err() || failed {
                return;
            }
        }
    };
    let started = thread::Builder::new()
        .name("audio".to_owned())
        .spawn(reading);
    started.map_err(|error| Failure::io(&error))?;
    Ok(receiver)
}

#[expect(clippy::cast_precision_loss, reason = "a few channels")]
fn mean(frame: &[f32]) -> f32 {
    frame.iter().sum::<f32>() / frame.len().max(1) as f32
}

/// A number of IEEE 754 binary16.
fn half(bits: u16) -> f32 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let exponent = i32::from(bits >> 10 & 0x1f);
    let fraction = f32::from(bits & 0x3ff) / 1_024.0;
    sign * match exponent {
        0 => fraction * 2.0_f32.powi(-14),
        31 => 0.0,
        _ => (1.0 + fraction) * 2.0_f32.powi(exponent - 15),
    }
}
