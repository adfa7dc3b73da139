//! WAV files: read, followed while they are written, and written.

use std::io::Cursor;

use cartesia_audio::{SourceFormat, WavWriter};
use cartesia_types::RawEncoding;
use cartesia_types::wav::{StreamedFile, WavDecoder, WavLayout};

use crate::pieces;

/// Samples do not depend on how the file was cut.
pub(crate) fn wav(data: &[u8]) {
    let Some((whole, pieces)) = pieces::cut(data) else {
        return;
    };
    let (one, other) = (decoded(&[whole]), decoded(&pieces));
    assert_eq!(one.is_ok(), other.is_ok());
    if let (Ok(one), Ok(other)) = (one, other) {
        assert!(one == other, "{} and {} samples", one.len(), other.len());
        // Nothing is made up: the narrowest sample is a byte.
        assert!(one.len() <= whole.len());
    }
}

/// The bits of the samples, for a float may be no number.
fn decoded(pieces: &[&[u8]]) -> Result<Vec<u32>, String> {
    let mut decoder = WavDecoder::new();
    let mut samples = Vec::new();
    for piece in pieces {
        decoder
            .push(piece, &mut samples)
            .map_err(|error| error.to_string())?;
    }
    decoder.finish().map_err(|error| error.to_string())?;
    assert!(decoder.spec().is_some(), "samples without a format");
    Ok(samples.iter().map(|sample| sample.to_bits()).collect())
}

/// A file that is completed has the length that was said, and is complete.
pub(crate) fn streamed_wav(data: &[u8]) {
    let Some((whole, pieces)) = pieces::cut(data) else {
        return;
    };
    let complete = |pieces: &[&[u8]]| {
        let mut file = StreamedFile::of_unknown_format();
        for piece in pieces {
            file.push(piece);
        }
        file.finish()
    };
    let completion = complete(&pieces);
    assert_eq!(completion, complete(&[whole]));
    let mut file = whole.to_vec();
    if let Some(length) = completion.truncate_to {
        file.truncate(usize::try_from(length).expect("it is within the file"));
    }
    file.extend(completion.padding);
    assert_eq!(file.len() as u64, completion.file_bytes);
    for patch in &completion.patches {
        let start = usize::try_from(patch.offset).expect("a patch is in the file");
        file[start..start + patch.bytes.len()].copy_from_slice(&patch.bytes);
    }
    let _ = WavLayout::parse(&file);
}

/// Another reader gets what was written.
pub(crate) fn wav_writer(data: &[u8]) {
    let Some((&[rate_low, rate_high, channels], audio)) = data.split_first_chunk::<3>() else {
        return;
    };
    let rate = u32::from(u16::from_le_bytes([rate_low, rate_high]));
    let format = SourceFormat::new(RawEncoding::PcmS16Le, rate, channels.into());
    let Ok(mut writer) = WavWriter::new(Cursor::new(Vec::new()), format) else {
        return;
    };
    let whole = audio.len() - audio.len() % format.bytes_per_frame();
    for piece in audio[..whole].chunks(7) {
        writer.write(piece).expect("memory can be written");
    }
    let file = writer.finish().expect("memory can be written");
    let mut reader =
        hound::WavReader::new(Cursor::new(file.into_inner())).expect("hound reads the file");
    let spec = reader.spec();
    assert_eq!((spec.sample_rate, spec.channels), (rate, channels.into()));
    let read: Vec<u8> = reader
        .samples::<i16>()
        .flat_map(|sample| sample.expect("hound reads a sample").to_le_bytes())
        .collect();
    assert!(read == audio[..whole], "hound reads other samples");
}
