//! The only path to the network: version check, headers, deadlines, retries, errors.

use std::time::{Duration, SystemTime};

use cartesia_core::headers::retry_after;
use cartesia_core::runtime::require;
use cartesia_core::time::{overdue, within};
use cartesia_core::tls::ConnectFailure;
use cartesia_core::{ApiVersion, Attempt, Failure, Secret};
use cartesia_types::{ApiError, Deadline, ErrorKind};
use http::header::{AUTHORIZATION, RANGE};
use http::{HeaderMap, StatusCode};
use serde::de::IgnoredAny;
use tokio::time::{Instant, sleep};
use tracing::Instrument as _;

use crate::activity::Activity;
use crate::body::BodyReader;
use crate::client::Client;
use crate::error::WithInfo as _;
use crate::options::CallOptions;
use crate::request::{Payload, Prepared};
use crate::response::{Response, ResponseInfo};
use crate::{Error, Result};

/// Bytes of an error's body that are read; errors are short, and what is not one may be endless.
const ERROR_BODY_LIMIT: usize = 64 * 1024;
/// Bytes of a JSON answer that are read.
const ANSWER_LIMIT: usize = 256 * 1024 * 1024;
/// How long an error's body may keep the error waiting.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// A successful response whose body was not read yet.
pub(crate) struct Sent {
    pub(crate) info: ResponseInfo,
    pub(crate) body: BodyReader,
    /// What the request was authenticated with, to be taken out of whatever quotes it.
    pub(crate) secret: Secret,
}

/// Sends a request and waits for the headers of a successful response.
pub(crate) async fn send(
    client: &Client,
    request: &Prepared,
    options: &CallOptions,
) -> Result<Sent> {
    let operation = request.operation;
    require(operation, "to send requests on")?;
    let span = tracing::debug_span!("cartesia.http", operation);
    let activity = Activity::default();
    let work = send_with_retries(client, request, options, &activity);
    let outcome = within(options.timeout, work).instrument(span).await;
    outcome.unwrap_or_else(|| Err(out_of_time(operation, options.timeout)))
}

/// Sends a request and decodes the answer.
pub(crate) async fn unary<T>(
    client: &Client,
    request: &Prepared,
    options: &CallOptions,
    decode: fn(&[u8]) -> serde_json::Result<T>,
) -> Result<Response<T>> {
    let operation = request.operation;
    require(operation, "to send requests on")?;
    let span = tracing::debug_span!("cartesia.http", operation);
    let activity = Activity::default();
    let work = async {
        let sent = send_with_retries(client, request, options, &activity).await?;
        let (info, secret, mut body) = (sent.info, sent.secret, sent.body);
        let read = async {
            let answer = read_to_end(&mut body, ANSWER_LIMIT, operation)
                .await
                .map_err(|error| error.with_info(&info))?;
            decode(&answer).map_err(|error| undecodable(operation, &answer, &error, &info))
        };
        let outcome = read.await;
        match outcome {
            Ok(value) => Ok(Response { value, info }),
            Err(error) => Err(error.without_secret(secret.expose())),
        }
    };
    if options.timeout.is_some() {
        let outcome = within(options.timeout, work).instrument(span).await;
        return outcome.unwrap_or_else(|| Err(out_of_time(operation, options.timeout)));
    }
    let limit = client.inner().timeouts.total;
    let outcome = activity.limit(Instant::now(), limit, work).instrument(span);
    outcome.await.unwrap_or_else(|| {
        let what = "the call did not complete";
        Err(overdue(operation, Deadline::Total, limit, what))
    })
}

/// The error of a call whose own time limit passed.
fn out_of_time(operation: &'static str, limit: Option<Duration>) -> Error {
    let limit = limit.unwrap_or_default();
    let message = format!("no result within the call's timeout of {limit:?}");
    Error::new(ErrorKind::Timeout, operation, message)
}

async fn send_with_retries(
    client: &Client,
    request: &Prepared,
    options: &CallOptions,
    activity: &Activity,
) -> Result<Sent> {
    let inner = client.inner();
    let operation = request.operation;
    let version = options.api_version.unwrap_or(inner.api_version);
    if !options.unchecked {
        check_version(request, version)?;
    }
    let url = inner.host.base_url.join(request.path.checked(operation)?);
    let limits = &inner.timeouts;
    let authority = &inner.authority;
    // Before the token: a token may expire while a permit is waited for.
    let permit = match request.workload {
        Some(workload) => {
            let permits = inner.permits.clone();
            let priority = options.priority.unwrap_or(permits.priority());
            permits
                .with_priority(priority)
                .acquire(operation, workload)
                .await?
        }
        None => None,
    };
    let mut secret = authority.secret(operation, limits.connect).await?;
    let headers_with = |secret: &Secret| all_headers(client, request, options, version, secret);
    let mut headers = headers_with(&secret);
    // If the caller set the header, it was not our token that was refused.
    let mut may_replace =
        !(inner.headers.contains_key(AUTHORIZATION) || options.headers.contains_key(AUTHORIZATION));

    let policy = options.retry.as_ref().unwrap_or(&inner.retry);
    let effect = options.effect.unwrap_or(request.effect);
    // A file that can be read only once can be sent only once.
    let once = matches!(&request.body, Payload::Form(form) if !form.is_repeatable());
    let started = Instant::now();
    let mut number = 1;
    loop {
        let outcome = attempt(client, request, &url, headers.clone(), version, activity).await?;
        let attempt = Attempt::new(number, started.elapsed(), effect);
        let decide = |failure| {
            let delay = policy.decide(failure, attempt, fastrand::f64(), SystemTime::now());
            delay.filter(|_| !once)
        };
        let (error, delay) = match outcome {
            Some(Ok(response)) if response.status().is_success() => {
                let (info, mut body) = open(response, limits.silence, number, operation);
                tracing::debug!(
                    status = info.status().as_u16(),
                    attempt = number,
                    "response"
                );
                if info.status() == StatusCode::PARTIAL_CONTENT && !headers.contains_key(RANGE) {
                    let message =
                        "the server sent partial content (206), but no range was requested";
                    let error = Error::new(ErrorKind::Protocol, operation, message);
                    return Err(error.with_info(&info));
                }
                body.hold(permit);
                return Ok(Sent { info, body, secret });
            }
            Some(Ok(response)) => {
                let (info, body) = open(response, limits.silence, number, operation);
                let delay = decide(Failure::Response(info.status(), info.headers()));
                (refused(operation, &info, body).await, delay)
            }
            Some(Err(error)) => {
                let (error, failure) = unanswered(operation, error, client, activity);
                (error, decide(failure))
            }
            None => {
                let what = "no response came";
                let error = overdue(operation, Deadline::Response, limits.response, what);
                (error, decide(Failure::NoResponse))
            }
        };
        // A rejected token is replaced once, independent of the retry policy, since the request was not
        // carried out. A request that cannot be sent twice fails, but the next call uses the new token.
        if error.status() == Some(StatusCode::UNAUTHORIZED) && std::mem::take(&mut may_replace) {
            let wait = authority.replacement(operation, &secret, limits.connect);
            let other = wait.await.map_err(|error| failed(error, number, &secret))?;
            if let Some(other) = other.filter(|_| !once) {
                tracing::debug!(attempt = number, "the token was refused; trying another");
                headers = headers_with(&other);
                secret = other;
                number += 1;
                continue;
            }
        }
        let Some(delay) = delay else {
            return Err(failed(error, number, &secret));
        };
        tracing::warn!(
            kind = %error.kind(),
            status = error.status().map(|status| status.as_u16()),
            attempt = number,
            delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX),
            "retrying"
        );
        sleep(delay).await;
        number += 1;
    }
}

/// Sends the request once, and waits for the headers of a response; `None` when they did not come in time.
async fn attempt(
    client: &Client,
    request: &Prepared,
    url: &str,
    headers: HeaderMap,
    version: ApiVersion,
    activity: &Activity,
) -> Result<Option<reqwest::Result<reqwest::Response>>> {
    let inner = client.inner();
    let operation = request.operation;
    let limit = inner.timeouts.response;
    let mut builder = inner
        .host
        .transport
        .client()?
        .request(request.method.clone(), url)
        .headers(headers);
    match &request.body {
        Payload::None => {}
        Payload::Json(body) => builder = builder.body(body.clone()),
        Payload::Form(form) => {
            // Opening a pipe waits for its writer.
            let opening = within(limit, form.open(operation, version, activity));
            let form = opening.await.unwrap_or_else(|| {
                let what = "the file could not be opened";
                Err(overdue(operation, Deadline::Response, limit, what))
            })?;
            builder = builder.multipart(form);
        }
    }
    Ok(activity.limit(Instant::now(), limit, builder.send()).await)
}

/// Refuses what the version is not known to have.
fn check_version(request: &Prepared, version: ApiVersion) -> Result<()> {
    let checked = request.requirements.iter();
    let checked = checked.map(|requirement| requirement.check(version));
    checked
        .collect::<std::result::Result<(), _>>()
        .map_err(|error| Error::new(ErrorKind::Unsupported, request.operation, error.to_string()))
}

/// The headers of the request, of all requests of the client, and of the call; the last one wins.
fn all_headers(
    client: &Client,
    request: &Prepared,
    options: &CallOptions,
    version: ApiVersion,
    secret: &Secret,
) -> HeaderMap {
    let mut headers = request.headers(version, secret);
    headers.extend(client.inner().headers.clone());
    headers.extend(options.headers.clone());
    headers
}

fn open(
    response: reqwest::Response,
    silence: Option<Duration>,
    attempt: u32,
    operation: &'static str,
) -> (ResponseInfo, BodyReader) {
    let info = ResponseInfo::new(response.status(), response.headers().clone(), attempt);
    (info, BodyReader::new(response.into(), silence, operation))
}

/// The error of a response that is no success.
async fn refused(operation: &'static str, info: &ResponseInfo, mut body: BodyReader) -> Error {
    let status = info.status();
    if status.is_redirection() {
        let message = format!(
            "refusing to follow a redirect ({status}): it leaves the origin, changes the request or \
             goes in circles"
        );
        return Error::new(ErrorKind::Protocol, operation, message).with_info(info);
    }
    let text = error_text(operation, &mut body).await;
    let retry_after = retry_after(info.headers(), SystemTime::now());
    Error::api(operation, ApiError::from_body(status.as_u16(), &text))
        .with_info(info)
        .with_retry_after(retry_after)
}

/// The body of an error. Without it the error is poorer, but still the error to report.
async fn error_text(operation: &'static str, body: &mut BodyReader) -> Vec<u8> {
    let reading = read_to_end(body, ERROR_BODY_LIMIT, operation);
    let text = within(ERROR_BODY_TIMEOUT, reading).await;
    text.and_then(Result::ok).unwrap_or_default()
}

/// An error as it leaves this module: without the credential that its request went with.
fn failed(error: Error, attempts: u32, secret: &Secret) -> Error {
    error
        .with_attempts(attempts)
        .without_secret(secret.expose())
}

/// The error of a request that got no response, and what it means for a retry.
fn unanswered(
    operation: &'static str,
    error: reqwest::Error,
    client: &Client,
    activity: &Activity,
) -> (Error, Failure<'static>) {
    if let Some(cause) = activity.take_failure() {
        let message = "a file of the request could not be read to its end";
        let unread = Error::new(ErrorKind::Io, operation, message);
        return (unread.with_source(cause), Failure::Permanent);
    }
    let inner = client.inner();
    let host = inner.host.base_url.host_and_port();
    // The URL may hold what a caller searched for.
    let error = error.without_url();
    if error.is_builder() {
        let message = "the request cannot be built";
        let built = Error::new(ErrorKind::Config, operation, message);
        return (built.with_root_cause(error), Failure::Permanent);
    }
    if !error.is_connect() {
        let message = format!("{host} closed the connection without a response");
        let closed = Error::new(ErrorKind::Closed, operation, message);
        return (closed.with_root_cause(error), Failure::NoResponse);
    }
    let way = match inner.host.route.proxy() {
        Some(proxy) => format!("no connection to {host} through the proxy {proxy}"),
        None => format!("no connection to {host}"),
    };
    if error.is_timeout() {
        let late = overdue(operation, Deadline::Connect, inner.timeouts.connect, way);
        return (late, Failure::NotConnected);
    }
    let why = ConnectFailure::of(&error);
    let message = match why {
        Some(why) => format!("{way}: {}", why.reason()),
        None => way,
    };
    let failure = match why {
        Some(why) if why.is_permanent() => Failure::Permanent,
        _ => Failure::NotConnected,
    };
    let failed = Error::new(ErrorKind::Connect, operation, message);
    (failed.with_root_cause(error), failure)
}

async fn read_to_end(
    body: &mut BodyReader,
    limit: usize,
    operation: &'static str,
) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    while let Some(piece) = body.next().await? {
        if whole.len() + piece.len() > limit {
            let message = format!("the answer is longer than {limit} bytes");
            return Err(Error::new(ErrorKind::Protocol, operation, message));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole)
}

/// The error of an answer that is not what was asked for. It names the answer's keys, never its values.
pub(crate) fn undecodable(
    operation: &'static str,
    answer: &[u8],
    error: &serde_json::Error,
    info: &ResponseInfo,
) -> Error {
    let what = match info.media_type() {
        _ if answer.is_empty() => "the answer is empty".to_owned(),
        Some(media) if !media.contains("json") && error.is_syntax() => {
            format!("the answer is {media} instead of JSON")
        }
        _ => {
            let (line, column) = (error.line(), error.column());
            format!(
                "the answer ({} bytes, {}) could not be decoded at line {line} column {column}",
                answer.len(),
                cartesia_types::outline(answer)
            )
        }
    };
    Error::new(ErrorKind::Decode, operation, what).with_info(info)
}

/// Refuses a success whose media type is not one of the expected: an error of the service, or the login
/// page of a gateway. A response without a media type is accepted.
pub(crate) async fn expect_media(
    operation: &'static str,
    mut sent: Sent,
    expected: impl Fn(&str) -> bool,
) -> Result<Sent> {
    let Some(media) = sent.info.media_type().filter(|media| !expected(media)) else {
        return Ok(sent);
    };
    let mut message =
        format!("the server answered with the content type {media}, which was not requested");
    let text = error_text(operation, &mut sent.body).await;
    let said =
        is_error_object(&text).then(|| ApiError::from_body(sent.info.status().as_u16(), &text));
    if let Some(said) = &said {
        message = format!("{message}: {said}");
    }
    let error = Error::new(ErrorKind::Protocol, operation, message);
    let error = match said {
        Some(said) => error.with_api_error(said),
        None => error,
    };
    Err(error
        .with_info(&sent.info)
        .without_secret(sent.secret.expose()))
}

/// Whether a body is a JSON object that reports an error.
pub(crate) fn is_error_object(body: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Keys {
        error: Option<IgnoredAny>,
        errors: Option<IgnoredAny>,
        error_code: Option<IgnoredAny>,
        detail: Option<IgnoredAny>,
        message: Option<IgnoredAny>,
        title: Option<IgnoredAny>,
    }
    let is_object = body.trim_ascii_start().starts_with(b"{");
    is_object
        && serde_json::from_slice::<Keys>(body).is_ok_and(|keys| {
            let Keys {
                error,
                errors,
                error_code,
                detail,
                message,
                title,
            } = keys;
            let reasons = [error, errors, error_code, detail, message, title];
            reasons.iter().any(Option::is_some)
        })
}
