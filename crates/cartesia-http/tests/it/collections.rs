//! Pronunciation dictionaries, datasets and fine-tunes: what exactly is sent, and what is made of it.

use cartesia_http::{Client, Error, Upload};
use cartesia_types::dataset::{CreateDatasetRequest, DatasetFilePurpose, UpdateDatasetRequest};
use cartesia_types::fine_tune::{CreateFineTuneRequest, FineTuneStatus};
use cartesia_types::pronunciation::{
    CreatePronunciationDictRequest, PronunciationItem, UpdatePronunciationDictRequest,
};
use cartesia_types::{ApiVersion, ErrorKind, Language, ListRequest, ModelId};
use serde_json::{Value, json};
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{assert_usual_headers, client, within};

/// Makes a call against a server with one answer; gives the result and the request.
async fn exchange<T>(
    answer: ResponseTemplate,
    call: impl AsyncFnOnce(Client) -> Result<T, Error>,
) -> (Result<T, Error>, Option<Request>) {
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(answer).mount(&server).await;
    let result = within(call(client(&server.uri()))).await;
    let mut requests = server.received_requests().await.unwrap();
    requests.iter().for_each(assert_usual_headers);
    assert!(requests.len() <= 1);
    (result, requests.pop())
}

/// The value of a call that must succeed, and the request in one line: method, target and body.
async fn sent<T>(answer: Value, call: impl AsyncFnOnce(Client) -> Result<T, Error>) -> (T, String) {
    let answer = if answer.is_null() {
        ResponseTemplate::new(204)
    } else {
        ResponseTemplate::new(200).set_body_json(answer)
    };
    let (result, request) = exchange(answer, call).await;
    let request = request.unwrap();
    assert_eq!(request.headers["cartesia-version"], "2026-08-14");
    let query = request.url.query().map(|query| format!("?{query}"));
    let target = format!("{}{}", request.url.path(), query.unwrap_or_default());
    let body = String::from_utf8_lossy(&request.body);
    (
        result.unwrap(),
        format!("{} {target} {body}", request.method)
            .trim_end()
            .to_owned(),
    )
}

async fn refused(
    version: ApiVersion,
    says: &str,
    call: impl AsyncFnOnce(Client, ApiVersion) -> Result<(), Error>,
) {
    let answer = ResponseTemplate::new(204);
    let (result, request) = exchange(answer, async |client| call(client, version).await).await;
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(error.to_string().contains(says), "{error}");
    assert!(request.is_none(), "nothing is sent");
}

fn dict() -> Value {
    json!({
        "id": "pd/1", "name": "Places", "owner_id": "user_1", "pinned": false,
        "items": [{"text": "Worcester", "alias": "Wooster", "case_sensitive": true}],
        "created_at": "2026-09-01T00:00:00Z",
    })
}

#[tokio::test]
async fn dictionaries() {
    let page = json!({"data": [dict()], "has_more": true, "next_page": "pd/1"});
    let request = ListRequest::new().with_limit(2).with_starting_after("a b");
    let (page, line) = sent(page, async |client| {
        client.pronunciation_dicts().list(request).await
    })
    .await;
    assert_eq!(
        line,
        "GET /pronunciation-dicts/?limit=2&starting_after=a%20b"
    );
    assert_eq!(page.next_cursor(), Some("pd/1"));

    let item = || PronunciationItem::new("Worcester", "Wooster").with_case_sensitive(true);
    let request = CreatePronunciationDictRequest::new("Places").with_items([item()]);
    let (made, line) = sent(dict(), async |client| {
        client.pronunciation_dicts().create(request).await
    })
    .await;
    assert_eq!(
        line,
        r#"POST /pronunciation-dicts/ {"name":"Places","items":[{"text":"Worcester","alias":"Wooster","case_sensitive":true}]}"#
    );
    assert_eq!(made.id.as_str(), "pd/1");
    assert_eq!(made.name, "Places");
    assert_eq!(made.owner_id.as_deref(), Some("user_1"));
    assert_eq!(made.pinned, Some(false));
    assert_eq!(made.items, [item()]);
    assert_eq!(made.created_at.unwrap(), "2026-09-01T00:00:00Z");

    let (found, line) = sent(dict(), async |client| {
        client.pronunciation_dicts().get("pd/1").await
    })
    .await;
    assert_eq!(line, "GET /pronunciation-dicts/pd%2F1");
    assert_eq!(found.name, "Places");

    let request = UpdatePronunciationDictRequest::new()
        .with_name("New")
        .with_items([]);
    let (_, line) = sent(dict(), async |client| {
        client.pronunciation_dicts().update("pd/1", request).await
    })
    .await;
    assert_eq!(
        line,
        r#"PATCH /pronunciation-dicts/pd%2F1 {"name":"New","items":[]}"#
    );

    let ((), line) = sent(Value::Null, async |client| {
        client.pronunciation_dicts().delete("pd/1").await
    })
    .await;
    assert_eq!(line, "DELETE /pronunciation-dicts/pd%2F1");
}

#[tokio::test]
async fn pinning_is_of_one_version() {
    for (verb, answer) in [
        ("pin", ResponseTemplate::new(200).set_body_json(dict())),
        ("unpin", ResponseTemplate::new(204)),
    ] {
        let (result, request) = exchange(answer, async |client| {
            let dicts = client.pronunciation_dicts();
            let call = if verb == "pin" {
                dicts.pin("x")
            } else {
                dicts.unpin("x")
            };
            call.api_version(ApiVersion::V2025_04_16).await
        })
        .await;
        result.unwrap();
        let request = request.unwrap();
        assert_eq!(request.method, "POST");
        assert_eq!(request.url.path(), format!("/pronunciation-dicts/x/{verb}"));
        assert!(request.body.is_empty());
    }
    for version in [
        ApiVersion::V2024_11_13,
        ApiVersion::V2025_11_04,
        ApiVersion::LATEST,
    ] {
        refused(version, "2025-04-16 only", async |client, version| {
            client
                .pronunciation_dicts()
                .pin("x")
                .api_version(version)
                .await
        })
        .await;
        refused(version, "2025-04-16 only", async |client, version| {
            client
                .pronunciation_dicts()
                .unpin("x")
                .api_version(version)
                .await
        })
        .await;
    }
}

#[tokio::test]
async fn datasets() {
    let dataset = || json!({"id": "ds", "name": "n", "description": "d", "created_at": "t"});
    let page = json!({"data": [dataset()], "has_more": false, "next_page": null});
    let (page, line) = sent(page, async |client| {
        client
            .datasets()
            .list(ListRequest::new().with_ending_before("z"))
            .await
    })
    .await;
    assert_eq!(line, "GET /datasets/?ending_before=z");
    assert_eq!(page.data[0].description.as_deref(), Some("d"));

    let (made, line) = sent(dataset(), async |client| {
        client
            .datasets()
            .create(CreateDatasetRequest::new("n", "d"))
            .await
    })
    .await;
    assert_eq!(line, r#"POST /datasets/ {"name":"n","description":"d"}"#);
    assert_eq!((made.id.as_str(), made.name.as_str()), ("ds", "n"));
    assert_eq!(made.created_at.unwrap(), "t");

    let (_, line) = sent(dataset(), async |client| client.datasets().get("d s").await).await;
    assert_eq!(line, "GET /datasets/d%20s");
    let ((), line) = sent(Value::Null, async |client| {
        client
            .datasets()
            .update("ds", UpdateDatasetRequest::new("a", "b"))
            .await
    })
    .await;
    assert_eq!(line, r#"PATCH /datasets/ds {"name":"a","description":"b"}"#);
    let ((), line) = sent(Value::Null, async |client| {
        client.datasets().delete("ds").await
    })
    .await;
    assert_eq!(line, "DELETE /datasets/ds");
}

#[tokio::test]
async fn files_of_datasets() {
    let file = json!({"id": "f", "filename": "a.wav", "size": 12, "created_at": "t"});
    let page = json!({"data": [file], "has_more": true});
    let (page, line) = sent(page, async |client| {
        client
            .datasets()
            .files("ds", ListRequest::new().with_limit(1))
            .await
    })
    .await;
    assert_eq!(line, "GET /datasets/ds/files?limit=1");
    assert_eq!(page.next_cursor(), Some("f"));
    let file = &page.data[0];
    assert_eq!((file.filename.as_str(), file.size), ("a.wav", Some(12)));
    assert_eq!(file.created_at.as_ref().unwrap(), "t");

    let ((), line) = sent(Value::Null, async |client| {
        let upload = Upload::from_bytes("a.wav", "RIFF");
        client
            .datasets()
            .upload_file("ds", upload, DatasetFilePurpose::FINE_TUNE)
            .await
    })
    .await;
    assert!(line.starts_with("POST /datasets/ds/files --"), "{line}");
    for part in [
        "Content-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\nContent-Type: \
         audio/wav\r\n\r\nRIFF\r\n",
        "Content-Disposition: form-data; name=\"purpose\"\r\n\r\nfine_tune\r\n",
    ] {
        assert!(line.contains(part), "{line}");
    }

    let ((), line) = sent(Value::Null, async |client| {
        client.datasets().delete_file("ds", "a/b").await
    })
    .await;
    assert_eq!(line, "DELETE /datasets/ds/files/a%2Fb");
}

#[tokio::test]
async fn fine_tunes() {
    let tune = || {
        json!({
            "id": "ft", "name": "n", "description": "d", "language": "fr", "dataset": "ds",
            "model_id": "sonic-3-2026-01-12", "status": "training", "accent": "parisian",
        })
    };
    let page = json!({"data": [tune()], "has_more": false});
    let (page, line) = sent(page, async |client| {
        client.fine_tunes().list(ListRequest::new()).await
    })
    .await;
    assert_eq!(line, "GET /fine-tunes/");
    assert_eq!(page.data.len(), 1);

    let model = ModelId::SONIC_3_2026_01_12;
    let request = CreateFineTuneRequest::new("n", "ds", Language::FR, model.clone())
        .with_description("d")
        .with_accent("parisian");
    let (made, line) = sent(tune(), async |client| {
        client.fine_tunes().create(request).await
    })
    .await;
    assert_eq!(
        line,
        r#"POST /fine-tunes/ {"name":"n","description":"d","language":"fr","model_id":"sonic-3-2026-01-12","dataset":"ds","accent":"parisian"}"#
    );
    assert_eq!((made.id.as_str(), made.name.as_str()), ("ft", "n"));
    assert_eq!(made.description, "d");
    assert_eq!(made.language, Some(Language::FR));
    assert_eq!(made.model_id, Some(model));
    assert_eq!(made.dataset.unwrap(), "ds");
    assert_eq!(made.status, Some(FineTuneStatus::TRAINING));
    assert_eq!(made.accent.as_deref(), Some("parisian"));

    let (_, line) = sent(tune(), async |client| client.fine_tunes().get("ft").await).await;
    assert_eq!(line, "GET /fine-tunes/ft");
    let ((), line) = sent(Value::Null, async |client| {
        client.fine_tunes().delete("ft").await
    })
    .await;
    assert_eq!(line, "DELETE /fine-tunes/ft");
    let page = json!({"data": [{"id": "v1", "name": "One"}], "has_more": true});
    let (page, line) = sent(page, async |client| {
        client
            .fine_tunes()
            .voices("ft", ListRequest::new().with_limit(1))
            .await
    })
    .await;
    assert_eq!(line, "GET /fine-tunes/ft/voices?limit=1");
    assert_eq!(page.data[0].name, "One");
}

#[tokio::test]
async fn what_the_version_lacks_is_refused_before_anything_is_sent() {
    let later = "2025-04-16 and later";
    refused(ApiVersion::V2024_11_13, later, async |client, version| {
        let call = client.pronunciation_dicts().list(ListRequest::new());
        call.api_version(version).await.map(drop)
    })
    .await;
    let cased = PronunciationItem::new("a", "b").with_case_sensitive(true);
    let request = CreatePronunciationDictRequest::new("x").with_items([cased]);
    refused(
        ApiVersion::V2026_03_01,
        "`case_sensitive`",
        async |client, version| {
            let call = client.pronunciation_dicts().create(request);
            call.api_version(version).await.map(drop)
        },
    )
    .await;
    refused(
        ApiVersion::V2024_06_10,
        "`/datasets`",
        async |client, version| {
            let upload = Upload::from_bytes("a.wav", "RIFF");
            let purpose = DatasetFilePurpose::FINE_TUNE;
            client
                .datasets()
                .upload_file("ds", upload, purpose)
                .api_version(version)
                .await
        },
    )
    .await;
    refused(ApiVersion::V2024_11_13, later, async |client, version| {
        client.datasets().delete("ds").api_version(version).await
    })
    .await;
    refused(
        ApiVersion::V2024_11_13,
        "`description`",
        async |client, version| {
            let call = client
                .datasets()
                .create(CreateDatasetRequest::new("n", "d"));
            call.api_version(version).await.map(drop)
        },
    )
    .await;
    refused(
        ApiVersion::V2024_11_13,
        "`/fine-tunes`",
        async |client, version| {
            let call = client.fine_tunes().voices("ft", ListRequest::new());
            call.api_version(version).await.map(drop)
        },
    )
    .await;
}
