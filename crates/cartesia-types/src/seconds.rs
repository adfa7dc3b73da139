//! Times that are seconds on the wire, as a JSON number.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// More than any audio of the service, and little enough that sums of times never overflow.
const MOST: f64 = 1e9;
/// Rounding on the server must not lose a word.
const ROUNDING: f64 = 0.1;

/// A time; `None` when it is not one: not a number, below zero by more than rounding explains, or
/// beyond all reason.
pub(crate) fn checked(seconds: f64) -> Option<Duration> {
    (-ROUNDING..=MOST)
        .contains(&seconds)
        .then(|| Duration::try_from_secs_f64(seconds.max(0.0)).ok())
        .flatten()
}

fn duration<E: de::Error>(seconds: f64) -> Result<Duration, E> {
    checked(seconds).ok_or_else(|| E::custom("a time is not a sensible number of seconds"))
}

pub(crate) fn serialize<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    time.as_secs_f64().serialize(serializer)
}

pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    duration(f64::deserialize(deserializer)?)
}

/// The same where there may be none.
pub(crate) mod optional {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer, duration};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        time.map(|time| time.as_secs_f64()).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Option::<f64>::deserialize(deserializer)?
            .map(duration)
            .transpose()
    }
}

/// The same in an answer of many fields, which one odd time must not spoil: then it is zero.
pub(crate) mod or_zero {
    use serde_json::Value;

    pub(crate) use super::serialize;
    use super::{Deserialize, Deserializer, Duration, checked};

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let seconds = Value::deserialize(deserializer)?.as_f64();
        Ok(seconds.and_then(checked).unwrap_or_default())
    }
}

/// A time that is a whole number of some unit on the wire, rounded down.
macro_rules! whole_units {
    ($module:ident, $seconds:literal) => {
        pub(crate) mod $module {
            use super::{Deserialize, Deserializer, Duration, Serialize, Serializer};

            #[expect(clippy::ref_option, reason = "serde calls it so")]
            pub(crate) fn serialize<S: Serializer>(
                time: &Option<Duration>,
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                time.map(|time| time.as_secs() / $seconds)
                    .serialize(serializer)
            }

            pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Option<Duration>, D::Error> {
                let units = Option::<u32>::deserialize(deserializer)?;
                Ok(units.map(|units| Duration::from_secs(u64::from(units) * $seconds)))
            }
        }
    };
}

whole_units!(whole, 1);
whole_units!(whole_minutes, 60);

/// A time that is a number of milliseconds on the wire.
pub(crate) mod millis {
    use super::{Deserialize, Deserializer, Duration, Serialize, Serializer, checked};

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(
        time: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let millis = time.map(|time| u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        millis.serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let millis = Option::<f64>::deserialize(deserializer)?;
        Ok(millis.and_then(|millis| checked(millis / 1_000.0)))
    }
}
