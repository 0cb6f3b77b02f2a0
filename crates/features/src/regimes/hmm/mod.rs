//! Regimes of a hidden Markov model: fitted on a span or again and again, filtered after what was read.

mod fit;
mod model;

use std::ops::Range;

use proofmark_market::Bars;
use proofmark_units::{Date, DateSpan, Seed, Symbol};

pub use fit::{FitError, FitOptions, Fitted};
pub use model::GaussianHmm;

use super::fit::{Fit, Parameters};
use super::rule::{Labelled, Rule, log_returns, require};
use super::{Refit, RegimeSpecError};

/// Names of the states, calmest first.
const STATES: [&str; 5] = ["state_0", "state_1", "state_2", "state_3", "state_4"];

/// Bounds on what one fit may cost: a definition is a file, and it must not keep a machine for days.
const RESTARTS_MAX: usize = 50;
const ITERATIONS_MAX: usize = 10_000;

pub(super) struct Hmm {
    pub(super) options: FitOptions,
    pub(super) span: Option<DateSpan>,
    pub(super) refit: Option<Refit>,
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
        require(tolerance > 0.0 && tolerance.is_finite(), "tolerance", tolerance, "above 0")?;
        let ways = usize::from(self.span.is_some()) + usize::from(self.refit.is_some());
        require(ways == 1, "span or refit", ways as f64, "one of the two, 1 in number")?;
        self.refit.map_or(Ok(()), |refit| refit.check())
    }

    fn label(&self, bars: &[Bars], _: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        let seed = Seed::root(self.seed).child("hmm_regime");
        bars.iter().map(|bars| self.of(bars, &seed.child(bars.symbol().as_str()))).collect()
    }
}

impl Hmm {
    /// A return belongs to the bar of its later close. Bars that a fit has read are not labelled by it: its parameters have
    /// seen what came after them. Where a series ends before anything is to be labelled, nothing is fitted yet.
    fn of(&self, bars: &Bars, seed: &Seed) -> Result<Labelled, String> {
        let returns = log_returns(bars);
        let dates = bars.dates();
        // What each fit reads and labels, as rows of returns: that of bar t is row t - 1.
        let fits: Vec<(Range<usize>, Range<usize>)> = match (self.span, self.refit) {
            (Some(span), _) => {
                let from = dates.partition_point(|date| *date < span.start).max(1);
                let to = dates.partition_point(|date| *date <= span.end).max(from);
                if to < bars.len() { vec![(from - 1..to - 1, to - 1..returns.len())] } else { Vec::new() }
            }
            (None, Some(refit)) => {
                let stretches = refit.stretches(refit.minimum, returns.len());
                stretches.map(|stretch| (0..stretch.start, stretch)).collect()
            }
            (None, None) => Vec::new(),
        };
        let mut labelled = Labelled::from(vec![None; bars.len()]);
        let mut failed = None;
        for (read, stretch) in fits {
            match GaussianHmm::fit(&returns[read.clone()], &self.options, seed) {
                Ok(fitted) => {
                    let filtered = fitted.model.filter(&returns[read.start..stretch.end]);
                    for (row, shares) in stretch.clone().zip(filtered.into_iter().skip(read.len())) {
                        labelled.levels[row + 1] = most_likely(&shares);
                    }
                    labelled.fits.push(account(fitted, dates, read));
                }
                // The bars of a refit that failed are unknown: an older fit is not carried on in its place.
                Err(error) => failed = Some(error.to_string()),
            }
        }
        failed.filter(|_| labelled.fits.is_empty()).map_or(Ok(labelled), Err)
    }
}

fn account(fitted: Fitted, dates: &[Date], read: Range<usize>) -> Fit {
    let GaussianHmm { start, transition, mean, variance } = fitted.model;
    let log_likelihood = fitted.log_likelihood;
    Fit {
        fitted_on: DateSpan { start: dates[read.start + 1], end: dates[read.end] },
        values: read.len(),
        parameters: Parameters::Hmm { start, transition, mean, variance, log_likelihood },
    }
}

/// The state with the largest share; the calmer one of equals.
fn most_likely(shares: &[f64]) -> Option<u8> {
    let best =
        (1..shares.len()).fold(0, |best, state| if shares[state] > shares[best] { state } else { best });
    u8::try_from(best).ok()
}
