//! Whatever happens, in whatever order: what is promised holds.

use std::time::Duration;

use cartesia_types::tts::{BufferDelay, Buffering};
use proptest::prelude::*;

use super::model::{AfterEnd, Server, ServerBehavior};
use super::script::{millis, seconds};
use super::world::{Push, World};
use crate::protocol::Protocol as _;
use crate::session::Command;

#[derive(Debug, Clone)]
enum Action {
    Open(usize, u8),
    Push(usize, usize, Push),
    Flush(usize),
    Finish(usize),
    Cancel(usize),
    Overflow(usize),
    Warm,
    Pause(u64),
    Wait(Duration),
    /// The connection breaks.
    Break,
    /// Nothing passes any more, and nobody says so.
    Freeze,
    Refuse(u32, bool),
    /// The service turns the next contexts away.
    Full(u32),
    /// The service fails a context.
    Fail(usize, u16),
    Stall(usize),
    Chatter(usize),
    Haunt,
    Complain,
}

fn pushes() -> impl Strategy<Value = Push> {
    prop_oneof![5 => Just(Push::Plain), 1 => Just(Push::Loud)]
}

fn actions() -> impl Strategy<Value = Action> {
    let which = || 0..6_usize;
    // The lifetime of a context is where it gets interesting.
    let pauses = prop_oneof![
        4 => 0..200_u64,
        3 => 900..1_200_u64,
        2 => 200..4_000_u64,
        1 => 4_000..40_000_u64,
    ];
    prop_oneof![
        8 => (0..4_usize, 0..4_u8).prop_map(|(name, how)| Action::Open(name, how)),
        24 => (which(), 1..30_usize, pushes())
            .prop_map(|(which, length, how)| Action::Push(which, length, how)),
        2 => (which(), 0..30_usize)
            .prop_map(|(which, length)| Action::Push(which, length, Push::Last)),
        3 => which().prop_map(Action::Flush),
        4 => which().prop_map(Action::Finish),
        2 => which().prop_map(Action::Cancel),
        1 => which().prop_map(Action::Overflow),
        1 => Just(Action::Warm),
        1 => (1..600_u64).prop_map(Action::Pause),
        24 => pauses.prop_map(|pause| Action::Wait(millis(pause))),
        2 => Just(Action::Break),
        1 => Just(Action::Freeze),
        1 => (1..8_u32, proptest::bool::weighted(0.2)).prop_map(|(times, ever)| Action::Refuse(times, ever)),
        1 => (1..8_u32).prop_map(Action::Full),
        1 => (which(), prop_oneof![Just(400), Just(500), Just(429)])
            .prop_map(|(which, status)| Action::Fail(which, status)),
        1 => which().prop_map(Action::Stall),
        2 => which().prop_map(Action::Chatter),
        2 => Just(Action::Haunt),
        1 => Just(Action::Complain),
    ]
}

fn behavior() -> impl Strategy<Value = ServerBehavior> {
    let after_end = prop_oneof![
        Just(AfterEnd::Ignore),
        Just(AfterEnd::Refuse),
        Just(AfterEnd::BeginAgain),
    ];
    (after_end, 1..60_u64, any::<[bool; 3]>()).prop_map(|(after_end, pace, odd)| ServerBehavior {
        after_end,
        pace: millis(pace),
        done_after_cancel: odd[0],
        quiet_flushes: odd[1],
        chunk_may_be_last: odd[2],
    })
}

fn act(world: &mut World, action: &Action) {
    // The contexts that were begun last.
    let count = world.observed.len() as u64;
    let key = |which: &usize| count.checked_sub(1 + *which as u64);
    let server = |world: &mut World, what: &dyn Fn(&mut Server)| {
        if let Some(server) = &mut world.server {
            what(server);
            world.collect();
        }
    };
    match action {
        Action::Open(name, how) => {
            let buffering = match how {
                0 => Buffering::Verbatim,
                1 => Buffering::Sentences,
                2 => Buffering::default(),
                _ => Buffering::Managed(BufferDelay::try_new(millis(300)).unwrap()),
            };
            world.open(count, ["ada", "bob", "eve", "joe"][*name], buffering);
        }
        Action::Push(which, length, how) => {
            if let Some(key) = key(which) {
                world.push(key, *length, *how);
            }
        }
        Action::Flush(which) => {
            if let Some(key) = key(which) {
                world.command(Command::Flush(key));
            }
        }
        Action::Finish(which) => {
            if let Some(key) = key(which) {
                world.finish(key);
            }
        }
        Action::Cancel(which) => {
            if let Some(key) = key(which) {
                world.command(Command::Cancel(key));
            }
        }
        Action::Overflow(which) => {
            if let Some(key) = key(which) {
                world.step(|session, now, out| session.on_overflow(now, key, out));
            }
        }
        Action::Warm => world.command(Command::Warm),
        Action::Pause(pause) => world.pause(millis(*pause)),
        Action::Wait(pause) => world.wait(*pause),
        Action::Break => world.lose(),
        Action::Freeze => world.dead = world.server.is_some(),
        Action::Refuse(times, ever) => {
            world.refusals = *times;
            world.refuse_for_good = *ever;
        }
        Action::Full(times) => server(world, &|server| server.full = *times),
        Action::Fail(which, status) => server(world, &|server| server.fail(*which, *status)),
        Action::Stall(which) => server(world, &|server| server.stall(*which)),
        Action::Chatter(which) => server(world, &|server| server.chatter(*which)),
        Action::Haunt => server(world, &Server::haunt),
        Action::Complain => server(world, &Server::complain),
    }
}

/// All text is complete, and the network is as it should be: everything comes to its end.
fn settle(world: &mut World) {
    let keys: Vec<_> = world.observed.keys().copied().collect();
    for key in keys {
        world.finish(key);
    }
    world.wait(seconds(600));
    for (key, observed) in &world.observed {
        assert!(observed.ended, "{key} never ended");
    }
    let session = &world.session;
    assert_eq!(session.live(), 0);
    assert!(session.names.is_empty() && session.owners.is_empty());
    assert!(!session.is_up(), "an idle connection was kept");
    assert_eq!(session.poll_timeout(), None);
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 512,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn whatever_happens(
        behavior in behavior(),
        latency in 1..45_u64,
        seed in any::<u64>(),
        actions in proptest::collection::vec(actions(), 1..120),
    ) {
        let mut world = World::new(behavior, millis(latency), seed);
        for action in &actions {
            act(&mut world, action);
        }
        settle(&mut world);
    }
}

/// In a world in which nothing goes wrong, every text is spoken whole, however it was given.
#[derive(Debug, Clone)]
enum Doing {
    Push(usize, usize, Push),
    Flush(usize),
    Wait(u64),
    Break,
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 256,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_text_is_spoken_whole(
        behavior in behavior(),
        latency in 1..45_u64,
        seed in any::<u64>(),
        doings in proptest::collection::vec(prop_oneof![
            6 => (0..3_usize, 1..30_usize, pushes())
                .prop_map(|(which, length, how)| Doing::Push(which, length, how)),
            1 => (0..3_usize).prop_map(Doing::Flush),
            4 => prop_oneof![0..150_u64, 900..1_200_u64, 0..5_000_u64].prop_map(Doing::Wait),
            1 => Just(Doing::Break),
        ], 1..60),
    ) {
        let mut world = World::new(behavior, millis(latency), seed);
        for (key, buffering) in [Buffering::Verbatim, Buffering::Sentences, Buffering::default()]
            .into_iter()
            .enumerate()
        {
            world.open(key as u64, "ada bob eve".split(' ').nth(key).unwrap(), buffering);
        }
        for doing in &doings {
            match doing {
                Doing::Push(which, length, how) => world.push(*which as u64, *length, *how),
                Doing::Flush(which) => world.command(Command::Flush(*which as u64)),
                Doing::Wait(pause) => world.wait(millis(*pause)),
                // After audio it would be an error, and rightly.
                Doing::Break => {
                    if world.observed.values().all(|observed| !observed.was_heard()) {
                        world.lose();
                    }
                }
            }
        }
        settle(&mut world);
        for (key, observed) in &world.observed {
            prop_assert!(observed.is_done(), "{key} failed");
        }
    }
}

#[test]
fn finished_contexts_are_forgotten() {
    let behavior = ServerBehavior {
        after_end: AfterEnd::Ignore,
        pace: millis(1),
        done_after_cancel: true,
        quiet_flushes: false,
        chunk_may_be_last: false,
    };
    let mut world = World::new(behavior, millis(1), 1);
    for key in 0..2_000 {
        world.open(key, "ada", Buffering::Verbatim);
        world.push(
            key,
            5,
            if key % 2 == 0 {
                Push::Last
            } else {
                Push::Plain
            },
        );
        world.wait(millis(if key % 3 == 0 { 0 } else { 500 }));
        if key % 2 == 1 {
            world.command(Command::Cancel(key));
        }
        world.wait(millis(500));
        world.observed.remove(&key);
        assert_eq!(world.session.live(), 0);
        assert!(world.session.names.is_empty() && world.session.owners.is_empty());
        assert_eq!(world.session.timers.len(), 0);
        // Those of the last five minutes.
        assert!(world.session.tombstones.len() <= 601);
    }
    assert!(world.session.tombstones.len() > 100);
}
