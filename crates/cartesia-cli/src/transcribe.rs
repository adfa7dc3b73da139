//! `transcribe`: what is said in a file.

use std::io::{self, Write as _};
use std::time::Duration;

use cartesia::TranscribeRequest;

use crate::args::{Global, Transcribe};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::show;
use crate::{table, upload};

pub(crate) async fn run(global: &Global, transcribe: Transcribe) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let file = upload::open(global, &transcribe.file)?;
    let mut request = TranscribeRequest::new(transcribe.model, file);
    request.language = transcribe.language;
    request.encoding = transcribe.encoding;
    request.sample_rate = transcribe.sample_rate;
    if transcribe.words {
        request = request.with_word_timestamps();
    }
    let heard = with_timeout!(client.stt().transcribe(request), global).await?;
    if global.json {
        return show::json(&heard);
    }
    let mut out = io::stdout().lock();
    let written = if transcribe.words {
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
        table::write(&mut out, ["START", "END", "WORD"], &rows)
    } else {
        writeln!(out, "{}", heard.text.trim())
    };
    written.map_err(|error| Failure::stdout(&error))
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
