//! The shapes in which servers write errors as JSON.

use std::borrow::Cow;

use super::api_error::{BODY_LIMIT, cut, is_title, titled};
use crate::json;

/// Levels of nesting that are read: `{"errors":[{"error":{"message":…}}]}` has four.
const LEVELS: u8 = 4;

/// An error as far as it could be read. All texts are cut at the limit.
#[derive(Default)]
pub(super) struct Shape {
    pub(super) code: Option<String>,
    pub(super) title: Option<String>,
    /// Never empty.
    pub(super) message: String,
    pub(super) request_id: Option<String>,
    pub(super) doc_url: Option<String>,
    /// It has the keys of the service's own errors, so that nothing of it is lost.
    pub(super) is_usual: bool,
    /// The text that it was, if it was one.
    pub(super) text: Option<String>,
}

/// Reads an error; `None` when there is nothing in it that a person could read.
///
/// It is read where it stands and a few levels deep, so that the work is linear in its length.
pub(super) fn read(body: &[u8]) -> Option<Shape> {
    let level = read_level(body, LEVELS);
    if level.is_some() || body.first() != Some(&b'"') {
        return level;
    }
    let text = json::text(body)?;
    Some(of_text(&text)).filter(|shape| !shape.message.is_empty())
}

fn read_level(value: &[u8], levels: u8) -> Option<Shape> {
    match value.first()? {
        b'{' if levels > 0 => read_object(value, levels - 1),
        b'[' if levels > 0 => {
            let message = list(value, levels - 1)?;
            Some(Shape {
                message,
                ..Shape::default()
            })
        }
        _ => None,
    }
}

fn read_object(value: &[u8], levels: u8) -> Option<Shape> {
    let mut shape = Shape::default();
    let (mut message, mut fallback, mut error) = (None, None, None);
    let (mut inner, mut details): (Option<Shape>, Option<String>) = (None, None);
    let mut problem_type = None;
    // What stands before broken JSON counts.
    for (key, value) in json::members(value).map_while(Result::ok) {
        let text = || json::text(value).filter(|text| !text.trim().is_empty());
        match &*key.name() {
            "error_code" | "code" => shape.code = text().map(|text| short(&text)).or(shape.code),
            "title" => shape.title = text().map(|text| short(&text)).or(shape.title),
            "request_id" => shape.request_id = text().map(|text| short(&text)).or(shape.request_id),
            "doc_url" => shape.doc_url = text().map(|text| short(&text)).or(shape.doc_url),
            "type" => problem_type = text().filter(|kind| kind.starts_with("http")),
            "error" if text().is_some() => error = text(),
            "message" if text().is_some() => message = text(),
            "detail" | "description" | "error_description" | "reason" | "msg"
                if text().is_some() =>
            {
                fallback = fallback.or_else(text);
            }
            "error" | "message" | "detail" if value.starts_with(b"{") => {
                inner = inner.or_else(|| read_level(value, levels));
            }
            "error" | "errors" | "message" | "detail" | "details" => {
                details = details.or_else(|| list(value, levels));
            }
            _ => {}
        }
    }
    shape.is_usual = message.is_some() || error.is_some() || inner.is_some();
    let own = message.or(fallback);
    if let Some(error) = error {
        let of_error = of_text(&error);
        if own.is_none() {
            shape.title = shape.title.or(of_error.title);
            shape.message = of_error.message;
            shape.text = of_error.text;
        } else if shape.title.is_none() && is_title(&error) {
            // `{"error": "invalid_grant", "error_description": "…"}`
            shape.title = Some(short(&error));
        }
    }
    if let Some(own) = own {
        shape.message = short(&own);
    }
    if let Some(inner) = inner {
        shape.code = shape.code.or(inner.code);
        shape.title = shape.title.or(inner.title);
        shape.request_id = shape.request_id.or(inner.request_id);
        shape.doc_url = shape.doc_url.or(inner.doc_url);
        if shape.message.is_empty() {
            shape.message = inner.message;
            shape.text = inner.text;
        }
    }
    shape.doc_url = shape.doc_url.or(problem_type.map(|kind| short(&kind)));
    if let Some(details) = details {
        add(&mut shape.message, ": ", &details);
    }
    if shape.message.is_empty() {
        shape.message = shape.title.clone().or_else(|| shape.code.clone())?;
        shape.is_usual = true;
    }
    Some(shape)
}

/// The texts of a list of errors, or of an object that has one list for each field: `a; field: b`.
fn list(value: &[u8], levels: u8) -> Option<String> {
    let mut out = String::new();
    match value.first()? {
        b'[' if levels > 0 => {
            for item in json::items(value).map_while(Result::ok) {
                if let Some(text) = item_text(item, levels) {
                    add(&mut out, "; ", &text);
                }
                if out.len() >= BODY_LIMIT {
                    break;
                }
            }
        }
        b'{' if levels > 0 => {
            for (field, value) in json::members(value).map_while(Result::ok) {
                let said = json::text(value).or_else(|| list(value, levels - 1).map(Cow::Owned));
                if let Some(said) = said {
                    add(&mut out, "; ", &format!("{}: {said}", field.name()));
                }
                if out.len() >= BODY_LIMIT {
                    break;
                }
            }
        }
        _ => {}
    }
    (!out.is_empty()).then_some(out)
}

/// The text of an error in a list, after the place that it names.
fn item_text(item: &[u8], levels: u8) -> Option<Cow<'_, str>> {
    if let Some(text) = json::text(item) {
        return Some(text).filter(|text| !text.trim().is_empty());
    }
    let said = read_level(item, levels)?.message;
    let place = json::members(item)
        .map_while(Result::ok)
        .find_map(|(key, value)| match &*key.name() {
            "field" | "param" | "name" | "path" | "pointer" => json::text(value),
            "loc" => {
                let steps = json::items(value).map_while(Result::ok);
                let steps: Vec<_> = steps.filter_map(json::text_or_number).take(8).collect();
                (!steps.is_empty()).then(|| Cow::Owned(steps.join(".")))
            }
            _ => None,
        });
    Some(Cow::Owned(match place {
        Some(place) => format!("{place}: {said}"),
        None => said,
    }))
}

fn of_text(text: &str) -> Shape {
    let (title, message) = titled(text.trim());
    Shape {
        title,
        message: short(&message),
        is_usual: true,
        text: Some(short(text)),
        ..Shape::default()
    }
}

fn short(text: &str) -> String {
    cut(text.trim(), BODY_LIMIT).to_owned()
}

/// Appends whole texts, and cuts once, at the end: a secret that is cut is then at the end, too.
fn add(out: &mut String, separator: &str, text: &str) {
    if !out.is_empty() {
        out.push_str(separator);
    }
    out.push_str(text);
    out.truncate(cut(out, BODY_LIMIT).len());
}
