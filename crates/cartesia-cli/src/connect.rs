//! Creates the client from flags and environment.

use std::io::Read as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use cartesia::limiter::Limiter;
use cartesia::network::{Network, Proxy, ProxyUrl, RootCertificate};
use cartesia::{Client, ClientBuilder, ContextPolicy, ErrorKind, SlowConsumer, Timeouts};

use crate::config::ProfileKey;
use crate::embedded;
use crate::env_file;
use crate::failure::Failure;
use crate::global::Global;

/// A bundle of all public authorities has 300 KiB.
const MAX_CA_BYTES: u64 = 4 * 1024 * 1024;

/// A client as the flags and the environment want it.
pub(crate) fn client(global: &Global) -> Result<Client, Failure> {
    client_with(global, None)
}

/// The same client, which gets permits from a limiter.
pub(crate) fn client_with(
    global: &Global,
    limiter: Option<Arc<dyn Limiter>>,
) -> Result<Client, Failure> {
    embedded::announce(global);
    let mut builder = builder(global)?;
    if let Some(limiter) = limiter {
        builder = builder.limiter(limiter);
    }
    if let Some(key) = key_of_profile(global) {
        builder = builder.api_key(key.read()?);
    }
    Ok(builder.build()?)
}

/// The key of the profile, unless another one comes before it. The embedded server has its own.
fn key_of_profile(global: &Global) -> Option<&ProfileKey> {
    let has_another =
        global.embedded.is_some() || env_file::is_set(&global.env_file, env_file::API_KEY);
    global.settings.api_key.as_ref().filter(|_| !has_another)
}

/// The client as the flags and the environment want it, but for its key.
pub(crate) fn client_with_key(global: &Global, key: &str) -> Result<Client, Failure> {
    Ok(builder(global)?.api_key(key).build()?)
}

/// The account's own calls, with the key in `CARTESIA_ADMIN_KEY`.
pub(crate) fn admin(global: &Global) -> Result<cartesia::Admin, Failure> {
    const NAME: &str = env_file::ADMIN_KEY;
    let key = match std::env::var(NAME) {
        _ if global.embedded.is_some() => Some(embedded::ADMIN_KEY.to_owned()),
        Err(std::env::VarError::NotPresent) => global.env_file.get(NAME).map(str::to_owned),
        key => key.ok(),
    };
    let key = cartesia::AdminKey::new(key.unwrap_or_default())
        .map_err(|error| Failure::of(ErrorKind::Config, format!("{NAME} is invalid: {error}")))?;
    Ok(builder(global)?.build_admin(key)?)
}

/// Flags win over the environment, that wins over the file `.env`, and that over the profile, whose key is left
/// out: reading it may take its time.
fn builder(global: &Global) -> Result<ClientBuilder, Failure> {
    let file = &global.env_file;
    let mut builder = ClientBuilder::from_env()?;
    let profile = &global.settings;
    let is_set = |name| env_file::is_set(file, name);
    let version = match (global.api_version, file.get(env_file::VERSION)) {
        (None, Some(version)) => Some(version.parse().map_err(|error| {
            let message = format!("{} in .env is invalid: {error}", env_file::VERSION);
            Failure::of(ErrorKind::Config, message)
        })?),
        (None, None) if !is_set(env_file::VERSION) => profile.api_version,
        (version, _) => version,
    };
    if let Some(version) = version {
        builder = builder.api_version(version);
    }
    builder = limited(builder, global.timeout);
    if let Some(url) = &global.embedded {
        // Whatever else is set: no key of the user goes there, and nothing else is asked.
        return Ok(builder
            .api_key(embedded::API_KEY)
            .base_url(url)
            .files_base_url(url));
    }
    if let Some(key) = file.get(env_file::API_KEY) {
        builder = builder.api_key(key);
    }
    let of_profile = profile.base_url.as_deref();
    let url = global
        .base_url
        .as_deref()
        .or(file.get(env_file::BASE_URL))
        .or(of_profile.filter(|_| !is_set(env_file::BASE_URL)));
    if let Some(url) = url {
        builder = builder.base_url(url);
    }
    Ok(builder
        .allow_plain_http(global.allow_http)
        .network(network(global)?))
}

/// Sets the limits of `--timeout`.
fn limited(builder: ClientBuilder, limit: Option<Duration>) -> ClientBuilder {
    // Once the audio is there, the service's goodbye is not worth a wait.
    let mut timeouts = Timeouts::default().with_close(Duration::from_secs(1));
    if let Some(limit) = limit {
        timeouts = timeouts
            .with_connect(limit)
            .with_response(limit)
            .with_first_audio(limit)
            .with_silence(limit)
            .with_total(limit)
            .with_pong(limit);
    }
    // A pipe whose reader pauses slows the service down, instead of breaking the stream.
    let contexts = ContextPolicy::default().with_slow_consumer(SlowConsumer::Pause);
    builder.timeouts(timeouts).contexts(contexts)
}

/// Applies `--timeout` to a whole call that returns no stream.
macro_rules! with_timeout {
    ($call:expr, $global:expr) => {{
        let call = $call;
        match $global.timeout {
            Some(limit) => call.timeout(limit),
            None => call,
        }
    }};
}
pub(crate) use with_timeout;

/// Proxy and certificate authorities.
fn network(global: &Global) -> Result<Network, Failure> {
    let mut network = Network::new();
    let proxy = global.proxy.as_ref().or(global.settings.proxy.as_ref());
    match proxy.map(|proxy| proxy.0.trim()) {
        None => {}
        Some("none") => network = network.with_proxy(Proxy::Direct),
        Some(url) => {
            let url: ProxyUrl = url.parse().map_err(|error| match &global.proxy {
                Some(_) => Failure::usage(format!("--proxy: {error}")),
                None => Failure::of(ErrorKind::Config, format!("proxy of the profile: {error}")),
            })?;
            network = network.with_proxy(Proxy::fixed(url));
        }
    }
    for path in &global.ca_file {
        network = network.with_extra_roots(certificates(path)?);
    }
    Ok(network)
}

/// The certificates in a file, which is PEM or DER.
fn certificates(path: &Path) -> Result<Vec<RootCertificate>, Failure> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_CA_BYTES).read_to_end(&mut bytes))
        .map_err(|error| Failure::file("read", path, &error))?;
    let unusable = |reason: &str| {
        let message = format!("--ca-file {}: {reason}", path.display());
        Failure::of(ErrorKind::Config, message)
    };
    let found =
        RootCertificate::all_from_pem(&bytes).map_err(|error| unusable(&error.to_string()))?;
    match (found.is_empty(), bytes.first()) {
        (false, _) => Ok(found),
        // DER begins with a sequence.
        (true, Some(0x30)) => Ok(vec![RootCertificate::from_der(bytes)]),
        (true, _) => Err(unusable(
            "there is no certificate in it, neither PEM nor DER",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_are_pem_or_der() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let pem = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
        for (content, count) in [
            (pem.repeat(2).into_bytes(), Some(2)),
            (vec![0x30, 0], Some(1)),
            (b"text".to_vec(), None),
            (Vec::new(), None),
            (pem.replace("END", "AND").into_bytes(), None),
        ] {
            std::fs::write(&path, &content).unwrap();
            let found = certificates(&path);
            assert_eq!(found.ok().map(|found| found.len()), count, "{content:?}");
        }
        let missing = certificates(&folder.path().join("none")).unwrap_err();
        assert!(missing.message().contains("none cannot be read"));
    }
}
