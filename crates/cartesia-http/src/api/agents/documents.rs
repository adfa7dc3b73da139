//! `/agents/documents`.

use cartesia_types::agent::{
    AGENT_OPERATIONS, CreateDocumentRequest, CreateDocumentsRequest, Document, DocumentId,
    UpdateDocumentRequest,
};
use cartesia_types::{ListRequest, Page, Requirement};
use http::Method;

use super::since::Since;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared, path_with_id};

const PATH: &str = "/agents/documents";
const NEEDS: Requirement = Requirement::new("`/agents/documents`", AGENT_OPERATIONS);

/// Documents, the knowledge base of agents; since API version 2026-03-01; from
/// [`Agents::documents`](super::Agents::documents).
///
/// ```no_run
/// use cartesia_types::agent::{CreateDocumentRequest, CreateFolderRequest};
///
/// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
/// let agents = client.agents();
/// let folder = agents.folders().create(CreateFolderRequest::new("Rooms")).await?;
/// let text = "Breakfast is served from 7 to 10.";
/// let request = CreateDocumentRequest::new(&folder.id, text).with_name("Breakfast");
/// let document = agents.documents().create(request).await?;
/// println!("{}", document.id);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct AgentDocuments {
    client: Client,
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentDocuments {
    pub(super) fn new(client: Client) -> Self {
        Self {
            group: Since::new(client.clone(), NEEDS),
            client,
        }
    }

    /// Lists documents: one page, or all of them page by page. Pagination of this list is not documented;
    /// fields that are not set are not sent. `GET /agents/documents`.
    pub fn list(&self, request: ListRequest) -> ListCall<Document> {
        let operation = "agents.documents.list";
        self.group.list(operation, PATH, request.query())
    }

    /// Creates a document. `POST /agents/documents`.
    ///
    /// # Errors
    ///
    /// `NotFound` when there is no such folder, `InvalidRequest` when the text is longer than 1 MB.
    pub fn create(&self, request: CreateDocumentRequest) -> Call<Document> {
        let operation = "agents.documents.create";
        self.group.post(operation, PATH, &request)
    }

    /// Creates up to 100 documents at once, and returns those in the answer, whose shape is not
    /// documented. `POST /agents/documents/bulk`.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn create_all(&self, request: CreateDocumentsRequest) -> Call<Vec<Document>> {
        let path = "/agents/documents/bulk";
        let request = Prepared::json("agents.documents.create_all", Method::POST, path, &request);
        let request = request.map(|request| request.with_requirements(vec![NEEDS]));
        Call::decoded_by(self.client.clone(), request, |answer| {
            serde_json::from_slice::<Page<Document>>(answer).map(|page| page.data)
        })
    }

    /// Returns one document. `GET /agents/documents/{id}`.
    pub fn get(&self, id: impl Into<DocumentId>) -> Call<Document> {
        self.group.get("agents.documents.get", path(&id.into()))
    }

    /// Updates a document: fields that are not set stay unchanged. `PATCH /agents/documents/{id}`.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn update(
        &self,
        id: impl Into<DocumentId>,
        request: UpdateDocumentRequest,
    ) -> Call<Document> {
        let operation = "agents.documents.update";
        self.group.patch(operation, path(&id.into()), &request)
    }

    /// Deletes a document. `DELETE /agents/documents/{id}`.
    pub fn delete(&self, id: impl Into<DocumentId>) -> Call<()> {
        self.group
            .delete("agents.documents.delete", path(&id.into()))
    }
}

fn path(id: &DocumentId) -> Path {
    path_with_id("/agents/documents/", id.as_str())
}
