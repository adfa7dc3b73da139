//! Lists: one page, all pages, all items.

use std::collections::HashSet;
use std::collections::VecDeque;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use cartesia_types::{ErrorKind, Identified, Page, Requirement};
use futures_core::Stream;
use futures_core::stream::FusedStream;
use serde::de::DeserializeOwned;

use crate::Error;
use crate::Result;
use crate::client::Client;
use crate::options::{CallOptions, call_options};
use crate::request::{Path, Prepared};
use crate::response::Response;
use crate::send;

const AFTER: &str = "starting_after";
const BEFORE: &str = "ending_before";

/// An unsent list. Await it to get one page, or take [`pages`](Self::pages) or
/// [`items`](Self::items) to get all of them.
///
/// # Cancel safety
///
/// Dropping the future cancels the call.
#[doc(alias = "pagination")]
#[doc(alias = "cursor")]
#[must_use = "a call does nothing until awaited or sent"]
pub struct ListCall<T> {
    client: Client,
    operation: &'static str,
    path: Path,
    query: Vec<(&'static str, String)>,
    requirements: Vec<Requirement>,
    options: CallOptions,
    item: std::marker::PhantomData<fn() -> T>,
}

call_options!(ListCall<T>);

impl<T> Clone for ListCall<T> {
    fn clone(&self) -> Self {
        Self {
            client: self.client.clone(),
            operation: self.operation,
            path: self.path.clone(),
            query: self.query.clone(),
            requirements: self.requirements.clone(),
            options: self.options.clone(),
            item: std::marker::PhantomData,
        }
    }
}

impl<T> ListCall<T> {
    pub(crate) fn new(
        client: Client,
        operation: &'static str,
        path: impl Into<Path>,
        query: Vec<(&'static str, String)>,
    ) -> Self {
        Self {
            client,
            operation,
            path: path.into(),
            query,
            requirements: Vec::new(),
            options: CallOptions::default(),
            item: std::marker::PhantomData,
        }
    }

    /// Returns the name of the operation, as in errors, for example `voices.list`.
    pub fn operation(&self) -> &'static str {
        self.operation
    }

    pub(crate) fn with_requirements(mut self, requirements: Vec<Requirement>) -> Self {
        self.requirements = requirements;
        self
    }
}

impl<T: DeserializeOwned> ListCall<T> {
    /// Requests one page, and returns it together with status and headers of its response.
    ///
    /// # Errors
    ///
    /// As [`Call::send`](crate::Call::send).
    ///
    /// # Cancel safety
    ///
    /// Dropping the future cancels the call.
    pub async fn send(self) -> Result<Response<Page<T>>> {
        let request = Prepared::get(self.operation, self.path)
            .with_query(&self.query)
            .with_requirements(self.requirements);
        let decode = |body: &[u8]| serde_json::from_slice(body);
        send::unary(&self.client, &request, &self.options, decode).await
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> ListCall<T> {
    /// Returns all pages, one after the other, from the requested one on; backwards if the request has
    /// `ending_before`.
    pub fn pages(self) -> Pages<T> {
        let cursors = self
            .query
            .iter()
            .filter(|(name, _)| matches!(*name, AFTER | BEFORE));
        Pages {
            seen: cursors.map(|(_, cursor)| cursor.clone()).collect(),
            next: Some(self),
            fetching: None,
        }
    }

    /// Returns all items of all pages, page by page.
    pub fn items(self) -> Items<T> {
        Items {
            pages: self.pages(),
            page: VecDeque::new(),
        }
    }
}

impl<T: DeserializeOwned + Send + 'static> IntoFuture for ListCall<T> {
    type Output = Result<Page<T>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { Ok(self.send().await?.value) })
    }
}

impl<T> fmt::Debug for ListCall<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ListCall")
            .field("operation", &self.operation)
            .finish_non_exhaustive()
    }
}

type Fetching<T> = Pin<Box<dyn Future<Output = Result<Page<T>>> + Send>>;

/// The pages of a list, fetched one at a time on demand (pagination). `None` follows the last page or an
/// error.
#[doc(alias = "pagination")]
#[must_use = "pages are not fetched unless they are asked for"]
pub struct Pages<T> {
    /// What is fetched next; `None` when nothing is left.
    next: Option<ListCall<T>>,
    fetching: Option<Fetching<T>>,
    /// Cursors that were followed, the first request's included.
    seen: HashSet<String>,
}

impl<T: DeserializeOwned + Identified + Send + 'static> Pages<T> {
    /// Returns the next page; `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Call::send`](crate::Call::send), and `Protocol` when a cursor repeats, which would never end, or
    /// when the service announces more without a cursor.
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the next call continues the same request.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>> {
        std::future::poll_fn(|cx| self.poll_page(cx)).await
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Page<T>>>> {
        let Some(call) = &mut self.next else {
            return Poll::Ready(Ok(None));
        };
        let fetching = self
            .fetching
            .get_or_insert_with(|| call.clone().into_future());
        let fetched = ready!(fetching.as_mut().poll(cx));
        self.fetching = None;
        let Some(mut call) = self.next.take() else {
            return Poll::Ready(Ok(None));
        };
        let page = fetched?;
        let backwards = call.query.iter().any(|(name, _)| *name == BEFORE);
        let (name, cursor) = if backwards {
            (BEFORE, page.previous_cursor())
        } else {
            (AFTER, page.next_cursor())
        };
        if cursor.is_none() && page.has_more {
            let message = "the service announces more pages but returned no cursor to request them";
            return Poll::Ready(Err(Error::new(
                ErrorKind::Protocol,
                call.operation,
                message,
            )));
        }
        if let Some(cursor) = cursor {
            if !self.seen.insert(cursor.to_owned()) {
                let message = "the list does not end: the service returned the same cursor twice";
                return Poll::Ready(Err(Error::new(
                    ErrorKind::Protocol,
                    call.operation,
                    message,
                )));
            }
            call.query.retain(|(known, _)| *known != name);
            call.query.push((name, cursor.to_owned()));
            self.next = Some(call);
        }
        Poll::Ready(Ok(Some(page)))
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> Stream for Pages<T> {
    type Item = Result<Page<T>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_page(cx).map(Result::transpose)
    }
}

impl<T: DeserializeOwned + Identified + Send + 'static> FusedStream for Pages<T> {
    fn is_terminated(&self) -> bool {
        self.next.is_none()
    }
}

impl<T> fmt::Debug for Pages<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages")
            .field("followed", &self.seen.len())
            .field("ended", &self.next.is_none())
            .finish_non_exhaustive()
    }
}

/// The items of a list, over all of its pages, fetched on demand (pagination). `None` follows the last item
/// or an error.
#[must_use = "items are not fetched unless they are asked for"]
pub struct Items<T> {
    pages: Pages<T>,
    page: VecDeque<T>,
}

impl<T: DeserializeOwned + Identified + Send + Unpin + 'static> Items<T> {
    /// Returns the next item; `None` after the last.
    ///
    /// # Errors
    ///
    /// As [`Pages::next_page`].
    ///
    /// # Cancel safety
    ///
    /// Cancel-safe: the next call continues the same request.
    pub async fn next_item(&mut self) -> Result<Option<T>> {
        std::future::poll_fn(|cx| self.poll_item(cx)).await
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<T>>> {
        loop {
            if let Some(item) = self.page.pop_front() {
                return Poll::Ready(Ok(Some(item)));
            }
            match ready!(self.pages.poll_page(cx))? {
                Some(page) => self.page = page.data.into(),
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    /// Collects all items that are left.
    ///
    /// # Errors
    ///
    /// As [`Pages::next_page`]. Data that arrived before the error is dropped.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future drops the received data.
    pub async fn collect(mut self) -> Result<Vec<T>> {
        let mut items = Vec::new();
        while let Some(item) = self.next_item().await? {
            items.push(item);
        }
        Ok(items)
    }
}

impl<T: DeserializeOwned + Identified + Send + Unpin + 'static> Stream for Items<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_item(cx).map(Result::transpose)
    }
}

impl<T: DeserializeOwned + Identified + Send + Unpin + 'static> FusedStream for Items<T> {
    fn is_terminated(&self) -> bool {
        self.page.is_empty() && self.pages.is_terminated()
    }
}

impl<T> fmt::Debug for Items<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items")
            .field("waiting", &self.page.len())
            .field("pages", &self.pages)
            .finish()
    }
}
