//! `--limiter`: the limit of the plan, shared with other processes over a Redis server.

use std::sync::Arc;

use cartesia::limiter::Limiter;

use crate::args::Batch;
use crate::failure::Failure;

/// The URL where no flag has it. Other users of the machine can see flags, and a URL may hold a password.
const VARIABLE: &str = "CARTESIA_LIMITER";

/// The limiter that flags and environment want; the server was reached.
pub(super) async fn open(args: &Batch) -> Result<Option<Arc<dyn Limiter>>, Failure> {
    let url = match &args.limiter {
        Some(flag) => Some(flag.0.clone()),
        None => std::env::var(VARIABLE).ok().filter(|url| !url.is_empty()),
    };
    match (url, args.plan_limit) {
        (None, None) => Ok(None),
        (Some(url), Some(limit)) => Ok(Some(shared(url, limit).await?)),
        (Some(_), None) => Err(Failure::usage(
            "--limiter shares the limit of the plan: add --plan-limit, such as 15 for the plan Scale",
        )),
        (None, Some(_)) => Err(Failure::usage(format!(
            "--plan-limit is what processes share over Redis: add --limiter or {VARIABLE}, or use --concurrency"
        ))),
    }
}

#[cfg(feature = "redis")]
async fn shared(url: String, limit: u16) -> Result<Arc<dyn Limiter>, Failure> {
    use cartesia::limiter::Limits;
    use cartesia::redis::{RedisConfig, RedisLimiter};

    let config = RedisConfig::new(url, Limits::new(limit.into()));
    // The library's errors leave the URL out.
    let limiter = RedisLimiter::new(config)
        .map_err(|error| Failure::usage(format!("--limiter: {}", error.message())))?;
    limiter.ready().await.map_err(|error| {
        let message = format!(
            "{}; check --limiter or {VARIABLE}, and that the server runs",
            error.summary()
        );
        Failure::of(error.kind(), message)
    })?;
    Ok(Arc::new(limiter))
}

#[cfg(not(feature = "redis"))]
fn shared(_: String, _: u16) -> std::future::Ready<Result<Arc<dyn Limiter>, Failure>> {
    std::future::ready(Err(Failure::usage(
        "this program was built without the feature redis: give each process its part of the plan with \
         --concurrency",
    )))
}
