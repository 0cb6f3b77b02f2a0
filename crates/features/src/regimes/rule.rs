//! What one labeller has to say: the trait behind [`super::Labeller`].

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Symbol};

use super::RegimeSpecError;
use super::fit::Fit;

/// Levels of one instrument, one a bar; `None` where the regime is unknown.
pub(super) type Levels = Vec<Option<u8>>;

/// One labeller.
pub(super) trait Rule {
    /// Name of the regime: stable, in tables and pipeline files.
    fn name(&self) -> &'static str;
    /// Names of the levels, lowest first.
    fn values(&self) -> &'static [&'static str];
    /// Name of a bar whose regime is unknown.
    fn unknown(&self) -> &'static str;
    /// Whether a row reads the bars of other instruments of its date.
    fn compares(&self) -> bool {
        false
    }
    /// Refuses fields outside their range.
    fn check(&self) -> Result<(), RegimeSpecError>;
    /// Labels of every instrument, which come sorted by symbol, each one once; an error is why that one has none. Who is
    /// `paused` on a date is not compared with others on it.
    fn label(&self, bars: &[Bars], paused: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>>;
}

/// Labels of one instrument, and what was fitted for them.
#[derive(Default)]
pub(super) struct Labelled {
    pub(super) levels: Levels,
    /// In order of time.
    pub(super) fits: Vec<Fit>,
}

impl From<Levels> for Labelled {
    fn from(levels: Levels) -> Self {
        Self { levels, fits: Vec::new() }
    }
}

/// The three levels of a statistic between two bands.
pub(super) const MIDDLE: u8 = 1;

pub(super) fn require(
    ok: bool,
    field: &'static str,
    value: f64,
    rule: &'static str,
) -> Result<(), RegimeSpecError> {
    if ok { Ok(()) } else { Err(RegimeSpecError { field, value: value.to_string(), rule }) }
}

pub(super) fn at_least(
    count: usize,
    least: usize,
    field: &'static str,
    rule: &'static str,
) -> Result<(), RegimeSpecError> {
    require(count >= least, field, count as f64, rule)
}

/// Log returns between own closes; entry `t` is that of bar `t + 1`.
pub(super) fn log_returns(bars: &Bars) -> Vec<f64> {
    bars.close().windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect()
}
