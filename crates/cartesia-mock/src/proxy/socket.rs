//! A WebSocket that is passed on and recorded.

use std::io;

use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, ReadHalf, WriteHalf, split};

use super::recorder::Log;
use super::tap::scrubbed;
use super::upstream::Driver;
use crate::journal::Content;
use crate::recording::frames::{Message, Messages};
use crate::recording::line::{Event, Payload, Side};

/// Passes on what both sides say, byte by byte, until one of them ends it.
pub(super) async fn pass(downstream: OnUpgrade, upstream: OnUpgrade, driver: Driver, log: Log) {
    let mut ending = Ending(log.clone(), Side::Client);
    let (Ok(client), Ok(server)) = (downstream.await, upstream.await) else {
        return;
    };
    let (client_read, client_write) = split(TokioIo::new(client));
    let (server_read, server_write) = split(TokioIo::new(server));
    let mut from_client = Tap::new(Side::Client, log.clone());
    let mut from_server = Tap::new(Side::Server, log);
    // After one side closes, the other side may still have messages to send.
    let sent = copy(client_read, server_write, &mut from_client);
    let received = copy(server_read, client_write, &mut from_server);
    tokio::pin!(sent, received);
    tokio::select! {
        ended = &mut sent => {
            if ended.is_ok() {
                let _ = received.await;
            }
        }
        ended = &mut received => {
            ending.1 = Side::Server;
            if ended.is_ok() {
                let _ = sent.await;
            }
        }
    }
    drop(driver);
}

/// Records the end, also when the proxy stops before.
struct Ending(Log, Side);

impl Drop for Ending {
    fn drop(&mut self) {
        super::end(&self.0, self.1, true);
    }
}

type Stream = TokioIo<Upgraded>;

async fn copy(
    mut from: ReadHalf<Stream>,
    mut to: WriteHalf<Stream>,
    tap: &mut Tap,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 << 10];
    loop {
        let length = from.read(&mut buffer).await?;
        let bytes = buffer.get(..length).unwrap_or_default();
        if bytes.is_empty() {
            return to.shutdown().await;
        }
        tap.see(bytes);
        to.write_all(bytes).await?;
        to.flush().await?;
    }
}

/// Sees what one side says.
struct Tap {
    side: Side,
    messages: Messages,
    readable: bool,
    log: Log,
}

impl Tap {
    fn new(side: Side, log: Log) -> Self {
        Self {
            side,
            messages: Messages::default(),
            readable: true,
            log,
        }
    }

    fn see(&mut self, bytes: &[u8]) {
        if !self.readable {
            return;
        }
        self.messages.feed(bytes);
        loop {
            match self.messages.next() {
                Ok(None) => return,
                Ok(Some(message)) => self.record(message),
                Err(_) => {
                    // It is passed on all the same.
                    self.readable = false;
                    return;
                }
            }
        }
    }

    fn record(&self, message: Message) {
        let event = match (message, self.side) {
            // Both ends see to these by themselves.
            (Message::Ping(_) | Message::Pong(_), _) => return,
            (Message::Close(close), from) => {
                let (code, reason) = close.unzip();
                Event::Close {
                    from,
                    code,
                    reason: reason.unwrap_or_default(),
                }
            }
            (Message::Text(text), Side::Client) => Event::Sent(Content::of_text(&text)),
            (Message::Binary(bytes), Side::Client) => Event::Sent(Content::of_bytes(&bytes)),
            (Message::Text(text), Side::Server) => {
                Event::Received(scrubbed(Payload::of_text(&text)))
            }
            (Message::Binary(bytes), Side::Server) => Event::Received(Payload::of_bytes(&bytes)),
        };
        // If it fails, the next request gets the error.
        let _ = self.log.write(event);
    }
}
