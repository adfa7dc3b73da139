//! Bodies into files and pipes.

use std::io::{self, Write as _};
use std::path::Path;

use cartesia::{Download, ErrorKind};

use crate::failure::Failure;

/// A recording; that there is none is an error, since nothing would be a bad WAV file.
pub(super) async fn audio(download: Download, output: &Path) -> Result<(), Failure> {
    if download.info().status() == 204 {
        let message = "the call has no recording";
        return Err(Failure::of(ErrorKind::NotFound, message));
    }
    any(download, output).await
}

pub(super) async fn any(mut download: Download, output: &Path) -> Result<(), Failure> {
    if output != Path::new("-") {
        let bytes = download.save(output).await?;
        eprintln!("{bytes} bytes in {}", output.display());
        return Ok(());
    }
    let mut out = io::stdout();
    while let Some(chunk) = download.next_chunk().await? {
        out.write_all(&chunk)
            .map_err(|error| Failure::stdout(&error).with_bytes(download.bytes_received()))?;
    }
    out.flush().map_err(|error| Failure::stdout(&error))
}
