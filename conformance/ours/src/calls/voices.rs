//! Voices, accents, and the embeddings of old.

use cartesia::voice::legacy::{CreateVoiceRequest, Embedding, MixVoicesRequest, MixedVoice};
use cartesia::voice::{
    AccentId, AddAccentsRequest, CloneMode, CloneVoiceRequest, Dialect, Gender, GetVoiceRequest,
    ListAccentsRequest, ListVoicesRequest, LocalizeVoiceRequest, SpeakerGender, UpdateVoiceRequest,
    VoiceMetadata,
};
use cartesia::{ApiVersion, Language, Voice, VoiceId};

use super::Use;
use crate::Result;

const PREVIEW: &str = "preview_file_url";

fn clone_request(call: &Use<'_>) -> CloneVoiceRequest {
    let words = &call.inputs.voice;
    let request =
        CloneVoiceRequest::new(&*words.name, call.language()).with_description(&*words.description);
    if call.version <= ApiVersion::V2024_11_13 {
        return request.with_mode(CloneMode::SIMILARITY);
    }
    request
}

async fn own_voice(call: &Use<'_>) -> Result<VoiceMetadata> {
    let request = clone_request(call);
    let voices = call.client.voices();
    Ok(voices.clone_voice(Use::recording(), request).await?)
}

fn is_voice(call: &mut Use<'_>, voice: &Voice) -> Result {
    call.checks.that(!voice.name.is_empty(), "a name")?;
    call.checks.that(voice.language.is_some(), "a language")?;
    call.checks
        .that(voice.created_at.is_some(), "the day it was made")
}

async fn is_gone(call: &mut Use<'_>, id: &VoiceId) -> Result {
    let found = call.client.voices().get(id).await;
    let kind = call.kind_of_unknown();
    call.checks.refused(found, kind, "the voice is gone")
}

pub(super) async fn list(call: &mut Use<'_>) -> Result {
    let voices = call.client.voices();
    if call.version < ApiVersion::V2024_11_13 {
        let all = voices.list(ListVoicesRequest::new()).await?;
        call.checks.that(all.data.len() > 4, "all voices")?;
        return is_voice(call, all.data.first().ok_or("no voices")?);
    }
    let paged = ListVoicesRequest::new().with_limit(4);
    let expanded = paged.clone().with_expand(PREVIEW);
    let previews = call.version >= ApiVersion::V2025_11_04;
    for request in [paged, expanded] {
        if !request.expand.is_empty() && !previews {
            continue;
        }
        let wants_preview = !request.expand.is_empty();
        let all = voices.list(request).items().collect().await?;
        call.checks.that(all.len() > 8, "pages go on to the end")?;
        let known = all.iter().find(|voice| voice.id == call.voice());
        let known = known.ok_or("the voice that everybody knows is missing")?;
        is_voice(call, known)?;
        if wants_preview {
            call.checks
                .that(known.preview_file_url.is_some(), "the preview")?;
        }
    }
    if call.version == ApiVersion::V2024_11_13 {
        let request = ListVoicesRequest::new()
            .with_limit(4)
            .with_expand("is_starred")
            .with_expand("embedding");
        let all = voices.list(request).items().collect().await?;
        let starred = all.iter().all(|voice| voice.is_starred.is_some());
        call.checks.that(starred, "what it was asked for")?;
    }
    let first = voices.list(ListVoicesRequest::new()).await?;
    call.checks.that(first.has_more, "that there are more")?;
    let one = voices.list(ListVoicesRequest::new().with_limit(1)).await?;
    call.checks.equal(&one.data.len(), &1, "a page of one")?;
    let fifth = first.data.get(4).ok_or("fewer than five voices")?;
    let before = ListVoicesRequest::new()
        .with_limit(4)
        .with_ending_before(fifth.id.clone());
    let before = voices.list(before).await?;
    let ids = |voices: &[Voice]| {
        voices
            .iter()
            .map(|voice| voice.id.clone())
            .collect::<Vec<_>>()
    };
    let expected = first.data.get(..4).unwrap_or_default();
    call.checks
        .equal(&ids(&before.data), &ids(expected), "the page before")?;
    if previews {
        let search = ListVoicesRequest::new()
            .with_search(&*call.inputs.voice.search)
            .with_is_owner(false);
        let found = voices.list(search).await?;
        call.checks
            .that((1..5).contains(&found.data.len()), "a search finds few")?;
    }
    Ok(())
}

pub(super) async fn get(call: &mut Use<'_>) -> Result {
    let voices = call.client.voices();
    let voice = voices.get(call.voice()).await?;
    call.checks.equal(&voice.id, &call.voice(), "the voice")?;
    is_voice(call, &voice)?;
    if call.version >= ApiVersion::V2025_11_04 {
        let request = GetVoiceRequest::new().with_expand(PREVIEW);
        let voice = voices.get_with(call.voice(), request).await?;
        call.checks
            .that(voice.preview_file_url.is_some(), "the preview")?;
    }
    is_gone(call, &VoiceId::from("nobody")).await
}

pub(super) async fn clone(call: &mut Use<'_>) -> Result {
    let voices = call.client.voices();
    let name = call.inputs.voice.name.clone();
    let mut requests = vec![clone_request(call)];
    if call.version <= ApiVersion::V2024_11_13 {
        requests.push(clone_request(call).with_enhance(false));
        requests.push(clone_request(call).with_enhance(true));
        let stable = clone_request(call).with_mode(CloneMode::STABILITY);
        requests.push(stable.clone().with_transcript(&*call.inputs.spoken));
        requests.push(stable);
    }
    for request in requests {
        let made = voices.clone_voice(Use::recording(), request).await?;
        call.checks.equal(&made.name, &name, "the name")?;
        let found = voices.get(&made.id).await?;
        is_voice(call, &found)?;
        voices.delete(&made.id).await?;
    }
    Ok(())
}

pub(super) async fn update(call: &mut Use<'_>) -> Result {
    let words = &call.inputs.voice;
    let request = UpdateVoiceRequest::new()
        .with_name(&*words.new_name)
        .with_description(&*words.new_description);
    let mut requests = vec![request.clone()];
    if call.version >= ApiVersion::V2025_04_16 {
        requests.push(request.with_gender(Gender::FEMININE));
    }
    for request in requests {
        let made = own_voice(call).await?;
        let voices = call.client.voices();
        let changed = voices.update(&made.id, request).await?;
        call.checks
            .equal(&changed.name, &words.new_name, "the new name")?;
        let found = voices.get(&made.id).await?;
        call.checks
            .equal(&found.description, &words.new_description, "the new text")?;
        voices.delete(&made.id).await?;
    }
    Ok(())
}

pub(super) async fn delete(call: &mut Use<'_>) -> Result {
    let made = own_voice(call).await?;
    call.client.voices().delete(&made.id).await?;
    is_gone(call, &made.id).await
}

pub(super) async fn localize(call: &mut Use<'_>) -> Result {
    let words = &call.inputs.localize;
    let request = if call.version >= ApiVersion::V2026_08_14 {
        let accent = AccentId::from(&*words.accent);
        LocalizeVoiceRequest::new(call.voice(), &*words.name, accent)
            .with_description(&*words.description)
    } else {
        LocalizeVoiceRequest::to_language(
            call.voice(),
            &*words.name,
            &*words.description,
            Language::from(&*words.language),
            SpeakerGender::from(&*words.original_speaker_gender),
        )
        .with_dialect(Dialect::from(&*words.dialect))
    };
    let voices = call.client.voices();
    let made = voices.localize(request).await?;
    call.checks.equal(&made.name, &words.name, "the name")?;
    is_voice(call, &voices.get(&made.id).await?)?;
    voices.delete(&made.id).await?;
    Ok(())
}

pub(super) async fn accents(call: &mut Use<'_>) -> Result {
    let accents = call
        .client
        .accents()
        .list(ListAccentsRequest::new())
        .await?;
    let wanted = AccentId::from(&*call.inputs.voice.accent);
    let known = accents.data.iter().any(|accent| accent.id == wanted);
    call.checks.that(known, "a known accent")
}

pub(super) async fn add_accents(call: &mut Use<'_>) -> Result {
    let accent = AccentId::from(&*call.inputs.voice.accent);
    let made = own_voice(call).await?;
    let voices = call.client.voices();
    let request = AddAccentsRequest::new([accent]);
    let voice = voices.add_accents(&made.id, request).await?;
    call.checks.equal(&voice.locales.len(), &2, "its locales")?;
    voices.delete(&made.id).await?;
    Ok(())
}

pub(super) async fn remove_accent(call: &mut Use<'_>) -> Result {
    let accent = AccentId::from(&*call.inputs.voice.accent);
    let made = own_voice(call).await?;
    let voices = call.client.voices();
    let request = AddAccentsRequest::new([accent.clone()]);
    voices.add_accents(&made.id, request).await?;
    let voice = voices.remove_accent(&made.id, accent).await?;
    call.checks.equal(&voice.locales.len(), &1, "its locales")?;
    voices.delete(&made.id).await?;
    Ok(())
}

pub(super) async fn mix(call: &mut Use<'_>) -> Result {
    let second = VoiceId::from(&*call.inputs.second_voice_id);
    let voices = [
        MixedVoice::of_id(call.voice(), 0.75),
        MixedVoice::of_id(second, 0.25),
    ];
    let legacy = call.client.voices().legacy();
    let mixed = legacy.mix(MixVoicesRequest::new(voices)).await?;
    call.checks
        .equal(&mixed.as_slice().len(), &192, "the size of the mixture")
}

/// The embedding of the voice that everybody knows.
async fn known_embedding(call: &Use<'_>) -> Result<Embedding> {
    let voices = call.client.voices();
    let voice = if call.version < ApiVersion::V2024_11_13 {
        voices.get(call.voice()).await?
    } else {
        let request = GetVoiceRequest::new().with_expand("embedding");
        voices.get_with(call.voice(), request).await?
    };
    voice.embedding.ok_or("a voice without embedding".into())
}

pub(super) async fn create(call: &mut Use<'_>) -> Result {
    let words = &call.inputs.voice;
    let voices = call.client.voices();
    let legacy = voices.legacy();
    let known = known_embedding(call).await?;
    let request = |embedding| CreateVoiceRequest::new(&*words.name, &*words.description, embedding);
    let flat = request(Embedding::try_new([0.25; 192])?);
    let known = request(known);
    for request in [
        flat.clone(),
        flat.with_language(call.language()),
        known.clone(),
        known.with_language(call.language()),
    ] {
        let made = legacy.create(request).await?;
        call.checks.equal(&made.name, &words.name, "the name")?;
        is_voice(call, &voices.get(&made.id).await?)?;
        voices.delete(&made.id).await?;
    }
    Ok(())
}

pub(super) async fn clone_clip(call: &mut Use<'_>) -> Result {
    let legacy = call.client.voices().legacy();
    for enhance in [false, true] {
        let embedding = legacy.clone_clip(Use::recording(), enhance).await?;
        call.checks.equal(
            &embedding.as_slice().len(),
            &192,
            "the size of the embedding",
        )?;
    }
    Ok(())
}

pub(super) async fn clone_url(call: &mut Use<'_>) -> Result {
    let legacy = call.client.voices().legacy();
    let link = "https://example.com/clip.wav";
    let embedding = legacy.clone_url(link).await?;
    call.checks.equal(
        &embedding.as_slice().len(),
        &192,
        "the size of the embedding",
    )
}
