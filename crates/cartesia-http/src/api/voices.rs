//! `/voices`.

use cartesia_types::voice::{
    AccentId, AddAccentsRequest, CloneVoiceRequest, GetVoiceRequest, ListVoicesRequest,
    LocalizeVoiceRequest, UpdateVoiceRequest, VoiceMetadata,
};
use cartesia_types::{Voice, VoiceId};
use http::Method;

use super::legacy::LegacyVoices;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};
use crate::upload::{Form, Upload};

/// Voices: listing, cloning, localizing; from [`Client::voices`].
#[derive(Debug, Clone)]
pub struct Voices {
    client: Client,
}

impl Voices {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists voices: one page, or all of them page by page. `GET /voices`.
    ///
    /// At API version 2024-06-10 there are no pages and no filters: the answer holds all voices.
    ///
    /// ```no_run
    /// use cartesia_types::Language;
    /// use cartesia_types::voice::ListVoicesRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let french = ListVoicesRequest::new().with_language(Language::FR).with_limit(100);
    /// for voice in client.voices().list(french).await?.data {
    ///     println!("{} {}", voice.id, voice.name);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListVoicesRequest) -> ListCall<Voice> {
        let requirements = request.requirements();
        ListCall::new(
            self.client.clone(),
            "voices.list",
            "/voices",
            request.query(),
        )
        .with_requirements(requirements)
    }

    /// Returns one voice. `GET /voices/{id}`.
    pub fn get(&self, id: impl Into<VoiceId>) -> Call<Voice> {
        let path = path_with_id("/voices/", id.into().as_str());
        Call::new(self.client.clone(), Ok(Prepared::get("voices.get", path)))
    }

    /// Returns one voice, with fields that are left out by default. `GET /voices/{id}`.
    ///
    /// ```no_run
    /// use cartesia_types::voice::GetVoiceRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let request = GetVoiceRequest::new().with_expand("preview_file_url");
    /// let voice = client.voices().get_with("a0e99841-438c-4a64-b679-ae501e7d6091", request).await?;
    /// println!("{:?}", voice.preview_file_url);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn get_with(&self, id: impl Into<VoiceId>, request: GetVoiceRequest) -> Call<Voice> {
        let path = path_with_id("/voices/", id.into().as_str());
        let prepared = Prepared::get("voices.get", path)
            .with_query(&request.query())
            .with_requirements(request.requirements());
        Call::new(self.client.clone(), Ok(prepared))
    }

    /// Updates a voice: fields that are not set stay unchanged. `PATCH /voices/{id}`.
    ///
    /// ```no_run
    /// use cartesia_types::Patch;
    /// use cartesia_types::voice::UpdateVoiceRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let request = UpdateVoiceRequest::new().with_name("Narrator").with_gender(Patch::Clear);
    /// let voice = client.voices().update("0d6c2a0e-5f0b-4f6e-9a1d-3b7c4e8f2a10", request).await?;
    /// assert_eq!(voice.gender, None);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn update(&self, id: impl Into<VoiceId>, request: UpdateVoiceRequest) -> Call<Voice> {
        let path = path_with_id("/voices/", id.into().as_str());
        let prepared = Prepared::json("voices.update", Method::PATCH, path, &request);
        let prepared = prepared.map(|prepared| prepared.with_requirements(request.requirements()));
        Call::new(self.client.clone(), prepared)
    }

    /// Deletes a voice. `DELETE /voices/{id}`.
    pub fn delete(&self, id: impl Into<VoiceId>) -> Call<()> {
        let path = path_with_id("/voices/", id.into().as_str());
        let prepared = Prepared::delete("voices.delete", path);
        Call::without_answer(self.client.clone(), Ok(prepared))
    }

    /// Clones a voice from a recording of about five seconds: FLAC, MP3, MPEG, MPGA, OGA, OGG, WAV or
    /// WEBM. `POST /voices/clone`.
    ///
    /// Up to version 2024-11-13 the request must say a mode; without one it is refused before it is
    /// sent.
    ///
    /// ```no_run
    /// use cartesia_http::Upload;
    /// use cartesia_types::Language;
    /// use cartesia_types::voice::CloneVoiceRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let clip = Upload::from_path("me.wav");
    /// let made = client.voices().clone_voice(clip, CloneVoiceRequest::new("Me", Language::EN)).await?;
    /// println!("{}", made.id);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn clone_voice(
        &self,
        clip: impl Into<Upload>,
        request: CloneVoiceRequest,
    ) -> Call<VoiceMetadata> {
        let form = Form::new().file("clip", clip.into());
        let form = request
            .parts()
            .into_iter()
            .fold(form, |form, (name, text, range)| {
                form.text_at(range, name, text)
            });
        let prepared = Prepared::form("voices.clone", "/voices/clone", form)
            .with_requirements(request.requirements());
        Call::new(self.client.clone(), Ok(prepared))
    }

    /// Creates a voice that sounds like another one, in another accent (before 2026-08-14: in another
    /// language). `POST /voices/localize`.
    ///
    /// ```no_run
    /// use cartesia_types::voice::{AccentId, LocalizeVoiceRequest};
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let katie = "f786b574-daa5-4673-aa0c-cbe3e8534c02";
    /// let request = LocalizeVoiceRequest::new(katie, "Katie in Paris", AccentId::PARISIAN);
    /// let made = client.voices().localize(request).await?;
    /// println!("{}", made.id);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn localize(&self, request: LocalizeVoiceRequest) -> Call<VoiceMetadata> {
        let prepared = Prepared::json(
            "voices.localize",
            Method::POST,
            "/voices/localize",
            &request,
        );
        let prepared = prepared.map(|prepared| prepared.with_requirements(request.requirements()));
        Call::new(self.client.clone(), prepared)
    }

    /// Adds accents to a voice. `PATCH /voices/{id}/accents`; since 2026-03-01.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn add_accents(&self, id: impl Into<VoiceId>, request: AddAccentsRequest) -> Call<Voice> {
        let path = path_with_id("/voices/", id.into().as_str()) + "/accents";
        let prepared = Prepared::json("voices.add_accents", Method::PATCH, path, &request);
        let needs = AddAccentsRequest::requirements();
        Call::new(
            self.client.clone(),
            prepared.map(|prepared| prepared.with_requirements(needs)),
        )
    }

    /// Removes an accent from a voice. `DELETE /voices/{id}/accents/{accent_id}`; since
    /// 2026-03-01.
    pub fn remove_accent(
        &self,
        id: impl Into<VoiceId>,
        accent: impl Into<AccentId>,
    ) -> Call<Voice> {
        let path = path_with_id("/voices/", id.into().as_str()) + "/accents/";
        let path = path_with_id(path, accent.into().as_str());
        let prepared = Prepared::delete("voices.remove_accent", path)
            .with_requirements(AddAccentsRequest::requirements());
        Call::new(self.client.clone(), Ok(prepared))
    }

    /// Returns the voice embeddings: calls of the first API versions, which the public service switched off
    /// on 2026-06-01.
    pub fn legacy(&self) -> LegacyVoices {
        LegacyVoices::new(self.client.clone())
    }
}
