//! A connection whose runtime stands still: handles on another runtime end in bounded time.

use cartesia_mock::{MockServer, Pace};
use cartesia_types::ErrorKind;
use tokio::runtime::{Builder, Runtime};

use super::{connector, spec};
use crate::support::within;

/// A runtime that runs nothing but inside `block_on`.
fn standing() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Its clock goes on when everything on it waits.
fn other() -> Runtime {
    let mut builder = Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().unwrap()
}

#[test]
fn handles_end_when_the_runtime_of_the_connection_stands_still() {
    let runtime = standing();
    let (_server, connection, lazy, context, speaking) = runtime.block_on(async {
        let server = MockServer::builder()
            .pace(Pace::RealTime)
            .start()
            .await
            .unwrap();
        let connection = within(connector(&server).tts()).await.unwrap();
        let lazy = connector(&server).tts_lazy().unwrap();
        let context = connection.context(spec()).unwrap();
        let speaking = connection.context(spec()).unwrap().speak("A few words.");
        (
            server,
            connection.clone(),
            lazy,
            context,
            within(speaking).await.unwrap(),
        )
    });
    other().block_on(async {
        let mut speaking = speaking;
        // What arrived before can still be read.
        let error = loop {
            match within(speaking.next_event()).await {
                Ok(event) => assert!(event.is_some(), "it cannot have ended"),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(error.to_string().contains("is blocked"), "{error}");
        assert!(within(speaking.next_event()).await.unwrap().is_none());

        let (mut input, mut output) = context.split();
        let error = loop {
            // The lane takes some before it is full.
            if let Err(error) = within(input.push("More words. ")).await {
                break error;
            }
        };
        assert_eq!(error.kind(), ErrorKind::Timeout);
        let error = within(output.next_audio()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);

        let error = within(lazy.ready()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        within(lazy.close()).await;
        within(connection.drain()).await;
        within(connection.close()).await;
    });
}

#[test]
fn handles_end_at_once_when_the_runtime_of_the_connection_is_gone() {
    let runtime = standing();
    let (connection, context, mut speaking) = runtime.block_on(async {
        let server = MockServer::builder()
            .pace(Pace::RealTime)
            .start()
            .await
            .unwrap();
        let connection = within(connector(&server).tts()).await.unwrap();
        let context = connection.context(spec()).unwrap();
        let speaking = connection.context(spec()).unwrap().speak("A few words.");
        (connection.clone(), context, within(speaking).await.unwrap())
    });
    drop(runtime);
    standing().block_on(async {
        let error = loop {
            match within(speaking.next_event()).await {
                Ok(event) => assert!(event.is_some(), "it cannot have ended"),
                Err(error) => break error,
            }
        };
        assert!(
            matches!(error.kind(), ErrorKind::Closed | ErrorKind::Incomplete),
            "{error}"
        );
        let (mut input, _output) = context.split();
        assert_eq!(
            within(input.push("More.")).await.unwrap_err().kind(),
            ErrorKind::Closed
        );
        assert_eq!(
            within(connection.ready()).await.unwrap_err().kind(),
            ErrorKind::Closed
        );
        within(connection.close()).await;
    });
}
