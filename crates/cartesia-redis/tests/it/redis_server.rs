//! Redis servers of the test's own, on free ports.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cartesia_redis::RedisConfig;
use cartesia_redis::limiter::Limits;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl RedisServer {
    /// `None` where no Redis is installed.
    pub(crate) async fn start() -> Option<Self> {
        is_installed().then_some(())?;
        Some(Self::run(&[]).await)
    }

    async fn run(options: &[&str]) -> Self {
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let child = run(port, &folder, options);
        let server = Self {
            child,
            port,
            folder,
        };
        answers(port).await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    pub(crate) fn config(&self, limit: usize) -> RedisConfig {
        RedisConfig::new(self.url(), Limits::new(limit)).with_lease(Duration::from_secs(1))
    }

    /// Kills it; what it knew is lost.
    pub(crate) fn stop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again at the same port.
    pub(crate) async fn restart(&mut self) {
        self.child = run(self.port, &self.folder, &[]);
        answers(self.port).await;
    }

    /// Lets it stand still: connections stay open, and nothing is answered.
    #[cfg(unix)]
    pub(crate) fn freeze(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    #[cfg(unix)]
    pub(crate) fn thaw(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    #[cfg(unix)]
    fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).unwrap();
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A master, its replica, and a sentinel that makes a master of the replica when it is needed.
pub(crate) struct Sentinels {
    master: RedisServer,
    _replica: RedisServer,
    sentinel: RedisServer,
}

impl Sentinels {
    pub(crate) const MASTER: &str = "fleet";

    pub(crate) async fn start() -> Option<Self> {
        is_installed().then_some(())?;
        let master = RedisServer::run(&[]).await;
        let of = ["--replicaof", "127.0.0.1", &master.port.to_string()];
        let replica = RedisServer::run(&of).await;
        let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
        let config = folder.path().join("sentinel.conf");
        let name = Self::MASTER;
        let settings = format!(
            "bind 127.0.0.1\nport {port}\ndir {}\nsentinel monitor {name} 127.0.0.1 {} 1\n\
             sentinel down-after-milliseconds {name} 500\nsentinel failover-timeout {name} 3000\n",
            folder.path().display(),
            master.port,
        );
        std::fs::write(&config, settings).unwrap();
        let child = Command::new("redis-server")
            .arg(&config)
            .arg("--sentinel")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let sentinel = RedisServer {
            child,
            port,
            folder,
        };
        answers(port).await;
        let all = Self {
            master,
            _replica: replica,
            sentinel,
        };
        all.replicates().await;
        Some(all)
    }

    pub(crate) fn url(&self) -> String {
        self.sentinel.url()
    }

    pub(crate) fn kill_master(&mut self) {
        self.master.stop();
    }

    /// Waits until the sentinel knows the replica, and that has all data.
    async fn replicates(&self) {
        let known = async {
            loop {
                let mut stream = TcpStream::connect(("127.0.0.1", self.sentinel.port))
                    .await
                    .unwrap();
                let ask = format!("SENTINEL REPLICAS {}\r\n", Self::MASTER);
                stream.write_all(ask.as_bytes()).await.unwrap();
                // It comes in one piece; if not, it is asked again.
                let mut answer = vec![0; 16 * 1024];
                let length = stream.read(&mut answer).await.unwrap();
                let answer = String::from_utf8_lossy(&answer[..length]);
                let is_linked = answer
                    .split_once("master-link-status")
                    .is_some_and(|(_, rest)| rest.split("\r\n").nth(2) == Some("ok"));
                if is_linked {
                    return;
                }
                sleep(Duration::from_millis(20)).await;
            }
        };
        timeout(Duration::from_secs(60), known)
            .await
            .expect("the sentinel finds the replica");
    }
}

/// Tests are skipped where no Redis is installed, unless they are told that it must be.
fn is_installed() -> bool {
    let installed = Command::new("redis-server")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_ok();
    if !installed {
        let required = std::env::var_os("REDIS_REQUIRED").is_some();
        assert!(!required, "redis-server is not installed");
        let mut stderr = std::io::stderr().lock();
        writeln!(stderr, "skipped: redis-server is not installed").unwrap();
    }
    installed
}

/// Freed again at once: another process may take it in between, but none of these tests does.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

async fn answers(port: u16) {
    let connected = async {
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(20), connected)
        .await
        .expect("the server starts");
}

fn run(port: u16, folder: &TempDir, options: &[&str]) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder.path())
        .args(options)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
