//! `datasets`.

use cartesia::ApiVersion;
use cartesia::Upload;
use cartesia::dataset::{CreateDatasetRequest, Dataset, UpdateDatasetRequest};

use crate::args::DatasetsVerb;
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

pub(crate) async fn run(global: &Global, verb: DatasetsVerb) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let datasets = client.datasets();
    match verb {
        DatasetsVerb::List(listing) => {
            let page = show::fetch(global, &listing, |request| datasets.list(request)).await?;
            show::page(
                global,
                &page,
                ["ID", "NAME", "CREATED AT", "DESCRIPTION"],
                |dataset| {
                    [
                        dataset.id.to_string(),
                        dataset.name.clone(),
                        show::text(dataset.created_at.as_ref()),
                        show::text(dataset.description.as_ref()),
                    ]
                },
            )
        }
        DatasetsVerb::Get { id } => {
            let dataset = with_timeout!(datasets.get(id), global).await?;
            show_one(global, &dataset)
        }
        DatasetsVerb::Create { name, description } => {
            let mut request = CreateDatasetRequest::without_description(name);
            // Later versions want one, the first does not know it.
            let wanted = client.api_version() >= ApiVersion::V2025_04_16;
            request.description = description.or(wanted.then(String::new));
            let dataset = with_timeout!(datasets.create(request), global).await?;
            show_one(global, &dataset)
        }
        DatasetsVerb::Update {
            id,
            name,
            description,
        } => {
            // The service takes both or nothing.
            let (name, description) = match (name, description) {
                (Some(name), Some(description)) => (name, description),
                (name, description) => {
                    let old = with_timeout!(datasets.get(id.as_str()), global).await?;
                    let kept = old.description.unwrap_or_default();
                    (name.unwrap_or(old.name), description.unwrap_or(kept))
                }
            };
            let request = UpdateDatasetRequest::new(name, description);
            with_timeout!(datasets.update(id.as_str(), request), global).await?;
            show::done(global, &format!("{id} is changed."));
            Ok(())
        }
        DatasetsVerb::Delete { id } => {
            with_timeout!(datasets.delete(id.as_str()), global).await?;
            show::done(global, &format!("{id} is deleted."));
            Ok(())
        }
        DatasetsVerb::Files { id, listing } => {
            let call = |request| datasets.files(id, request);
            let page = show::fetch(global, &listing, call).await?;
            show::page(
                global,
                &page,
                ["ID", "SIZE", "CREATED AT", "FILE"],
                |file| {
                    [
                        file.id.to_string(),
                        show::text(file.size.as_ref()),
                        show::text(file.created_at.as_ref()),
                        file.filename.clone(),
                    ]
                },
            )
        }
        DatasetsVerb::Upload { id, file, purpose } => {
            let is_empty = std::fs::metadata(&file)
                .map_err(|error| Failure::file("read", &file, &error))
                .map(|metadata| metadata.is_file() && metadata.len() == 0)?;
            if is_empty {
                return Err(Failure::usage(format!("{} is empty", file.display())));
            }
            let sent = format!("{} is sent.", file.display());
            let call = datasets.upload_file(id, Upload::from_path(file), purpose);
            with_timeout!(call, global).await?;
            show::done(global, &sent);
            Ok(())
        }
        DatasetsVerb::DeleteFile { id, file_id } => {
            with_timeout!(datasets.delete_file(id, file_id.as_str()), global).await?;
            show::done(global, &format!("{file_id} is deleted."));
            Ok(())
        }
    }
}

fn show_one(global: &Global, dataset: &Dataset) -> Result<(), Failure> {
    let fields = [
        ("id", dataset.id.to_string()),
        ("name", dataset.name.clone()),
        ("description", show::text(dataset.description.as_ref())),
        ("created at", show::text(dataset.created_at.as_ref())),
    ];
    show::one(global, dataset, &fields)
}
