//! The documents name examples and tests that are there, and leave none out.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FOLDER: &str = env!("CARGO_MANIFEST_DIR");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(FOLDER).join(path)).unwrap()
}

/// The rows of tables of so many columns, without their heads.
fn rows(page: &str, columns: usize) -> Vec<Vec<&str>> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| ")?.strip_suffix('|'))
        .map(|line| line.split('|').map(str::trim).collect::<Vec<_>>())
        .filter(|cells| cells.len() == columns)
        .collect()
}

/// What stands between backticks.
fn names(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The names of the programs in `examples/examples`.
pub(crate) fn examples() -> BTreeSet<String> {
    fs::read_dir(Path::new(FOLDER).join("examples"))
        .unwrap()
        .filter_map(|entry| {
            let path = entry.unwrap().path();
            Some(path.file_stem()?.to_str()?.to_owned())
        })
        .collect()
}

#[track_caller]
fn assert_is_test(name: &str) {
    if let Some(verb) = name.strip_prefix("cargo xtask ") {
        let verbs = read("../xtask/src/main.rs");
        assert!(verbs.contains(&format!("name: \"{verb}\"")), "{name}");
        return;
    }
    let (module, function) = name.split_once("::").unwrap();
    let source = read(&format!("tests/it/{module}.rs"));
    let test = format!("#[test]\nfn {function}()");
    assert!(source.contains(&test), "there is no test {name}");
}

#[test]
fn every_line_of_the_python_readme_has_an_example_and_a_test() {
    let page = read("../docs/coming-from-python.md");
    let (_, table) = page
        .split_once("## The README of 1.0, line by line")
        .unwrap();
    let (examples, mut seen) = (examples(), 0);
    for row in rows(table, 3).iter().skip(1) {
        let example = names(row[1]);
        let prose = row[1].starts_with("every example")
            || row[1].starts_with("nothing")
            || row[1].starts_with("dropping")
            || row[1].starts_with('[');
        assert!(prose || !example.is_empty(), "no example: {row:?}");
        for name in example.into_iter().filter(|_| !row[1].starts_with('[')) {
            assert!(examples.contains(name), "there is no example {name}");
        }
        assert!(
            row[1].starts_with('[') || !row[2].is_empty(),
            "no test: {row:?}"
        );
        for name in names(row[2]) {
            assert_is_test(name);
        }
        seen += 1;
    }
    assert!(seen > 15, "the table has lost its rows");
}

#[test]
fn the_list_of_examples_is_whole() {
    let page = read("README.md");
    let mut listed = BTreeSet::new();
    for row in rows(&page, 3) {
        let [name] = names(row[0])[..] else { continue };
        listed.insert(name.to_owned());
        for test in names(row[2]) {
            assert_is_test(test);
        }
        assert!(!names(row[2]).is_empty(), "{name} has no test");
    }
    assert_eq!(listed, examples());
}

#[test]
fn every_example_says_how_to_run_it() {
    for name in examples() {
        let source = read(&format!("examples/{name}.rs"));
        let call = format!("//! $ cargo run -p cartesia-examples --example {name}");
        assert!(source.contains(&call), "{name} does not say how to run it");
    }
}

/// All source of the libraries.
fn source_of_libraries(folder: &Path, source: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            source_of_libraries(&path, source);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            source.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn the_counterparts_of_python_calls_exist() {
    let page = read("../docs/python-calls.md");
    let mut source = String::new();
    for library in [
        "cartesia",
        "cartesia-core",
        "cartesia-http",
        "cartesia-types",
        "cartesia-ws",
    ] {
        let folder = Path::new(FOLDER)
            .join("../crates")
            .join(library)
            .join("src");
        source_of_libraries(&folder, &mut source);
    }
    let mut seen = 0;
    for row in rows(&page, 2).iter().skip(1) {
        for code in names(row[1]) {
            // Every word before a parenthesis is a function.
            for (before, _) in code.match_indices('(').map(|(at, _)| code.split_at(at)) {
                let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_');
                let name = &before[start.map_or(0, |at| at + 1)..];
                if name.is_empty() {
                    continue;
                }
                let is_there = ["(", "<"]
                    .iter()
                    .any(|end| source.contains(&format!("fn {name}{end}")));
                assert!(is_there, "there is no {name}, which stands in {code:?}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "the tables have lost their rows");
}
