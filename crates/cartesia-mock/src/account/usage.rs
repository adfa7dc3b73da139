//! `/usage/credits` and `/usage/agents`: invented, but the same for the same days in every run.

use std::sync::Arc;

use axum::Json;
use axum::extract::State as Shared;
use cartesia_types::ApiVersion;
use serde_json::{Value, json};

use super::FIRST;
use crate::hash;
use crate::middleware::{Administrator, Pairs, parameter};
use crate::rejection::{Rejection, shortened};
use crate::resource::since;
use crate::state::State;

const INTERVALS: [&str; 3] = ["day", "week", "month"];
const GROUPS: [&str; 4] = ["capability", "model", "voice", "api_key"];
const LONGEST: i64 = 366;
/// The server's "now", as an end: days since 1970 at 2026-09-03.
const TODAY: i64 = 20_699;
/// The default time from the start to the end, in days.
const DEFAULT_SPAN: i64 = 7;

/// `GET /usage/credits`.
pub(crate) async fn credits(
    Shared(state): Shared<Arc<State>>,
    admin: Administrator,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    let group = parameter(&query, "group_by");
    one_of("group_by", group, &GROUPS)?;
    respond(
        admin.version,
        &query,
        |day| {
            let whole = day % 1000;
            parameter(&query, "api_key_id").map_or(whole, |id| state.account.share(id, whole))
        },
        |bucket, used| {
            bucket["credits"] = json!(used);
            if let Some(group) = group {
                bucket[group] = json!("all of it");
            }
        },
    )
}

/// `GET /usage/agents`.
pub(crate) async fn agents(
    admin: Administrator,
    Pairs(query): Pairs,
) -> Result<Json<Value>, Rejection> {
    respond(
        admin.version,
        &query,
        |day| day % 20,
        |bucket, calls| {
            bucket["cents"] = json!(calls * 6);
            bucket["minutes"] = json!(calls * 2);
            bucket["calls"] = json!(calls);
        },
    )
}

/// Adds up what was used each day, in buckets.
fn respond(
    version: ApiVersion,
    query: &[(String, String)],
    used: impl Fn(u64) -> u64,
    fill: impl Fn(&mut Value, u64),
) -> Result<Json<Value>, Rejection> {
    since(FIRST, version)?;
    let (start, end) = span(query)?;
    let interval = parameter(query, "interval");
    one_of("interval", interval, &INTERVALS)?;
    let mut data = Vec::new();
    let mut day = start;
    while day < end {
        let next = match interval {
            Some("day") => day + 1,
            Some("week") => day + 7,
            Some(_) => next_month(day),
            None => end,
        }
        .min(end);
        let sum = (day..next)
            .map(|day| used(hash::mix(day.unsigned_abs())))
            .sum();
        let mut bucket = json!({"start_ts": midnight(day), "end_ts": midnight(next)});
        fill(&mut bucket, sum);
        data.push(bucket);
        day = next;
    }
    Ok(Json(json!({"data": data})))
}

/// First day, and the day after the last.
fn span(query: &[(String, String)]) -> Result<(i64, i64), Rejection> {
    let read = |name| {
        parameter(query, name)
            .map(|text| day_of(name, text))
            .transpose()
    };
    let end = match read("end_ts")? {
        Some((day, is_midnight)) => day + i64::from(!is_midnight),
        None => TODAY,
    };
    let start = read("start_ts")?.map_or(end - DEFAULT_SPAN, |(day, _)| day);
    if end <= start {
        return Err(Rejection::bad_request("`end_ts` must be after `start_ts`"));
    }
    if end - start > LONGEST {
        return Err(Rejection::bad_request(
            "`start_ts` and `end_ts` must not be more than a year apart",
        ));
    }
    Ok((start, end))
}

fn one_of(name: &str, value: Option<&str>, allowed: &[&str]) -> Result<(), Rejection> {
    match value {
        Some(value) if !allowed.contains(&value) => {
            let message = format!("`{name}` must be one of {}", allowed.join(", "));
            Err(Rejection::bad_request(message))
        }
        _ => Ok(()),
    }
}

/// The day of an RFC 3339 time in UTC, and whether it is that day's midnight. Offsets other than
/// `Z` are not understood here.
fn day_of(name: &str, text: &str) -> Result<(i64, bool), Rejection> {
    let parsed = || {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let (whole, fraction) = time.split_once('.').unwrap_or((time, "0"));
        let numbers = |text: &str, separator, lengths: [usize; 3]| {
            let parts: Vec<&str> = text.split(separator).collect();
            let fits = parts.iter().map(|part| part.len()).eq(lengths);
            let numbers = parts.iter().map(|part| part.parse::<u32>().ok());
            numbers.collect::<Option<Vec<u32>>>().filter(|_| fits)
        };
        let date = numbers(date, '-', [4, 2, 2])?;
        let time = numbers(whole, ':', [2, 2, 2])?;
        let fraction: u64 = fraction.parse().ok()?;
        let sane = (1..=12).contains(&date[1]) && (1..=31).contains(&date[2]);
        let sane = sane && time[0] < 24 && time[1] < 60 && time[2] <= 60;
        let day = days(i64::from(date[0]), i64::from(date[1]), i64::from(date[2]));
        sane.then_some((day, time.iter().all(|part| *part == 0) && fraction == 0))
    };
    parsed().ok_or_else(|| {
        let text = shortened(text);
        Rejection::bad_request(format!(
            "`{name}` must be a time such as 2026-09-01T00:00:00Z, not {text:?}"
        ))
    })
}

/// Days since 1970-01-01 in the Gregorian calendar. Years start in March here, so that the leap day
/// is the last.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year
        - 719_468
}

/// Year, month and day; the inverse of [`days`].
fn date(day: i64) -> (i64, i64, i64) {
    let day = day + 719_468;
    let era = day.div_euclid(146_097);
    let day_of_era = day.rem_euclid(146_097);
    let year = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (era * 400 + year + i64::from(month <= 2), month, day)
}

fn next_month(day: i64) -> i64 {
    match date(day) {
        (year, 12, _) => days(year + 1, 1, 1),
        (year, month, _) => days(year, month + 1, 1),
    }
}

fn midnight(day: i64) -> String {
    let (year, month, day) = date(day);
    format!("{year:04}-{month:02}-{day:02}T00:00:00Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates() {
        for (day, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (11_016, "2000-02-29T00:00:00Z"),
            (TODAY, "2026-09-03T00:00:00Z"),
        ] {
            assert_eq!(midnight(day), text);
            assert_eq!(day_of("x", text), Ok((day, true)));
        }
        for day in 0..80_000 {
            let (year, month, number) = date(day);
            assert_eq!(days(year, month, number), day);
        }
        assert_eq!(midnight(next_month(TODAY)), "2026-10-01T00:00:00Z");
        assert_eq!(
            midnight(next_month(days(2026, 12, 31))),
            "2027-01-01T00:00:00Z"
        );
    }
}
