//! What callers make, list, change and delete, kept in memory.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use crate::hash;
use crate::page::{self, Paging};
use crate::rejection::Rejection;

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
            let page = paging.page(items.iter(), filter, page::not_in_list)?;
            Ok(json!(page.map(render)))
        })
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
