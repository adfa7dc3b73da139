//! Stored resources: tokens, files, dictionaries, datasets, fine-tunes.

use cartesia_http::Upload;
use cartesia_types::dataset::{
    CreateDatasetRequest, Dataset, DatasetFile, DatasetFileId, DatasetFilePurpose, DatasetId,
    UpdateDatasetRequest,
};
use cartesia_types::file::{
    CreateFileLinkRequest, FileId, FileLink, FilePurpose, ListFilesRequest, StoredFile,
};
use cartesia_types::fine_tune::{CreateFineTuneRequest, FineTune, FineTuneId};
use cartesia_types::pronunciation::{
    CreatePronunciationDictRequest, PronunciationDict, UpdatePronunciationDictRequest,
};
use cartesia_types::tts::PronunciationDictId;
use cartesia_types::{AccessToken, CreateTokenRequest, ListRequest, Voice};

use super::group::groups;
use super::runtime::Runtime;
use super::{Call, DownloadCall, ListCall};

groups! {
    /// Access tokens: short-lived credentials for browsers and devices; from
    /// [`Client::access_tokens`](super::Client::access_tokens).
    AccessTokens {
        /// Creates a token that grants what the request names, and nothing else. `POST /access-token`; needs
        /// an API key.
        fn create(request: CreateTokenRequest) -> Call<AccessToken>;
    }

    /// Stored files; from [`Client::files`](super::Client::files).
    Files {
        /// Uploads a file. `POST /files`.
        fn upload(file: impl Into<Upload>, purpose: FilePurpose) -> Call<StoredFile>;

        /// Lists files: one page, or all of them page by page. `GET /files`.
        fn list(request: ListFilesRequest) -> ListCall<StoredFile>;

        /// Returns the metadata of a file. `GET /files/{id}/info`.
        fn info(id: impl Into<FileId>) -> Call<StoredFile>;

        /// Downloads a file. `GET /files/{id}/download`.
        fn download(id: impl Into<FileId>) -> DownloadCall;

        /// Creates a temporary link with which anyone can download a file. `POST /links` of the [host of
        /// files](crate::blocking::ClientBuilder::files_base_url).
        fn link(request: CreateFileLinkRequest) -> Call<FileLink>;

        /// Deletes a file. `DELETE /files/{id}`, as for all other resources; the path is not documented.
        fn delete(id: impl Into<FileId>) -> Call<()>;
    }

    /// Pronunciation dictionaries, since API version 2025-04-16; from [`Client::pronunciation_dicts`](super::Client::pronunciation_dicts).
    PronunciationDicts {
        /// Lists dictionaries: one page, or all of them page by page. `GET /pronunciation-dicts/`.
        fn list(request: ListRequest) -> ListCall<PronunciationDict>;

        /// Creates a dictionary. `POST /pronunciation-dicts/`.
        fn create(request: CreatePronunciationDictRequest) -> Call<PronunciationDict>;

        /// Returns one dictionary. `GET /pronunciation-dicts/{id}`.
        fn get(id: impl Into<PronunciationDictId>) -> Call<PronunciationDict>;

        /// Updates name or items; the items replace all existing ones.
        /// `PATCH /pronunciation-dicts/{id}`.
        fn update(
            id: impl Into<PronunciationDictId>,
            request: UpdatePronunciationDictRequest,
        ) -> Call<PronunciationDict>;

        /// Deletes a dictionary. `DELETE /pronunciation-dicts/{id}`.
        fn delete(id: impl Into<PronunciationDictId>) -> Call<()>;

        /// Pins a dictionary. `POST /pronunciation-dicts/{id}/pin`, at API version 2025-04-16 only.
        ///
        /// The answer is not documented, and ignored.
        fn pin(id: impl Into<PronunciationDictId>) -> Call<()>;

        /// Unpins a dictionary. `POST /pronunciation-dicts/{id}/unpin`, at API version 2025-04-16 only.
        fn unpin(id: impl Into<PronunciationDictId>) -> Call<()>;
    }

    /// Datasets and their files, since API version 2024-11-13; from [`Client::datasets`](super::Client::datasets).
    Datasets {
        /// Lists datasets: one page, or all of them page by page. `GET /datasets/`.
        fn list(request: ListRequest) -> ListCall<Dataset>;

        /// Creates a dataset. `POST /datasets/`.
        fn create(request: CreateDatasetRequest) -> Call<Dataset>;

        /// Returns one dataset. `GET /datasets/{id}`, since 2025-04-16.
        fn get(id: impl Into<DatasetId>) -> Call<Dataset>;

        /// Replaces name and description. `PATCH /datasets/{id}`, since 2025-04-16.
        fn update(id: impl Into<DatasetId>, request: UpdateDatasetRequest) -> Call<()>;

        /// Deletes a dataset. `DELETE /datasets/{id}`, since 2025-04-16.
        fn delete(id: impl Into<DatasetId>) -> Call<()>;

        /// Lists the files of a dataset: one page, or all of them page by page. `GET /datasets/{id}/files`.
        fn files(id: impl Into<DatasetId>, request: ListRequest) -> ListCall<DatasetFile>;

        /// Uploads a file into a dataset. `POST /datasets/{id}/files`.
        ///
        /// The answer does not have the identifier of the file; [`files`](Self::files) does.
        fn upload_file(
            id: impl Into<DatasetId>,
            file: impl Into<Upload>,
            purpose: DatasetFilePurpose,
        ) -> Call<()>;

        /// Deletes a file of a dataset. `DELETE /datasets/{id}/files/{file_id}`, since 2025-04-16.
        fn delete_file(id: impl Into<DatasetId>, file_id: impl Into<DatasetFileId>) -> Call<()>;
    }

    /// Fine-tunes, since API version 2025-04-16; from [`Client::fine_tunes`](super::Client::fine_tunes).
    FineTunes {
        /// Lists fine-tunes: one page, or all of them page by page. `GET /fine-tunes/`.
        fn list(request: ListRequest) -> ListCall<FineTune>;

        /// Starts a fine-tune. `POST /fine-tunes/`. Training takes long and is billed; [`get`](Self::get)
        /// returns its status.
        fn create(request: CreateFineTuneRequest) -> Call<FineTune>;

        /// Returns one fine-tune. `GET /fine-tunes/{id}`.
        fn get(id: impl Into<FineTuneId>) -> Call<FineTune>;

        /// Deletes a fine-tune. `DELETE /fine-tunes/{id}`.
        fn delete(id: impl Into<FineTuneId>) -> Call<()>;

        /// Lists the voices of a fine-tune: one page, or all of them page by page.
        /// `GET /fine-tunes/{id}/voices`.
        fn voices(id: impl Into<FineTuneId>, request: ListRequest) -> ListCall<Voice>;
    }
}
