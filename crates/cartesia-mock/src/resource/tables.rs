//! The storage of the objects of all resources. A server starts with the same objects in every run.

use std::ops::{Index, IndexMut};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};

use super::samples::sample;
use crate::page::{Page, Paging, not_in_list};
use crate::rejection::{Rejection, shortened};
use crate::{account, agents, hash};

/// The kinds of objects, each with a table of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Agent,
    Template,
    PhoneNumber,
    Provider,
    Call,
    Batch,
    Metric,
    MetricResult,
    Deployment,
    Webhook,
    Folder,
    Document,
    ManagedAgent,
    ManagedVersion,
    Dataset,
    DatasetFile,
    FineTune,
    Dictionary,
    User,
    Invite,
}

impl Kind {
    pub(crate) const ALL: [Self; 20] = [
        Self::Agent,
        Self::Template,
        Self::PhoneNumber,
        Self::Provider,
        Self::Call,
        Self::Batch,
        Self::Metric,
        Self::MetricResult,
        Self::Deployment,
        Self::Webhook,
        Self::Folder,
        Self::Document,
        Self::ManagedAgent,
        Self::ManagedVersion,
        Self::Dataset,
        Self::DatasetFile,
        Self::FineTune,
        Self::Dictionary,
        Self::User,
        Self::Invite,
    ];

    /// The singular in messages, the prefix of identifiers, and the plural.
    fn names(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Agent => ("agent", "agent", "agents"),
            Self::Template => ("template", "template", "templates"),
            Self::PhoneNumber => ("phone number", "ap", "phone_numbers"),
            Self::Provider => ("provider", "provider", "providers"),
            Self::Call => ("call", "ac", "calls"),
            Self::Batch => ("call batch", "acb", "call_batches"),
            Self::Metric => ("metric", "metric", "metrics"),
            Self::MetricResult => ("result", "result", "metric_results"),
            Self::Deployment => ("deployment", "deployment", "deployments"),
            Self::Webhook => ("webhook", "webhook", "webhooks"),
            Self::Folder => ("folder", "folder", "folders"),
            Self::Document => ("document", "document", "documents"),
            Self::ManagedAgent => ("managed agent", "agent", "managed_agents"),
            Self::ManagedVersion => ("version", "version", "managed_versions"),
            Self::Dataset => ("dataset", "dataset", "datasets"),
            Self::DatasetFile => ("file of a dataset", "dataset_file", "dataset_files"),
            Self::FineTune => ("fine-tune", "ftune", "fine_tunes"),
            Self::Dictionary => ("pronunciation dictionary", "pdict", "pronunciation_dicts"),
            Self::User => ("user", "user", "users"),
            Self::Invite => ("invite", "invite", "invites"),
        }
    }

    pub(crate) fn prefix(self) -> &'static str {
        self.names().1
    }

    pub(crate) fn plural(self) -> &'static str {
        self.names().2
    }

    /// The kind of this plural.
    pub(crate) fn named(plural: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.plural() == plural)
    }

    /// 404 for an identifier that is not in the table.
    pub(crate) fn unknown(self, id: &str) -> Rejection {
        let name = self.names().0;
        Rejection::not_found(format!("there is no {name} {:?}", shortened(id)))
    }
}

/// The objects of a server.
#[derive(Debug)]
pub(crate) struct Objects(Mutex<Tables>);

impl Default for Objects {
    /// The initial objects of a server.
    fn default() -> Self {
        let mut tables = Tables::default();
        agents::add_to(&mut tables);
        account::add_to(&mut tables);
        Self(Mutex::new(tables))
    }
}

impl Objects {
    pub(crate) fn lock(&self) -> MutexGuard<'_, Tables> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A table for each kind.
#[derive(Debug)]
pub(crate) struct Tables {
    by_kind: [Table; Kind::ALL.len()],
    /// Which metrics (second) are attached to which agents (first).
    pub(crate) attached: Vec<(String, String)>,
    made: u64,
}

impl Default for Tables {
    fn default() -> Self {
        Self {
            by_kind: Kind::ALL.map(|kind| Table {
                kind,
                items: Vec::new(),
            }),
            attached: Vec::new(),
            made: 0,
        }
    }
}

impl Index<Kind> for Tables {
    type Output = Table;

    fn index(&self, kind: Kind) -> &Table {
        &self.by_kind[kind as usize]
    }
}

impl IndexMut<Kind> for Tables {
    fn index_mut(&mut self, kind: Kind) -> &mut Table {
        &mut self.by_kind[kind as usize]
    }
}

impl Tables {
    /// A number that was not given before, the same in every run.
    pub(crate) fn next_number(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// An identifier that was not given before.
    pub(crate) fn next_id(&mut self, prefix: &str) -> String {
        let number = hash::stable(&[prefix.as_bytes(), &self.next_number().to_be_bytes()]);
        format!("{prefix}_{number:016x}")
    }

    /// A time that is later than all before. No clock is read, so that runs are the same.
    pub(crate) fn next_time(&mut self) -> String {
        let made = self.next_number();
        let (hours, minutes, seconds) = (made / 3_600 % 24, made / 60 % 60, made % 60);
        format!("2026-09-01T{hours:02}:{minutes:02}:{seconds:02}Z")
    }

    /// Adds an object at the end of its table. Sets `id`, and those of `created_at` and `updated_at` that it
    /// has.
    pub(crate) fn add(&mut self, kind: Kind, mut item: Value) -> Value {
        let now = self.next_time();
        item["id"] = self.next_id(kind.prefix()).into();
        for name in ["created_at", "updated_at"] {
            if item.get(name).is_some() {
                item[name] = now.as_str().into();
            }
        }
        self[kind].items.push(item.clone());
        item
    }

    /// Adds an object with this identifier unless it exists.
    pub(crate) fn ensure(&mut self, kind: Kind, id: &str) {
        if self[kind].find(id).is_none() {
            self.put(kind, id, &Map::new());
        }
    }

    /// Adds an example with this identifier and these fields, in place of the object that has it.
    pub(crate) fn put(&mut self, kind: Kind, id: &str, fields: &Map<String, Value>) {
        let mut item = sample(kind);
        for (name, value) in fields {
            item[name.as_str()] = value.clone();
        }
        item["id"] = id.into();
        let items = &mut self[kind].items;
        match items.iter_mut().find(|item| item["id"] == id) {
            Some(found) => *found = item,
            None => items.push(item),
        }
    }

    /// Sets fields of an object, and its `updated_at` if it has one. Returns the changed object.
    pub(crate) fn change(
        &mut self,
        kind: Kind,
        id: &str,
        changes: Map<String, Value>,
    ) -> Result<Value, Rejection> {
        let now = self.next_time();
        let item = self[kind].get_mut(id)?;
        for (name, value) in changes {
            item[name] = value;
        }
        if item.get("updated_at").is_some() {
            item["updated_at"] = now.into();
        }
        Ok(item.clone())
    }
}

/// Objects with an `id`, in the order in which they are listed.
#[derive(Debug)]
pub(crate) struct Table {
    kind: Kind,
    pub(crate) items: Vec<Value>,
}

impl Table {
    pub(crate) fn find(&self, id: &str) -> Option<&Value> {
        self.items.iter().find(|item| item["id"] == id)
    }

    pub(crate) fn get(&self, id: &str) -> Result<&Value, Rejection> {
        self.find(id).ok_or_else(|| self.kind.unknown(id))
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Result<&mut Value, Rejection> {
        let found = self.items.iter_mut().find(|item| item["id"] == id);
        found.ok_or_else(|| self.kind.unknown(id))
    }

    pub(crate) fn remove(&mut self, id: &str) -> Result<Value, Rejection> {
        let index = self.items.iter().position(|item| item["id"] == id);
        let index = index.ok_or_else(|| self.kind.unknown(id))?;
        Ok(self.items.remove(index))
    }

    /// The requested page of the objects that `wanted` keeps.
    pub(crate) fn page(
        &self,
        query: &[(String, String)],
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Page<Value>, Rejection> {
        self.page_with(&Paging::read(query)?, wanted)
    }

    pub(crate) fn page_with(
        &self,
        paging: &Paging,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Page<Value>, Rejection> {
        let page = paging.page(&self.items, wanted, not_in_list)?;
        Ok(page.map(Value::clone))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_table() {
        for (index, kind) in Kind::ALL.into_iter().enumerate() {
            assert_eq!((kind as usize, Tables::default()[kind].kind), (index, kind));
        }
    }
}
