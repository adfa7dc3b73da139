//! Names of voices in a manifest.

use std::collections::BTreeMap;

use cartesia::batch::{Item, Manifest};
use cartesia::voice::VoiceSpecifier;
use cartesia::{Client, VoiceId};

use crate::args::VoiceName;
use crate::failure::Failure;
use crate::find_voice::{find_voice, is_uuid};
use crate::global::Global;

/// Different names of one manifest, at most: each is looked up.
const MOST: usize = 1_000;

/// The ids of the voices that a manifest names.
#[derive(Debug)]
pub(super) struct Voices {
    ids: BTreeMap<String, VoiceId>,
    /// The columns that mean nothing.
    unused: Vec<String>,
}

impl Voices {
    /// Reads a manifest, and looks up the names in it. Invalid lines are reported later, by the estimate.
    pub(super) async fn find(
        client: &Client,
        global: &Global,
        mut manifest: Manifest,
    ) -> Result<Self, Failure> {
        let mut names = BTreeMap::new();
        for item in manifest.by_ref().flatten() {
            if let Some(name) = name_of(&item)
                && !names.contains_key(name)
            {
                if names.len() == MOST {
                    let message =
                        "the manifest names more than 1000 voices: write their ids instead";
                    return Err(Failure::usage(message));
                }
                names.insert(name.to_owned(), item.line);
            }
        }
        let mut ids = BTreeMap::new();
        for (name, line) in names {
            let found = find_voice(client, global, &VoiceName(name.clone())).await;
            let id = found.map_err(|failure| failure.at(&format!("line {line}")))?;
            ids.insert(name, id);
        }
        Ok(Self {
            ids,
            unused: manifest.unused().map(str::to_owned).collect(),
        })
    }

    pub(super) fn unused(&self) -> &[String] {
        &self.unused
    }

    /// The items of a manifest, with ids in place of names.
    pub(super) fn apply(&self, manifest: Manifest) -> impl Iterator<Item = cartesia::Result<Item>> {
        manifest.map(|item| {
            item.map(|mut item| {
                if let Some(id) = name_of(&item).and_then(|name| self.ids.get(name)) {
                    item.request.voice = id.clone().into();
                }
                item
            })
        })
    }
}

/// The name of a voice, if it is not an id.
fn name_of(item: &Item) -> Option<&str> {
    match &item.request.voice {
        VoiceSpecifier::Id(id) if !is_uuid(id.as_str()) => Some(id.as_str()),
        _ => None,
    }
}
