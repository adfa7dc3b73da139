//! `voices accents` and `voices locales`.

use std::io;

use cartesia::voice::AccentListRequest;
use cartesia::{Client, Language, Locale};

use crate::args::Global;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::show;
use crate::table;

pub(crate) async fn list(
    client: &Client,
    global: &Global,
    language: Option<Language>,
    locale: Option<Locale>,
) -> Result<(), Failure> {
    let mut request = AccentListRequest::new();
    request.language = language;
    request.locale = locale;
    let page = with_timeout!(client.accents().list(request), global).await?;
    if global.json {
        return show::json(&page);
    }
    let rows: Vec<_> = page
        .data
        .iter()
        .map(|accent| {
            let locale = accent.locale.as_ref().map(Locale::as_str);
            let target = match accent.is_localizable {
                Some(true) => "yes",
                Some(false) => "no",
                None => "",
            };
            [
                accent.id.to_string(),
                locale.unwrap_or_default().to_owned(),
                target.to_owned(),
                show::one_line(accent.name.as_deref().unwrap_or_default()),
            ]
        })
        .collect();
    let head = ["ID", "LOCALE", "LOCALIZABLE", "NAME"];
    table::write(&mut io::stdout().lock(), head, &rows).map_err(|error| Failure::stdout(&error))
}

pub(crate) async fn locales(client: &Client, global: &Global) -> Result<(), Failure> {
    let page = with_timeout!(client.locales().list(), global).await?;
    if global.json {
        return show::json(&page);
    }
    let rows: Vec<_> = page
        .data
        .iter()
        .map(|locale| {
            let accents: Vec<_> = locale.accent_ids().map(|id| id.to_string()).collect();
            [
                locale.locale.to_string(),
                show::one_line(locale.display_name.as_deref().unwrap_or_default()),
                accents.join(", "),
            ]
        })
        .collect();
    let head = ["LOCALE", "NAME", "ACCENTS"];
    table::write(&mut io::stdout().lock(), head, &rows).map_err(|error| Failure::stdout(&error))
}
