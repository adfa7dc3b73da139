//! Bodies into files and pipes.

use std::io::IsTerminal as _;
use std::path::Path;

use cartesia::Download;

use crate::failure::Failure;
use crate::file_names;
use crate::global::Global;
use crate::{print, progress};

/// Writes a body to stdout (`-`) or to a file, which appears once it is complete. Returns the length of
/// the file in bytes.
pub(crate) async fn write(
    global: &Global,
    mut download: Download,
    output: &Path,
) -> Result<Option<u64>, Failure> {
    if !file_names::is_stdout(output) {
        if progress::is_shown(global) {
            download = download.with_progress(|progress| {
                progress::show("receiving", progress.received, progress.total);
            });
        }
        return Ok(Some(download.save(output).await?));
    }
    let mut terminal = print::stdout().is_terminal().then(Shown::default);
    while let Some(chunk) = download.next_chunk().await? {
        let printed = match &mut terminal {
            Some(shown) => print::raw(shown.text(&chunk).as_bytes()),
            None => print::raw(&chunk),
        };
        printed.map_err(|failure| failure.with_bytes(download.bytes_received()))?;
    }
    Ok(None)
}

/// A body in a terminal, in which nothing of it may control the terminal.
#[derive(Default)]
struct Shown {
    /// The beginning of a character whose rest is in the next chunk.
    begun: Vec<u8>,
}

impl Shown {
    fn text(&mut self, chunk: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.begun);
        bytes.extend_from_slice(chunk);
        if let Err(error) = std::str::from_utf8(&bytes)
            && error.error_len().is_none()
        {
            self.begun = bytes.split_off(error.valid_up_to());
        }
        crate::text::safe(&String::from_utf8_lossy(&bytes)).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Shown;

    #[test]
    fn a_body_cannot_control_the_terminal() {
        let mut shown = Shown::default();
        let chunks: [&[u8]; 4] = [b"{\"a\": \"\xe2\x82", b"\xac\x1b[2J", b"\xff\"}\n", b"end"];
        let text: String = chunks.iter().map(|chunk| shown.text(chunk)).collect();
        assert_eq!(text, "{\"a\": \"€\u{fffd}[2J\u{fffd}\"}\nend");
    }
}
