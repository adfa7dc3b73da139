//! Buckets of S3, Google Cloud Storage and Azure. The only file that names the crate `object_store`.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::object_store as cloud;
use bytes::Bytes;
use cartesia_core::network::Network;
use cartesia_types::{Error, ErrorKind, Result};
use cloud::client::{ClientConfigKey, ClientOptions, HttpClient, HttpConnector};
use cloud::path::Path;
use cloud::{ObjectStoreExt as _, PutMode, UpdateVersion};
use futures_util::stream::{StreamExt as _, TryStreamExt as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use tokio::sync::Mutex as AsyncMutex;

use super::{Claim, Found, Store, StoreFuture, is_lines};
use crate::batch::OPERATION;
use crate::batch::shard::Shard;

/// The folder of results.
const RESULTS: &str = "results";
/// Lines of one object of results, which is written again with each of them.
const LINES: usize = 100;
/// Objects of results that are read at once.
const READS: usize = 8;
/// How long a claim lasts that is not renewed. Clocks of machines may differ by half of it.
const LEASE: Duration = Duration::from_secs(120);

/// A bucket, or a part of one: `s3://bucket/folder`, `gs://bucket/folder`, `az://container/folder`.
///
/// - Objects appear whole, as the service promises.
/// - Results are objects of up to 100 lines in the folder `results`; each run has its own.
/// - A claim is an object with a time, which the run renews. After a kill, the next run is refused until that time: at
///   most two minutes.
#[derive(Clone)]
pub struct CloudStore {
    inner: Arc<Inner>,
}

struct Inner {
    bucket: Box<dyn cloud::ObjectStore>,
    prefix: Path,
    url: String,
    /// Distinguishes this run from all others.
    run: String,
    /// Lines that wait for the object that is being written.
    waiting: Mutex<Waiting>,
    segment: AsyncMutex<Segment>,
}

#[derive(Default)]
struct Waiting {
    lines: Vec<String>,
    /// Lines that ever waited.
    count: u64,
}

/// The object of results that grows.
#[derive(Default)]
struct Segment {
    number: u32,
    lines: Vec<String>,
    /// Lines that were ever written.
    written: u64,
}

impl CloudStore {
    /// Opens a bucket with the credentials of the environment: the variables `AWS_…`, `GOOGLE_…` and `AZURE_…`, or
    /// the machine's own role. `AWS_ENDPOINT` leads to other services that speak S3.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the URL or a variable is invalid. Nothing is sent yet.
    pub fn from_env(url: &str) -> Result<Self> {
        Self::with_options(
            url,
            std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            }),
        )
    }

    /// Opens a bucket with these options, named as the variables of [`from_env`](Self::from_env). Options of other
    /// services, and unknown ones, are ignored.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`] when the URL or an option is invalid. Nothing is sent yet.
    pub fn with_options(
        url: &str,
        options: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let invalid = |why: &str| {
            let message = format!(
                "cannot use {url}: {why}; a bucket is written like s3://bucket/folder, gs://… or az://…"
            );
            Error::new(ErrorKind::Config, OPERATION, message)
        };
        let (scheme, rest) = url
            .split_once("://")
            .ok_or_else(|| invalid("it is no URL"))?;
        let (bucket, folder) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(invalid("it names no bucket"));
        }
        let prefix = Path::parse(folder.trim_end_matches('/'))
            .map_err(|_| invalid("its folder is no path"))?;
        let options = options
            .into_iter()
            .map(|(name, value)| (name.to_ascii_lowercase(), value));
        let connector = Connector;
        macro_rules! build {
            ($builder:ty, $start:literal) => {{
                let mut builder = <$builder>::new().with_http_connector(connector);
                for (name, value) in options.filter(|(name, _)| name.starts_with($start)) {
                    if let Ok(key) = name.parse() {
                        builder = builder.with_config(key, value);
                    }
                }
                let built = builder.with_url(url).build();
                let bucket = built.map_err(|error| invalid(&error.to_string()))?;
                Box::new(bucket) as Box<dyn cloud::ObjectStore>
            }};
        }
        let bucket = match scheme {
            "s3" | "s3a" => build!(cloud::aws::AmazonS3Builder, "aws_"),
            "gs" => build!(cloud::gcp::GoogleCloudStorageBuilder, "google_"),
            "az" | "abfs" | "abfss" => build!(cloud::azure::MicrosoftAzureBuilder, "azure_"),
            _ => return Err(invalid("its scheme is unknown")),
        };
        Ok(Self {
            inner: Arc::new(Inner {
                bucket,
                prefix,
                url: url.to_owned(),
                run: format!("{:016x}", fastrand::u64(..)),
                waiting: Mutex::default(),
                segment: AsyncMutex::default(),
            }),
        })
    }
}

impl fmt::Debug for CloudStore {
    /// Leaves the credentials out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CloudStore").field(&self.inner.url).finish()
    }
}

impl Inner {
    fn path(&self, name: &str) -> Result<Path> {
        let whole = format!("{}/{name}", self.prefix);
        Path::parse(&whole).map_err(|error| self.failed("name", name, &error.into()))
    }

    fn failed(&self, what: &str, name: &str, error: &cloud::Error) -> Error {
        let url = self.url.trim_end_matches('/');
        let message = format!("cannot {what} {url}/{name}: {error}");
        Error::new(ErrorKind::Io, OPERATION, message)
    }

    async fn put(&self, name: &str, content: Bytes) -> Result<()> {
        let put = self.bucket.put(&self.path(name)?, content.into()).await;
        put.map_err(|error| self.failed("write", name, &error))?;
        Ok(())
    }

    async fn sha256(&self, name: &str) -> Result<Option<[u8; 32]>> {
        let failed = |error| self.failed("read", name, &error);
        let got = match self.bucket.get(&self.path(name)?).await {
            Err(cloud::Error::NotFound { .. }) => return Ok(None),
            got => got.map_err(failed)?,
        };
        let (mut pieces, mut hash) = (got.into_stream(), Sha256::new());
        while let Some(piece) = pieces.try_next().await.map_err(failed)? {
            hash.update(&piece);
        }
        Ok(Some(hash.finalize().into()))
    }

    /// Writes the lines that wait, with those of the same object. Lines that came while another object was being
    /// written go together.
    async fn record(&self, shard: Shard, line: String) -> Result<()> {
        let own = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            waiting.lines.push(line);
            waiting.count += 1;
            waiting.count
        };
        let mut segment = self.segment.lock().await;
        if segment.written >= own {
            return Ok(());
        }
        let count = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            segment.lines.append(&mut waiting.lines);
            waiting.count
        };
        let name = format!(
            "{RESULTS}/{}{}-{:05}.jsonl",
            self.run,
            shard.suffix(),
            segment.number
        );
        let content = segment.lines.join("\n") + "\n";
        // After a failure, the next attempt writes the same lines again.
        self.put(&name, content.into()).await?;
        segment.written = count;
        if segment.lines.len() >= LINES {
            segment.number += 1;
            segment.lines.clear();
        }
        Ok(())
    }

    async fn scan(&self, found: &mut (dyn FnMut(Found<'_>) + Send)) -> Result<()> {
        let mut objects = self.bucket.list(Some(&self.prefix));
        let mut results = Vec::new();
        let failed = |error| self.failed("list", "", &error);
        while let Some(object) = objects.try_next().await.map_err(failed)? {
            let location = object.location.as_ref();
            let Some(name) = location.strip_prefix(self.prefix.as_ref()) else {
                continue;
            };
            let name = name.trim_start_matches('/');
            let segment = name
                .strip_prefix(RESULTS)
                .and_then(|rest| rest.strip_prefix('/'));
            if segment.is_some_and(|name| is_lines(name) && !name.contains('/')) {
                results.push(name.to_owned());
            } else {
                found(Found::File {
                    name,
                    bytes: object.size,
                });
            }
        }
        let read = async |name: String| {
            let got = self.bucket.get(&self.path(&name)?).await;
            let got = got.map_err(|error| self.failed("read", &name, &error))?;
            let bytes = got.bytes().await;
            bytes.map_err(|error| self.failed("read", &name, &error))
        };
        let mut contents =
            futures_util::stream::iter(results.into_iter().map(read)).buffered(READS);
        while let Some(content) = contents.try_next().await? {
            for line in String::from_utf8_lossy(&content).lines() {
                found(Found::Record(line));
            }
        }
        Ok(())
    }
}

impl Store for CloudStore {
    fn claim(&self, shard: Shard) -> StoreFuture<'_, Box<dyn Claim>> {
        Box::pin(async move {
            let mut lease = Lease {
                store: Arc::clone(&self.inner),
                name: format!(".batch{}.lease", shard.suffix()),
                version: None,
            };
            lease.take().await?;
            Ok(Box::new(lease) as Box<dyn Claim>)
        })
    }

    fn scan<'a>(&'a self, found: &'a mut (dyn FnMut(Found<'_>) + Send)) -> StoreFuture<'a, ()> {
        Box::pin(self.inner.scan(found))
    }

    fn put<'a>(&'a self, name: &'a str, content: Bytes) -> StoreFuture<'a, ()> {
        Box::pin(self.inner.put(name, content))
    }

    fn sha256<'a>(&'a self, name: &'a str) -> StoreFuture<'a, Option<[u8; 32]>> {
        Box::pin(self.inner.sha256(name))
    }

    fn record(&self, shard: Shard, line: String) -> StoreFuture<'_, ()> {
        Box::pin(self.inner.record(shard, line))
    }
}

/// A claim as an object: who holds it, and until when.
struct Lease {
    store: Arc<Inner>,
    name: String,
    /// As this run wrote it last.
    version: Option<UpdateVersion>,
}

#[derive(Serialize, Deserialize)]
struct Holder {
    run: String,
    /// Milliseconds since 1970.
    until: u64,
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lease").field(&self.name).finish()
    }
}

impl Lease {
    /// Takes it when it is free, or was not renewed in time by a run that was killed.
    async fn take(&mut self) -> Result<()> {
        // Read first: services that do not know conditions would replace it.
        let (holder, version) = self.read().await?;
        let left = holder.map_or(0, |holder| holder.until.saturating_sub(now()));
        if left > 0 {
            return Err(self.held(left));
        }
        let taken = match version {
            None => self.write(PutMode::Create).await,
            Some(version) => self.replace(Some(version)).await,
        };
        match taken {
            // Another run was faster.
            Err(cloud::Error::AlreadyExists { .. } | cloud::Error::Precondition { .. }) => {}
            taken => taken.map_err(|error| self.store.failed("claim", &self.name, &error))?,
        }
        self.check().await
    }

    async fn write(&mut self, mode: PutMode) -> std::result::Result<(), cloud::Error> {
        let holder = Holder {
            run: self.store.run.clone(),
            until: now() + u64::try_from(LEASE.as_millis()).unwrap_or(u64::MAX),
        };
        let path = Path::parse(format!("{}/{}", self.store.prefix, self.name))?;
        // A string and a number always have a JSON form.
        let content = serde_json::to_vec(&holder).unwrap_or_default();
        let put = self
            .store
            .bucket
            .put_opts(&path, content.into(), mode.into());
        self.version = Some(put.await?.into());
        Ok(())
    }

    async fn replace(
        &mut self,
        version: Option<UpdateVersion>,
    ) -> std::result::Result<(), cloud::Error> {
        let mode = version.map_or(PutMode::Overwrite, PutMode::Update);
        match self.write(mode).await {
            Err(cloud::Error::NotImplemented { .. } | cloud::Error::NotSupported { .. }) => {
                self.write(PutMode::Overwrite).await
            }
            written => written,
        }
    }

    /// Who holds it, if that can be read, and the version to replace.
    async fn read(&self) -> Result<(Option<Holder>, Option<UpdateVersion>)> {
        let failed = |error| self.store.failed("read", &self.name, &error);
        let got = match self.store.bucket.get(&self.store.path(&self.name)?).await {
            Err(cloud::Error::NotFound { .. }) => return Ok((None, None)),
            got => got.map_err(failed)?,
        };
        let version = UpdateVersion {
            e_tag: got.meta.e_tag.clone(),
            version: got.meta.version.clone(),
        };
        let content = got.bytes().await.map_err(failed)?;
        Ok((serde_json::from_slice(&content).ok(), Some(version)))
    }

    /// Fails when another run holds it.
    async fn check(&self) -> Result<()> {
        let (holder, _) = self.read().await?;
        match holder {
            Some(holder) if holder.run == self.store.run => Ok(()),
            holder => Err(self.held(holder.map_or(0, |holder| holder.until.saturating_sub(now())))),
        }
    }

    fn held(&self, millis: u64) -> Error {
        let message = format!(
            "another run is working on {}, or was killed less than two minutes ago: try again in {} s, or \
             give each run its own shard",
            self.store.url,
            millis.div_ceil(1_000)
        );
        Error::new(ErrorKind::Io, OPERATION, message)
    }
}

impl Claim for Lease {
    fn renew(&mut self) -> StoreFuture<'_, ()> {
        Box::pin(async move {
            self.check().await?;
            let version = self.version.take();
            let renewed = self.replace(version).await;
            renewed.map_err(|error| self.store.failed("claim", &self.name, &error))
        })
    }

    fn release(self: Box<Self>) -> StoreFuture<'static, ()> {
        Box::pin(async move {
            self.check().await?;
            let path = self.store.path(&self.name)?;
            let deleted = self.store.bucket.delete(&path).await;
            deleted.map_err(|error| self.store.failed("release", &self.name, &error))
        })
    }
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or_default().as_millis()).unwrap_or(u64::MAX)
}

/// Opens connections with the SDK's own TLS: the crate's would need a second provider of cryptography.
#[derive(Debug)]
struct Connector;

impl HttpConnector for Connector {
    fn connect(&self, options: &ClientOptions) -> cloud::Result<HttpClient> {
        let allow_http = options.get_config_value(&ClientConfigKey::AllowHttp);
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| cloud::Error::Generic {
            store: "HTTP",
            source: error,
        };
        let tls = cartesia_core::tls::rustls_config(&Network::new())
            .map_err(|error| failed(Box::new(error)))?;
        let client = ::reqwest::Client::builder()
            .https_only(allow_http.as_deref() != Some("true"))
            .connect_timeout(Duration::from_secs(10))
            .read_timeout(Duration::from_secs(60))
            .tls_backend_preconfigured(tls)
            .build()
            .map_err(|error| failed(Box::new(error)))?;
        Ok(HttpClient::new(client))
    }
}
