//! Connections: accepted, served, and ended when the server stops.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::tls::Tls;
use crate::wire::Wire;

/// The time that responses in progress have to finish when the server stops.
const GRACE: Duration = Duration::from_secs(1);

/// The way in which the server stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    No,
    Gracefully,
    Now,
}

/// Answers requests. Each has a [`Breaker`](crate::wire::Breaker) of its connection among its extensions.
pub(crate) trait Handler: Clone + Send + Sync + 'static {
    fn answer(
        self,
        request: Request<Incoming>,
        after: After,
    ) -> impl Future<Output = Response<Body>> + Send;
}

impl Handler for Router {
    /// Handlers behind the router find `after` among the extensions.
    async fn answer(self, mut request: Request<Incoming>, after: After) -> Response<Body> {
        request.extensions_mut().insert(after);
        match TowerToHyperService::new(self).call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}

/// The place where a handler stores the conversation of a connection that becomes a WebSocket.
#[derive(Clone, Default)]
pub(crate) struct After(Arc<Mutex<Option<Conversation>>>);

/// Is ready when the server stops.
pub(crate) type Stopped = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The conversation on such a connection.
type Conversation = Box<dyn FnOnce(Stopped) -> Pin<Box<dyn Future<Output = ()> + Send>> + Send>;

impl After {
    pub(crate) fn put<F>(&self, conversation: impl FnOnce(Stopped) -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let conversation: Conversation = Box::new(|stopped| Box::pin(conversation(stopped)));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(conversation);
    }

    /// A conversation that breaks off when the server stops.
    #[cfg(feature = "replay")]
    pub(crate) fn put_until_stopped(
        &self,
        conversation: impl Future<Output = ()> + Send + 'static,
    ) {
        self.put(|stopped| async move {
            tokio::select! {
                () = conversation => {}
                () = stopped => {}
            }
        });
    }

    fn take(&self) -> Option<Conversation> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Accepts connections until it is stopped. Each has a task in a set that this future owns: when it is
/// dropped, all of them end.
///
/// With `tls` clients may also speak TLS.
pub(crate) async fn serve(
    listener: TcpListener,
    handler: impl Handler,
    tls: Option<Tls>,
    mut stop: watch::Receiver<Stop>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(greet(stream, handler.clone(), tls.clone(), stop.clone()));
                }
                // Out of file descriptors, most likely; they come back as connections end.
                Err(_) => tokio::time::sleep(Duration::from_millis(10)).await,
            }
        }
    }
    drop(listener);
    let mut ended = pin!(async { while connections.join_next().await.is_some() {} });
    tokio::select! {
        () = &mut ended => {}
        () = tokio::time::sleep(GRACE) => {}
        _ = stop.wait_for(|stop| *stop == Stop::Now) => {}
    }
}

/// Serves one connection to its end, be it with TLS.
async fn greet(
    stream: TcpStream,
    handler: impl Handler,
    tls: Option<Tls>,
    mut stop: watch::Receiver<Stop>,
) {
    if let Some(tls) = tls {
        let wanted = tokio::select! {
            wanted = Tls::is_wanted(&stream) => wanted,
            _ = stop.changed() => None,
        };
        match (wanted, stream.local_addr()) {
            (Some(false), _) => {}
            (Some(true), Ok(server)) => {
                // The end of a connection is decided by the client or by a fault.
                let _ = tls.unwrap(stream, server).await;
                return;
            }
            _ => return,
        }
    }
    converse(stream, handler, stop).await;
}

/// Serves one connection to its end. When the server stops, it ends after the response under way.
async fn converse(stream: TcpStream, handler: impl Handler, mut stop: watch::Receiver<Stop>) {
    // Small events are to leave at once. If the system refuses, they only leave later.
    let _ = stream.set_nodelay(true);
    let (wire, breaker) = Wire::new(stream);
    let after = After::default();
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(breaker.clone());
        let answer = handler.clone().answer(request, after.clone());
        async move { Ok::<_, Infallible>(answer.await) }
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
    // The end of a connection is decided by the client or by a fault.
    if ended.is_ok()
        && let Some(conversation) = after.take()
    {
        let stopped = async move { drop(stop.wait_for(|stop| *stop != Stop::No).await) };
        conversation(Box::pin(stopped)).await;
    }
}
