//! `cargo xtask batch`: the real program makes many items with the mock server, and what it takes.

mod audio;
mod kills;
mod mock;
mod program;

use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use self::audio::Audio;
use self::kills::Killed;
use self::mock::{Load, Server};
use self::program::{Program, Run};
use crate::metadata::Metadata;
use crate::{Result, setup, shell};

/// About a minute of real time.
const ITEMS: u32 = 350;
/// Contexts of the plan `scale`.
const CONTEXTS: u32 = 15;
/// Memory that a run may gain between its first and its last third: 200 bytes for each of 100,000 items.
const GAIN: u64 = 20 * 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    items: u32,
    /// How the server sends audio, as its flag has it.
    pace: String,
    /// How often a second run is killed; 0 for no such run.
    kills: u32,
    /// Decides when.
    seed: u64,
    /// Parts that are made at the same time in a third run; 0 for no such run.
    shards: u32,
    release: bool,
}

impl Arguments {
    fn read(mut arguments: &[String]) -> Result<Self> {
        let mut read = Self {
            items: ITEMS,
            pace: "real-time".to_owned(),
            kills: 0,
            seed: 1,
            shards: 0,
            release: false,
        };
        loop {
            arguments = match arguments {
                [] => return Ok(read),
                [flag, rest @ ..] if flag == "--release" => {
                    read.release = true;
                    rest
                }
                [flag, value, rest @ ..] => {
                    match flag.as_str() {
                        "--items" => read.items = value.parse()?,
                        "--pace" => read.pace.clone_from(value),
                        "--kills" => read.kills = value.parse()?,
                        "--seed" => read.seed = value.parse()?,
                        "--shards" => read.shards = value.parse()?,
                        _ => return Err(format!("unexpected argument `{flag}`").into()),
                    }
                    rest
                }
                [flag] => return Err(format!("`{flag}` is unknown, or needs a value").into()),
            };
        }
    }

    /// How many seconds of audio the server sends in a second; `None` for as fast as it can.
    fn factor(&self) -> Option<f64> {
        match self.pace.as_str() {
            "real-time" => Some(1.0),
            pace => pace.strip_suffix('x')?.parse().ok(),
        }
    }
}

pub(crate) fn run(arguments: &[String]) -> Result {
    let arguments = Arguments::read(arguments)?;
    setup::ensure(&[setup::BUILD, setup::PLAYBACK])?;
    let mut build = vec!["build", "--package=cartesia-cli", "--bin=cartesia-rs"];
    if arguments.release {
        build.push("--release");
    }
    let path = shell::build("cartesia-rs", &build)?;
    let folder = Metadata::load()?.target_directory.join("batch");
    if folder.exists() {
        // Otherwise all is finished.
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("lines.csv"), manifest(arguments.items))?;
    let server = Server::start(&path, &arguments.pace)?;
    let program = Program {
        path,
        folder,
        server: server.address().to_owned(),
    };
    let whole = undisturbed(&arguments, &program, &server)?;
    if arguments.kills > 0 {
        killed(&arguments, &program, &server, &whole)?;
    }
    if arguments.shards > 0 {
        in_parts(&arguments, &program, &server, &whole)?;
    }
    Ok(())
}

/// A run without kills, which is what all others are compared with.
fn undisturbed(arguments: &Arguments, program: &Program, server: &Server) -> Result<Audio> {
    let output = "audio";
    let first = program.run(output, CONTEXTS, &[])?;
    print!("{}", report(arguments, &first, server.load()?));
    let again = program.run(output, CONTEXTS, &[])?;
    let items = u64::from(arguments.items);
    let asked_again = server.load()?.started;
    if first.count("done") != items || again.count("finished") != items || asked_again != 0 {
        let (first, again) = (first.end, again.end);
        return Err(format!("not each item was made once: {first} and {again}").into());
    }
    let [start, _, end] = first.memory.thirds();
    if end > start + GAIN {
        return Err("memory grew with the number of items".into());
    }
    let folder = program.folder.join(output);
    let whole = Audio::read(&folder)?;
    whole.check_results(&folder)?;
    Ok(whole)
}

fn killed(arguments: &Arguments, program: &Program, server: &Server, whole: &Audio) -> Result {
    let (kills, seed) = (arguments.kills, arguments.seed);
    println!("\nkilled {kills} times (--seed {seed})");
    let Killed {
        last,
        moments,
        seconds,
        memory,
        torn,
    } = kills::run(program, kills, seed, whole)?;
    let (items, load) = (u64::from(arguments.items), server.load()?);
    let most = items + u64::from(kills * CONTEXTS);
    let Load {
        started, refused, ..
    } = load;
    println!(
        "kills     after {moments:?} results\n\
         time      {seconds:.1} s, with the starts of the program\n\
         memory    at most {} MiB\n\
         requests  {started} begun by the server, of at most {most} (items + {CONTEXTS} for each kill), {refused} \
         rejected\n\
         audio     the same bytes as without kills; {} items made by the last run; {torn} results were torn",
        mebibytes(memory),
        last.count("done"),
    );
    if started < items || started > most {
        return Err(format!("{started} requests are not between {items} and {most}").into());
    }
    Ok(())
}

fn in_parts(arguments: &Arguments, program: &Program, server: &Server, whole: &Audio) -> Result {
    let (output, count) = ("parts", arguments.shards);
    println!("\nin {count} parts at the same time");
    let began = Instant::now();
    let flags: Vec<_> = (1..=count)
        .map(|number| format!("{number}/{count}"))
        .collect();
    let runs = flags
        .iter()
        .map(|shard| program.start(output, (CONTEXTS / count).max(1), &["--shard", shard]));
    let runs = runs.collect::<Result<Vec<_>>>()?;
    // All are read at the same time: a program whose results are not read stands still.
    std::thread::scope(|scope| {
        let ends = runs.into_iter().map(|running| {
            scope.spawn(move || {
                running
                    .end(began)
                    .map(drop)
                    .map_err(|error| error.to_string())
            })
        });
        let ends: Vec<_> = ends.collect();
        ends.into_iter().try_for_each(|end| {
            end.join()
                .unwrap_or_else(|_| Err("a reader panicked".to_owned()))
        })
    })?;
    let seconds = began.elapsed().as_secs_f64();
    let folder = program.folder.join(output);
    whole.compare(&Audio::read(&folder)?)?;
    whole.check_results(&folder)?;
    let Load {
        started, refused, ..
    } = server.load()?;
    println!(
        "time      {seconds:.1} s\n\
         requests  {started} begun by the server, {refused} rejected\n\
         audio     the same bytes as in one run"
    );
    if started != u64::from(arguments.items) {
        return Err(format!("{started} requests").into());
    }
    Ok(())
}

fn manifest(items: u32) -> String {
    (0..items).fold("id,text\n".to_owned(), |mut table, item| {
        // A string takes all that is written to it.
        _ = writeln!(
            table,
            "part-{:02}/item-{item:06},This is sentence number {item}.",
            item % 20
        );
        table
    })
}

fn mebibytes(bytes: u64) -> u64 {
    bytes / 1024 / 1024
}

fn report(arguments: &Arguments, run: &Run, load: Load) -> String {
    let audio = run.end["audio_ms"].as_f64().unwrap_or_default() / 1_000.0;
    let bound = arguments.factor().map_or_else(
        || "none: the server sends as fast as it can".to_owned(),
        |factor| {
            let bound = audio / factor / f64::from(CONTEXTS);
            let share = 100.0 * bound / run.seconds;
            format!("{bound:.1} s (audio / pace / {CONTEXTS} contexts): {share:.0} % of the time")
        },
    );
    let [start, middle, end] = run.memory.thirds().map(mebibytes);
    format!(
        "items     {} ({} failed), {audio:.0} s of audio\n\
         time      {:.1} s\n\
         bound     {bound}\n\
         memory    {start} MiB in the first third, {middle} in the second, {end} in the last\n\
         requests  {} of the program, {} begun by the server, {} rejected, at most {} at once\n",
        run.count("done"),
        run.count("failed"),
        run.seconds,
        run.count("requests"),
        load.started,
        load.refused,
        load.peak,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str]) -> Result<Arguments> {
        let arguments: Vec<String> = arguments.iter().map(|it| (*it).to_owned()).collect();
        Arguments::read(&arguments)
    }

    #[test]
    fn arguments_are_read_in_any_order() {
        let default = read(&[]).unwrap();
        assert_eq!((default.items, default.factor()), (ITEMS, Some(1.0)));
        let fast = read(&["--items", "7", "--release", "--pace", "8x", "--kills", "3"]).unwrap();
        assert_eq!((fast.items, fast.factor()), (7, Some(8.0)));
        assert_eq!((fast.kills, fast.seed, fast.release), (3, 1, true));
        assert_eq!(read(&["--pace", "fast"]).unwrap().factor(), None);
        for wrong in [
            &["--items"][..],
            &["--items", "x"],
            &["--speed", "1"],
            &["--speed"],
        ] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
