//! Clips and WAV files that are written, as the decoder and an independent reader see them.

use std::io::Cursor;
use std::time::Duration;

use cartesia_audio::{OfflineOptions, Player, SourceFormat, WavFile, WavWriter};
use cartesia_types::wav::{self, WavDecoder, WavLayout};
use cartesia_types::{
    AudioClip, ErrorKind, Mp3Format, OutputFormat, RawEncoding, RawFormat, WavFormat, pcm,
};

fn ramp(samples: u16) -> Vec<f32> {
    (0..samples)
        .map(|n| f32::from(n % 200) / 256.0 - 0.4)
        .collect()
}

fn decoded(file: &[u8]) -> (u32, u16, Vec<f32>) {
    let (mut decoder, mut samples) = (WavDecoder::new(), Vec::new());
    decoder.push(file, &mut samples).unwrap();
    decoder.finish().unwrap();
    let spec = decoder.spec().unwrap();
    (spec.sample_rate, spec.channels, samples)
}

/// What the samples are after a way through an encoding.
fn through(encoding: RawEncoding, samples: &[f32]) -> (Vec<u8>, Vec<f32>) {
    let (mut bytes, mut back) = (Vec::new(), Vec::new());
    pcm::encode_f32(encoding, samples, &mut bytes);
    pcm::decode_f32(encoding, &bytes, &mut back);
    (bytes, back)
}

#[test]
fn a_clip_of_every_encoding_is_saved_and_plays_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip.wav");
    for encoding in RawEncoding::ALL {
        // Odd, so that one byte per sample needs padding.
        let (bytes, samples) = through(encoding, &ramp(2_401));
        let clip = AudioClip::new(RawFormat::new(encoding, 24_000), bytes);
        // It replaces what is there.
        clip.save(&path).unwrap();
        let file = std::fs::read(&path).unwrap();
        assert_eq!(file.len() % 2, 0, "{encoding}");
        assert_eq!(decoded(&file), (24_000, 1, samples.clone()), "{encoding}");

        let options = OfflineOptions::new(24_000).fade(Duration::ZERO);
        let (player, mut output) = Player::offline(options).unwrap();
        player.play_wav_file_blocking(&path).unwrap();
        output.run_until_idle();
        assert_eq!(&output.take()[..samples.len()], &samples, "{encoding}");
    }
    // Nothing else was left there.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_streamed_wav_is_saved_with_its_length_and_other_files_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("clip");
    let raw = RawFormat::PCM_S16LE_16000;
    let mut streamed = wav::header(raw, None);
    streamed.extend([1; 320]);
    let clip = AudioClip::new(OutputFormat::Wav(WavFormat::from(raw)), streamed);
    clip.save(&path).unwrap();
    let layout = WavLayout::parse(&std::fs::read(&path).unwrap())
        .unwrap()
        .unwrap();
    assert_eq!(layout.data_bytes(), Some(320));

    let mp3 = AudioClip::new(Mp3Format::default(), vec![0xff, 0xfb, 0x90]);
    mp3.save(&path).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), [0xff, 0xfb, 0x90]);
}

#[test]
fn a_save_that_fails_says_where_and_leaves_what_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let clip = AudioClip::new(RawFormat::PCM_S16LE_16000, vec![0; 320]);
    let occupied = folder.path().join("folder.wav");
    std::fs::create_dir_all(occupied.join("inner")).unwrap();
    let missing = folder.path().join("no/clip.wav");
    for path in [&occupied, &missing] {
        let error = clip.save(path).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Io);
        let text = error.to_string();
        assert!(text.contains(&*path.to_string_lossy()), "{text}");
    }
    assert!(clip.save("").is_err());
    assert!(occupied.join("inner").exists());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_written_file_has_every_encoding_and_any_number_of_channels() {
    for encoding in RawEncoding::ALL {
        for channels in [1, 2, 6] {
            let (bytes, samples) = through(encoding, &ramp(600 * channels));
            let format = SourceFormat::new(encoding, 44_100, channels);
            let mut before = Cursor::new(b"before".to_vec());
            before.set_position(6);
            let mut file = WavWriter::new(before, format).unwrap();
            // Pieces that split samples.
            bytes.chunks(7).for_each(|piece| file.write(piece).unwrap());
            assert_eq!(file.duration(), format.duration_of_frames(600));
            let file = file.finish().unwrap();
            assert_eq!(file.position(), file.get_ref().len() as u64);
            let file = &file.get_ref()[6..];
            assert_eq!(decoded(file), (44_100, channels, samples), "{encoding}");
            // All sizes are there.
            assert!(!file.windows(4).take(15).any(|size| size == [0xff; 4]));
            if matches!(encoding, RawEncoding::PcmS16Le | RawEncoding::PcmF32Le) {
                let reader = hound::WavReader::new(file).unwrap();
                assert_eq!((reader.duration(), reader.spec().channels), (600, channels));
            }
        }
    }
}

#[test]
fn a_file_that_is_never_finished_plays_as_far_as_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("cut.wav");
    let format = SourceFormat::new(RawEncoding::PcmF32Le, 48_000, 2);
    let mut file = WavFile::create(&path, format).unwrap();
    file.write_samples(&ramp(4_800)).unwrap();
    // As a crash after the last write does.
    drop(file);
    assert!(!path.exists());
    let file = std::fs::read(folder.path().join("cut.partial.wav")).unwrap();
    assert_eq!(file[4..8], [0xff; 4]);
    assert_eq!(decoded(&file), (48_000, 2, ramp(4_800)));
}

#[test]
fn what_an_output_renders_is_written_while_it_is_rendered() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("speech.wav");
    let options = OfflineOptions::new(48_000).keep(false).fade(Duration::ZERO);
    let (player, mut output) = Player::offline(options).unwrap();
    let (bytes, samples) = through(RawEncoding::PcmS16Le, &ramp(4_800));
    let utterance = player.utterance(RawFormat::PCM_S16LE_48000).unwrap();
    assert!(utterance.try_write(&bytes).unwrap());
    utterance.finish();
    // In another encoding than it is rendered in.
    let format = SourceFormat::new(
        RawEncoding::PcmS16Le,
        output.sample_rate(),
        output.channels(),
    );
    let mut file = WavFile::create(&path, format).unwrap();
    while utterance.report().is_none() {
        file.write_samples(output.step(480)).unwrap();
    }
    file.finish().unwrap();
    assert!(output.take().is_empty());
    let (.., written) = decoded(&std::fs::read(&path).unwrap());
    assert_eq!(&written[..samples.len()], &samples);
}

#[test]
fn impossible_formats_and_places_are_refused() {
    let format =
        |sample_rate, channels| SourceFormat::new(RawEncoding::PcmS16Le, sample_rate, channels);
    for format in [format(0, 1), format(48_000, 0), format(48_000, 33)] {
        let error = WavWriter::new(Cursor::new(Vec::new()), format).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    }
    let error = WavFile::create("no/such/file.wav", format(48_000, 1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Io);
    assert!(error.to_string().contains("no/such/file.wav"), "{error}");
}

/// Takes everything and keeps the start, where the header is.
#[derive(Default)]
struct Endless {
    start: Vec<u8>,
    position: u64,
    length: u64,
}

impl std::io::Write for Endless {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let at = usize::try_from(self.position).unwrap();
        if at < 1_024 {
            let end = (at + bytes.len()).min(1_024);
            self.start.resize(self.start.len().max(end), 0);
            self.start[at..end].copy_from_slice(&bytes[..end - at]);
        }
        self.position += bytes.len() as u64;
        self.length = self.length.max(self.position);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl std::io::Seek for Endless {
    fn seek(&mut self, to: std::io::SeekFrom) -> std::io::Result<u64> {
        use std::io::SeekFrom;
        self.position = match to {
            SeekFrom::Start(position) => position,
            SeekFrom::Current(0) => self.position,
            other => panic!("{other:?}"),
        };
        Ok(self.position)
    }
}

#[test]
fn more_than_four_gib_become_rf64() {
    let format = SourceFormat::new(RawEncoding::PcmF32Le, 48_000, 2);
    let piece = vec![0; 32 * 1_024 * 1_024];
    for (pieces, id) in [(1, b"RIFF"), (127, b"RIFF"), (129, b"RF64")] {
        let mut file = WavWriter::new(Endless::default(), format).unwrap();
        for _ in 0..pieces {
            file.write(&piece).unwrap();
        }
        let bytes = pieces * piece.len() as u64;
        assert_eq!(file.duration(), format.duration_of_frames(bytes / 8));
        let file = file.finish().unwrap();
        assert_eq!(file.start[..4], *id, "{pieces}");
        let (mut decoder, mut samples) = (WavDecoder::new(), Vec::new());
        decoder.push(&file.start, &mut samples).unwrap();
        assert_eq!(decoder.spec().unwrap().channels, 2);
        let length = file.length - bytes;
        assert!((44..100).contains(&length), "{length}");
    }
}

#[test]
fn what_cannot_be_changed_keeps_an_open_length() {
    let format = SourceFormat::new(RawEncoding::PcmS16Le, 16_000, 1);
    let mut file = WavFile::create("/dev/null", format).unwrap();
    file.write_samples(&ramp(100)).unwrap();
    file.finish().unwrap();
}
