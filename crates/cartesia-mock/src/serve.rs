//! Connections: accepted, served, and ended when the server stops.

use std::pin::pin;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::socket::AfterResponse;
use crate::tls::Tls;
use crate::wire::Wire;

/// How long responses may take to finish that are under way when the server stops.
const GRACE: Duration = Duration::from_secs(1);

/// How the server is to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    No,
    Gracefully,
    Now,
}

/// Accepts connections until it is told to stop. Each has a task in a set that this future owns:
/// when it is dropped, all of them end.
///
/// With `tls` clients may also speak TLS.
pub(crate) async fn serve(
    listener: TcpListener,
    app: Router,
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
                    connections.spawn(greet(stream, app.clone(), tls.clone(), stop.clone()));
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
async fn greet(stream: TcpStream, app: Router, tls: Option<Tls>, mut stop: watch::Receiver<Stop>) {
    if let Some(tls) = tls {
        let wanted = tokio::select! {
            wanted = Tls::is_wanted(&stream) => wanted,
            _ = stop.changed() => None,
        };
        match (wanted, stream.local_addr()) {
            (Some(false), _) => {}
            (Some(true), Ok(server)) => {
                // How a connection ends is the client's business, or that of a fault.
                let _ = tls.unwrap(stream, server).await;
                return;
            }
            _ => return,
        }
    }
    converse(stream, app, stop).await;
}

/// Serves one connection to its end. When the server stops, it ends after the response under way.
async fn converse(stream: TcpStream, app: Router, mut stop: watch::Receiver<Stop>) {
    // Small events are to leave at once. If the system refuses, they only leave later.
    let _ = stream.set_nodelay(true);
    let (wire, breaker) = Wire::new(stream);
    let after = AfterResponse::default();
    let after_response = after.clone();
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(breaker.clone());
        request.extensions_mut().insert(after_response.clone());
        TowerToHyperService::new(app.clone()).call(request)
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
    // How a connection ends is the client's business, or that of a fault.
    if ended.is_ok()
        && let Some(upgrade) = after.take()
    {
        let stopped = async move { drop(stop.wait_for(|stop| *stop != Stop::No).await) };
        upgrade.run(stopped).await;
    }
}
