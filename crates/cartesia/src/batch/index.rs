//! What is there already: the results and files of earlier runs, in little memory.

use std::collections::HashMap;

use cartesia_types::Result;

use super::item::{Job, Key, name_hash};
use super::record::{Record, Status};
use super::store::{Found, Store};

/// The files and results of a destination. It takes about 170 bytes for an item, whatever its texts.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// By the hash of the name of a file, its bytes.
    files: HashMap<u128, u64>,
    /// By the hash of the name of an item.
    results: HashMap<u128, Entry>,
    /// Lines that are no results: torn by a kill, or written by something else.
    unreadable: u64,
}

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u128,
    outcome: Outcome,
    at: u64,
}

#[derive(Debug, Clone, Copy)]
enum Outcome {
    Done {
        bytes: u64,
        words: bool,
        /// The first half of the hash of the audio; 0 if it is not recorded.
        content: u128,
    },
    Failed {
        permanent: bool,
    },
}

/// What an earlier run made of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Earlier {
    /// All of it is there.
    Finished,
    /// A failure that would come again.
    Refused,
    /// To be asked for.
    Missing,
}

impl Index {
    /// Reads all that a destination has.
    pub(super) async fn read(store: &dyn Store) -> Result<Self> {
        let mut index = Self::default();
        store.scan(&mut |found| index.add(found)).await?;
        Ok(index)
    }

    pub(super) fn add(&mut self, found: Found<'_>) {
        match found {
            Found::File { name, bytes } => {
                self.files.insert(name_hash(name), bytes);
            }
            Found::Record(line) => match serde_json::from_str::<Record>(line) {
                Ok(record) => self.add_record(&record),
                Err(_) if line.trim().is_empty() => {}
                Err(_) => self.unreadable += 1,
            },
        }
    }

    fn add_record(&mut self, record: &Record) {
        let Some(key) = Key::half_of_hex(&record.key) else {
            self.unreadable += 1;
            return;
        };
        let outcome = match (record.status, record.bytes) {
            (Status::Done, Some(bytes)) => Outcome::Done {
                bytes,
                words: record.words.is_some(),
                content: record
                    .sha256
                    .as_deref()
                    .and_then(Key::half_of_hex)
                    .unwrap_or_default(),
            },
            _ => Outcome::Failed {
                permanent: record.is_permanent(),
            },
        };
        let entry = Entry {
            key,
            outcome,
            at: record.at,
        };
        // Shards have files of their own, which are read in no order.
        let place = self.results.entry(name_hash(&record.id)).or_insert(entry);
        if entry.at >= place.at {
            *place = entry;
        }
    }

    pub(super) fn of(&self, job: &Job) -> Earlier {
        let Some(entry) = self.results.get(&name_hash(&job.stem)) else {
            return Earlier::Missing;
        };
        if entry.key != job.key.half() {
            return Earlier::Missing;
        }
        match entry.outcome {
            Outcome::Done { bytes, words, .. } => {
                let audio = self.files.get(&name_hash(&job.audio_name()));
                let captions = job
                    .captions_name()
                    .is_none_or(|name| self.files.contains_key(&name_hash(&name)));
                let complete = audio == Some(&bytes) && captions && (words || !job.item.words);
                if complete {
                    Earlier::Finished
                } else {
                    Earlier::Missing
                }
            }
            Outcome::Failed { permanent: true } => Earlier::Refused,
            Outcome::Failed { permanent: false } => Earlier::Missing,
        }
    }

    /// The hash of the audio that was recorded for an item that is finished.
    pub(super) fn content_of(&self, job: &Job) -> Option<u128> {
        match self.results.get(&name_hash(&job.stem))?.outcome {
            Outcome::Done { content, .. } if self.of(job) == Earlier::Finished => Some(content),
            _ => None,
        }
    }

    pub(super) fn unreadable(&self) -> u64 {
        self.unreadable
    }
}
