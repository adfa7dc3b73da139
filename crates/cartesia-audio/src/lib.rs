#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod error;
mod source;

pub use error::Error;
pub use source::SourceFormat;

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;
