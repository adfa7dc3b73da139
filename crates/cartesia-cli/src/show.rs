//! What the verbs have in common: fetching lists, and showing what came.

use std::io::{self, Write as _};

use cartesia::http::ListCall;
use cartesia::{ListRequest, Page};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{Global, Listing};
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::table;

/// Fetches one page, or all of them as one.
pub(crate) async fn fetch<T>(
    global: &Global,
    listing: &Listing,
    call: impl FnOnce(ListRequest) -> ListCall<T>,
) -> Result<Page<T>, Failure>
where
    T: DeserializeOwned + cartesia::types::Identified + Send + Unpin + 'static,
{
    let mut request = ListRequest::new();
    request.limit = listing.limit.or(listing.all.then_some(100));
    let call = with_timeout!(call(request), global);
    if listing.all {
        return Ok(Page::new(call.items().collect().await?, false));
    }
    Ok(call.await?)
}

/// Shows a page: JSON for programs, a table for people.
pub(crate) fn page<T: Serialize, const N: usize>(
    global: &Global,
    page: &Page<T>,
    head: [&str; N],
    row: impl Fn(&T) -> [String; N],
) -> Result<(), Failure> {
    if global.json {
        return json(page);
    }
    let rows: Vec<[String; N]> = page
        .data
        .iter()
        .map(|item| row(item).map(|cell| one_line(&cell)))
        .collect();
    let mut out = io::stdout().lock();
    table::write(&mut out, head, &rows).map_err(|error| Failure::stdout(&error))?;
    if page.has_more {
        eprintln!("There are more; `--all` shows them.");
    }
    Ok(())
}

/// Shows one thing: JSON for programs, its fields for people. Empty fields are left out.
pub(crate) fn one(
    global: &Global,
    value: &impl Serialize,
    fields: &[(&str, String)],
) -> Result<(), Failure> {
    if global.json {
        json(value)
    } else {
        self::fields(fields)
    }
}

/// One line for each field that has a value.
pub(crate) fn fields(fields: &[(&str, String)]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "{name:12} {}", one_line(value)).map_err(|error| Failure::stdout(&error))?;
    }
    Ok(())
}

/// Tells people what happened; programs have the exit code.
pub(crate) fn done(global: &Global, what: &str) {
    if !global.json {
        eprintln!("{what}");
    }
}

pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)
        .map_err(io::Error::from)
        .and_then(|()| writeln!(out))
        .map_err(|error| Failure::stdout(&error))
}

/// What may be absent, as text.
pub(crate) fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}

/// A table has one line per row, whatever somebody wrote into a description.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
