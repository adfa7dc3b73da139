//! `voices accents` and `voices locales`.

use cartesia::voice::ListAccentsRequest;
use cartesia::{Client, Language, Locale};

use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

pub(crate) async fn list(
    client: &Client,
    global: &Global,
    language: Option<Language>,
    locale: Option<Locale>,
) -> Result<(), Failure> {
    let mut request = ListAccentsRequest::new();
    request.language = language;
    request.locale = locale;
    let page = with_timeout!(client.accents().list(request), global).await?;
    let head = ["ID", "LOCALE", "LOCALIZABLE", "NAME"];
    show::page(global, &page, head, |accent| {
        let target = match accent.is_localizable {
            Some(true) => "yes",
            Some(false) => "no",
            None => "",
        };
        [
            accent.id.to_string(),
            show::text(accent.locale.as_ref()),
            target.to_owned(),
            show::text(accent.name.as_ref()),
        ]
    })
}

pub(crate) async fn locales(client: &Client, global: &Global) -> Result<(), Failure> {
    let page = with_timeout!(client.locales().list(), global).await?;
    show::page(global, &page, ["LOCALE", "NAME", "ACCENTS"], |locale| {
        let accents: Vec<_> = locale.accent_ids().map(|id| id.to_string()).collect();
        [
            locale.locale.to_string(),
            show::text(locale.display_name.as_ref()),
            accents.join(", "),
        ]
    })
}
