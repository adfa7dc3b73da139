//! Recordings and exports into files and pipes.

use std::path::Path;

use cartesia::{Download, ErrorKind};

use crate::download;
use crate::failure::Failure;
use crate::global::Global;
use crate::print;

/// A recording. A missing one is an error, since an empty file is not a WAV file.
pub(super) async fn audio(
    global: &Global,
    download: Download,
    output: &Path,
) -> Result<(), Failure> {
    if download.info().status() == 204 {
        let message = "the call has no recording";
        return Err(Failure::of(ErrorKind::NotFound, message));
    }
    any(global, download, output).await
}

pub(super) async fn any(global: &Global, download: Download, output: &Path) -> Result<(), Failure> {
    if let Some(bytes) = download::write(global, download, output).await? {
        print::note(&format!("{bytes} bytes in {}", output.display()));
    }
    Ok(())
}
