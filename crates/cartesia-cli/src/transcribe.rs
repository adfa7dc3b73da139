//! `transcribe`: what is said in files.

use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use cartesia::captions::{CaptionFormat, CaptionSettings};
use cartesia::{Client, TranscribeCompatibleRequest, TranscribeRequest, Transcription, Upload};
use serde::Serialize;

use crate::args::Transcribe;
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::{captions, print, progress, signals, table, upload};

pub(crate) async fn run(global: &Global, transcribe: Transcribe) -> Result<(), Failure> {
    let several = transcribe.files.len() > 1;
    check(&transcribe)?;
    let client = connect::client(global)?;
    // One for the whole run: a signal that comes between two files is not lost.
    let mut stop = pin!(signals::stop());
    let mut first_failure = None;
    for (index, path) in transcribe.files.iter().enumerate() {
        if several && progress::is_shown(global) {
            let (number, count) = (index + 1, transcribe.files.len());
            print::note(&format!("{number}/{count}: {}", path.display()));
        }
        let transcribed = one(&client, global, &transcribe, path);
        let outcome = tokio::select! {
            outcome = transcribed => outcome,
            signal = &mut stop => return Err(Failure::stopped(signal)),
        };
        match outcome {
            Ok(()) => {}
            Err(failure) if !several || failure.ends_run() => return Err(failure),
            // The others may go well. The first failure decides the exit code.
            Err(failure) => match first_failure {
                None => first_failure = Some(failure.about(path)),
                Some(_) => _ = failure.about(path).report(global.json),
            },
        }
    }
    first_failure.map_or(Ok(()), Err)
}

/// Rejects impossible requests before anything is sent, and creates the folder of the outputs.
fn check(transcribe: &Transcribe) -> Result<(), Failure> {
    let files = &transcribe.files;
    let stdin = files.iter().filter(|path| is_stdin(path)).count();
    if stdin > 1 {
        return Err(Failure::usage("stdin (`-`) can be read only once"));
    }
    if let Some(folder) = &transcribe.output_dir {
        for path in files {
            let output = output(folder, path, transcribe.format());
            upload::keep_apart(path, &output)?;
            let same = files.iter().filter(|it| stem(it) == stem(path)).count();
            if same > 1 {
                let name = output.display();
                let message = format!("two files would be written to {name}: rename one of them");
                return Err(Failure::usage(message));
            }
        }
        let made = std::fs::create_dir_all(folder);
        made.map_err(|error| Failure::file("created", folder, &error))?;
    } else if files.len() > 1 && (transcribe.srt || transcribe.vtt) {
        return Err(Failure::usage(
            "the captions of several files are several files: name their folder with --output-dir",
        ));
    }
    Ok(())
}

async fn one(
    client: &Client,
    global: &Global,
    transcribe: &Transcribe,
    path: &Path,
) -> Result<(), Failure> {
    let file = if is_stdin(path) {
        of_stdin(transcribe)?
    } else {
        upload::open(global, path)?
    };
    let heard = hear(client, global, transcribe, file).await?;
    if let Some(folder) = &transcribe.output_dir {
        let format = transcribe.format();
        let output = output(folder, path, format);
        captions::write(&output, &render(&heard, transcribe, format)?)?;
        if !global.json {
            print::note(&format!("{}", output.display()));
        }
        return Ok(());
    }
    if transcribe.srt || transcribe.vtt {
        return captions::print(&render(&heard, transcribe, transcribe.format())?);
    }
    let file = (transcribe.files.len() > 1).then(|| path.display().to_string());
    show(global, transcribe, &heard, file)
}

/// Prints a transcript; that of one of several files says which.
fn show(
    global: &Global,
    transcribe: &Transcribe,
    heard: &Transcription,
    file: Option<String>,
) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct OfFile<'a> {
        file: &'a str,
        #[serde(flatten)]
        heard: &'a Transcription,
    }
    match file {
        Some(file) if global.json => return print::json(&OfFile { file: &file, heard }),
        None if global.json => return print::json(heard),
        Some(file) => print::line(&format!("{file}:"))?,
        None => {}
    }
    if !transcribe.words {
        return print::block(heard.text.trim());
    }
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
}

impl Transcribe {
    /// The format of the files that are written.
    fn format(&self) -> CaptionFormat {
        match (self.srt, self.vtt, self.words) {
            (true, ..) => CaptionFormat::Srt,
            (_, true, _) => CaptionFormat::Vtt,
            (_, _, true) => CaptionFormat::Json,
            _ => CaptionFormat::Text,
        }
    }

    fn needs_words(&self) -> bool {
        self.words || self.srt || self.vtt
    }
}

fn render(
    heard: &Transcription,
    transcribe: &Transcribe,
    format: CaptionFormat,
) -> Result<String, Failure> {
    if format == CaptionFormat::Text {
        return Ok(format!("{}\n", heard.text.trim()));
    }
    let language = heard.language.as_ref().or(transcribe.language.as_ref());
    let settings = language.map_or_else(CaptionSettings::default, CaptionSettings::for_language);
    let captions = heard.captions(&settings);
    captions::check(&captions, &heard.text)?;
    Ok(captions.render(format))
}

fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

fn stem(path: &Path) -> &Path {
    if is_stdin(path) {
        return Path::new("stdin");
    }
    path.file_stem().map_or(path, Path::new)
}

/// The file that is written for an input.
fn output(folder: &Path, input: &Path, format: CaptionFormat) -> PathBuf {
    let mut name = stem(input).as_os_str().to_owned();
    name.push(".");
    name.push(format.extension());
    folder.join(name)
}

/// The audio on stdin. The service looks at the extension of a name, so the name follows the content.
fn of_stdin(transcribe: &Transcribe) -> Result<Upload, Failure> {
    let unreadable = |error| Failure::usage(format!("stdin cannot be read: {error}"));
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.is_empty() {
        return Err(Failure::usage("there is no audio on stdin"));
    }
    let extension = match bytes.as_slice() {
        _ if transcribe.encoding.is_some() => "pcm",
        [b'I', b'D', b'3', ..] | [0xff, 0xe0..=0xff, ..] => "mp3",
        [b'f', b'L', b'a', b'C', ..] => "flac",
        [b'O', b'g', b'g', b'S', ..] => "ogg",
        [0x1a, 0x45, 0xdf, 0xa3, ..] => "webm",
        [_, _, _, _, b'f', b't', b'y', b'p', ..] => "mp4",
        _ => "wav",
    };
    Ok(Upload::from_bytes(format!("stdin.{extension}"), bytes))
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
        if transcribe.needs_words() {
            request = request.with_word_timestamps();
        }
        client.stt().transcribe_compatible(request)
    } else {
        let mut request = TranscribeRequest::new(model, file);
        request.language = language;
        request.encoding.clone_from(&transcribe.encoding);
        request.sample_rate = transcribe.sample_rate;
        if transcribe.needs_words() {
            request = request.with_word_timestamps();
        }
        client.stt().transcribe(request)
    };
    Ok(with_timeout!(call, global).await?)
}

fn seconds(time: Duration) -> String {
    format!("{:.3}", time.as_secs_f64())
}
