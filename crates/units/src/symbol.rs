//! Symbols: the name of an instrument inside a workspace.

use std::borrow::Borrow;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An instrument's ticker: 1 to 32 characters of `A-Z a-z 0-9 . & _ -`, first one alphanumeric.
///
/// The character set is closed because a symbol becomes a folder name of the lake.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Symbol(Arc<str>);

/// Text was not a symbol.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a symbol: 1 to 32 of A-Z a-z 0-9 . & _ -, the first a letter or digit")]
pub struct ParseSymbolError {
    /// The offending text.
    pub text: String,
}

impl Symbol {
    /// The text of the symbol.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Symbol {
    type Err = ParseSymbolError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars();
        let first = chars.next().is_some_and(|c| c.is_ascii_alphanumeric());
        let rest = chars.all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '&' | '_' | '-'));
        if first && rest && text.len() <= 32 {
            Ok(Self(text.into()))
        } else {
            Err(ParseSymbolError { text: text.to_owned() })
        }
    }
}

impl fmt::Display for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Symbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Borrow<str> for Symbol {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Serialize for Symbol {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Symbol {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_and_ampersands_are_symbols_and_paths_are_not() {
        for good in ["BAJAJ-AUTO", "M&M", "NIFTY50", "360ONE"] {
            assert_eq!(good.parse::<Symbol>().unwrap().as_str(), good);
        }
        for bad in ["", "../x", "A/B", ".hidden", "A B", "-x", &"A".repeat(33)] {
            assert!(bad.parse::<Symbol>().is_err(), "{bad}");
        }
    }
}
