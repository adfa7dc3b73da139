//! Clips and WAV files, as an independent writer makes them.

use std::io::Cursor;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use cartesia_audio::{OfflineOptions, OfflineOutput, Outcome, Player};
use cartesia_types::{
    AudioClip, AudioStream, Error, ErrorKind, Mp3Format, OutputFormat, RawEncoding, RawFormat,
    WavFormat, wav,
};
use futures_core::Stream;

use crate::support::within;

fn player(sample_rate: u32, channels: u16) -> (Player, OfflineOutput) {
    let options = OfflineOptions::new(sample_rate)
        .channels(channels)
        .fade(Duration::ZERO);
    Player::offline(options).unwrap()
}

/// Stereo, 24 bits.
fn stereo_wav(frames: i32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 48_000,
        bits_per_sample: 24,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
    for n in 0..frames {
        writer.write_sample(n * 256).unwrap();
        writer.write_sample(-n * 256).unwrap();
    }
    writer.finalize().unwrap();
    file.into_inner()
}

#[expect(clippy::cast_precision_loss, reason = "small numbers")]
fn expected(frames: i32) -> Vec<f32> {
    (0..frames)
        .flat_map(|n| [n as f32 / 32_768.0, -n as f32 / 32_768.0])
        .collect()
}

/// What was rendered, without the silence around it.
fn sound(output: &mut OfflineOutput) -> Vec<f32> {
    let rendered = output.take();
    let heard = |sample: &f32| *sample != 0.0;
    let from = rendered.iter().position(heard).unwrap_or(0);
    let to = rendered.iter().rposition(heard).map_or(0, |last| last + 1);
    rendered[from..to].to_vec()
}

#[test]
fn a_wav_file_is_played_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.wav");
    std::fs::write(&path, stereo_wav(9_600)).unwrap();
    let (player, mut output) = player(48_000, 2);
    let utterance = player.play_wav_file_blocking(&path).unwrap();
    output.run_until_idle();
    let report = utterance.report().unwrap();
    assert_eq!(
        (report.outcome, report.heard_frames),
        (Outcome::Finished, 9_600)
    );
    // The first frame is silent.
    assert_eq!(sound(&mut output), &expected(9_600)[2..]);
}

#[tokio::test]
async fn clips_are_played_raw_and_as_wav() {
    let raw = AudioClip::new(RawFormat::PCM_S16LE_48000, [0, 0x40].repeat(480));
    let from_wav = AudioClip::new(
        WavFormat::new(RawEncoding::PcmS16Le, 48_000),
        stereo_wav(480),
    );
    for (clip, frames) in [(raw, 480), (from_wav, 480)] {
        let (player, mut output) = player(48_000, 2);
        let utterance = player.play(clip).await.unwrap();
        output.run_until_idle();
        assert_eq!(utterance.report().unwrap().heard_frames, frames);
    }
}

/// A source whose pieces come one by one, with a pause before each, and then an error, or none.
struct Pieces {
    format: OutputFormat,
    left: std::collections::VecDeque<Bytes>,
    error: Option<Error>,
    ready: bool,
    polls: usize,
}

impl Pieces {
    fn new(format: impl Into<OutputFormat>, audio: &[u8], length: usize) -> Self {
        Self {
            format: format.into(),
            left: audio.chunks(length).map(Bytes::copy_from_slice).collect(),
            error: None,
            ready: false,
            polls: 0,
        }
    }

    fn failing(format: OutputFormat, audio: &[u8]) -> Self {
        let mut pieces = Self::new(format, audio, 100);
        pieces.error = Some(Error::new(ErrorKind::Incomplete, "test", "cut off"));
        pieces
    }

    fn poll(&mut self, cx: &Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        self.polls += 1;
        self.ready = !self.ready;
        if self.ready {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let piece = self.left.pop_front().map(Ok);
        Poll::Ready(piece.or_else(|| self.error.take().map(Err)))
    }
}

impl AudioStream for Pieces {
    fn format(&self) -> OutputFormat {
        self.format
    }

    fn poll_audio(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Error>>> {
        self.get_mut().poll(cx)
    }
}

impl Stream for Pieces {
    type Item = Result<Bytes, Error>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

#[test]
fn a_stream_is_played_raw_and_as_wav_wherever_it_is_cut() {
    let mut file = wav::header(RawFormat::PCM_S16LE_48000, None);
    let audio: Vec<u8> = (1..=960_u16).flat_map(u16::to_le_bytes).collect();
    file.extend(&audio);
    for length in [1, 7, 44, 1_000, 100_000] {
        let raw = Pieces::new(RawFormat::PCM_S16LE_48000, &audio, length);
        let with_header = Pieces::new(WavFormat::new(RawEncoding::PcmS16Le, 48_000), &file, length);
        for pieces in [raw, with_header] {
            let (player, mut output) = player(48_000, 1);
            let utterance = within(is_send(player.play(pieces))).unwrap();
            output.run_until_idle();
            let report = utterance.report().unwrap();
            assert_eq!(
                (report.outcome, report.heard_frames),
                (Outcome::Finished, 960)
            );
            assert_eq!(sound(&mut output).len(), 960);
        }
    }
}

/// A stream with an error that is not of this family.
struct Foreign;

impl Stream for Foreign {
    type Item = Result<&'static [u8], String>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(Some(Err("the disk is wet".to_owned())))
    }
}

/// A task may own all of it.
fn is_send<F: Future + Send>(future: F) -> F {
    future
}

#[test]
fn what_arrived_before_an_error_is_heard_and_the_error_is_the_sources_own() {
    let format = RawFormat::PCM_S16LE_48000;
    let (player, mut output) = player(48_000, 1);
    let failing = || Pieces::failing(format.into(), &[1; 960]);
    let error = within(player.play(failing())).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    let error = within(player.play_stream(failing(), format)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Incomplete);
    output.run_until_idle();
    assert_eq!(sound(&mut output).len(), 960, "both of them");

    let error = within(player.play_stream(Foreign, format)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("the disk is wet"), "{error}");
}

#[test]
fn a_dropped_play_ends_its_utterance() {
    let (player, mut output) = player(48_000, 1);
    let mut pieces = Pieces::new(RawFormat::PCM_S16LE_48000, &[1; 400], 100);
    {
        let mut playing = std::pin::pin!(player.play(&mut pieces));
        let mut cx = Context::from_waker(std::task::Waker::noop());
        for _ in 0..4 {
            assert!(playing.as_mut().poll(&mut cx).is_pending());
        }
    }
    let next =
        within(player.play(AudioClip::new(RawFormat::PCM_S16LE_48000, vec![1; 100]))).unwrap();
    output.run_until_idle();
    assert_eq!(next.report().unwrap().outcome, Outcome::Finished);
    assert_eq!(sound(&mut output).len(), 150 + 50);
}

#[test]
fn what_cannot_be_played_says_why() {
    let (player, _output) = player(48_000, 1);
    let mp3 = AudioClip::new(Mp3Format::default(), vec![0xff, 0xfb]);
    let kind = |clip: &AudioClip| player.play_clip_blocking(clip).unwrap_err().kind();
    // Before anything is read.
    let mut never = Pieces::failing(Mp3Format::default().into(), &[]);
    let error = within(player.play(&mut never)).unwrap_err();
    assert_eq!((error.kind(), never.polls), (ErrorKind::Unsupported, 0));
    assert_eq!(kind(&mp3), ErrorKind::Unsupported);
    let broken = AudioClip::new(
        WavFormat::new(RawEncoding::PcmS16Le, 48_000),
        stereo_wav(10)[..30].to_vec(),
    );
    assert_eq!(kind(&broken), ErrorKind::Decode);
    let error = player.play_wav_blocking(&b"ID3 and so on"[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(error.to_string().contains("RIFF"), "{error}");
    let error = player
        .play_wav_file_blocking("no/such/file.wav")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("no/such/file.wav"), "{error}");
    player.close();
    let error = player.play_wav_blocking(&stereo_wav(10)[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}
