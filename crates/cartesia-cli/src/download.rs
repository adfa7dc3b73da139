//! Bodies into files and pipes.

use std::io::{self, Write as _};
use std::path::Path;

use cartesia::Download;

use crate::args::Global;
use crate::failure::Failure;
use crate::progress;

/// Writes a body to stdout (`-`) or to a file, which is there once it is whole; of a file it gives
/// the length in bytes.
pub(crate) async fn write(
    global: &Global,
    mut download: Download,
    output: &Path,
) -> Result<Option<u64>, Failure> {
    if output != Path::new("-") {
        if progress::is_shown(global) {
            download = download.with_progress(|progress| {
                progress::show("receiving", progress.received, progress.total);
            });
        }
        return Ok(Some(download.save(output).await?));
    }
    let mut out = io::stdout();
    while let Some(chunk) = download.next_chunk().await? {
        out.write_all(&chunk)
            .and_then(|()| out.flush())
            .map_err(|error| Failure::stdout(&error).with_bytes(download.bytes_received()))?;
    }
    Ok(None)
}
