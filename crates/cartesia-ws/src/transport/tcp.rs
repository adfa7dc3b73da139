//! TCP to a host by its name, over the address family that answers first.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::{fmt, io};

use http::Uri;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tokio::net::TcpStream;
use tower_service::Service;

use crate::Result;
use crate::attempt::{Attempt, Stage};

/// Connects to a host, given without brackets; errors name it as `target`. `stage` begins once its name is
/// resolved.
pub(super) async fn dial(
    attempt: &Attempt,
    stage: Stage,
    target: &(dyn fmt::Display + Sync),
    host: &str,
    port: u16,
) -> Result<TcpStream> {
    let uri = address(host, port)
        .ok_or_else(|| attempt.failed(format_args!("the host name of {target} is invalid")))?;
    // An address is not looked up, so the resolver may not be there to say that it is done.
    attempt.enter(stage);
    let mut connector = HttpConnector::new_with_resolver(Resolver {
        attempt: attempt.clone(),
        then: stage,
    });
    // Each message is a sentence or a command: none waits for the next one.
    connector.set_nodelay(true);
    match connector.call(uri).await {
        Ok(connected) => Ok(connected.into_inner()),
        Err(error) if attempt.stage() == Stage::Resolving => Err(attempt
            .failed(format_args!("the host name of {target} cannot be resolved"))
            .with_root_cause(error)),
        Err(error) => Err(attempt
            .failed(format_args!("{target} cannot be reached over TCP"))
            .with_root_cause(error)),
    }
}

/// A host without the brackets that a URL has around an IPv6 address.
pub(super) fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// A host, given without brackets, and a port as a URI.
pub(super) fn address(host: &str, port: u16) -> Option<Uri> {
    let authority = if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    };
    let uri = Uri::builder().scheme("http").authority(authority);
    uri.path_and_query("/").build().ok()
}

/// Resolves as the operating system does, and notes when that begins and ends.
#[derive(Clone)]
struct Resolver {
    attempt: Attempt,
    then: Stage,
}

impl Service<Name> for Resolver {
    type Response = <GaiResolver as Service<Name>>::Response;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Self::Response>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let (attempt, then) = (self.attempt.clone(), self.then);
        Box::pin(async move {
            attempt.enter(Stage::Resolving);
            let addresses = GaiResolver::new().call(name).await?;
            attempt.enter(then);
            Ok(addresses)
        })
    }
}
