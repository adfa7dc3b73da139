//! Who may call: anybody with something that looks like a key of the service, or with a token that
//! this server gave out, as far as it was granted.

use axum::http::{HeaderMap, header};

use crate::rejection::Rejection;
use crate::tokens::Tokens;

/// What every key of the service starts with.
pub(crate) const KEY_PREFIX: &str = "sk_";

/// Accepts `Authorization: Bearer sk_…`, `X-API-Key: sk_…` and `Authorization: Bearer <token>`.
pub(crate) fn check(headers: &HeaderMap, path: &str, tokens: &Tokens) -> Result<(), Rejection> {
    let text = |name| {
        headers
            .get(name)
            .and_then(|value: &axum::http::HeaderValue| value.to_str().ok())
    };
    let key = match text(header::AUTHORIZATION) {
        Some(authorization) => bearer(authorization)
            .ok_or_else(|| Rejection::unauthorized("`Authorization` must be `Bearer <key>`"))?,
        None => text(header::HeaderName::from_static("x-api-key")).ok_or_else(|| {
            Rejection::unauthorized("send an API key as `Authorization: Bearer <key>`")
        })?,
    };
    if key.starts_with(KEY_PREFIX) {
        Ok(())
    } else {
        tokens.check(key, path)
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
