#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod convert;
mod error;
mod resample;
mod source;

pub use error::Error;
pub use resample::{RESAMPLER_RATES, Resampler};
pub use source::SourceFormat;

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;
