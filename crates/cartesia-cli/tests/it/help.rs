//! Help and manual pages, as they are shown.

use crate::support::{program, run};

#[test]
fn the_help_has_groups_and_the_flags_of_all_verbs_apart() {
    let folder = tempfile::tempdir().unwrap();
    for flag in ["-h", "--help", "help"] {
        let mut command = program(folder.path());
        command.env("COLUMNS", "80");
        let ran = run(command, [flag]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let help = ran.stdout_text();
        let at = |part: &str| help.find(part).unwrap_or_else(|| panic!("{part}: {help}"));
        assert!(at("Speak and listen:") < at("\n  speak "));
        assert!(at("\n  voices ") < at("This machine:"));
        assert!(at("\n  api ") < at("Global options:"));
        assert!(at("Global options:") < at("--base-url"));
        let widest = help.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(80), "{help}");
    }
}

#[test]
fn every_verb_has_a_manual_page() {
    let folder = tempfile::tempdir().unwrap();
    let ran = run(program(folder.path()), ["man", "--folder", "man1"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let pages: Vec<_> = std::fs::read_dir(folder.path().join("man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    for name in [
        "cartesia-rs.1",
        "cartesia-rs-speak.1",
        "cartesia-rs-voices-play.1",
    ] {
        assert!(pages.iter().any(|page| page == name), "{name}: {pages:?}");
    }
    assert!(
        !pages
            .iter()
            .any(|page| page.contains("complete.1") || page.contains("-help"))
    );

    let page = run(program(folder.path()), ["man", "voices", "play"]);
    let file = folder.path().join("man1/cartesia-rs-voices-play.1");
    assert_eq!(page.stdout, std::fs::read(file).unwrap());
    assert!(page.stdout_text().contains(".SH OPTIONS"));
    assert_eq!(
        run(program(folder.path()), ["man", "nonsense"]).code,
        Some(2)
    );
}
