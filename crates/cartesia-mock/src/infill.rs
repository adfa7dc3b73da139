//! `/infill/bytes`: the new part alone, spoken as `/tts/bytes` speaks it.

use std::sync::Arc;

use axum::extract::{Request, State as Shared};
use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::form::Form;
use crate::middleware::Caller;
use crate::rejection::Rejection;
use crate::state::State;
use crate::synthesis::{Delivery, Encoder, Speech, Wanted, pitch};
use crate::tts::{self, Audio};

/// `POST /infill/bytes`.
pub(crate) async fn bytes(
    Shared(state): Shared<Arc<State>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Rejection> {
    let form = Form::read(request).await?;
    let version = caller.version;
    let (model, language) = (
        form.required_text("model_id")?,
        form.required_text("language")?,
    );
    tts::check_model(model, language, version)?;
    let transcript = form.required_text("transcript")?;
    if transcript.trim().is_empty() {
        return Err(Rejection::bad_request("`transcript` must not be empty"));
    }
    let id = form.required_text("voice_id")?;
    let voice = state
        .catalogue
        .find_speaker(id)
        .ok_or_else(|| Rejection::voice_not_found(version, id))?;
    let format = tts::format_of_form(&form, version)?;
    if !form.has_file("left_audio")? && !form.has_file("right_audio")? {
        let message = "one of `left_audio` and `right_audio` is required";
        return Err(Rejection::bad_request(message));
    }
    let encoder = Encoder::new(format)
        .ok_or_else(|| Rejection::bad_request("there is no MP3 of this sample rate"))?;
    let speech = Speech::new(
        transcript.to_owned(),
        Delivery::default(),
        pitch(&voice.id, transcript),
        format.sample_rate(),
        None,
        Wanted::default(),
    );
    let audio = Audio::new(speech, encoder, state.settings.chunk_size);
    let mut response = tts::stream(&state, &caller.payer, transcript, audio)?;
    let kind = HeaderValue::from_static(format.content_type());
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    Ok(response)
}
