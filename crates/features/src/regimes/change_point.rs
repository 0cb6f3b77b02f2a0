//! Change points: whether the mean or variance of returns changed within the last bars.

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Symbol};

use super::RegimeSpecError;
use super::rule::{Labelled, Levels, Rule, at_least, log_returns, require};
use super::run_length::{NormalGamma, RunLengths};

pub(super) struct ChangePoint {
    pub(super) prior_returns: usize,
    pub(super) expected_run: f64,
    pub(super) recent: usize,
    pub(super) probability: f64,
}

impl Rule for ChangePoint {
    fn name(&self) -> &'static str {
        "change_point"
    }
    fn values(&self) -> &'static [&'static str] {
        &["steady", "changed"]
    }
    fn unknown(&self) -> &'static str {
        "change_unknown"
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        at_least(self.prior_returns, 10, "prior_returns", "at least 10")?;
        let run = self.expected_run;
        require(run > 1.0 && run.is_finite(), "expected_run", run, "above 1 bar")?;
        at_least(self.recent, 1, "recent", "at least 1")?;
        let share = self.probability;
        require(share > 0.0 && share < 1.0, "probability", share, "between 0 and 1")
    }

    fn label(&self, bars: &[Bars], _: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        bars.iter().map(|bars| Ok(self.of(&log_returns(bars), bars.len()).into())).collect()
    }
}

impl ChangePoint {
    /// The first returns give the prior and are not looked at again; then a run must have had time to be long.
    fn of(&self, returns: &[f64], bars: usize) -> Levels {
        let mut levels = vec![None; bars];
        let Some((first, rest)) = returns.split_at_checked(self.prior_returns) else { return levels };
        let n = first.len() as f64;
        let mean = first.iter().sum::<f64>() / n;
        let variance = first.iter().map(|r| (r - mean) * (r - mean)).sum::<f64>() / (n - 1.0);
        // Prices that did not move yet say nothing about how much they will.
        if variance <= 1e-18 {
            return levels;
        }
        let prior = NormalGamma { mean, weight: 1.0, shape: 1.0, rate: variance };
        let mut lengths = RunLengths::new(prior, 1.0 / self.expected_run);
        for (k, value) in rest.iter().enumerate() {
            lengths.observe(*value);
            if k >= self.recent {
                let changed = lengths.at_most(self.recent) > self.probability;
                levels[self.prior_returns + 1 + k] = Some(u8::from(changed));
            }
        }
        levels
    }
}
