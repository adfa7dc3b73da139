//! `usage`: what the organization used.

use cartesia::account::{CreditUsage, GetUsageRequest, UsageGroup};
use serde_json::Value;

use crate::args::{Usage, UsageOf};
use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

pub(crate) async fn run(global: &Global, usage: Usage) -> Result<(), Failure> {
    let is_narrowed = usage.group_by.is_some() || usage.key.is_some();
    if matches!(usage.of, UsageOf::Agents) && is_narrowed {
        let message = "--group-by and --key are only for credits";
        return Err(Failure::usage(message));
    }
    let calls = connect::admin(global)?.usage();
    let mut request = GetUsageRequest::new();
    request.start = usage.start;
    request.end = usage.end;
    request.interval = usage.interval;
    request.group_by.clone_from(&usage.group_by);
    request.api_key_id = usage.key;
    match usage.of {
        UsageOf::Credits => {
            let page = with_timeout!(calls.credits(request), global).await?;
            let Some(group) = usage.group_by else {
                return show::page(global, &page, ["FROM", "TO", "CREDITS"], credit_row);
            };
            let head = ["FROM", "TO", "CREDITS", "GROUP"];
            show::page(global, &page, head, |bucket| {
                let [from, to, credits] = credit_row(bucket);
                [from, to, credits, group_of(bucket, &group)]
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

fn credit_row(bucket: &CreditUsage) -> [String; 3] {
    [
        bucket.start_ts.to_string(),
        bucket.end_ts.to_string(),
        bucket.credits.to_string(),
    ]
}

/// Which group a row is of. The service does not say what it calls the field: the likely names come
/// first, and then whatever there is.
fn group_of(bucket: &CreditUsage, group: &UsageGroup) -> String {
    let fields = &bucket.extra;
    let named = fields.get(group.as_str()).or_else(|| fields.get("group"));
    let text = |value: &Value| value.as_str().map_or(value.to_string(), str::to_owned);
    named.map_or_else(
        || fields.values().map(text).collect::<Vec<_>>().join(" "),
        text,
    )
}
