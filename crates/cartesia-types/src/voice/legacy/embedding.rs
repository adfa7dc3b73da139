//! Voice embeddings (legacy).

use serde::{Deserialize, Deserializer, Serialize};

/// A voice embedding: a vector of numbers; the service used 192 of them.
///
/// Legacy: embeddings belong to API versions up to 2025-11-04, and the public service switched them
/// off for all versions on 2026-06-01. They work against a server that still has them.
#[doc(alias = "voice embedding")]
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Takes the numbers.
    ///
    /// # Errors
    ///
    /// [`InvalidEmbedding`] when there are none, or when one is not finite: JSON cannot carry it.
    pub fn try_new(values: impl Into<Vec<f32>>) -> Result<Self, InvalidEmbedding> {
        let values = values.into();
        if values.is_empty() {
            return Err(InvalidEmbedding("it is empty"));
        }
        if values.iter().any(|value| !value.is_finite()) {
            return Err(InvalidEmbedding("a value is infinite or not a number"));
        }
        Ok(Self(values))
    }

    /// Returns the numbers.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Embedding {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::try_new(Vec::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

/// Numbers that are not an embedding.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the voice embedding is invalid: {0}")]
pub struct InvalidEmbedding(&'static str);
