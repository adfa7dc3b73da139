//! Buckets: an S3 server in this process, which keeps its objects in a folder.

use cartesia::ErrorKind;
use cartesia::batch::{Batch, CloudStore, Found, Shard, Store};
use cartesia_mock::MockServer;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::dto;
use s3s::service::S3ServiceBuilder;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

use super::*;

/// Conditions on writing, which the server itself does not know.
struct Conditional {
    inner: FileSystem,
    folder: std::path::PathBuf,
    writing: tokio::sync::Mutex<()>,
}

#[async_trait::async_trait]
impl S3 for Conditional {
    async fn put_object(
        &self,
        request: S3Request<dto::PutObjectInput>,
    ) -> S3Result<S3Response<dto::PutObjectOutput>> {
        let _writing = self.writing.lock().await;
        let input = &request.input;
        let is_there = self.folder.join(&input.bucket).join(&input.key).exists();
        let unwanted =
            (input.if_none_match.is_some() && is_there) || (input.if_match.is_some() && !is_there);
        if unwanted {
            return Err(s3_error!(PreconditionFailed));
        }
        self.inner.put_object(request).await
    }

    async fn get_object(
        &self,
        request: S3Request<dto::GetObjectInput>,
    ) -> S3Result<S3Response<dto::GetObjectOutput>> {
        self.inner.get_object(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<dto::ListObjectsV2Input>,
    ) -> S3Result<S3Response<dto::ListObjectsV2Output>> {
        self.inner.list_objects_v2(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<dto::DeleteObjectInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectOutput>> {
        self.inner.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<dto::DeleteObjectsInput>,
    ) -> S3Result<S3Response<dto::DeleteObjectsOutput>> {
        self.inner.delete_objects(request).await
    }
}

/// The server, which ends with the test's runtime.
struct Bucket {
    folder: tempfile::TempDir,
    address: std::net::SocketAddr,
}

impl Bucket {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("bucket")).unwrap();
        let inner = FileSystem::new(folder.path()).unwrap();
        let writing = tokio::sync::Mutex::default();
        let mut service = S3ServiceBuilder::new(Conditional {
            inner,
            folder: folder.path().to_owned(),
            writing,
        });
        service.set_auth(SimpleAuth::from_single("id", "secret"));
        let service = service.build().into_shared();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        #[expect(
            clippy::disallowed_methods,
            reason = "it ends with the runtime of the test"
        )]
        tokio::spawn(async move {
            let mut connections = tokio::task::JoinSet::new();
            while let Ok((socket, _)) = listener.accept().await {
                let service = service.clone();
                connections.spawn(async move {
                    let builder = Builder::new(TokioExecutor::new());
                    builder
                        .serve_connection(TokioIo::new(socket), service)
                        .await
                        .ok();
                });
            }
        });
        Self { folder, address }
    }

    fn store(&self, folder: &str) -> CloudStore {
        let options = [
            ("AWS_ACCESS_KEY_ID", "id".to_owned()),
            ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_ENDPOINT", format!("http://{}", self.address)),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("GOOGLE_BUCKET", "not for S3".to_owned()),
        ];
        let options = options.map(|(name, value)| (name.to_owned(), value));
        CloudStore::with_options(&format!("s3://bucket/{folder}"), options).unwrap()
    }

    /// The audio and captions of a folder of the bucket.
    fn files(&self, folder: &str) -> BTreeMap<String, Vec<u8>> {
        files(&self.folder.path().join("bucket").join(folder))
    }
}

#[tokio::test]
async fn a_bucket_gets_what_a_folder_gets_and_runs_continue() {
    let server = crate::within(MockServer::builder().seed(1).start())
        .await
        .unwrap();
    let bucket = Bucket::start().await;
    let batch = Batch::new(&client(&server)).concurrency(4);
    let folder = tempfile::tempdir().unwrap();
    run(&batch, items(12), folder.path()).await;
    let before = requests(&server);

    let some = batch.clone().limit(5);
    let store = bucket.store("out/deep");
    let summary = crate::within(some.run(items(12), &store, |_, _| {}))
        .await
        .unwrap();
    assert_eq!(summary.progress.done, 5);
    let store = bucket.store("out/deep/");
    let summary = crate::within(batch.run(items(12), &store, |_, _| {}))
        .await
        .unwrap();
    assert!(summary.is_complete(), "{summary:?}");
    assert_eq!((summary.progress.finished, summary.progress.done), (5, 7));
    assert_eq!(requests(&server) - before, 12);
    assert_eq!(bucket.files("out/deep"), files(folder.path()));

    let mut lines = 0;
    let store = bucket.store("out/deep");
    let mut count = |found: Found<'_>| {
        if let Found::Record(line) = found {
            lines += 1;
            serde_json::from_str::<Record>(line).unwrap();
        }
    };
    crate::within(store.scan(&mut count)).await.unwrap();
    assert_eq!(lines, 12);
    let summary = crate::within(batch.run(items(12), &bucket.store("out/deep"), |_, _| {}))
        .await
        .unwrap();
    assert_eq!(summary.progress.finished, 12);

    let object = bucket.folder.path().join("bucket/out/deep/part/003.wav");
    let mut content = std::fs::read(&object).unwrap();
    content[1_000] ^= 1;
    std::fs::write(&object, content).unwrap();
    let changed = crate::within(batch.verify(items(12), &store))
        .await
        .unwrap();
    assert_eq!(changed.len(), 1);
    let again = batch.clone().make_again(changed);
    let summary = crate::within(again.run(items(12), &bucket.store("out/deep"), |_, _| {}))
        .await
        .unwrap();
    assert_eq!((summary.progress.done, summary.progress.finished), (1, 11));
    assert_eq!(bucket.files("out/deep"), files(folder.path()));
    assert!(!format!("{store:?}").contains("secret"));
}

#[tokio::test]
async fn more_results_than_one_object_holds_are_all_found() {
    let bucket = Bucket::start().await;
    let store = bucket.store("");
    let lines: Vec<_> = (0..250)
        .map(|index| format!("{{\"line\":{index}}}"))
        .collect();
    let written = futures_util::future::join_all(
        lines
            .iter()
            .map(|line| store.record(Shard::default(), line.clone())),
    );
    for outcome in crate::within(written).await {
        outcome.unwrap();
    }
    let mut found = Vec::new();
    let other = bucket.store("");
    let mut add = |one: Found<'_>| {
        if let Found::Record(line) = one {
            found.push(line.to_owned());
        }
    };
    crate::within(other.scan(&mut add)).await.unwrap();
    found.sort();
    let mut expected = lines;
    expected.sort();
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_claim_excludes_other_runs_until_it_is_released_or_too_old() {
    let bucket = Bucket::start().await;
    let (one, other) = (bucket.store("out"), bucket.store("out"));
    let whole = Shard::default();
    let mut claim = crate::within(one.claim(whole)).await.unwrap();
    let refused = crate::within(other.claim(whole)).await.unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Io);
    assert!(
        refused.message().contains("another run is working on"),
        "{refused}"
    );
    crate::within(claim.renew()).await.unwrap();
    crate::within(claim.release()).await.unwrap();

    let mut claim = crate::within(other.claim(whole)).await.unwrap();
    // As a run leaves it that was killed long ago.
    let path = bucket.folder.path().join("bucket/out/.batch.lease");
    assert!(path.exists());
    std::fs::write(&path, r#"{"run":"killed","until":1}"#).unwrap();
    let error = crate::within(claim.renew()).await.unwrap_err();
    assert!(error.message().contains("another run"), "{error}");
    let mut taken = crate::within(one.claim(whole)).await.unwrap();
    crate::within(taken.renew()).await.unwrap();
    // Another shard is no conflict.
    let part = Shard::new(1, 2).unwrap();
    assert!(crate::within(other.claim(part)).await.is_ok());
}

#[tokio::test]
async fn a_bucket_that_refuses_ends_the_run_before_anything_is_asked_for() {
    let server = crate::within(MockServer::start()).await.unwrap();
    let bucket = Bucket::start().await;
    let options = [
        ("AWS_ACCESS_KEY_ID", "id".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "canary".to_owned()),
        ("AWS_ENDPOINT", format!("http://{}", bucket.address)),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
    ];
    let options = options.map(|(name, value)| (name.to_owned(), value));
    let store = CloudStore::with_options("s3://bucket/x", options).unwrap();
    let batch = Batch::new(&client(&server));
    let refused = crate::within(batch.run(items(3), &store, |_, _| {}))
        .await
        .unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::Io);
    assert!(!refused.to_string().contains("canary"), "{refused}");
    assert_eq!(requests(&server), 0);
}

#[test]
fn urls_that_name_no_bucket_are_refused() {
    for url in ["bucket", "s3://", "ftp://bucket/x", "s3:///x"] {
        let error = CloudStore::with_options(url, []).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config, "{url}");
        assert!(error.message().contains("s3://bucket/folder"), "{error}");
    }
    let account = [("azure_storage_account_name".to_owned(), "a".to_owned())];
    CloudStore::with_options("az://container/x", account).unwrap();
}
