//! Files that are sent.

use std::path::Path;

use cartesia::Upload;

use crate::failure::Failure;
use crate::global::Global;
use crate::progress;

/// A file to send. It is checked before anything is sent. A terminal shows the progress.
pub(crate) fn open(global: &Global, path: &Path) -> Result<Upload, Failure> {
    let metadata = std::fs::metadata(path).map_err(|error| Failure::file("read", path, &error))?;
    if metadata.is_dir() {
        let name = path.display();
        return Err(Failure::usage(format!("{name} is a folder, not a file")));
    }
    // A pipe has no length beforehand.
    if metadata.is_file() && metadata.len() == 0 {
        return Err(Failure::usage(format!("{} is empty", path.display())));
    }
    let upload = Upload::from_path(path);
    if !progress::is_shown(global) {
        return Ok(upload);
    }
    Ok(upload.with_progress(|progress| {
        progress::show("sending", progress.sent, progress.total);
    }))
}

/// Refuses to write over a file that is still to be read.
pub(crate) fn keep_apart(input: &Path, output: &Path) -> Result<(), Failure> {
    let whole = |path: &Path| std::fs::canonicalize(path).ok();
    if whole(input).is_some_and(|input| Some(input) == whole(output)) {
        let name = output.display();
        return Err(Failure::usage(format!("{name} is both input and output")));
    }
    Ok(())
}
