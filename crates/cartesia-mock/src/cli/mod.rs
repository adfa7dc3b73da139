//! The command line of the program `cartesia-mock`, for embedding in other programs.

mod verbs;

use std::io::{self, Write as _};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::{
    FaultPlan, InvalidScript, JournalEntry, Latency, MockServer, Pace, Plan, Script, Speaker,
    Voices,
};

pub use verbs::{MockVerb, ProxyArgs, ReplayArgs};

/// The command-line options of the mock server.
#[derive(Debug, Clone, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct MockArgs {
    /// Mode in place of simulated answers
    #[command(subcommand)]
    pub verb: Option<MockVerb>,

    /// Port to listen on; 0 is any free one
    #[arg(long, default_value_t = 8745, value_name = "PORT")]
    pub port: u16,

    /// Address to listen on
    #[arg(long, default_value_t = Ipv4Addr::LOCALHOST.into(), value_name = "ADDRESS")]
    pub bind: IpAddr,

    /// Rate at which audio is sent: fast, real-time, or a factor such as 4x
    #[arg(long, default_value = "fast", value_name = "PACE")]
    pub pace: Pace,

    /// Wait before the first audio of each response, for example 150ms or 2s, or a range from which
    /// it is drawn for each: 100ms..300ms
    #[arg(long, default_value = "0ms", value_name = "TIME")]
    pub latency: Latency,

    /// Sound of words: tones, which speech to text of this server understands; or espeak, which uses the
    /// program espeak-ng if it is installed, for people and other speech recognition
    #[arg(long = "voice", default_value = "tones", value_name = "VOICE")]
    pub speaker: Speaker,

    /// Identifiers accepted as voices: catalogue (only voices that lists show), synthesis (every UUID, to
    /// speak) or any (every UUID, everywhere)
    #[arg(long, default_value = "synthesis", value_name = "CHOICE")]
    pub voices: Voices,

    /// Add a public voice with this identifier and name. May be repeated
    #[arg(long = "voice-id", value_parser = named_voice, value_name = "ID=NAME")]
    pub named_voices: Vec<(String, String)>,

    /// Accept this API key and reject others. May be repeated. By default any key is accepted
    #[arg(long = "key", value_name = "KEY")]
    pub keys: Vec<String>,

    /// Let web pages of every origin call the server
    #[arg(long)]
    pub cors: bool,

    /// Accept requests with the example values of an API definition, as generated test suites send them:
    /// identifiers that do not exist, fields whose value is their own name
    #[arg(long)]
    pub lenient: bool,

    /// Answer https and wss on the same port, too, with a new certificate that is written to this file, for
    /// clients to trust
    #[arg(long, value_name = "FILE")]
    pub tls: Option<PathBuf>,

    /// Add this host name to the certificate of --tls. May be repeated
    #[arg(long = "tls-name", requires = "tls", value_name = "HOST")]
    pub tls_names: Vec<String>,

    /// Make runs reproducible: with the same number, the same requests in the same order get the same bytes,
    /// and timestamps are fixed
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,

    /// Inject a fault, for example cut-after=40000@/tts/bytes*2: cuts two responses of that path after 40 000
    /// bytes. May be repeated
    #[arg(long = "fault", value_name = "FAULT", long_help = format!(
        "Inject a fault into a request or a WebSocket. May be repeated. A fault: {}", crate::fault::NAMES
    ))]
    pub faults: Vec<FaultPlan>,

    /// Limits of concurrent contexts and open WebSockets: free, pro, startup, scale or unlimited
    #[arg(long, default_value = "unlimited", value_name = "PLAN")]
    pub plan: Plan,

    /// Inject faults into WebSockets and event streams from a script: a JSON file, described in the README of
    /// the crate
    #[arg(long, value_parser = script, value_name = "FILE")]
    pub script: Option<Script>,

    /// Append every request and every WebSocket message to this file, as lines of JSON. They contain
    /// transcripts, but no keys
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// Print the same lines on the standard output, and serve them at /_mock/journal
    #[arg(long)]
    pub journal: bool,

    /// Turn off the web page. Without it, a browser on this machine that opens the address of the server
    /// shows its requests live and plays their audio; never on other machines
    #[arg(long)]
    pub no_page: bool,
}

/// Serves until Ctrl-C, or runs a verb.
///
/// Prints `listening on http://ADDRESS:PORT` on the standard output, then on the standard error one line for
/// each request: method, path and status, never a key or a text. With `journal` the entries of the journal
/// follow on the standard output; read it, since the server waits for its reader.
///
/// # Errors
///
/// When it cannot listen on the address or open a file, or the standard output is closed.
///
/// # Cancel safety
///
/// Dropping the future stops the server.
pub async fn run(args: MockArgs) -> io::Result<()> {
    if let Some(verb) = args.verb {
        return verb.run().await;
    }
    let mut builder = MockServer::builder()
        .bind((args.bind, args.port))
        .pace(args.pace)
        .latency(args.latency)
        // A closed log is no reason to stop serving.
        .observe(|received| drop(writeln!(io::stderr(), "{received}")));
    builder = builder
        .plan(args.plan)
        .speaker(args.speaker)
        .script(args.script.unwrap_or_default());
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    for fault in args.faults {
        builder = builder.fault(fault);
    }
    let output = Arc::new(Output::default());
    if args.journal || args.record.is_some() {
        let output = Arc::clone(&output);
        builder = builder.observe_journal(move |entry| output.tell(entry, args.journal));
    }
    if let Some(file) = args.record {
        builder = builder.record(file);
    }
    if !args.no_page && args.bind.is_loopback() {
        builder = builder.page();
    }
    builder = builder.voices(args.voices);
    for (id, name) in args.named_voices {
        builder = builder.voice(id, name);
    }
    for key in args.keys {
        builder = builder.key(key);
    }
    if args.cors {
        builder = builder.cors();
    }
    if args.lenient {
        builder = builder.lenient();
    }
    if args.tls.is_some() {
        builder = builder.tls();
    }
    for name in args.tls_names {
        builder = builder.tls_name(name);
    }
    let server = builder.start().await?;
    if let (Some(file), Some(certificate)) = (args.tls, server.certificate()) {
        std::fs::write(&file, certificate).map_err(|error| {
            let message = format!("cannot write {}: {error}", file.display());
            io::Error::new(error.kind(), message)
        })?;
    }
    if args.speaker == Speaker::Espeak {
        // A closed stderr is no reason not to serve.
        drop(writeln!(io::stderr(), "{DEAF}"));
    }
    output.start(&server.url())?;
    tokio::signal::ctrl_c().await?;
    server.shutdown().await;
    Ok(())
}

/// The limits of a server that speaks with `espeak-ng`.
const DEAF: &str = "note: speech to text of this server does not understand espeak, and gives word1, word2 \
                    and so on; what `--voice tones` says comes back word for word";

/// The standard output, on which the first line is the server's address, even if a request arrives before
/// that line.
#[derive(Debug, Default)]
struct Output(Mutex<Ahead>);

/// Lines that wait for the first one; `None` once it is out.
#[derive(Debug)]
struct Ahead(Option<Vec<String>>);

impl Default for Ahead {
    fn default() -> Self {
        Self(Some(Vec::new()))
    }
}

impl Output {
    fn start(&self, url: &str) -> io::Result<()> {
        let mut ahead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut stdout = io::stdout().lock();
        writeln!(stdout, "listening on {url}")?;
        for line in ahead.0.take().unwrap_or_default() {
            writeln!(stdout, "{line}")?;
        }
        stdout.flush()
    }

    fn tell(&self, entry: &JournalEntry, prints: bool) {
        if entry.event() == "record_failed" {
            // Here and below: a closed log is no reason to stop serving.
            let message = "the file of --record can no longer be written";
            drop(writeln!(io::stderr(), "{message}: {}", entry.line()));
        }
        if !prints {
            return;
        }
        let mut ahead = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(lines) = &mut ahead.0 {
            lines.push(entry.line().to_owned());
            return;
        }
        let mut stdout = io::stdout().lock();
        drop(writeln!(stdout, "{}", entry.line()).and_then(|()| stdout.flush()));
    }
}

/// `ID=NAME`.
fn named_voice(text: &str) -> Result<(String, String), String> {
    let named = text
        .split_once('=')
        .filter(|(id, name)| !id.is_empty() && !name.is_empty());
    let (id, name) = named.ok_or_else(|| "it must be ID=NAME".to_owned())?;
    Ok((id.to_owned(), name.to_owned()))
}

/// Reads a script from a file.
fn script(path: &str) -> Result<Script, String> {
    let json = std::fs::read_to_string(path).map_err(|error| format!("cannot read it: {error}"))?;
    json.parse()
        .map_err(|error: InvalidScript| error.to_string())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::Parser;

    use super::*;
    use crate::Fault;

    #[derive(Debug, Parser)]
    struct Program {
        #[command(flatten)]
        args: MockArgs,
    }

    #[test]
    fn scripts_are_read_from_files() {
        let name = format!("cartesia-mock-script-{}.json", std::process::id());
        let path = std::env::temp_dir().join(name);
        let read = |json: &str| {
            std::fs::write(&path, json).unwrap();
            script(&path.to_string_lossy())
        };
        let right = read(r#"{"rules": [{"at": "done", "do": "reset"}]}"#);
        let wrong = read(r#"{"rules": [{"at": "done", "do": {"done": {"status": "x"}}}]}"#);
        std::fs::remove_file(&path).unwrap();
        assert_ne!(right.unwrap(), Script::new());
        let wrong = wrong.unwrap_err();
        assert!(wrong.contains("rule 1, field `do.done.status`"), "{wrong}");
    }

    #[test]
    fn arguments_are_read() {
        let parse =
            |line: &str| Program::try_parse_from(line.split(' ')).map(|program| program.args);
        let args = parse("mock").unwrap();
        assert_eq!(
            (args.port, args.pace, args.latency),
            (8745, Pace::Fast, Latency::default())
        );
        let args = parse(
            "mock --port 0 --bind ::1 --pace real-time --latency 150ms --fault cut-after=40000 \
             --fault close*2",
        )
        .unwrap();
        assert_eq!(args.port, 0);
        assert!(args.bind.is_ipv6());
        assert_eq!(args.pace, Pace::RealTime);
        assert_eq!(args.latency, Duration::from_millis(150).into());
        let faults = [
            Fault::CutBody { after: 40_000 }.always(),
            Fault::CloseBeforeHeaders.times(2),
        ];
        assert_eq!(args.faults, faults);
        assert_eq!((args.plan, args.script), (Plan::Unlimited, None));
        assert_eq!((args.seed, args.record, args.journal), (None, None, false));
        assert!(!args.no_page && parse("mock --no-page").unwrap().no_page);
        let args =
            parse("mock --tls c --seed 7 --latency 100ms..300ms --record f --journal").unwrap();
        assert_eq!(
            (args.seed, args.record, args.journal),
            (Some(7), Some("f".into()), true)
        );
        assert_eq!(args.tls, Some("c".into()));
        assert_eq!(args.speaker, Speaker::Tones);
        assert_eq!(
            parse("mock --voice espeak").unwrap().speaker,
            Speaker::Espeak
        );
        assert_eq!(args.latency, "100ms..300ms".parse().unwrap());
        let args =
            parse("mock --voices any --voice-id v=Ada=B --key a --key b --cors --lenient").unwrap();
        assert_eq!(args.voices, Voices::Any);
        assert_eq!(args.named_voices, [("v".to_owned(), "Ada=B".to_owned())]);
        assert_eq!((args.keys.len(), args.cors, args.lenient), (2, true, true));
        assert_eq!(parse("mock --plan pro").unwrap().plan, Plan::Pro);
        for (line, wanted) in [
            ("mock proxy --record f", "https://api.cartesia.ai"),
            (
                "mock proxy --upstream http://[::1]:1 --record f",
                "http://[::1]:1",
            ),
        ] {
            match parse(line).unwrap().verb {
                Some(MockVerb::Proxy(proxy)) => assert_eq!(proxy.upstream, wanted),
                other => panic!("{other:?}"),
            }
        }
        match parse("mock replay f --pace real-time").unwrap().verb {
            Some(MockVerb::Replay(replay)) => assert_eq!(replay.pace, Pace::RealTime),
            other => panic!("{other:?}"),
        }
        for line in [
            "mock proxy",
            "mock --seed 1 proxy --record f",
            "mock replay",
            "mock replay f --pace x",
            "mock --latency 3",
            "mock --latency -1s",
            "mock --latency 3s..1s",
            "mock --seed x",
            "mock --voice x",
            "mock --pace slow",
            "mock --fault x",
            "mock --plan gold",
            "mock --script no/such/file.json",
            "mock --voices none",
            "mock --voice-id x",
            "mock --tls-name host",
        ] {
            parse(line).unwrap_err();
        }
    }
}
