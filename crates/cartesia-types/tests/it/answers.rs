//! Answers that are something else: a success that carries an error is not an empty value.

use cartesia_types::account::{AgentUsage, ApiKeyInfo, CreditUsage, Invite, User};
use cartesia_types::agent::{
    Agent, AgentCall, AgentTemplate, CallBatch, CallLogs, Deployment, Document, Folder,
    ManagedAgent, Metric, MetricResult, OutboundCalls, PhoneNumber, Provider, Webhook,
};
use cartesia_types::dataset::{Dataset, DatasetFile};
use cartesia_types::fine_tune::FineTune;
use cartesia_types::pronunciation::PronunciationDict;
use cartesia_types::voice::VoiceMetadata;
use cartesia_types::voice::legacy::{EmbeddingResponse, MixedVoice};
use cartesia_types::{ApiInfo, Page, StoredFile, TokenResponse, Transcription, Voice};
use serde::de::DeserializeOwned;

fn refuses<T: DeserializeOwned>() {
    refuses_errors::<T>();
    let name = std::any::type_name::<T>();
    assert!(serde_json::from_str::<T>("{}").is_err(), "{name}");
}

fn refuses_errors<T: DeserializeOwned>() {
    for answer in [
        r#"{"error":"canary"}"#,
        r#"{"error":{"message":"canary","error_code":"canary"},"request_id":"canary"}"#,
        r#"{"message":"canary"}"#,
        r#"{"detail":"canary"}"#,
        r#"{"data":null}"#,
        "null",
        r#""canary""#,
    ] {
        let name = std::any::type_name::<T>();
        assert!(
            serde_json::from_str::<T>(answer).is_err(),
            "{name}: {answer}"
        );
    }
}

#[test]
fn no_answer_can_be_read_from_an_error() {
    // That it answers at all is what the status route is for.
    refuses_errors::<ApiInfo>();
    refuses::<Transcription>();
    refuses::<Voice>();
    refuses::<VoiceMetadata>();
    refuses::<EmbeddingResponse>();
    refuses::<MixedVoice>();
    refuses::<TokenResponse>();
    refuses::<StoredFile>();
    refuses::<PronunciationDict>();
    refuses::<Dataset>();
    refuses::<DatasetFile>();
    refuses::<FineTune>();
    refuses::<Agent>();
    refuses::<AgentCall>();
    refuses::<AgentTemplate>();
    refuses::<CallBatch>();
    refuses::<CallLogs>();
    refuses::<Deployment>();
    refuses::<Document>();
    refuses::<Folder>();
    refuses::<ManagedAgent>();
    refuses::<Metric>();
    refuses::<MetricResult>();
    refuses::<OutboundCalls>();
    refuses::<PhoneNumber>();
    refuses::<Provider>();
    refuses::<Webhook>();
    refuses::<ApiKeyInfo>();
    refuses::<User>();
    refuses::<Invite>();
    refuses::<CreditUsage>();
    refuses::<AgentUsage>();
    refuses::<Page<Voice>>();
    refuses::<Page<Document>>();
}
