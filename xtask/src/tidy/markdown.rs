//! Documents as readers see them on a page that rustdoc did not render.
//!
//! Only tests need the renderer, so the commands of xtask are built without it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use pulldown_cmark::{BrokenLink, CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::{TextFile, Violation, text_files};
use crate::metadata::Metadata;

/// What the pages of a forge know beyond `CommonMark`.
const DIALECT: Options = Options::ENABLE_TABLES
    .union(Options::ENABLE_STRIKETHROUGH)
    .union(Options::ENABLE_TASKLISTS)
    .union(Options::ENABLE_GFM);

/// Everything in which a page is not what its author saw.
///
/// `anchors` has the headings of every page by path; `exists` tells of other files and folders.
fn check(
    file: &TextFile,
    anchors: &BTreeMap<String, BTreeSet<String>>,
    exists: impl Fn(&str) -> bool,
) -> Vec<Violation> {
    let text = &file.text;
    let line_at = |offset: usize| text[..offset].matches('\n').count() + 1;
    let mut violations = Vec::new();
    let mut broken = Vec::new();
    let mut fences = BTreeSet::new();
    let mut in_code = false;
    let mut columns = 0;
    let on_broken = |link: BrokenLink<'_>| {
        broken.push((link.span.start, link.reference.to_string()));
        None
    };
    let parser = Parser::new_with_broken_link_callback(text, DIALECT, Some(on_broken));
    for (event, range) in parser.into_offset_iter() {
        let line = line_at(range.start);
        match event {
            Event::Start(Tag::CodeBlock(kind)) => {
                in_code = true;
                if matches!(kind, CodeBlockKind::Fenced(_)) {
                    fences.insert(line);
                    // The last line is its other fence, if it has one.
                    let block = text[range].trim_end();
                    let last = block.lines().last().unwrap_or_default();
                    if block.lines().count() < 2 || !is_fence(last) {
                        let message = "a code block without an end";
                        violations.push(file.violation(line, "fence", message.to_owned()));
                    }
                    fences.insert(line + block.lines().count() - 1);
                }
            }
            Event::End(TagEnd::CodeBlock) => in_code = false,
            Event::Start(Tag::Table(alignments)) => columns = alignments.len(),
            Event::Start(Tag::TableHead | Tag::TableRow) => {
                let found = cells(&text[range]);
                if found != columns {
                    let message = format!("{found} cells in a table of {columns} columns");
                    violations.push(file.violation(line, "table", message));
                }
            }
            Event::Text(shown) if !in_code && shown.contains("|-") => {
                let message = "a table that is shown as text: it needs an empty line before it, \
                               and as many dashes as titles";
                violations.push(file.violation(line, "table", message.to_owned()));
            }
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                if let Some(problem) = dead(&file.path, &dest_url, anchors, &exists) {
                    violations.push(file.violation(line, "link", problem));
                }
            }
            _ => {}
        }
    }
    for (offset, reference) in broken {
        // Brackets that only look like a link are common; a name of Rust in them is meant as one.
        if reference.starts_with('`') {
            let message = format!("only rustdoc knows the link [{reference}]");
            violations.push(file.violation(line_at(offset), "link", message));
        }
    }
    for (number, line) in file.lines() {
        if is_fence(line) && !fences.contains(&number) {
            let message = "a fence that is shown as text: within HTML it needs an empty line \
                           before it";
            violations.push(file.violation(number, "fence", message.to_owned()));
        }
    }
    violations
}

fn is_fence(line: &str) -> bool {
    line.trim_start().starts_with("```")
}

/// The cells of a row of a table. A pipe within a cell has a backslash before it.
fn cells(row: &str) -> usize {
    let row = row.trim().replace("\\|", "");
    let row = row.strip_prefix('|').unwrap_or(&row);
    row.strip_suffix('|').unwrap_or(row).split('|').count()
}

/// What is wrong with a link within the repository.
fn dead(
    from: &str,
    target: &str,
    anchors: &BTreeMap<String, BTreeSet<String>>,
    exists: impl Fn(&str) -> bool,
) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = target.split_once('#').unwrap_or((target, ""));
    let path = match path {
        "" => from.to_owned(),
        path => resolve(from, path),
    };
    if !exists(&path) {
        return Some(format!("{target} leads to no file"));
    }
    let known = anchors.get(&path);
    if !anchor.is_empty() && !known.is_some_and(|known| known.contains(anchor)) {
        return Some(format!("{target} leads to no heading"));
    }
    None
}

/// `path` as it is meant in the file `from`.
fn resolve(from: &str, path: &str) -> String {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.trim_end_matches('/').split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// The anchors of a page's headings, as forges make them.
fn headings(text: &str) -> BTreeSet<String> {
    let mut anchors = BTreeSet::new();
    let mut title = None;
    for event in Parser::new_ext(text, DIALECT) {
        match event {
            Event::Start(Tag::Heading { .. }) => title = Some(String::new()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(title) = &mut title {
                    title.push_str(&part);
                }
            }
            Event::End(TagEnd::Heading(_)) => {
                let anchor = anchor(&title.take().unwrap_or_default());
                let again = (1..).map(|count| format!("{anchor}-{count}"));
                let mut names = std::iter::once(anchor.clone()).chain(again);
                names.find(|name| anchors.insert(name.clone()));
            }
            _ => {}
        }
    }
    anchors
}

fn anchor(title: &str) -> String {
    title
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

mod tests {
    use super::super::tests::{file, found};
    use super::*;

    fn violations(text: &str) -> Vec<Violation> {
        let anchors = BTreeMap::from([
            ("docs/a.md".to_owned(), headings(text)),
            ("README.md".to_owned(), headings("# A `b` title (1.0)\n")),
        ]);
        check(&file("docs/a.md", text), &anchors, |path| {
            ["docs/a.md", "README.md", "docs"].contains(&path)
        })
    }

    #[test]
    fn every_page_is_rendered_as_it_was_meant() {
        let metadata = Metadata::load().unwrap();
        let files = text_files(&metadata).unwrap();
        let pages: Vec<_> = files
            .iter()
            .filter(|file| Path::new(&file.path).extension().is_some_and(|e| e == "md"))
            .collect();
        assert!(pages.len() > 10, "{}", pages.len());
        let anchors = pages
            .iter()
            .map(|page| (page.path.clone(), headings(&page.text)))
            .collect();
        let exists = |path: &str| metadata.workspace_root.join(path).exists();
        let found: Vec<_> = pages
            .iter()
            .flat_map(|page| check(page, &anchors, exists))
            .map(|violation| violation.to_string())
            .collect();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }

    #[test]
    fn a_good_page_passes() {
        let text = "# Title\n\n[a](#title), [b](../README.md#a-b-title-10), [c](https://x.invalid/),\n\
                    [d](../docs), [brackets] and `[code]`\n\n| a | b |\n|---|---|\n| 1 | `x\\|y` |\n\n\
                    <table><tr><td>\n\n```rust\n# [`no`] |--|\n```\n\n</td></tr></table>\n";
        assert_eq!(violations(text), []);
    }

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let text = "[a](#gone)\n[b](../gone.md)\n[c](../README.md#gone)\n[`Only::rustdoc`]\n\
                    [d](crate_name::Path)\n![e](gone.svg)\n";
        let lines: Vec<_> = found(&violations(text)).into_iter().collect();
        let mut numbers: Vec<_> = lines.iter().map(|(line, _)| *line).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn fences_that_are_text_are_found() {
        let within_html = "<table><tr><td>\n```rust\nlet a;\n```\n</td></tr></table>\n";
        assert_eq!(
            found(&violations(within_html)),
            [(2, "fence"), (4, "fence")]
        );
        assert_eq!(found(&violations("```sh\nls\n")), [(1, "fence")]);
    }

    #[test]
    fn tables_that_are_not_are_found() {
        let columns = "| a | b |\n|---|---|\n| 1 | 2 | 3 |\n";
        assert_eq!(found(&violations(columns)), [(3, "table")]);
        let dashes = "| a | b |\n|---|\n";
        assert_eq!(found(&violations(dashes)), [(2, "table")]);
    }

    #[test]
    fn headings_have_the_anchors_of_a_forge() {
        let text = "# What `it` does (1.0)\n## Same\n## Same\n";
        let expected = ["same", "same-1", "what-it-does-10"].map(str::to_owned);
        assert_eq!(headings(text), BTreeSet::from(expected));
    }
}
