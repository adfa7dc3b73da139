//! Folders of the documents that agents know.

use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::OPERATIONS;
use crate::fields::Fields;
use crate::rejection::Rejection;
use crate::resource::{Changes, Kind, Operation, Resource, Scope, Tables, strings};

/// The largest depth of nested folders.
const LEVELS: usize = 3;

pub(crate) struct Folder;

impl Resource for Folder {
    const KIND: Kind = Kind::Folder;

    fn first_version(_: Operation) -> ApiVersion {
        OPERATIONS
    }

    fn create(
        scope: Scope<'_>,
        tables: &mut Tables,
        fields: &Fields<'_>,
    ) -> Result<Value, Rejection> {
        let name = fields.required("name", name(fields)?)?;
        let parent = fields.string("parent_id")?;
        if let Some(parent) = parent {
            Self::check(tables, parent, scope.version)?;
            if path_to(tables, parent).len() >= LEVELS {
                return Err(too_deep(fields));
            }
        }
        check_siblings(tables, None, name, parent)?;
        Ok(json!({"parent_id": parent, "name": name, "created_at": null}))
    }

    fn update(
        scope: Scope<'_>,
        tables: &mut Tables,
        id: &str,
        fields: &Fields<'_>,
    ) -> Result<Changes, Rejection> {
        let parent = fields.string("parent_id")?;
        if let Some(parent) = parent {
            Self::check(tables, parent, scope.version)?;
            let path = path_to(tables, parent);
            if path.iter().any(|folder| folder == id) {
                return Err(fields.refuse("parent_id", "must not be in the folder itself"));
            }
            if path.len() + height(tables, id) > LEVELS {
                return Err(too_deep(fields));
            }
        }
        let before = tables[Kind::Folder].get(id)?;
        let name = name(fields)?.or(before["name"].as_str());
        let parent = parent.or(before["parent_id"].as_str());
        check_siblings(tables, Some(id), name.unwrap_or_default(), parent)?;
        strings(fields, &["name", "parent_id"])
    }

    /// Deletes all that is in it, too.
    fn deleted(tables: &mut Tables, id: &str) {
        let mut gone = vec![id.to_owned()];
        let mut next = 0;
        while let Some(parent) = gone.get(next).cloned() {
            let folders = &mut tables[Kind::Folder].items;
            let inside = folders.extract_if(.., |folder| folder["parent_id"] == *parent);
            gone.extend(inside.filter_map(|folder| Some(folder["id"].as_str()?.to_owned())));
            let documents = &mut tables[Kind::Document].items;
            documents.retain(|document| document["folder_id"] != *parent);
            next += 1;
        }
    }

    /// With the documents in it. Agents of this server do not use them.
    fn show(tables: &Tables, mut folder: Value, _: ApiVersion) -> Value {
        let documents = tables[Kind::Document].items.iter();
        let inside: Vec<Value> = documents
            .filter(|document| document["folder_id"] == folder["id"])
            .map(|document| json!({"id": document["id"], "name": document["name"]}))
            .collect();
        folder["agents"] = json!([]);
        folder["documents"] = json!(inside);
        folder
    }

    fn unknown(id: &str, _: ApiVersion) -> Rejection {
        Self::KIND.unknown(id).coded("kb_folder_not_found")
    }
}

/// The folder and those that it is in, inmost first.
fn path_to(tables: &Tables, id: &str) -> Vec<String> {
    let parent = |id: &String| {
        let folder = tables[Kind::Folder].find(id)?;
        folder["parent_id"].as_str().map(str::to_owned)
    };
    std::iter::successors(Some(id.to_owned()), parent).collect()
}

/// The number of levels of a folder and the folders in it.
fn height(tables: &Tables, id: &str) -> usize {
    let folders = tables[Kind::Folder].items.iter();
    folders
        .filter_map(|folder| {
            let path = path_to(tables, folder["id"].as_str()?);
            path.iter().position(|one| one == id).map(|level| level + 1)
        })
        .max()
        .unwrap_or(1)
}

fn check_siblings(
    tables: &Tables,
    own: Option<&str>,
    name: &str,
    parent: Option<&str>,
) -> Result<(), Rejection> {
    let taken = tables[Kind::Folder].items.iter().any(|folder| {
        folder["id"].as_str() != own
            && folder["parent_id"].as_str() == parent
            && folder["name"] == name
    });
    if taken {
        return Err(Rejection::conflict("a folder beside it has this name"));
    }
    Ok(())
}

fn too_deep(fields: &Fields<'_>) -> Rejection {
    let what = format!("would make folders more than {LEVELS} levels deep");
    fields.refuse("parent_id", &what)
}

fn name<'a>(fields: &Fields<'a>) -> Result<Option<&'a str>, Rejection> {
    let name = fields.string("name")?;
    if name.is_some_and(str::is_empty) {
        return Err(fields.refuse("name", "must not be empty"));
    }
    Ok(name)
}
