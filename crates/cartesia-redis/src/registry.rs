//! The permits that this process holds, waits for and releases: a state machine without I/O.
//!
//! A step takes the changes that the server does not know yet; its answer is applied. A step whose answer
//! never came may have been carried out or not, so everything in it is repeated: each part of it may be
//! repeated without harm.

use std::collections::{BTreeMap, BTreeSet};

use cartesia_core::limiter::Priority;
use tokio::sync::oneshot;
use tokio::time::Instant;

use crate::look::Look;

/// Names a permit, or a wait for one, within the process.
pub(crate) type Number = u64;

/// Bulk work comes after live work, however long it waits: no clock gets here in microseconds.
const BULK: &str = "4000000000000000";
const LIVE: &str = "0";

/// A caller who waits.
#[derive(Debug)]
struct Waiter {
    priority: Priority,
    grant: oneshot::Sender<()>,
    /// Its rank in the queue, as the server said; kept in case the server forgets it.
    rank: String,
    /// The server knows it.
    sent: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Registry {
    held: BTreeSet<Number>,
    waiting: BTreeMap<Number, Waiter>,
    releasing: BTreeSet<Number>,
    /// The next step repeats everything: renews leases, and finds what was lost.
    everything: bool,
    look: Look,
}

/// The message of a step to the server.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) release: Vec<Number>,
    pub(crate) held: Vec<Number>,
    /// The waiting callers: number, rank if known, and class.
    pub(crate) waiting: Vec<(Number, String, &'static str)>,
}

impl Registry {
    /// A caller begins to wait.
    pub(crate) fn wait(&mut self, number: Number, priority: Priority, grant: oneshot::Sender<()>) {
        let waiter = Waiter {
            priority,
            grant,
            rank: String::new(),
            sent: false,
        };
        self.waiting.insert(number, waiter);
    }

    /// A permit is no longer needed, or a caller no longer waits.
    pub(crate) fn release(&mut self, number: Number) {
        let known = self.held.remove(&number);
        let waited = self.waiting.remove(&number);
        // If the server was never told of it, it need not forget it.
        if known || waited.is_none_or(|waiter| waiter.sent) {
            self.releasing.insert(number);
        }
    }

    /// The server granted a permit. The waiter may be gone.
    pub(crate) fn granted(&mut self, number: Number) {
        if self.held.contains(&number) {
            return;
        }
        let waiter = self.waiting.remove(&number);
        if waiter.is_some_and(|waiter| waiter.grant.send(()).is_ok()) {
            self.held.insert(number);
        } else {
            self.releasing.insert(number);
        }
    }

    /// Grants permits without the server, up to so many at once.
    pub(crate) fn grant_locally(&mut self, share: usize) {
        while self.held.len() < share {
            let next = self
                .waiting
                .iter()
                .map(|(number, it)| (it.priority, *number));
            let Some((_, number)) = next.min() else {
                return;
            };
            if let Some(waiter) = self.waiting.remove(&number) {
                let sent = waiter.sent;
                if waiter.grant.send(()).is_ok() {
                    self.held.insert(number);
                } else if sent {
                    self.releasing.insert(number);
                }
            }
        }
    }

    /// The next step is to repeat everything.
    pub(crate) fn repeat_everything(&mut self) {
        self.everything = true;
    }

    /// Whether the server does not know of a change yet.
    pub(crate) fn has_news(&self) -> bool {
        self.everything
            || self.look.is_due()
            || !self.releasing.is_empty()
            || self.waiting.values().any(|waiter| !waiter.sent)
    }

    /// Whether nothing is held, waits, or is to be released.
    pub(crate) fn is_empty(&self) -> bool {
        self.held.is_empty() && self.waiting.is_empty() && self.releasing.is_empty()
    }

    /// Whether no caller holds or waits for anything; the server may still have to hear of it.
    pub(crate) fn is_idle(&self) -> bool {
        self.held.is_empty() && self.waiting.is_empty()
    }

    /// Returns the message with all changes that the server does not know yet.
    pub(crate) fn step(&self) -> Step {
        let waiting = self.waiting.iter();
        let waiting = waiting.filter(|(_, waiter)| self.everything || !waiter.sent);
        Step {
            release: self.releasing.iter().copied().collect(),
            held: if self.everything {
                self.held.iter().copied().collect()
            } else {
                Vec::new()
            },
            waiting: waiting
                .map(|(number, waiter)| (*number, waiter.rank.clone(), class(waiter.priority)))
                .collect(),
        }
    }

    /// The step was carried out: these permits were granted, and those who wait have these ranks.
    pub(crate) fn done(
        &mut self,
        step: &Step,
        granted: impl IntoIterator<Item = Number>,
        ranks: impl IntoIterator<Item = String>,
    ) {
        self.everything = false;
        self.look.done();
        for number in &step.release {
            self.releasing.remove(number);
        }
        for ((number, ..), rank) in step.waiting.iter().zip(ranks) {
            if let Some(waiter) = self.waiting.get_mut(number) {
                waiter.sent = true;
                waiter.rank = rank;
            } else if !self.held.contains(number) {
                // It stopped waiting while the step was in flight.
                self.releasing.insert(*number);
            }
        }
        for number in granted {
            self.granted(number);
        }
    }

    /// It is not known whether the last step was carried out.
    pub(crate) fn lost(&mut self) {
        self.everything = true;
        self.look = Look::default();
        for waiter in self.waiting.values_mut() {
            // As far as is known, the server may have heard of it.
            waiter.sent = true;
        }
    }

    /// The server said when the first lease ends, if callers wait for it.
    pub(crate) fn lease_ends(&mut self, at: Option<Instant>) {
        self.look.lease_ends(at);
    }

    /// When this process looks for permits of dead ones, if any of its callers waits.
    pub(crate) fn looks_at(&self) -> Option<Instant> {
        self.look.at().filter(|_| !self.waiting.is_empty())
    }

    /// The next step looks for permits of dead processes, if it is time to.
    pub(crate) fn look(&mut self, now: Instant) {
        if self.looks_at().is_some_and(|at| at <= now) {
            self.look.begin(now);
        }
    }

    pub(crate) fn held(&self) -> usize {
        self.held.len()
    }

    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

fn class(priority: Priority) -> &'static str {
    match priority {
        Priority::Live => LIVE,
        _ => BULK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(registry: &mut Registry, number: Number) -> oneshot::Receiver<()> {
        let (grant, granted) = oneshot::channel();
        registry.wait(number, Priority::Live, grant);
        granted
    }

    /// Carries out the next step, which grants these.
    fn step(registry: &mut Registry, granted: &[Number]) -> Step {
        let step = registry.step();
        let ranks = step.waiting.iter().map(|(number, ..)| format!("{number}0"));
        let ranks: Vec<_> = ranks.collect();
        registry.done(&step, granted.iter().copied(), ranks);
        step
    }

    #[test]
    fn the_server_hears_everything_once() {
        let mut registry = Registry::default();
        let mut granted = waiting(&mut registry, 1);
        let heard = step(&mut registry, &[1]);
        assert_eq!(heard.waiting, [(1, String::new(), LIVE)]);
        assert!(granted.try_recv().is_ok() && !registry.has_news());
        registry.release(1);
        assert_eq!(step(&mut registry, &[]).release, [1]);
        assert!(registry.is_empty() && !registry.has_news());
    }

    #[test]
    fn a_step_whose_answer_is_lost_is_repeated_with_all_that_is_held() {
        let mut registry = Registry::default();
        let _one = waiting(&mut registry, 1);
        step(&mut registry, &[1]);
        let _two = waiting(&mut registry, 2);
        step(&mut registry, &[]);
        let _three = waiting(&mut registry, 3);
        registry.lost();
        let again = step(&mut registry, &[]);
        assert_eq!(again.held, [1]);
        // The place in the queue is kept; one that was never confirmed gets a new one.
        let expected = [(2, "20".to_owned(), LIVE), (3, String::new(), LIVE)];
        assert_eq!(again.waiting, expected);
        assert!(!registry.has_news());
    }

    #[test]
    fn a_grant_for_a_caller_who_is_gone_is_given_back() {
        let mut registry = Registry::default();
        drop(waiting(&mut registry, 1));
        step(&mut registry, &[1]);
        assert_eq!((registry.held(), registry.step().release), (0, vec![1]));
        // A waiter that gave up while the step was in flight.
        let _two = waiting(&mut registry, 2);
        let sent = registry.step();
        registry.release(2);
        registry.done(&sent, [], ["20".to_owned()]);
        assert!(registry.step().release.contains(&2));
        // One that was never sent needs no release.
        let _three = waiting(&mut registry, 3);
        registry.release(3);
        assert!(!registry.step().release.contains(&3));
    }

    #[test]
    fn a_look_is_a_step_without_changes_and_only_for_callers_who_wait() {
        let mut registry = Registry::default();
        let now = Instant::now();
        registry.lease_ends(Some(now));
        assert_eq!(registry.looks_at(), None, "no caller waits");
        let granted = waiting(&mut registry, 1);
        step(&mut registry, &[]);
        registry.lease_ends(Some(now));
        let at = registry.looks_at().unwrap();
        registry.look(now);
        assert!(!registry.has_news(), "too early");
        registry.look(at);
        assert!(registry.has_news() && registry.looks_at().is_none());
        assert_eq!(step(&mut registry, &[]), Step::default());
        assert!(!registry.has_news());
        // A caller who gave up needs no look.
        registry.lease_ends(Some(at));
        drop(granted);
        registry.release(1);
        step(&mut registry, &[]);
        assert_eq!(registry.looks_at(), None);
        // What was known of a connection that is lost is forgotten.
        let _granted = waiting(&mut registry, 2);
        registry.lost();
        assert_eq!(registry.looks_at(), None);
    }

    #[test]
    fn a_share_goes_to_live_work_first() {
        let mut registry = Registry::default();
        let (grant, mut bulk) = oneshot::channel();
        registry.wait(1, Priority::Bulk, grant);
        let mut live = waiting(&mut registry, 2);
        registry.grant_locally(1);
        assert!(live.try_recv().is_ok() && bulk.try_recv().is_err());
        registry.grant_locally(1);
        assert_eq!((registry.held(), registry.waiting()), (1, 1));
        registry.release(2);
        registry.grant_locally(1);
        assert!(bulk.try_recv().is_ok());
    }
}
