//! Which items are asked for. Pure: from items and what is there already, to steps.

use std::collections::HashMap;
use std::time::Duration;

use cartesia_types::tts::speaking_time;
use cartesia_types::{Error, ErrorKind, Result};

use super::index::{Earlier, Index};
use super::item::{Item, Job};
use super::record::characters;
use super::shard::Shard;
use super::verify::Changed;
use super::{OPERATION, Skip};

/// Problems of a manifest that are kept with their messages.
const PROBLEMS: usize = 20;

/// The choices of a run that decide about items.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) service: String,
    pub(super) shard: Shard,
    pub(super) limit: Option<u64>,
    pub(super) retry_failed: bool,
    /// Finished items that are asked for all the same.
    pub(super) changed: Changed,
}

/// What happens to an item.
#[derive(Debug)]
pub(super) enum Step {
    Ask(Box<Job>),
    Skip(String, Skip),
    Invalid(Error),
    /// The limit is reached: nothing more is asked for.
    Enough,
}

/// Decides about one item after the other.
#[derive(Debug)]
pub(super) struct Planner<'i> {
    rules: &'i Rules,
    index: &'i Index,
    /// By the name of an item, whatever its capitals: its line, and whether it has an identifier.
    seen: HashMap<u128, (u64, bool)>,
    asked: u64,
    items: u64,
}

impl<'i> Planner<'i> {
    pub(super) fn new(rules: &'i Rules, index: &'i Index) -> Self {
        Self {
            rules,
            index,
            seen: HashMap::new(),
            asked: 0,
            items: 0,
        }
    }

    pub(super) fn step(&mut self, item: Result<Item>) -> Step {
        self.items += 1;
        let job = item.and_then(|mut item| {
            if item.line == 0 {
                item.line = self.items;
            }
            Job::new(item, &self.rules.service)
        });
        let job = match job {
            Ok(job) => job,
            Err(error) => return Step::Invalid(error),
        };
        let own = (job.item.line, job.item.id.is_some());
        if let Some((line, named)) = self.seen.insert(job.folded(), own) {
            // Without identifiers, the same request twice is the same file.
            if !named && job.item.id.is_none() {
                return Step::Skip(job.stem, Skip::Duplicate);
            }
            let message = format!(
                "line {}: the id is that of line {line}; each item needs its own, not only other capitals",
                job.item.line
            );
            let error = Error::new(ErrorKind::InvalidRequest, OPERATION, message);
            return Step::Invalid(error);
        }
        if !self.rules.shard.has(&job.stem) {
            return Step::Skip(job.stem, Skip::OtherShard);
        }
        match self.index.of(&job) {
            Earlier::Finished if !self.rules.changed.has(&job) => {
                return Step::Skip(job.stem, Skip::Finished);
            }
            Earlier::Refused if !self.rules.retry_failed => {
                return Step::Skip(job.stem, Skip::FailedBefore);
            }
            Earlier::Finished | Earlier::Refused | Earlier::Missing => {}
        }
        if self.rules.limit.is_some_and(|limit| self.asked >= limit) {
            return Step::Enough;
        }
        self.asked += 1;
        Step::Ask(Box::new(job))
    }
}

/// The work of a run and its cost, estimated.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct Estimate {
    /// Items that would be asked for.
    pub items: u64,
    /// Items that are finished.
    pub finished: u64,
    /// Items that failed in an earlier run, would fail again, and would not be asked for.
    pub failed_before: u64,
    /// Characters of the items that would be asked for.
    pub characters: u64,
    /// Credits: one for each character.
    pub credits: u64,
    /// About how long the audio plays, in whole seconds; see [`speaking_time`].
    pub speech: Duration,
    /// About how long the run takes at most: the audio, divided by the items that run at once. The service speaks
    /// at least as fast as people listen.
    pub time: Duration,
    /// Invalid lines of the manifest.
    pub invalid: u64,
    /// The first of the errors of these lines.
    pub problems: Vec<Error>,
}

impl Estimate {
    pub(super) fn new(
        items: impl IntoIterator<Item = Result<Item>>,
        rules: &Rules,
        index: &Index,
        concurrency: usize,
    ) -> Self {
        let mut estimate = Self::default();
        let mut planner = Planner::new(rules, index);
        let mut speech = Duration::ZERO;
        for item in items {
            match planner.step(item) {
                Step::Ask(job) => {
                    let text = &job.item.request.transcript;
                    estimate.items += 1;
                    estimate.characters += characters(text);
                    speech = speech.saturating_add(speaking_time(text));
                }
                Step::Skip(_, Skip::Finished) => estimate.finished += 1,
                Step::Skip(_, Skip::FailedBefore) => estimate.failed_before += 1,
                // Later lines are checked all the same.
                Step::Skip(..) | Step::Enough => {}
                Step::Invalid(error) => {
                    estimate.invalid += 1;
                    if estimate.problems.len() < PROBLEMS {
                        estimate.problems.push(error);
                    }
                }
            }
        }
        estimate.credits = estimate.characters;
        let seconds = speech.as_secs() + u64::from(speech.subsec_nanos() > 0);
        estimate.speech = Duration::from_secs(seconds);
        let at_once = u64::try_from(concurrency.max(1)).unwrap_or(u64::MAX);
        estimate.time = Duration::from_secs(seconds.div_ceil(at_once));
        estimate
    }
}

#[cfg(test)]
mod tests {
    use cartesia_types::captions::CaptionFormat;
    use cartesia_types::tts::BytesRequest;
    use cartesia_types::{ModelId, RawFormat, VoiceId, WavFormat};

    use super::super::record::{Made, Record};
    use super::super::store::Found;
    use super::*;

    #[expect(
        clippy::unnecessary_wraps,
        reason = "a planner takes what a manifest gives"
    )]
    fn item(id: &str, text: &str) -> Result<Item> {
        let format = WavFormat::from(RawFormat::PCM_S16LE_16000);
        let request = BytesRequest::new(ModelId::SONIC_3, VoiceId::from("v"), text, format);
        let item = Item::new(request);
        Ok(if id.is_empty() {
            item
        } else {
            item.with_id(id)
        })
    }

    fn rules() -> Rules {
        Rules {
            service: "a".to_owned(),
            shard: Shard::default(),
            limit: None,
            retry_failed: false,
            changed: Changed::default(),
        }
    }

    fn steps(rules: &Rules, index: &Index, items: Vec<Result<Item>>) -> Vec<String> {
        let mut planner = Planner::new(rules, index);
        let step = |item| match planner.step(item) {
            Step::Ask(job) => format!("ask {}", job.stem),
            Step::Skip(_, why) => format!("{why:?}"),
            Step::Invalid(error) => error.message().to_owned(),
            Step::Enough => "enough".to_owned(),
        };
        items.into_iter().map(step).collect()
    }

    fn done(index: &mut Index, item: Result<Item>, at: u64) {
        let job = Job::new(item.unwrap(), "a").unwrap();
        let made = Made {
            duration: Duration::ZERO,
            bytes: 100,
            sha256: String::new(),
            words: Vec::new(),
            request_id: None,
        };
        let now = std::time::UNIX_EPOCH + Duration::from_millis(at);
        index.add(Found::Record(&Record::done(&job, made, 1, now).to_line()));
        index.add(Found::File {
            name: &job.audio_name(),
            bytes: 100,
        });
    }

    #[test]
    fn what_is_finished_is_not_asked_for_and_what_changed_is() {
        let mut index = Index::default();
        done(&mut index, item("a", "Hello"), 1);
        let ask = |item| steps(&rules(), &index, vec![item]).remove(0);
        assert_eq!(ask(item("a", "Hello")), "Finished");
        assert_eq!(ask(item("a", "Hello!")), "ask a");
        assert_eq!(ask(item("b", "Hello")), "ask b");
        let captions = item("a", "Hello").map(|item| item.with_captions(CaptionFormat::Srt));
        assert_eq!(ask(captions), "ask a");
        assert_eq!(
            ask(item("a", "Hello").map(|item| item.with_words(true))),
            "ask a"
        );
    }

    #[test]
    fn audio_of_another_size_is_asked_for_again() {
        let mut index = Index::default();
        done(&mut index, item("a", "Hello"), 1);
        index.add(Found::File {
            name: "a.wav",
            bytes: 99,
        });
        assert_eq!(steps(&rules(), &index, vec![item("a", "Hello")]), ["ask a"]);
    }

    #[test]
    fn the_latest_result_counts_in_whatever_order_they_are_read() {
        let mut index = Index::default();
        done(&mut index, item("a", "new"), 2);
        done(&mut index, item("a", "old"), 1);
        assert_eq!(steps(&rules(), &index, vec![item("a", "old")]), ["ask a"]);
        assert_eq!(
            steps(&rules(), &index, vec![item("a", "new")]),
            ["Finished"]
        );
    }

    #[test]
    fn refusals_are_not_asked_for_again_and_passing_failures_are() {
        let job = Job::new(item("a", "Hello").unwrap(), "a").unwrap();
        for (kind, expected) in [
            (ErrorKind::InvalidRequest, "FailedBefore"),
            (ErrorKind::NotFound, "FailedBefore"),
            (ErrorKind::Server, "ask a"),
            (ErrorKind::Timeout, "ask a"),
        ] {
            let mut index = Index::default();
            let error = Error::new(kind, "tts.bytes", "no");
            let record = Record::failed(&job, &error, 1, std::time::UNIX_EPOCH);
            index.add(Found::Record(&record.to_line()));
            assert_eq!(
                steps(&rules(), &index, vec![item("a", "Hello")]),
                [expected]
            );
            let again = Rules {
                retry_failed: true,
                ..rules()
            };
            assert_eq!(steps(&again, &index, vec![item("a", "Hello")]), ["ask a"]);
            assert_eq!(steps(&rules(), &index, vec![item("a", "Hallo")]), ["ask a"]);
        }
    }

    #[test]
    fn duplicate_ids_are_refused_with_both_lines() {
        let items = vec![item("A", "one"), item("x", "two"), item("a", "three")];
        let found = steps(&rules(), &Index::default(), items);
        assert!(
            found[2].starts_with("line 3: the id is that of line 1"),
            "{found:?}"
        );
        let unnamed = vec![item("", "one"), item("", "one")];
        assert_eq!(steps(&rules(), &Index::default(), unnamed)[1], "Duplicate");
    }

    #[test]
    fn the_limit_counts_what_is_asked_for() {
        let mut index = Index::default();
        done(&mut index, item("a", "a"), 1);
        let limited = Rules {
            limit: Some(2),
            ..rules()
        };
        let items = ["a", "b", "c", "d"].map(|id| item(id, id)).into();
        assert_eq!(
            steps(&limited, &index, items),
            ["Finished", "ask b", "ask c", "enough"]
        );
    }

    #[test]
    fn torn_lines_are_counted_and_passed_over() {
        let mut index = Index::default();
        for line in [
            "",
            "  ",
            r#"{"id":"a","sta"#,
            "null",
            r#"{"id":"a","status":"done","key":"7"}"#,
        ] {
            index.add(Found::Record(line));
        }
        assert_eq!(index.unreadable(), 3);
    }

    #[test]
    fn estimates_add_up() {
        let items = vec![
            item("a", &"a".repeat(150)),
            item("b", "日本"),
            item("a", "again"),
            Err(Error::new(ErrorKind::InvalidRequest, OPERATION, "no")),
        ];
        let estimate = Estimate::new(items, &rules(), &Index::default(), 4);
        assert_eq!(
            (estimate.items, estimate.characters, estimate.credits),
            (2, 152, 152)
        );
        assert_eq!(estimate.speech, Duration::from_secs(11));
        assert_eq!(estimate.time, Duration::from_secs(3));
        assert_eq!((estimate.invalid, estimate.problems.len()), (2, 2));
    }
}
