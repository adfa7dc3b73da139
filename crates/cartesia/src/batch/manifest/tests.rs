//! Manifests, right and wrong.

use cartesia_types::{ModelId, Mp3Format, RawFormat, VoiceId, WavFormat};
use proptest::prelude::*;

use super::*;

fn defaults() -> BytesRequest {
    BytesRequest::new(
        ModelId::SONIC_3,
        VoiceId::from("default"),
        "not used",
        WavFormat::from(RawFormat::PCM_S16LE_16000),
    )
}

fn read(text: &[u8], format: ManifestFormat) -> Manifest {
    Manifest::read(std::io::Cursor::new(text.to_vec()), format, defaults())
}

fn csv(text: &str) -> Vec<Result<Item>> {
    read(text.as_bytes(), ManifestFormat::Csv).collect()
}

/// The ids and texts of items, and the messages of errors.
fn shown(items: impl IntoIterator<Item = Result<Item>>) -> Vec<String> {
    let show = |item: Result<Item>| match item {
        Ok(item) => {
            let id = item.id.unwrap_or_default();
            format!("{}:{id}:{}", item.line, item.request.transcript)
        }
        Err(error) => error.message().to_owned(),
    };
    items.into_iter().map(show).collect()
}

#[test]
fn marks_line_ends_quotes_and_empty_lines_are_read() {
    let plain = "id,text\na,one\n\nb,\"two, \"\"2\"\"\nlines\"\nc,three";
    let expected = ["2:a:one", "4:b:two, \"2\"\nlines", "6:c:three"];
    assert_eq!(shown(csv(plain)), expected);
    assert_eq!(shown(csv(&format!("\u{feff}{plain}\n"))), expected);
    let windows = plain.replace('\n', "\r\n");
    assert_eq!(shown(csv(&windows)), expected);
}

#[test]
fn tables_with_tabs_and_lines_of_json_are_read() {
    let tabs = read(b"text\tid\none, two\ta\n", ManifestFormat::Tsv);
    assert_eq!(shown(tabs), ["2:a:one, two"]);
    let json = "\u{feff}{\"id\": 7, \"text\": \"one\"}\r\n\n  {\"text\": \"two\", \"id\": null}";
    let items = read(json.as_bytes(), ManifestFormat::JsonLines);
    assert_eq!(shown(items), ["1:7:one", "3::two"]);
}

#[test]
fn every_field_is_set() {
    let table = "id,text,voice,model,language,format,speed,volume,emotion,dictionary,words,captions\n\
                 a,Hallo,v,sonic-2,de,mp3_44100_128,1.5,0.5,happy,d,yes,vtt\n\
                 b,Hello,,,,,,,,,,\n";
    let mut items = csv(table);
    let plain = items.remove(1).unwrap();
    let mut expected = Item::new(defaults()).with_id("b");
    expected.request.transcript = "Hello".to_owned();
    expected.line = 3;
    assert_eq!(plain, expected);
    let item = items.remove(0).unwrap();
    let request = &item.request;
    assert_eq!(request.voice, VoiceId::from("v").into());
    assert_eq!(request.model_id.as_str(), "sonic-2");
    assert_eq!(request.language.as_ref().unwrap().as_str(), "de");
    assert_eq!(request.output_format, Mp3Format::default().into());
    let generation = request.generation_config.as_ref().unwrap();
    assert_eq!(
        (generation.speed, generation.volume),
        (Some(1.5), Some(0.5))
    );
    assert_eq!(generation.emotion.as_ref().unwrap().as_str(), "happy");
    assert!(request.pronunciation_dict_id.is_some());
    assert!(item.words && item.captions == Some(CaptionFormat::Vtt));
}

#[test]
fn json_has_objects_as_the_api_writes_them() {
    let line = r#"{"transcript": "Hello", "voice": {"mode": "id", "id": "v"}, "words": true, "captions": false,
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 16000}}"#;
    let line = line.replace('\n', " ");
    let item = read(line.as_bytes(), ManifestFormat::JsonLines)
        .with_captions(CaptionFormat::Srt)
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(item.request.voice, VoiceId::from("v").into());
    assert_eq!(
        item.request.output_format,
        RawFormat::PCM_S16LE_16000.into()
    );
    assert!(item.words && item.captions.is_none());
}

#[test]
fn a_locale_replaces_a_language_and_the_reverse() {
    let with_language = defaults().with_language("de");
    let table = "text,locale\none,en-GB\ntwo,\n";
    let items = Manifest::read(table.as_bytes(), ManifestFormat::Csv, with_language);
    let languages: Vec<_> = items
        .map(|item| {
            let request = item.unwrap().request;
            (request.language.is_some(), request.locale.is_some())
        })
        .collect();
    assert_eq!(languages, [(false, true), (true, false)]);
}

#[test]
fn columns_have_other_names_and_unused_ones_are_known() {
    let table = "Line,Key,remark,text\nHello,a,loud,no\n";
    let columns = Columns::new()
        .with(Field::Text, "Line")
        .with(Field::Id, "Key");
    let mut manifest = read(table.as_bytes(), ManifestFormat::Csv).with_columns(columns);
    assert_eq!(shown(manifest.by_ref()), ["2:a:Hello"]);
    assert_eq!(manifest.unused().collect::<Vec<_>>(), ["remark", "text"]);
    // Names of our own have any capitals, and the best of them counts.
    assert_eq!(
        shown(csv("File,TEXT,ID\nx,one,y\nz,two,\n")),
        ["2:y:one", "3:z:two"]
    );
}

#[test]
fn errors_name_line_and_column_and_the_next_line_is_read() {
    let secret = "a secret text";
    for (row, message) in [
        (
            format!("a,{secret},{secret}"),
            "line 2, column `speed`: must be a number",
        ),
        (
            format!("a,{secret},inf"),
            "line 2, column `speed`: must be a number",
        ),
        (
            "a,,1".to_owned(),
            "line 2, column `text`: the text is empty",
        ),
        (
            format!("a,{secret}"),
            "line 2: has 2 columns, and the first line 3",
        ),
        (format!("a,{secret},1,{secret}"), "line 2: has 4 columns"),
    ] {
        let found = shown(csv(&format!("id,text,speed\n{row}\nb,two,1\n")));
        assert!(found[0].starts_with(message), "{found:?}");
        assert!(!found[0].contains(secret), "{found:?}");
        assert_eq!(found[1], "3:b:two");
    }
    for (line, message) in [
        (
            r#"{"text": "a secret text""#,
            "line 1, column 24: is not a JSON object",
        ),
        (r#""a secret text""#, "line 1: is not a JSON object"),
        (
            r#"{"text": ["a secret text"]}"#,
            "line 1, column `text`: must be a text",
        ),
        (
            r#"{"text": "x", "format": "a secret text"}"#,
            "line 1, column `format`: must be a format",
        ),
        (
            r#"{"text": "x", "voice": {"a secret text": 1}}"#,
            "line 1, column `voice`: must be a voice",
        ),
        (
            r#"{"text": "x", "words": "a secret text"}"#,
            "line 1, column `words`: must be true or false",
        ),
        (
            r#"{"text": "x", "captions": "a secret text"}"#,
            "line 1, column `captions`: must be srt",
        ),
    ] {
        let text = format!("{line}\n{{\"text\": \"two\"}}\n");
        let found = shown(read(text.as_bytes(), ManifestFormat::JsonLines));
        assert!(found[0].starts_with(message), "{found:?}");
        assert!(!found[0].contains(secret), "{found:?}");
        assert_eq!(found[1], "2::two");
    }
}

#[test]
fn other_encodings_are_named() {
    let table = read(b"id,text\na,\xe4\nb,two\n", ManifestFormat::Csv);
    let found = shown(table);
    assert_eq!(
        found[0],
        "line 2, column 2: is not UTF-8 text: save the manifest as UTF-8"
    );
    assert_eq!(found[1], "3:b:two");
    let json = read(b"{\"text\": \"\xe4\"}\n", ManifestFormat::JsonLines);
    assert_eq!(
        shown(json),
        ["line 1: is not UTF-8 text: save the manifest as UTF-8"]
    );
    let wide: Vec<u8> = "id,text\na,one\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let mut wide = [vec![0xff, 0xfe], wide].concat();
    assert!(shown(read(&wide, ManifestFormat::Csv))[0].contains("UTF-8"));
    wide.truncate(1);
    assert_eq!(shown(read(&wide, ManifestFormat::Csv)).len(), 1);
}

#[test]
fn tables_without_their_columns_are_refused_once() {
    for (table, message) in [
        ("", "line 1, column `text`: there is no such column"),
        (
            "id,line\na,one\n",
            "line 1, column `text`: there is no such column",
        ),
        (
            "id,text,id\na,one,b\n",
            "line 1, column `id`: there are two such columns",
        ),
    ] {
        let found = shown(csv(table));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(message), "{found:?}");
    }
    let columns = Columns::new().with(Field::Voice, "Speaker");
    let manifest = read(b"text\none\n", ManifestFormat::Csv).with_columns(columns);
    assert_eq!(
        shown(manifest),
        ["line 1, column `Speaker`: there is no such column"]
    );
}

#[test]
fn a_line_without_end_is_not_held_in_memory() {
    let long = "x".repeat(5 * 1024 * 1024);
    let text = format!("{long}\n{{\"text\": \"two\"}}\n");
    let found = shown(read(text.as_bytes(), ManifestFormat::JsonLines));
    assert_eq!(found, ["line 1: is longer than 4 MiB", "2::two"]);
}

#[test]
fn a_file_that_cannot_be_read_ends_the_manifest() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    for format in [ManifestFormat::Csv, ManifestFormat::JsonLines] {
        let found: Vec<_> = Manifest::read(Broken, format, defaults()).collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].as_ref().unwrap_err().kind(), ErrorKind::Io);
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, kind) in [
        ("none.csv", ErrorKind::Io),
        ("none.xlsx", ErrorKind::InvalidRequest),
    ] {
        let error = Manifest::open(folder.path().join(name), defaults()).unwrap_err();
        assert_eq!(error.kind(), kind);
        assert!(error.message().contains(name), "{error}");
    }
    std::fs::create_dir(folder.path().join("a.csv")).unwrap();
    assert!(Manifest::open(folder.path().join("a.csv"), defaults()).is_err());
}

/// A text as a table quotes it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        rows in proptest::collection::vec(("[a-z]{1,8}", "\\PC{0,30}[a-zäß日]"), 1..20),
        windows: bool,
        mark: bool,
    ) {
        let end = if windows { "\r\n" } else { "\n" };
        let mark = if mark { "\u{feff}" } else { "" };
        let lines: Vec<_> = rows.iter().map(|(id, text)| format!("{id},{}", quoted(text))).collect();
        let table = format!("{mark}id,text{end}{}{end}", lines.join(end));
        let read_back: Vec<_> = csv(&table)
            .into_iter()
            .map(|item| item.map(|item| (item.id.unwrap(), item.request.transcript)))
            .collect::<Result<_>>()
            .unwrap();
        prop_assert_eq!(&read_back, &rows);
        let object = |(id, text): &(String, String)| {
            serde_json::json!({ "id": id, "text": text }).to_string()
        };
        let lines: Vec<_> = rows.iter().map(object).collect();
        let json = format!("{mark}{}", lines.join(end));
        let items = read(json.as_bytes(), ManifestFormat::JsonLines);
        let read_back: Vec<_> = items
            .map(|item| item.map(|item| (item.id.unwrap(), item.request.transcript)))
            .collect::<Result<_>>()
            .unwrap();
        prop_assert_eq!(&read_back, &rows);
    }

    #[test]
    fn no_bytes_panic_or_hang(bytes: Vec<u8>, table: bool) {
        let format = if table { ManifestFormat::Csv } else { ManifestFormat::JsonLines };
        let text = [b"text,id\n".to_vec(), bytes.clone()].concat();
        let lines = text.iter().filter(|byte| matches!(byte, b'\n' | b'\r')).count();
        prop_assert!(read(&text, format).count() <= lines + 1);
        prop_assert!(read(&bytes, format).count() <= bytes.len() + 1);
    }
}
