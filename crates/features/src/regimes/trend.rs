//! Trend regime: two averages and a rate of change that agree.

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Symbol};

use super::RegimeSpecError;
use super::rule::{Labelled, Levels, MIDDLE, Rule, at_least};

pub(super) struct Trend {
    pub(super) fast: usize,
    pub(super) slow: usize,
    pub(super) change: usize,
}

impl Rule for Trend {
    fn name(&self) -> &'static str {
        "trend_regime"
    }
    fn values(&self) -> &'static [&'static str] {
        &["downtrend", "sideways", "uptrend"]
    }
    fn unknown(&self) -> &'static str {
        "trend_unknown"
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        at_least(self.fast, 1, "fast", "at least 1")?;
        at_least(self.slow, self.fast.saturating_add(1), "slow", "above `fast`")?;
        at_least(self.change, 1, "change", "at least 1")
    }

    fn label(&self, bars: &[Bars], _: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        bars.iter().map(|bars| Ok(self.of(bars.close()).into())).collect()
    }
}

impl Trend {
    fn of(&self, close: &[f64]) -> Levels {
        let mean = |t: usize, bars: usize| close[t + 1 - bars..=t].iter().sum::<f64>() / bars as f64;
        let level = |t: usize| {
            if t + 1 < self.slow || t < self.change {
                return None;
            }
            let crossing = mean(t, self.fast) - mean(t, self.slow);
            let change = close[t] - close[t - self.change];
            Some(if crossing > 0.0 && change > 0.0 {
                MIDDLE + 1
            } else if crossing < 0.0 && change < 0.0 {
                0
            } else {
                MIDDLE
            })
        };
        (0..close.len()).map(level).collect()
    }
}
