//! `completions`: what a shell needs to complete our command lines.
//!
//! The scripts for bash, zsh and fish ask the program itself, by a hidden verb: it knows the flags and
//! values of its own version, and the names of voices. Other shells get a list of what there was when
//! the script was made.

mod engine;
mod values;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use self::engine::{Position, Wanted};
use crate::args::{Cli, NAME};
use crate::failure::Failure;
use crate::print;
use crate::text;

/// The verb that the scripts call.
pub(crate) const HIDDEN_VERB: &str = "__complete";

/// Print a completion script, to be sourced or put where the shell looks for it.
///
/// bash: cartesia-rs completions bash > ~/.local/share/bash-completion/completions/cartesia-rs
///
/// zsh: cartesia-rs completions zsh > _cartesia-rs, in a folder of $fpath
///
/// fish: cartesia-rs completions fish > ~/.config/fish/completions/cartesia-rs.fish
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct Complete {
    shell: Shell,
    /// The words of the command line after the name of the program; the last one is completed
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    words: Vec<OsString>,
}

/// Something that the last word may become.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    value: String,
    description: String,
}

impl Candidate {
    fn new(value: impl Into<String>, description: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            description: description.into(),
        }
    }
}

/// The shell of the user, and where it looks for our script, if that is known.
pub(crate) fn place() -> Option<(Shell, PathBuf)> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty());
    let home = PathBuf::from(set("HOME")?);
    let shell = Shell::from_shell_path(PathBuf::from(set("SHELL")?))?;
    let path = match shell {
        Shell::Bash => {
            let data = set("XDG_DATA_HOME").map(PathBuf::from);
            let data = data.unwrap_or_else(|| home.join(".local/share"));
            data.join("bash-completion/completions").join(NAME)
        }
        Shell::Fish => {
            let config = set("XDG_CONFIG_HOME").map(PathBuf::from);
            let config = config.unwrap_or_else(|| home.join(".config"));
            config.join("fish/completions").join(format!("{NAME}.fish"))
        }
        // By default, zsh searches no folder of the user's.
        _ => return None,
    };
    Some((shell, path))
}

/// The script for a shell.
pub(crate) fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => include_str!("script.bash").to_owned(),
        Shell::Zsh => include_str!("script.zsh").to_owned(),
        Shell::Fish => include_str!("script.fish").to_owned(),
        shell => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
            String::from_utf8_lossy(&script).into_owned()
        }
    }
}

pub(crate) fn run(completions: &Completions) -> Result<(), Failure> {
    print::raw(script(completions.shell).as_bytes())
}

/// Prints `files`, or `words` and the candidates: one on each line, a tab and its description.
pub(crate) async fn complete(complete: &Complete) -> Result<(), Failure> {
    let mut command = Cli::command();
    command.build();
    let words: Vec<String> = complete
        .words
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    let position = Position::find(&command, &words);
    let candidates = match position.wanted() {
        Wanted::Files => return print::raw(b"files\n"),
        Wanted::Words(candidates) => candidates,
        Wanted::Voices => values::voices(&position).await,
    };
    let prefix = position.prefix(complete.shell == Shell::Fish);
    let mut lines = "words\n".to_owned();
    for candidate in candidates {
        let (value, description) = (&candidate.value, &candidate.description);
        // Names of a server must not control the terminal, or contain line breaks.
        let (value, description) = (text::one_line(value), text::one_line(description));
        if starts_with(&value, position.current()) {
            // Writing to a string cannot fail.
            _ = writeln!(lines, "{prefix}{value}\t{description}");
        }
    }
    print::raw(lines.as_bytes())
}

/// In any case: names of voices are found so, too.
fn starts_with(value: &str, begun: &str) -> bool {
    value.to_lowercase().starts_with(&begun.to_lowercase())
}
