//! Regimes of a hidden Markov model: fitted on a span, filtered after it.

mod fit;
mod model;

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Seed};

pub use fit::{FitError, FitOptions, Fitted};
pub use model::GaussianHmm;

use super::RegimeSpecError;
use super::rule::{Levels, Rule, log_returns, require};

/// Names of the states, calmest first.
const STATES: [&str; 5] = ["state_0", "state_1", "state_2", "state_3", "state_4"];

/// Bounds on what one fit may cost: a definition is a file, and it must not keep a machine for days.
const RESTARTS_MAX: usize = 50;
const ITERATIONS_MAX: usize = 10_000;

pub(super) struct Hmm {
    pub(super) options: FitOptions,
    pub(super) span: DateSpan,
    pub(super) seed: u64,
}

impl Rule for Hmm {
    fn name(&self) -> &'static str {
        "hmm_regime"
    }
    fn values(&self) -> &'static [&'static str] {
        &STATES[..self.options.states.min(STATES.len())]
    }
    fn unknown(&self) -> &'static str {
        "hmm_unknown"
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        let FitOptions { states, restarts, max_iterations, tolerance } = self.options;
        require((2..=STATES.len()).contains(&states), "states", states as f64, "2 to 5")?;
        let (starts, passes) = (restarts as f64, max_iterations as f64);
        require((1..=RESTARTS_MAX).contains(&restarts), "restarts", starts, "1 to 50")?;
        require((1..=ITERATIONS_MAX).contains(&max_iterations), "max_iterations", passes, "1 to 10000")?;
        require(tolerance > 0.0 && tolerance.is_finite(), "tolerance", tolerance, "above 0")
    }

    fn levels(&self, bars: &[Bars]) -> Vec<Result<Levels, String>> {
        let seed = Seed::root(self.seed).child("hmm_regime");
        bars.iter().map(|bars| self.of(bars, &seed.child(bars.symbol().as_str()))).collect()
    }
}

impl Hmm {
    /// A return belongs to the span when its later close does. Bars up to the span's end stay unknown: the parameters have
    /// seen what came after them. A series that ends inside the span is not fitted yet.
    fn of(&self, bars: &Bars, seed: &Seed) -> Result<Levels, String> {
        let mut levels = vec![None; bars.len()];
        let dates = bars.dates();
        let from = dates.partition_point(|date| *date < self.span.start).max(1);
        let to = dates.partition_point(|date| *date <= self.span.end);
        if to >= bars.len() {
            return Ok(levels);
        }
        let returns = log_returns(bars);
        let sample = returns.get(from - 1..to.saturating_sub(1)).unwrap_or(&[]);
        let fitted = GaussianHmm::fit(sample, &self.options, seed).map_err(|error| error.to_string())?;
        let filtered = fitted.model.filter(&returns[from - 1..]);
        for (level, shares) in levels[from..].iter_mut().zip(filtered).skip(to - from) {
            *level = most_likely(&shares);
        }
        Ok(levels)
    }
}

/// The state with the largest share; the calmer one of equals.
fn most_likely(shares: &[f64]) -> Option<u8> {
    let best =
        (1..shares.len()).fold(0, |best, state| if shares[state] > shares[best] { state } else { best });
    u8::try_from(best).ok()
}
