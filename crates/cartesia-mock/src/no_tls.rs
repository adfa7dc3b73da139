//! A placeholder for TLS in a build without it: an empty type.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::io;
use std::net::SocketAddr;

use tokio::net::TcpStream;

#[derive(Debug, Clone)]
pub(crate) struct Tls(Infallible);

impl Tls {
    pub(crate) fn certificate(&self) -> &str {
        match self.0 {}
    }

    pub(crate) fn is_wanted(_: &TcpStream) -> Ready<Option<bool>> {
        ready(Some(false))
    }

    pub(crate) fn unwrap(&self, _: TcpStream, _: SocketAddr) -> Ready<io::Result<()>> {
        match self.0 {}
    }
}
