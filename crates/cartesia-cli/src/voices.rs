//! `voices`: `list` and `get` are here.

use cartesia::Voice;
use cartesia::voice::{ListVoicesRequest, VoicePage};

use crate::args::{VoicesList, VoicesVerb};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::find_voice::{all_voices, find_voice};
use crate::global::Global;
use crate::show;
use crate::{accents, audition, embeddings, print, table, voice_changes};

pub(crate) async fn run(global: &Global, verb: VoicesVerb) -> Result<(), Failure> {
    let client = connect::client(global)?;
    match verb {
        VoicesVerb::List(list) => {
            let page = fetch(&client, global, list).await?;
            show_voices(global, &page)
        }
        VoicesVerb::Get { voice } => {
            let id = find_voice(&client, global, &voice).await?;
            let voice = with_timeout!(client.voices().get(id), global).await?;
            if global.json {
                print::json(&voice)
            } else {
                print_voice(&voice)
            }
        }
        VoicesVerb::Find(find) => audition::find(&client, global, find).await,
        VoicesVerb::Play(play) => audition::play(&client, global, play).await,
        VoicesVerb::Update(update) => voice_changes::update(&client, global, update).await,
        VoicesVerb::Delete { voice } => voice_changes::delete(&client, global, &voice).await,
        VoicesVerb::Clone(clone) => voice_changes::clone(&client, global, clone).await,
        VoicesVerb::Localize(localize) => voice_changes::localize(&client, global, localize).await,
        VoicesVerb::Accents { language, locale } => {
            accents::list(&client, global, language, locale).await
        }
        VoicesVerb::Locales => accents::locales(&client, global).await,
        VoicesVerb::Embeddings(verb) => embeddings::run(&client, global, verb).await,
    }
}

async fn fetch(
    client: &cartesia::Client,
    global: &Global,
    list: VoicesList,
) -> Result<VoicePage, Failure> {
    let mut request = ListVoicesRequest::new();
    request.limit = list.limit;
    request.search = list.search;
    request.language = list.language;
    request.gender = list.gender;
    request.is_owner = list.mine.then_some(true);
    if list.all {
        return Ok(VoicePage::new(
            all_voices(client, global, request).await?,
            false,
        ));
    }
    Ok(with_timeout!(client.voices().list(request), global).await?)
}

pub(crate) fn show_voices(global: &Global, page: &VoicePage) -> Result<(), Failure> {
    let head = ["ID", "NAME", "LANGUAGE", "DESCRIPTION"];
    show::page(global, page, head, row)
}

fn row(voice: &Voice) -> [String; 4] {
    [
        voice.id.to_string(),
        voice.name.clone(),
        show::text(voice.language.as_ref()),
        voice.description.clone(),
    ]
}

pub(crate) fn print_voice(voice: &Voice) -> Result<(), Failure> {
    let text = |value: Option<&dyn ToString>| value.map(ToString::to_string).unwrap_or_default();
    let locales: Vec<&str> = voice
        .locales
        .iter()
        .map(|locale| locale.locale.as_str())
        .collect();
    let fields = [
        ("id", voice.id.to_string()),
        ("name", voice.name.clone()),
        ("tagline", voice.tagline.clone().unwrap_or_default()),
        ("description", voice.description.clone()),
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
                format!(
                    "{} numbers (--json prints them)",
                    embedding.as_slice().len()
                )
            }),
        ),
    ];
    table::print_fields(&fields)
}
