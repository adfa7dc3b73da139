//! The Redis server: the one file that knows the Redis client.

use std::fmt;
use std::time::Duration;

use cartesia_core::limiter::Workload;
use cartesia_core::time::within;
use cartesia_types::{Error, ErrorKind, Result};
use redis::aio::MultiplexedConnection;
use redis::sentinel::{SentinelClient, SentinelNodeConnectionInfo, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionInfo, IntoConnectionInfo as _, RedisConnectionInfo,
    RedisError, Script,
};

use crate::OPERATION;
use crate::config::RedisConfig;
use crate::registry::{Number, Step};

/// The limit for opening a connection, and for the answer to a step. Redis answers within a millisecond, so a
/// server that takes longer counts as unreachable.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing is granted by a server that may not know all permits in use: at least as long as a process
/// takes to reach it, or to renew its leases.
const SHORTEST_PAUSE: Duration = Duration::from_secs(3);
/// Grants that are taken out of the mailbox at once.
const MAILBOX_BATCH: usize = 64;

/// The server that counts the permits, and the name of this process there.
pub(crate) struct Server {
    address: Address,
    script: Script,
    names: Names,
    /// How long a permit counts without a renewal.
    lease: Duration,
    /// The server of the last connection, by its own name for this run of it.
    last: String,
}

enum Address {
    Single(Box<Client>),
    /// Asked again for each connection: the master may have changed.
    Sentinel(Box<SentinelClient>),
}

/// The keys of the limiter in Redis, and the name of this process.
struct Names {
    prefix: String,
    process: String,
}

/// Two connections: on the second one the mailbox is waited for.
pub(crate) struct Connection {
    steps: MultiplexedConnection,
    mailbox: MultiplexedConnection,
    /// The server's name for this run of it, which changes when it is started again; empty if it does not say.
    run: String,
    /// The run before, for the first step of each kind of work.
    before: String,
    greeted: Vec<Workload>,
}

/// What a step brought.
pub(crate) struct Stepped {
    pub(crate) granted: Vec<Number>,
    /// Those of the callers who wait.
    pub(crate) ranks: Vec<String>,
    /// Nothing is granted for so long.
    pub(crate) paused: Option<Duration>,
    /// Callers wait, and the first of all leases ends after so long, unless it is renewed. It is a duration since
    /// the clocks of the server and of this process differ.
    pub(crate) lease_ends: Option<Duration>,
}

impl Server {
    pub(crate) fn new(config: &RedisConfig) -> Result<Self> {
        let parse = |url: &String| -> Result<ConnectionInfo> {
            // The error of the library may quote the URL, and with it a password.
            let unusable = |_| invalid("a URL is not of the form `redis://host:port/database`");
            url.as_str().into_connection_info().map_err(unusable)
        };
        let nodes = config.urls.iter().map(parse).collect::<Result<Vec<_>>>()?;
        let address = if let Some(master) = &config.sentinel_master {
            let mut settings = RedisConnectionInfo::default();
            if let Some((user, password)) = &config.credentials {
                settings = settings.set_username(user).set_password(password);
            }
            let node = SentinelNodeConnectionInfo::default().set_redis_connection_info(settings);
            let client = SentinelClient::build(
                nodes,
                master.clone(),
                Some(node),
                SentinelServerType::Master,
            );
            Address::Sentinel(Box::new(
                client.map_err(|_| invalid("no sentinel is usable"))?,
            ))
        } else {
            let node = nodes.into_iter().next();
            let node = node.ok_or_else(|| invalid("there is no URL"))?;
            let client = Client::open(node).map_err(|_| invalid("the URL is invalid"))?;
            Address::Single(Box::new(client))
        };
        Ok(Self {
            address,
            script: Script::new(include_str!("script.lua")),
            names: Names {
                // The braces keep all keys on one node of a cluster.
                prefix: format!("{{{}}}", config.name),
                process: format!("{:032x}", fastrand::u128(..)),
            },
            lease: config.time_to_live(),
            last: String::new(),
        })
    }

    pub(crate) async fn connect(&mut self) -> Result<Connection> {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            // Each wait has its own limit.
            .set_response_timeout(None);
        let client = match &mut self.address {
            Address::Single(client) => Client::clone(client),
            Address::Sentinel(client) => {
                let found = within(PATIENCE, client.async_get_client()).await;
                found.ok_or_else(late)?.map_err(failed)?
            }
        };
        let open = || async {
            let connection = client.get_multiplexed_async_connection_with_config(&config);
            let connection = within(PATIENCE, connection).await;
            connection.ok_or_else(late)?.map_err(failed)
        };
        let mut steps = open().await?;
        let mut info = redis::cmd("INFO");
        let info = info.arg("server").query_async::<String>(&mut steps);
        let info = within(PATIENCE, info).await.ok_or_else(late)?;
        // A server may forbid it: then it is the same one for all we know.
        let run = info.map_or(String::new(), |info| run_of(&info).to_owned());
        let mailbox = open().await?;
        let before = std::mem::replace(&mut self.last, run.clone());
        Ok(Connection {
            steps,
            mailbox,
            run,
            before,
            greeted: Vec::new(),
        })
    }

    /// Carries out a step.
    pub(crate) async fn step(
        &self,
        connection: &mut Connection,
        workload: Workload,
        limit: usize,
        step: &Step,
    ) -> Result<Stepped> {
        let Names { prefix, process } = &self.names;
        let id = |number: &Number| format!("{process}:{}{number}", letter(workload));
        let mut call = self.script.prepare_invoke();
        for key in ["held", "queue", "waiting"] {
            call.key(format!("{prefix}:{}:{key}", workload.name()));
        }
        call.key(self.mailbox_of(""));
        call.key(format!("{prefix}:{}:state", workload.name()));
        let pause = SHORTEST_PAUSE.max(self.lease / 2);
        call.arg(process).arg(limit).arg(millis(self.lease));
        call.arg(millis(pause)).arg(&connection.run);
        let is_first = !connection.greeted.contains(&workload);
        call.arg(if is_first { &connection.before } else { "" });
        call.arg(step.held.len());
        for list in [&step.release, &step.held] {
            call.arg(list.len());
            for number in list {
                call.arg(id(number));
            }
        }
        call.arg(step.waiting.len());
        for (number, rank, class) in &step.waiting {
            call.arg(id(number)).arg(rank).arg(*class);
        }
        let outcome = within(PATIENCE, call.invoke_async(&mut connection.steps)).await;
        let (granted, ranks, paused, lease_ends): (Vec<String>, Vec<String>, u64, u64) =
            outcome.ok_or_else(late)?.map_err(failed)?;
        if is_first {
            connection.greeted.push(workload);
        }
        let granted = granted.iter().filter_map(|id| read_id(id));
        Ok(Stepped {
            granted: granted.map(|(_, number)| number).collect(),
            ranks,
            paused: duration(paused),
            lease_ends: duration(lease_ends),
        })
    }

    /// Waits for grants that the steps of other processes made, at most for a third of a lease.
    pub(crate) fn next_mail(
        &self,
        connection: &Connection,
    ) -> impl Future<Output = Result<Vec<(Workload, Number)>>> + Send + use<> {
        let wait = self.lease / 3;
        let mut connection = connection.mailbox.clone();
        let mut command = redis::cmd("BLMPOP");
        command
            .arg(wait.as_secs_f64())
            .arg(1)
            .arg(self.mailbox_of(&self.names.process))
            .arg("LEFT")
            .arg("COUNT")
            .arg(MAILBOX_BATCH);
        async move {
            let answer = command.query_async(&mut connection);
            let answer = within(wait + PATIENCE, answer).await;
            let answer: Option<(String, Vec<String>)> = answer.ok_or_else(late)?.map_err(failed)?;
            let ids = answer.map(|(_, ids)| ids).unwrap_or_default();
            Ok(ids.iter().filter_map(|id| read_id(id)).collect())
        }
    }

    fn mailbox_of(&self, process: &str) -> String {
        format!("{}:mailbox:{process}", self.names.prefix)
    }
}

impl fmt::Debug for Server {
    /// Leaves the addresses out: they may contain a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server")
            .field("prefix", &self.names.prefix)
            .finish_non_exhaustive()
    }
}

/// The name of a run in the server's description of itself.
fn run_of(info: &str) -> &str {
    let run = info.lines().find_map(|line| line.strip_prefix("run_id:"));
    run.unwrap_or_default().trim()
}

fn letter(workload: Workload) -> char {
    match workload {
        Workload::Transcription => 't',
        Workload::Call => 'c',
        _ => 's',
    }
}

/// Reads an identifier of this process.
fn read_id(id: &str) -> Option<(Workload, Number)> {
    let (_, rest) = id.split_once(':')?;
    let workload = match rest.chars().next()? {
        's' => Workload::Synthesis,
        't' => Workload::Transcription,
        'c' => Workload::Call,
        _ => return None,
    };
    Some((workload, rest.get(1..)?.parse().ok()?))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// The script says 0 for none.
fn duration(millis: u64) -> Option<Duration> {
    (millis > 0).then(|| Duration::from_millis(millis))
}

fn invalid(what: &str) -> Error {
    let message = format!("the Redis configuration is invalid: {what}");
    Error::new(ErrorKind::Config, OPERATION, message)
}

fn late() -> Error {
    let message = format!("the Redis server does not answer within {PATIENCE:?}");
    Error::new(ErrorKind::Timeout, OPERATION, message)
}

fn failed(error: RedisError) -> Error {
    let kind = match error.kind() {
        redis::ErrorKind::AuthenticationFailed => ErrorKind::Config,
        _ => ErrorKind::Connect,
    };
    let message = "the Redis server cannot be used";
    Error::new(kind, OPERATION, message).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_of_a_server_has_a_name() {
        let info = "# Server\r\nredis_version:7.0.15\r\nrun_id:0123abc\r\ntcp_port:1\r\n";
        assert_eq!(run_of(info), "0123abc");
        assert_eq!(run_of("# Server\r\n"), "");
    }

    #[test]
    fn identifiers_are_read_back() {
        assert_eq!(read_id("ab:s17"), Some((Workload::Synthesis, 17)));
        assert_eq!(read_id("ab:t0"), Some((Workload::Transcription, 0)));
        for workload in Workload::ALL {
            let id = format!("ab:{}5", letter(workload));
            assert_eq!(read_id(&id), Some((workload, 5)), "{id}");
        }
        for id in ["", "ab", "ab:", "ab:x1", "ab:s", "ab:s-1", "ab:é"] {
            assert_eq!(read_id(id), None, "{id}");
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        use cartesia_core::limiter::Limits;
        for url in [
            "redis://user:canary@host:1/",
            "redis://canary:canary@",
            "canary://canary",
        ] {
            let config = RedisConfig::new(url, Limits::new(1));
            let server = Server::new(&config);
            let shown = format!("{config:?} {server:?}");
            assert!(!shown.contains("canary"), "{shown}");
        }
    }
}
