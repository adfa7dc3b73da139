//! `batch --limiter`: processes that share the plan over a Redis server, which each test starts for itself.

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use cartesia_mock::{MockServer, Pace, Plan};

use crate::support::{Ran, finish, program_for, run, until};

const ITEMS: usize = 24;

struct Redis {
    child: Child,
    port: u16,
}

impl Redis {
    /// `None` where no Redis is installed, unless it must be.
    fn start() -> Option<Self> {
        let port = free_port();
        let started = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args([
                "--save",
                "",
                "--appendonly",
                "no",
                "--requirepass",
                "canary",
            ])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let Ok(child) = started else {
            let required = std::env::var_os("REDIS_REQUIRED").is_some();
            assert!(!required, "redis-server is not installed");
            let mut stderr = std::io::stderr().lock();
            writeln!(stderr, "skipped: redis-server is not installed").unwrap();
            return None;
        };
        let server = Self { child, port };
        until("Redis", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Some(server)
    }

    fn url(&self) -> String {
        format!("redis://:canary@127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn batch(server: &MockServer, folder: &Path, flags: &str) -> Command {
    let line = |line| format!("line-{line:03},This is line {line}.");
    let lines: Vec<_> = (0..ITEMS).map(line).collect();
    let table = format!("id,text\n{}\n", lines.join("\n"));
    std::fs::write(folder.join("lines.csv"), table).unwrap();
    let words = "batch lines.csv -o out --format wav_16000";
    let mut command = program_for(server, folder);
    command.args(words.split(' ').chain(flags.split_whitespace()));
    command
}

#[test]
fn two_processes_share_the_plan_and_nothing_is_rejected() {
    let Some(redis) = Redis::start() else {
        return;
    };
    let server = MockServer::builder()
        .plan(Plan::Startup)
        .pace(Pace::TimesRealTime(32.0))
        .start_on_thread()
        .unwrap();
    let limit = server.stats().total.synthesis.limit.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let start = |shard| {
        // Together they would ask for twice the plan.
        let flags = format!("--shard {shard}/2 --plan-limit {limit} --quiet");
        batch(&server, folder.path(), &flags)
            .env("CARTESIA_LIMITER", redis.url())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let both = [start(1), start(2)];
    for child in both {
        let ran = finish(crate::support::output(child));
        assert_eq!(ran.code, Some(0), "{ran:?}");
    }
    let load = server.stats().total.synthesis;
    assert_eq!((load.started, load.refused), (ITEMS as u64, 0), "{load:?}");
    assert!(load.peak <= limit, "{load:?}");
}

fn refused(server: &MockServer, ran: &Ran, code: i32, words: &str) {
    assert_eq!(ran.code, Some(code), "{ran:?}");
    assert!(ran.stderr.contains(words), "{ran:?}");
    assert!(!ran.stderr.contains("canary"), "{ran:?}");
    assert!(server.received().is_empty(), "{ran:?}");
}

#[test]
fn a_limiter_that_cannot_be_used_ends_the_run_before_anything_is_asked_for() {
    let server = MockServer::start_on_thread().unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (flags, code, words) in [
        (
            "--limiter redis://u:canary@127.0.0.1:1 --plan-limit 5",
            9,
            "limiter: the Redis server cannot be used",
        ),
        (
            "--limiter http://canary --plan-limit 5",
            2,
            "--limiter: the Redis configuration is invalid",
        ),
        (
            "--limiter redis://u:canary@127.0.0.1:1",
            2,
            "add --plan-limit",
        ),
        ("--plan-limit 5", 2, "add --limiter or CARTESIA_LIMITER"),
    ] {
        let ran = run(batch(&server, folder.path(), flags), [""; 0]);
        refused(&server, &ran, code, words);
    }
    let Some(redis) = Redis::start() else {
        return;
    };
    let flags = format!(
        "--limiter redis://:wrong@127.0.0.1:{} --plan-limit 5",
        redis.port
    );
    let ran = run(batch(&server, folder.path(), &flags), [""; 0]);
    refused(&server, &ran, 3, "limiter: the Redis server cannot be used");
}
