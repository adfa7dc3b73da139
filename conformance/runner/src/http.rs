//! As much HTTP as it takes to ask the mock server something on this machine.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use crate::Result;

/// The server is on this machine and answers at once.
const LIMIT: Duration = Duration::from_secs(10);

/// Sends JSON as the newest version of the API has it, and returns the body of the answer. By HTTP/1.0
/// it comes as it is, until the connection ends.
pub(super) fn post(server: SocketAddr, path: &str, json: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.set_write_timeout(Some(LIMIT))?;
    let length = json.len();
    write!(
        stream,
        "POST {path} HTTP/1.0\r\nhost: {server}\r\nauthorization: Bearer sk_car_orchestrator\r\n\
         cartesia-version: 2026-08-14\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{json}"
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    body(&answer).map_err(|error| format!("POST {path}: {error}").into())
}

fn body(answer: &[u8]) -> std::result::Result<Vec<u8>, String> {
    let at = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or("the answer has no end of its headers")?;
    let head = String::from_utf8_lossy(&answer[..at]);
    let status = head.split_whitespace().nth(1).unwrap_or_default();
    let body = &answer[at + 4..];
    if status == "200" {
        Ok(body.to_vec())
    } else {
        let body = String::from_utf8_lossy(body);
        Err(format!("status {status}: {body}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_what_follows_the_headers_of_a_success() {
        let answer = b"HTTP/1.0 200 OK\r\na: b\r\n\r\n\r\n\r\nx";
        assert_eq!(body(answer).unwrap(), b"\r\n\r\nx");
        let refusal = b"HTTP/1.0 404 Not Found\r\n\r\nno such voice";
        assert_eq!(body(refusal).unwrap_err(), "status 404: no such voice");
        assert!(body(b"HTTP/1.0 200 OK\r\n").is_err());
    }
}
