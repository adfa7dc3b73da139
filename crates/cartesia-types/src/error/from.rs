//! Conversions of this crate's specific errors into [`Error`], for `?`.

use super::{Error, ErrorKind};
use crate::agent::{CallDecodeError, InvalidDtmf, UnsupportedCommand};
use crate::stt::UnknownSttEncoding;
use crate::tts::{DecodeError, InvalidBufferDelay, InvalidRequest};
use crate::voice::legacy::InvalidEmbedding;
use crate::wav::InvalidWav;
use crate::{InvalidApiVersion, UnknownEncoding, UnknownFormatName, UnsupportedByVersion};

macro_rules! errors {
    ($($error:ty => $kind:ident, $operation:literal;)*) => {$(
        impl From<$error> for Error {
            fn from(error: $error) -> Self {
                Self::new(ErrorKind::$kind, $operation, error.to_string()).with_source(error)
            }
        }
    )*};
}

errors! {
    CallDecodeError => Decode, "agents.event";
    DecodeError => Decode, "tts.event";
    InvalidApiVersion => Config, "api_version";
    InvalidBufferDelay => InvalidRequest, "tts.buffering";
    InvalidDtmf => InvalidRequest, "agents.dtmf";
    InvalidEmbedding => InvalidRequest, "voice.embedding";
    InvalidRequest => InvalidRequest, "tts.request";
    InvalidWav => Decode, "wav";
    UnknownEncoding => InvalidRequest, "encoding";
    UnknownFormatName => InvalidRequest, "output_format";
    UnknownSttEncoding => InvalidRequest, "stt.encoding";
    UnsupportedByVersion => Unsupported, "api_version";
    UnsupportedCommand => Unsupported, "agents.call";
}
