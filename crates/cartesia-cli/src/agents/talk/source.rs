//! The caller's audio: from a file, from stdin, or from the microphone.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use cartesia::agent::CallFormat;

use cartesia::types::AudioStream;
use cartesia::wav::{WavDecoder, WavSpec};
use cartesia::{CallInput, ErrorKind, OutputFormat, RawFormat, pcm};
use tokio::sync::mpsc;

use crate::failure::Failure;
use crate::file_names;

/// Bytes that are read at a time.
const PIECE: usize = 16 * 1024;
/// Pieces that wait to be sent.
const AHEAD: usize = 4;

/// The source of the caller's audio.
pub(super) enum Source {
    Reader(Opened),
    #[cfg(feature = "playback")]
    Microphone,
}

/// A file or stdin, read as far as its header.
pub(super) struct Opened {
    reader: Box<dyn Read + Send>,
    /// The header of a WAV file; stdin has only samples.
    wav: Option<Wav>,
    name: String,
}

struct Wav {
    decoder: Box<WavDecoder>,
    spec: WavSpec,
    samples: Vec<f32>,
}

impl Source {
    /// Opens a file as far as its header, or stdin. Without either, it is the microphone.
    pub(super) fn open(input: Option<&Path>) -> Result<Self, Failure> {
        match input {
            Some(path) if file_names::is_stdout(path) => Ok(Self::Reader(Opened {
                reader: Box::new(std::io::stdin()),
                wav: None,
                name: "stdin".to_owned(),
            })),
            Some(path) => open_wav(path).map(Self::Reader),
            #[cfg(feature = "playback")]
            None => Ok(Self::Microphone),
            #[cfg(not(feature = "playback"))]
            None => Err(Failure::usage(
                "this build has no microphone: name a file with --input",
            )),
        }
    }

    /// The format of the call: the one that was asked for, or else the one that the file has.
    pub(super) fn format(&self, wanted: Option<CallFormat>) -> Result<CallFormat, Failure> {
        let Self::Reader(Opened {
            wav: Some(wav),
            name,
            ..
        }) = self
        else {
            return Ok(wanted.unwrap_or(CallFormat::PCM_16000));
        };
        let rate = wav.spec.sample_rate;
        let has_rate =
            |format: &&CallFormat| format.raw().is_some_and(|raw| raw.sample_rate == rate);
        let found = match &wanted {
            Some(format) => Some(format).filter(has_rate),
            None => CallFormat::KNOWN.iter().find(has_rate),
        };
        found.cloned().ok_or_else(|| {
            let wanted = wanted.map_or_else(
                || "a call has 8000, 16000, 24000 or 44100 Hz".to_owned(),
                |format| format!("the call uses {format}"),
            );
            Failure::usage(format!(
                "{name} has {rate} Hz, but {wanted}; convert it first"
            ))
        })
    }

    /// Sends everything, in real time. Errors of the call are reported by its output.
    pub(super) async fn send(self, mut input: CallInput) -> Result<(), Failure> {
        match self {
            Self::Reader(opened) => {
                let pieces = opened.pieces(input.format())?;
                let sent = input.send_audio(pieces).await;
                sent.or_else(|error| match error.kind() {
                    ErrorKind::Io | ErrorKind::Decode => Err(error.into()),
                    _ => Ok(()),
                })
            }
            #[cfg(feature = "playback")]
            Self::Microphone => {
                let format = input.format();
                let format =
                    cartesia::audio::CaptureFormat::new(format.encoding, format.sample_rate);
                let builder = cartesia::audio::Recorder::builder().format(format);
                let mut recorder = builder.open()?;
                while let Some(chunk) = recorder.next_chunk().await {
                    if input.send(chunk.data).await.is_err() {
                        return Ok(());
                    }
                }
                let message = "the microphone was lost";
                Err(Failure::of(ErrorKind::Device, message))
            }
        }
    }
}

fn open_wav(path: &Path) -> Result<Opened, Failure> {
    let failed = |error: &std::io::Error| Failure::file("read", path, error);
    let mut file = File::open(path).map_err(|error| failed(&error))?;
    let mut decoder = Box::new(WavDecoder::new());
    let (mut samples, mut piece) = (Vec::new(), vec![0; PIECE]);
    let spec = loop {
        if let Some(spec) = decoder.spec() {
            break spec;
        }
        let length = file.read(&mut piece).map_err(|error| failed(&error))?;
        let read = piece.get(..length).unwrap_or_default();
        let outcome = match length {
            0 => decoder.finish(),
            _ => decoder.push(read, &mut samples),
        };
        let usable = outcome.map_err(|error| error.to_string());
        let usable = match (length, usable) {
            (0, Ok(())) => Err("it is empty".to_owned()),
            (_, usable) => usable,
        };
        usable.map_err(|why| {
            let message = format!("{} is not a WAV file: {why}", path.display());
            Failure::usage(message)
        })?;
    };
    Ok(Opened {
        reader: Box::new(file),
        wav: Some(Wav {
            decoder,
            spec,
            samples,
        }),
        name: path.display().to_string(),
    })
}

impl Opened {
    /// Reads on, on a thread of its own: a pipe may be silent for long.
    fn pieces(self, format: RawFormat) -> Result<Pieces, Failure> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let thread = std::thread::Builder::new().name("input".to_owned());
        let spawned = thread.spawn(move || self.read(format, &sender));
        spawned.map_err(|error| Failure::io(&error))?;
        Ok(Pieces { format, receiver })
    }

    fn read(mut self, format: RawFormat, sender: &mpsc::Sender<cartesia::Result<Bytes>>) {
        let mut piece = vec![0; PIECE];
        loop {
            if let Some(wav) = &mut self.wav {
                let samples = wav.take(format);
                if !samples.is_empty() && sender.blocking_send(Ok(samples)).is_err() {
                    return;
                }
            }
            let failed = match self.reader.read(&mut piece) {
                Ok(0) => return,
                Ok(length) => self.push(piece.get(..length).unwrap_or_default(), sender),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let message = format!("{} cannot be read", self.name);
                    let error = cartesia::Error::new(ErrorKind::Io, "agents.talk", message)
                        .with_source(error);
                    Some(error)
                }
            };
            if let Some(error) = failed {
                // Without a receiver, the call is over.
                let _ = sender.blocking_send(Err(error));
                return;
            }
        }
    }

    fn push(
        &mut self,
        read: &[u8],
        sender: &mpsc::Sender<cartesia::Result<Bytes>>,
    ) -> Option<cartesia::Error> {
        let Some(wav) = &mut self.wav else {
            let _ = sender.blocking_send(Ok(Bytes::copy_from_slice(read)));
            return None;
        };
        let outcome = wav.decoder.push(read, &mut wav.samples);
        outcome.err().map(|error| {
            let message = format!("{} cannot be decoded", self.name);
            cartesia::Error::new(ErrorKind::Decode, "agents.talk", message).with_source(error)
        })
    }
}

impl Wav {
    /// The samples that were decoded, as the call has them: one channel, the mean of all.
    fn take(&mut self, format: RawFormat) -> Bytes {
        let channels = usize::from(self.spec.channels.max(1));
        #[expect(clippy::cast_precision_loss, reason = "there are few channels")]
        let scale = 1.0 / channels as f32;
        let whole = self.samples.len() / channels * channels;
        let mono: Vec<f32> = self
            .samples
            .drain(..whole)
            .collect::<Vec<_>>()
            .chunks(channels)
            .map(|frame| frame.iter().sum::<f32>() * scale)
            .collect();
        let mut bytes = Vec::new();
        pcm::encode_f32(format.encoding, &mono, &mut bytes);
        bytes.into()
    }
}

/// The audio read so far, as it arrives.
struct Pieces {
    format: RawFormat,
    receiver: mpsc::Receiver<cartesia::Result<Bytes>>,
}

impl AudioStream for Pieces {
    fn format(&self) -> OutputFormat {
        self.format.into()
    }

    fn poll_audio(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<cartesia::Result<Bytes>>> {
        self.receiver.poll_recv(cx)
    }
}
