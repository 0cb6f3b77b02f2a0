//! The papers of a feature that is not computed from the bars of its instrument.

use proofmark_units::Date;

use crate::{ContextColumn, ContextValues};

/// A feature of the world around an instrument: what it is, what it needs, and when it can be used.
///
/// Its values come from quotes, option chains, other series or headlines, and reach a model as a [`ContextColumn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Definition {
    /// Stable name: in model files, reports and digests; never renamed.
    pub name: &'static str,
    /// Formula in words, range, and the rule for what is missing.
    pub doc: &'static str,
    /// What it is computed from.
    pub inputs: &'static [&'static str],
    /// Rows that matter to a value, its own included: buckets, chains, sessions or releases, as `doc` says.
    pub look_back: usize,
    /// What has to pass after the end of the row before the value may be read.
    pub lag: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Whether its level can be compared over years and instruments: false for prices, sizes and money.
    pub stationary: bool,
    /// Paper or book of the formula.
    pub source: &'static str,
}

/// The lag of a value whose own row says when it was known.
pub(crate) const KNOWN_AT_ROW: &str = "none beyond the known-at time of its row";

impl Definition {
    /// The feature as a column of `values` by session, the same for every instrument. A missing value is NaN.
    ///
    /// - `sessions`: ascending; each value was known at the close of its session.
    /// - `values`: as many.
    pub fn column(&self, sessions: Vec<Date>, values: Vec<f64>) -> ContextColumn {
        ContextColumn {
            name: self.name.to_owned(),
            doc: self.doc.to_owned(),
            unit: self.unit.to_owned(),
            source: self.source.to_owned(),
            look_back: self.look_back,
            sessions,
            values: ContextValues::Market(values),
        }
    }
}
