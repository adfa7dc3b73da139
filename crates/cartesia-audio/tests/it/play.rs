//! Clips and WAV files, as an independent writer makes them.

use std::io::Cursor;
use std::time::Duration;

use cartesia_audio::{OfflineOptions, OfflineOutput, Outcome, Player};
use cartesia_types::{AudioClip, ErrorKind, Mp3Format, RawEncoding, RawFormat, WavFormat};

fn player(rate: u32, channels: u16) -> (Player, OfflineOutput) {
    let options = OfflineOptions::new(rate)
        .channels(channels)
        .fade(Duration::ZERO);
    Player::offline(options).unwrap()
}

/// Stereo, 24 bits.
fn wav(frames: i32) -> Vec<u8> {
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
    std::fs::write(&path, wav(9_600)).unwrap();
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
    let from_wav = AudioClip::new(WavFormat::new(RawEncoding::PcmS16Le, 48_000), wav(480));
    for (clip, frames) in [(raw, 480), (from_wav, 480)] {
        let (player, mut output) = player(48_000, 2);
        let utterance = player.play_clip(&clip).await.unwrap();
        output.run_until_idle();
        assert_eq!(utterance.report().unwrap().heard_frames, frames);
    }
}

#[test]
fn what_cannot_be_played_says_why() {
    let (player, _output) = player(48_000, 1);
    let mp3 = AudioClip::new(Mp3Format::default(), vec![0xff, 0xfb]);
    let kind = |clip: &AudioClip| player.play_clip_blocking(clip).unwrap_err().kind();
    assert_eq!(kind(&mp3), ErrorKind::Unsupported);
    let broken = AudioClip::new(
        WavFormat::new(RawEncoding::PcmS16Le, 48_000),
        wav(10)[..30].to_vec(),
    );
    assert_eq!(kind(&broken), ErrorKind::Decode);
    let error = player.play_wav_blocking(&b"ID3 and so on"[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert!(
        std::error::Error::source(&error)
            .unwrap()
            .to_string()
            .contains("RIFF")
    );
    let error = player
        .play_wav_file_blocking("no/such/file.wav")
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("no/such/file.wav"), "{error}");
    player.close();
    let error = player.play_wav_blocking(&wav(10)[..]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Closed);
}
