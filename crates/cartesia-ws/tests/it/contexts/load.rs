//! Many contexts at a time. `benches/load.rs` does the same with more of them, and measures.

use cartesia_mock::{MockServer, Pace};
use cartesia_types::ErrorKind;
use cartesia_ws::ContextPolicy;
use tokio::task::JoinSet;

use super::{assert_same_audio, connector, expected, listen, spec};
use crate::support::within;

const CONTEXTS: usize = 100;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_among_a_hundred_disturbs_nobody() {
    let server = MockServer::builder()
        .pace(Pace::TimesRealTime(10.0))
        .start_on_thread()
        .unwrap();
    let policy = ContextPolicy::default().with_buffer_bytes(64 * 1024);
    let connection = within(connector(&server).contexts(policy).tts())
        .await
        .unwrap();
    let long =
        "This one nobody reads, and so it has to end before it takes all the memory. ".repeat(3);
    let slow = connection.context(spec()).unwrap().speak(long);
    let mut slow = within(slow).await.unwrap();
    let mut readers = JoinSet::new();
    for number in 0..CONTEXTS {
        let connection = connection.clone();
        readers.spawn(async move {
            let text = format!("This is what number {number} has to say, word for word.");
            let (mut input, mut output) = connection.context(spec()).unwrap().split();
            input.push(text.as_str()).await.unwrap();
            input.finish().await.unwrap();
            let (audio, end) = listen(&mut output).await;
            end.unwrap();
            (text, output.id().clone(), audio)
        });
    }
    let mut heard = 0;
    while let Some(reader) = within(readers.join_next()).await {
        let (text, id, audio) = reader.unwrap();
        assert_same_audio(&audio, &expected(&server, &id, &[&text]));
        heard += 1;
    }
    assert_eq!(heard, CONTEXTS);
    assert_eq!(server.sockets().len(), 1);
    assert_eq!(
        listen(&mut slow).await.1.unwrap_err().kind(),
        ErrorKind::SlowConsumer
    );
}
