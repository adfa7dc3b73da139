//! Voices, their accents and locales; models.

use cartesia_http::Upload;
use cartesia_types::voice::legacy::{
    CreateVoiceRequest, Embedding, LocalizeEmbeddingRequest, MixVoicesRequest,
};
use cartesia_types::voice::{
    Accent, AccentId, AddAccentsRequest, CloneVoiceRequest, GetVoiceRequest, ListAccentsRequest,
    ListVoicesRequest, LocaleInfo, LocalizeVoiceRequest, UpdateVoiceRequest, VoiceMetadata,
};
use cartesia_types::{ListModelsRequest, ModelInfo, Voice, VoiceId};

use super::group::groups;
use super::runtime::Runtime;
use super::{Call, ListCall};

groups! {
    /// Voices: listing, cloning, localizing; from [`Client::voices`](super::Client::voices).
    Voices {
        /// Lists voices: one page, or all of them page by page. `GET /voices`.
        ///
        /// At API version 2024-06-10 there are no pages and no filters: the answer holds all voices.
        fn list(request: ListVoicesRequest) -> ListCall<Voice>;

        /// Returns one voice. `GET /voices/{id}`.
        fn get(id: impl Into<VoiceId>) -> Call<Voice>;

        /// Returns one voice, with fields that are left out by default. `GET /voices/{id}`.
        fn get_with(id: impl Into<VoiceId>, request: GetVoiceRequest) -> Call<Voice>;

        /// Updates a voice: fields that are not set stay unchanged. `PATCH /voices/{id}`.
        fn update(id: impl Into<VoiceId>, request: UpdateVoiceRequest) -> Call<Voice>;

        /// Deletes a voice. `DELETE /voices/{id}`.
        fn delete(id: impl Into<VoiceId>) -> Call<()>;

        /// Clones a voice from a recording of about five seconds: FLAC, MP3, MPEG, MPGA, OGA, OGG, WAV or
        /// WEBM. `POST /voices/clone`.
        ///
        /// Up to version 2024-11-13 the request must say a mode; without one it is refused before it is
        /// sent.
        fn clone_voice(clip: impl Into<Upload>, request: CloneVoiceRequest) -> Call<VoiceMetadata>;

        /// Creates a voice that sounds like another one, in another accent (before 2026-08-14: in another
        /// language). `POST /voices/localize`.
        fn localize(request: LocalizeVoiceRequest) -> Call<VoiceMetadata>;

        /// Adds accents to a voice. `PATCH /voices/{id}/accents`; since 2026-03-01.
        fn add_accents(id: impl Into<VoiceId>, request: AddAccentsRequest) -> Call<Voice>;

        /// Removes an accent from a voice. `DELETE /voices/{id}/accents/{accent_id}`; since
        /// 2026-03-01.
        fn remove_accent(id: impl Into<VoiceId>, accent: impl Into<AccentId>) -> Call<Voice>;

        /// Returns the voice embeddings: calls of the first API versions, which the public service switched off
        /// on 2026-06-01.
        fn legacy() -> LegacyVoices;
    }

    /// Voice embeddings; from [`Voices::legacy`].
    ///
    /// The public service switched them off on **2026-06-01, for all versions**. They work against a
    /// server that still has them. Each call exists at certain API versions only, and is refused before
    /// anything is sent at any other. The default version is a later one, so set one for the client or the
    /// call.
    LegacyVoices {
        /// Creates a voice from an embedding. `POST /voices`; up to 2024-11-13, switched off on 2026-06-01.
        fn create(request: CreateVoiceRequest) -> Call<Voice>;

        /// Mixes voices into a new embedding. `POST /voices/mix`; up to 2024-11-13, switched off on
        /// 2026-06-01.
        ///
        /// A weight that is not a finite number is refused with `InvalidRequest`: JSON cannot carry it.
        fn mix(request: MixVoicesRequest) -> Call<Embedding>;

        /// Computes the voice embedding of a recording; `enhance` removes noise from it first (the service's
        /// default). `POST /voices/clone/clip`; up to 2025-11-04, switched off on 2026-06-01.
        fn clone_clip(clip: impl Into<Upload>, enhance: bool) -> Call<Embedding>;

        /// Computes the embedding of a recording that the service fetches from a URL. `POST
        /// /voices/clone/url`; 2024-06-10 only, and removed from the public service.
        fn clone_url(link: impl AsRef<str>) -> Call<Embedding>;

        /// Converts an embedding into one that speaks another language. `POST /voices/localize`; 2024-06-10
        /// only, and removed from the public service.
        fn localize(request: LocalizeEmbeddingRequest) -> Call<Embedding>;
    }

    /// The accents that the service knows; from [`Client::accents`](super::Client::accents).
    Accents {
        /// Lists all accents, in one answer. `GET /accents`; since 2026-03-01.
        fn list(request: ListAccentsRequest) -> ListCall<Accent>;
    }

    /// The locales that the service speaks; from [`Client::locales`](super::Client::locales).
    Locales {
        /// Lists all locales, in one answer. `GET /locales`; since 2026-03-01.
        fn list() -> ListCall<LocaleInfo>;
    }

    /// The models that the service offers; from [`Client::models`](super::Client::models).
    Models {
        /// Lists models. `GET /models`, which the vendor's own tools use but do not document.
        fn list(request: ListModelsRequest) -> ListCall<ModelInfo>;
    }
}
