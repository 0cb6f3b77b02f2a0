//! What one kind of label has to say: the trait behind [`crate::LabelSpec`].

use crate::series::Series;
use crate::{ExitReason, LabelGrid, LabelSpecError};

/// The outcome of one decision, before the cross-section is looked at.
pub(crate) struct Outcome {
    /// Own bar at whose open the position is taken.
    pub(crate) entry: usize,
    /// Own bar whose price ended the label.
    pub(crate) exit: usize,
    /// Latest own bar the label may have read.
    pub(crate) last: usize,
    /// Simple return from entry to exit.
    pub(crate) forward_return: f64,
    /// See [`LabelGrid::statistic`]; NaN where the kind has none.
    pub(crate) statistic: f64,
    /// Why a barrier label ended.
    pub(crate) reason: Option<ExitReason>,
}

/// One kind of label.
pub(crate) trait Rule {
    /// Refuses fields outside their range.
    fn check(&self) -> Result<(), LabelSpecError>;
    /// What one unit of scaled return is, in words.
    fn unit(&self) -> String;
    /// Bars from entry to the latest possible exit.
    fn horizon(&self) -> usize;
    /// The unit at each own bar, known at its close; NaN where there is none, and then no label.
    fn units(&self, series: &Series) -> Vec<f64>;
    /// The outcome of a decision at the close of own bar `k`; `None` without an entry or an exit.
    fn outcome(&self, series: &Series, k: usize, unit: f64) -> Option<Outcome>;
    /// Writes the classes, after a look at each date's names where the kind needs one.
    fn classify(&self, grid: &mut LabelGrid, width: usize);
}

/// `Ok` if `ok`, else what is wrong with `field`.
pub(crate) fn require(
    ok: bool,
    field: &'static str,
    value: f64,
    rule: &'static str,
) -> Result<(), LabelSpecError> {
    if ok { Ok(()) } else { Err(LabelSpecError { field, value, rule }) }
}

/// Refuses a count below `least`, whose words are `rule`.
pub(crate) fn at_least(
    count: usize,
    least: usize,
    field: &'static str,
    rule: &'static str,
) -> Result<(), LabelSpecError> {
    require(count >= least, field, count as f64, rule)
}
