//! `agents folders …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use cartesia::Agents;
use cartesia::agent::{CreateFolderRequest, Folder, FolderId, UpdateFolderRequest};
use clap::Subcommand;

use crate::args::Listing;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

#[derive(Debug, Subcommand)]
pub(crate) enum FoldersVerb {
    /// List folders
    List(Listing),
    /// Show one folder
    Get {
        /// The folder
        folder: FolderId,
    },
    /// Create a folder
    Create {
        /// Its name
        name: String,
        /// The folder that it is in [default: none]
        #[arg(long, value_name = "ID")]
        parent: Option<FolderId>,
    },
    /// Rename or move a folder
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// The folder
        folder: FolderId,
        /// Its new name
        #[arg(long, group = "change")]
        name: Option<String>,
        /// The folder that it is moved into
        #[arg(long, value_name = "ID", group = "change")]
        parent: Option<FolderId>,
    },
    /// Delete a folder
    Delete {
        /// The folder
        folder: FolderId,
    },
}

pub(super) async fn run(
    agents: &Agents,
    global: &Global,
    verb: FoldersVerb,
) -> Result<(), Failure> {
    let folders = agents.folders();
    let call = match verb {
        FoldersVerb::List(listing) => {
            let page = show::fetch(global, &listing, |page| folders.list(page)).await?;
            return show::page(global, &page, ["ID", "PARENT", "DOCUMENTS", "NAME"], row);
        }
        FoldersVerb::Delete { folder } => {
            return Ok(with_timeout!(folders.delete(folder), global).await?);
        }
        FoldersVerb::Get { folder } => folders.get(folder),
        FoldersVerb::Create { name, parent } => {
            let mut request = CreateFolderRequest::new(name);
            request.parent_id = parent;
            folders.create(request)
        }
        FoldersVerb::Update {
            folder,
            name,
            parent,
        } => {
            let mut request = UpdateFolderRequest::new();
            request.name = name;
            request.parent_id = parent;
            folders.update(folder, request)
        }
    };
    let folder = with_timeout!(call, global).await?;
    let [id, parent, documents, name] = row(&folder);
    show::one(
        global,
        &folder,
        &[
            ("id", id),
            ("name", name),
            ("parent", parent),
            ("documents", documents),
            ("agents", folder.agents.len().to_string()),
            ("created at", show::text(folder.created_at.as_ref())),
        ],
    )
}

fn row(folder: &Folder) -> [String; 4] {
    [
        folder.id.to_string(),
        show::text(folder.parent_id.as_ref()),
        folder.documents.len().to_string(),
        folder.name.clone(),
    ]
}
