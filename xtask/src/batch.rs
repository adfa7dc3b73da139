//! `cargo xtask batch`: the real program makes many items with the mock server, and what it takes.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::metadata::Metadata;
use crate::{Result, setup, shell};

/// About a minute of real time.
const ITEMS: u32 = 350;
/// Contexts of the plan `scale`.
const CONTEXTS: u32 = 15;
/// How often memory is measured.
const SAMPLE: Duration = Duration::from_millis(100);
/// Memory that a run may gain between its first and its last third: 200 bytes for each of 100,000 items.
const GAIN: u64 = 20 * 1024 * 1024;

#[derive(Debug, PartialEq, Eq)]
struct Arguments {
    items: u32,
    /// How the server sends audio, as its flag has it.
    pace: String,
}

impl Arguments {
    fn read(mut arguments: &[String]) -> Result<Self> {
        let mut read = Self {
            items: ITEMS,
            pace: "real-time".to_owned(),
        };
        while let [flag, value, rest @ ..] = arguments {
            match flag.as_str() {
                "--items" => read.items = value.parse()?,
                "--pace" => read.pace.clone_from(value),
                _ => return Err(format!("unexpected argument `{flag}`").into()),
            }
            arguments = rest;
        }
        match arguments {
            [] => Ok(read),
            [flag, ..] => Err(format!("`{flag}` needs a value").into()),
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
    let program = shell::build(
        "cartesia-rs",
        &["build", "--package=cartesia-cli", "--bin=cartesia-rs"],
    )?;
    let folder = Metadata::load()?.target_directory.join("batch");
    if folder.exists() {
        // Otherwise all is finished.
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("lines.csv"), manifest(arguments.items))?;

    let server = Server::start(&program, &arguments.pace)?;
    let first = make(&program, &server, &folder)?;
    let stats = server.stats()?;
    // The same again asks for nothing.
    let again = make(&program, &server, &folder)?;
    let asked_again = count(&server.stats()?, "started") - count(&stats, "started");
    print!("{}", report(&arguments, &first, &stats));

    let done = |end: &Value| end["done"].as_u64().unwrap_or_default();
    let items = u64::from(arguments.items);
    if done(&first.end) != items || again.end["finished"] != items || asked_again != 0 {
        return Err(format!(
            "not each item was made once: {} and {}",
            first.end, again.end
        )
        .into());
    }
    let [start, _, end] = first.thirds();
    if end > start + GAIN {
        return Err("memory grew with the number of items".into());
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

/// The mock server as a program of its own, which is killed in the end.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(program: &Path, pace: &str) -> Result<Self> {
        let mut child = Command::new(program)
            .args(["mock", "--plan", "scale", "--port", "0", "--no-page"])
            .args(["--pace", pace])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let stdout = child.stdout.take().ok_or("the server has no stdout")?;
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.trim().rsplit_once("http://");
        let address = address.ok_or("the server does not say its address")?;
        Ok(Self {
            child,
            address: address.1.to_owned(),
        })
    }

    /// The use of the plan.
    fn stats(&self) -> Result<Value> {
        let mut stream = TcpStream::connect(&self.address)?;
        let host = &self.address;
        write!(
            stream,
            "GET /_mock/stats HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (_, body) = answer.split_once("\r\n\r\n").ok_or("no answer")?;
        Ok(serde_json::from_str(body.trim())?)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// A run of the program.
struct Run {
    /// The last line on stderr.
    end: Value,
    seconds: f64,
    /// Bytes in memory, one after the other.
    memory: Vec<u64>,
}

impl Run {
    /// The most memory in the first, second and last third.
    fn thirds(&self) -> [u64; 3] {
        let third = self.memory.len().div_ceil(3).max(1);
        let mut most = self
            .memory
            .chunks(third)
            .map(|part| part.iter().copied().max().unwrap_or_default());
        [(); 3].map(|()| most.next().unwrap_or_default())
    }
}

fn make(program: &Path, server: &Server, folder: &Path) -> Result<Run> {
    let stderr = folder.join("stderr.txt");
    let began = Instant::now();
    let mut child = Command::new(program)
        .args(["batch", "lines.csv", "-o", "audio", "--format", "wav_16000"])
        .args(["--concurrency", &CONTEXTS.to_string(), "--yes", "--json"])
        .current_dir(folder)
        .env("CARTESIA_BASE_URL", format!("http://{}", server.address))
        .env("CARTESIA_API_KEY", "sk_car_mock")
        .stdout(Stdio::null())
        .stderr(File::create(&stderr)?)
        .spawn()?;
    let mut memory = Vec::new();
    let status = loop {
        if let Some(status) = child.try_wait()? {
            break status;
        }
        memory.extend(resident(child.id()));
        std::thread::sleep(SAMPLE);
    };
    let seconds = began.elapsed().as_secs_f64();
    let text = std::fs::read_to_string(stderr)?;
    if !status.success() {
        return Err(format!("the program failed ({status}): {text}").into());
    }
    let end = text.lines().last().unwrap_or_default();
    Ok(Run {
        end: serde_json::from_str(end)?,
        seconds,
        memory,
    })
}

/// Bytes that a process has in memory; `None` where the system does not say it so.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

fn count(stats: &Value, field: &str) -> u64 {
    stats["total"]["synthesis"][field]
        .as_u64()
        .unwrap_or_default()
}

fn report(arguments: &Arguments, run: &Run, stats: &Value) -> String {
    let number = |field: &str| run.end[field].as_f64().unwrap_or_default();
    let audio = number("audio_ms") / 1_000.0;
    let bound = arguments.factor().map_or_else(
        || "none: the server sends as fast as it can".to_owned(),
        |factor| {
            let bound = audio / factor / f64::from(CONTEXTS);
            let share = 100.0 * bound / run.seconds;
            format!("{bound:.1} s (audio / pace / {CONTEXTS} contexts): {share:.0} % of the time")
        },
    );
    let mebibytes = run.thirds().map(|bytes| bytes / 1024 / 1024);
    let [start, middle, end] = mebibytes;
    format!(
        "items     {} ({} failed), {audio:.0} s of audio\n\
         time      {:.1} s\n\
         bound     {bound}\n\
         memory    {start} MiB in the first third, {middle} in the second, {end} in the last\n\
         requests  {} of the program, {} begun by the server, {} rejected, at most {} at once\n",
        run.end["done"],
        run.end["failed"],
        run.seconds,
        run.end["requests"],
        count(stats, "started"),
        count(stats, "refused"),
        count(stats, "peak"),
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
    fn arguments_are_pairs() {
        let default = read(&[]).unwrap();
        assert_eq!((default.items, default.factor()), (ITEMS, Some(1.0)));
        let fast = read(&["--items", "7", "--pace", "8x"]).unwrap();
        assert_eq!((fast.items, fast.factor()), (7, Some(8.0)));
        assert_eq!(read(&["--pace", "fast"]).unwrap().factor(), None);
        for wrong in [&["--items"][..], &["--items", "x"], &["--speed", "1"]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn memory_is_compared_by_thirds() {
        let run = |memory: &[u64]| Run {
            end: Value::Null,
            seconds: 1.0,
            memory: memory.to_vec(),
        };
        assert_eq!(run(&[1, 5, 2, 3, 9, 4, 7]).thirds(), [5, 9, 7]);
        assert_eq!(run(&[]).thirds(), [0, 0, 0]);
    }
}
