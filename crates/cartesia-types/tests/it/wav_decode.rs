//! WAV files of every kind, written by an independent writer.

use std::io::Cursor;

use cartesia_types::wav::{self, InvalidWav, WavDecoder, WavSamples, WavSpec};
use cartesia_types::{RawEncoding, RawFormat};
use hound::{SampleFormat, WavWriter};
use proptest::prelude::*;

fn decoded(file: &[u8]) -> Result<(WavSpec, Vec<f32>), InvalidWav> {
    let (mut decoder, mut samples) = (WavDecoder::new(), Vec::new());
    decoder.push(file, &mut samples)?;
    decoder.finish()?;
    Ok((decoder.spec().unwrap(), samples))
}

/// A file of integers with `bits`, in two channels.
fn integers(bits: u16, samples: &[i32]) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: 22_050,
        bits_per_sample: bits,
        sample_format: SampleFormat::Int,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    for sample in samples {
        writer.write_sample(*sample).unwrap();
    }
    writer.finalize().unwrap();
    file.into_inner()
}

#[test]
fn integers_of_every_width_are_scaled_to_one() {
    for (bits, kind, half) in [
        (8, WavSamples::U8, 1 << 6),
        (16, WavSamples::S16, 1 << 14),
        (24, WavSamples::S24, 1 << 22),
        (32, WavSamples::S32, 1 << 30),
    ] {
        let file = integers(bits, &[0, half, -half, -2 * half]);
        let (spec, samples) = decoded(&file).unwrap();
        assert_eq!(spec.samples, kind);
        assert_eq!((spec.sample_rate, spec.channels), (22_050, 2));
        assert_eq!(samples, [0.0, 0.5, -0.5, -1.0], "{bits} bits");
    }
}

#[test]
fn floats_and_telephony() {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 48_000,
        bits_per_sample: 32,
        sample_format: SampleFormat::Float,
    };
    let mut file = Cursor::new(Vec::new());
    let mut writer = WavWriter::new(&mut file, spec).unwrap();
    writer.write_sample(0.123_f32).unwrap();
    writer.finalize().unwrap();
    let (spec, samples) = decoded(&file.into_inner()).unwrap();
    assert_eq!(
        (spec.samples, &samples[..]),
        (WavSamples::F32, &[0.123][..])
    );

    let mut wide = chunk(b"fmt ", &format(3, 1, 64));
    wide.extend(chunk(b"data", &0.75_f64.to_le_bytes()));
    let (spec, samples) = decoded(&riff(&wide)).unwrap();
    assert_eq!((spec.samples, &samples[..]), (WavSamples::F64, &[0.75][..]));

    for encoding in [RawEncoding::PcmAlaw, RawEncoding::PcmMulaw] {
        let mut file = wav::header(RawFormat::new(encoding, 8_000), Some(2));
        let mut expected = Vec::new();
        cartesia_types::pcm::decode_f32(encoding, &[0x12, 0xe3], &mut expected);
        file.extend([0x12, 0xe3]);
        assert_eq!(decoded(&file).unwrap().1, expected);
    }
}

fn chunk(id: &[u8], body: &[u8]) -> Vec<u8> {
    let size = u32::try_from(body.len()).unwrap();
    let padding = &[0][..body.len() % 2];
    [id, &size.to_le_bytes(), body, padding].concat()
}

fn riff(chunks: &[u8]) -> Vec<u8> {
    let size = u32::try_from(chunks.len() + 4).unwrap();
    [b"RIFF" as &[u8], &size.to_le_bytes(), b"WAVE", chunks].concat()
}

fn format(tag: u16, channels: u16, bits: u16) -> Vec<u8> {
    let align = channels * bits.div_ceil(8);
    [
        &tag.to_le_bytes()[..],
        &channels.to_le_bytes(),
        &16_000_u32.to_le_bytes(),
        &(16_000 * u32::from(align)).to_le_bytes(),
        &align.to_le_bytes(),
        &bits.to_le_bytes(),
    ]
    .concat()
}

#[test]
fn other_chunks_and_their_padding_are_passed_over() {
    let chunks = [
        chunk(b"LIST", &[7; 31]),
        chunk(b"fmt ", &format(1, 1, 16)),
        chunk(b"fact", &[2, 0, 0, 0]),
        chunk(b"data", &[0, 0x40, 0, 0xc0]),
        chunk(b"LIST", &[9; 64]),
    ];
    assert_eq!(decoded(&riff(&chunks.concat())).unwrap().1, [0.5, -0.5]);
}

#[test]
fn the_extensible_form_has_its_tag_in_the_sub_format() {
    let mut fields = format(0xfffe, 1, 24);
    fields.extend([22, 0, 24, 0, 4, 0, 0, 0]);
    fields.extend([
        1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71,
    ]);
    let chunks = [chunk(b"fmt ", &fields), chunk(b"data", &[0, 0, 0x40])];
    let (spec, samples) = decoded(&riff(&chunks.concat())).unwrap();
    assert_eq!((spec.samples, &samples[..]), (WavSamples::S24, &[0.5][..]));
}

/// A file of one sample format in which samples take more bytes than they need.
fn padded(tag: u16, channels: u16, bits: u16, frame: u16, data: &[u8]) -> Vec<u8> {
    let mut fields = format(tag, channels, bits);
    fields[12..14].copy_from_slice(&frame.to_le_bytes());
    riff(&[chunk(b"fmt ", &fields), chunk(b"data", data)].concat())
}

#[test]
fn samples_may_take_more_bytes_than_they_need() {
    // `arecord -f S24_LE`: 24 bits in 4 bytes, whether or not the sign goes into the fourth.
    let data = [
        0, 0, 0x40, 0, 0, 0, 0xc0, 0, 0, 0, 0xc0, 0xff, 0, 0, 0x20, 0x55,
    ];
    let (spec, samples) = decoded(&padded(1, 1, 24, 4, &data)).unwrap();
    assert_eq!((spec.samples, spec.bytes_per_sample), (WavSamples::S24, 4));
    assert_eq!(samples, [0.5, -0.5, -0.5, 0.25]);
    let (spec, samples) = decoded(&padded(1, 2, 24, 8, &data)).unwrap();
    assert_eq!((spec.channels, spec.bytes_per_sample), (2, 4));
    assert_eq!(samples.len(), 4);
    // Relatives: 16 bits in 4 bytes, 8 in 2, 20 in 4, floats in 8.
    let (_, samples) = decoded(&padded(1, 1, 16, 4, &[0, 0x40, 9, 9, 0, 0xc0, 9, 9])).unwrap();
    assert_eq!(samples, [0.5, -0.5]);
    let (_, samples) = decoded(&padded(1, 1, 8, 2, &[192, 9, 64, 9])).unwrap();
    assert_eq!(samples, [0.5, -0.5]);
    let (_, samples) = decoded(&padded(1, 1, 20, 4, &[0, 0, 0x40, 9])).unwrap();
    assert_eq!(samples, [0.5]);
    let float = [&0.5_f32.to_le_bytes()[..], &[9; 4]].concat();
    assert_eq!(decoded(&padded(3, 1, 32, 8, &float)).unwrap().1, [0.5]);
    // The extensible form counts the padding as bits, and has the sample in the high bytes.
    let mut fields = format(0xfffe, 1, 32);
    fields.extend([22, 0, 24, 0, 4, 0, 0, 0]);
    fields.extend([
        1, 0, 0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71,
    ]);
    let file = riff(&[chunk(b"fmt ", &fields), chunk(b"data", &[0, 0, 0, 0x40])].concat());
    assert_eq!(decoded(&file).unwrap().1, [0.5]);
    // Nonsense is not believed, and too much is refused.
    for frame in [0, 1, 3] {
        let (spec, _) = decoded(&padded(1, 2, 16, frame, &[0; 4])).unwrap();
        assert_eq!(spec.bytes_per_sample, 2, "{frame}");
    }
    assert!(decoded(&padded(1, 1, 16, 9, &[0; 9])).is_err());
    // Where samples are copied as they are, padding is refused.
    assert!(wav::WavLayout::parse(&padded(1, 1, 16, 4, &[0; 4])).is_err());
}

#[test]
fn a_writer_that_died_leaves_samples_to_the_end_of_the_file() {
    for (riff_size, data_size) in [(8, 0), (36, 0), (0, 0), (u32::MAX, 0), (36, u32::MAX)] {
        let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
        file[4..8].copy_from_slice(&u32::to_le_bytes(riff_size));
        file[40..44].copy_from_slice(&u32::to_le_bytes(data_size));
        file.extend([0, 0x40, 0, 0xc0]);
        assert_eq!(
            decoded(&file).unwrap().1,
            [0.5, -0.5],
            "{riff_size} {data_size}"
        );
    }
    // Nothing but other chunks follows the samples: there are none.
    let chunks = [
        chunk(b"fmt ", &format(1, 1, 16)),
        chunk(b"data", &[]),
        chunk(b"LIST", &[7; 30]),
    ];
    assert!(decoded(&riff(&chunks.concat())).unwrap().1.is_empty());
}

#[test]
fn rf64_is_read() {
    for id in [b"RF64", b"BW64"] {
        for (data, samples) in [
            (4_u64, &[0.5_f32, -0.5][..]),
            // Open, and more than there is.
            (u64::MAX, &[0.5, -0.5, 1.0 / 128.0]),
            (6 << 30, &[0.5, -0.5, 1.0 / 128.0]),
        ] {
            let mut file = [id, &[0xff; 4], b"WAVE" as &[u8]].concat();
            let sizes = [&(data ^ 1).to_le_bytes()[..], &data.to_le_bytes(), &[0; 12]].concat();
            file.extend(chunk(b"ds64", &sizes));
            file.extend(chunk(b"fmt ", &format(1, 1, 16)));
            file.extend(b"data\xff\xff\xff\xff");
            file.extend([0, 0x40, 0, 0xc0, 0, 1]);
            assert_eq!(decoded(&file).unwrap().1, samples, "{data}");
        }
    }
}

#[test]
fn open_sizes_reach_to_the_end() {
    for open in [0, u32::MAX] {
        let mut file = wav::header(RawFormat::PCM_S16LE_16000, None);
        file[4..8].copy_from_slice(&open.to_le_bytes());
        file[40..44].copy_from_slice(&open.to_le_bytes());
        file.extend([0, 0x40, 0]);
        assert_eq!(decoded(&file).unwrap().1, [0.5], "{open}");
    }
    // A size of zero in a file of known size is a file without samples.
    let mut empty = wav::header(RawFormat::PCM_S16LE_16000, Some(0));
    empty.extend(chunk(b"LIST", &[1; 4]));
    let size = u32::try_from(empty.len() - 8).unwrap();
    empty[4..8].copy_from_slice(&size.to_le_bytes());
    assert_eq!(decoded(&empty).unwrap().1, [0.0; 0]);
}

#[test]
fn fewer_samples_than_promised_are_played() {
    let mut file = wav::header(RawFormat::PCM_S16LE_16000, Some(100));
    file.extend([0, 0x40]);
    assert_eq!(decoded(&file).unwrap().1, [0.5]);
}

#[test]
fn what_is_no_such_file_is_refused_with_a_reason() {
    for (file, reason) in [
        (b"OggS\0\0\0\0\0\0\0\0".to_vec(), "RIFF"),
        (b"RIFF\0\0\0\0AVI ".to_vec(), "WAVE"),
        (riff(&chunk(b"data", &[0; 4])), "before their format"),
        (riff(&chunk(b"fmt ", &[1, 0])), "too short"),
        (riff(&chunk(b"fmt ", &[])), "too short"),
        (riff(&chunk(b"fmt ", &format(1, 0, 16))), "no channel"),
        (riff(&chunk(b"fmt ", &format(85, 1, 0))), "neither PCM"),
        (
            riff(&chunk(b"fmt ", &format(1, 1, 16))),
            "before its samples",
        ),
        (Vec::new(), "before its samples"),
    ] {
        let error = decoded(&file).unwrap_err().to_string();
        assert!(error.contains(reason), "{error}");
    }
}

#[test]
fn a_chunk_of_four_gigabytes_is_passed_over() {
    let mut start = riff(&[]);
    start.extend(b"LIST\xfe\xff\xff\xff");
    let (mut decoder, mut samples) = (WavDecoder::new(), Vec::new());
    decoder.push(&start, &mut samples).unwrap();
    let piece = vec![0; 100_000];
    for _ in 0..1_000 {
        decoder.push(&piece, &mut samples).unwrap();
    }
    assert!(samples.is_empty() && decoder.spec().is_none());
}

proptest! {
    #[test]
    fn any_cut_gives_the_same_samples(
        samples in proptest::collection::vec(-8_388_608_i32..8_388_608, 0..50),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..30),
    ) {
        let samples = &samples[..samples.len() / 2 * 2];
        let file = integers(24, samples);
        let (_, whole) = decoded(&file).unwrap();
        prop_assert_eq!(whole.len(), samples.len());
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(file.len() + 1)).collect();
        cuts.extend([0, file.len()]);
        cuts.sort_unstable();
        let (mut decoder, mut pieces) = (WavDecoder::new(), Vec::new());
        for pair in cuts.windows(2) {
            decoder.push(&file[pair[0]..pair[1]], &mut pieces).unwrap();
        }
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn no_bytes_make_it_fail_in_another_way(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut file = riff(&chunk(b"fmt ", &format(1, 2, 16)));
        file.extend(bytes);
        _ = decoded(&file);
    }
}
