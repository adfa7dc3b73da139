//! From the value of `--output` to a store.

use cartesia::batch::{FolderStore, Store};

use crate::failure::Failure;

pub(super) fn open(output: &str) -> Result<Box<dyn Store>, Failure> {
    let scheme = output.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        _ if output.trim().is_empty() => Err(Failure::usage("--output names no folder")),
        Some(scheme) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => bucket(output),
        _ => Ok(Box::new(FolderStore::new(output))),
    }
}

#[cfg(feature = "object-store")]
fn bucket(url: &str) -> Result<Box<dyn Store>, Failure> {
    Ok(Box::new(cartesia::batch::CloudStore::from_env(url)?))
}

#[cfg(not(feature = "object-store"))]
fn bucket(_: &str) -> Result<Box<dyn Store>, Failure> {
    Err(Failure::usage(
        "this program was built without the feature object-store: --output is a folder",
    ))
}
