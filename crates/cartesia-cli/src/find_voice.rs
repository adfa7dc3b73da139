//! Voices by their names.

use cartesia::voice::ListVoicesRequest;
use cartesia::{ApiVersion, Client, ErrorKind, Voice, VoiceId};

use crate::args::VoiceName;
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::global::Global;
use crate::{print, table};

/// Names that a mistyped one is compared with, at most.
const COMPARED: usize = 1_000;
/// Names that are suggested.
const SUGGESTIONS: usize = 3;
/// Instead of a name: which voices are there?
const CHOOSE: &str = "?";
/// The least similarity of a suggested name; 1 is equal.
const ALIKE: f64 = 0.8;

/// The voice of this id, or the only one of this name (in any case).
pub(crate) async fn find_voice(
    client: &Client,
    global: &Global,
    voice: &VoiceName,
) -> Result<VoiceId, Failure> {
    let wanted = voice.0.as_str();
    if is_uuid(wanted) {
        return Ok(VoiceId::from(wanted));
    }
    if wanted == CHOOSE {
        return choose(client, global).await;
    }
    let mut request = ListVoicesRequest::new();
    let is_searched = client.api_version() >= ApiVersion::V2025_11_04;
    if is_searched {
        request = request.with_search(wanted);
    }
    let mut found = all_voices(client, global, request).await?;
    let others = if is_searched {
        Vec::new()
    } else {
        found.clone()
    };
    found.retain(|voice| is_named(&voice.name, wanted));
    match found.as_slice() {
        [voice] => Ok(voice.id.clone()),
        [] => {
            let others = if is_searched {
                // The names help, and their absence is no other failure.
                some_voices(client, global).await.unwrap_or_default()
            } else {
                others
            };
            let names = others.iter().map(|voice| voice.name.as_str());
            Err(Failure::of(
                ErrorKind::NotFound,
                format!(
                    "there is no voice named {wanted:?}{}; see `cartesia-rs voices list`",
                    did_you_mean(wanted, names)
                ),
            ))
        }
        several => {
            let ids: Vec<&str> = several.iter().map(|voice| voice.id.as_str()).collect();
            Err(Failure::usage(format!(
                "several voices are named {wanted:?}; choose one by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

/// Lists the voices, and lets a person at a terminal choose one by its number or name.
async fn choose(client: &Client, global: &Global) -> Result<VoiceId, Failure> {
    let voices = some_voices(client, global).await?;
    let rows: Vec<[String; 4]> = (1..)
        .zip(&voices)
        .map(|(number, voice)| {
            let language = voice.language.as_ref().map(ToString::to_string);
            let description = voice.description.clone();
            let number = number.to_string();
            [
                number,
                voice.name.clone(),
                language.unwrap_or_default(),
                description,
            ]
        })
        .collect();
    // If audio goes to stdout, the table must not.
    let shown = table::text(["", "NAME", "LANGUAGE", "DESCRIPTION"], &rows);
    print::note(shown.trim_end());
    if global.json || !print::can_ask() {
        return Err(Failure::usage(
            "choose one of these voices with --voice NAME",
        ));
    }
    let answer = print::ask("Which voice, by its number or name? ");
    let by_number = answer.parse().ok().and_then(|number: usize| {
        let index = number.checked_sub(1)?;
        voices.get(index)
    });
    let chosen = by_number.or_else(|| voices.iter().find(|it| is_named(&it.name, &answer)));
    match chosen {
        Some(voice) => Ok(voice.id.clone()),
        None => Err(Failure::usage("no voice was chosen")),
    }
}

/// The voices of all pages.
pub(crate) async fn all_voices(
    client: &Client,
    global: &Global,
    request: ListVoicesRequest,
) -> Result<Vec<Voice>, Failure> {
    let call = with_timeout!(client.voices().list(paged(client, request)), global);
    Ok(call.items().collect().await?)
}

/// The voices of the first pages.
pub(crate) async fn some_voices(client: &Client, global: &Global) -> Result<Vec<Voice>, Failure> {
    let request = paged(client, ListVoicesRequest::new());
    let mut items = with_timeout!(client.voices().list(request), global).items();
    let mut voices = Vec::new();
    while voices.len() < COMPARED
        && let Some(voice) = items.next_item().await?
    {
        voices.push(voice);
    }
    Ok(voices)
}

/// The first version has no pages.
fn paged(client: &Client, mut request: ListVoicesRequest) -> ListVoicesRequest {
    if client.api_version() >= ApiVersion::V2024_11_13 {
        request.limit.get_or_insert(100);
    }
    request
}

/// Suggests similar names, as the rest of a sentence.
pub(crate) fn did_you_mean<'a>(wanted: &str, names: impl Iterator<Item = &'a str>) -> String {
    let wanted = wanted.to_lowercase();
    let mut alike: Vec<(f64, &str)> = names
        .map(|name| {
            let lower = name.to_lowercase();
            // Before version 2026-03-01 the tagline is a part of the name.
            let bare = lower.split(" - ").next().unwrap_or_default();
            let parts = bare.split_whitespace().chain([bare]);
            let likeness = parts.map(|part| strsim::jaro_winkler(&wanted, part));
            (likeness.fold(0.0, f64::max), name)
        })
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    alike.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    alike.dedup_by_key(|(_, name)| *name);
    let names: Vec<String> = alike
        .iter()
        .take(SUGGESTIONS)
        .map(|(_, name)| format!("{name:?}"))
        .collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!(" (did you mean {}?)", names.join(" or ")),
    }
}

/// Whether a voice goes by this name, in any case. Before version 2026-03-01 its tagline is a part of
/// the name: `Katie - Friendly Fixer`.
fn is_named(name: &str, wanted: &str) -> bool {
    let (name, wanted) = (name.to_lowercase(), wanted.to_lowercase());
    name == wanted
        || name
            .strip_prefix(&wanted)
            .is_some_and(|rest| rest.starts_with(" - "))
}

pub(crate) fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistyped_names_are_suggested() {
        let names = ["Katie", "Skylar", "Barbershop Man", "Kate - Calm", "日本語"];
        for (wanted, suggestions) in [
            ("Kati", " (did you mean \"Katie\" or \"Kate - Calm\"?)"),
            ("skyler", " (did you mean \"Skylar\"?)"),
            ("barbershop", " (did you mean \"Barbershop Man\"?)"),
            ("Zzyzx", ""),
            ("", ""),
        ] {
            assert_eq!(
                did_you_mean(wanted, names.into_iter()),
                suggestions,
                "{wanted}"
            );
        }
    }
}
