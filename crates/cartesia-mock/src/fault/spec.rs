//! Faults as text, for the command line.

use std::str::FromStr;

use super::{Fault, FaultPlan, Garbage};

/// A text that is not a fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not a fault; it is close, stall, status=CODE, cut-after=BYTES, stall-after=BYTES, \
     end-after=EVENTS, error-after=EVENTS, bad-json-after=EVENTS, bad-base64-after=EVENTS or \
     bad-utf8-after=EVENTS, then @PATH and *TIMES if wanted"
)]
pub struct InvalidFault(String);

impl FromStr for FaultPlan {
    type Err = InvalidFault;

    /// Reads `NAME[=NUMBER][@PATH][*TIMES]`, for example `cut-after=40000@/tts/bytes*1`. Without a
    /// path every request is hit, without a number of times always.
    fn from_str(text: &str) -> Result<Self, InvalidFault> {
        read(text).ok_or_else(|| InvalidFault(text.to_owned()))
    }
}

fn read(text: &str) -> Option<FaultPlan> {
    let (rest, times) = match text.rsplit_once('*') {
        Some((rest, times)) => (rest, Some(times.parse().ok()?)),
        None => (text, None),
    };
    let (fault, path) = match rest.split_once('@') {
        Some((fault, path)) if path.starts_with('/') => (fault, Some(path.to_owned())),
        Some(_) => return None,
        None => (rest, None),
    };
    Some(FaultPlan {
        fault: fault_of(fault)?,
        path,
        times,
    })
}

fn fault_of(text: &str) -> Option<Fault> {
    let (name, number) = match text.split_once('=') {
        Some((name, number)) => (name, Some(number.parse::<u64>().ok()?)),
        None => (text, None),
    };
    let events = || number.and_then(|number| usize::try_from(number).ok());
    let garbage = |garbage| {
        Some(Fault::GarbageEvent {
            after_events: events()?,
            garbage,
        })
    };
    match (name, number) {
        ("close", None) => Some(Fault::CloseBeforeHeaders),
        ("stall", None) => Some(Fault::StallBeforeHeaders),
        ("status", Some(status @ 200..=999)) => Some(Fault::status(u16::try_from(status).ok()?)),
        ("cut-after", Some(after)) => Some(Fault::CutBody { after }),
        ("stall-after", Some(after)) => Some(Fault::StallBody { after }),
        ("end-after", _) => Some(Fault::EndWithoutDone {
            after_events: events()?,
        }),
        ("error-after", _) => Some(Fault::ErrorEvent {
            after_events: events()?,
            status: 500,
        }),
        ("bad-json-after", _) => garbage(Garbage::Json),
        ("bad-base64-after", _) => garbage(Garbage::Base64),
        ("bad-utf8-after", _) => garbage(Garbage::Utf8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_are_read() {
        for (text, plan) in [
            ("close", Fault::CloseBeforeHeaders.always()),
            ("stall*1", Fault::StallBeforeHeaders.into()),
            (
                "status=429@/voices",
                Fault::status(429).on("/voices").always(),
            ),
            ("cut-after=40000", Fault::CutBody { after: 40_000 }.always()),
            (
                "stall-after=0@/tts/bytes*3",
                Fault::StallBody { after: 0 }.on("/tts/bytes").times(3),
            ),
            (
                "end-after=2",
                Fault::EndWithoutDone { after_events: 2 }.always(),
            ),
            (
                "error-after=1",
                Fault::ErrorEvent {
                    after_events: 1,
                    status: 500,
                }
                .always(),
            ),
            (
                "bad-utf8-after=1",
                Fault::GarbageEvent {
                    after_events: 1,
                    garbage: Garbage::Utf8,
                }
                .always(),
            ),
        ] {
            assert_eq!(text.parse(), Ok(plan), "{text}");
        }
    }

    #[test]
    fn other_texts_are_not() {
        for text in [
            "",
            "close=1",
            "cut-after",
            "cut-after=-1",
            "status=99",
            "close@voices",
            "close*",
            "x",
        ] {
            let error = text.parse::<FaultPlan>().unwrap_err();
            assert!(error.to_string().contains("cut-after=BYTES"), "{text}");
        }
    }
}
