//! Makes an audio file of each line of a table. When it is stopped in the middle, the next run continues.
//!
//! ```console
//! $ cargo run -p cartesia-examples --example bulk -- --mock
//! ```
//!
//! With a key in `CARTESIA_API_KEY`, and without `--mock`, it uses the service.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use cartesia::batch::{Batch, Event, FolderStore, Manifest, ManifestFormat};
use cartesia::tts::BytesRequest;
use cartesia::{Client, ModelId, VoiceId, WavFormat};

/// In your program: a file, which `Manifest::open` reads.
const LINES: &str = "\
id,text,language,captions
menu/start,Press any key to start.,en,
menu/quit,Do you really want to leave?,en,
story/one,\"Once upon a time, there was a table.\",en,srt
story/two,Es war einmal eine Tabelle.,de,srt
";

#[tokio::main]
async fn main() -> Result<(), cartesia_examples::Error> {
    cartesia_examples::start()?; // `.env` and `--mock`; your program needs no such line
    let voice = VoiceId::from("a0e99841-438c-4a64-b679-ae501e7d6091");
    let format: WavFormat = "wav_24000".parse()?;
    let defaults = BytesRequest::new(ModelId::SONIC_LATEST, voice, "", format);
    let manifest = || Manifest::read(LINES.as_bytes(), ManifestFormat::Csv, defaults.clone());

    let batch = Batch::new(&Client::from_env()?)
        .concurrency(4) // the limit of your plan, less what conversations need
        .service("lines"); // in your program: leave it out, and what another service made does not count
    let store = FolderStore::new("lines");
    let estimate = batch.estimate(manifest(), &store).await?;
    println!(
        "{} to make, {} finished: {} credits, {:?} of speech",
        estimate.items, estimate.finished, estimate.credits, estimate.speech
    );

    let summary = batch
        .run(manifest(), &store, |event, progress| match event {
            Event::Done(record) => println!("{}. {}", progress.done, record.id),
            Event::Failed { record, error } => println!("{}: {error}", record.id),
            _ => {}
        })
        .await?;
    println!("complete: {}", summary.is_complete());
    Ok(())
}
