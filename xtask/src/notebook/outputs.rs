//! What the cells of a notebook have shown.

use std::io::Cursor;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hound::WavReader;
use serde::Deserialize;
use serde_json::Value;

use crate::Result;

/// The cells that show a clip.
const PLAYERS: [&str; 2] = ["blocking", "async"];

/// The cell that prints, and a part of what it prints.
const PRINTER: (&str, &str) = ("numbers", " samples, ");

#[derive(Deserialize)]
struct Notebook {
    cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Cell {
    id: String,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    #[serde(rename = "output_type")]
    kind: String,
    #[serde(default)]
    data: Value,
    #[serde(default)]
    text: Value,
    #[serde(default)]
    ename: String,
    #[serde(default)]
    evalue: String,
}

/// The clips that were shown, as text, each with the name of its cell.
pub(super) fn check(json: &str) -> Result<Vec<(&'static str, String)>> {
    let notebook: Notebook = serde_json::from_str(json)?;
    let outputs = |id: &str| {
        let cell = notebook.cells.iter().find(|cell| cell.id == id);
        cell.map(|cell| &cell.outputs)
            .ok_or_else(|| format!("there is no cell `{id}`"))
    };
    for cell in &notebook.cells {
        if let Some(error) = cell.outputs.iter().find(|it| it.kind == "error") {
            let Output { ename, evalue, .. } = error;
            return Err(format!("the cell `{}` failed: {ename}: {evalue}", cell.id).into());
        }
    }
    let mut clips = Vec::new();
    let mut heard: Vec<Vec<i16>> = Vec::new();
    for id in PLAYERS {
        let html = outputs(id)?
            .iter()
            .find_map(|output| text_of(output.data.get("text/html")?))
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
        .find_map(|output| text_of(&output.text));
    if text.is_none_or(|text| !text.contains(part)) {
        return Err(format!("the cell `{cell}` prints nothing").into());
    }
    Ok(clips)
}

/// Rate and samples of the clip in a page, which has a waveform.
fn clip(html: &str) -> Result<(u32, Vec<i16>)> {
    if !html.contains("<svg role=\"img\"") {
        return Err("there is no waveform".into());
    }
    let audio = html
        .split_once("src=\"data:audio/wav;base64,")
        .and_then(|(_, rest)| rest.split_once('"'))
        .ok_or("there is no player")?;
    let file = STANDARD.decode(audio.0)?;
    let mut reader = WavReader::new(Cursor::new(file))?;
    let rate = reader.spec().sample_rate;
    let samples: Vec<i16> = reader.samples().collect::<std::result::Result<_, _>>()?;
    let peak = samples.iter().map(|sample| sample.unsigned_abs()).max();
    if peak.unwrap_or_default() < 1_000 || samples.len() < 8_000 {
        return Err("nothing is heard".into());
    }
    Ok((rate, samples))
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

    fn page(loudness: i16) -> String {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: 8_000,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for _ in 0..8_000 {
            writer.write_sample(loudness).unwrap();
        }
        writer.finalize().unwrap();
        let audio = STANDARD.encode(file.into_inner());
        format!("<svg role=\"img\"></svg><audio src=\"data:audio/wav;base64,{audio}\"></audio>")
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
