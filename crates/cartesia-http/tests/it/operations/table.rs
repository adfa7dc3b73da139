//! The table of all operations.

use std::pin::Pin;

use cartesia_http::{Client, Error, Upload};
use cartesia_types::account::{
    CreateInvitesRequest, GetUsageRequest, ListInvitesRequest, SearchRequest,
};
use cartesia_types::agent::{
    CreateCallBatchRequest, CreateDocumentRequest, CreateDocumentsRequest, CreateFolderRequest,
    CreateMetricRequest, CreateSessionRequest, CreateWebhookRequest, ImportPhoneNumberRequest,
    ListCallsRequest, ListMetricResultsRequest, ListMetricsRequest, ListProvidersRequest,
    MetricResultFilter, OutboundCall, PlaceCallsRequest, ProviderReference, ProviderSettings,
    ProvisionPhoneNumberRequest, SaveManagedAgentRequest, UpdateAgentRequest,
    UpdateDocumentRequest, UpdateFolderRequest, UpdatePhoneNumberRequest, UpdateWebhookRequest,
};
use cartesia_types::dataset::{CreateDatasetRequest, DatasetFilePurpose, UpdateDatasetRequest};
use cartesia_types::file::{CreateFileLinkRequest, FilePurpose, ListFilesRequest};
use cartesia_types::fine_tune::CreateFineTuneRequest;
use cartesia_types::pronunciation::{
    CreatePronunciationDictRequest, UpdatePronunciationDictRequest,
};
use cartesia_types::stt::{TranscribeCompatibleRequest, TranscribeRequest};
use cartesia_types::voice::legacy::{
    CreateVoiceRequest, Embedding, LocalizeEmbeddingRequest, MixVoicesRequest, MixedVoice,
};
use cartesia_types::voice::{
    AccentId, AddAccentsRequest, ChangeVoiceRequest, ChangeVoiceSseRequest, CloneVoiceRequest,
    ListAccentsRequest, ListVoicesRequest, LocalizeVoiceRequest, SpeakerGender, UpdateVoiceRequest,
};
use cartesia_types::{
    AdminKey, CreateTokenRequest, InfillRequest, Language, ListModelsRequest, ListRequest, ModelId,
    RawFormat, SttModelId, TokenGrants,
};
use http::Method;

use crate::support::{bytes_request, sse_request, voice, within};

/// What an operation does, which decides when it is retried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Reads, deletes, or does what has no effect the second time.
    Idempotent,
    /// May be billed twice, and does no other harm.
    Billed,
    /// Creates or changes something.
    Change,
    /// Rings people or costs money: never retried unless the call says so.
    Never,
}

/// What an operation is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Nothing,
    Value,
    List,
    /// Audio, events or a table.
    Media,
    Anything,
}

type Running = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

pub(super) struct Operation {
    pub(super) name: &'static str,
    pub(super) effect: Effect,
    pub(super) answer: Answer,
    pub(super) takes_id: bool,
    call: fn(Client, String) -> Running,
}

impl Operation {
    /// Makes the call and reads its whole answer.
    pub(super) async fn run(&self, client: &Client, id: &str) -> Result<(), Error> {
        within((self.call)(client.clone(), id.to_owned())).await
    }
}

macro_rules! table {
    ($($name:literal $effect:ident $answer:ident |$client:ident, $id:tt| $call:expr;)*) => {
        vec![$(Operation {
            name: $name,
            effect: Effect::$effect,
            answer: Answer::$answer,
            takes_id: stringify!($id) != "_",
            call: |$client: Client, $id: String| {
                Box::pin(async move { $call.await.map(drop) })
            },
        }),*]
    };
}

fn clip() -> Upload {
    Upload::from_bytes("clip.wav", "x")
}

fn admin(client: &Client) -> cartesia_http::Admin {
    client.admin(AdminKey::new("sk_car_admin_canary").unwrap())
}

fn embedding() -> Embedding {
    Embedding::try_new([0.5]).unwrap()
}

fn infill() -> InfillRequest<Upload> {
    let format = RawFormat::PCM_S16LE_16000;
    let request = InfillRequest::new(ModelId::SONIC_3, voice(), Language::EN, "and", format);
    request.with_left_audio(clip())
}

fn localize() -> LocalizeEmbeddingRequest {
    LocalizeEmbeddingRequest::new(embedding(), Language::FR, SpeakerGender::MALE)
}

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

/// All operations; one that takes two identifiers has a row for each.
#[rustfmt::skip]
#[expect(clippy::too_many_lines, reason = "a row for each operation")]
pub(super) fn operations() -> Vec<Operation> {
    table! {
        "status" Idempotent Value |client, _| client.status();
        "request" Change Anything |client, _| client.request(Method::POST, "/x");

        "tts.bytes" Billed Media |client, _| async {
            client.tts().bytes(bytes_request(FORMAT)).await?.collect().await
        };
        "tts.sse" Billed Media |client, _| async {
            client.tts().sse(sse_request()).await?.collect_audio().await
        };
        "voice_changer.bytes" Billed Media |client, _| async {
            let request = ChangeVoiceRequest::new(clip(), voice(), FORMAT);
            client.voice_changer().bytes(request).await?.collect().await
        };
        "voice_changer.sse" Billed Media |client, _| async {
            let request = ChangeVoiceSseRequest::new(clip(), voice(), FORMAT);
            client.voice_changer().sse(request).await?.collect_audio().await
        };
        "infill.bytes" Billed Media |client, _| async {
            client.infill().bytes(infill()).await?.collect().await
        };
        "stt.transcribe" Billed Value |client, _|
            client.stt().transcribe(TranscribeRequest::new(SttModelId::INK_WHISPER, clip()));
        "stt.transcribe_compatible" Billed Value |client, _| client.stt()
            .transcribe_compatible(TranscribeCompatibleRequest::new(SttModelId::INK_WHISPER, clip()));

        "voices.list" Idempotent List |client, _| client.voices().list(ListVoicesRequest::new());
        "voices.get" Idempotent Value |client, id| client.voices().get(id);
        "voices.update" Change Value |client, id|
            client.voices().update(id, UpdateVoiceRequest::new().with_name("N"));
        "voices.delete" Idempotent Nothing |client, id| client.voices().delete(id);
        "voices.clone" Change Value |client, _|
            client.voices().clone_voice(clip(), CloneVoiceRequest::new("N", Language::EN));
        "voices.localize" Change Value |client, _|
            client.voices().localize(LocalizeVoiceRequest::new("v", "N", AccentId::PARISIAN));
        "voices.add_accents" Change Value |client, id|
            client.voices().add_accents(id, AddAccentsRequest::new(["x"]));
        "voices.remove_accent" Idempotent Value |client, id| client.voices().remove_accent(id, "x");
        "voices.remove_accent" Idempotent Value |client, id| client.voices().remove_accent("v", id);
        "voices.legacy.create" Change Value |client, _| client.voices().legacy()
            .create(CreateVoiceRequest::new("N", "D", embedding())).unchecked();
        "voices.legacy.mix" Billed Value |client, _| client.voices().legacy()
            .mix(MixVoicesRequest::new([MixedVoice::of_id("v", 0.5)])).unchecked();
        "voices.legacy.clone_clip" Billed Value |client, _|
            client.voices().legacy().clone_clip(clip(), true).unchecked();
        "voices.legacy.clone_url" Billed Value |client, _|
            client.voices().legacy().clone_url("https://x").unchecked();
        "voices.legacy.localize" Billed Value |client, _|
            client.voices().legacy().localize(localize()).unchecked();
        "accents.list" Idempotent List |client, _| client.accents().list(ListAccentsRequest::new());
        "locales.list" Idempotent List |client, _| client.locales().list();
        "models.list" Idempotent List |client, _| client.models().list(ListModelsRequest::new());

        "access_tokens.create" Change Value |client, _|
            client.access_tokens().create(CreateTokenRequest::new(TokenGrants::new().with_tts(true)));
        "usage.credits" Idempotent List |client, _| admin(&client).usage().credits(GetUsageRequest::new());
        "usage.agents" Idempotent List |client, _| admin(&client).usage().agents(GetUsageRequest::new());
        "api_keys.list" Idempotent List |client, _| admin(&client).api_keys().list(SearchRequest::new());
        "api_keys.get" Idempotent Value |client, id| admin(&client).api_keys().get(id);
        "users.list" Idempotent List |client, _| admin(&client).users().list(SearchRequest::new());
        "users.get" Idempotent Value |client, id| admin(&client).users().get(id);
        "users.remove" Idempotent Nothing |client, id| admin(&client).users().remove(id);
        "invites.list" Idempotent List |client, _| admin(&client).invites().list(ListInvitesRequest::new());
        "invites.create" Change List |client, _|
            admin(&client).invites().create(CreateInvitesRequest::new(["e@x"]));
        "invites.get" Idempotent Value |client, id| admin(&client).invites().get(id);
        "invites.cancel" Idempotent Nothing |client, id| admin(&client).invites().cancel(id);

        "files.upload" Change Value |client, _| client.files().upload(clip(), FilePurpose::VOICE_CLONE);
        "files.list" Idempotent List |client, _| client.files().list(ListFilesRequest::new());
        "files.info" Idempotent Value |client, id| client.files().info(id);
        "files.download" Idempotent Anything |client, id| client.files().download(id);
        "files.link" Change Value |client, _| client.files().link(CreateFileLinkRequest::new("file_1"));
        "files.delete" Idempotent Nothing |client, id| client.files().delete(id);

        "pronunciation_dicts.list" Idempotent List |client, _|
            client.pronunciation_dicts().list(ListRequest::new());
        "pronunciation_dicts.create" Change Value |client, _|
            client.pronunciation_dicts().create(CreatePronunciationDictRequest::new("x"));
        "pronunciation_dicts.get" Idempotent Value |client, id| client.pronunciation_dicts().get(id);
        "pronunciation_dicts.update" Change Value |client, id|
            client.pronunciation_dicts().update(id, UpdatePronunciationDictRequest::new());
        "pronunciation_dicts.delete" Idempotent Nothing |client, id|
            client.pronunciation_dicts().delete(id);
        "pronunciation_dicts.pin" Idempotent Nothing |client, id|
            client.pronunciation_dicts().pin(id).unchecked();
        "pronunciation_dicts.unpin" Idempotent Nothing |client, id|
            client.pronunciation_dicts().unpin(id).unchecked();

        "datasets.list" Idempotent List |client, _| client.datasets().list(ListRequest::new());
        "datasets.create" Change Value |client, _|
            client.datasets().create(CreateDatasetRequest::new("n", "d"));
        "datasets.get" Idempotent Value |client, id| client.datasets().get(id);
        "datasets.update" Change Nothing |client, id|
            client.datasets().update(id, UpdateDatasetRequest::new("a", "b"));
        "datasets.delete" Idempotent Nothing |client, id| client.datasets().delete(id);
        "datasets.files" Idempotent List |client, id| client.datasets().files(id, ListRequest::new());
        "datasets.upload_file" Change Nothing |client, id|
            client.datasets().upload_file(id, clip(), DatasetFilePurpose::FINE_TUNE);
        "datasets.delete_file" Idempotent Nothing |client, id| client.datasets().delete_file(id, "f");
        "datasets.delete_file" Idempotent Nothing |client, id| client.datasets().delete_file("d", id);

        "fine_tunes.list" Idempotent List |client, _| client.fine_tunes().list(ListRequest::new());
        "fine_tunes.create" Change Value |client, _| client.fine_tunes()
            .create(CreateFineTuneRequest::new("n", "ds", Language::FR, ModelId::SONIC_3_2026_01_12));
        "fine_tunes.get" Idempotent Value |client, id| client.fine_tunes().get(id);
        "fine_tunes.delete" Idempotent Nothing |client, id| client.fine_tunes().delete(id);
        "fine_tunes.voices" Idempotent List |client, id|
            client.fine_tunes().voices(id, ListRequest::new());

        "agents.list" Idempotent List |client, _| client.agents().list();
        "agents.get" Idempotent Value |client, id| client.agents().get(id);
        "agents.update" Change Value |client, id| client.agents().update(id, UpdateAgentRequest::new());
        "agents.delete" Idempotent Nothing |client, id| client.agents().delete(id);
        "agents.templates" Idempotent List |client, _| client.agents().templates();

        "agents.calls.list" Idempotent List |client, _|
            client.agents().calls().list(ListCallsRequest::new("a"));
        "agents.calls.get" Idempotent Value |client, id| client.agents().calls().get(id);
        "agents.calls.audio" Idempotent Media |client, id| async {
            client.agents().calls().audio(id).await?.collect().await
        };
        "agents.calls.start" Never Value |client, _| client.agents().calls()
            .start(PlaceCallsRequest::new("a", "n").with_call(OutboundCall::new("+15550100")));
        "agents.calls.cancel" Idempotent Nothing |client, id| client.agents().calls().cancel(id);
        "agents.calls.redact" Idempotent Value |client, id| client.agents().calls().redact(id);
        "agents.calls.logs" Idempotent Value |client, id| client.agents().calls().logs(id);

        "agents.call_batches.list" Idempotent List |client, _|
            client.agents().calls().batches().list(ListRequest::new());
        "agents.call_batches.create" Never Value |client, _| client.agents().calls().batches()
            .create(CreateCallBatchRequest::new("n", "a", "p").with_recipient("+15550100"));
        "agents.call_batches.get" Idempotent Value |client, id|
            client.agents().calls().batches().get(id);
        "agents.call_batches.cancel" Idempotent Nothing |client, id|
            client.agents().calls().batches().cancel(id);
        "agents.call_batches.retry" Never Nothing |client, id|
            client.agents().calls().batches().retry(id);

        "agents.deployments.list" Idempotent List |client, id| client.agents().deployments().list(id);
        "agents.deployments.get" Idempotent Value |client, id| client.agents().deployments().get(id);

        "agents.documents.list" Idempotent List |client, _|
            client.agents().documents().list(ListRequest::new());
        "agents.documents.create" Change Value |client, _|
            client.agents().documents().create(CreateDocumentRequest::new("f", "c"));
        "agents.documents.create_all" Change List |client, _| client.agents().documents()
            .create_all(CreateDocumentsRequest::new([CreateDocumentRequest::new("f", "c")]));
        "agents.documents.get" Idempotent Value |client, id| client.agents().documents().get(id);
        "agents.documents.update" Change Value |client, id|
            client.agents().documents().update(id, UpdateDocumentRequest::new().with_content("d"));
        "agents.documents.delete" Idempotent Nothing |client, id| client.agents().documents().delete(id);

        "agents.folders.list" Idempotent List |client, _|
            client.agents().folders().list(ListRequest::new());
        "agents.folders.create" Change Value |client, _|
            client.agents().folders().create(CreateFolderRequest::new("n"));
        "agents.folders.get" Idempotent Value |client, id| client.agents().folders().get(id);
        "agents.folders.update" Change Value |client, id|
            client.agents().folders().update(id, UpdateFolderRequest::new().with_name("m"));
        "agents.folders.delete" Idempotent Nothing |client, id| client.agents().folders().delete(id);

        "agents.managed.list" Idempotent List |client, _|
            client.agents().managed().list(ListRequest::new());
        "agents.managed.create" Change Value |client, _|
            client.agents().managed().create(SaveManagedAgentRequest::new());
        "agents.managed.get" Idempotent Value |client, id| client.agents().managed().get(id);
        "agents.managed.update" Change Value |client, id|
            client.agents().managed().update(id, SaveManagedAgentRequest::new());
        "agents.managed.delete" Idempotent Nothing |client, id| client.agents().managed().delete(id);
        "agents.managed.create_session" Change Value |client, id|
            client.agents().managed().create_session(id, CreateSessionRequest::new());
        "agents.managed.models" Idempotent List |client, _| client.agents().managed().models();
        "agents.managed.tools" Idempotent List |client, _| client.agents().managed().tools();
        "agents.managed.versions" Idempotent List |client, id| client.agents().managed().versions(id);

        "agents.metrics.list" Idempotent List |client, _|
            client.agents().metrics().list(ListMetricsRequest::new());
        "agents.metrics.create" Change Value |client, _|
            client.agents().metrics().create(CreateMetricRequest::new("n", "p"));
        "agents.metrics.get" Idempotent Value |client, id| client.agents().metrics().get(id);
        "agents.metrics.delete" Idempotent Nothing |client, id| client.agents().metrics().delete(id);
        "agents.metrics.attach" Idempotent Nothing |client, id| client.agents().metrics().attach(id, "m");
        "agents.metrics.attach" Idempotent Nothing |client, id| client.agents().metrics().attach("a", id);
        "agents.metrics.detach" Idempotent Nothing |client, id| client.agents().metrics().detach(id, "m");
        "agents.metrics.detach" Idempotent Nothing |client, id| client.agents().metrics().detach("a", id);
        "agents.metrics.results" Idempotent List |client, _|
            client.agents().metrics().results(ListMetricResultsRequest::new());
        "agents.metrics.export" Idempotent Media |client, _| async {
            client.agents().metrics().export(MetricResultFilter::new()).await?.collect().await
        };

        "agents.phone_numbers.of_agent" Idempotent List |client, id|
            client.agents().phone_numbers().of_agent(id);
        "agents.phone_numbers.list" Idempotent List |client, _| client.agents().phone_numbers().list();
        "agents.phone_numbers.import" Change Value |client, _| client.agents().phone_numbers()
            .import(ImportPhoneNumberRequest::new("D", "+15550100", ProviderReference::known("p")));
        "agents.phone_numbers.provision" Never Value |client, _| client.agents().phone_numbers()
            .provision(ProvisionPhoneNumberRequest::new("D"));
        "agents.phone_numbers.get" Idempotent Value |client, id|
            client.agents().phone_numbers().get(id);
        "agents.phone_numbers.update" Change Value |client, id|
            client.agents().phone_numbers().update(id, UpdatePhoneNumberRequest::new());
        "agents.phone_numbers.delete" Idempotent Nothing |client, id|
            client.agents().phone_numbers().delete(id);

        "agents.providers.list" Idempotent List |client, _|
            client.agents().phone_numbers().providers().list(ListProvidersRequest::new());
        "agents.providers.create" Change Value |client, _| client.agents().phone_numbers().providers()
            .create(ProviderSettings::twilio("AC1", "SK1", "s"));
        "agents.providers.get" Idempotent Value |client, id|
            client.agents().phone_numbers().providers().get(id);
        "agents.providers.update" Change Value |client, id|
            client.agents().phone_numbers().providers().update(id, ProviderSettings::new());
        "agents.providers.delete" Idempotent Nothing |client, id|
            client.agents().phone_numbers().providers().delete(id);

        "agents.webhooks.list" Idempotent List |client, _| client.agents().webhooks().list();
        "agents.webhooks.create" Change Value |client, _|
            client.agents().webhooks().create(CreateWebhookRequest::new("https://x", "s"));
        "agents.webhooks.get" Idempotent Value |client, id| client.agents().webhooks().get(id);
        "agents.webhooks.update" Change Value |client, id|
            client.agents().webhooks().update(id, UpdateWebhookRequest::new());
        "agents.webhooks.delete" Idempotent Nothing |client, id| client.agents().webhooks().delete(id);
    }
}
