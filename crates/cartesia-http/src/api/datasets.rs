//! `/datasets`.

use cartesia_types::ListRequest;
use cartesia_types::dataset::{
    CreateDatasetRequest, DATASETS, Dataset, DatasetFile, DatasetFileId, DatasetFilePurpose,
    DatasetId, SINGLE_DATASETS, UpdateDatasetRequest,
};
use http::Method;

use crate::call::Call;
use crate::client::Client;
use crate::list::ListCall;
use crate::request::{Path, Prepared, path_with_id};
use crate::upload::{Form, Upload};

// The collection has the slash, as the vendor's definition writes it.
const ALL: &str = "/datasets/";

/// Datasets and their files, since API version 2024-11-13; from [`Client::datasets`].
#[derive(Debug, Clone)]
pub struct Datasets {
    client: Client,
}

impl Datasets {
    pub(crate) fn new(client: Client) -> Self {
        Self { client }
    }

    /// Lists datasets: one page, or all of them page by page. `GET /datasets/`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn list(&self, request: ListRequest) -> ListCall<Dataset> {
        ListCall::new(self.client.clone(), "datasets.list", ALL, request.query())
            .with_requirements(vec![DATASETS])
    }

    /// Creates a dataset. `POST /datasets/`.
    ///
    /// ```no_run
    /// use cartesia_types::dataset::{CreateDatasetRequest, DatasetFilePurpose};
    /// use cartesia_http::Upload;
    ///
    /// # async fn run(client: cartesia_http::Client) -> Result<(), cartesia_http::Error> {
    /// let datasets = client.datasets();
    /// let dataset = datasets.create(CreateDatasetRequest::new("Readings", "One speaker")).await?;
    /// let file = Upload::from_path("reading.wav");
    /// datasets.upload_file(dataset.id, file, DatasetFilePurpose::FINE_TUNE).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn create(&self, request: CreateDatasetRequest) -> Call<Dataset> {
        let needs = request.requirements();
        let prepared = Prepared::json("datasets.create", Method::POST, ALL, &request);
        Call::new(
            self.client.clone(),
            prepared.map(|prepared| prepared.with_requirements(needs)),
        )
    }

    /// Returns one dataset. `GET /datasets/{id}`, since 2025-04-16.
    pub fn get(&self, id: impl Into<DatasetId>) -> Call<Dataset> {
        let prepared = Prepared::get("datasets.get", path(&id.into()));
        Call::new(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![SINGLE_DATASETS])),
        )
    }

    /// Replaces name and description. `PATCH /datasets/{id}`, since 2025-04-16.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn update(&self, id: impl Into<DatasetId>, request: UpdateDatasetRequest) -> Call<()> {
        let path = path(&id.into());
        let prepared = Prepared::json("datasets.update", Method::PATCH, path, &request);
        Call::without_answer(
            self.client.clone(),
            prepared.map(|prepared| prepared.with_requirements(vec![SINGLE_DATASETS])),
        )
    }

    /// Deletes a dataset. `DELETE /datasets/{id}`, since 2025-04-16.
    pub fn delete(&self, id: impl Into<DatasetId>) -> Call<()> {
        let prepared = Prepared::delete("datasets.delete", path(&id.into()));
        Call::without_answer(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![SINGLE_DATASETS])),
        )
    }

    /// Lists the files of a dataset: one page, or all of them page by page. `GET /datasets/{id}/files`.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a call takes its request, here as elsewhere"
    )]
    pub fn files(&self, id: impl Into<DatasetId>, request: ListRequest) -> ListCall<DatasetFile> {
        let path = files_path(&id.into());
        ListCall::new(self.client.clone(), "datasets.files", path, request.query())
            .with_requirements(vec![DATASETS])
    }

    /// Uploads a file into a dataset. `POST /datasets/{id}/files`.
    ///
    /// The answer does not have the identifier of the file; [`files`](Self::files) does.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "purposes are constants, and read better without a reference"
    )]
    pub fn upload_file(
        &self,
        id: impl Into<DatasetId>,
        file: impl Into<Upload>,
        purpose: DatasetFilePurpose,
    ) -> Call<()> {
        let form = Form::new()
            .file("file", file.into())
            .text("purpose", purpose.as_str());
        let prepared = Prepared::form("datasets.upload_file", files_path(&id.into()), form)
            .with_accept("*/*")
            .with_requirements(vec![DATASETS]);
        Call::without_answer(self.client.clone(), Ok(prepared))
    }

    /// Deletes a file of a dataset. `DELETE /datasets/{id}/files/{file_id}`, since 2025-04-16.
    pub fn delete_file(
        &self,
        id: impl Into<DatasetId>,
        file_id: impl Into<DatasetFileId>,
    ) -> Call<()> {
        let path = path_with_id(files_path(&id.into()) + "/", file_id.into().as_str());
        let prepared = Prepared::delete("datasets.delete_file", path);
        Call::without_answer(
            self.client.clone(),
            Ok(prepared.with_requirements(vec![SINGLE_DATASETS])),
        )
    }
}

fn path(id: &DatasetId) -> Path {
    path_with_id(ALL, id.as_str())
}

fn files_path(id: &DatasetId) -> Path {
    path(id) + "/files"
}
