//! Which redirects are followed.

use reqwest::redirect::Policy;

/// Redirects that are followed in a row.
const LIMIT: usize = 5;

/// Follows a redirect only where it repeats the same request (307, 308) to the same origin: it may
/// neither turn a POST into a GET nor leak the credential to another host.
pub(crate) fn policy() -> Policy {
    Policy::custom(|attempt| {
        let same_origin = attempt.previous().last().is_some_and(|from| {
            let to = attempt.url();
            from.scheme() == to.scheme()
                && from.host_str() == to.host_str()
                && from.port_or_known_default() == to.port_or_known_default()
        });
        let repeats = matches!(attempt.status().as_u16(), 307 | 308);
        if same_origin && repeats && attempt.previous().len() <= LIMIT {
            attempt.follow()
        } else {
            attempt.stop()
        }
    })
}
