//! `/agents/folders`.

use cartesia_types::agent::{
    AGENT_OPERATIONS, CreateFolderRequest, Folder, FolderId, UpdateFolderRequest,
};
use cartesia_types::{ListRequest, Requirement};

use super::since::Since;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, path_with_id};

/// Folders of documents, since API version 2026-03-01; from
/// [`Agents::folders`](super::Agents::folders).
#[derive(Debug, Clone)]
pub struct AgentFolders {
    group: Since,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "a call takes its request, here as elsewhere"
)]
impl AgentFolders {
    pub(super) fn new(client: Client) -> Self {
        const NEEDS: Requirement = Requirement::new("`/agents/folders`", AGENT_OPERATIONS);
        Self {
            group: Since::new(client, NEEDS),
        }
    }

    /// Lists folders: one page, or all of them page by page. Pagination of this list is not documented;
    /// fields that are not set are not sent. `GET /agents/folders`.
    pub fn list(&self, request: ListRequest) -> ListCall<Folder> {
        let operation = "agents.folders.list";
        self.group
            .list(operation, "/agents/folders", request.query())
    }

    /// Creates a folder. `POST /agents/folders`.
    pub fn create(&self, request: CreateFolderRequest) -> Call<Folder> {
        let operation = "agents.folders.create";
        self.group.post(operation, "/agents/folders", &request)
    }

    /// Returns one folder, with its content. `GET /agents/folders/{id}`.
    pub fn get(&self, id: impl Into<FolderId>) -> Call<Folder> {
        self.group.get("agents.folders.get", path(&id.into()))
    }

    /// Updates a folder: fields that are not set stay unchanged. `PATCH /agents/folders/{id}`.
    pub fn update(&self, id: impl Into<FolderId>, request: UpdateFolderRequest) -> Call<Folder> {
        let operation = "agents.folders.update";
        self.group.patch(operation, path(&id.into()), &request)
    }

    /// Deletes a folder; what happens to its content is not documented.
    /// `DELETE /agents/folders/{id}`.
    pub fn delete(&self, id: impl Into<FolderId>) -> Call<()> {
        self.group.delete("agents.folders.delete", path(&id.into()))
    }
}

fn path(id: &FolderId) -> Path {
    path_with_id("/agents/folders/", id.as_str())
}
