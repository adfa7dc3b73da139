//! Who may call: anybody with something that looks like a key of the service, or with a token that
//! this server gave out, as far as it was granted.

use axum::http::{HeaderMap, header};

use crate::rejection::Rejection;
use crate::tokens::Tokens;

/// What every key of the service starts with.
pub(crate) const KEY_PREFIX: &str = "sk_";

/// What every admin key starts with.
const ADMIN_PREFIX: &str = "sk_car_admin_";

/// Accepts `Authorization: Bearer sk_…`, `X-API-Key: sk_…` and `Authorization: Bearer <token>`, but
/// no admin key.
pub(crate) fn check(headers: &HeaderMap, path: &str, tokens: &Tokens) -> Result<(), Rejection> {
    check_key(credential(headers)?, path, tokens)
}

/// The same, or the query `api_key` or `access_token`, as WebSockets have it: browsers can send no
/// headers with them.
pub(crate) fn check_socket(
    headers: &HeaderMap,
    query: &[(String, String)],
    path: &str,
    tokens: &Tokens,
) -> Result<(), Rejection> {
    let in_query = |wanted| query.iter().find(|(name, _)| name == wanted);
    match in_query("api_key").or_else(|| in_query("access_token")) {
        Some((_, key)) => check_key(key, path, tokens),
        None => check(headers, path, tokens),
    }
}

fn check_key(key: &str, path: &str, tokens: &Tokens) -> Result<(), Rejection> {
    if key.starts_with(ADMIN_PREFIX) {
        let message = "an admin key may only call `/usage`, `/api-keys` and `/organizations`";
        return Err(Rejection::forbidden(message));
    }
    if key.starts_with(KEY_PREFIX) {
        Ok(())
    } else {
        tokens.check(key, path)
    }
}

/// Accepts `Authorization: Bearer sk_car_admin_…` alone.
pub(crate) fn check_admin(headers: &HeaderMap) -> Result<(), Rejection> {
    let key = credential(headers)?;
    if !key.starts_with(KEY_PREFIX) {
        return Err(Rejection::unauthorized("the API key is not valid"));
    }
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
            ("authorization", "Bearer eyJhbGciOi", false),
            ("authorization", "Basic sk_1", false),
            ("authorization", "sk_1", false),
            ("x-api-key", "sk_1", true),
            ("x-api-key", "Bearer sk_1", false),
            ("x-api-key", "", false),
            ("api-key", "sk_1", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(name, value.parse().unwrap());
            let tokens = Tokens::default();
            assert_eq!(
                check(&headers, "/voices", &tokens).is_ok(),
                accepted,
                "{name}: {value}"
            );
        }
    }
}
