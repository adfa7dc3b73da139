//! One part of a batch, for an engine that runs it on many machines.

use std::fmt;
use std::str::FromStr;

use cartesia_types::{Error, ErrorKind, Result};

use super::OPERATION;
use super::item::name_hash;

/// The share of the items that one run makes. Shown and read as `2/4`, counted from 1.
///
/// An item belongs to the shard that a hash of its identifier names: a line that is added to a manifest moves no
/// other one, and all shards together make what one run makes.
#[doc(alias = "partition")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    /// Counted from 0.
    index: u32,
    count: u32,
}

impl Default for Shard {
    /// All items.
    fn default() -> Self {
        Self { index: 0, count: 1 }
    }
}

/// An engine that numbers the copies of a program that it runs, and how it tells them.
struct Engine {
    number: &'static str,
    /// The variable with the number of the first copy, or the number itself.
    first: (Option<&'static str>, u64),
    step: Option<&'static str>,
    count: Option<&'static str>,
}

const ENGINES: &[Engine] = &[
    Engine {
        number: "SLURM_ARRAY_TASK_ID",
        first: (Some("SLURM_ARRAY_TASK_MIN"), 0),
        step: Some("SLURM_ARRAY_TASK_STEP"),
        count: Some("SLURM_ARRAY_TASK_COUNT"),
    },
    Engine {
        number: "JOB_COMPLETION_INDEX",
        first: (None, 0),
        step: None,
        count: None,
    },
    Engine {
        number: "PARALLEL_SEQ",
        first: (None, 1),
        step: None,
        count: None,
    },
    Engine {
        number: "AWS_BATCH_JOB_ARRAY_INDEX",
        first: (None, 0),
        step: None,
        count: Some("AWS_BATCH_JOB_ARRAY_SIZE"),
    },
    Engine {
        number: "CLOUD_RUN_TASK_INDEX",
        first: (None, 0),
        step: None,
        count: Some("CLOUD_RUN_TASK_COUNT"),
    },
];

impl Shard {
    /// Creates shard `number` of `count`, counted from 1.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when `number` is not from 1 to `count`.
    pub fn new(number: u32, count: u32) -> Result<Self> {
        match number.checked_sub(1) {
            Some(index) if index < count => Ok(Self { index, count }),
            _ => Err(invalid(format!(
                "there is no shard {number} of {count}: the number is from 1 to the count"
            ))),
        }
    }

    /// Reads the shard from the variables of an engine: the arrays of Slurm (`SLURM_ARRAY_TASK_ID`, `_MIN`,
    /// `_STEP`, `_COUNT`), the indexed jobs of Kubernetes (`JOB_COMPLETION_INDEX`), GNU Parallel
    /// (`PARALLEL_SEQ`), AWS Batch and Cloud Run. Kubernetes and GNU Parallel do not say how many
    /// there are: `count` does. `lookup` returns a variable of the environment.
    ///
    /// ```
    /// use cartesia::batch::Shard;
    ///
    /// let kubernetes = |name: &str| (name == "JOB_COMPLETION_INDEX").then(|| "0".to_owned());
    /// assert_eq!(Shard::from_variables(kubernetes, Some(4))?.to_string(), "1/4");
    /// # Ok::<(), cartesia::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidRequest`] when no engine, or more than one, has set its variables, when the count is
    /// missing or differs from that of the engine, and when the numbers have gaps.
    pub fn from_variables(
        lookup: impl Fn(&str) -> Option<String>,
        count: Option<u32>,
    ) -> Result<Self> {
        let lookup = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let mut engines = ENGINES
            .iter()
            .filter(|engine| lookup(engine.number).is_some());
        let engine = match (engines.next(), engines.next()) {
            (Some(engine), None) => engine,
            (None, _) => {
                let names: Vec<_> = ENGINES.iter().map(|engine| engine.number).collect();
                let names = names.join(", ");
                return Err(invalid(format!(
                    "no engine numbers this run: none of {names} is set"
                )));
            }
            (Some(one), Some(other)) => {
                return Err(invalid(format!(
                    "two engines number this run, by {} and {}: give the shard as a number",
                    one.number, other.number
                )));
            }
        };
        let read = |name: &str| -> Result<Option<u64>> {
            let Some(value) = lookup(name) else {
                return Ok(None);
            };
            let number = value.trim().parse();
            number
                .map(Some)
                .map_err(|_| invalid(format!("{name} is not a number")))
        };
        let of = |name: Option<&str>| name.map_or(Ok(None), read);
        let number = read(engine.number)?.unwrap_or_default();
        let first = of(engine.first.0)?.unwrap_or(engine.first.1);
        let step = of(engine.step)?.filter(|step| *step > 0).unwrap_or(1);
        let count = match (of(engine.count)?, count.map(u64::from)) {
            (Some(own), Some(asked)) if own != asked => {
                return Err(invalid(format!(
                    "there are {own} copies of this run, not {asked}: leave the count out"
                )));
            }
            (Some(count), _) | (None, Some(count)) => count,
            (None, None) => {
                return Err(invalid(format!(
                    "{} does not say how many shards there are: add the count",
                    engine.number
                )));
            }
        };
        let place = number
            .checked_sub(first)
            .filter(|place| place % step == 0)
            .map(|place| place / step);
        match place.zip(u32::try_from(count).ok()) {
            Some((place, count)) if place < u64::from(count) => {
                let index = u32::try_from(place).unwrap_or(u32::MAX);
                Ok(Self { index, count })
            }
            _ => Err(invalid(format!(
                "{} is {number}, which is not one of {count} numbers from {first} on: use numbers without \
                 gaps",
                engine.number
            ))),
        }
    }

    /// Returns whether it is the only one.
    pub fn is_whole(self) -> bool {
        self.count == 1
    }

    /// Returns the number, counted from 1.
    pub fn number(self) -> u32 {
        self.index + 1
    }

    /// Returns the count of all shards.
    pub fn count(self) -> u32 {
        self.count
    }

    /// Whether the item with this name belongs to it.
    pub(super) fn has(self, stem: &str) -> bool {
        name_hash(stem) % u128::from(self.count.max(1)) == u128::from(self.index)
    }

    /// The name of its file of results.
    pub(super) fn results_name(self) -> String {
        format!("results{}.jsonl", self.suffix())
    }

    /// A part of a file name; nothing for the whole.
    pub(super) fn suffix(self) -> String {
        if self.is_whole() {
            return String::new();
        }
        format!("-{}-of-{}", self.number(), self.count)
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number(), self.count)
    }
}

impl FromStr for Shard {
    type Err = Error;

    /// Reads `2/4`.
    fn from_str(text: &str) -> Result<Self> {
        let numbers = text
            .split_once('/')
            .and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match numbers {
            Some((number, count)) => Self::new(number, count),
            None => Err(invalid("a shard is written like 2/4".to_owned())),
        }
    }
}

fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, OPERATION, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_in_one_shard_and_all_have_a_share() {
        for count in [1, 2, 3, 4, 17] {
            let shards: Vec<_> = (1..=count)
                .map(|number| Shard::new(number, count).unwrap())
                .collect();
            let mut counts = vec![0; shards.len()];
            for item in 0..2_000 {
                let stem = format!("item-{item}");
                let owners: Vec<_> = (0..shards.len())
                    .filter(|index| shards[*index].has(&stem))
                    .collect();
                assert_eq!(owners.len(), 1);
                counts[owners[0]] += 1;
            }
            let fair = 2_000 / shards.len();
            assert!(counts.iter().all(|count| count * 2 > fair), "{counts:?}");
        }
    }

    #[test]
    fn shards_are_written_as_they_are_read() {
        for text in ["1/1", "2/4", "4/4"] {
            assert_eq!(text.parse::<Shard>().unwrap().to_string(), text);
        }
        for wrong in ["0/4", "5/4", "4", "1/0", "a/b", "", "1/2/3", "-1/2"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
        assert_eq!(Shard::default().results_name(), "results.jsonl");
        assert_eq!(
            Shard::new(2, 4).unwrap().results_name(),
            "results-2-of-4.jsonl"
        );
    }

    #[test]
    fn engines_number_their_copies() {
        for (variables, count, expected) in [
            (
                "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=5 SLURM_ARRAY_TASK_COUNT=4",
                None,
                Ok("3/4"),
            ),
            (
                "SLURM_ARRAY_TASK_ID=4 SLURM_ARRAY_TASK_MIN=0 SLURM_ARRAY_TASK_STEP=2 SLURM_ARRAY_TASK_COUNT=5",
                None,
                Ok("3/5"),
            ),
            (
                "SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3",
                None,
                Err("gaps"),
            ),
            (
                "SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_COUNT=3",
                Some(4),
                Err("not 4"),
            ),
            ("JOB_COMPLETION_INDEX=0", Some(8), Ok("1/8")),
            ("JOB_COMPLETION_INDEX=8", Some(8), Err("gaps")),
            ("JOB_COMPLETION_INDEX=0", None, Err("add the count")),
            ("PARALLEL_SEQ=1", Some(2), Ok("1/2")),
            ("PARALLEL_SEQ=2", Some(2), Ok("2/2")),
            ("PARALLEL_SEQ=0", Some(2), Err("gaps")),
            (
                "AWS_BATCH_JOB_ARRAY_INDEX=1 AWS_BATCH_JOB_ARRAY_SIZE=2",
                None,
                Ok("2/2"),
            ),
            (
                "CLOUD_RUN_TASK_INDEX=1 CLOUD_RUN_TASK_COUNT=3",
                Some(3),
                Ok("2/3"),
            ),
            ("PARALLEL_SEQ=x", Some(2), Err("not a number")),
            (
                "PARALLEL_SEQ=1 JOB_COMPLETION_INDEX=1",
                Some(2),
                Err("two engines"),
            ),
            ("", Some(2), Err("no engine")),
            ("PARALLEL_SEQ=", Some(2), Err("no engine")),
            (
                "PARALLEL_SEQ=99999999999999999999",
                Some(2),
                Err("not a number"),
            ),
        ] {
            let lookup = |name: &str| {
                variables
                    .split(' ')
                    .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
                    .map(str::to_owned)
            };
            let found = Shard::from_variables(lookup, count);
            match (found, expected) {
                (Ok(shard), Ok(expected)) => assert_eq!(shard.to_string(), expected),
                (Err(error), Err(part)) => assert!(error.message().contains(part), "{error}"),
                (found, _) => panic!("{variables}: {found:?}"),
            }
        }
    }
}
