//! `fine-tunes`.

use cartesia::fine_tune::{CreateFineTuneRequest, FineTune};

use crate::args::FineTunesVerb;
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

pub(crate) async fn run(global: &Global, verb: FineTunesVerb) -> Result<(), Failure> {
    let fine_tunes = connect::client(global)?.fine_tunes();
    match verb {
        FineTunesVerb::List(listing) => {
            let page = show::fetch(global, &listing, |request| fine_tunes.list(request)).await?;
            let head = ["ID", "NAME", "STATUS", "LANGUAGE", "MODEL", "DATASET"];
            show::page(global, &page, head, |fine_tune| {
                [
                    fine_tune.id.to_string(),
                    fine_tune.name.clone(),
                    show::text(fine_tune.status.as_ref()),
                    show::text(fine_tune.language.as_ref()),
                    show::text(fine_tune.model_id.as_ref()),
                    show::text(fine_tune.dataset.as_ref()),
                ]
            })
        }
        FineTunesVerb::Get { id } => {
            let fine_tune = with_timeout!(fine_tunes.get(id), global).await?;
            show_one(global, &fine_tune)
        }
        FineTunesVerb::Create {
            name,
            dataset,
            language,
            model,
            description,
            accent,
        } => {
            let mut request = CreateFineTuneRequest::new(name, dataset, language, model)
                .with_description(description);
            request.accent = accent;
            let fine_tune = with_timeout!(fine_tunes.create(request), global).await?;
            show_one(global, &fine_tune)
        }
        FineTunesVerb::Delete { id } => {
            with_timeout!(fine_tunes.delete(id.as_str()), global).await?;
            show::done(global, &format!("{id} is deleted."));
            Ok(())
        }
        FineTunesVerb::Voices { id, listing } => {
            let call = |request| fine_tunes.voices(id, request);
            let page = show::fetch(global, &listing, call).await?;
            show::page(
                global,
                &page,
                ["ID", "NAME", "LANGUAGE", "DESCRIPTION"],
                |voice| {
                    [
                        voice.id.to_string(),
                        voice.name.clone(),
                        show::text(voice.language.as_ref()),
                        voice.description.clone(),
                    ]
                },
            )
        }
    }
}

fn show_one(global: &Global, fine_tune: &FineTune) -> Result<(), Failure> {
    let fields = [
        ("id", fine_tune.id.to_string()),
        ("name", fine_tune.name.clone()),
        ("description", fine_tune.description.clone()),
        ("status", show::text(fine_tune.status.as_ref())),
        ("language", show::text(fine_tune.language.as_ref())),
        ("model", show::text(fine_tune.model_id.as_ref())),
        ("dataset", show::text(fine_tune.dataset.as_ref())),
        ("accent", show::text(fine_tune.accent.as_ref())),
    ];
    show::one(global, fine_tune, &fields)
}
