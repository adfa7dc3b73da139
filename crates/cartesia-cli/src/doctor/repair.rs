//! `doctor --fix`: what the program can put right by itself.

use std::fs;
use std::io;
use std::path::Path;

use crate::config::{self, ConfigFile};
use crate::embedded;
use crate::failure::Failure;
use crate::global::Global;
use crate::{completions, print};

/// Repairs, and reports the changes.
pub(super) fn run(global: &Global) -> Result<Vec<String>, Failure> {
    let mut done = Vec::new();
    if let Some(path) = config::path().filter(|path| config::file::is_open_to_others(path)) {
        config::file::close_to_others(&path)
            .map_err(|error| Failure::file("made yours alone", &path, &error))?;
        done.push(format!("{} is readable by you alone now.", path.display()));
    }
    if let Some((shell, path)) = completions::place().filter(|(_, path)| !path.exists()) {
        let script = completions::script(shell);
        write(&path, &script).map_err(|error| Failure::file("written", &path, &error))?;
        let path = path.display();
        done.push(format!(
            "{path} is there now: {shell} completes after its next start."
        ));
    }
    if !global.json && print::can_ask() && embedded::nothing_is_configured(global) {
        let key = print::ask("API key, or nothing to go on without one: ");
        if let (false, Some(path)) = (key.is_empty(), config::path()) {
            let mut file = ConfigFile::read(&path)?;
            config::set_key(&mut file, global.profile.as_deref(), &key)?;
            done.push(format!("The key is in {} now.", path.display()));
        }
    }
    Ok(done)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(path, text)
}
