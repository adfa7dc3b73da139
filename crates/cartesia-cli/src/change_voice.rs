//! `change-voice` and `infill`: audio for audio.

use cartesia::{ChangeVoiceRequest, ChangeVoiceSseRequest, InfillRequest, OutputFormat};

use crate::args::{ChangeVoice, Infill, Transport};
use crate::connect;
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::{file_names, receive, upload};

pub(crate) async fn run(global: &Global, change: ChangeVoice) -> Result<(), Failure> {
    let format = change.output.format()?;
    let raw = match (change.transport, format) {
        (Transport::Sse, OutputFormat::Raw(raw)) => Some(raw),
        (Transport::Sse, OutputFormat::Wav(wav)) => Some(wav.raw()),
        (Transport::Sse, _) => {
            let message = "MP3 is not available as events: use --transport bytes";
            return Err(Failure::usage(message));
        }
        _ => None,
    };
    file_names::check(&change.output.output)?;
    let client = connect::client(global)?;
    let clip = upload::open(global, &change.file)?;
    upload::keep_apart(&change.file, &change.output.output)?;
    let voice = find_voice(&client, global, &change.voice).await?;
    let call = if let Some(raw) = raw {
        let request = ChangeVoiceSseRequest::new(clip, voice, raw);
        client.voice_changer().sse(request).into()
    } else {
        let request = ChangeVoiceRequest::new(clip, voice, format);
        client.voice_changer().bytes(request).into()
    };
    receive::run(global, call, &change.output.output, format).await
}

pub(crate) async fn infill(global: &Global, infill: Infill) -> Result<(), Failure> {
    let format = infill.output.format()?;
    if infill.left.is_none() && infill.right.is_none() {
        return Err(Failure::usage("one of --left and --right is required"));
    }
    if infill.text.trim().is_empty() {
        return Err(Failure::usage("the text is empty"));
    }
    file_names::check(&infill.output.output)?;
    let client = connect::client(global)?;
    let open =
        |path: Option<&std::path::PathBuf>| path.map(|path| upload::open(global, path)).transpose();
    let (left, right) = (open(infill.left.as_ref())?, open(infill.right.as_ref())?);
    for clip in infill.left.iter().chain(&infill.right) {
        upload::keep_apart(clip, &infill.output.output)?;
    }
    let voice = find_voice(&client, global, &infill.voice).await?;
    let mut request = InfillRequest::new(infill.model, voice, infill.language, infill.text, format);
    request.left_audio = left;
    request.right_audio = right;
    let call = client.infill().bytes(request);
    receive::run(global, call.into(), &infill.output.output, format).await
}
