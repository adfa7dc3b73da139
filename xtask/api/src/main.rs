//! Prints the public API of a crate, one item on each line, from the JSON that rustdoc writes.
//!
//! Exits with 3 when the JSON is of another version than this program reads: another toolchain wrote it.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::ExitCode;

use public_api::Builder;
use serde_json::Value;

fn main() -> ExitCode {
    let Some(path) = std::env::args().nth(1) else {
        return fail(2, "usage: api RUSTDOC_JSON");
    };
    let json = match std::fs::read_to_string(&path) {
        Ok(json) => json,
        Err(error) => return fail(1, &format!("{path}: {error}")),
    };
    let version = match serde_json::from_str::<Value>(&json) {
        Ok(json) => json["format_version"].as_u64(),
        Err(error) => return fail(1, &format!("{path}: {error}")),
    };
    let own = rustdoc_types::FORMAT_VERSION;
    if version != Some(own.into()) {
        let theirs = version.map_or_else(|| "unknown".to_owned(), |version| version.to_string());
        return fail(3, &format!("the JSON has version {theirs}, not {own}"));
    }
    match render(&path) {
        Ok(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => fail(1, &error.to_string()),
        },
        Err(error) => fail(1, &format!("{path}: {error}")),
    }
}

/// That a trait is derived is a part of the API, and a line; its methods are known from the trait.
fn render(path: &str) -> public_api::Result<String> {
    let builder = Builder::from_rustdoc_json(path)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true);
    let without_derived = builder.clone().omit_auto_derived_impls(true).build()?;
    let kept: BTreeSet<String> = without_derived.items().map(ToString::to_string).collect();
    let all = builder.build()?;
    let lines = all.items().map(ToString::to_string);
    Ok(lines
        .filter(|line| line.starts_with("impl") || kept.contains(line))
        // Comes with every derived `PartialEq`, and is the compiler's own.
        .filter(|line| !line.contains("core::marker::StructuralPartialEq for"))
        .map(|line| line + "\n")
        .collect())
}

fn fail(code: u8, message: &str) -> ExitCode {
    eprintln!("api: {message}");
    ExitCode::from(code)
}
