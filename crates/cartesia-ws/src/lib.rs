#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod close;
mod error;
#[cfg_attr(
    not(test),
    expect(dead_code, reason = "used by the session, which comes next")
)]
mod text;

pub use close::CloseInfo;
pub use error::Error;

/// The result of this crate's calls.
pub type Result<T> = std::result::Result<T, Error>;
