//! What the cells of a notebook have shown.

use serde_json::Value;

use crate::Result;
use crate::wav::Wav;

/// The cells that show a clip.
const PLAYERS: [&str; 2] = ["blocking", "async"];

/// The cell that prints, and a part of what it prints.
const PRINTER: (&str, &str) = ("numbers", " samples, ");

/// The clips that were shown, as text, each with the name of its cell.
pub(super) fn check(json: &str) -> Result<Vec<(&'static str, String)>> {
    let notebook: Value = serde_json::from_str(json)?;
    let cells = notebook["cells"].as_array().ok_or("there are no cells")?;
    let outputs = |id: &str| {
        let cell = cells.iter().find(|cell| cell["id"] == id);
        cell.map(outputs_of)
            .ok_or_else(|| format!("there is no cell `{id}`"))
    };
    for cell in cells {
        let mut outputs = outputs_of(cell).iter();
        if let Some(error) = outputs.find(|output| output["output_type"] == "error") {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let (id, name, value) = (&cell["id"], &error["ename"], &error["evalue"]);
            return Err(format!(
                "the cell `{}` failed: {}: {}",
                text(id),
                text(name),
                text(value)
            )
            .into());
        }
    }
    let mut clips = Vec::new();
    let mut heard: Vec<Vec<f32>> = Vec::new();
    for id in PLAYERS {
        let html = outputs(id)?
            .iter()
            .find_map(|output| text_of(&output["data"]["text/html"]))
            .ok_or_else(|| format!("the cell `{id}` shows no page"))?;
        let (rate, samples) = clip(&html).map_err(|problem| format!("cell `{id}`: {problem}"))?;
        if heard.contains(&samples) {
            return Err("two voices sound the same".into());
        }
        clips.push((id, format!("{} samples at {rate} Hz", samples.len())));
        heard.push(samples);
    }
    let (cell, part) = PRINTER;
    let text = outputs(cell)?
        .iter()
        .find_map(|output| text_of(&output["text"]));
    if text.is_none_or(|text| !text.contains(part)) {
        return Err(format!("the cell `{cell}` prints nothing").into());
    }
    Ok(clips)
}

/// Rate and samples of the clip in a page, which has a waveform.
fn clip(html: &str) -> Result<(u32, Vec<f32>)> {
    if !html.contains("<svg role=\"img\"") {
        return Err("there is no waveform".into());
    }
    let audio = html
        .split_once("src=\"data:audio/wav;base64,")
        .and_then(|(_, rest)| rest.split_once('"'))
        .ok_or("there is no player")?;
    let file = base64(audio.0).ok_or("the audio is not base64")?;
    let wav = Wav::read(&file)?;
    // Speech is louder than a thirtieth of full scale, and takes a second.
    if wav.peak() < 0.03 || wav.samples.len() < 8_000 {
        return Err("nothing is heard".into());
    }
    Ok((wav.rate, wav.samples))
}

/// The outputs of a cell: a text has none.
fn outputs_of(cell: &Value) -> &[Value] {
    cell["outputs"].as_array().map_or(&[], Vec::as_slice)
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Decodes base64 as it stands in the address of a resource.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut buffer, mut bits) = (0_u32, 0);
    for character in text.trim_end_matches('=').bytes() {
        let value = ALPHABET.iter().position(|known| *known == character)?;
        let value = u32::try_from(value).ok()?;
        buffer = buffer << 6 | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.extend(u8::try_from(buffer >> bits & 0xff));
        }
    }
    Some(bytes)
}

/// A text of a notebook: a string, or the lines of one.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Array(lines) => lines.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn encoded(bytes: &[u8]) -> String {
        let sextets = |group: &[u8]| {
            let byte = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            [18, 12, 6, 0].map(|shift| ALPHABET[(bits >> shift & 0x3f) as usize] as char)
        };
        let text: String = bytes.chunks(3).flat_map(sextets).collect();
        let padding = (3 - bytes.len() % 3) % 3;
        format!("{}{}", &text[..text.len() - padding], "=".repeat(padding))
    }

    fn page(loudness: i16) -> String {
        let file = crate::wav::tests::file(1, 16, &loudness.to_le_bytes().repeat(8_000));
        let audio = encoded(&file);
        format!("<svg role=\"img\"></svg><audio src=\"data:audio/wav;base64,{audio}\"></audio>")
    }

    #[test]
    fn base64_is_decoded() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9vYmFy", b"foobar"),
            ("+/8=", &[0xfb, 0xff]),
        ] {
            assert_eq!(base64(text).as_deref(), Some(bytes), "{text}");
            assert_eq!(encoded(bytes), text);
        }
        assert_eq!(base64("a b"), None);
    }

    fn shown(id: &str, html: &str) -> Value {
        let data = json!({"text/html": [html], "text/plain": ["AudioClip"]});
        json!({"id": id, "outputs": [{"output_type": "execute_result", "data": data}]})
    }

    fn printed(text: &str) -> Value {
        json!({"id": "numbers", "outputs": [{"output_type": "stream", "text": [text]}]})
    }

    fn checked(cells: &[Value]) -> std::result::Result<usize, String> {
        let notebook = json!({"cells": cells}).to_string();
        let clips = check(&notebook).map_err(|error| error.to_string())?;
        Ok(clips.len())
    }

    #[test]
    fn players_and_prints_are_found() {
        let cells = [
            json!({"id": "title"}),
            shown("blocking", &page(2_000)),
            shown("async", &page(3_000)),
            printed("8000 samples, 1s\n"),
        ];
        assert_eq!(checked(&cells), Ok(2));
    }

    #[test]
    fn what_is_missing_is_named() {
        let (good, other) = (page(2_000), page(3_000));
        let print = printed("8000 samples, 1s\n");
        let failed = json!({"id": "dependencies", "outputs": [
            {"output_type": "error", "ename": "Error", "evalue": "no such crate"}
        ]});
        for (cells, problem) in [
            (
                vec![failed],
                "the cell `dependencies` failed: Error: no such crate",
            ),
            (vec![], "there is no cell `blocking`"),
            (
                vec![
                    shown("blocking", "<p>"),
                    shown("async", &other),
                    print.clone(),
                ],
                "cell `blocking`: there is no waveform",
            ),
            (
                vec![
                    shown("blocking", &page(0)),
                    shown("async", &other),
                    print.clone(),
                ],
                "cell `blocking`: nothing is heard",
            ),
            (
                vec![shown("blocking", &good), shown("async", &good), print],
                "two voices sound the same",
            ),
            (
                vec![
                    shown("blocking", &good),
                    shown("async", &other),
                    printed(""),
                ],
                "the cell `numbers` prints nothing",
            ),
        ] {
            assert_eq!(checked(&cells), Err(problem.to_owned()));
        }
    }
}
