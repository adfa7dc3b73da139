//! `agents documents …`.

#![allow(
    clippy::doc_markdown,
    reason = "these comments are the help text, read in a terminal"
)]

use std::path::{Path, PathBuf};

use cartesia::agent::{
    CreateDocumentRequest, CreateDocumentsRequest, Document, DocumentId, FolderId,
    UpdateDocumentRequest,
};
use cartesia::{Agents, Page};
use clap::Subcommand;

use crate::args::Listing;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::print;
use crate::show;

#[derive(Debug, Subcommand)]
pub(crate) enum DocumentsVerb {
    /// List documents
    List(Listing),
    /// Show one document, and its text
    Get {
        /// The document
        document: DocumentId,
    },
    /// Add text files to a folder; each becomes a document with the name of the file
    Add {
        /// The folder
        folder: FolderId,
        /// The files, at most 100, each of at most 1 MB
        #[arg(required = true, num_args = 1..=100, value_name = "FILE")]
        files: Vec<PathBuf>,
    },
    /// Rename or move a document, or give it another text
    #[command(group = clap::ArgGroup::new("change").required(true).multiple(true))]
    Update {
        /// The document
        document: DocumentId,
        /// Its new name
        #[arg(long, group = "change")]
        name: Option<String>,
        /// A file with its new text
        #[arg(long, value_name = "FILE", group = "change")]
        file: Option<PathBuf>,
        /// The folder that it is moved into
        #[arg(long, value_name = "ID", group = "change")]
        folder: Option<FolderId>,
    },
    /// Delete a document
    Delete {
        /// The document
        document: DocumentId,
    },
}

const HEAD: [&str; 3] = ["ID", "FOLDER", "NAME"];

pub(super) async fn run(
    agents: &Agents,
    global: &Global,
    verb: DocumentsVerb,
) -> Result<(), Failure> {
    let documents = agents.documents();
    match verb {
        DocumentsVerb::List(listing) => {
            let page = show::fetch(global, &listing, |page| documents.list(page)).await?;
            show::page(global, &page, HEAD, row)
        }
        DocumentsVerb::Get { document } => {
            let document = with_timeout!(documents.get(document), global).await?;
            one(global, &document)?;
            match &document.content {
                Some(text) if !global.json => print::block(&format!("\n{}", text.trim_end())),
                _ => Ok(()),
            }
        }
        DocumentsVerb::Add { folder, files } => {
            let request = |file: &PathBuf| {
                let mut request = CreateDocumentRequest::new(&folder, read(file)?);
                let name = file.file_name();
                request.name = name.map(|name| name.to_string_lossy().into_owned());
                Ok(request)
            };
            let mut requests: Vec<_> = files.iter().map(request).collect::<Result<_, Failure>>()?;
            if requests.len() == 1
                && let Some(request) = requests.pop()
            {
                let call = documents.create(request);
                return one(global, &with_timeout!(call, global).await?);
            }
            let call = documents.create_all(CreateDocumentsRequest::new(requests));
            let made = with_timeout!(call, global).await?;
            show::page(global, &Page::new(made, false), HEAD, row)
        }
        DocumentsVerb::Update {
            document,
            name,
            file,
            folder,
        } => {
            let mut request = UpdateDocumentRequest::new();
            request.name = name;
            request.content = file.as_deref().map(read).transpose()?;
            request.folder_id = folder;
            let call = documents.update(document, request);
            one(global, &with_timeout!(call, global).await?)
        }
        DocumentsVerb::Delete { document } => {
            Ok(with_timeout!(documents.delete(document), global).await?)
        }
    }
}

fn row(document: &Document) -> [String; 3] {
    [
        document.id.to_string(),
        show::text(document.folder_id.as_ref()),
        show::text(document.name.as_ref()),
    ]
}

fn one(global: &Global, document: &Document) -> Result<(), Failure> {
    let [id, folder, name] = row(document);
    show::one(
        global,
        document,
        &[
            ("id", id),
            ("name", name),
            ("folder", folder),
            ("created at", show::text(document.created_at.as_ref())),
            ("updated at", show::text(document.updated_at.as_ref())),
        ],
    )
}

/// A text of a document; the service refuses an empty one.
fn read(path: &Path) -> Result<String, Failure> {
    let text =
        std::fs::read_to_string(path).map_err(|error| Failure::file("read", path, &error))?;
    if text.is_empty() {
        return Err(Failure::usage(format!("{} is empty", path.display())));
    }
    Ok(text)
}
