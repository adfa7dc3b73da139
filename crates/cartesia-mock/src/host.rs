//! A listener with one handler for all requests, shared by proxy and replay.

use std::io;
use std::net::SocketAddr;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::serve::{Handler, Stop, serve};

/// A handler that listens. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Host {
    address: SocketAddr,
    stop: watch::Sender<Stop>,
    task: JoinHandle<()>,
}

impl Host {
    pub(crate) async fn start(bind: SocketAddr, handler: impl Handler) -> io::Result<Self> {
        let listener = TcpListener::bind(bind).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(Stop::No);
        #[expect(
            clippy::disallowed_methods,
            reason = "the handle owns the task, and ends it on drop"
        )]
        let task = tokio::spawn(serve(listener, handler, None, stopped));
        Ok(Self {
            address,
            stop,
            task,
        })
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.address
    }

    /// Lets responses that are under way finish within a second.
    pub(crate) async fn shutdown(mut self) {
        self.stop.send_replace(Stop::Gracefully);
        // Either way it is over.
        let _ = (&mut self.task).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}
