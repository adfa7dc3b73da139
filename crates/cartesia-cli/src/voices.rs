//! `voices list` and `voices get`.

use std::io::{self, Write as _};

use cartesia::Voice;
use cartesia::voice::{VoiceListRequest, VoicePage};
use serde::Serialize;

use crate::args::{Global, VoicesList, VoicesVerb};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::table;

pub(crate) async fn run(global: &Global, verb: VoicesVerb) -> Result<(), Failure> {
    let client = connect::client(global)?;
    match verb {
        VoicesVerb::List(list) => {
            let page = fetch(&client, global, list).await?;
            if global.json {
                print_json(&page)
            } else {
                print_table(&page)
            }
        }
        VoicesVerb::Get { voice } => {
            let id = connect::find_voice(&client, global, &voice).await?;
            let voice = with_timeout!(client.voices().get(id), global).await?;
            if global.json {
                print_json(&voice)
            } else {
                print_voice(&voice)
            }
        }
    }
}

async fn fetch(
    client: &cartesia::Client,
    global: &Global,
    list: VoicesList,
) -> Result<VoicePage, Failure> {
    let mut request = VoiceListRequest::new();
    request.limit = list.limit;
    request.search = list.search;
    request.language = list.language;
    request.gender = list.gender;
    request.is_owner = list.mine.then_some(true);
    if list.all {
        return Ok(VoicePage::new(
            connect::all_voices(client, global, request).await?,
            false,
        ));
    }
    Ok(with_timeout!(client.voices().list(request), global).await?)
}

fn print_table(page: &VoicePage) -> Result<(), Failure> {
    let rows: Vec<[String; 4]> = page
        .data
        .iter()
        .map(|voice| {
            let language = voice
                .language
                .as_ref()
                .map_or(String::new(), ToString::to_string);
            [
                voice.id.to_string(),
                one_line(&voice.name),
                language,
                one_line(&voice.description),
            ]
        })
        .collect();
    let mut out = io::stdout().lock();
    table::write(&mut out, ["ID", "NAME", "LANGUAGE", "DESCRIPTION"], &rows)
        .map_err(|error| Failure::stdout(&error))?;
    if page.has_more {
        eprintln!("There are more; `--all` shows them.");
    }
    Ok(())
}

fn print_voice(voice: &Voice) -> Result<(), Failure> {
    let text = |value: Option<&dyn ToString>| value.map(ToString::to_string).unwrap_or_default();
    let locales: Vec<&str> = voice
        .locales
        .iter()
        .map(|locale| locale.locale.as_str())
        .collect();
    let fields = [
        ("id", voice.id.to_string()),
        ("name", one_line(&voice.name)),
        ("tagline", voice.tagline.clone().unwrap_or_default()),
        ("description", one_line(&voice.description)),
        (
            "language",
            text(voice.language.as_ref().map(|value| value as _)),
        ),
        ("locales", locales.join(", ")),
        (
            "gender",
            text(voice.gender.as_ref().map(|value| value as _)),
        ),
        ("accent", voice.accent.clone().unwrap_or_default()),
        (
            "access",
            text(voice.access.as_ref().map(|value| value as _)),
        ),
        (
            "created at",
            text(voice.created_at.as_ref().map(|value| value as _)),
        ),
        (
            "embedding",
            voice.embedding.as_ref().map_or(String::new(), |embedding| {
                format!("{} numbers (--json shows them)", embedding.as_slice().len())
            }),
        ),
    ];
    let mut out = io::stdout().lock();
    for (name, value) in fields.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(out, "{name:12} {value}").map_err(|error| Failure::stdout(&error))?;
    }
    Ok(())
}

pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    serde_json::to_writer(&mut out, value)
        .map_err(io::Error::from)
        .and_then(|()| writeln!(out))
        .map_err(|error| Failure::stdout(&error))
}

/// A table has one line per row, whatever somebody wrote into a description.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
