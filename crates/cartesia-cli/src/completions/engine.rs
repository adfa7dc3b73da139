//! The context of the last word of a command line, and its completions.

use clap::builder::ValueHint;
use clap::{Arg, Command};

use super::{Candidate, values};

/// The place of the last word.
pub(super) struct Position<'c> {
    command: &'c Command,
    /// The option whose value the last word is.
    option: Option<&'c Arg>,
    /// Positional arguments before the last word.
    positionals: usize,
    /// After `--`, nothing is an option.
    is_after_dashes: bool,
    /// Options and their values.
    given: Vec<(&'c Arg, String)>,
    /// The last word; after `--option=`, the part behind.
    current: String,
    /// `--option=`, if the last word begins so.
    before: String,
}

/// The candidates for the last word.
pub(super) enum Wanted {
    Files,
    Words(Vec<Candidate>),
    /// The name of a voice, which the service knows.
    Voices,
}

impl<'c> Position<'c> {
    /// Follows the words through verbs and options; the last word is completed.
    pub(super) fn find(root: &'c Command, words: &[String]) -> Self {
        let mut position = Self {
            command: root,
            option: None,
            positionals: 0,
            is_after_dashes: false,
            given: Vec::new(),
            current: String::new(),
            before: String::new(),
        };
        // bash takes `--option=value` for three words.
        let mut words: Vec<&str> = words
            .iter()
            .map(String::as_str)
            .enumerate()
            .filter(|(index, word)| *index == 0 || *word != "=")
            .map(|(_, word)| word)
            .collect();
        let current = words.pop().unwrap_or_default();
        for word in words {
            position.follow(word);
        }
        position.take(current);
        position
    }

    fn follow(&mut self, word: &str) {
        if let Some(option) = self.option.take() {
            self.given.push((option, word.to_owned()));
        } else if self.is_after_dashes || !word.starts_with('-') || word == "-" {
            let verb = self.command.find_subcommand(word);
            match verb.filter(|_| self.positionals == 0 && !self.is_after_dashes) {
                Some(verb) => self.command = verb,
                None => self.positionals += 1,
            }
        } else if word == "--" {
            self.is_after_dashes = true;
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long
                .split_once('=')
                .map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            if let Some(option) = self.by_long(name) {
                self.give(option, value);
            }
        } else {
            self.follow_short(word.trim_start_matches('-'));
        }
    }

    /// Several options in one word: `-yo file`.
    fn follow_short(&mut self, letters: &str) {
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let mut options = self.command.get_arguments();
            let Some(option) = options.find(|it| it.get_short() == Some(letter)) else {
                return;
            };
            let rest = letters.as_str();
            if takes_value(option) {
                self.give(option, (!rest.is_empty()).then(|| rest.to_owned()));
                return;
            }
            self.give(option, None);
        }
    }

    fn give(&mut self, option: &'c Arg, value: Option<String>) {
        match value {
            None if takes_value(option) => self.option = Some(option),
            value => self.given.push((option, value.unwrap_or_default())),
        }
    }

    fn take(&mut self, word: &str) {
        let word = unquoted(word);
        if self.option.is_none()
            && !self.is_after_dashes
            && let Some((long, value)) = word.strip_prefix("--").and_then(|it| it.split_once('='))
        {
            self.option = self.by_long(long);
            self.before = format!("--{long}=");
            value.clone_into(&mut self.current);
        } else {
            self.current = word;
        }
    }

    fn by_long(&self, name: &str) -> Option<&'c Arg> {
        self.command
            .get_arguments()
            .find(|it| it.get_long() == Some(name))
    }

    /// The text that is completed.
    pub(super) fn current(&self) -> &str {
        &self.current
    }

    /// Returns the text that a shell that replaces the whole word needs before each candidate.
    pub(super) fn prefix(&self, whole_word: bool) -> &str {
        if whole_word { &self.before } else { "" }
    }

    /// The command line so far, with those options only that all verbs have.
    pub(super) fn global_flags(&self) -> Vec<String> {
        let mut flags = Vec::new();
        for (option, value) in self.given.iter().filter(|(it, _)| it.is_global_set()) {
            let Some(long) = option.get_long() else {
                continue;
            };
            flags.push(if takes_value(option) {
                format!("--{long}={value}")
            } else {
                format!("--{long}")
            });
        }
        flags
    }

    pub(super) fn wanted(&self) -> Wanted {
        if let Some(option) = self.option {
            return self.values(option);
        }
        if !self.is_after_dashes && self.current.starts_with('-') {
            return Wanted::Words(self.options());
        }
        let verbs = self.verbs();
        let positionals = self.command.get_positionals().count();
        let index = self.positionals.min(positionals.saturating_sub(1));
        match self.command.get_positionals().nth(index) {
            Some(argument) if verbs.is_empty() => self.values(argument),
            _ => Wanted::Words(verbs),
        }
    }

    fn verbs(&self) -> Vec<Candidate> {
        if self.positionals > 0 || self.is_after_dashes {
            return Vec::new();
        }
        let verbs = self
            .command
            .get_subcommands()
            .filter(|it| !it.is_hide_set());
        verbs
            .map(|verb| Candidate::new(verb.get_name(), first_line(verb.get_about())))
            .collect()
    }

    fn options(&self) -> Vec<Candidate> {
        let options = self.command.get_arguments().filter(|it| !it.is_hide_set());
        options
            .filter_map(|option| {
                let long = option.get_long()?;
                Some(Candidate::new(
                    format!("--{long}"),
                    first_line(option.get_help()),
                ))
            })
            .collect()
    }

    fn values(&self, argument: &Arg) -> Wanted {
        let listed = argument.get_possible_values();
        if !listed.is_empty() {
            let shown = listed.iter().filter(|value| !value.is_hide_set());
            let candidates =
                shown.map(|value| Candidate::new(value.get_name(), first_line(value.get_help())));
            return Wanted::Words(candidates.collect());
        }
        let name = argument
            .get_value_names()
            .and_then(|names| names.first())
            .map_or("", |name| name.as_str());
        if name == values::VOICE {
            return Wanted::Voices;
        }
        let is_file = matches!(
            argument.get_value_hint(),
            ValueHint::AnyPath | ValueHint::FilePath | ValueHint::DirPath
        );
        if is_file || name.contains("FILE") {
            return Wanted::Files;
        }
        let known = values::known(self.command.get_name(), argument.get_id().as_str(), name);
        Wanted::Words(known)
    }
}

fn takes_value(option: &Arg) -> bool {
    option.get_action().takes_values()
}

fn first_line(help: Option<&clap::builder::StyledStr>) -> String {
    let help = help.map(ToString::to_string).unwrap_or_default();
    help.lines().next().unwrap_or_default().to_owned()
}

/// A word as it is meant: shells leave the quotes of a word that is not finished.
fn unquoted(word: &str) -> String {
    let word = word.strip_prefix(['"', '\'']).unwrap_or(word);
    let mut text = String::new();
    let mut characters = word.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            literal => text.push(literal),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::args::Cli;

    /// The candidates for the last word of a line.
    fn candidates(line: &str) -> Vec<String> {
        let mut command = Cli::command();
        command.build();
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let position = Position::find(&command, &words);
        match position.wanted() {
            Wanted::Files => vec!["files".to_owned()],
            Wanted::Voices => vec!["voices".to_owned()],
            Wanted::Words(candidates) => candidates
                .into_iter()
                .map(|candidate| candidate.value)
                .filter(|value| value.starts_with(position.current()))
                .collect(),
        }
    }

    #[test]
    fn words_are_completed_wherever_they_stand() {
        for (line, expected) in [
            ("vo", &["voices"][..]),
            ("voices cl", &["clone"]),
            ("--json vo", &["voices"]),
            ("--timeout 3 vo", &["voices"]),
            ("--timeout=3 vo", &["voices"]),
            ("agents phone-numbers li", &["list"]),
            ("speak --tr", &["--transport"]),
            ("speak --transport ", &["ws", "sse", "bytes"]),
            ("speak --transport s", &["sse"]),
            ("speak --transport=s", &["sse"]),
            ("speak --transport = s", &["sse"]),
            ("speak some words --transport s", &["sse"]),
            ("speak --voice ", &["voices"]),
            ("speak --voice=Ka", &["voices"]),
            ("voices get Ka", &["voices"]),
            ("speak -o ", &["files"]),
            ("speak -yo ", &["files"]),
            ("speak -o a.wav --container m", &["mp3"]),
            ("transcribe ", &["files"]),
            ("--ca-file ", &["files"]),
            ("speak --emotion ang", &["angry"]),
            ("completions z", &["zsh"]),
            ("speak voi", &[]),
            ("speak -- --tr", &[]),
            ("speak --no-such ", &[]),
            ("no-such-verb x", &[]),
            ("__comp", &[]),
        ] {
            assert_eq!(candidates(line), expected, "{line}");
        }
        assert!(candidates("").len() > 15);
        assert!(candidates("speak --").contains(&"--base-url".to_owned()));
        assert!(candidates("speak --encoding pcm_").len() >= 4);
        assert!(candidates("speak --model sonic").len() > 2);
        assert!(candidates("transcribe --model ink").len() > 1);
    }

    #[test]
    fn quotes_of_an_unfinished_word_are_removed() {
        for (word, meant) in [
            ("\"Barbershop M", "Barbershop M"),
            ("'Barb", "Barb"),
            ("Barbershop\\ M", "Barbershop M"),
            ("plain", "plain"),
            ("\\", ""),
        ] {
            assert_eq!(unquoted(word), meant);
        }
    }

    #[test]
    fn options_of_all_verbs_are_handed_on() {
        let mut command = Cli::command();
        command.build();
        let line = "--base-url http://127.0.0.1:1 speak --allow-http -o x --voice K";
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        let position = Position::find(&command, &words);
        let flags = ["--base-url=http://127.0.0.1:1", "--allow-http"];
        assert_eq!(position.global_flags(), flags);
    }
}
