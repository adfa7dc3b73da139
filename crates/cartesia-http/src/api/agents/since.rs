//! Calls that the vendor documented later than their group.

use cartesia_types::Requirement;
use http::Method;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::Result;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared};

/// A client and the API versions of the calls that are made with it.
#[derive(Debug, Clone)]
pub(super) struct Since {
    client: Client,
    needs: Requirement,
}

impl Since {
    pub(super) fn new(client: Client, needs: Requirement) -> Self {
        Self { client, needs }
    }

    pub(super) fn list<T>(
        &self,
        operation: &'static str,
        path: impl Into<Path>,
        query: Vec<(&'static str, String)>,
    ) -> ListCall<T> {
        ListCall::new(self.client.clone(), operation, path, query)
            .with_requirements(vec![self.needs])
    }

    pub(super) fn get<T: DeserializeOwned>(&self, operation: &'static str, path: Path) -> Call<T> {
        self.call(Ok(Prepared::get(operation, path)))
    }

    pub(super) fn post<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: impl Into<Path>,
        body: &impl Serialize,
    ) -> Call<T> {
        self.call(Prepared::json(operation, Method::POST, path, body))
    }

    pub(super) fn patch<T: DeserializeOwned>(
        &self,
        operation: &'static str,
        path: Path,
        body: &impl Serialize,
    ) -> Call<T> {
        self.call(Prepared::json(operation, Method::PATCH, path, body))
    }

    /// The answer is ignored: whether there is one is not documented.
    pub(super) fn delete(&self, operation: &'static str, path: Path) -> Call<()> {
        self.without_answer(Prepared::delete(operation, path))
    }

    /// A call whose answer is ignored, because it is not documented.
    pub(super) fn without_answer(&self, request: Prepared) -> Call<()> {
        let request = request.with_requirements(vec![self.needs]);
        Call::without_answer(self.client.clone(), Ok(request))
    }

    pub(super) fn call<T: DeserializeOwned>(&self, request: Result<Prepared>) -> Call<T> {
        let request = request.map(|request| request.with_requirements(vec![self.needs]));
        Call::new(self.client.clone(), request)
    }
}
