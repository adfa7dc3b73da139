//! `/files`: kept in memory, newest first.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::{Path, Request, State as Shared};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::Serialize;
use serde_json::{Value, json};

use crate::fields::{Fields, json as read_json};
use crate::form::Form;
use crate::middleware::{Authorized, Caller, Pairs, parameter};
use crate::page::{Kept, Paging};
use crate::rejection::{Rejection, shortened};
use crate::state::State;
use crate::{clock, hash, voices};

/// Seconds that a link lives by default.
const LIFETIME: u64 = 86_400;

const PURPOSES: [&str; 4] = [
    "agent_background_sound",
    "fine_tune",
    "tts_generation",
    "voice-clone",
];

#[derive(Debug, Default)]
pub(crate) struct Files(Mutex<Uploads>);

#[derive(Debug, Default)]
struct Uploads {
    /// Oldest first.
    files: Vec<File>,
    /// The number of all objects ever created.
    count: u32,
    links: Vec<Link>,
}

/// An address under which a file can be downloaded without a key.
#[derive(Debug)]
struct Link {
    secret: String,
    file: String,
    /// Seconds since 1970.
    expires: u64,
}

/// The JSON of a file. The vendor does not document the names of the fields.
#[derive(Debug, Clone, Serialize)]
struct File {
    id: String,
    filename: String,
    size: usize,
    purpose: String,
    created_at: String,
    #[serde(skip)]
    content: Bytes,
}

impl Kept for File {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Files {
    fn lock(&self) -> MutexGuard<'_, Uploads> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a file. Identifiers and times are the same in every run.
    fn keep(&self, filename: &str, purpose: &str, content: Bytes) -> File {
        let mut kept = self.lock();
        let number = kept.count;
        kept.count += 1;
        let file = File {
            id: format!(
                "file_{:016x}",
                hash::stable(&[b"file", &number.to_be_bytes()])
            ),
            filename: filename.to_owned(),
            size: content.len(),
            purpose: purpose.to_owned(),
            created_at: format!(
                "2026-08-14T{:02}:{:02}:{:02}Z",
                number / 3_600 % 24,
                number / 60 % 60,
                number % 60
            ),
            content,
        };
        kept.files.push(file.clone());
        file
    }

    /// Keeps speech that was asked to be kept, and gives its identifier.
    pub(crate) fn keep_generated(&self, filename: &str, content: Bytes) -> String {
        self.keep(filename, "tts_generation", content).id
    }

    /// Adds an empty file with this identifier unless it exists.
    pub(crate) fn ensure(&self, id: &str) {
        if self.find(id).is_err() {
            self.keep("example.wav", "voice-clone", Bytes::new());
            if let Some(file) = self.lock().files.last_mut() {
                id.clone_into(&mut file.id);
            }
        }
    }

    /// Links to a file, and gives the secret of the link.
    fn add_link(&self, file: &str, lifetime: u64) -> String {
        let mut uploads = self.lock();
        let number = uploads.links.len() as u64;
        let secret = hash::uuid(hash::stable(&[b"link", &number.to_be_bytes()]));
        uploads.links.push(Link {
            secret: secret.clone(),
            file: file.to_owned(),
            expires: clock::seconds().saturating_add(lifetime),
        });
        secret
    }

    fn check_link(&self, secret: &str, file: &str) -> Result<(), Rejection> {
        let now = clock::seconds();
        let is_open =
            |link: &Link| link.secret == secret && link.file == file && link.expires > now;
        if self.lock().links.iter().any(is_open) {
            Ok(())
        } else {
            Err(Rejection::forbidden("the link is unknown or has expired"))
        }
    }

    fn find(&self, id: &str) -> Result<File, Rejection> {
        let kept = self.lock();
        let file = kept.files.iter().find(|file| file.id == id);
        file.cloned().ok_or_else(|| gone(id))
    }
}

fn gone(id: &str) -> Rejection {
    Rejection::not_found(format!("there is no file {:?}", shortened(id)))
}

/// `POST /files`.
pub(crate) async fn upload(
    Shared(state): Shared<Arc<State>>,
    _: Caller,
    request: Request,
) -> Result<Response, Rejection> {
    let form = Form::read(request).await?;
    let purpose = form.required_text("purpose")?;
    check_purpose(purpose)?;
    let file = form.required_file("file")?;
    let name = file.file_name.as_deref().unwrap_or_default();
    let kept = state.files.keep(name, purpose, file.content.clone());
    Ok(Json(kept).into_response())
}

/// `GET /files`: a page.
pub(crate) async fn list(
    Shared(state): Shared<Arc<State>>,
    _: Caller,
    Pairs(query): Pairs,
) -> Result<Response, Rejection> {
    let purpose = parameter(&query, "purpose");
    purpose.map_or(Ok(()), check_purpose)?;
    let search = parameter(&query, "q").map(str::to_lowercase);
    let wanted = |file: &File| {
        let name = file.filename.to_lowercase();
        purpose.is_none_or(|purpose| file.purpose == purpose)
            && search.as_ref().is_none_or(|search| name.contains(search))
    };
    let uploads = state.files.lock();
    let page = Paging::read(&query)?.page(uploads.files.iter().rev(), wanted, gone)?;
    Ok(Json(page).into_response())
}

/// `GET /files/{id}/info`.
pub(crate) async fn info(
    Shared(state): Shared<Arc<State>>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<Response, Rejection> {
    Ok(Json(state.files.find(&id)?).into_response())
}

/// `GET /files/{id}/download`, with a key, or with the link of a file. It needs no version.
pub(crate) async fn download(
    Shared(state): Shared<Arc<State>>,
    access: Result<Authorized, Rejection>,
    Path(id): Path<String>,
    Pairs(query): Pairs,
) -> Result<Response, Rejection> {
    match parameter(&query, "link") {
        Some(link) => state.files.check_link(link, &id)?,
        None => {
            access?;
        }
    }
    if let Some(preview) = voices::preview(&state, &id) {
        return Ok(([(header::CONTENT_TYPE, "audio/wav")], preview).into_response());
    }
    let content = state.files.find(&id)?.content;
    let kind = [(header::CONTENT_TYPE, "application/octet-stream")];
    Ok((kind, content).into_response())
}

/// `POST /links`: an address under which anybody can download a file for a while.
pub(crate) async fn link(
    Shared(state): Shared<Arc<State>>,
    _: Authorized,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Json<Value>, Rejection> {
    let body = read_json(&body)?;
    let fields = Fields::of_body(&body)?;
    let id = fields.required("file_id", fields.string("file_id")?)?;
    let lifetime = match fields.string("lifetime")? {
        None => LIFETIME,
        Some(text) => lifetime(text).ok_or_else(|| {
            fields.refuse(
                "lifetime",
                "must be a number with s, m, h or d, for example 24h",
            )
        })?,
    };
    if voices::preview(&state, id).is_none() {
        state.files.find(id)?;
    }
    let link = state.files.add_link(id, lifetime);
    let host = headers.get(header::HOST);
    let host = host
        .and_then(|host| host.to_str().ok())
        .unwrap_or("localhost");
    let url = format!("http://{host}/files/{id}/download?link={link}");
    Ok(Json(json!({"url": url})))
}

/// `90s`, `5m`, `24h` or `7d` in seconds.
fn lifetime(text: &str) -> Option<u64> {
    let (at, unit) = text.char_indices().next_back()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return None,
    };
    let number: u64 = text[..at].parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(seconds)
}

/// `DELETE /files/{id}`.
pub(crate) async fn delete(
    Shared(state): Shared<Arc<State>>,
    _: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Rejection> {
    let mut kept = state.files.lock();
    let found = kept.files.iter().position(|file| file.id == id);
    kept.files.remove(found.ok_or_else(|| gone(&id))?);
    Ok(StatusCode::NO_CONTENT)
}

fn check_purpose(purpose: &str) -> Result<(), Rejection> {
    if PURPOSES.contains(&purpose) {
        return Ok(());
    }
    let message = format!("`purpose` must be one of {}", PURPOSES.join(", "));
    Err(Rejection::bad_request(message))
}
