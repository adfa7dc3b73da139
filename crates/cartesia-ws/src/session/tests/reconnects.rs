//! When the next try to connect begins, and when there is none.

use cartesia_types::ErrorKind;

use super::Script;
use super::script::{millis, rules, seconds, unreachable_service};
use crate::Error;
use crate::protocol::Protocol as _;
use crate::session::{Command, Rules};
use cartesia_core::ReconnectPolicy;
use cartesia_core::Timeouts;

fn with_policy(reconnect: ReconnectPolicy) -> Rules {
    Rules {
        reconnect,
        ..rules()
    }
}

fn waiting(rules: Rules, seed: u64) -> Script {
    let mut script = Script::seeded(rules, seed);
    script.open(1, "one");
    assert_eq!(script.push(1, "Hello."), ["connect"]);
    script
}

#[test]
fn waits_are_drawn_from_zero_to_their_ceiling() {
    let mut longest = [millis(0); 5];
    for seed in 0..200 {
        let mut script = waiting(rules(), seed);
        for (number, longest) in longest.iter_mut().enumerate() {
            assert_eq!(script.refused(&unreachable_service()), [""; 0]);
            let wait = script.next().unwrap();
            assert!(wait <= millis(250 << number), "{number}: {wait:?}");
            *longest = (*longest).max(wait);
            assert_eq!(script.advance(wait), ["connect"]);
        }
        assert_eq!(script.refused(&unreachable_service()), ["1: Connect"]);
        assert_eq!(script.failure(1).attempts(), 6);
        assert_eq!(script.failure(1).unspoken(), Some("Hello."));
        assert_eq!(script.next(), None);
    }
    for (number, longest) in longest.into_iter().enumerate() {
        assert!(longest > millis(200 << number), "{number}: {longest:?}");
    }
}

#[test]
fn a_refusal_that_stays_is_not_tried_again() {
    for kind in [
        ErrorKind::Auth,
        ErrorKind::InvalidRequest,
        ErrorKind::NotFound,
        ErrorKind::Quota,
    ] {
        let mut script = waiting(rules(), 1);
        script.open(2, "two");
        let error = Error::new(kind, "tts.connect", "no");
        assert_eq!(script.refused(&error), [format!("1: {kind:?}")]);
        assert_eq!(script.failure(1).attempts(), 1);
        assert_eq!(script.next(), None);
        // Whoever comes later tries for itself.
        assert_eq!(script.push(2, "Two."), ["connect"]);
        assert_eq!(script.connected(), [r#"say two "Two.""#]);
    }
}

#[test]
fn a_refusal_for_the_time_being_is_tried_again() {
    for kind in [
        ErrorKind::RateLimited,
        ErrorKind::Timeout,
        ErrorKind::Server,
    ] {
        let mut script = waiting(rules(), 1);
        let error = Error::new(kind, "tts.connect", "later");
        assert_eq!(script.refused(&error), [""; 0]);
        assert_eq!(script.advance(millis(250)), ["connect"]);
        assert_eq!(script.connected(), [r#"say one "Hello.""#]);
    }
}

#[test]
fn the_service_says_how_long_to_wait() {
    let mut script = waiting(rules(), 1);
    let busy = |wait| {
        Error::new(ErrorKind::RateLimited, "tts.connect", "busy").with_retry_after(Some(wait))
    };
    assert_eq!(script.refused(&busy(seconds(12))), [""; 0]);
    assert_eq!(script.next(), Some(seconds(12)));
    assert_eq!(script.advance(seconds(12)), ["connect"]);
    // Not for ever, though.
    assert_eq!(script.refused(&busy(seconds(19))), ["1: RateLimited"]);
    assert_eq!(script.failure(1).retry_after(), Some(seconds(19)));
}

#[test]
fn the_tries_have_a_budget() {
    let policy = ReconnectPolicy::default()
        .with_max_attempts(1_000)
        .with_budget(seconds(30));
    let mut script = waiting(with_policy(policy), 3);
    while script.session.live() > 0 {
        script.advance(seconds(2));
        script.refused(&unreachable_service());
        script.advance(seconds(8));
    }
    assert!(script.failure(1).attempts() > 2);
    let elapsed = script.elapsed();
    assert!(
        seconds(22) < elapsed && elapsed <= seconds(42),
        "{elapsed:?}"
    );
}

#[test]
fn a_message_ends_the_count() {
    let mut script = waiting(rules(), 1);
    for _ in 0..5 {
        assert_eq!(script.refused(&unreachable_service()), [""; 0]);
        script.advance(seconds(4));
    }
    script.connected();
    script.audio("nobody", 3);
    assert_eq!(script.broken(), [""; 0]);
    let wait = script.next().unwrap();
    assert!(wait <= millis(250), "{wait:?}");
}

#[test]
fn a_service_that_accepts_and_drops_is_left() {
    let mut script = waiting(rules(), 1);
    let mut connections = 0;
    loop {
        script.connected();
        connections += 1;
        // A sign of life is no message.
        script.alive();
        if !script.broken().is_empty() {
            break;
        }
        assert_eq!(script.advance(seconds(4)), ["connect"]);
    }
    assert_eq!(connections, 6);
    assert_eq!(script.failure(1).kind(), ErrorKind::Closed);
    assert_eq!(script.next(), None);
}

#[test]
fn no_second_try_when_none_is_wanted() {
    let mut script = waiting(with_policy(ReconnectPolicy::never()), 1);
    assert_eq!(script.refused(&unreachable_service()), ["1: Connect"]);
    let mut script = waiting(with_policy(ReconnectPolicy::never()), 1);
    script.connected();
    assert_eq!(script.broken(), ["1: Closed"]);
    script.open(2, "two");
    assert_eq!(script.push(2, "Two."), ["connect"]);
}

#[test]
fn the_past_does_not_count_for_later_contexts() {
    let mut script = waiting(rules(), 1);
    for _ in 0..4 {
        script.refused(&unreachable_service());
        script.advance(seconds(4));
    }
    script.connected();
    script.cancel(1);
    script.advance(seconds(60));
    assert_eq!(script.broken(), [""; 0]);
    script.open(2, "two");
    assert_eq!(script.push(2, "Two."), ["connect"]);
    for _ in 0..5 {
        assert_eq!(script.refused(&unreachable_service()), [""; 0]);
        assert_eq!(script.advance(seconds(4)), ["connect"]);
    }
    assert_eq!(script.refused(&unreachable_service()), ["2: Connect"]);
}

#[test]
fn nobody_is_connected_for() {
    let mut script = waiting(rules(), 1);
    script.refused(&unreachable_service());
    assert_eq!(script.cancel(1), ["1: Cancelled"]);
    assert_eq!(script.next(), None);
    assert_eq!(script.advance(seconds(60)), [""; 0]);
    // Unless somebody waits for the connection itself.
    let mut script = waiting(rules(), 1);
    script.refused(&unreachable_service());
    assert_eq!(script.command(Command::Warm), [""; 0]);
    script.cancel(1);
    assert_eq!(script.advance(seconds(1)), ["connect"]);
    assert_eq!(script.refused(&unreachable_service()), [""; 0]);
    assert_eq!(script.next(), None);
}

#[test]
fn a_connection_that_lived_for_long_ends_the_count() {
    let mut rules = rules();
    rules.timeouts = Timeouts::default()
        .with_first_audio(None)
        .with_ping_interval(None);
    let mut script = waiting(rules, 1);
    for _ in 0..4 {
        script.refused(&unreachable_service());
        script.advance(seconds(4));
    }
    script.connected();
    script.advance(seconds(29));
    assert_eq!(script.broken(), ["1: Closed"], "out of budget");
    assert_eq!(script.failure(1).attempts(), 5);
    script.open(2, "two");
    script.push(2, "Two.");
    script.refused(&unreachable_service());
    script.advance(seconds(1));
    script.connected();
    script.advance(seconds(30));
    assert_eq!(script.broken(), [""; 0]);
    let wait = script.next().unwrap();
    assert!(wait <= millis(250), "{wait:?}");
}

#[test]
fn a_connection_is_kept_warm_for_nobody() {
    let mut rules = rules();
    rules.keep_warm = true;
    rules.timeouts = Timeouts::default().with_ping_interval(None).with_idle(None);
    let mut script = Script::up_with(rules);
    for _ in 0..20 {
        script.advance(seconds(300));
        assert_eq!(script.closed(1000, "connection idle timeout"), [""; 0]);
        assert_eq!(script.advance(millis(250)), ["connect"]);
        assert_eq!(script.connected(), [""; 0]);
    }
    // Where nothing can be done, nothing is tried for ever.
    for _ in 0..4 {
        assert_eq!(script.broken(), [""; 0]);
        assert_eq!(script.advance(seconds(4)), ["connect"]);
        script.connected();
    }
    assert_eq!(script.broken(), [""; 0]);
    assert_eq!(script.next(), None);
    script.command(Command::Close);
    assert!(script.session.link().is_closed());
}

#[test]
fn a_warm_connection_retires_for_another() {
    let mut rules = rules();
    rules.keep_warm = true;
    rules.timeouts = Timeouts::default().with_ping_interval(None);
    let mut script = Script::up_with(rules);
    assert_eq!(script.advance(seconds(270)), ["retire", "connect"]);
    script.connected();
    assert_eq!(script.command(Command::Drain), ["close"]);
    assert_eq!(script.broken(), [""; 0]);
    assert_eq!(script.next(), None);
}

#[test]
fn an_early_connection_that_fails_is_not_tried_again() {
    let mut script = Script::new();
    assert_eq!(script.command(Command::Warm), ["connect"]);
    assert_eq!(script.command(Command::Warm), [""; 0]);
    assert_eq!(script.refused(&unreachable_service()), [""; 0]);
    assert_eq!(script.next(), None);
    assert_eq!(script.command(Command::Warm), ["connect"]);
}
