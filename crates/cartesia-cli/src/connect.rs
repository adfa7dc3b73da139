//! From flags and environment to a client.

use std::time::Duration;

use cartesia::voice::VoiceListRequest;
use cartesia::{
    ApiVersion, Client, ClientBuilder, ContextPolicy, ErrorKind, SlowConsumer, Timeouts, Voice,
    VoiceId,
};

use crate::args::Global;
use crate::env_file;
use crate::failure::Failure;

/// A client as the flags and the environment want it.
pub(crate) fn client(global: &Global) -> Result<Client, Failure> {
    Ok(for_sockets(builder(global)?, global).build()?)
}

/// Flags win over the environment, and that wins over the file `.env`.
fn builder(global: &Global) -> Result<ClientBuilder, Failure> {
    let file = &global.env_file;
    let mut builder = ClientBuilder::from_env()?;
    if let Some(key) = file.get(env_file::API_KEY) {
        builder = builder.api_key(key);
    }
    if let Some(url) = global.base_url.as_deref().or(file.get(env_file::BASE_URL)) {
        builder = builder.base_url(url);
    }
    let version = match (global.api_version, file.get(env_file::VERSION)) {
        (None, Some(version)) => Some(version.parse().map_err(|error| {
            let message = format!("{} in .env is not usable: {error}", env_file::VERSION);
            Failure::of(ErrorKind::Config, message)
        })?),
        (version, _) => version,
    };
    if let Some(version) = version {
        builder = builder.api_version(version);
    }
    Ok(builder)
}

/// What WebSockets are to keep to.
fn for_sockets(builder: ClientBuilder, global: &Global) -> ClientBuilder {
    // Whoever has the audio need not wait long for the service to say goodbye.
    let mut timeouts = Timeouts::default().with_close(Duration::from_secs(1));
    if let Some(limit) = global.timeout {
        timeouts = timeouts.with_connect(limit).with_first_audio(limit);
    }
    // A pipe whose reader pauses slows the service down, instead of breaking the stream.
    let contexts = ContextPolicy::default().with_slow_consumer(SlowConsumer::Pause);
    builder.timeouts(timeouts).contexts(contexts)
}

/// The account's own calls, with the key in `CARTESIA_ADMIN_KEY`.
pub(crate) fn admin(global: &Global) -> Result<cartesia::Admin, Failure> {
    const NAME: &str = env_file::ADMIN_KEY;
    let key = match std::env::var(NAME) {
        Err(std::env::VarError::NotPresent) => global.env_file.get(NAME).map(str::to_owned),
        key => key.ok(),
    };
    let key = cartesia::AdminKey::new(key.unwrap_or_default()).map_err(|error| {
        Failure::of(ErrorKind::Config, format!("{NAME} is not usable: {error}"))
    })?;
    Ok(builder(global)?.build_admin(key)?)
}

/// The client as the flags and the environment want it, but for its key.
pub(crate) fn client_with_key(global: &Global, key: &str) -> Result<Client, Failure> {
    Ok(builder(global)?.api_key(key).build()?)
}

/// A client of a server that runs inside this process.
pub(crate) fn client_of_mock(global: &Global, url: &str) -> Result<Client, Failure> {
    let mut builder = Client::builder().api_key("sk_mock").base_url(url);
    if let Some(version) = global.api_version {
        builder = builder.api_version(version);
    }
    Ok(for_sockets(builder, global).build()?)
}

/// Whether neither a key nor a server was chosen.
pub(crate) fn nothing_is_configured(global: &Global) -> bool {
    let set = |name| env_file::is_set(&global.env_file, name);
    global.base_url.is_none() && !set(env_file::API_KEY) && !set(env_file::BASE_URL)
}

/// Applies `--timeout` to a call.
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

/// The voice of this id, or the only one of this name (in any case).
pub(crate) async fn find_voice(
    client: &Client,
    global: &Global,
    id_or_name: &str,
) -> Result<VoiceId, Failure> {
    if is_uuid(id_or_name) {
        return Ok(VoiceId::from(id_or_name));
    }
    let mut request = VoiceListRequest::new();
    if client.api_version() >= ApiVersion::V2025_11_04 {
        request = request.with_search(id_or_name);
    }
    let mut found = all_voices(client, global, request).await?;
    found.retain(|voice| is_named(&voice.name, id_or_name));
    match found.as_slice() {
        [voice] => Ok(voice.id.clone()),
        [] => Err(Failure::of(
            ErrorKind::NotFound,
            format!("there is no voice named {id_or_name:?}; `cartesia-rs voices list` shows them"),
        )),
        several => {
            let ids: Vec<&str> = several.iter().map(|voice| voice.id.as_str()).collect();
            Err(Failure::usage(format!(
                "several voices are named {id_or_name:?}; choose one by its id: {}",
                ids.join(", ")
            )))
        }
    }
}

/// The voices of all pages.
pub(crate) async fn all_voices(
    client: &Client,
    global: &Global,
    mut request: VoiceListRequest,
) -> Result<Vec<Voice>, Failure> {
    // The first version has no pages.
    if client.api_version() >= ApiVersion::V2024_11_13 {
        request.limit.get_or_insert(100);
    }
    let call = with_timeout!(client.voices().list(request), global);
    Ok(call.items().collect().await?)
}

/// Whether a voice goes by this name, in any case. Before version 2026-03-01 its tagline is a part of
/// the name: `Katie - Friendly Fixer`.
fn is_named(name: &str, wanted: &str) -> bool {
    let (name, wanted) = (name.to_lowercase(), wanted.to_lowercase());
    name == wanted
        || name
            .strip_prefix(&wanted)
            .is_some_and(|rest| rest.starts_with(" - "))
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
