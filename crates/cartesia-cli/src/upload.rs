//! Files that are sent.

use std::path::Path;

use cartesia::Upload;

use crate::failure::Failure;

/// A file to send. That it is empty is a mistake on the command line, as is a path without a file,
/// which is noticed when it is sent.
pub(crate) fn upload(path: &Path) -> Result<Upload, Failure> {
    let is_empty =
        std::fs::metadata(path).is_ok_and(|metadata| metadata.is_file() && metadata.len() == 0);
    if is_empty {
        return Err(Failure::usage(format!("{} is empty", path.display())));
    }
    Ok(Upload::from_path(path))
}
