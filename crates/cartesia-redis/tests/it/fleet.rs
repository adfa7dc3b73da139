//! Several processes that share a plan: the mock server enforces it, and must never have to.
//!
//! `FLEET_SECONDS=60 cargo test -p cartesia-redis --test it fleet -- --nocapture` prints figures of a longer run.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use cartesia_mock::{MockServer, Pace, Plan};
use cartesia_redis::limiter::{Limiter as _, Limits};
use cartesia_redis::{RedisConfig, RedisLimiter};
use cartesia_types::tts::ContextSpec;
use cartesia_types::{ModelId, RawFormat, VoiceId};
use cartesia_ws::{Connector, Timeouts, TtsConnection};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::limiter_contract::{acquire, request};
use crate::redis_server::RedisServer;

const PROCESSES: usize = 8;
const CALLERS: usize = 40;
const PLAN: usize = 15;
const LEASE: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(30);
/// A turn of everybody takes seconds, and more on a busy machine.
const LONG: Duration = Duration::from_secs(300);

fn seconds() -> u64 {
    let seconds = env::var("FLEET_SECONDS");
    seconds.map_or(4, |seconds| seconds.parse().unwrap())
}

/// Starts this test program again, as one process of the fleet.
fn start(role: &str, redis: &RedisServer, mock: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "fleet::process_of_a_fleet", "--nocapture"])
        .env("FLEET_ROLE", role)
        .env("FLEET_REDIS", redis.url())
        .env("FLEET_MOCK", mock)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The lines that a process prints for the test, until it ends.
fn reports(child: &mut Child) -> impl Iterator<Item = Vec<u64>> + use<> {
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    lines.map_while(Result::ok).filter_map(|line| {
        let figures = line.strip_prefix("fleet ")?;
        Some(figures.split(' ').map(|it| it.parse().unwrap()).collect())
    })
}

/// No test by itself: what `start` runs.
#[test]
fn process_of_a_fleet() {
    let Ok(role) = env::var("FLEET_ROLE") else {
        return;
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let url = env::var("FLEET_REDIS").unwrap();
        let config = RedisConfig::new(url, Limits::new(PLAN)).with_lease(LEASE);
        let limiter = RedisLimiter::new(config).unwrap();
        match role.as_str() {
            "speak" => speak(limiter).await,
            _ => hold(limiter).await,
        }
    });
}

fn report(figures: &[u64]) {
    let figures: Vec<_> = figures.iter().map(u64::to_string).collect();
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "\nfleet {}", figures.join(" ")).unwrap();
    stdout.flush().unwrap();
}

/// Takes five permits and keeps them until it is killed.
async fn hold(limiter: RedisLimiter) {
    let mut held = Vec::new();
    for _ in 0..PLAN / 3 {
        held.push(acquire(&limiter, request()).await);
    }
    report(&[held.len() as u64]);
    std::future::pending::<()>().await;
}

/// Has many conversations at once, each of which says one sentence after the other.
async fn speak(limiter: RedisLimiter) {
    let connection = Connector::new()
        .api_key("sk_car_test")
        .base_url(env::var("FLEET_MOCK").unwrap())
        .timeouts(Timeouts::default().with_permit(LONG))
        .limiter(Arc::new(limiter))
        .tts()
        .await
        .unwrap();
    let until = Instant::now() + Duration::from_secs(seconds());
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let connection = connection.clone();
        callers.spawn(async move {
            let mut sentences = Vec::new();
            while Instant::now() < until {
                sentences.push(sentence(&connection).await);
            }
            sentences
        });
    }
    for (waited, spoke) in callers.join_all().await.concat() {
        report(&[waited, spoke]);
    }
    report(&[connection.stats().rejected]);
}

/// Says a sentence; returns how long it waited for its permit, and how long it held it, in milliseconds.
async fn sentence(connection: &TtsConnection) -> (u64, u64) {
    let spec = ContextSpec::new(
        ModelId::SONIC_3_5,
        VoiceId::DEFAULT,
        RawFormat::PCM_S16LE_16000,
    );
    let (mut input, mut output) = connection.context(spec).unwrap().split();
    let asked = Instant::now();
    input.push("A few words, no more.").await.unwrap();
    let begun = Instant::now();
    input.finish().await.unwrap();
    while output.next_audio().await.unwrap().is_some() {}
    let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
    (millis(begun - asked), millis(begun.elapsed()))
}

#[tokio::test]
async fn a_fleet_uses_its_plan_and_is_never_rejected() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let mock = MockServer::builder()
        .pace(Pace::TimesRealTime(5.0))
        .plan(Plan::Scale);
    let mock = mock.start().await.unwrap();
    let started = Instant::now();
    let mut processes: Vec<_> = (0..PROCESSES)
        .map(|_| start("speak", &redis, &mock.url()))
        .collect();
    let (mut waits, mut spoke, mut rejected) = (Vec::new(), 0, 0);
    let reading: Vec<_> = processes
        .iter_mut()
        .map(|process| {
            let reports = reports(process);
            tokio::task::spawn_blocking(move || reports.collect::<Vec<_>>())
        })
        .collect();
    for reports in reading {
        for figures in reports.await.unwrap() {
            match figures[..] {
                [waited, busy] => {
                    waits.push(waited);
                    spoke += busy;
                }
                [count] => rejected += count,
                _ => panic!("{figures:?}"),
            }
        }
    }
    let elapsed = started.elapsed().as_secs_f64();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    assert_eq!(rejected, 0, "the service had more than the plan");
    // Everybody had a turn.
    assert!(
        waits.len() >= PROCESSES * CALLERS,
        "{} sentences",
        waits.len()
    );
    waits.sort_unstable();
    let (median, most) = (waits[waits.len() / 2], waits[waits.len() - 1]);
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    let used = spoke as f64 / 1_000.0 / (PLAN as f64 * elapsed);
    writeln!(
        std::io::stderr().lock(),
        "{} sentences in {elapsed:.1} s, {:.1} % of the plan used, waits: median {median} ms, longest \
         {most} ms, {rejected} rejected",
        waits.len(),
        100.0 * used
    )
    .unwrap();
}

#[tokio::test]
async fn permits_of_killed_processes_are_free_after_the_lease() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let mut processes: Vec<_> = (0..3).map(|_| start("hold", &redis, "")).collect();
    for process in &mut processes {
        let mut reports = reports(process);
        let first = tokio::task::spawn_blocking(move || reports.next());
        let first = timeout(PATIENCE, first).await.unwrap().unwrap();
        assert_eq!(first, Some(vec![5]));
    }
    let config = redis.config(PLAN);
    let limiter = RedisLimiter::new(config).unwrap();
    let hasty = request().with_max_wait(2 * LEASE);
    limiter
        .acquire(hasty)
        .await
        .expect_err("all are in use, lease after lease");
    for process in &mut processes {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let mut held = Vec::new();
    for _ in 0..PLAN {
        held.push(acquire(&limiter, request()).await);
    }
}
