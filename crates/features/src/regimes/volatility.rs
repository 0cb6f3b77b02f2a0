//! Volatility regime: where the recent standard deviation of returns stands in its own history.

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Symbol};

use super::rule::{Labelled, Rule, at_least};
use super::{Bands, History, RegimeSpecError};

pub(super) struct Volatility {
    pub(super) window: usize,
    pub(super) minimum: usize,
    pub(super) history: History,
    pub(super) bands: Bands,
}

impl Rule for Volatility {
    fn name(&self) -> &'static str {
        "volatility_regime"
    }
    fn values(&self) -> &'static [&'static str] {
        &["low_vol", "mid_vol", "high_vol"]
    }
    fn unknown(&self) -> &'static str {
        "volatility_unknown"
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        at_least(self.minimum, 2, "min_returns", "at least 2")?;
        at_least(self.window, self.minimum, "window", "at least `min_returns`")?;
        self.history.check()?;
        self.bands.check()
    }

    fn label(&self, bars: &[Bars], _: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        let one = |bars: &Bars| self.history.label(&self.deviations(bars.close()), bars.dates(), self.bands);
        bars.iter().map(|bars| Ok(one(bars))).collect()
    }
}

impl Volatility {
    /// Sample standard deviation (n - 1) of the simple returns of the last `window` bars, with `minimum` of them.
    fn deviations(&self, close: &[f64]) -> Vec<Option<f64>> {
        let returns: Vec<f64> = close.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
        let deviation = |t: usize| {
            let part = &returns[t.saturating_sub(self.window)..t];
            if part.len() < self.minimum {
                return None;
            }
            let n = part.len() as f64;
            let mean = part.iter().sum::<f64>() / n;
            let squares: f64 = part.iter().map(|r| (r - mean) * (r - mean)).sum();
            Some((squares / (n - 1.0)).sqrt())
        };
        (0..close.len()).map(deviation).collect()
    }
}
