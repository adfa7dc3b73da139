//! What the server knows of agents. It starts the same in every run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::seed;
use crate::hash;
use crate::rejection::{Rejection, shortened};

const DEFAULT_LIMIT: usize = 10;
const LIMITS: std::ops::RangeInclusive<usize> = 1..=100;

/// The agents of a server, and everything that belongs to them.
#[derive(Debug)]
pub(crate) struct Agents(Mutex<Tables>);

impl Agents {
    pub(super) fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Agents {
    fn default() -> Self {
        Self(Mutex::new(seed::tables()))
    }
}

/// Objects as they are shown, in the order in which they are listed.
#[derive(Debug, Default)]
pub(super) struct Tables {
    pub(super) agents: Table,
    pub(super) templates: Table,
    pub(super) numbers: Table,
    pub(super) providers: Table,
    pub(super) calls: Table,
    pub(super) metrics: Table,
    pub(super) results: Table,
    pub(super) deployments: Table,
    pub(super) webhooks: Table,
    pub(super) batches: Table,
    pub(super) folders: Table,
    pub(super) documents: Table,
    /// Which metrics (second) are asked of which agents' calls (first).
    pub(super) attached: Vec<(String, String)>,
    pub(super) made: u64,
}

impl Tables {
    /// An identifier that was not given before.
    pub(super) fn next_id(&mut self, kind: &str) -> String {
        self.made += 1;
        let number = hash::stable(&[kind.as_bytes(), &self.made.to_be_bytes()]);
        format!("{kind}_{number:016x}")
    }

    /// A time that is later than all before. It is no clock's: runs are to be the same.
    pub(super) fn next_time(&mut self) -> String {
        self.made += 1;
        let (minutes, seconds) = (self.made / 60 % 60, self.made % 60);
        let hours = self.made / 3_600 % 24;
        format!("2026-09-01T{hours:02}:{minutes:02}:{seconds:02}Z")
    }
}

/// Objects with an `id`.
#[derive(Debug, Default)]
pub(super) struct Table(pub(super) Vec<Value>);

impl Table {
    pub(super) fn find(&self, id: &str) -> Option<&Value> {
        self.0.iter().find(|item| item["id"] == id)
    }

    /// The object, or 404 with `what` it is.
    pub(super) fn get(&self, what: &str, id: &str) -> Result<&Value, Rejection> {
        self.find(id).ok_or_else(|| unknown(what, id))
    }

    pub(super) fn get_mut(&mut self, what: &str, id: &str) -> Result<&mut Value, Rejection> {
        let found = self.0.iter_mut().find(|item| item["id"] == id);
        found.ok_or_else(|| unknown(what, id))
    }

    pub(super) fn remove(&mut self, what: &str, id: &str) -> Result<Value, Rejection> {
        let index = self.0.iter().position(|item| item["id"] == id);
        let index = index.ok_or_else(|| unknown(what, id))?;
        Ok(self.0.remove(index))
    }

    /// The page that the query asks for, out of the objects that `wanted` keeps.
    pub(super) fn page(
        &self,
        query: &[(String, String)],
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Page, Rejection> {
        let limit = parameter(query, "limit").map_or(Ok(DEFAULT_LIMIT), limit)?;
        let after = parameter(query, "starting_after");
        let before = parameter(query, "ending_before");
        let index = |id: &str| {
            let index = self.0.iter().position(|item| item["id"] == id);
            index.ok_or_else(|| unknown("item", id))
        };
        let candidates = match (after, before) {
            (Some(_), Some(_)) => {
                let message = "`starting_after` and `ending_before` exclude each other";
                return Err(Rejection::bad_request(message));
            }
            (Some(id), None) => &self.0[index(id)? + 1..],
            (None, Some(id)) => &self.0[..index(id)?],
            (None, None) => &self.0[..],
        };
        let mut data: Vec<Value> = candidates
            .iter()
            .filter(|item| wanted(item))
            .cloned()
            .collect();
        let has_more = data.len() > limit;
        let outermost = if before.is_some() {
            data.drain(..data.len().saturating_sub(limit));
            data.first()
        } else {
            data.truncate(limit);
            data.last()
        };
        let next = outermost
            .filter(|_| has_more)
            .map(|item| item["id"].clone());
        Ok(Page {
            data,
            has_more,
            next: next.unwrap_or(Value::Null),
        })
    }
}

/// One page of a list.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) data: Vec<Value>,
    has_more: bool,
    pub(super) next: Value,
}

impl Page {
    pub(super) fn into_json(self) -> Value {
        json!({"data": self.data, "has_more": self.has_more, "next_page": self.next})
    }
}

pub(super) fn parameter<'a>(query: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let found = query.iter().find(|(known, _)| known == name);
    found.map(|(_, value)| value.as_str())
}

pub(super) fn unknown(what: &str, id: &str) -> Rejection {
    Rejection::not_found(format!("there is no {what} {:?}", shortened(id)))
}

fn limit(text: &str) -> Result<usize, Rejection> {
    let number = text.parse().ok().filter(|limit| LIMITS.contains(limit));
    number.ok_or_else(|| {
        let text = shortened(text);
        Rejection::bad_request(format!(
            "`limit` must be a number from 1 to 100, not {text:?}"
        ))
    })
}
