//! `files`: what the service keeps.

use std::path::{Path, PathBuf};

use cartesia::file::{CreateFileLinkRequest, ListFilesRequest, StoredFile};
use cartesia::types::Page;
use cartesia::{Client, FileId};

use crate::args::{FilesList, FilesVerb};
use crate::connect::{self, with_timeout};
use crate::download;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;
use crate::upload;
use crate::{file_names, print};

pub(crate) async fn run(global: &Global, verb: FilesVerb) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let files = client.files();
    match verb {
        FilesVerb::List(list) => print_page(global, &fetch(&client, global, list).await?),
        FilesVerb::Upload { file, purpose } => {
            let upload = upload::open(global, &file)?;
            let kept = with_timeout!(files.upload(upload, purpose), global).await?;
            print_file(global, &kept)
        }
        FilesVerb::Info { id } => {
            let file = with_timeout!(files.info(id), global).await?;
            print_file(global, &file)
        }
        FilesVerb::Download { id, output } => save(&client, global, id, output).await,
        FilesVerb::Link { id, lifetime } => {
            let mut request = CreateFileLinkRequest::new(id);
            request.lifetime = lifetime;
            let link = with_timeout!(files.link(request), global).await?;
            show::one(global, &link, &[("link", link.url.clone())])
        }
        FilesVerb::Delete { id } => {
            with_timeout!(files.delete(id.clone()), global).await?;
            if !global.json {
                print::note(&format!("{id} is deleted."));
            }
            Ok(())
        }
    }
}

async fn fetch(
    client: &Client,
    global: &Global,
    list: FilesList,
) -> Result<Page<StoredFile>, Failure> {
    let mut request = ListFilesRequest::new();
    request.page.limit = list.limit;
    request.purpose = list.purpose;
    request.search = list.search;
    if list.all {
        request.page.limit.get_or_insert(100);
        let items = with_timeout!(client.files().list(request), global).items();
        return Ok(Page::new(items.collect().await?, false));
    }
    Ok(with_timeout!(client.files().list(request), global).await?)
}

/// Writes the content to a file or to stdout.
async fn save(
    client: &Client,
    global: &Global,
    id: FileId,
    output: Option<PathBuf>,
) -> Result<(), Failure> {
    output.as_deref().map_or(Ok(()), file_names::check)?;
    let output = if let Some(output) = output {
        output
    } else {
        let info = with_timeout!(client.files().info(id.clone()), global).await?;
        own_name(&info)?
    };
    let content = with_timeout!(client.files().download(id), global).await?;
    if let Some(bytes) = download::write(global, content, &output).await?
        && !global.json
    {
        print::note(&format!("{}: {bytes} bytes", output.display()));
    }
    Ok(())
}

/// A new file in this folder, named as the service names it.
fn own_name(file: &StoredFile) -> Result<PathBuf, Failure> {
    let names = [file.filename.as_deref(), Some(file.id.as_str())];
    let name = names.into_iter().flatten().find_map(file_names::clean);
    let name =
        name.ok_or_else(|| Failure::usage("the file has no usable name: choose one with -o"))?;
    Ok(file_names::free(Path::new(&name)))
}

fn print_page(global: &Global, page: &Page<StoredFile>) -> Result<(), Failure> {
    let head = ["ID", "SIZE", "PURPOSE", "CREATED AT", "NAME"];
    show::page(global, page, head, row)
}

fn print_file(global: &Global, file: &StoredFile) -> Result<(), Failure> {
    let names = ["id", "size", "purpose", "created at", "name"];
    let fields: Vec<_> = names.into_iter().zip(row(file)).collect();
    show::one(global, file, &fields)
}

fn row(file: &StoredFile) -> [String; 5] {
    [
        file.id.to_string(),
        show::text(file.size.as_ref()),
        show::text(file.purpose.as_ref()),
        show::text(file.created_at.as_ref()),
        show::text(file.filename.as_ref()),
    ]
}
