//! Files of captions.

use std::io::Write as _;
use std::path::Path;

use cartesia::ErrorKind;
use cartesia::captions::{CaptionFormat, Captions};
use cartesia_types::fs::OutputFile;

use crate::failure::Failure;
use crate::{file_names, print};

/// Reads the path of a file of captions. Its extension says in which format it is written.
pub(crate) fn format_of(path: &Path) -> Result<CaptionFormat, Failure> {
    CaptionFormat::of_path(path).ok_or_else(|| {
        let name = path.display();
        Failure::usage(format!(
            "{name} has no extension of captions: use .srt, .vtt, .json or .txt"
        ))
    })
}

/// Refuses captions without words of a text that has some.
pub(crate) fn check(captions: &Captions, text: &str) -> Result<(), Failure> {
    if captions.is_empty() && text.contains(char::is_alphanumeric) {
        let message = "the service sent no word timestamps, so there are no captions";
        return Err(Failure::of(ErrorKind::Incomplete, message));
    }
    Ok(())
}

/// Prints a file, escaped so that it cannot control the terminal.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    print::block(text.trim_end_matches('\n'))
}

/// Writes a file, which appears once it is complete; `-` is stdout.
pub(crate) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    if file_names::is_stdout(path) {
        return print(text);
    }
    let mut file = OutputFile::create(path).map_err(|error| Failure::io(&error))?;
    let written = file.write_all(text.as_bytes());
    written.map_err(|error| Failure::file("written", path, &error))?;
    file.finish().map_err(|error| Failure::io(&error))
}
