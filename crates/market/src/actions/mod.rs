//! Corporate actions: what they are, how they show in raw prices, and prices without them.
//!
//! Everything here is a pure function of bars and a calendar, so it lives beside the bars and knows no table: the lake
//! keeps what sources say, and detection, merging and adjusting are views of that.

mod adjust;
mod detect;
mod evidence;
mod merge;
mod ratio;

use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

pub use self::adjust::{Adjust, AdjustError, Factors, adjustment, adjustment_from_first};
pub use self::detect::{Found, Series, detect, find, market_gaps, unjudged};
pub use self::evidence::Evidence;
pub use self::merge::{Disagreement, Merged, merge};
pub use self::ratio::{Ratio, simple_ratios};

/// The source name of what [`detect`] found.
pub const DETECTED: &str = "detected";

/// What happened to a share on its ex-date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActionKind {
    /// More shares for the same company: a split or a bonus issue, which prices cannot tell apart. The value is the
    /// number of shares after for each share before (> 1).
    Split,
    /// Fewer shares for the same company; the value is as for a split (< 1).
    ReverseSplit,
    /// Cash paid out; the value is the amount per share held before the ex-date, in the currency of the raw prices.
    Dividend,
    /// A gap that stays and is no split: a demerger, a rights issue, a crash. The value is close before over open;
    /// never applied to prices.
    Unexplained,
    /// A gap after missing sessions: whatever happened in them. The value is as for `unexplained`; never applied.
    Unknown,
}

impl ActionKind {
    /// Whether it changes the number of shares by a known factor.
    pub const fn is_split(self) -> bool {
        matches!(self, Self::Split | Self::ReverseSplit)
    }

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Split => "split",
            Self::ReverseSplit => "reverse_split",
            Self::Dividend => "dividend",
            Self::Unexplained => "unexplained",
            Self::Unknown => "unknown",
        }
    }
}

/// One event of one share.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorporateAction {
    /// The share.
    pub symbol: Symbol,
    /// First session that trades without the right: its prices are the new ones.
    pub ex_date: Date,
    /// What happened.
    pub kind: ActionKind,
    /// How much; the unit depends on [`ActionKind`].
    pub value: f64,
    /// First instant at which this program could know of it: for a detected one that of the last bar it was judged by,
    /// for a declared one what the declaration says.
    pub known_at: Instant,
    /// Who says so: [`DETECTED`], or the name of a file.
    pub source: String,
    /// What the prices show; `None` for a declared action.
    #[serde(default)]
    pub evidence: Option<Evidence>,
}

#[cfg(test)]
mod tests;
