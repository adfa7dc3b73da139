//! Golden tests of pronunciation dictionaries, datasets and fine-tunes.

use cartesia_types::dataset::{
    CreateDatasetRequest, Dataset, DatasetFile, DatasetFilePurpose, UpdateDatasetRequest,
};
use cartesia_types::fine_tune::{CreateFineTuneRequest, FineTune, FineTuneStatus};
use cartesia_types::pronunciation::{
    CreatePronunciationDictRequest, PINNING, PronunciationDict, PronunciationItem,
    UpdatePronunciationDictRequest,
};
use cartesia_types::{ApiVersion, Language, ModelId, Page, Requirement};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{from_str, to_string};

/// The exact text of a value, and the value of that text.
fn golden<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, text: &str) {
    assert_eq!(to_string(value).unwrap(), text);
    assert_eq!(&from_str::<T>(text).unwrap(), value);
}

/// The known versions that have all of it.
fn versions(needs: &[Requirement]) -> String {
    let allowed = |version: &ApiVersion| needs.iter().all(|need| need.check(*version).is_ok());
    let versions = ApiVersion::KNOWN.into_iter().filter(allowed);
    versions
        .map(|version| version.to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

#[test]
fn dictionary_requests() {
    let item = || PronunciationItem::new("Worcester", "Wooster");
    let request = CreatePronunciationDictRequest::new("Places");
    golden(&request, r#"{"name":"Places"}"#);
    golden(
        &request.with_items([item(), item().with_case_sensitive(true)]),
        r#"{"name":"Places","items":[{"text":"Worcester","alias":"Wooster"},{"text":"Worcester","alias":"Wooster","case_sensitive":true}]}"#,
    );
    golden(&UpdatePronunciationDictRequest::new(), "{}");
    golden(
        &UpdatePronunciationDictRequest::new()
            .with_name("x")
            .with_items([PronunciationItem::with_pronunciation("a", "b")]),
        r#"{"name":"x","items":[{"text":"a","pronunciation":"b"}]}"#,
    );
}

#[test]
fn dictionaries_of_every_version() {
    let old = r#"{"id":"pd_1","name":"Places","description":"d","owner_id":"u","pinned":true,"items":[{"text":"a","pronunciation":"b"}],"created_at":"2025-08-01T00:00:00Z"}"#;
    let dict: PronunciationDict = from_str(old).unwrap();
    assert_eq!(dict.items[0].replacement(), Some("b"));
    assert_eq!(dict.pinned, Some(true));
    golden(&dict, old);
    let new = r#"{"id":"pd_1","name":"Places","owner_id":"u","pinned":false,"items":[{"text":"a","alias":"b","case_sensitive":false,"new":1}],"created_at":"t","more":[1]}"#;
    let dict: PronunciationDict = from_str(new).unwrap();
    assert_eq!(dict.items[0].replacement(), Some("b"));
    assert_eq!(dict.items[0].extra["new"], 1);
    golden(&dict, new);
    let poor: PronunciationDict =
        from_str(r#"{"id":"x","name":null,"items":null,"pinned":null}"#).unwrap();
    assert_eq!(poor, PronunciationDict::new("x", ""));
    let page: Page<PronunciationDict> =
        from_str(r#"{"data":[{"id":"x"}],"has_more":true}"#).unwrap();
    assert_eq!(page.next_cursor(), Some("x"));
}

#[test]
fn what_dictionaries_need() {
    let request = CreatePronunciationDictRequest::new("x");
    let since = "2025-04-16 2025-11-04 2026-03-01 2026-08-14";
    assert_eq!(versions(&request.requirements()), since);
    let item = PronunciationItem::new("a", "b");
    let aliased = request.clone().with_items([item.clone()]);
    assert_eq!(versions(&aliased.requirements()), since);
    let cased = item.with_case_sensitive(false);
    let update = UpdatePronunciationDictRequest::new().with_items([cased.clone(), cased]);
    assert_eq!(versions(&update.requirements()), "2026-08-14");
    assert_eq!(update.requirements().len(), 2, "each is said once");
    let old = request.with_items([PronunciationItem::with_pronunciation("a", "b")]);
    assert_eq!(versions(&old.requirements()), "2025-04-16");
    assert_eq!(versions(&[PINNING]), "2025-04-16");
}

#[test]
fn datasets() {
    let request = CreateDatasetRequest::new("n", "d");
    golden(&request, r#"{"name":"n","description":"d"}"#);
    let since = "2025-04-16 2025-11-04 2026-03-01 2026-08-14";
    assert_eq!(versions(&request.requirements()), since);
    let request = CreateDatasetRequest::without_description("n");
    golden(&request, r#"{"name":"n"}"#);
    assert_eq!(
        versions(&request.requirements()),
        format!("2024-11-13 {since}")
    );
    golden(
        &UpdateDatasetRequest::new("n", ""),
        r#"{"name":"n","description":""}"#,
    );
    let text = r#"{"id":"ds","name":"n","description":"d","created_at":"t","new":null}"#;
    golden(&from_str::<Dataset>(text).unwrap(), text);
    assert_eq!(
        from_str::<Dataset>(r#"{"id":"ds","name":null}"#).unwrap(),
        Dataset::new("ds", "")
    );
    let text = r#"{"id":"f","filename":"a.wav","size":12345678901,"created_at":"t","new":1}"#;
    let file: DatasetFile = from_str(text).unwrap();
    assert_eq!(file.size, Some(12_345_678_901));
    golden(&file, text);
    golden(
        &DatasetFile::new("f", "a.wav"),
        r#"{"id":"f","filename":"a.wav"}"#,
    );
    golden(&DatasetFilePurpose::FINE_TUNE, r#""fine_tune""#);
    golden(&DatasetFilePurpose::from("other"), r#""other""#);
}

#[test]
fn fine_tunes() {
    let model = ModelId::SONIC_3_2026_01_12;
    let request = CreateFineTuneRequest::new("n", "ds", Language::FR, model);
    golden(
        &request,
        r#"{"name":"n","description":"","language":"fr","model_id":"sonic-3-2026-01-12","dataset":"ds"}"#,
    );
    assert_eq!(
        versions(&request.requirements()),
        "2025-04-16 2025-11-04 2026-03-01 2026-08-14"
    );
    let request = request.with_description("d").with_accent("parisian");
    golden(
        &request,
        r#"{"name":"n","description":"d","language":"fr","model_id":"sonic-3-2026-01-12","dataset":"ds","accent":"parisian"}"#,
    );
    assert_eq!(versions(&request.requirements()), "2026-08-14");
    for (status, text, last) in [
        (FineTuneStatus::CREATED, "created", false),
        (FineTuneStatus::TRAINING, "training", false),
        (FineTuneStatus::COMPLETED, "completed", true),
        (FineTuneStatus::FAILED, "failed", true),
        (FineTuneStatus::from("queued"), "queued", false),
    ] {
        golden(&status, &format!("{text:?}"));
        assert_eq!(status.is_final(), last);
    }
    let text = r#"{"id":"ft","name":"n","description":"d","language":"fr","model_id":"m","dataset":"ds","status":"queued","accent":"parisian","new":true}"#;
    golden(&from_str::<FineTune>(text).unwrap(), text);
    let poor: FineTune = from_str(r#"{"id":"ft","description":null,"accent":null}"#).unwrap();
    assert_eq!(poor, FineTune::new("ft", ""));
}
