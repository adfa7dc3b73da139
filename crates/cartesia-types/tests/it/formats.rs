//! Golden tests of format names and of `output_format` on the wire.

use cartesia_types::{
    FormatName, MP3_BIT_RATES, Mp3Format, OutputFormat, RawEncoding, RawFormat, SAMPLE_RATES,
    WavFormat,
};
use serde_json::{from_str, to_string};

/// The names of the Python 1.0.x client, with what they stand for.
const CURRENT: [(&str, &str, u32); 12] = [
    ("raw_pcm_f32le_44100", "pcm_f32le", 44_100),
    ("raw_pcm_s16le_44100", "pcm_s16le", 44_100),
    ("raw_pcm_f32le_24000", "pcm_f32le", 24_000),
    ("raw_pcm_s16le_24000", "pcm_s16le", 24_000),
    ("raw_pcm_f32le_22050", "pcm_f32le", 22_050),
    ("raw_pcm_s16le_22050", "pcm_s16le", 22_050),
    ("raw_pcm_f32le_16000", "pcm_f32le", 16_000),
    ("raw_pcm_s16le_16000", "pcm_s16le", 16_000),
    ("raw_pcm_f32le_8000", "pcm_f32le", 8_000),
    ("raw_pcm_s16le_8000", "pcm_s16le", 8_000),
    ("raw_pcm_mulaw_8000", "pcm_mulaw", 8_000),
    ("raw_pcm_alaw_8000", "pcm_alaw", 8_000),
];

const DEPRECATED: [(&str, &str, u32, &str); 14] = [
    ("fp32", "pcm_f32le", 44_100, "raw_pcm_f32le_44100"),
    ("pcm", "pcm_s16le", 44_100, "raw_pcm_s16le_44100"),
    ("fp32_8000", "pcm_f32le", 8_000, "raw_pcm_f32le_8000"),
    ("fp32_16000", "pcm_f32le", 16_000, "raw_pcm_f32le_16000"),
    ("fp32_22050", "pcm_f32le", 22_050, "raw_pcm_f32le_22050"),
    ("fp32_24000", "pcm_f32le", 24_000, "raw_pcm_f32le_24000"),
    ("fp32_44100", "pcm_f32le", 44_100, "raw_pcm_f32le_44100"),
    ("pcm_8000", "pcm_s16le", 8_000, "raw_pcm_s16le_8000"),
    ("pcm_16000", "pcm_s16le", 16_000, "raw_pcm_s16le_16000"),
    ("pcm_22050", "pcm_s16le", 22_050, "raw_pcm_s16le_22050"),
    ("pcm_24000", "pcm_s16le", 24_000, "raw_pcm_s16le_24000"),
    ("pcm_44100", "pcm_s16le", 44_100, "raw_pcm_s16le_44100"),
    ("mulaw_8000", "pcm_mulaw", 8_000, "raw_pcm_mulaw_8000"),
    ("alaw_8000", "pcm_alaw", 8_000, "raw_pcm_alaw_8000"),
];

#[test]
fn current_names_in_both_directions() {
    for (name, encoding, rate) in CURRENT {
        let format = OutputFormat::from_name(name).unwrap();
        assert_eq!(
            to_string(&format).unwrap(),
            format!(r#"{{"container":"raw","encoding":"{encoding}","sample_rate":{rate}}}"#)
        );
        assert_eq!(format.name(), Some(name));
        let parsed: FormatName = name.parse().unwrap();
        assert_eq!((parsed.sample_rate(), parsed.replacement()), (rate, None));
    }
    assert_eq!(
        FormatName::CURRENT.map(FormatName::as_str),
        CURRENT.map(|row| row.0)
    );
}

#[test]
fn deprecated_names_work_and_say_what_replaces_them() {
    for (name, encoding, rate, replacement) in DEPRECATED {
        let format = RawFormat::from_name(name).unwrap();
        assert_eq!(
            (format.encoding.as_str(), format.sample_rate),
            (encoding, rate),
            "{name}"
        );
        assert_eq!(format.name(), Some(replacement));
        assert_eq!(
            name.parse::<FormatName>().unwrap().replacement(),
            Some(replacement)
        );
    }
    assert_eq!(
        FormatName::DEPRECATED.map(FormatName::as_str),
        DEPRECATED.map(|row| row.0)
    );
}

#[test]
fn formats_without_a_name_and_names_without_a_format() {
    assert_eq!(OutputFormat::from(RawFormat::PCM_S16LE_48000).name(), None);
    assert_eq!(
        OutputFormat::from(WavFormat::from(RawFormat::PCM_F32LE_44100)).name(),
        None
    );
    assert_eq!(OutputFormat::from(Mp3Format::default()).name(), None);
    for name in ["", "wav", "RAW_PCM_F32LE_44100", "raw_pcm_f32le_44100 "] {
        let error = OutputFormat::from_name(name).unwrap_err().to_string();
        assert!(
            CURRENT.iter().all(|(known, ..)| error.contains(known)),
            "{error}"
        );
    }
}

#[test]
fn containers_on_the_wire() {
    for (format, wire) in [
        (
            OutputFormat::from(WavFormat::from(RawFormat::PCM_S16LE_44100)),
            r#"{"container":"wav","encoding":"pcm_s16le","sample_rate":44100}"#,
        ),
        (
            OutputFormat::from(Mp3Format::new(24_000, 64_000)),
            r#"{"container":"mp3","sample_rate":24000,"bit_rate":64000}"#,
        ),
    ] {
        assert_eq!(to_string(&format).unwrap(), wire);
        assert_eq!(from_str::<OutputFormat>(wire).unwrap(), format);
    }
    for encoding in RawEncoding::ALL {
        assert_eq!(to_string(&encoding).unwrap(), format!("\"{encoding}\""));
    }
    assert_eq!(
        SAMPLE_RATES,
        [8_000, 16_000, 22_050, 24_000, 44_100, 48_000]
    );
    assert_eq!(MP3_BIT_RATES, [32_000, 64_000, 96_000, 128_000, 192_000]);
}

#[test]
fn reading_a_format_is_lenient_where_versions_differ_and_strict_where_a_guess_would_be_noise() {
    // August 2024 wanted an encoding beside mp3; old definitions allowed a bit rate beside raw.
    let old = r#"{"container":"mp3","encoding":"mp3","sample_rate":44100,"bit_rate":128000}"#;
    assert_eq!(
        from_str::<OutputFormat>(old).unwrap(),
        Mp3Format::default().into()
    );
    let old = r#"{"container":"raw","encoding":"pcm_alaw","sample_rate":8000,"bit_rate":null}"#;
    assert_eq!(
        from_str::<RawFormat>(old).unwrap(),
        RawFormat::PCM_ALAW_8000
    );
    for broken in [
        r#"{"container":"ogg","encoding":"pcm_s16le","sample_rate":8000}"#,
        r#"{"container":"raw","encoding":"pcm_s24le","sample_rate":8000}"#,
        r#"{"container":"raw","sample_rate":8000}"#,
        r#"{"container":"raw","encoding":"pcm_s16le","sample_rate":-1}"#,
        r#"{"encoding":"pcm_s16le","sample_rate":8000}"#,
    ] {
        assert!(from_str::<OutputFormat>(broken).is_err(), "{broken}");
    }
    let wav = r#"{"container":"wav","encoding":"pcm_s16le","sample_rate":8000}"#;
    assert!(
        from_str::<RawFormat>(wav)
            .unwrap_err()
            .to_string()
            .contains("RawFormat")
    );
}
