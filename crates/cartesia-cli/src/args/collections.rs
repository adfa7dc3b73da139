//! The flags of `dicts`, `datasets`, `fine-tunes` and `usage`.

use std::path::PathBuf;

use cartesia::account::{ApiKeyId, UsageGroup, UsageInterval};
use cartesia::dataset::DatasetFilePurpose;
use cartesia::pronunciation::PronunciationItem;
use cartesia::{Language, ModelId, Timestamp};
use clap::{Args, Subcommand, ValueEnum};

/// The part of a list to show.
#[derive(Debug, Args)]
pub(crate) struct Listing {
    /// At most this many, 1 to 100 [default: 10]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    pub(crate) limit: Option<u32>,
    /// All pages
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DictsVerb {
    /// List dictionaries
    List(Listing),
    /// Show one dictionary
    Get {
        /// The dictionary
        id: String,
    },
    /// Create a dictionary
    Create {
        /// Its name
        name: String,
        #[command(flatten)]
        items: Items,
    },
    /// Rename a dictionary, or replace all of its items
    Update {
        /// The dictionary
        id: String,
        /// The new name
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        #[command(flatten)]
        items: Items,
    },
    /// Delete a dictionary
    Delete {
        /// The dictionary
        id: String,
    },
    /// Pin a dictionary; needs --api-version 2025-04-16
    Pin {
        /// The dictionary
        id: String,
    },
    /// Unpin a dictionary; needs --api-version 2025-04-16
    Unpin {
        /// The dictionary
        id: String,
    },
}

/// Pronunciations of words.
#[derive(Debug, Args)]
pub(crate) struct Items {
    /// Pronounce TEXT as ALIAS; may be repeated
    #[arg(long = "item", value_name = "TEXT=ALIAS", value_parser = item)]
    pub(crate) items: Vec<PronunciationItem>,
    /// Items from a file: [{"text": "…", "alias": "…"}], or an object that has them as "items"
    #[arg(long, value_name = "FILE.json", conflicts_with = "items")]
    pub(crate) from: Option<PathBuf>,
}

fn item(text: &str) -> Result<PronunciationItem, String> {
    let (text, alias) = text
        .split_once('=')
        .filter(|(text, alias)| !text.is_empty() && !alias.is_empty())
        .ok_or_else(|| "it is not TEXT=ALIAS".to_owned())?;
    Ok(PronunciationItem::new(text, alias))
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetsVerb {
    /// List datasets
    List(Listing),
    /// Show one dataset
    Get {
        /// The dataset
        id: String,
    },
    /// Create a dataset
    Create {
        /// Its name
        name: String,
        /// The description [default: empty]
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Rename or describe a dataset
    Update {
        /// The dataset
        id: String,
        /// The new name [default: as it is]
        #[arg(long, value_name = "NAME", required_unless_present = "description")]
        name: Option<String>,
        /// The new description [default: as it is]
        #[arg(long, value_name = "TEXT")]
        description: Option<String>,
    },
    /// Delete a dataset
    Delete {
        /// The dataset
        id: String,
    },
    /// List the files of a dataset
    Files {
        /// The dataset
        id: String,
        #[command(flatten)]
        listing: Listing,
    },
    /// Upload a file to a dataset
    Upload {
        /// The dataset
        id: String,
        /// The file
        file: PathBuf,
        /// The purpose of the file
        #[arg(long, value_name = "PURPOSE", default_value_t = DatasetFilePurpose::FINE_TUNE)]
        purpose: DatasetFilePurpose,
    },
    /// Delete a file of a dataset
    DeleteFile {
        /// The dataset
        id: String,
        /// The file, by its id
        file_id: String,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum FineTunesVerb {
    /// List fine-tunes
    List(Listing),
    /// Show one fine-tune and its status
    Get {
        /// The fine-tune
        id: String,
    },
    /// Start a fine-tune; it is billed
    Create {
        /// Its name
        name: String,
        /// The dataset to train on
        #[arg(long, value_name = "ID")]
        dataset: String,
        /// The language of the dataset, such as `en`
        #[arg(long, value_name = "CODE")]
        language: Language,
        /// The base model
        #[arg(long, value_name = "ID", default_value_t = ModelId::SONIC_3_2026_01_12)]
        model: ModelId,
        /// A description
        #[arg(long, value_name = "TEXT", default_value = "")]
        description: String,
        /// Its accent, from the catalogue of accents
        #[arg(long, value_name = "ID")]
        accent: Option<String>,
    },
    /// Delete a fine-tune
    Delete {
        /// The fine-tune
        id: String,
    },
    /// List the voices of a fine-tune
    Voices {
        /// The fine-tune
        id: String,
        #[command(flatten)]
        listing: Listing,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Usage {
    /// The kind of usage
    #[arg(value_enum, default_value_t = UsageOf::Credits)]
    pub(crate) of: UsageOf,
    /// Start, such as 2026-09-01T00:00:00Z [default: a few days before the end]
    #[arg(long, value_name = "TIME")]
    pub(crate) start: Option<Timestamp>,
    /// End, such as 2026-09-08T00:00:00Z [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) end: Option<Timestamp>,
    /// One row for each day, week or month [default: one row]
    #[arg(long, value_name = "INTERVAL")]
    pub(crate) interval: Option<UsageInterval>,
    /// One row for each capability, model, voice or api_key; credits only
    #[arg(long, value_name = "WHAT")]
    pub(crate) group_by: Option<UsageGroup>,
    /// Only this API key, by its id; credits only
    #[arg(long, value_name = "ID")]
    pub(crate) key: Option<ApiKeyId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum UsageOf {
    /// Credits
    Credits,
    /// Calls of agents
    Agents,
}
