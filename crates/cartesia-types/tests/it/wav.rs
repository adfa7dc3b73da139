//! WAV headers, read back by an independent reader.

use std::time::Duration;

use cartesia_types::wav::{self, StreamedFile, WavLayout};
use cartesia_types::{AudioClip, Mp3Format, OutputFormat, RawEncoding, RawFormat, WavFormat};
use proptest::prelude::*;

#[test]
fn an_independent_reader_understands_16_bit_and_float() {
    let samples = [0_i16, 1, -1, i16::MAX, i16::MIN, 12_345];
    let mut data = Vec::new();
    cartesia_types::pcm::encode_i16(RawEncoding::PcmS16Le, &samples, &mut data);
    let file = AudioClip::new(RawFormat::PCM_S16LE_24000, data)
        .to_wav()
        .unwrap();
    assert_eq!(file.len(), 44 + samples.len() * 2);
    let mut reader = hound::WavReader::new(&file[..]).unwrap();
    assert_eq!(
        (reader.spec().sample_rate, reader.spec().channels),
        (24_000, 1)
    );
    assert_eq!(
        reader
            .samples::<i16>()
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        samples
    );

    let floats = [0.0_f32, 0.5, -1.0];
    let mut data = Vec::new();
    cartesia_types::pcm::encode_f32(RawEncoding::PcmF32Le, &floats, &mut data);
    let file = AudioClip::new(RawFormat::PCM_F32LE_44100, data)
        .to_wav()
        .unwrap();
    let mut reader = hound::WavReader::new(&file[..]).unwrap();
    assert_eq!(reader.spec().sample_format, hound::SampleFormat::Float);
    assert_eq!(
        reader
            .samples::<f32>()
            .map(Result::unwrap)
            .collect::<Vec<_>>(),
        floats
    );
}

#[test]
fn golden_headers() {
    let header = wav::header(RawFormat::PCM_S16LE_16000, Some(320));
    assert_eq!(
        header,
        [
            b"RIFF" as &[u8],
            &356_u32.to_le_bytes(),
            b"WAVEfmt ",
            &16_u32.to_le_bytes(),
            &1_u16.to_le_bytes(),
            &1_u16.to_le_bytes(),
            &16_000_u32.to_le_bytes(),
            &32_000_u32.to_le_bytes(),
            &2_u16.to_le_bytes(),
            &16_u16.to_le_bytes(),
            b"data",
            &320_u32.to_le_bytes(),
        ]
        .concat()
    );
    let streamed = wav::header(RawFormat::PCM_S16LE_16000, None);
    assert_eq!(
        (&streamed[4..8], &streamed[40..44]),
        (&[0xff; 4][..], &[0xff; 4][..])
    );
    for (encoding, tag) in [
        (RawEncoding::PcmF32Le, 3),
        (RawEncoding::PcmAlaw, 6),
        (RawEncoding::PcmMulaw, 7),
    ] {
        let header = wav::header(RawFormat::new(encoding, 8_000), Some(8));
        assert_eq!((header.len(), header[20]), (58, tag), "{encoding}");
        assert_eq!(&header[38..42], b"fact");
        let samples = 8 / u32::try_from(encoding.bytes_per_sample()).unwrap();
        assert_eq!(header[46..50], samples.to_le_bytes());
    }
    // More than 32 bits can say is unknown, not wrong.
    assert_eq!(
        wav::header(RawFormat::PCM_S16LE_16000, Some(1 << 33)),
        streamed
    );
}

#[test]
fn a_streamed_file_is_found_and_corrected_whatever_its_chunks() {
    for encoding in RawEncoding::ALL {
        let format = RawFormat::new(encoding, 8_000);
        let mut file = wav::header(format, None);
        // A LIST chunk of odd length between format and samples, with its padding byte.
        let data_head = file.len() - 8;
        file.splice(data_head..data_head, *b"LIST\x03\0\0\0abc\0");
        for cut in 0..file.len() {
            assert_eq!(WavLayout::parse(&file[..cut]), Ok(None), "{cut} bytes");
        }
        let layout = WavLayout::parse(&file).unwrap().unwrap();
        assert_eq!(layout.format(), format);
        assert_eq!(layout.data_offset(), file.len() as u64);
        assert_eq!(layout.data_bytes(), None);
        file.extend([7; 5]);
        for patch in layout.patches(5) {
            let at = usize::try_from(patch.offset).unwrap();
            file[at..at + 4].copy_from_slice(&patch.bytes);
        }
        let patched = WavLayout::parse(&file).unwrap().unwrap();
        assert_eq!(patched.data_bytes(), Some(5));
        // The size counts the padding byte of an odd chunk.
        assert_eq!(
            file[4..8],
            u32::try_from(file.len() - 8 + 1).unwrap().to_le_bytes()
        );
    }
}

#[test]
fn what_is_no_wav_is_refused() {
    let good = wav::header(RawFormat::PCM_S16LE_16000, Some(0));
    for (at, byte) in [(0, b'X'), (8, b'X'), (20, 2), (22, 2), (34, 24)] {
        let mut file = good.clone();
        file[at] = byte;
        assert!(WavLayout::parse(&file).is_err(), "byte {at}");
    }
    assert!(WavLayout::parse(b"<html>").is_err());
}

#[test]
fn a_file_that_is_written_in_pieces_is_completed() {
    let format = WavFormat::from(RawFormat::PCM_MULAW_8000);
    let mut file = wav::header(format.raw(), None);
    file.extend([0xff; 8_001]);
    for piece in [1, 7, 58, 100_000] {
        let mut streamed = StreamedFile::new(format);
        file.chunks(piece).for_each(|bytes| streamed.push(bytes));
        let completion = streamed.finish();
        let mut whole = file.clone();
        whole.extend(completion.padding);
        for patch in completion.patches {
            let at = usize::try_from(patch.offset).unwrap();
            whole[at..at + 4].copy_from_slice(&patch.bytes);
        }
        assert_eq!(completion.file_bytes, whole.len() as u64);
        assert_eq!(completion.duration, format.raw().duration_of_samples(8_001));
        assert_eq!(Some(whole), AudioClip::new(format, file.clone()).to_wav());
    }
    let mut mp3 = StreamedFile::new(Mp3Format::new(44_100, 128_000));
    mp3.push(&[0; 8_000]);
    let completion = mp3.finish();
    assert_eq!(
        (completion.duration, completion.patches.len()),
        (Duration::from_millis(500), 0)
    );
    let mut not_wav = StreamedFile::new(format);
    not_wav.push(b"<html>");
    assert_eq!(not_wav.finish().file_bytes, 6);
    let mut found = StreamedFile::of_unknown_format();
    found.push(&file);
    assert_eq!(
        found.finish().duration,
        format.raw().duration_of_samples(8_001)
    );
    let mut unknown = StreamedFile::of_unknown_format();
    unknown.push(b"a,b\n1,2\n");
    assert_eq!((unknown.finish().duration, 8), (Duration::ZERO, 8));
}

#[test]
fn clips_know_their_length() {
    let raw = AudioClip::new(RawFormat::PCM_S16LE_16000, vec![0; 32_001]);
    assert_eq!(raw.duration(), Duration::from_secs(1));
    assert_eq!(raw.samples_f32().unwrap().len(), 16_000);
    let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
    let mut file = wav::header(format.raw(), None);
    file.extend(vec![0; 32_000]);
    let streamed = AudioClip::new(format, file);
    assert_eq!(streamed.duration(), Duration::from_secs(1));
    assert_eq!(streamed.samples_i16().unwrap().len(), 16_000);
    assert_eq!(streamed.to_wav().unwrap()[40..44], 32_000_u32.to_le_bytes());
    let mp3 = AudioClip::new(Mp3Format::new(44_100, 128_000), vec![0; 16_000]);
    assert_eq!(
        (mp3.duration(), mp3.samples_f32()),
        (Duration::from_secs(1), None)
    );
    let cut = AudioClip::new(OutputFormat::Wav(format), b"RIFF".to_vec());
    assert_eq!((cut.duration(), cut.to_wav()), (Duration::ZERO, None));
}

/// A WAV file with these sizes, and `tail` after its header.
fn sized(riff: u32, data: u32, tail: &[u8]) -> Vec<u8> {
    let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
    file[4..8].copy_from_slice(&riff.to_le_bytes());
    file[40..44].copy_from_slice(&data.to_le_bytes());
    file.extend(tail);
    file
}

/// What a file is after it was written while it arrived, in pieces of every size.
fn saved(file: &[u8]) -> (Vec<u8>, Duration) {
    let outcomes = [1, 3, 44, 1_000].map(|piece| {
        let mut streamed = StreamedFile::new(WavFormat::from(RawFormat::PCM_S16LE_16000));
        file.chunks(piece).for_each(|bytes| streamed.push(bytes));
        let completion = streamed.finish();
        let mut whole = file.to_vec();
        if let Some(length) = completion.truncate_to {
            whole.truncate(usize::try_from(length).unwrap());
        }
        whole.extend(completion.padding);
        assert_eq!(completion.file_bytes, whole.len() as u64);
        for patch in completion.patches {
            let at = usize::try_from(patch.offset).unwrap();
            whole[at..at + 4].copy_from_slice(&patch.bytes);
        }
        (whole, completion.duration)
    });
    assert!(outcomes.iter().all(|outcome| *outcome == outcomes[0]));
    outcomes.into_iter().next().unwrap()
}

#[test]
fn a_file_that_knows_its_sizes_is_saved_byte_for_byte() {
    let samples = [7_u8; 320];
    let list = b"LIST\x04\0\0\0abcd".as_slice();
    let id3 = b"id3 \x03\0\0\0abc\0".as_slice();
    let second = b"data\x02\0\0\0\x01\x02".as_slice();
    for (data, after) in [
        (&samples[..], &b""[..]),
        (&samples, list),
        (&samples, id3),
        (&samples, second),
        (&samples, b"trailing bytes, and not even a chunk"),
        // A pad byte that is there, and one that is not.
        (&samples[..3], b"\0"),
        (&samples[..3], b""),
        (&samples[..0], list),
    ] {
        let length = u32::try_from(data.len()).unwrap();
        for riff in [
            36 + length + u32::try_from(after.len()).unwrap(),
            36 + length,
            1 << 30,
        ] {
            if length == 0 && riff == 36 {
                // Such a file does not know its sizes.
                continue;
            }
            let file = sized(riff, length, &[data, after].concat());
            let (whole, duration) = saved(&file);
            assert_eq!(whole, file, "{length} {riff}");
            let clip = AudioClip::new(WavFormat::from(RawFormat::PCM_S16LE_16000), file);
            assert_eq!(duration, clip.duration());
            assert_eq!(clip.pcm().unwrap().1, data);
        }
    }
}

#[test]
fn open_sizes_and_cut_bodies_are_filled_in() {
    for (riff, data) in [
        (u32::MAX, u32::MAX),
        (0, 0),
        (0, u32::MAX),
        (u32::MAX, 0),
        // The writer died after its header.
        (8, 0),
        (36, 0),
        (36, u32::MAX),
        // More was announced than came.
        (36 + 1_000, 1_000),
        (0x7fff_ffff, 0x7fff_ffdb),
    ] {
        let file = sized(riff, data, &[7; 320]);
        let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
        let expected = wav::header(format.raw(), Some(320));
        let (whole, duration) = saved(&file);
        assert_eq!(whole[..44], expected, "{riff} {data}");
        assert_eq!((whole.len(), duration), (364, Duration::from_millis(10)));
        assert_eq!(
            AudioClip::new(format, file).duration(),
            duration,
            "{riff} {data}"
        );
    }
}

#[test]
fn files_beyond_4_gib_have_sizes_of_64_bits() {
    let bytes = 5_u64 << 30;
    for (channels, encoding) in [(1, RawEncoding::PcmS16Le), (2, RawEncoding::PcmF32Le)] {
        let format = RawFormat::new(encoding, 48_000);
        let open = wav::header_for_any_length(format, channels, None);
        let short = wav::header_for_any_length(format, channels, Some(320));
        let long = wav::header_for_any_length(format, channels, Some(bytes));
        assert_eq!((open.len(), short.len()), (long.len(), long.len()));
        assert_eq!((&short[..4], &short[12..16]), (&b"RIFF"[..], &b"JUNK"[..]));
        assert_eq!((&long[..4], &long[12..16]), (&b"RF64"[..], &b"ds64"[..]));
        assert_eq!(long[4..8], [0xff; 4]);
        assert_eq!(long[20..28], (bytes + long.len() as u64 - 8).to_le_bytes());
        assert_eq!(long[28..36], bytes.to_le_bytes());
        let frames = format.samples_of_bytes(bytes) / u64::from(channels);
        assert_eq!(long[36..44], frames.to_le_bytes());
        if channels == 1 {
            let sizes = [&open, &short, &long].map(|file| WavLayout::parse(file).unwrap().unwrap());
            assert_eq!(
                sizes.map(|layout| layout.data_bytes()),
                [None, Some(320), Some(bytes)]
            );
            // What was written of it can be corrected, too.
            let (whole, _) = saved(&[&long[..], &[1; 640]].concat());
            let layout = WavLayout::parse(&whole).unwrap().unwrap();
            assert_eq!(layout.data_bytes(), Some(640));
        }
    }
    // Without room for them, the sizes stay open: to the end of the file.
    let layout = WavLayout::parse(&wav::header(RawFormat::PCM_S16LE_16000, Some(bytes)));
    assert_eq!(layout.unwrap().unwrap().data_bytes(), None);
}

proptest! {
    #[test]
    fn no_bytes_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..100), real: bool) {
        if real {
            let mut file = b"RIFF\xff\xff\xff\xffWAVE".to_vec();
            file.append(&mut bytes);
            bytes = file;
        }
        let _ = WavLayout::parse(&bytes);
        let _ = AudioClip::new(WavFormat::from(RawFormat::default()), bytes).duration();
    }

    #[test]
    fn no_change_to_a_header_panics(at in 0_usize..58, byte: u8) {
        let mut file = wav::header(RawFormat::PCM_F32LE_44100, None);
        file[at] = byte;
        let _ = WavLayout::parse(&file);
    }
}

#[test]
fn a_streamed_file_counts_its_audio() {
    let format = RawFormat::PCM_S16LE_16000;
    let follow = |format: cartesia_types::OutputFormat, bytes: &[u8]| {
        let mut file = StreamedFile::new(format);
        file.push(bytes);
        (file.audio_bytes(), file.announced_audio_bytes())
    };
    let wav = cartesia_types::WavFormat::from(format).into();
    let open = wav::header(format, None);
    assert_eq!(follow(wav, &open[..20]), (0, None));
    assert_eq!(follow(wav, &open), (0, None));
    assert_eq!(follow(wav, &[&open[..], &[0; 6]].concat()), (6, None));
    let known = wav::header(format, Some(100));
    assert_eq!(follow(wav, &[&known[..], &[0; 6]].concat()), (6, Some(100)));
    // Placeholders of writers that cannot seek.
    for size in [0x7fff_f000, 0x7fff_ffff, 0xffff_ffdb] {
        let placeholder = wav::header(format, Some(size));
        assert_eq!(follow(wav, &placeholder), (0, None), "{size:#x}");
    }
    // What is no WAV is all audio.
    assert_eq!(follow(wav, b"ID3 and so on"), (13, None));
    assert_eq!(follow(format.into(), &open), (44, None));
    let mut any = StreamedFile::of_unknown_format();
    any.push(&known);
    assert_eq!(
        (any.audio_bytes(), any.announced_audio_bytes()),
        (0, Some(100))
    );
}

/// A stream that breaks off within a sample leaves a file that every reader takes.
#[test]
fn half_a_sample_is_cut_off() {
    for (format, sample) in [
        (RawFormat::PCM_S16LE_16000, 2_usize),
        (RawFormat::PCM_F32LE_44100, 4),
        (RawFormat::PCM_MULAW_8000, 1),
    ] {
        for extra in 0..sample {
            let audio = vec![0; 10 * sample + extra];
            let mut streamed = StreamedFile::new(WavFormat::from(format));
            let mut file = wav::header(format, None);
            file.extend(&audio);
            streamed.push(&file);
            let completion = streamed.finish();
            assert_eq!(completion.truncate_to.is_some(), extra > 0);
            if let Some(length) = completion.truncate_to {
                file.truncate(usize::try_from(length).unwrap());
            }
            file.extend(completion.padding);
            assert_eq!(completion.file_bytes, file.len() as u64);
            for patch in completion.patches {
                let at = usize::try_from(patch.offset).unwrap();
                file[at..at + patch.bytes.len()].copy_from_slice(&patch.bytes);
            }
            let expected = AudioClip::new(format, audio[..10 * sample].to_vec());
            assert_eq!(Some(file), expected.to_wav(), "{format:?} + {extra}");
        }
    }
}
