//! Reading a JSON body field by field, so that every refusal names its field.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};

use crate::rejection::Rejection;

/// A body as JSON.
pub(crate) fn json(body: &[u8]) -> Result<Value, Rejection> {
    serde_json::from_slice(body)
        .map_err(|error| Rejection::bad_request(format!("the body is not JSON: {error}")))
}

/// A JSON object. A field that is `null` counts as absent, as the service has it; other fields are ignored.
#[derive(Debug, Clone)]
pub(crate) struct Fields<'a> {
    object: &'a Map<String, Value>,
    /// The prefix of the names of its fields in messages.
    path: String,
}

impl<'a> Fields<'a> {
    /// A whole body.
    pub(crate) fn of_body(value: &'a Value) -> Result<Self, Rejection> {
        let object = value
            .as_object()
            .ok_or_else(|| Rejection::bad_request("the body must be a JSON object"))?;
        Ok(Self {
            object,
            path: String::new(),
        })
    }

    /// A refusal of a field: its name, then `what`.
    pub(crate) fn refuse(&self, name: &str, what: &str) -> Rejection {
        Rejection::bad_request(format!("`{}{name}` {what}", self.path))
    }

    pub(crate) fn get(&self, name: &str) -> Option<&'a Value> {
        self.object.get(name).filter(|value| !value.is_null())
    }

    /// All fields that are not null.
    pub(crate) fn given(&self) -> Map<String, Value> {
        let given = self.object.iter().filter(|(_, value)| !value.is_null());
        given
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    }

    /// Whether it is there and `null`, where that means something else than absent.
    pub(crate) fn is_null(&self, name: &str) -> bool {
        self.object.get(name).is_some_and(Value::is_null)
    }

    pub(crate) fn required<T>(&self, name: &str, value: Option<T>) -> Result<T, Rejection> {
        value.ok_or_else(|| self.refuse(name, "is required"))
    }

    pub(crate) fn string(&self, name: &str) -> Result<Option<&'a str>, Rejection> {
        self.typed(name, "must be a string", Value::as_str)
    }

    pub(crate) fn boolean(&self, name: &str) -> Result<Option<bool>, Rejection> {
        self.typed(name, "must be true or false", Value::as_bool)
    }

    pub(crate) fn array(&self, name: &str) -> Result<Option<&'a Vec<Value>>, Rejection> {
        self.typed(name, "must be an array", Value::as_array)
    }

    pub(crate) fn number_in(
        &self,
        name: &str,
        range: &RangeInclusive<f64>,
    ) -> Result<Option<f64>, Rejection> {
        let number = self.typed(name, "must be a number", Value::as_f64)?;
        if number.is_some_and(|number| !range.contains(&number)) {
            let what = format!("must be from {} to {}", range.start(), range.end());
            return Err(self.refuse(name, &what));
        }
        Ok(number)
    }

    /// A whole number out of a few.
    pub(crate) fn integer_of(&self, name: &str, allowed: &[u32]) -> Result<Option<u32>, Rejection> {
        let integer = self.typed(name, "must be a whole number", Value::as_u64)?;
        let Some(integer) = integer else {
            return Ok(None);
        };
        let known = allowed.iter().find(|known| u64::from(**known) == integer);
        known
            .copied()
            .map(Some)
            .ok_or_else(|| self.refuse(name, &one_of(allowed)))
    }

    /// A string out of a few.
    pub(crate) fn string_of(
        &self,
        name: &str,
        allowed: &[&str],
    ) -> Result<Option<&'a str>, Rejection> {
        let string = self.string(name)?;
        if string.is_some_and(|string| !allowed.contains(&string)) {
            return Err(self.refuse(name, &one_of(allowed)));
        }
        Ok(string)
    }

    /// A JSON object in a field.
    pub(crate) fn object(&self, name: &str) -> Result<Option<Self>, Rejection> {
        let object = self.typed(name, "must be an object", Value::as_object)?;
        Ok(object.map(|object| Self {
            object,
            path: format!("{}{name}.", self.path),
        }))
    }

    fn typed<T>(
        &self,
        name: &str,
        what: &str,
        read: impl Fn(&'a Value) -> Option<T>,
    ) -> Result<Option<T>, Rejection> {
        let Some(value) = self.get(name) else {
            return Ok(None);
        };
        read(value).map(Some).ok_or_else(|| self.refuse(name, what))
    }
}

fn one_of(allowed: &[impl ToString]) -> String {
    let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
    format!("must be one of {}", allowed.join(", "))
}
