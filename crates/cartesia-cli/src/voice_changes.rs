//! `voices update`, `delete`, `clone` and `localize`.

use cartesia::voice::{
    AddAccentsRequest, CloneVoiceRequest, LocalizeVoiceRequest, UpdateVoiceRequest, VoiceMetadata,
};
use cartesia::{Client, Patch};
use serde::Serialize;

use crate::args::{VoiceClone, VoiceLocalize, VoiceName, VoiceUpdate};
use crate::connect::with_timeout;
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::upload;
use crate::voices::print_voice;
use crate::{print, table};

pub(crate) async fn update(
    client: &Client,
    global: &Global,
    update: VoiceUpdate,
) -> Result<(), Failure> {
    let mut request = UpdateVoiceRequest::new();
    request.name = update.name;
    request.description = update.description;
    request.accent = update.accent;
    request.tagline = update.tagline;
    request.gender = match update.gender {
        None => Patch::Keep,
        Some(gender) if gender == "none" => Patch::Clear,
        Some(gender) => Patch::Set(gender),
    };
    let (add, remove) = (update.add_accent, update.remove_accent);
    let has_fields = request != UpdateVoiceRequest::new();
    if !has_fields && add.is_empty() && remove.is_empty() {
        return Err(Failure::usage(
            "no change was given; `voices update --help` lists the flags",
        ));
    }
    let id = find_voice(client, global, &update.voice).await?;
    let mut changed = None;
    if has_fields {
        changed = Some(with_timeout!(client.voices().update(&id, request), global).await?);
    }
    if !add.is_empty() {
        let request = AddAccentsRequest::new(add);
        changed = Some(with_timeout!(client.voices().add_accents(&id, request), global).await?);
    }
    for accent in remove {
        changed = Some(with_timeout!(client.voices().remove_accent(&id, accent), global).await?);
    }
    match changed {
        Some(voice) if global.json => print::json(&voice),
        Some(voice) => print_voice(&voice),
        None => Ok(()),
    }
}

pub(crate) async fn delete(
    client: &Client,
    global: &Global,
    voice: &VoiceName,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Deleted<'a> {
        deleted: &'a str,
    }
    let id = find_voice(client, global, voice).await?;
    with_timeout!(client.voices().delete(&id), global).await?;
    if global.json {
        return print::json(&Deleted {
            deleted: id.as_str(),
        });
    }
    print::note(&format!("The voice {id} is deleted."));
    Ok(())
}

pub(crate) async fn clone(
    client: &Client,
    global: &Global,
    clone: VoiceClone,
) -> Result<(), Failure> {
    let clip = upload::open(global, &clone.clip)?;
    let mut request = CloneVoiceRequest::new(clone.name, clone.language);
    if let Some(base) = &clone.base_voice {
        request.base_voice_id = Some(find_voice(client, global, base).await?);
    }
    request.description = clone.description;
    request.accent = clone.accent;
    request.tagline = clone.tagline;
    request.access = clone.access;
    request.mode = clone.mode;
    request.enhance = clone.enhance;
    request.transcript = clone.transcript;
    let made = with_timeout!(client.voices().clone_voice(clip, request), global).await?;
    print_made(global, &made)
}

pub(crate) async fn localize(
    client: &Client,
    global: &Global,
    localize: VoiceLocalize,
) -> Result<(), Failure> {
    let id = find_voice(client, global, &localize.voice).await?;
    let description = localize.description;
    let mut request = match (localize.accent, localize.language, localize.speaker_gender) {
        (Some(accent), _, _) => {
            let mut request = LocalizeVoiceRequest::new(id, localize.name, accent);
            request.description = description;
            request
        }
        (None, Some(language), Some(gender)) => LocalizeVoiceRequest::to_language(
            id,
            localize.name,
            description.unwrap_or_default(),
            language,
            gender,
        ),
        _ => {
            return Err(Failure::usage(
                "give --accent, or --language with --speaker-gender",
            ));
        }
    };
    request.dialect = localize.dialect;
    request.tagline = localize.tagline;
    let made = with_timeout!(client.voices().localize(request), global).await?;
    print_made(global, &made)
}

fn print_made(global: &Global, made: &VoiceMetadata) -> Result<(), Failure> {
    if global.json {
        return print::json(made);
    }
    let language = made.language.as_ref().map(ToString::to_string);
    table::print_fields(&[
        ("id", made.id.to_string()),
        ("name", made.name.clone()),
        ("tagline", made.tagline.clone().unwrap_or_default()),
        ("description", made.description.clone()),
        ("language", language.unwrap_or_default()),
    ])
}
