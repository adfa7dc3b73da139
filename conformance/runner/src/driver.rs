//! A driver as a process: one question, one answer, within a time limit.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, TryRecvError, sync_channel};
use std::thread;
use std::time::Duration;

use super::clients::{Client, Language};
use super::environment::Program;
use super::protocol::{Ask, Hello, Mode, Outcome, Reply};
use crate::Result;

/// Importing a client takes a second or two, more on a machine that is busy.
const START: Duration = Duration::from_secs(60);

/// A call that takes longer hangs.
const CALL: Duration = Duration::from_secs(20);

/// Any key that looks like one will do.
const KEY: &str = "sk_car_conformance";

/// What a driver is started with.
#[derive(Clone, Debug)]
pub(super) struct Launch {
    client: Client,
    program: Program,
    inputs: PathBuf,
    folder: PathBuf,
    server: SocketAddr,
    /// How long a call may take.
    limit: Duration,
}

impl Launch {
    /// `folder` is where it works, with a `sample.wav` in it; `server` is what it asks aside.
    pub(super) fn new(
        client: &Client,
        program: Program,
        inputs: PathBuf,
        folder: &Path,
        server: SocketAddr,
    ) -> Self {
        Self {
            client: client.clone(),
            program,
            inputs,
            folder: folder.to_owned(),
            server,
            limit: client.seconds.map_or(CALL, Duration::from_secs),
        }
    }

    fn command(&self, server: SocketAddr) -> Result<Command> {
        let mut command = self.program.command();
        for (name, _) in std::env::vars_os() {
            // Neither a proxy nor what the caller has set for the real service reaches a driver.
            let upper = name.to_string_lossy().to_uppercase();
            if upper.starts_with("CARTESIA_") || upper.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        command
            .current_dir(&self.folder)
            .env("CARTESIA_BASE_URL", url(server))
            .env("CONFORMANCE_SERVER", url(self.server))
            .env("CARTESIA_API_KEY", KEY)
            .env("CONFORMANCE_INPUTS", &self.inputs)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if self.client.language == Language::Rust {
            command.env("CARTESIA_VERSION", &self.client.api_version);
        }
        let log = self.folder.join("driver.log");
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(log)?;
        command.stderr(log);
        Ok(command)
    }
}

/// By this name: the clients up to 2.0 speak without TLS to it alone.
fn url(server: SocketAddr) -> String {
    format!("http://localhost:{}", server.port())
}

/// A running driver. It ends when this is dropped.
#[derive(Debug)]
pub(super) struct Driver {
    child: Child,
    stdin: ChildStdin,
    lines: Receiver<String>,
    limit: Duration,
    pub(super) hello: Hello,
}

impl Driver {
    /// Starts it for a server, or what stands before it, and checks that it is what it should be.
    pub(super) fn start(launch: &Launch, server: SocketAddr) -> Result<Self> {
        let mut child = launch.command(server)?.spawn()?;
        let (Some(stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else {
            return Err("a driver without input and output".into());
        };
        let (sender, lines) = sync_channel(1);
        thread::spawn(move || {
            // Ends with the driver, or when the receiver is dropped.
            for line in BufReader::new(stdout)
                .lines()
                .map_while(std::io::Result::ok)
            {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let first = lines.recv_timeout(START);
        let hello = first
            .map_err(|_| "it says nothing; driver.log may tell why".to_owned())
            .and_then(|line| hello(&line, &launch.client));
        match hello {
            Ok(hello) => Ok(Self {
                child,
                stdin,
                lines,
                limit: launch.limit,
                hello,
            }),
            Err(error) => {
                let _ = child.kill();
                let _ = child.wait();
                let log = launch.folder.join("driver.log");
                Err(format!("{error} ({})", log.display()).into())
            }
        }
    }

    /// Lets it use a method. `false` beside the reply says that the driver is of no use any more.
    pub(super) fn ask(&mut self, call: &str, mode: Mode) -> Result<(Reply, bool)> {
        // A line too many would be taken for the answer to this question, and each answer for the one
        // before from then on.
        if !matches!(self.lines.try_recv(), Err(TryRecvError::Empty)) {
            return Ok((
                lost("the driver ended, or wrote more than it was asked"),
                false,
            ));
        }
        let line = serde_json::to_string(&Ask { call, mode })?;
        let written = writeln!(self.stdin, "{line}").and_then(|()| self.stdin.flush());
        let answer = if written.is_ok() {
            self.lines.recv_timeout(self.limit)
        } else {
            Err(RecvTimeoutError::Disconnected)
        };
        Ok(match answer {
            Ok(line) => match serde_json::from_str(&line) {
                Ok(reply) => (reply, true),
                Err(error) => (lost(format!("the driver wrote no reply: {error}")), false),
            },
            Err(RecvTimeoutError::Timeout) => {
                let limit = self.limit;
                (lost(format!("it hangs: no answer in {limit:?}")), false)
            }
            Err(RecvTimeoutError::Disconnected) => (lost("the driver ended"), false),
        })
    }
}

fn lost(error: impl Into<String>) -> Reply {
    Reply {
        outcome: Outcome::failed(error),
        canonical: None,
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // Both fail only when it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the first line of a driver, which is to be that of `client`.
fn hello(line: &str, client: &Client) -> std::result::Result<Hello, String> {
    let hello: Hello = serde_json::from_str(line)
        .map_err(|error| format!("its first line is no greeting: {error}"))?;
    let (name, version) = client.name_and_version();
    if (hello.client.as_str(), hello.version.as_str()) != (name, version) {
        return Err(format!("it is {} {}", hello.client, hello.version));
    }
    if hello.api_version != client.api_version {
        return Err(format!("it speaks {}", hello.api_version));
    }
    if hello.methods.is_empty() || hello.modes.is_empty() {
        return Err("it has no methods".to_owned());
    }
    Ok(hello)
}

#[cfg(test)]
mod tests {
    use super::super::clients::{Role, tests::client};
    use super::*;

    const GREETING: &str = r#"{"client": "a b", "version": "1", "api_version": "2026-08-14", "methods": ["x"], "modes": ["sync"]}"#;

    /// A driver that is a script for the shell, in a folder of its own.
    #[cfg(unix)]
    struct Shell {
        launch: Launch,
    }

    #[cfg(unix)]
    impl Shell {
        fn new(name: &str, script: &str) -> Self {
            let process = std::process::id();
            let folder = std::env::temp_dir().join(format!("conformance-driver-{name}-{process}"));
            std::fs::create_dir_all(&folder).unwrap();
            let path = folder.join("driver.sh");
            std::fs::write(&path, script).unwrap();
            let program = Program {
                file: "sh".into(),
                arguments: vec![path],
                environment: Vec::new(),
            };
            let client = client("a b 1", Role::Official);
            let mut launch = Launch::new(&client, program, PathBuf::new(), &folder, nowhere());
            launch.limit = Duration::from_secs(5);
            Self { launch }
        }
    }

    #[cfg(unix)]
    impl Drop for Shell {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.launch.folder).unwrap();
        }
    }

    #[cfg(unix)]
    fn nowhere() -> SocketAddr {
        ([127, 0, 0, 1], 9).into()
    }

    /// What comes of asking a driver that greets and then does what `script` says.
    #[cfg(unix)]
    fn asked(name: &str, script: &str, limit: Duration) -> (Reply, bool) {
        let mut shell = Shell::new(name, &format!("echo '{GREETING}'\n{script}\n"));
        shell.launch.limit = limit;
        let mut driver = Driver::start(&shell.launch, nowhere()).unwrap();
        driver.ask("x", Mode::Sync).unwrap()
    }

    #[test]
    #[cfg(unix)]
    fn a_driver_is_asked_and_answers() {
        let script = r#"read line
            case "$line $CARTESIA_BASE_URL $CARTESIA_API_KEY" in
                '{"call":"x","mode":"sync"} http://localhost:9 sk_car_conformance')
                    echo '{"outcome": "ok", "checked": ["it"], "canonical": "y"}';;
            esac
            read end"#;
        let (reply, usable) = asked("answers", script, Duration::from_secs(30));
        assert_eq!(reply.outcome.problem(), None);
        assert_eq!((reply.canonical.as_deref(), usable), (Some("y"), true));
    }

    #[test]
    #[cfg(unix)]
    fn drivers_that_hang_end_or_babble_are_of_no_use() {
        let long = Duration::from_secs(30);
        for (name, script, limit, problem) in [
            (
                "hangs",
                "read a; read b",
                Duration::from_millis(50),
                "it hangs",
            ),
            ("ends", "read a", long, "the driver ended"),
            ("babbles", "read a; echo hello; read b", long, "no reply"),
        ] {
            let (reply, usable) = asked(name, script, limit);
            let observed = reply.outcome.problem().unwrap().to_owned();
            assert!(observed.contains(problem), "{observed}");
            assert!(!usable, "{name}");
        }
    }

    #[test]
    #[cfg(unix)]
    fn a_driver_that_says_more_than_it_is_asked_is_of_no_use() {
        let reply = r#"{"outcome": "unscripted"}"#;
        let script = format!("echo '{GREETING}'\nread a; echo '{reply}'; echo '{reply}'\n");
        let shell = Shell::new("talks", &script);
        let mut driver = Driver::start(&shell.launch, nowhere()).unwrap();
        let (first, usable) = driver.ask("x", Mode::Sync).unwrap();
        assert_eq!((first.outcome, usable), (Outcome::Unscripted, true));
        // When it has ended, its last line has been read.
        driver.child.wait().unwrap();
        let (second, usable) = driver.ask("x", Mode::Sync).unwrap();
        assert!(second.outcome.problem().unwrap().contains("ended"));
        assert!(!usable);
    }

    #[test]
    #[cfg(unix)]
    fn a_driver_that_is_another_is_not_started() {
        let other = GREETING.replace("a b", "c");
        let shell = Shell::new("other", &format!("echo '{other}'; read end\n"));
        let error = Driver::start(&shell.launch, nowhere()).unwrap_err();
        assert!(error.to_string().contains("it is c 1"), "{error}");
    }

    #[test]
    fn a_greeting_is_that_of_the_client() {
        let client = client("a b 1", Role::Official);
        assert_eq!(hello(GREETING, &client).unwrap().methods.len(), 1);
        for (from, to, error) in [
            ("a b", "a c", "it is a c 1"),
            ("\"1\"", "\"2\"", "it is a b 2"),
            ("2026-08-14", "2025-04-16", "it speaks 2025-04-16"),
            ("[\"x\"]", "[]", "no methods"),
            ("{", "", "no greeting"),
        ] {
            let observed = hello(&GREETING.replacen(from, to, 1), &client).unwrap_err();
            assert!(observed.contains(error), "{observed}");
        }
    }
}
