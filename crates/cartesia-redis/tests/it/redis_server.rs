//! A Redis server of the test's own, on a free port.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use cartesia_redis::RedisConfig;
use cartesia_redis::limiter::Limits;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

pub(crate) struct RedisServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl RedisServer {
    /// `None` where no Redis is installed, unless the tests are told that it must be.
    pub(crate) async fn start() -> Option<Self> {
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
            return None;
        }
        // Freed again at once: another process may take it in between, but none of these tests does.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = tempfile::tempdir().unwrap();
        let child = run(port, &folder);
        let server = Self {
            child,
            port,
            folder,
        };
        server.answers().await;
        Some(server)
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
        self.child = run(self.port, &self.folder);
        self.answers().await;
    }

    async fn answers(&self) {
        let connected = async {
            while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
                sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(Duration::from_secs(20), connected)
            .await
            .expect("the server starts");
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(port: u16, folder: &TempDir) -> Child {
    Command::new("redis-server")
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--appendonly", "no", "--dir"])
        .arg(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}
