//! What a check says.

use serde::{Deserialize, Serialize};

use super::Mode;

/// What a limit is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum Subject {
    /// All names.
    Book,
    /// Names held long: the net exposure is too high, or a pause of that side.
    Longs,
    /// Names held short: the net exposure is too low, or a pause of that side.
    Shorts,
    /// One name.
    Name(String),
    /// The names of one sector.
    Sector(String),
    /// The names with a positive exposure to a factor.
    FactorAbove(String),
    /// The names with a negative exposure to a factor.
    FactorBelow(String),
}

/// One limit that did not hold, and what was done.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// Id of the rule.
    pub rule: String,
    /// Its mode.
    pub mode: Mode,
    /// Instrument or group.
    pub subject: Subject,
    /// Sum of `|weight|` of the names the rule may cut, before it acted.
    pub before: f64,
    /// The same afterwards.
    pub after: f64,
    /// The limit, in the unit of `measured`.
    pub limit: f64,
    /// What was measured before the rule acted; `None` = an input is missing.
    pub measured: Option<f64>,
    /// The input that is missing.
    pub missing: Option<String>,
}

/// The answer to a proposal.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Approved weight of each name.
    pub approved: Vec<f64>,
    /// Every limit that did not hold, in the order in which the rules were judged.
    pub decisions: Vec<Decision>,
    /// The first rule in mode `halt` that did not hold; the caller latches it.
    pub halted_by: Option<String>,
}
