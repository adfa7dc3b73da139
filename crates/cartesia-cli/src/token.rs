//! `token`: a short-lived credential, printed because that is what is asked for.

use std::time::Duration;

use cartesia::{CreateTokenRequest, TokenGrants};
use serde::Serialize;

use crate::args::Token;
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::print;

pub(crate) async fn run(global: &Global, token: Token) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Answer<'a> {
        token: &'a str,
    }
    let client = connect::client(global)?;
    // What is not granted is left out: older versions do not know every grant.
    let mut grants = TokenGrants::new();
    grants.tts = token.grants.tts.then_some(true);
    grants.stt = token.grants.stt.then_some(true);
    grants.agent = token.grants.agent.then_some(true);
    let mut request = CreateTokenRequest::new(grants);
    request.expires_in = token
        .expires_in
        .map(|seconds| Duration::from_secs(seconds.into()));
    let token = with_timeout!(client.access_tokens().create(request), global).await?;
    if global.json {
        return print::json(&Answer {
            token: token.expose(),
        });
    }
    print::raw(format!("{}\n", token.expose()).as_bytes())
}
