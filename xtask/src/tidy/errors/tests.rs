use super::super::tests::file;
use super::*;

const KIND_SOURCE: &str = "pub enum ErrorKind {\n    /// A deadline passed.\n    Timeout,\n    /// Not decodable.\n    \
                           Decode,\n}\nimpl ErrorKind {\n    pub const fn advice(self) -> Option<&'static str> {\n        \
                           Some(match self {\n            Self::Timeout => \"try again\",\n            _ => return None,\n        \
                           })\n    }\n}\n";

fn page_of(source: &str) -> String {
    page(&[
        file(KINDS, KIND_SOURCE),
        file("crates/cartesia-ws/src/a.rs", source),
    ])
}

/// The rows of the tables of errors, without their sources.
fn rows_of(source: &str) -> Vec<String> {
    let page = page_of(source);
    let errors = page.split("## Reasons").next().unwrap_or_default();
    errors
        .lines()
        .filter_map(|line| line.strip_suffix(" | `cartesia-ws/src/a.rs` |"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn messages_are_found_where_they_stand() {
    let source = "const CALL: &str = \"stt.live\";\n\
                  fn f(operation: &'static str) {\n\
                  \x20   Error::new(ErrorKind::Timeout, \"tts.sse\", \"no audio \\\n        came\");\n\
                  \x20   Error::new(ErrorKind::Timeout, CALL, format!(\"no {what} came\"));\n\
                  \x20   Error::new(ErrorKind::Decode, operation, error.to_string());\n\
                  }\n";
    assert_eq!(
        rows_of(source),
        [
            "| `stt.live` | no {what} came",
            "| `tts.sse` | no audio came",
            "| call | *Reason*"
        ]
    );
}

#[test]
fn messages_are_found_in_variables_and_in_the_arguments_of_callers() {
    let source = "fn f() {\n\
                  \x20   let message = match x {\n        1 => \"one is wrong\",\n        _ => \"all is wrong\",\n    };\n\
                  \x20   Error::new(ErrorKind::Decode, \"a\", message);\n\
                  }\n\
                  fn g() { refuse(ErrorKind::Timeout, \"too late\") }\n\
                  fn refuse(kind: ErrorKind, why: &str) { Error::new(kind, \"b\", why) }\n\
                  fn h() {\n\
                  \x20   let invalid = |why: String| Error::new(ErrorKind::Decode, \"c\", why);\n\
                  \x20   invalid(\"not a number\")\n\
                  }\n";
    assert_eq!(
        rows_of(source),
        [
            "| `b` | too late",
            "| `a` | one is wrong<br>all is wrong",
            "| `c` | not a number"
        ]
    );
}

#[test]
fn messages_are_found_behind_patterns() {
    let source = "fn f() {\n\
                  \x20   let refused = if a {\n        Some((ErrorKind::Timeout, \"too late\"))\n    } else if b {\n\
                  \x20       let message = \"in use by another\";\n\
                  \x20       Some((ErrorKind::Decode, message))\n    } else {\n        None\n    };\n\
                  \x20   if let Some((kind, message)) = refused {\n        Error::new(kind, \"a\", message);\n    }\n\
                  }\n";
    assert_eq!(
        rows_of(source),
        ["| `a` (Decode, Timeout) | too late<br>in use by another"]
    );
}

#[test]
fn kinds_have_their_meaning_and_advice() {
    let page = page_of("fn f() { Error::new(ErrorKind::Timeout, \"a\", \"too late\") }\n");
    assert!(
        page.contains("## Timeout\n\nA deadline passed.\n**What to do:** try again.\n"),
        "{page}"
    );
    assert!(!page.contains("## Decode"), "{page}");
}

#[test]
fn texts_of_invalid_values_are_listed() {
    let source = "impl fmt::Display for InvalidSpec {\n    fn fmt(&self) { f.write_str(\"the speed | is wrong\") }\n}\n";
    let page = page_of(source);
    assert!(
        page.contains("| `InvalidSpec` | the speed \\| is wrong |"),
        "{page}"
    );
}

#[test]
fn tests_and_other_errors_are_left_out() {
    let source = "fn f() { io::Error::new(ErrorKind::Decode, \"x\", \"other\") }\n\
                  // Error::new(ErrorKind::Decode, \"x\", \"comment\")\n\
                  #[cfg(test)]\nmod tests {\n    fn g() { Error::new(ErrorKind::Decode, \"x\", \"test\") }\n}\n";
    assert_eq!(rows_of(source), [""; 0]);
}

#[test]
fn a_stale_page_is_a_violation() {
    let source = file(KINDS, KIND_SOURCE);
    let stale = check(&[source]);
    assert_eq!(stale.len(), 1);
    let current = file(PAGE, &page(&[file(KINDS, KIND_SOURCE)]));
    assert_eq!(check(&[file(KINDS, KIND_SOURCE), current]), []);
}
