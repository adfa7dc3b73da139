//! `output_format` as it stands in requests: one flat object, told apart by `container`.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{Mp3Format, OutputFormat, RawEncoding, RawFormat, WavFormat};

#[derive(Serialize)]
struct Encoded {
    container: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<RawEncoding>,
    sample_rate: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    bit_rate: Option<u32>,
}

impl From<OutputFormat> for Encoded {
    fn from(format: OutputFormat) -> Self {
        let (container, encoding, bit_rate) = match format {
            OutputFormat::Raw(raw) => ("raw", Some(raw.encoding), None),
            OutputFormat::Wav(wav) => ("wav", Some(wav.encoding), None),
            OutputFormat::Mp3(mp3) => ("mp3", None, Some(mp3.bit_rate)),
        };
        Self {
            container,
            encoding,
            sample_rate: format.sample_rate(),
            bit_rate,
        }
    }
}

/// `encoding` stays text until the container is known: the specification of August 2024 wanted
/// `"encoding": "mp3"` beside `"container": "mp3"`.
#[derive(Deserialize)]
struct Decoded {
    container: String,
    encoding: Option<serde_json::Value>,
    sample_rate: u32,
    bit_rate: Option<u32>,
}

impl Decoded {
    fn encoding<E: de::Error>(self) -> Result<RawEncoding, E> {
        let value = self.encoding.ok_or_else(|| E::missing_field("encoding"))?;
        RawEncoding::deserialize(value).map_err(E::custom)
    }
}

impl Serialize for OutputFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Encoded::from(*self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for OutputFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Decoded::deserialize(deserializer)?;
        let sample_rate = wire.sample_rate;
        match wire.container.as_str() {
            "raw" => Ok(Self::Raw(RawFormat::new(wire.encoding()?, sample_rate))),
            "wav" => Ok(Self::Wav(WavFormat::new(wire.encoding()?, sample_rate))),
            "mp3" => {
                let bit_rate = wire.bit_rate.unwrap_or(Mp3Format::default().bit_rate);
                Ok(Self::Mp3(Mp3Format::new(sample_rate, bit_rate)))
            }
            other => Err(de::Error::unknown_variant(other, &["raw", "wav", "mp3"])),
        }
    }
}

macro_rules! through_output_format {
    ($($format:ident, $variant:ident;)*) => { $(
        impl Serialize for $format {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                OutputFormat::$variant(*self).serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $format {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                match OutputFormat::deserialize(deserializer)? {
                    OutputFormat::$variant(format) => Ok(format),
                    other => Err(de::Error::invalid_value(
                        de::Unexpected::Str(Encoded::from(other).container),
                        &concat!("the container of a ", stringify!($format)),
                    )),
                }
            }
        }
    )* };
}

through_output_format! {
    RawFormat, Raw;
    WavFormat, Wav;
    Mp3Format, Mp3;
}
