//! Voice embeddings: the calls of the first API versions.

use cartesia_core::Effect;
use cartesia_types::voice::legacy::{
    CreateVoiceRequest, Embedding, EmbeddingResponse, LocalizeEmbeddingRequest, MixVoicesRequest,
    clone_clip_requirements, clone_url_requirements,
};
use cartesia_types::{ErrorKind, Requirement, Voice};
use http::Method;
use serde::Serialize;

use crate::Error;
use crate::Result;
use crate::call::Call;
use crate::client::Client;
use crate::request::Prepared;
use crate::upload::{Form, Upload};

/// Voice embeddings; from [`Voices::legacy`](crate::Voices::legacy).
///
/// The public service switched them off on **2026-06-01, for all versions**. They work against a
/// server that still has them. Each call exists at certain API versions only, and is refused before
/// anything is sent at any other. The default version is a later one, so set one for the client or the
/// call.
///
/// ```no_run
/// use cartesia_http::{Client, Upload};
/// use cartesia_types::ApiVersion;
/// use cartesia_types::voice::legacy::CreateVoiceRequest;
///
/// # async fn run() -> Result<(), cartesia_http::Error> {
/// let client = Client::builder()
///     .api_key("sk_…")
///     .base_url("http://127.0.0.1:8745")
///     .api_version(ApiVersion::V2024_06_10)
///     .build()?;
/// let voices = client.voices().legacy();
/// let embedding = voices.clone_clip(Upload::from_path("me.wav"), true).await?;
/// let voice = voices.create(CreateVoiceRequest::new("Me", "Just me", embedding)).await?;
/// println!("{}", voice.id);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct LegacyVoices {
    client: Client,
}

impl LegacyVoices {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Creates a voice from an embedding. `POST /voices`; up to 2024-11-13, switched off on 2026-06-01.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn create(&self, request: CreateVoiceRequest) -> Call<Voice> {
        let prepared = post(
            "voices.legacy.create",
            "/voices",
            &request,
            request.requirements(),
        );
        Call::new(self.client.clone(), prepared)
    }

    /// Mixes voices into a new embedding. `POST /voices/mix`; up to 2024-11-13, switched off on
    /// 2026-06-01.
    ///
    /// A weight that is not a finite number is refused with `InvalidRequest`: JSON cannot carry it.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn mix(&self, request: MixVoicesRequest) -> Call<Embedding> {
        const OPERATION: &str = "voices.legacy.mix";
        let finite = request.voices.iter().all(|voice| voice.weight.is_finite());
        let prepared = if finite {
            post(OPERATION, "/voices/mix", &request, request.requirements())
        } else {
            let message = "`weight` must be a finite number";
            Err(Error::new(ErrorKind::InvalidRequest, OPERATION, message))
        };
        self.embedding(prepared)
    }

    /// Computes the voice embedding of a recording; `enhance` removes noise from it first (the service's
    /// default). `POST /voices/clone/clip`; up to 2025-11-04, switched off on 2026-06-01.
    pub fn clone_clip(&self, clip: impl Into<Upload>, enhance: bool) -> Call<Embedding> {
        let form = Form::new()
            .file("clip", clip.into())
            .text("enhance", enhance.to_string());
        let prepared = Prepared::form("voices.legacy.clone_clip", "/voices/clone/clip", form)
            .with_requirements(clone_clip_requirements());
        self.embedding(Ok(prepared))
    }

    /// Computes the embedding of a recording that the service fetches from a URL. `POST /voices/clone/url`;
    /// 2024-06-10 only, and removed from the public service.
    pub fn clone_url(&self, link: impl AsRef<str>) -> Call<Embedding> {
        let path = "/voices/clone/url";
        let prepared = Prepared::empty("voices.legacy.clone_url", Method::POST, path)
            .with_parameter("link", link.as_ref())
            .with_requirements(clone_url_requirements());
        self.embedding(Ok(prepared))
    }

    /// Converts an embedding into one that speaks another language. `POST /voices/localize`; 2024-06-10 only,
    /// and removed from the public service.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn localize(&self, request: LocalizeEmbeddingRequest) -> Call<Embedding> {
        self.embedding(post(
            "voices.legacy.localize",
            "/voices/localize",
            &request,
            request.requirements(),
        ))
    }

    /// A call that computes an embedding, and creates nothing.
    fn embedding(&self, prepared: Result<Prepared>) -> Call<Embedding> {
        let prepared = prepared.map(|prepared| prepared.with_effect(Effect::Billed));
        Call::decoded_by(self.client.clone(), prepared, |answer| {
            serde_json::from_slice::<EmbeddingResponse>(answer).map(|answer| answer.embedding)
        })
    }
}

fn post(
    operation: &'static str,
    path: &str,
    body: &impl Serialize,
    requirements: Vec<Requirement>,
) -> Result<Prepared> {
    let prepared = Prepared::json(operation, Method::POST, path, body)?;
    Ok(prepared.with_requirements(requirements))
}
