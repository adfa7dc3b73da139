//! `transcribe`: what is said in a file.

use std::time::Duration;

use cartesia::{Client, TranscribeCompatibleRequest, TranscribeRequest, Transcription, Upload};

use crate::args::Transcribe;
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::{print, table, upload};

pub(crate) async fn run(global: &Global, transcribe: Transcribe) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let file = upload::open(global, &transcribe.file)?;
    let heard = hear(&client, global, &transcribe, file).await?;
    if global.json {
        return print::json(&heard);
    }
    if transcribe.words {
        let rows: Vec<[String; 3]> = heard
            .words
            .iter()
            .map(|word| {
                [
                    seconds(word.start),
                    seconds(word.end),
                    word.text().to_owned(),
                ]
            })
            .collect();
        table::print(["START", "END", "WORD"], &rows)
    } else {
        print::block(heard.text.trim())
    }
}

/// Sends the file to the service's own endpoint, or to the one that other APIs have.
async fn hear(
    client: &Client,
    global: &Global,
    transcribe: &Transcribe,
    file: Upload,
) -> Result<Transcription, Failure> {
    let model = transcribe.model.clone();
    let language = transcribe.language.clone();
    let call = if transcribe.compatible {
        let mut request = TranscribeCompatibleRequest::new(model, file);
        request.language = language;
        if transcribe.words {
            request = request.with_word_timestamps();
        }
        client.stt().transcribe_compatible(request)
    } else {
        let mut request = TranscribeRequest::new(model, file);
        request.language = language;
        request.encoding.clone_from(&transcribe.encoding);
        request.sample_rate = transcribe.sample_rate;
        if transcribe.words {
            request = request.with_word_timestamps();
        }
        client.stt().transcribe(request)
    };
    Ok(with_timeout!(call, global).await?)
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
