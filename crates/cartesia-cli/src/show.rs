//! Shared by the verbs: fetching lists, and showing results.

use cartesia::http::ListCall;
use cartesia::{ListRequest, Page};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::Listing;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::{print, table};

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
        return print::json(page);
    }
    let rows: Vec<[String; N]> = page.data.iter().map(row).collect();
    table::print(head, &rows)?;
    if page.has_more {
        print::note("There are more; `--all` shows them.");
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
        print::json(value)
    } else {
        table::print_fields(fields)
    }
}

/// Reports the result to people; programs use the exit code.
pub(crate) fn done(global: &Global, what: &str) {
    if !global.json {
        print::note(what);
    }
}

/// An optional value as text.
pub(crate) fn text(value: Option<&impl ToString>) -> String {
    value.map(ToString::to_string).unwrap_or_default()
}
