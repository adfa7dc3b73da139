//! Lists: all pages, all items.

use std::fmt;
use std::iter::FusedIterator;

use cartesia_types::{Identified, Page};
use serde::de::DeserializeOwned;

use super::runtime::Runtime;
use crate::Result;

/// The pages of a list, fetched one at a time on demand (pagination). `None` follows the last page or an
/// error.
#[must_use = "pages are not fetched unless they are asked for"]
pub struct Pages<T> {
    inner: cartesia_http::Pages<T>,
    operation: &'static str,
    /// Whether the iterator has ended. The error in async code ends it, too: a loop that skips errors would
    /// never end.
    over: bool,
    runtime: Runtime,
}

impl<T> Pages<T> {
    pub(super) fn new(
        inner: cartesia_http::Pages<T>,
        operation: &'static str,
        runtime: Runtime,
    ) -> Self {
        Self {
            inner,
            operation,
            over: false,
            runtime,
        }
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> Pages<T> {
    /// Returns the next page; `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Call::wait`](super::Call::wait), and `Protocol` when a cursor repeats, which would never end.
    pub fn next_page(&mut self) -> Result<Option<Page<T>>> {
        self.runtime.wait(self.operation, self.inner.next_page())
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> Iterator for Pages<T> {
    type Item = Result<Page<T>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_page().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> FusedIterator for Pages<T> {}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}

/// The items of a list, over all of its pages, fetched on demand (pagination). `None` follows the last item
/// or an error.
///
/// ```no_run
/// use cartesia::blocking::Client;
/// use cartesia::voice::ListVoicesRequest;
///
/// # fn run() -> cartesia::Result<()> {
/// let client = Client::from_env()?;
/// for voice in client.voices().list(ListVoicesRequest::new()).items() {
///     println!("{}", voice?.name);
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "items are not fetched unless they are asked for"]
pub struct Items<T> {
    inner: cartesia_http::Items<T>,
    operation: &'static str,
    /// Whether the iterator has ended. The error in async code ends it, too: a loop that skips errors would
    /// never end.
    over: bool,
    runtime: Runtime,
}

impl<T> Items<T> {
    pub(super) fn new(
        inner: cartesia_http::Items<T>,
        operation: &'static str,
        runtime: Runtime,
    ) -> Self {
        Self {
            inner,
            operation,
            over: false,
            runtime,
        }
    }
}

impl<T: DeserializeOwned + Identified + Send + Unpin + 'static> Items<T> {
    /// Returns the next item; `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Pages::next_page`].
    pub fn next_item(&mut self) -> Result<Option<T>> {
        self.runtime.wait(self.operation, self.inner.next_item())
    }
}

impl<T: DeserializeOwned + Identified + Send + Unpin + 'static> Iterator for Items<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_item().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

impl<T: DeserializeOwned + Identified + Send + Unpin + 'static> FusedIterator for Items<T> {}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.inner, f)
    }
}
