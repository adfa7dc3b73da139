//! What callers want is written on their own thread, as soon as the connection is free.

use cartesia_mock::MockServer;
use futures_executor::block_on;
use tokio::runtime::Builder;

use super::{connect, spec};
use crate::support::within;

/// The runtime of the connection does not run meanwhile, so its task cannot have done it.
#[test]
fn text_and_cancels_need_no_other_thread() {
    let server = MockServer::start_on_thread().unwrap();
    let connections = Builder::new_current_thread().enable_all().build().unwrap();
    let connection = connections.block_on(connect(&server));
    let clock = Builder::new_current_thread().enable_all().build().unwrap();
    let arrived = |count: u64| {
        let messages = clock.block_on(within(server.messages_after(count)));
        messages.last().unwrap().text.clone()
    };

    let context = connection.context(spec()).unwrap();
    let (mut input, output) = context.split();
    block_on(input.push("These words. ")).unwrap();
    assert!(arrived(1).contains("These words."));
    block_on(input.push("More words. ")).unwrap();
    assert!(arrived(2).contains("More words."));
    block_on(input.finish()).unwrap();
    assert!(arrived(3).contains(r#""continue":false"#));
    output.canceller().cancel();
    assert!(arrived(4).contains(r#""cancel":true"#));

    let context = connection.context(spec()).unwrap();
    let output = block_on(context.speak("Others.")).unwrap();
    assert!(arrived(5).contains("Others."));
    drop(output);
    assert!(arrived(6).contains(r#""cancel":true"#));
}

/// Text that had to wait for the connection is not overtaken by text that would not have to.
#[test]
fn the_order_is_kept() {
    let server = MockServer::start_on_thread().unwrap();
    let connections = Builder::new_current_thread().enable_all().build().unwrap();
    // Not open yet: the first text waits for it.
    let connection = connections.block_on(async { super::connector(&server).tts_lazy() });
    let connection = connection.unwrap();
    let (mut input, _output) = connection.context(spec()).unwrap().split();
    block_on(input.push("First. ")).unwrap();
    connections.block_on(within(connection.ready())).unwrap();
    block_on(input.push("Second. ")).unwrap();
    block_on(input.push("Third. ")).unwrap();
    let messages = connections.block_on(within(server.messages_after(3)));
    let texts: Vec<_> = messages.iter().map(|message| &message.text).collect();
    for (text, expected) in texts.iter().zip(["First.", "Second.", "Third."]) {
        assert!(text.contains(expected), "{texts:?}");
    }
}
