//! What a scorer says about a text.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Good, bad or neither, for the owner of the instrument that the text is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Polarity {
    /// Bad news.
    Negative,
    /// Neither.
    Neutral,
    /// Good news.
    Positive,
}

impl Polarity {
    /// All, in the order of reports.
    pub const ALL: [Self; 3] = [Self::Negative, Self::Neutral, Self::Positive];

    /// Place in [`ALL`](Self::ALL).
    pub const fn index(self) -> usize {
        self as usize
    }
}

impl fmt::Display for Polarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Negative => "negative",
            Self::Neutral => "neutral",
            Self::Positive => "positive",
        })
    }
}

impl FromStr for Polarity {
    type Err = String;

    /// `none` is read as neutral: an annotator who found nothing to judge.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "negative" | "neg" | "-1" | "bearish" => Ok(Self::Negative),
            "neutral" | "none" | "0" => Ok(Self::Neutral),
            "positive" | "pos" | "1" | "bullish" => Ok(Self::Positive),
            _ => Err(format!("`{text}` is not negative, neutral or positive")),
        }
    }
}

/// A word or phrase that counted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    /// As the text has it, in lower case.
    pub text: String,
    /// What it added, before the sum is squashed.
    pub weight: f64,
}

/// The polarity of one text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Score {
    /// From -1 (bad) to 1 (good).
    pub value: f64,
    /// From 0 to 1, by the scorer's own measure: comparable within one scorer only.
    pub confidence: f64,
    /// The class it falls into.
    pub polarity: Polarity,
    /// What it rests on; empty where the scorer cannot say.
    pub hits: Vec<Hit>,
}
