//! A listener with one handler for all requests: what the proxy and the replay are made of.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

use crate::wire::Wire;

/// Answers requests. Each has a [`Breaker`](crate::wire::Breaker) of its connection among its extensions.
pub(crate) trait Handler: Send + Sync + 'static {
    fn answer(
        self: Arc<Self>,
        request: Request<Incoming>,
        after: After,
    ) -> impl Future<Output = Response<Body>> + Send;
}

/// Where a handler leaves what is to happen on a connection that becomes a WebSocket.
#[derive(Clone, Default)]
pub(crate) struct After(Arc<Mutex<Option<Conversation>>>);

/// What happens on it.
type Conversation = Pin<Box<dyn Future<Output = ()> + Send>>;

impl After {
    pub(crate) fn put(&self, conversation: impl Future<Output = ()> + Send + 'static) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::pin(conversation));
    }

    fn take(&self) -> Option<Conversation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// A handler that listens. It stops when this is dropped.
#[derive(Debug)]
pub(crate) struct Host {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    task: JoinHandle<()>,
}

impl Host {
    pub(crate) async fn start(bind: SocketAddr, handler: Arc<impl Handler>) -> io::Result<Self> {
        let listener = TcpListener::bind(bind).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        #[expect(
            clippy::disallowed_methods,
            reason = "the handle owns the task, and ends it on drop"
        )]
        let task = tokio::spawn(listen(listener, handler, stopped));
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
        /// Nobody waits longer.
        const GRACE: Duration = Duration::from_secs(1);

        self.stop.send_replace(true);
        // Either way it is over: dropping the handle ends what is left.
        let _ = tokio::time::timeout(GRACE, &mut self.task).await;
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Accepts connections until it is told to stop; when this future is dropped, all of them end.
async fn listen(
    listener: TcpListener,
    handler: Arc<impl Handler>,
    mut stop: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(stream, Arc::clone(&handler), stop.clone()));
                }
                // Out of file descriptors, most likely; they come back as connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Serves one connection to its end.
async fn converse(stream: TcpStream, handler: Arc<impl Handler>, mut stop: watch::Receiver<bool>) {
    // Small events are to leave at once. If the system refuses, they only leave later.
    let _ = stream.set_nodelay(true);
    let after = After::default();
    let (wire, breaker) = Wire::new(stream);
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(breaker.clone());
        let (handler, after) = (Arc::clone(&handler), after.clone());
        async move { Ok::<_, Infallible>(handler.answer(request, after).await) }
    });
    let mut connection = pin!(
        http1::Builder::new()
            .serve_connection(TokioIo::new(wire), service)
            .with_upgrades()
    );
    let ended = tokio::select! {
        ended = &mut connection => ended,
        _ = stop.changed() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    // How a connection ends is the client's business.
    if ended.is_ok()
        && let Some(conversation) = after.take()
    {
        tokio::select! {
            () = conversation => {}
            _ = stop.wait_for(|stop| *stop) => {}
        }
    }
}
