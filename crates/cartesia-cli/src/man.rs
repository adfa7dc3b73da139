//! `man`: manual pages, made from the verbs and flags.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command, CommandFactory as _};

use crate::args::{Cli, NAME};
use crate::failure::Failure;
use crate::{help, print};

/// Print a manual page, or write all of them into a folder.
///
/// Read one: cartesia-rs man speak | man -l -
///
/// Install all of them: cartesia-rs man --folder ~/.local/share/man/man1
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// The verb, in one or several words [default: the program]
    #[arg(value_name = "VERB")]
    verb: Vec<String>,
    /// Write the pages of all verbs into this folder
    #[arg(long, value_name = "FOLDER", conflicts_with = "verb",
          value_hint = clap::ValueHint::DirPath)]
    folder: Option<PathBuf>,
}

pub(crate) fn run(man: &Man) -> Result<(), Failure> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    if let Some(folder) = &man.folder {
        std::fs::create_dir_all(folder)
            .and_then(|()| write_all(&root, NAME, folder))
            .map_err(|error| Failure::file("written", folder, &error))?;
        return Ok(());
    }
    let (mut command, mut name) = (&root, NAME.to_owned());
    for word in &man.verb {
        command = command.find_subcommand(word).ok_or_else(|| {
            let verb = man.verb.join(" ");
            Failure::usage(format!(
                "there is no verb {verb:?}; see `cartesia-rs --help`"
            ))
        })?;
        name = format!("{name}-{}", command.get_name());
    }
    let mut page = Vec::new();
    render(command, &name, &mut page).map_err(|error| Failure::io(&error))?;
    print::raw(&page)
}

/// The pages of a command and all of its verbs: `cartesia-rs-voices-list.1`.
fn write_all(command: &Command, name: &str, folder: &Path) -> io::Result<()> {
    let mut page = Vec::new();
    render(command, name, &mut page)?;
    std::fs::write(folder.join(format!("{name}.1")), page)?;
    for verb in help::verbs(command) {
        write_all(verb, &format!("{name}-{}", verb.get_name()), folder)?;
    }
    Ok(())
}

fn render(command: &Command, name: &str, out: &mut Vec<u8>) -> io::Result<()> {
    clap_mangen::Man::new(command.clone())
        .title(name)
        .render(out)
}
