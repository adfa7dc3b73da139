//! What the server knows of agents. It starts the same in every run.

use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use super::seed;
use crate::hash;
use crate::page::{Page, Paging};
use crate::rejection::{Rejection, shortened};

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
    pub(super) managed: Table,
    pub(super) managed_versions: Table,
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

    /// Sets fields of the object, as of `now`, and gives it as it then is.
    pub(super) fn change<N: Into<String>>(
        &mut self,
        what: &str,
        id: &str,
        now: String,
        changes: impl IntoIterator<Item = (N, Value)>,
    ) -> Result<Value, Rejection> {
        let item = self.get_mut(what, id)?;
        for (name, value) in changes {
            item[name.into()] = value;
        }
        item["updated_at"] = Value::from(now);
        Ok(item.clone())
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
    ) -> Result<Page<Value>, Rejection> {
        let page = Paging::read(query)?.page(&self.0, wanted, |id| unknown("item", id))?;
        Ok(page.map(Value::clone))
    }
}

pub(super) fn unknown(what: &str, id: &str) -> Rejection {
    Rejection::not_found(format!("there is no {what} {:?}", shortened(id)))
}
