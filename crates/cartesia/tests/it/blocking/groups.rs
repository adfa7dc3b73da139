//! Every group of calls reaches its part of the service.

use cartesia::account::{GetUsageRequest, ListInvitesRequest, SearchRequest};
use cartesia::agent::{
    CreateFolderRequest, CreateMetricRequest, ListCallsRequest, ListMetricsRequest,
    ListProvidersRequest, SaveManagedAgentRequest,
};
use cartesia::blocking::{Client, ClientBuilder};
use cartesia::dataset::{CreateDatasetRequest, DatasetFilePurpose};
use cartesia::file::ListFilesRequest;
use cartesia::pronunciation::CreatePronunciationDictRequest;
use cartesia::types::ListModelsRequest;
use cartesia::voice::ListAccentsRequest;
use cartesia::{
    AdminKey, ChangeVoiceRequest, ChangeVoiceSseRequest, CreateTokenRequest, ErrorKind,
    InfillRequest, Language, ListRequest, ModelId, RawFormat, Result, SttModelId, TokenGrants,
    TranscribeCompatibleRequest, TranscribeRequest, Upload,
};
use cartesia_mock::MockServer;

use super::{client, server, within};
use crate::VOICE;

const FORMAT: RawFormat = RawFormat::PCM_S16LE_16000;

/// What was asked last, and how it was answered.
fn last(server: &MockServer) -> String {
    server.received().last().unwrap().to_string()
}

fn clip() -> Upload {
    let tone: Vec<u8> = (0..16_000)
        .flat_map(|n: i16| (n % 50 * 200).to_le_bytes())
        .collect();
    let mut wav = cartesia::wav::header(FORMAT, Some(tone.len() as u64));
    wav.extend(tone);
    Upload::from_bytes("clip.wav", wav)
}

#[test]
fn recordings() {
    within(|| {
        let server = server();
        let client = client(&server);
        let request = TranscribeRequest::new(SttModelId::INK_WHISPER, clip());
        assert!(client.stt().transcribe(request).wait().is_ok());
        assert_eq!(last(&server), "POST /stt 200");
        let request = TranscribeCompatibleRequest::new(SttModelId::INK_WHISPER, clip());
        assert!(client.stt().transcribe_compatible(request).wait().is_ok());
        assert_eq!(last(&server), "POST /audio/transcriptions 200");

        let request = ChangeVoiceRequest::new(clip(), VOICE, FORMAT);
        let changed = client.voice_changer().bytes(request).wait().unwrap();
        assert!(!changed.collect().unwrap().data().is_empty());
        let request = ChangeVoiceSseRequest::new(clip(), VOICE, FORMAT);
        let changed = client.voice_changer().sse(request).wait().unwrap();
        assert!(!changed.collect_audio().unwrap().data().is_empty());
        assert_eq!(last(&server), "POST /voice-changer/sse 200");

        let model = ModelId::SONIC_3;
        let request = InfillRequest::new(model, VOICE, Language::EN, "between", FORMAT);
        let request = request.with_left_audio(clip());
        let infilled = client.infill().bytes(request).wait().unwrap();
        assert!(!infilled.collect().unwrap().data().is_empty());
        assert_eq!(last(&server), "POST /infill/bytes 200");
    });
}

#[test]
fn resources() {
    fn work(client: &Client, server: &MockServer) -> Result<()> {
        let accents = client.accents().list(ListAccentsRequest::new()).wait()?;
        let locales = client.locales().list().wait()?;
        assert!(!accents.data.is_empty() && !locales.data.is_empty());
        let models = client.models().list(ListModelsRequest::new()).wait()?;
        assert!(models.data.iter().any(|model| model.id == "sonic-3"));

        let grants = TokenGrants::new().with_tts(true);
        let token = client
            .access_tokens()
            .create(CreateTokenRequest::new(grants))
            .wait()?;
        let guest = Client::builder()
            .credential(token)
            .base_url(server.url())
            .build()?;
        let refused = guest.files().list(ListFilesRequest::new()).wait();
        assert_eq!(refused.unwrap_err().kind(), ErrorKind::Auth);

        let dicts = client.pronunciation_dicts();
        let dict = dicts
            .create(CreatePronunciationDictRequest::new("Places"))
            .wait()?;
        assert_eq!(dicts.get(&dict.id).wait()?.name, "Places");
        assert_eq!(dicts.list(ListRequest::new()).items().count(), 1);
        dicts.delete(&dict.id).wait()?;

        let datasets = client.datasets();
        let dataset = datasets.create(CreateDatasetRequest::new("Readings", "One speaker"));
        let dataset = dataset.wait()?;
        let purpose = DatasetFilePurpose::FINE_TUNE;
        datasets.upload_file(&dataset.id, clip(), purpose).wait()?;
        assert_eq!(
            datasets
                .files(&dataset.id, ListRequest::new())
                .items()
                .count(),
            1
        );
        assert!(
            client
                .fine_tunes()
                .list(ListRequest::new())
                .wait()?
                .data
                .is_empty()
        );
        Ok(())
    }
    within(|| {
        let server = server();
        work(&client(&server), &server).unwrap();
    });
}

#[test]
fn agents() {
    fn work(client: &Client, server: &MockServer) -> Result<()> {
        let agents = client.agents();
        let agent = agents.list().wait()?.data.remove(0).id;
        agents.get(&agent).wait()?;
        agents.calls().list(ListCallsRequest::new(&agent)).wait()?;
        agents.calls().batches().list(ListRequest::new()).wait()?;
        assert_eq!(last(server), "GET /agents/calls/batches 200");
        let metric = CreateMetricRequest::new("polite", "Was it polite?");
        let metric = agents.metrics().create(metric).wait()?;
        agents.metrics().attach(&agent, &metric.id).wait()?;
        assert!(
            !agents
                .metrics()
                .list(ListMetricsRequest::new())
                .wait()?
                .data
                .is_empty()
        );
        agents.deployments().list(&agent).wait()?;
        agents.phone_numbers().of_agent(&agent).wait()?;
        agents
            .phone_numbers()
            .providers()
            .list(ListProvidersRequest::new())
            .wait()?;
        assert_eq!(last(server), "GET /agents/phone-numbers/providers 200");
        agents.webhooks().list().wait()?;
        let folder = agents
            .folders()
            .create(CreateFolderRequest::new("Rooms"))
            .wait()?;
        assert_eq!(agents.folders().get(&folder.id).wait()?.name, "Rooms");
        agents.documents().list(ListRequest::new()).wait()?;
        let managed = agents
            .managed()
            .create(SaveManagedAgentRequest::new())
            .wait()?;
        agents.managed().get(&managed.id).wait()?;
        Ok(())
    }
    within(|| {
        let server = server();
        work(&client(&server), &server).unwrap();
    });
}

#[test]
fn the_account() {
    fn work(builder: ClientBuilder, client: &Client, server: &MockServer) -> Result<()> {
        let key = AdminKey::new("sk_car_admin_canary").unwrap();
        for admin in [client.admin(key.clone()), builder.build_admin(key)?] {
            admin.usage().credits(GetUsageRequest::new()).wait()?;
            admin.api_keys().list(SearchRequest::new()).wait()?;
            assert!(admin.users().list(SearchRequest::new()).items().count() > 0);
            admin.invites().list(ListInvitesRequest::new()).wait()?;
            assert_eq!(last(server), "GET /organizations/invites 200");
        }
        Ok(())
    }
    within(|| {
        let server = server();
        let builder = Client::builder().base_url(server.url());
        work(builder, &client(&server), &server).unwrap();
    });
}
