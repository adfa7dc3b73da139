//! Automation of this repository, as `cargo xtask <verb>`.
//!
//! Every verb is a module and a line in [`VERBS`]. None depends on the crates of the project: `xtask` builds
//! and runs when they do not compile. Verbs that are programs of their own (`conformance`, `sound`, `soak`, `bench`) are in
//! `tools.rs`.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool: results go to stdout, progress to stderr"
)]

mod api;
mod bare;
mod batch;
mod ci;
mod demo;
mod deny;
mod examples;
mod fleet;
mod fuzz;
mod notebook;
mod pictures;
mod setup;
mod test;
mod tidy;
mod tools;
mod wav;

use std::process::ExitCode;

use xtask::{Result, metadata, shell};

struct Verb {
    name: &'static str,
    arguments: &'static str,
    about: &'static str,
    run: fn(&[String]) -> Result,
}

const VERBS: &[Verb] = &[
    Verb {
        name: "setup",
        arguments: "",
        about: "install the system packages the build needs",
        run: setup::run,
    },
    Verb {
        name: "demo",
        arguments: "[SENTENCE]",
        about: "set up, speak one sentence through the command line and check the audio",
        run: demo::run,
    },
    Verb {
        name: "test",
        arguments: "[--mock] [CARGO TEST ARGUMENTS]",
        about: "run every test that needs no network; with --mock those against the mock server alone",
        run: test::run,
    },
    Verb {
        name: "ci",
        arguments: "[--skip-test]",
        about: "run everything a merge needs, in order, stopping at the first failure",
        run: ci::run,
    },
    Verb {
        name: "examples",
        arguments: "",
        about: "copy the examples into a project of their own, build and run them there",
        run: examples::run,
    },
    Verb {
        name: "notebook",
        arguments: "",
        about: "run the cells of the notebook in the real kernel (needs Python)",
        run: notebook::run,
    },
    Verb {
        name: "pictures",
        arguments: "",
        about: "draw the pictures of the documents (one of them needs Chromium)",
        run: pictures::run,
    },
    Verb {
        name: "sound",
        arguments: "[--bench | TEST]",
        about: "play and record through a virtual sound card, and compare every sample",
        run: tools::sound,
    },
    Verb {
        name: "conformance",
        arguments: "[--client NAME] [--json FILE | --survey]",
        about: "use the official clients whole against the mock server, and compare them with ours",
        run: tools::conformance,
    },
    Verb {
        name: "fuzz",
        arguments: "[TARGET] [--seconds N]",
        about: "search for bytes that what reads them does not bear, 60 seconds for each target",
        run: fuzz::run,
    },
    Verb {
        name: "soak",
        arguments: "[--minutes N] [--seed N]",
        about: "let many callers talk over a bad network, and see that all ends and nothing is left",
        run: tools::soak,
    },
    Verb {
        name: "bench",
        arguments: "[--rounds N] [--only NAME] [--json FILE] [--official] [--compile] [--write]",
        about: "compare what clients cost: CPU time, page faults, first audio, lateness",
        run: tools::bench,
    },
    Verb {
        name: "fleet",
        arguments: "[--seconds N]",
        about: "share a plan between processes over a real Redis server, for N seconds",
        run: fleet::run,
    },
    Verb {
        name: "batch",
        arguments: "[--items N] [--pace PACE] [--kills N] [--seed N] [--shards N] [--release]",
        about: "make N files with the program and the mock server, also with kills; time, memory, requests",
        run: batch::run,
    },
    Verb {
        name: "api",
        arguments: "[--check]",
        about: "write the public API of every library to docs/api, or check that it is as there",
        run: api::run,
    },
    Verb {
        name: "errors",
        arguments: "",
        about: "write docs/errors.md: every error message, from the source",
        run: tidy::write_errors,
    },
    Verb {
        name: "bare",
        arguments: "[--demo] [--mirror URL]",
        about: "run the README's two commands in a minimal Debian without a C compiler (needs root)",
        run: bare::run,
    },
    Verb {
        name: "deny",
        arguments: "",
        about: "check dependencies: licences, sources, bans, advisories",
        run: deny::run,
    },
    Verb {
        name: "tidy",
        arguments: "",
        about: "check the layering of the crates and the house rules",
        run: tidy::run,
    },
];

fn main() -> ExitCode {
    if let Some(code) = api::as_rustdoc() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = arguments.split_first() else {
        eprint!("{}", help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", help());
        return ExitCode::SUCCESS;
    }
    let Some(verb) = VERBS.iter().find(|verb| verb.name == name) else {
        eprint!("error: there is no verb `{name}`\n\n{}", help());
        return ExitCode::from(2);
    };
    match (verb.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn help() -> String {
    let line = |verb: &Verb| {
        let call = format!("{} {}", verb.name, verb.arguments);
        format!("  {call}\n      {}\n", verb.about)
    };
    let verbs: Vec<String> = VERBS.iter().map(line).collect();
    format!("usage: cargo xtask <verb>\n\n{}", verbs.concat())
}

/// Refuses arguments, for verbs that have none.
fn no_arguments(arguments: &[String]) -> Result {
    match arguments.first() {
        None => Ok(()),
        Some(first) => Err(format!("unexpected argument `{first}`").into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use metadata::{Kind, Metadata, Package};

    /// A member `name` with its dependencies and features, for tests of what reads metadata.
    pub(crate) fn package(name: &str, dependencies: &[(&str, Kind)], features: &[&str]) -> Package {
        let dependencies: Vec<String> = dependencies
            .iter()
            .map(|(name, kind)| match kind {
                Kind::Normal => format!(r#"{{"name": "{name}", "kind": null}}"#),
                Kind::Build => format!(r#"{{"name": "{name}", "kind": "build"}}"#),
                Kind::Dev => format!(r#"{{"name": "{name}", "kind": "dev"}}"#),
            })
            .collect();
        let features: Vec<String> = features
            .iter()
            .map(|name| format!(r#""{name}": []"#))
            .collect();
        let json = format!(
            r#"{{"packages": [{{
                "name": "{name}", "manifest_path": "/r/crates/{name}/Cargo.toml", "publish": null,
                "features": {{{}}}, "targets": [], "dependencies": [{}]
            }}], "workspace_root": "/r", "target_directory": "/t"}}"#,
            features.join(", "),
            dependencies.join(", "),
        );
        Metadata::read(&json).unwrap().packages.remove(0)
    }

    #[test]
    fn help_names_every_verb_once() {
        let help = help();
        for verb in VERBS {
            let lines = help
                .lines()
                .filter(|line| line.trim_start().starts_with(verb.name));
            assert_eq!(lines.count(), 1, "{}", verb.name);
        }
    }

    #[test]
    fn verbs_without_arguments_refuse_them() {
        assert!(no_arguments(&[]).is_ok());
        let error = no_arguments(&["--fast".to_owned()]).unwrap_err();
        assert_eq!(error.to_string(), "unexpected argument `--fast`");
    }
}
