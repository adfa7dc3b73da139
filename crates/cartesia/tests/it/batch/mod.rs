//! Batches against the offline server.

mod failures;
mod kills;
#[cfg(feature = "batch-object-store")]
mod object_store;
mod results;
mod sharing;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use cartesia::batch::{Batch, FolderStore, Item, Record, Summary};
use cartesia::captions::CaptionFormat;
use cartesia::tts::BytesRequest;
use cartesia::{
    Backoff, Client, ModelId, Mp3Format, OutputFormat, RawFormat, Result, RetryPolicy, VoiceId,
    WavFormat,
};
use cartesia_mock::MockServer;

use crate::VOICE;

const RAW: RawFormat = RawFormat::PCM_S16LE_16000;

/// A client whose retries do not wait.
fn client(server: &MockServer) -> Client {
    let none = Backoff::new(Duration::from_millis(1), Duration::from_millis(2));
    Client::builder()
        .api_key("sk_canary")
        .base_url(server.url())
        .retry(RetryPolicy::default().with_backoff(none))
        .build()
        .unwrap()
}

fn item(id: &str, text: &str, format: impl Into<OutputFormat>) -> Item {
    let voice = VoiceId::from(VOICE);
    Item::new(BytesRequest::new(ModelId::SONIC_3, voice, text, format)).with_id(id)
}

/// Short items in all formats, some with captions.
fn items(count: usize) -> Vec<Result<Item>> {
    let one = |index: usize| {
        let (id, text) = (format!("part/{index:03}"), format!("Item {index}."));
        Ok(match index % 4 {
            0 => item(&id, &text, Mp3Format::default()),
            1 => item(&id, &text, RAW),
            2 => item(&id, &text, WavFormat::from(RAW)).with_captions(CaptionFormat::Srt),
            _ => item(&id, &text, WavFormat::from(RAW)),
        })
    };
    (0..count).map(one).collect()
}

async fn run(batch: &Batch, items: Vec<Result<Item>>, folder: &Path) -> Summary {
    let store = FolderStore::new(folder);
    crate::within(batch.run(items, &store, |_, _| {}))
        .await
        .unwrap()
}

/// Requests for speech that the server received.
fn requests(server: &MockServer) -> usize {
    let received = server.received();
    received
        .iter()
        .filter(|request| request.path.starts_with("/tts/"))
        .count()
}

/// All files of a folder but results and what is hidden.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<String, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path
                .strip_prefix(root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned();
            if name.starts_with('.') || name.starts_with("results") {
                continue;
            }
            if path.is_dir() {
                walk(root, &path, found);
            } else {
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(folder, folder, &mut found);
    found
}

/// The results of all shards in a folder, in the order of their items.
fn records(folder: &Path) -> Vec<Record> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            let text = std::fs::read_to_string(path).unwrap();
            found.extend(
                text.lines()
                    .filter_map(|line| serde_json::from_str(line).ok()),
            );
        }
    }
    found.sort_by(|a: &Record, b| (&a.id, a.at).cmp(&(&b.id, b.at)));
    found
}
