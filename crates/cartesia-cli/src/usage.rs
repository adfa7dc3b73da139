//! `usage`: what the organization used.

use cartesia::account::UsageRequest;

use crate::args::{Global, Usage, UsageOf};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::show;

pub(crate) async fn run(global: &Global, usage: Usage) -> Result<(), Failure> {
    let calls = connect::admin(global)?.usage();
    let mut request = UsageRequest::new();
    request.start = usage.start;
    request.end = usage.end;
    request.interval = usage.interval;
    match usage.of {
        UsageOf::Credits => {
            let page = with_timeout!(calls.credits(request), global).await?;
            show::page(global, &page, ["FROM", "TO", "CREDITS"], |bucket| {
                [
                    bucket.start_ts.to_string(),
                    bucket.end_ts.to_string(),
                    bucket.credits.to_string(),
                ]
            })
        }
        UsageOf::Agents => {
            let page = with_timeout!(calls.agents(request), global).await?;
            show::page(
                global,
                &page,
                ["FROM", "TO", "CALLS", "MINUTES", "CENTS"],
                |bucket| {
                    [
                        bucket.start_ts.to_string(),
                        bucket.end_ts.to_string(),
                        bucket.calls.to_string(),
                        bucket.minutes.to_string(),
                        bucket.cents.to_string(),
                    ]
                },
            )
        }
    }
}
