//! Pages of lists, by cursor and limit.

use std::ops::RangeInclusive;

use serde::Serialize;
use serde_json::Value;

use crate::middleware::parameter;
use crate::rejection::{Rejection, shortened};

const DEFAULT_LIMIT: usize = 10;
const LIMITS: RangeInclusive<usize> = 1..=100;

/// Something that a cursor can name.
pub(crate) trait Kept {
    fn id(&self) -> &str;
}

impl Kept for Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

/// Which part of a list is asked for.
#[derive(Debug)]
pub(crate) struct Paging {
    limit: usize,
    starting_after: Option<String>,
    ending_before: Option<String>,
}

impl Paging {
    /// Reads `limit`, `starting_after` and `ending_before`; other names belong to other parameters.
    pub(crate) fn read(query: &[(String, String)]) -> Result<Self, Rejection> {
        Self::read_with(query, DEFAULT_LIMIT, |value| {
            let limit = value.parse().ok().filter(|limit| LIMITS.contains(limit));
            limit.ok_or_else(|| {
                let value = shortened(value);
                Rejection::bad_request(format!(
                    "`limit` must be a number from 1 to 100, not {value:?}"
                ))
            })
        })
    }

    /// As [`read`](Self::read), with a default and a rule for `limit`.
    pub(crate) fn read_with(
        query: &[(String, String)],
        default: usize,
        limit: impl Fn(&str) -> Result<usize, Rejection>,
    ) -> Result<Self, Rejection> {
        let paging = Self {
            limit: parameter(query, "limit").map_or(Ok(default), limit)?,
            starting_after: parameter(query, "starting_after").map(str::to_owned),
            ending_before: parameter(query, "ending_before").map(str::to_owned),
        };
        if paging.starting_after.is_some() && paging.ending_before.is_some() {
            let message = "`starting_after` and `ending_before` exclude each other";
            return Err(Rejection::bad_request(message));
        }
        Ok(paging)
    }

    /// The part of `all` that is asked for, out of what is wanted. The cursor may be something that
    /// is not wanted; one that is not in `all` is refused as `missing` says.
    pub(crate) fn page<'a, T: Kept + 'a>(
        &self,
        all: impl IntoIterator<Item = &'a T>,
        wanted: impl Fn(&T) -> bool,
        missing: impl Fn(&str) -> Rejection,
    ) -> Result<Page<&'a T>, Rejection> {
        let all: Vec<&T> = all.into_iter().collect();
        let index = |cursor: &String| {
            let found = all.iter().position(|item| item.id() == cursor);
            found.ok_or_else(|| missing(cursor))
        };
        let candidates = match (&self.starting_after, &self.ending_before) {
            (Some(cursor), _) => &all[index(cursor)? + 1..],
            (None, Some(cursor)) => &all[..index(cursor)?],
            (None, None) => &all[..],
        };
        let candidates = candidates.iter().copied();
        let mut data: Vec<&T> = candidates.filter(|item| wanted(item)).collect();
        let has_more = data.len() > self.limit;
        let outermost = if self.ending_before.is_some() {
            data.drain(..data.len().saturating_sub(self.limit));
            data.first()
        } else {
            data.truncate(self.limit);
            data.last()
        };
        let next = outermost.filter(|_| has_more);
        let next = next.map(|item| item.id().to_owned());
        Ok(Page {
            data,
            has_more,
            next,
        })
    }
}

/// Refuses a cursor as a bad request; some lists have an answer of their own.
pub(crate) fn not_in_list(cursor: &str) -> Rejection {
    let cursor = shortened(cursor);
    Rejection::bad_request(format!("the cursor {cursor:?} is not in this list"))
}

/// One page of a list.
#[derive(Debug, Serialize)]
pub(crate) struct Page<T> {
    pub(crate) data: Vec<T>,
    has_more: bool,
    #[serde(rename = "next_page")]
    pub(crate) next: Option<String>,
}

impl<T> Page<T> {
    /// The same page with every item as something else.
    pub(crate) fn map<U>(self, work: impl FnMut(T) -> U) -> Page<U> {
        Page {
            data: self.data.into_iter().map(work).collect(),
            has_more: self.has_more,
            next: self.next,
        }
    }
}
