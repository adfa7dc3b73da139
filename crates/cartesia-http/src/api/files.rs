//! `/files`.

use cartesia_types::file::{
    CreateFileLinkRequest, FileId, FileLink, FilePurpose, ListFilesRequest, StoredFile,
};
use http::Method;

use super::media::DownloadCall;
use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Prepared, path_with_id};
use crate::upload::{Form, Upload};

/// Stored files; from [`Client::files`].
#[derive(Debug, Clone)]
pub struct Files {
    client: Client,
}

impl Files {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Uploads a file. `POST /files`.
    ///
    /// ```no_run
    /// use cartesia_http::Upload;
    /// use cartesia_types::file::FilePurpose;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let sound = Upload::from_path("office.wav");
    /// let file = client.files().upload(sound, FilePurpose::AGENT_BACKGROUND_SOUND).await?;
    /// client.files().download(file.id).await?.save("copy.wav").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn upload(&self, file: impl Into<Upload>, purpose: FilePurpose) -> Call<StoredFile> {
        let form = Form::new()
            .text("purpose", purpose.as_str())
            .file("file", file.into());
        let request = Prepared::form("files.upload", "/files", form);
        Call::new(self.client.clone(), Ok(request))
    }

    /// Lists files: one page, or all of them page by page. `GET /files`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListFilesRequest) -> ListCall<StoredFile> {
        ListCall::new(self.client.clone(), "files.list", "/files", request.query())
    }

    /// Returns the metadata of a file. `GET /files/{id}/info`.
    pub fn info(&self, id: impl Into<FileId>) -> Call<StoredFile> {
        let path = path_with_id("/files/", id.into().as_str()) + "/info";
        Call::new(self.client.clone(), Ok(Prepared::get("files.info", path)))
    }

    /// Downloads a file. `GET /files/{id}/download`.
    pub fn download(&self, id: impl Into<FileId>) -> DownloadCall {
        let path = path_with_id("/files/", id.into().as_str()) + "/download";
        let request = Prepared::get("files.download", path).with_accept("*/*");
        // A file can be of any kind.
        DownloadCall::new(self.client.clone(), request, |_| true)
    }

    /// Creates a temporary link with which anyone can download a file. `POST /links` of the [host of
    /// files](crate::ClientBuilder::files_base_url).
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use cartesia_types::file::CreateFileLinkRequest;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let request = CreateFileLinkRequest::new("file_123")
    ///     .with_lifetime(Duration::from_secs(24 * 60 * 60));
    /// let link = client.files().link(request).await?;
    /// println!("{}", link.url);
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn link(&self, request: CreateFileLinkRequest) -> Call<FileLink> {
        let request = Prepared::json("files.link", Method::POST, "/links", &request);
        Call::new(self.client.at_files_host(), request)
    }

    /// Deletes a file. `DELETE /files/{id}`, as for all other resources; the path is not documented.
    pub fn delete(&self, id: impl Into<FileId>) -> Call<()> {
        let path = path_with_id("/files/", id.into().as_str());
        let request = Prepared::delete("files.delete", path);
        Call::without_answer(self.client.clone(), Ok(request))
    }
}
