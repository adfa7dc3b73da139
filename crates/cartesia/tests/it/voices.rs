//! Voices, tokens and embeddings: the client against the offline server, each checking the other.

use cartesia::tts::BytesRequest;
use cartesia::voice::legacy::{
    CreateVoiceRequest, LocalizeEmbeddingRequest, MixVoicesRequest, MixedVoice,
};
use cartesia::voice::{
    AccentId, AddAccentsRequest, CloneMode, CloneVoiceRequest, Gender, ListAccentsRequest,
    ListVoicesRequest, LocalizeVoiceRequest, SpeakerGender, UpdateVoiceRequest, VoiceAccess,
};
use cartesia::{
    ApiVersion, Client, CreateTokenRequest, ErrorKind, Language, ModelId, Patch, RawFormat,
    TokenGrants, Upload, VoiceSpecifier,
};
use cartesia_mock::MockServer;

use crate::{VOICE, client, within};

const WAV: &[u8] = b"RIFF\x24\0\0\0WAVEfmt ";

fn clip() -> Upload {
    Upload::from_bytes("me.wav", WAV)
}

async fn speak(client: &Client, voice: impl Into<VoiceSpecifier>) -> cartesia::Result<()> {
    let request = BytesRequest::new(ModelId::SONIC_3, voice, "Hi.", RawFormat::PCM_S16LE_8000);
    client.tts().bytes(request).await?.collect().await?;
    Ok(())
}

#[tokio::test]
async fn a_voice_lives_and_dies_at_every_version() {
    let server = within(MockServer::start()).await.unwrap();
    let voices = client(&server).voices();
    for version in ApiVersion::KNOWN {
        let work = async {
            let mut request = CloneVoiceRequest::new("Me", Language::EN).with_description("D");
            if version <= ApiVersion::V2024_11_13 {
                request = request.with_mode(CloneMode::SIMILARITY);
            }
            if version >= ApiVersion::V2026_03_01 {
                request = request.with_access(VoiceAccess::PUBLIC).with_tagline("T");
            }
            let made = voices
                .clone_voice(clip(), request)
                .api_version(version)
                .await?;
            if version >= ApiVersion::V2026_03_01 {
                assert_eq!(made.access, Some(VoiceAccess::PUBLIC), "{version}");
            }
            let mut update = UpdateVoiceRequest::new()
                .with_name("New")
                .with_description("Better");
            if version >= ApiVersion::V2025_04_16 {
                update = update.with_gender(Gender::FEMININE);
            }
            let voice = voices.update(&made.id, update).api_version(version).await?;
            assert_eq!((&*voice.name, &*voice.description), ("New", "Better"));
            if version >= ApiVersion::V2025_04_16 {
                assert_eq!(voice.gender, Some(Gender::FEMININE), "{version}");
                let clear = UpdateVoiceRequest::new().with_gender(Patch::Clear);
                let voice = voices.update(&made.id, clear).api_version(version).await?;
                assert_eq!(voice.gender, None, "{version}");
            }
            voices.delete(&made.id).api_version(version).await?;
            Ok::<_, cartesia::Error>(voices.get(&made.id).await.map(|_| ()))
        };
        let gone = within(work).await.unwrap().unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound, "{version}");
    }
}

#[tokio::test]
async fn voices_are_localized_and_get_accents() {
    let server = within(MockServer::start()).await.unwrap();
    let client = client(&server);
    let work = async {
        let french = ListAccentsRequest::new().with_language(Language::FR);
        let accents = client.accents().list(french).await?.data;
        assert!(accents.iter().any(|accent| accent.id == AccentId::PARISIAN));
        assert!(client.locales().list().await?.data.len() > 20);
        let request = LocalizeVoiceRequest::new(VOICE, "N", AccentId::PARISIAN);
        let id = client.voices().localize(request).await?.id;
        let more = AddAccentsRequest::new([AccentId::BRITISH]);
        let voice = client.voices().add_accents(&id, more).await?;
        assert_eq!(voice.locales.len(), 2);
        let voice = client
            .voices()
            .remove_accent(&id, AccentId::BRITISH)
            .await?;
        assert_eq!(voice.locales.len(), 1);
        speak(&client, &voice).await?;
        let old =
            LocalizeVoiceRequest::to_language(VOICE, "N", "D", Language::DE, SpeakerGender::MALE);
        let call = client.voices().localize(old);
        let made = call.api_version(ApiVersion::V2026_03_01).await?;
        assert_eq!(made.language, Some(Language::DE));
        Ok::<_, cartesia::Error>(())
    };
    within(work).await.unwrap();
}

#[tokio::test]
async fn a_token_is_a_credential_for_what_it_was_granted() {
    let server = within(MockServer::start()).await.unwrap();
    let request = CreateTokenRequest::new(TokenGrants::new().with_tts(true))
        .with_expires_in(std::time::Duration::from_secs(60));
    let call = client(&server).access_tokens().create(request);
    let token = within(call.into_future()).await.unwrap();
    let guest = Client::builder()
        .credential(token)
        .base_url(server.url())
        .build()
        .unwrap();
    let voice = || cartesia::VoiceId::from(VOICE);
    within(speak(&guest, voice())).await.unwrap();
    let list = guest.voices().list(ListVoicesRequest::new());
    let refused = within(list.into_future()).await.unwrap_err();
    assert_eq!(
        (refused.kind(), refused.status().unwrap().as_u16()),
        (ErrorKind::Auth, 403)
    );
    server.expire_access_tokens();
    let expired = within(speak(&guest, voice())).await.unwrap_err();
    assert_eq!(
        (expired.kind(), expired.status().unwrap().as_u16()),
        (ErrorKind::Auth, 401)
    );
}

#[tokio::test]
async fn the_embeddings_of_the_first_version() {
    let server = within(MockServer::start()).await.unwrap();
    let client = Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .api_version(ApiVersion::V2024_06_10)
        .build()
        .unwrap();
    let voices = client.voices().legacy();
    let work = async {
        let cloned = voices.clone_clip(clip(), true).await?;
        let fetched = voices.clone_url("https://example.com/a b.wav").await?;
        assert_ne!(cloned, fetched);
        let parts = [
            MixedVoice::of_id(VOICE, 1.0),
            MixedVoice::of_embedding(cloned.clone(), 0.0),
            MixedVoice::of_embedding(fetched, 3.0),
        ];
        let mixed = voices.mix(MixVoicesRequest::new(parts)).await?;
        let request = LocalizeEmbeddingRequest::new(mixed, Language::FR, SpeakerGender::FEMALE);
        let localized = voices.localize(request).await?;
        let request = CreateVoiceRequest::new("N", "D", localized.clone());
        let made = voices.create(request.with_language(Language::FR)).await?;
        let voice = client.voices().get(&made.id).await?;
        assert_eq!(voice.embedding, Some(localized.clone()));
        speak(&client, &voice).await?;
        speak(&client, localized).await
    };
    within(work).await.unwrap();
}
