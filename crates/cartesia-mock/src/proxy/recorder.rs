//! Writes recordings.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::time::Instant;

use crate::recording::line::{Event, Line};
use crate::rejection::Rejection;
use crate::sse;

/// The file of a recording.
#[derive(Debug)]
pub(super) struct Recorder(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    file: File,
    exchanges: u64,
    /// Why it can no longer be written: a partial recording is useless.
    broken: Option<String>,
}

impl Recorder {
    pub(super) fn create(path: &Path) -> io::Result<Arc<Self>> {
        let file = File::create(path).map_err(|error| {
            let message = format!("cannot record to {}: {error}", path.display());
            io::Error::new(error.kind(), message)
        })?;
        Ok(Arc::new(Self(Mutex::new(Inner {
            file,
            exchanges: 0,
            broken: None,
        }))))
    }

    /// The log of a new exchange.
    pub(super) fn begin(self: &Arc<Self>) -> Log {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.exchanges += 1;
        Log {
            recorder: Arc::clone(self),
            exchange: inner.exchanges,
            began: Instant::now(),
        }
    }
}

/// The recording of one exchange.
#[derive(Debug, Clone)]
pub(super) struct Log {
    recorder: Arc<Recorder>,
    exchange: u64,
    began: Instant,
}

impl Log {
    /// Writes a line at once.
    pub(super) fn write(&self, event: Event) -> Result<(), Rejection> {
        let at_ms = u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX);
        let line = Line {
            exchange: self.exchange,
            at_ms,
            event,
        };
        let text = format!("{}\n", sse::json(&line));
        let mut inner = self
            .recorder
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if inner.broken.is_none()
            && let Err(error) = inner.file.write_all(text.as_bytes())
        {
            inner.broken = Some(error.to_string());
        }
        match &inner.broken {
            None => Ok(()),
            Some(error) => Err(Rejection::upstream(format!(
                "the proxy cannot write its recording any more: {error}"
            ))),
        }
    }
}
