//! Liquidity regime: where recent turnover stands in its own history.

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Symbol};

use super::rule::{Labelled, Rule, at_least};
use super::{Bands, History, RegimeSpecError};

/// Bars of the inner mean, which takes single days without a trade out.
const SMOOTHED: usize = 8;

pub(super) struct Liquidity {
    pub(super) window: usize,
    pub(super) minimum: usize,
    pub(super) history: History,
    pub(super) bands: Bands,
}

impl Rule for Liquidity {
    fn name(&self) -> &'static str {
        "liquidity_regime"
    }
    fn values(&self) -> &'static [&'static str] {
        &["dry", "balanced", "flood"]
    }
    fn unknown(&self) -> &'static str {
        "liquidity_unknown"
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        at_least(self.minimum, 1, "min_bars", "at least 1")?;
        at_least(self.window, self.minimum, "window", "at least `min_bars`")?;
        self.history.check()?;
        self.bands.check()
    }

    fn label(&self, bars: &[Bars], _: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        bars.iter()
            .map(|bars| Ok(self.history.label(&self.turnover(bars), bars.dates(), self.bands)))
            .collect()
    }
}

impl Liquidity {
    /// Mean over `window` bars of the 8-bar mean of close times volume. A window in which nothing traded is unknown: a
    /// source without volumes writes 0. Only its order matters, so no logarithm is taken.
    fn turnover(&self, bars: &Bars) -> Vec<Option<f64>> {
        let raw = bars.close().iter().zip(bars.volume()).map(|(price, volume)| price * volume);
        let raw: Vec<Option<f64>> = raw.map(|value| Some(value).filter(|v| v.is_finite())).collect();
        let smooth: Vec<Option<f64>> = (0..raw.len()).map(|t| mean(&raw, t, SMOOTHED, 1)).collect();
        let outer = |t| mean(&smooth, t, self.window, self.minimum).filter(|value| *value > 0.0);
        (0..raw.len()).map(outer).collect()
    }
}

/// Mean of the known values of the `window` bars up to `t`, with `minimum` of them.
fn mean(values: &[Option<f64>], t: usize, window: usize, minimum: usize) -> Option<f64> {
    let known = values[(t + 1).saturating_sub(window)..=t].iter().flatten();
    let (sum, count) = known.fold((0.0, 0_usize), |(sum, count), value| (sum + value, count + 1));
    (count >= minimum).then(|| sum / count as f64)
}
