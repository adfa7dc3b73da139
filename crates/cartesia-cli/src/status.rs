//! `status`: whether the service is well.

use cartesia::{ApiInfo, ErrorKind};
use serde_json::Value;

use crate::connect::{self, with_timeout};
use crate::failure::Failure;
use crate::global::Global;
use crate::show;

pub(crate) async fn run(global: &Global) -> Result<(), Failure> {
    let client = connect::client(global)?;
    let status = with_timeout!(client.status(), global).await?;
    show::one(
        global,
        &status,
        &[
            ("service", client.base_url().to_string()),
            ("status", state(&status)),
            ("version", show::text(status.version.as_ref())),
        ],
    )?;
    if status.ok == Some(false) {
        let message = format!("{} reports that it is unhealthy", client.base_url());
        return Err(Failure::of(ErrorKind::Server, message));
    }
    Ok(())
}

/// Version 2024-06-10 first had a word for it.
fn state(status: &ApiInfo) -> String {
    match status.ok {
        Some(true) => "ok".to_owned(),
        Some(false) => "not ok".to_owned(),
        None => {
            let word = status.extra.get("status").and_then(Value::as_str);
            word.unwrap_or_default().to_owned()
        }
    }
}
