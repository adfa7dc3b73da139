//! `dicts`: pronunciation dictionaries.

use cartesia::pronunciation::{
    CreatePronunciationDictRequest, PronunciationDict, PronunciationItem,
    UpdatePronunciationDictRequest,
};
use serde::Deserialize;

use crate::args::{DictsVerb, Items};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

pub(crate) async fn run(global: &Global, verb: DictsVerb) -> Result<(), Failure> {
    let dicts = connect::client(global)?.pronunciation_dicts();
    match verb {
        DictsVerb::List(listing) => {
            let page = show::fetch(global, &listing, |request| dicts.list(request)).await?;
            show::page(
                global,
                &page,
                ["ID", "NAME", "ITEMS", "CREATED AT"],
                |dict| {
                    [
                        dict.id.to_string(),
                        dict.name.clone(),
                        dict.items.len().to_string(),
                        show::text(dict.created_at.as_ref()),
                    ]
                },
            )
        }
        DictsVerb::Get { id } => {
            let dict = with_timeout!(dicts.get(id), global).await?;
            show_one(global, &dict)
        }
        DictsVerb::Create { name, items } => {
            let mut request = CreatePronunciationDictRequest::new(name);
            request.items = read(items)?;
            let dict = with_timeout!(dicts.create(request), global).await?;
            show_one(global, &dict)
        }
        DictsVerb::Update { id, name, items } => {
            let mut request = UpdatePronunciationDictRequest::new();
            request.name = name;
            request.items = read(items)?;
            if request == UpdatePronunciationDictRequest::new() {
                return Err(Failure::usage(
                    "give what to change: --name, --item or --from",
                ));
            }
            let dict = with_timeout!(dicts.update(id, request), global).await?;
            show_one(global, &dict)
        }
        DictsVerb::Delete { id } => {
            with_timeout!(dicts.delete(id.as_str()), global).await?;
            show::done(global, &format!("{id} is deleted."));
            Ok(())
        }
        DictsVerb::Pin { id } => {
            with_timeout!(dicts.pin(id.as_str()), global).await?;
            show::done(global, &format!("{id} is pinned."));
            Ok(())
        }
        DictsVerb::Unpin { id } => {
            with_timeout!(dicts.unpin(id.as_str()), global).await?;
            show::done(global, &format!("{id} is not pinned any more."));
            Ok(())
        }
    }
}

fn show_one(global: &Global, dict: &PronunciationDict) -> Result<(), Failure> {
    let mut fields = vec![
        ("id", dict.id.to_string()),
        ("name", dict.name.clone()),
        ("pinned", show::text(dict.pinned.as_ref())),
        ("created at", show::text(dict.created_at.as_ref())),
    ];
    for item in &dict.items {
        let replacement = item.replacement().unwrap_or_default();
        let case = if item.case_sensitive == Some(true) {
            " (case-sensitive)"
        } else {
            ""
        };
        fields.push(("item", format!("{} = {replacement}{case}", item.text)));
    }
    show::one(global, dict, &fields)
}

/// The items of the flags; `None` when there are none.
fn read(items: Items) -> Result<Option<Vec<PronunciationItem>>, Failure> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum File {
        Items(Vec<PronunciationItem>),
        Dictionary { items: Vec<PronunciationItem> },
    }
    let Some(path) = items.from else {
        return Ok(Some(items.items).filter(|items| !items.is_empty()));
    };
    let text = std::fs::read(&path).map_err(|error| Failure::file("read", &path, &error))?;
    match serde_json::from_slice(&text) {
        Ok(File::Items(items) | File::Dictionary { items }) => Ok(Some(items)),
        Err(_) => Err(Failure::usage(format!(
            "{} has no items: it must be [{{\"text\": \"…\", \"alias\": \"…\"}}]",
            path.display()
        ))),
    }
}
