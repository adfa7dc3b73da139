//! Sends a long stream as fast as a client can read it.
//!
//! The messages were made before, the system sends them from memory without a copy, and the thread that asks it to never
//! sleeps. So no client waits for the server, and each does its own share of the system's work. With a slower server, the
//! fast clients leave more of that to the server than the slow ones.

use std::fs::File;
use std::io::Write as _;
use std::os::fd::AsFd;

use rustix::fs::{MemfdFlags, memfd_create, sendfile};
use rustix::io::Errno;
use xtask::Result;

/// A stream of more bytes than this is long.
const LONG: usize = 1024 * 1024;
/// So many bytes of messages are made, and sent again and again. They do not fit into the caches of a core: what comes
/// from a network is not there, either.
const MADE: usize = 8 * 1024 * 1024;

/// A long stream of messages.
pub(crate) struct Flood {
    messages: File,
    /// Where each of them ends.
    ends: Vec<u64>,
    count: usize,
}

impl Flood {
    /// Makes messages, unless they are so few that they are better sent in one piece.
    pub(crate) fn new(
        count: usize,
        bytes_of_each: usize,
        mut make: impl FnMut(&mut Vec<u8>),
    ) -> Result<Option<Self>> {
        if count * bytes_of_each <= LONG {
            return Ok(None);
        }
        let (mut messages, mut ends) = (Vec::new(), Vec::new());
        while ends.len() < count && messages.len() < MADE {
            make(&mut messages);
            ends.push(messages.len() as u64);
        }
        let mut file = File::from(memfd_create("messages", MemfdFlags::empty())?);
        file.write_all(&messages)?;
        Ok(Some(Self {
            messages: file,
            ends,
            count,
        }))
    }

    /// Sends all of them. The socket must not block.
    pub(crate) fn send(&self, socket: &impl AsFd) -> Result {
        for begun in (0..self.count).step_by(self.ends.len()) {
            let now = self.ends.len().min(self.count - begun);
            let (mut sent, end) = (0, self.ends[now - 1]);
            while sent < end {
                let rest = usize::try_from(end - sent)?;
                match sendfile(socket, &self.messages, Some(&mut sent), rest) {
                    Err(Errno::AGAIN) => std::thread::yield_now(),
                    other => drop(other?),
                }
            }
        }
        Ok(())
    }
}
