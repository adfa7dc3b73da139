//! Authorization: any key, or a list of keys, and access tokens issued by this server, within their grants.

use axum::http::{HeaderMap, header};

use crate::rejection::Rejection;
use crate::stats::Payer;
use crate::tokens::Tokens;

/// The prefix of every access token: `{"` in base64.
const TOKEN_PREFIX: &str = "eyJ";

/// The prefix of every admin key.
const ADMIN_PREFIX: &str = "sk_car_admin_";

/// Accepts `Authorization: Bearer <key>`, `X-API-Key: <key>` and `Authorization: Bearer <token>`, but
/// no admin key. Without `keys` every key will do.
pub(crate) fn check(
    headers: &HeaderMap,
    path: &str,
    tokens: &Tokens,
    keys: &[String],
) -> Result<(), Rejection> {
    check_key(credential(headers)?, path, tokens, keys)
}

/// The same, or the query `api_key` or `access_token`, as WebSockets have it: browsers can send no
/// headers with them.
pub(crate) fn check_socket(
    headers: &HeaderMap,
    query: &[(String, String)],
    path: &str,
    tokens: &Tokens,
    keys: &[String],
) -> Result<(), Rejection> {
    let in_query = |wanted| query.iter().find(|(name, _)| name == wanted);
    match in_query("api_key").or_else(|| in_query("access_token")) {
        Some((_, key)) => check_key(key, path, tokens, keys),
        None => check(headers, path, tokens, keys),
    }
}

/// The credential that a WebSocket shows.
pub(crate) fn of_socket<'a>(
    headers: &'a HeaderMap,
    query: &'a [(String, String)],
) -> Option<&'a str> {
    let in_query = query.iter().find(|(name, _)| name == "access_token");
    match in_query {
        Some((_, token)) => Some(token),
        None => credential(headers).ok(),
    }
}

/// Whose work a request is: that of its key, or of the key that its access token was made with.
pub(crate) fn payer(headers: &HeaderMap, query: &[(String, String)], tokens: &Tokens) -> Payer {
    let in_query = |wanted| query.iter().find(|(name, _)| name == wanted);
    let key = match in_query("api_key").or_else(|| in_query("access_token")) {
        Some((_, key)) => key,
        None => credential(headers).unwrap_or_default(),
    };
    tokens.payer(key).unwrap_or_else(|| Payer::new(key))
}

fn check_key(key: &str, path: &str, tokens: &Tokens, keys: &[String]) -> Result<(), Rejection> {
    // A credential that looks like a token must be one that this server gave out.
    if key.starts_with(TOKEN_PREFIX) || tokens.has(key) {
        return tokens.check(key, path);
    }
    check_known(key, keys)?;
    if key.starts_with(ADMIN_PREFIX) {
        let message = "an admin key may only call `/usage`, `/api-keys` and `/organizations`";
        return Err(Rejection::forbidden(message));
    }
    Ok(())
}

/// Whether a key is one at all.
fn check_known(key: &str, keys: &[String]) -> Result<(), Rejection> {
    let is_known = keys.is_empty() || keys.iter().any(|known| known == key);
    if is_known && !key.is_empty() {
        Ok(())
    } else {
        Err(Rejection::unauthorized("the API key or token is not valid"))
    }
}

/// Accepts `Authorization: Bearer sk_car_admin_…` alone.
pub(crate) fn check_admin(headers: &HeaderMap, keys: &[String]) -> Result<(), Rejection> {
    let key = credential(headers)?;
    check_known(key, keys)?;
    if key.starts_with(ADMIN_PREFIX) && headers.contains_key(header::AUTHORIZATION) {
        return Ok(());
    }
    let message = "this needs an admin key as `Authorization: Bearer sk_car_admin_…`";
    Err(Rejection::forbidden(message))
}

fn credential(headers: &HeaderMap) -> Result<&str, Rejection> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
    };
    match text(header::AUTHORIZATION) {
        Some(authorization) => bearer(authorization)
            .ok_or_else(|| Rejection::unauthorized("`Authorization` must be `Bearer <key>`")),
        None => text(header::HeaderName::from_static("x-api-key")).ok_or_else(|| {
            Rejection::unauthorized("send an API key as `Authorization: Bearer <key>`")
        }),
    }
}

/// The credential of a `Bearer` header; the name of the scheme does not depend on case.
fn bearer(authorization: &str) -> Option<&str> {
    let (scheme, credential) = authorization.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| credential.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_a_credential() {
        for (name, value, accepted) in [
            ("authorization", "Bearer sk_car_1", true),
            ("authorization", "bearer  sk_1", true),
            ("authorization", "Bearer sk_car_admin_1", false),
            ("x-api-key", "sk_car_admin_1", false),
            ("authorization", "Bearer anything", true),
            ("authorization", "Bearer eyJhbGciOi", false),
            ("authorization", "Bearer My Token", true),
            ("authorization", "Bearer ", false),
            ("authorization", "Basic sk_1", false),
            ("authorization", "sk_1", false),
            ("x-api-key", "sk_1", true),
            ("x-api-key", "", false),
            ("api-key", "sk_1", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let tokens = Tokens::default();
            assert_eq!(
                check(&headers, "/voices", &tokens, &[]).is_ok(),
                accepted,
                "{name}: {value}"
            );
        }
    }

    #[test]
    fn keys_that_the_server_was_given_are_the_only_ones() {
        let keys = ["sk_1".to_owned()];
        for (key, accepted) in [("sk_1", true), ("sk_2", false)] {
            let mut headers = HeaderMap::new();
            headers.insert("x-api-key", key.parse().unwrap());
            let tokens = Tokens::default();
            let checked = check(&headers, "/voices", &tokens, &keys);
            assert_eq!(checked.is_ok(), accepted, "{key}");
        }
    }
}
