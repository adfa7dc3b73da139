//! Golden tests of what is sent to make and change voices, and of what comes back.

use cartesia_types::voice::{
    Accent, AccentId, AddAccentsRequest, CloneMode, CloneVoiceRequest, Dialect, Gender,
    GetVoiceRequest, ListAccentsRequest, LocaleInfo, LocalizeVoiceRequest, SpeakerGender,
    UpdateVoiceRequest, VoiceAccess, VoiceMetadata, VoiceVisibility,
};
use cartesia_types::{ApiVersion, Language, Locale, Page, Patch, Requirement};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, from_str, from_value, json, to_string, to_value};

/// The text of a value, which reads back as the same value.
pub(crate) fn golden<T>(value: &T) -> String
where
    T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let text = to_string(value).unwrap();
    assert_eq!(&from_str::<T>(&text).unwrap(), value);
    text
}

/// The known versions at which all requirements are met.
pub(crate) fn versions(needs: &[Requirement]) -> Vec<ApiVersion> {
    ApiVersion::KNOWN
        .into_iter()
        .filter(|version| needs.iter().all(|need| need.check(*version).is_ok()))
        .collect()
}

#[test]
fn an_update_tells_keeping_from_clearing() {
    let empty = UpdateVoiceRequest::new();
    assert_eq!(golden(&empty), "{}");
    assert!(empty.gender.is_keep());
    assert_eq!(
        golden(&empty.clone().with_gender(Patch::Clear)),
        r#"{"gender":null}"#
    );
    let full = empty
        .with_name("N")
        .with_description("D")
        .with_gender(Gender::FEMININE)
        .with_accent(AccentId::BRITISH)
        .with_tagline("T")
        .with_extra("new", 1);
    assert_eq!(
        golden(&full),
        r#"{"name":"N","description":"D","gender":"feminine","accent":"british","tagline":"T","new":1}"#
    );
    assert_eq!(full.gender.value(), Some(&Gender::FEMININE));
    let nulls: UpdateVoiceRequest =
        from_value(json!({"name": null, "gender": null, "accent": null})).unwrap();
    assert_eq!(nulls, UpdateVoiceRequest::new().with_gender(Patch::Clear));
}

#[test]
fn an_update_says_which_versions_have_it() {
    let new = UpdateVoiceRequest::new;
    assert_eq!(versions(&new().with_name("x").requirements()).len(), 6);
    for (request, first) in [
        (new().with_gender(Patch::Clear), ApiVersion::V2025_04_16),
        (new().with_accent("x"), ApiVersion::V2026_03_01),
        (new().with_tagline("x"), ApiVersion::V2026_03_01),
    ] {
        assert_eq!(versions(&request.requirements())[0], first);
    }
}

#[test]
fn a_clone_has_its_parts_and_versions() {
    let request = CloneVoiceRequest::new("N", Language::EN)
        .with_description("D")
        .with_base_voice_id("b")
        .with_accent("british")
        .with_tagline("T")
        .with_access(VoiceAccess::PRIVATE)
        .with_mode(CloneMode::SIMILARITY)
        .with_enhance(true)
        .with_transcript("words")
        .with_extra("a", "text")
        .with_extra("b", 7);
    assert_eq!(
        golden(&request),
        r#"{"name":"N","language":"en","description":"D","base_voice_id":"b","accent":"british","tagline":"T","access":"private","mode":"similarity","enhance":true,"transcript":"words","a":"text","b":7}"#
    );
    let parts_at = |version: ApiVersion| {
        let parts = request.parts().into_iter();
        let parts = parts.filter(|(_, _, range)| range.contains(version));
        parts
            .map(|(name, text, _)| format!("{name}={text}"))
            .collect::<Vec<_>>()
            .join("&")
    };
    let all = "name=N&language=en&description=D&base_voice_id=b&accent=british&tagline=T&\
               access=private&mode=similarity&enhance=true&transcript=words&a=text&b=7";
    assert_eq!(parts_at(ApiVersion::V2026_08_14), all);
    let object = all.replace("access=", "access[type]=");
    assert_eq!(parts_at(ApiVersion::V2026_03_01), object);
    assert!(!parts_at(ApiVersion::V2025_11_04).contains("access"));

    let new = || CloneVoiceRequest::new("N", Language::EN);
    let first_and_last = |request: CloneVoiceRequest| {
        let found = versions(&request.requirements());
        (found.first().copied(), found.last().copied())
    };
    let newest = Some(ApiVersion::LATEST);
    for (request, range) in [
        (new(), (Some(ApiVersion::V2025_04_16), newest)),
        (
            new().with_mode(CloneMode::STABILITY).with_enhance(false),
            (Some(ApiVersion::V2024_06_10), Some(ApiVersion::V2024_11_13)),
        ),
        (
            new().with_enhance(true).with_transcript("x"),
            (Some(ApiVersion::V2025_04_16), Some(ApiVersion::V2025_04_16)),
        ),
        (
            new().with_tagline("x"),
            (Some(ApiVersion::V2026_03_01), newest),
        ),
        (
            new().with_access(VoiceAccess::PUBLIC),
            (Some(ApiVersion::V2026_03_01), newest),
        ),
        (new().with_accent("x"), (newest, newest)),
    ] {
        let shown = format!("{request:?}");
        assert_eq!(first_and_last(request), range, "{shown}");
    }
}

#[test]
fn localizing_has_two_shapes() {
    let by_accent = LocalizeVoiceRequest::new("v", "N", AccentId::PARISIAN)
        .with_description("D")
        .with_tagline("T");
    assert_eq!(
        golden(&by_accent),
        r#"{"voice_id":"v","name":"N","description":"D","accent":"parisian","tagline":"T"}"#
    );
    assert_eq!(
        versions(&by_accent.requirements()),
        [ApiVersion::V2026_08_14]
    );
    let by_language =
        LocalizeVoiceRequest::to_language("v", "N", "D", Language::FR, SpeakerGender::FEMALE)
            .with_dialect(Dialect::CA)
            .with_extra("new", true);
    assert_eq!(
        golden(&by_language),
        r#"{"voice_id":"v","name":"N","description":"D","language":"fr","original_speaker_gender":"female","dialect":"ca","new":true}"#
    );
    assert_eq!(
        versions(&by_language.requirements()),
        ApiVersion::KNOWN[..5]
    );
}

#[test]
fn metadata_is_read_in_every_shape() {
    let old: VoiceMetadata = from_value(json!({
        "id": "v", "user_id": "u", "is_public": false, "name": "N", "description": "D",
        "created_at": "2025-01-01T00:00:00Z", "language": "en",
    }))
    .unwrap();
    assert_eq!((old.is_public, &*old.name), (Some(false), "N"));
    for access in [json!("private"), json!({"type": "private"})] {
        let new: VoiceMetadata = from_value(json!({
            "id": "v", "user_id": null, "name": null, "description": null, "language": "en",
            "created_at": "2026-09-01T00:00:00Z", "tagline": "", "access": access,
            "visibility": "owner", "new": [1],
        }))
        .unwrap();
        assert_eq!(new.access, Some(VoiceAccess::PRIVATE));
        assert_eq!(new.visibility, Some(VoiceVisibility::OWNER));
        assert_eq!((&*new.name, &new.extra["new"]), ("", &json!([1])));
        assert_eq!(
            golden(&new),
            r#"{"id":"v","name":"","description":"","language":"en","created_at":"2026-09-01T00:00:00Z","tagline":"","access":"private","visibility":"owner","new":[1]}"#
        );
    }
    let least: VoiceMetadata = from_value(json!({"id": "v"})).unwrap();
    assert_eq!(least, VoiceMetadata::new("v", ""));
}

#[test]
fn accents_and_locales_are_lists_under_their_own_names() {
    let page: Page<Accent> = from_value(json!({"accents": [
        {"id": "british", "name": "British English", "language": "en", "locale": "en-GB",
         "is_locale_default": true, "is_localizable": true, "new": 1},
        {"id": "unheard-of", "name": null},
    ]}))
    .unwrap();
    assert!(!page.has_more);
    assert_eq!(page.data[0].locale, Some(Locale::EN_GB));
    assert_eq!(page.data[0].extra["new"], 1);
    assert_eq!(page.data[1], Accent::new("unheard-of"));
    assert_eq!(
        golden(&page.data[0]),
        r#"{"id":"british","name":"British English","language":"en","locale":"en-GB","is_locale_default":true,"is_localizable":true,"new":1}"#
    );

    let page: Page<LocaleInfo> = from_value(json!({"locales": [
        {"locale": "en-GB", "language": "en", "display_name": "British", "accents": ["british"]},
        {"locale": "fr-FR", "accents": [{"id": "parisian", "name": "Parisian"}, {"name": "?"}]},
        {"locale": "x", "accents": null},
    ]}))
    .unwrap();
    let ids = |locale: &LocaleInfo| locale.accent_ids().collect::<Vec<_>>();
    assert_eq!(ids(&page.data[0]), [AccentId::BRITISH]);
    assert_eq!(ids(&page.data[1]), [AccentId::PARISIAN]);
    assert_eq!(page.data[2], LocaleInfo::new("x"));
    assert_eq!(
        to_value(&page.data[1]).unwrap()["accents"][0]["name"],
        "Parisian"
    );
    let since_march = ApiVersion::KNOWN[4..].to_vec();
    assert_eq!(versions(&LocaleInfo::list_requirements()), since_march);
    let request = ListAccentsRequest::new()
        .with_language(Language::EN)
        .with_locale(Locale::EN_GB);
    assert_eq!(versions(&request.requirements()), since_march);
    assert_eq!(
        request.query(),
        [
            ("language", "en".to_owned()),
            ("locale", "en-GB".to_owned())
        ]
    );
    assert_eq!(
        golden(&AddAccentsRequest::new(["british", "new"])),
        r#"{"accents":["british","new"]}"#
    );
    assert_eq!(versions(&AddAccentsRequest::requirements()), since_march);
}

#[test]
fn the_known_words_stand_as_they_do_on_the_wire() {
    let words = |values: &[Value]| {
        let texts: Vec<_> = values.iter().map(|value| value.as_str().unwrap()).collect();
        texts.join(" ")
    };
    let of = |known: Value| words(known.as_array().unwrap());
    assert_eq!(
        of(to_value(CloneMode::KNOWN).unwrap()),
        "similarity stability"
    );
    assert_eq!(of(to_value(SpeakerGender::KNOWN).unwrap()), "male female");
    assert_eq!(
        of(to_value(Dialect::KNOWN).unwrap()),
        "au in so uk us mx pe br eu ca"
    );
    assert_eq!(AccentId::KNOWN.len(), 79);
    assert_eq!(AccentId::MODERN_STANDARD_ARABIC, "modern-standard-arabic");
}

#[test]
fn one_voice_has_more_fields_when_they_are_asked_for() {
    let plain = GetVoiceRequest::new();
    assert_eq!(plain.query(), []);
    assert_eq!(versions(&plain.requirements()), ApiVersion::KNOWN);
    let full = plain.with_expand("preview_file_url").with_expand("x");
    let pair = |value: &str| ("expand[]", value.to_owned());
    assert_eq!(full.query(), [pair("preview_file_url"), pair("x")]);
    let of = |field: &str| versions(&GetVoiceRequest::new().with_expand(field).requirements());
    assert_eq!(of("preview_file_url"), ApiVersion::KNOWN[1..]);
    assert_eq!(of("embedding"), [ApiVersion::V2024_11_13]);
    assert_eq!(
        of("is_starred"),
        [ApiVersion::V2024_11_13, ApiVersion::V2025_04_16]
    );
}
