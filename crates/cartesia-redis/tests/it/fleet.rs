//! Several processes that share a plan: the mock server enforces it, and must never have to.
//!
//! `cargo xtask fleet --seconds 60` prints figures of a longer run, which must use 95 % of the plan.

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

use crate::limiter_contract::{acquire, request, wait_for_waiting};
use crate::redis_server::RedisServer;

const PROCESSES: usize = 8;
const CALLERS: usize = 40;
const PLAN: usize = 15;
const LEASE: Duration = Duration::from_secs(1);
/// A process renews its leases three times in the nine tenths of a lease after which Redis frees a permit.
const RENEWAL: Duration = Duration::from_millis(300);
const PATIENCE: Duration = Duration::from_secs(30);
/// A turn of everybody takes seconds, and more on a busy machine.
const LONG: Duration = Duration::from_secs(300);

fn seconds() -> u64 {
    let seconds = env::var("FLEET_SECONDS");
    seconds.map_or(4, |seconds| seconds.parse().unwrap())
}

/// Whether figures are compared with what the crate promises: only in a run that has the machine for itself.
fn is_measured() -> bool {
    seconds() >= 30
}

/// Starts this test program again, as one process of the fleet.
fn start(role: &str, redis: &RedisServer, mock: &str) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "fleet::process_of_a_fleet", "--nocapture"])
        .env("FLEET_ROLE", role)
        .env("FLEET_REDIS", redis.url())
        .env("FLEET_MOCK", mock)
        .stdin(Stdio::piped())
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

/// Takes five permits. When no more are free, it waits for five more. Keeps all until it is killed.
async fn hold(limiter: RedisLimiter) {
    let mut held = Vec::new();
    for _ in 0..PLAN / 3 {
        held.push(acquire(&limiter, request()).await);
    }
    report(&[held.len() as u64]);
    let told = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
    told.await.unwrap().unwrap();
    let mut waiting = JoinSet::new();
    for _ in 0..PLAN / 3 {
        let limiter = limiter.clone();
        waiting.spawn(async move { limiter.acquire(request()).await });
    }
    wait_for_waiting(&limiter, PLAN / 3).await;
    report(&[waiting.len() as u64]);
    std::future::pending::<()>().await;
}

/// Has many conversations at once, which say one sentence after the other, until it is killed.
async fn speak(limiter: RedisLimiter) {
    let connection = Connector::new()
        .api_key("sk_car_test")
        .base_url(env::var("FLEET_MOCK").unwrap())
        .timeouts(Timeouts::default().with_permit(LONG))
        .limiter(Arc::new(limiter))
        .tts()
        .await
        .unwrap();
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let connection = connection.clone();
        callers.spawn(async move {
            // All callers ask at the same moment, so the first wait tells who came first, and no more.
            let mut count = 0;
            loop {
                report(&[count, sentence(&connection).await]);
                count += 1;
            }
        });
    }
    callers.join_all().await;
}

/// Says a sentence; returns how long it waited for its permit, in milliseconds.
async fn sentence(connection: &TtsConnection) -> u64 {
    let spec = ContextSpec::new(
        ModelId::SONIC_3_5,
        VoiceId::DEFAULT,
        RawFormat::PCM_S16LE_16000,
    );
    let (mut input, mut output) = connection.context(spec).unwrap().split();
    let asked = Instant::now();
    input
        .push("A few words, and then a few more.")
        .await
        .unwrap();
    let waited = asked.elapsed();
    input.finish().await.unwrap();
    while output.next_audio().await.unwrap().is_some() {}
    u64::try_from(waited.as_millis()).unwrap()
}

/// Waits until the whole plan is in use; returns how long that took.
async fn fully_used(mock: &MockServer) -> Duration {
    let begun = Instant::now();
    let used = async {
        while mock.stats().total.synthesis.running < PLAN {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(PATIENCE, used).await.expect("the plan is used");
    begun.elapsed()
}

/// Counts for a while; returns which part of the plan was used.
async fn used_in(mock: &MockServer, time: Duration) -> f64 {
    mock.reset_stats();
    tokio::time::sleep(time).await;
    let load = mock.stats().total.synthesis;
    assert!(load.peak <= PLAN && load.refused == 0, "{load:?}");
    load.utilization.unwrap()
}

fn show(line: std::fmt::Arguments<'_>) {
    writeln!(std::io::stderr().lock(), "{line}").unwrap();
}

#[tokio::test]
async fn a_fleet_uses_its_plan_and_is_never_rejected() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let mock = MockServer::builder()
        .pace(Pace::TimesRealTime(4.0))
        .plan(Plan::Scale);
    let mock = mock.start().await.unwrap();
    let mut processes: Vec<_> = (0..PROCESSES)
        .map(|_| start("speak", &redis, &mock.url()))
        .collect();
    let reading: Vec<_> = processes
        .iter_mut()
        .map(|process| {
            let reports = reports(process);
            tokio::task::spawn_blocking(move || reports.collect::<Vec<_>>())
        })
        .collect();
    fully_used(&mock).await;
    let time = Duration::from_secs(seconds());
    let used = used_in(&mock, time).await;
    let sentences = mock.stats().total.synthesis.started;

    // Three of them die in the middle of it.
    let busy = mock.stats().total.synthesis;
    for process in &mut processes[..3] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let killed = Instant::now();
    // The server sees their sockets end at once; Redis sees their leases end.
    tokio::time::sleep(LEASE / 2).await;
    fully_used(&mock).await;
    let back = killed.elapsed();
    // Neither what they held nor what their callers in the queue are granted is kept from the others any more.
    tokio::time::sleep(LEASE.saturating_sub(killed.elapsed())).await;
    let used_after_the_lease = used_in(&mock, LEASE).await;
    let used_by_the_rest = used_in(&mock, time / 4).await;
    let refused = mock.stats().total.synthesis.refused + busy.refused;
    for process in &mut processes[3..] {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let (mut waits, mut turns) = (Vec::new(), 0);
    for reports in reading {
        for figures in timeout(PATIENCE, reports).await.unwrap().unwrap() {
            turns += 1;
            if figures[0] > 0 {
                waits.push(figures[1]);
            }
        }
    }
    waits.sort_unstable();
    let (median, most) = match waits[..] {
        [] => (0, 0),
        _ => (waits[waits.len() / 2], waits[waits.len() - 1]),
    };
    #[expect(clippy::cast_precision_loss, reason = "a figure to look at")]
    let unfair = most as f64 / median.max(1) as f64;
    show(format_args!(
        "{PROCESSES} processes, {} callers, {time:?}: {sentences} sentences, {:.1} % of the plan used, \
         {refused} refused",
        PROCESSES * CALLERS,
        100.0 * used
    ));
    show(format_args!(
        "{} waits after the first: median {median} ms, longest {most} ms, longest / median {unfair:.2}",
        waits.len()
    ));
    show(format_args!(
        "three killed: all permits in use again after {back:?} with a lease of {LEASE:?}; {:.1} % used in the \
         next lease, then {:.1} %",
        100.0 * used_after_the_lease,
        100.0 * used_by_the_rest
    ));
    assert_eq!(refused, 0, "the service had more than the plan");
    assert!(turns > PLAN, "{turns} sentences");
    if is_measured() {
        assert!(used >= 0.95, "{used}");
        assert!(back <= LEASE, "{back:?}");
        assert!(used_after_the_lease >= 0.9, "{used_after_the_lease}");
        assert!(unfair < 3.0, "{unfair}");
        assert!(turns >= PROCESSES * CALLERS, "everybody had a turn");
    }
}

#[tokio::test]
async fn permits_of_killed_processes_are_free_after_the_lease() {
    let Some(redis) = RedisServer::start().await else {
        return;
    };
    let mut processes: Vec<_> = (0..3).map(|_| start("hold", &redis, "")).collect();
    let mut reports: Vec<_> = processes.iter_mut().map(reports).collect();
    for what in ["held", "waiting"] {
        for process in &processes {
            if what == "waiting" {
                writeln!(process.stdin.as_ref().unwrap()).unwrap();
            }
            let mut of_one = reports.remove(0);
            let next = tokio::task::spawn_blocking(move || (of_one.next(), of_one));
            let (next, of_one) = timeout(PATIENCE, next).await.unwrap().unwrap();
            assert_eq!(next, Some(vec![5]), "{what}");
            reports.push(of_one);
        }
    }
    // Its renewals come between those of the others: none is there when their leases end.
    tokio::time::sleep(RENEWAL / 2).await;
    let config = redis.config(PLAN);
    let limiter = RedisLimiter::new(config).unwrap();
    // They are killed just after a renewal, so their leases end as late as can be.
    let just_after = 13 * RENEWAL / 2 + LEASE / 20;
    let hasty = request().with_max_wait(just_after);
    limiter
        .acquire(hasty)
        .await
        .expect_err("all are in use, lease after lease");
    for process in &mut processes {
        process.kill().unwrap();
        process.wait().unwrap();
    }
    let killed = Instant::now();
    let mut held = Vec::new();
    for _ in 0..PLAN {
        held.push(acquire(&limiter, request()).await);
    }
    let back = killed.elapsed();
    show(format_args!(
        "three killed that hold the plan and wait for more: a fourth has all of it after {back:?} with a lease \
         of {LEASE:?}"
    ));
    // A busy machine gets more time.
    let limit = if is_measured() { LEASE } else { 5 * LEASE };
    assert!(back <= limit, "{back:?}");
}
