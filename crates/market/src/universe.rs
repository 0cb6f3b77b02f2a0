//! Which instruments a pipeline may hold, and whether that was known at the time.

use proofmark_units::{Date, DateSpan, Symbol};
use serde::{Deserialize, Serialize};

/// How the list of symbols came to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Membership {
    /// Each symbol's membership spans were known as of each date.
    PointInTime {
        /// Member spans, one entry per symbol and span.
        spans: Vec<(Symbol, DateSpan)>,
    },
    /// A list known at `chosen_at` and carried back over history: survivorship and selection bias.
    CarriedBack {
        /// When the list was drawn up.
        chosen_at: Date,
    },
    /// The whole simulated market: every instrument that ever existed in it, so nothing was selected.
    WholeMarket,
}

/// The instruments of a pipeline, ascending and unique, with the papers of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Universe {
    /// Symbols, ascending, unique.
    pub symbols: Vec<Symbol>,
    /// Where the list comes from and when it was known.
    pub membership: Membership,
}

impl Universe {
    /// Whether every membership was known at its own date.
    pub const fn known_as_of(&self) -> bool {
        !matches!(self.membership, Membership::CarriedBack { .. })
    }
}
