//! What callers make, list, change and delete, kept in memory.

use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::hash;
use crate::rejection::{Rejection, shortened};

const LIMITS: RangeInclusive<usize> = 1..=100;

/// Something that can be found again.
pub(crate) trait Kept {
    fn id(&self) -> &str;
}

/// Something that is JSON already.
impl Kept for Value {
    fn id(&self) -> &str {
        self["id"].as_str().unwrap_or_default()
    }
}

/// Things in the order in which they were made.
#[derive(Debug)]
pub(crate) struct Collection<T> {
    items: Mutex<Vec<T>>,
    made: AtomicU64,
}

impl<T> Default for Collection<T> {
    fn default() -> Self {
        Self::of(Vec::new())
    }
}

impl<T> Collection<T> {
    pub(crate) fn of(items: Vec<T>) -> Self {
        Self {
            items: Mutex::new(items),
            made: AtomicU64::new(0),
        }
    }

    /// Identifier and time of what is made next: never the same twice, but the same in every run.
    pub(crate) fn next(&self, prefix: &str) -> (String, String) {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        let id = hash::stable(&[prefix.as_bytes(), &number.to_le_bytes()]);
        let (minute, second) = (number / 60 % 60, number % 60);
        (
            format!("{prefix}_{id:016x}"),
            format!("2026-09-02T12:{minute:02}:{second:02}Z"),
        )
    }

    fn locked<R>(&self, work: impl FnOnce(&mut Vec<T>) -> R) -> R {
        work(&mut self.items.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn add(&self, item: T) {
        self.locked(|items| items.push(item));
    }
}

impl<T: Kept> Collection<T> {
    /// Reads or changes one; `None` when there is no such one.
    pub(crate) fn with<R>(&self, id: &str, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        self.locked(|items| items.iter_mut().find(|item| item.id() == id).map(work))
    }

    /// Whether there was such one.
    pub(crate) fn remove(&self, id: &str) -> bool {
        self.locked(|items| {
            let before = items.len();
            items.retain(|item| item.id() != id);
            items.len() < before
        })
    }

    /// A page of those that pass the filter.
    pub(crate) fn page(
        &self,
        paging: &Paging,
        filter: impl Fn(&T) -> bool,
        render: impl FnMut(&T) -> Value,
    ) -> Result<Value, Rejection> {
        self.locked(|items| {
            let found: Vec<&T> = items.iter().filter(|item| filter(item)).collect();
            paging.page(&found, render)
        })
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
    /// Reads `limit`, `starting_after` and `ending_before`; other names are somebody else's.
    pub(crate) fn read(query: &[(String, String)]) -> Result<Self, Rejection> {
        Self::read_with(query, 10, |value| {
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
        let text = |wanted| {
            let pair = query.iter().find(|(name, _)| name == wanted);
            pair.map(|(_, value)| value.clone())
        };
        let paging = Self {
            limit: text("limit").map_or(Ok(default), |value| limit(&value))?,
            starting_after: text("starting_after"),
            ending_before: text("ending_before"),
        };
        if paging.starting_after.is_some() && paging.ending_before.is_some() {
            let message = "`starting_after` and `ending_before` exclude each other";
            return Err(Rejection::bad_request(message));
        }
        Ok(paging)
    }

    pub(crate) fn page<T: Kept>(
        &self,
        all: &[&T],
        mut render: impl FnMut(&T) -> Value,
    ) -> Result<Value, Rejection> {
        let index = |cursor: &String| {
            let found = all.iter().position(|item| item.id() == cursor);
            found.ok_or_else(|| {
                let cursor = shortened(cursor);
                Rejection::bad_request(format!("the cursor {cursor:?} is not in this list"))
            })
        };
        let (mut start, mut end) = (0, all.len());
        if let Some(cursor) = &self.starting_after {
            start = index(cursor)? + 1;
        }
        if let Some(cursor) = &self.ending_before {
            end = index(cursor)?;
        }
        let has_more = end - start > self.limit;
        let backwards = self.ending_before.is_some();
        if has_more && backwards {
            start = end - self.limit;
        } else if has_more {
            end = start + self.limit;
        }
        let page = &all[start..end];
        let outermost = if backwards { page.first() } else { page.last() };
        let next = outermost.filter(|_| has_more).map(|item| item.id());
        let data: Vec<Value> = page.iter().map(|item| render(item)).collect();
        Ok(json!({"data": data, "has_more": has_more, "next_page": next}))
    }
}

/// Refuses a path that the version does not have.
pub(crate) fn since(first: ApiVersion, version: ApiVersion) -> Result<(), Rejection> {
    if version >= first {
        Ok(())
    } else {
        let message = format!("there is no such path at version {version}");
        Err(Rejection::not_found(message))
    }
}
