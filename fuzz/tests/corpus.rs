//! Everything that was found before is tried again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder that can be read");
    entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let targets: BTreeSet<String> = fuzz::TARGETS
        .iter()
        .map(|target| target.name.to_owned())
        .collect();
    assert_eq!(targets, names(&corpus()));
}

#[test]
fn nothing_of_the_corpus_fails_nor_any_start_of_it() {
    for target in fuzz::TARGETS {
        let folder = corpus().join(target.name);
        let files = names(&folder);
        assert!(!files.is_empty(), "{}", target.name);
        for file in files {
            let data = std::fs::read(folder.join(&file)).unwrap();
            // Many small steps at the start, where headers are, and fewer later.
            let lengths = (0..data.len()).filter(|length| *length < 256 || length % 97 == 0);
            for length in lengths.chain([data.len()]) {
                (target.run)(&data[..length]);
            }
        }
    }
}
