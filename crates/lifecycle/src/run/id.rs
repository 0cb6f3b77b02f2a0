//! Run ids.

use std::fmt;
use std::str::FromStr;

use proofmark_units::Instant;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The name of a run: 1 to 64 of `A-Z a-z 0-9 _ -`, first one alphanumeric; it becomes a folder name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

/// Text was not a run id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a run id: 1 to 64 of A-Z a-z 0-9 _ -, the first a letter or digit")]
pub struct ParseRunIdError {
    /// The offending text.
    pub text: String,
}

impl RunId {
    /// The id of a historical training run created at this instant: `live_candidate_<UTC yyyymmdd_hhmmss>`.
    pub fn live_candidate(created: Instant) -> Self {
        Self(format!("live_candidate_{}", created.compact_utc()))
    }

    /// The text of the id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for RunId {
    type Err = ParseRunIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let first = text.chars().next().is_some_and(|c| c.is_ascii_alphanumeric());
        let rest = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        match first && rest && text.len() <= 64 {
            true => Ok(Self(text.to_owned())),
            false => Err(ParseRunIdError { text: text.to_owned() }),
        }
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RunId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RunId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
