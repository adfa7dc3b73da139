//! Counting: who has how much of a limit, and for how long.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::{Load, Payer};

/// One limit, and who uses it.
#[derive(Debug, Default)]
pub(crate) struct Seats(Arc<Mutex<Meter>>);

/// One of what is counted; given back when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    meter: Arc<Mutex<Meter>>,
    payer: Payer,
}

#[derive(Debug)]
struct Meter {
    since: Instant,
    total: Tally,
    /// Since when each is known.
    payers: HashMap<Payer, (Instant, Tally)>,
}

#[derive(Debug, Clone)]
struct Tally {
    running: usize,
    peak: usize,
    started: u64,
    refused: u64,
    characters: u64,
    /// Up to `counted`.
    busy: Duration,
    counted: Instant,
}

impl Seats {
    /// `None` when as many as the limit are taken, by whomever.
    pub(crate) fn take(&self, limit: Option<usize>, payer: &Payer) -> Option<Seat> {
        let now = Instant::now();
        let mut meter = lock(&self.0);
        let is_free = meter.total.running < limit.unwrap_or(usize::MAX);
        meter.each(payer, now, |tally| {
            if is_free {
                tally.running += 1;
                tally.peak = tally.peak.max(tally.running);
                tally.started += 1;
            } else {
                tally.refused += 1;
            }
        });
        drop(meter);
        is_free.then(|| Seat {
            meter: Arc::clone(&self.0),
            payer: payer.clone(),
        })
    }

    /// Counts from now on.
    pub(crate) fn reset(&self) {
        let now = Instant::now();
        let mut meter = lock(&self.0);
        meter.since = now;
        meter.total.reset(now);
        meter.payers.retain(|_, (_, tally)| {
            tally.reset(now);
            tally.running > 0
        });
    }

    /// How it stands now.
    pub(crate) fn counts(&self) -> Counts {
        let now = Instant::now();
        let meter = lock(&self.0);
        let mut total = meter.total.clone();
        total.count(now);
        let mut payers = meter.payers.clone();
        for (_, tally) in payers.values_mut() {
            tally.count(now);
        }
        Counts {
            elapsed: now.saturating_duration_since(meter.since),
            total,
            payers,
        }
    }
}

impl Seat {
    /// Bills a text that is spoken.
    pub(crate) fn bill(&self, text: &str) {
        let characters = text.chars().count() as u64;
        lock(&self.meter).each(&self.payer, Instant::now(), |tally| {
            tally.characters += characters;
        });
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.meter).each(&self.payer, Instant::now(), |tally| {
            tally.running = tally.running.saturating_sub(1);
        });
    }
}

impl Meter {
    /// Changes the tally of a payer, and that of all of them.
    fn each(&mut self, payer: &Payer, now: Instant, change: impl Fn(&mut Tally)) {
        let first = || (now, Tally::new(now));
        let (_, one) = self.payers.entry(payer.clone()).or_insert_with(first);
        for tally in [&mut self.total, one] {
            tally.count(now);
            change(tally);
        }
    }
}

impl Default for Meter {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            since: now,
            total: Tally::new(now),
            payers: HashMap::new(),
        }
    }
}

impl Tally {
    fn new(now: Instant) -> Self {
        Self {
            running: 0,
            peak: 0,
            started: 0,
            refused: 0,
            characters: 0,
            busy: Duration::ZERO,
            counted: now,
        }
    }

    /// Adds the time up to now.
    fn count(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.counted);
        let running = u32::try_from(self.running).unwrap_or(u32::MAX);
        self.busy = self.busy.saturating_add(passed.saturating_mul(running));
        self.counted = self.counted.max(now);
    }

    fn reset(&mut self, now: Instant) {
        let running = self.running;
        *self = Self {
            running,
            peak: running,
            ..Self::new(now)
        };
    }

    fn load(&self, limit: Option<usize>, elapsed: Duration) -> Load {
        let whole = limit.map(|limit| elapsed.as_secs_f64() * as_float(limit));
        Load {
            limit,
            running: self.running,
            peak: self.peak,
            started: self.started,
            refused: self.refused,
            busy: self.busy,
            utilization: whole
                .filter(|whole| *whole > 0.0)
                .map(|whole| self.busy.as_secs_f64() / whole),
        }
    }
}

/// The counters of one limit at one time.
pub(crate) struct Counts {
    elapsed: Duration,
    total: Tally,
    payers: HashMap<Payer, (Instant, Tally)>,
}

impl Counts {
    pub(super) fn elapsed(&self) -> Duration {
        self.elapsed
    }

    pub(super) fn payers(&self) -> impl Iterator<Item = (Instant, Payer)> {
        let payers = self.payers.iter();
        payers.map(|(payer, (first, _))| (*first, payer.clone()))
    }

    pub(super) fn total(&self, limit: Option<usize>) -> Load {
        self.total.load(limit, self.elapsed)
    }

    pub(super) fn of(&self, payer: &Payer, limit: Option<usize>) -> Load {
        match self.payers.get(payer) {
            Some((_, tally)) => tally.load(limit, self.elapsed),
            None => Tally::new(self.total.counted).load(limit, self.elapsed),
        }
    }

    pub(super) fn characters(&self) -> u64 {
        self.total.characters
    }

    pub(super) fn characters_of(&self, payer: &Payer) -> u64 {
        let tally = self.payers.get(payer);
        tally.map_or(0, |(_, tally)| tally.characters)
    }
}

#[expect(clippy::cast_precision_loss, reason = "limits are small")]
fn as_float(limit: usize) -> f64 {
    limit as f64
}

fn lock(meter: &Mutex<Meter>) -> MutexGuard<'_, Meter> {
    // Nothing panics while it is held, and even a poisoned lock would hold valid data.
    meter.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seats_are_given_back() {
        let (seats, payer) = (Seats::default(), Payer::default());
        let first = seats.take(Some(2), &payer).unwrap();
        let second = seats.take(Some(2), &payer).unwrap();
        assert!(seats.take(Some(2), &payer).is_none());
        drop(first);
        let third = seats.take(Some(2), &payer);
        assert!(third.is_some() && seats.take(Some(2), &payer).is_none());
        drop((second, third));
        assert!(seats.take(None, &payer).is_some() && seats.take(Some(0), &payer).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn time_is_counted_while_a_seat_is_taken() {
        let seats = Seats::default();
        let [one, other] = ["one", "other"].map(Payer::new);
        let first = seats.take(Some(2), &one).unwrap();
        tokio::time::advance(Duration::from_secs(2)).await;
        let second = seats.take(Some(2), &other).unwrap();
        assert!(seats.take(Some(2), &other).is_none());
        second.bill("Grüß");
        tokio::time::advance(Duration::from_secs(3)).await;
        drop(first);
        tokio::time::advance(Duration::from_secs(5)).await;
        let counts = seats.counts();
        let total = counts.total(Some(2));
        assert_eq!(
            (total.running, total.peak, total.started, total.refused),
            (1, 2, 2, 1)
        );
        assert_eq!(total.busy, Duration::from_secs(13));
        assert_eq!(total.utilization, Some(0.65));
        assert_eq!(counts.of(&one, Some(2)).busy, Duration::from_secs(5));
        let used = counts.of(&other, None);
        assert_eq!((used.busy, used.refused), (Duration::from_secs(8), 1));
        assert_eq!(used.utilization, None);
        assert_eq!((counts.characters(), counts.characters_of(&one)), (4, 0));

        seats.reset();
        let counts = seats.counts();
        assert_eq!(
            counts.payers().count(),
            1,
            "the other one has nothing running"
        );
        let total = counts.total(Some(2));
        assert_eq!((total.running, total.peak, total.started), (1, 1, 0));
        assert_eq!((total.busy, total.utilization), (Duration::ZERO, None));
    }
}
