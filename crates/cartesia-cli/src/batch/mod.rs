//! `batch`: a whole table of texts, as files.

mod destination;
mod limiter;
mod outcome;
mod show;
mod voices;

use std::cell::Cell;

use cartesia::batch::{self, Columns, Item, Manifest, Shard, Store};
use cartesia::tts::{BytesRequest, GenerationConfig};
use cartesia::{ModelId, VoiceId};

use self::outcome::Outcome;
use self::voices::Voices;
use crate::args::{Batch, ShardFlag, default_voice};
use crate::config::Profile;
use crate::failure::Failure;
use crate::find_voice::find_voice;
use crate::global::Global;
use crate::{connect, print, signals};

/// The name of the embedded server in content addresses: its port differs in each run.
const EMBEDDED: &str = "mock";

pub(crate) async fn run(global: &Global, mut args: Batch) -> Result<(), Failure> {
    fill(&mut args, &global.settings);
    let shard = shard(args.shard)?;
    let store = destination::open(&args.output)?;
    // Found before anything is sent: a file that is not there.
    drop(manifest(&args, VoiceId::from(""))?);
    let limiter = limiter::open(&args).await?;
    let client = connect::client_with(global, limiter)?;
    let voice = args.voice.clone().unwrap_or_else(default_voice);
    let voice = find_voice(&client, global, &voice).await?;
    let voices = Voices::find(&client, global, manifest(&args, voice.clone())?).await?;
    let items = || Ok::<_, Failure>(voices.apply(manifest(&args, voice.clone())?));

    let mut batch = batch::Batch::new(&client)
        .concurrency(args.at_once().into())
        .limit(args.limit)
        .fail_fast(args.fail_fast)
        .retry_failed(args.retry_failed)
        .shard(shard);
    if global.embedded.is_some() {
        batch = batch.service(EMBEDDED);
    }
    if args.verify {
        let changed = batch.verify(items()?, store.as_ref()).await?;
        if !args.quiet && !global.json {
            show::changed(&changed);
        }
        batch = batch.make_again(changed);
    }
    let estimate = batch.estimate(items()?, store.as_ref()).await?;
    check(&args, &estimate)?;
    if !args.quiet {
        show::unused(voices.unused());
    }
    if args.dry_run {
        return show::estimate(global, &args, &estimate);
    }
    show::confirm(global, &args, &estimate)?;
    let batch = batch.expected(estimate.items);
    make(global, &args, &batch, items()?, store.as_ref()).await
}

/// Runs until the end or a signal. What is in flight then is finished, since it is paid for.
async fn make(
    global: &Global,
    args: &Batch,
    batch: &batch::Batch,
    items: impl Iterator<Item = cartesia::Result<Item>>,
    store: &dyn Store,
) -> Result<(), Failure> {
    let signal = Cell::new(None);
    let stop = async {
        signal.set(Some(signals::stop().await));
        if !args.quiet && !global.json {
            print::note("Stopping once the items in flight are done; Ctrl-C again stops now.");
        }
    };
    let mut shown = show::Progress::new(global, args.quiet);
    let mut outcome = Outcome::default();
    let run = batch.run_until(items, store, stop, |event, progress| {
        outcome.note(&event);
        shown.event(&event, progress);
    });
    let summary = run.await;
    shown.finish();
    outcome.end(global, args.quiet, summary?, signal.get())
}

/// Takes from a profile what no flag says.
fn fill(args: &mut Batch, profile: &Profile) {
    args.voice = args.voice.take().or_else(|| profile.voice.clone());
    args.model = args.model.take().or_else(|| profile.model.clone());
    args.language = args.language.take().or_else(|| profile.language.clone());
}

fn shard(flag: Option<ShardFlag>) -> Result<Shard, Failure> {
    match flag {
        None => Ok(Shard::default()),
        Some(ShardFlag::Number(shard)) => Ok(shard),
        Some(ShardFlag::Auto(count)) => {
            let lookup = |name: &str| std::env::var(name).ok();
            let shard = Shard::from_variables(lookup, count);
            shard.map_err(|error| Failure::usage(format!("--shard auto: {}", error.message())))
        }
    }
}

fn manifest(args: &Batch, voice: VoiceId) -> Result<Manifest, Failure> {
    let model = args.model.clone().unwrap_or(ModelId::SONIC_LATEST);
    let mut request = BytesRequest::new(model, voice, "", args.format);
    request.language.clone_from(&args.language);
    request
        .pronunciation_dict_id
        .clone_from(&args.pronunciation_dict);
    if args.speed.is_some() || args.volume.is_some() || args.emotion.is_some() {
        let mut config = GenerationConfig::new();
        (config.speed, config.volume) = (args.speed, args.volume);
        config.emotion.clone_from(&args.emotion);
        request = request.with_generation_config(config);
    }
    let columns = args
        .column
        .iter()
        .fold(Columns::new(), |columns, (field, name)| {
            columns.with(*field, name)
        });
    let manifest = Manifest::open(&args.manifest, request)?;
    Ok(manifest
        .with_columns(columns)
        .with_words(args.words)
        .with_captions(args.captions))
}

/// Refuses a manifest with invalid lines, before anything is paid for.
fn check(args: &Batch, estimate: &batch::Estimate) -> Result<(), Failure> {
    let Some(first) = estimate.problems.first() else {
        return Ok(());
    };
    let kind = first.kind();
    for problem in &estimate.problems {
        print::note(problem.message());
    }
    let more = estimate.invalid - estimate.problems.len() as u64;
    if more > 0 {
        print::note(&format!("and {more} more"));
    }
    let message = format!(
        "invalid lines in {}: {}; nothing was asked for",
        args.manifest.display(),
        estimate.invalid
    );
    Err(Failure::of(kind, message))
}
