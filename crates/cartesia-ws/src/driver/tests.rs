//! Turns of readers, which from outside only a clock would show.

use std::task::Waker;

use super::*;
use cartesia_types::tts::{Chunk, Event};

use crate::Connector;
use crate::session::{Command, Rules, Session};

type Lanes = (
    mpsc::Sender<(Key, Command)>,
    mpsc::UnboundedSender<Control<Session>>,
);

fn driver() -> (Driver<Session>, Lanes) {
    let connector = Connector::new().api_key("sk_car_driver");
    let shared = connector.share().unwrap();
    let rules = Rules {
        timeouts: shared.timeouts,
        reconnect: shared.policy.reconnect.clone(),
        replay: true,
        continue_expired: true,
        settle: Duration::ZERO,
        keep_warm: false,
    };
    let (data, commands) = mpsc::channel(1);
    #[expect(clippy::disallowed_methods, reason = "as in the lanes")]
    let (control, orders) = mpsc::unbounded_channel();
    let (status, _) = watch::channel(Status::default());
    let driver = Driver::new(
        Arc::new(shared),
        Session::new(rules, 7),
        commands,
        orders,
        status,
        Arc::default(),
    );
    (driver, (data, control))
}

#[tokio::test(start_paused = true)]
async fn a_turn_of_readers_ends_in_time_and_delays_no_order() {
    let (mut driver, (data, control)) = driver();
    let mut cx = Context::from_waker(Waker::noop());
    let mut readers = 0..;
    // A reader that waits, and an event for it.
    let mut turn = |driver: &mut Driver<Session>| {
        let key = readers.next().unwrap();
        let inbox = Arc::new(Inbox::new(1 << 20, "tts.context"));
        let turn = &driver.gauges.turn;
        let _ = inbox.poll(&mut Context::from_waker(Waker::noop()), turn, true);
        let slot = Slot {
            inbox,
            permits: Vec::new(),
            cancelled: false,
            commands: 0,
            finish_after: None,
        };
        driver.slots.insert(key, slot);
        let event = Event::Chunk(Chunk::new(vec![0; 2]));
        driver.effects.push(Effect::Deliver(key, event));
        driver.apply(now());
        driver.end_turn(&mut Context::from_waker(Waker::noop()));
    };
    turn(&mut driver);
    assert!(driver.leaves_turn_to_readers(&mut cx));

    control.send(Control::Wake).unwrap();
    assert!(!driver.leaves_turn_to_readers(&mut cx), "a control waits");
    driver.poll_control(&mut cx, now());
    assert!(driver.leaves_turn_to_readers(&mut cx));

    data.try_send((1, Command::Flush(1))).unwrap();
    assert!(!driver.leaves_turn_to_readers(&mut cx), "a command waits");
    driver.poll_data(&mut cx, now());
    assert!(driver.leaves_turn_to_readers(&mut cx));

    tokio::time::advance(READERS_TURN).await;
    assert!(!driver.leaves_turn_to_readers(&mut cx), "its time is over");
    turn(&mut driver);
    assert!(
        driver.leaves_turn_to_readers(&mut cx),
        "the next one begins"
    );
}
