//! Returns over a fixed number of bars, in units of the symbol's own volatility.

use crate::rule::{Outcome, Rule, at_least, require};
use crate::series::Series;
use crate::volatility::{daily_volatility, trailing_sigma, units};
use crate::{LabelGrid, LabelSpecError};

/// Which volatility is the unit.
pub(crate) enum Volatility {
    /// Of the last so many log returns, equally weighted.
    Window(usize),
    /// Of simple returns, exponentially weighted with that span.
    Span(usize),
}

/// [`crate::LabelSpec::FixedHorizon`] and [`crate::LabelSpec::VolatilityScaled`].
pub(crate) struct Horizon {
    pub(crate) horizon: usize,
    pub(crate) volatility: Volatility,
    pub(crate) threshold: f64,
    pub(crate) relative: bool,
}

impl Rule for Horizon {
    fn check(&self) -> Result<(), LabelSpecError> {
        at_least(self.horizon, 1, "horizon", "at least 1")?;
        match self.volatility {
            Volatility::Window(window) => at_least(window, 2, "vol_window", "at least 2")?,
            Volatility::Span(span) => at_least(span, 2, "vol_span", "at least 2")?,
        }
        require(self.threshold.is_finite(), "threshold", self.threshold, "finite")
    }

    fn unit(&self) -> String {
        let horizon = self.horizon;
        match self.volatility {
            Volatility::Window(window) => format!(
                "simple return over {horizon} bars from the next open, in standard deviations of the last {window} close-to-close log returns times the root of {horizon}"
            ),
            Volatility::Span(span) => format!(
                "simple return over {horizon} bars from the next open, in exponentially weighted standard deviations (span {span}) of close-to-close returns times the root of {horizon}"
            ),
        }
    }

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        let sigma = match self.volatility {
            Volatility::Window(window) => trailing_sigma(&series.close, window),
            Volatility::Span(span) => daily_volatility(&series.close, span),
        };
        units(&sigma, (self.horizon as f64).sqrt())
    }

    fn outcome(&self, series: &Series, k: usize, _unit: f64) -> Option<Outcome> {
        forward(series, k, self.horizon)
    }

    fn classify(&self, grid: &mut LabelGrid, width: usize) {
        if self.relative {
            grid.make_relative(width);
        }
        grid.classify_scaled(self.threshold);
    }
}

/// The return from the open of bar `k + 1` to the open `horizon` bars later.
pub(crate) fn forward(series: &Series, k: usize, horizon: usize) -> Option<Outcome> {
    let entry = k + 1;
    let price = *series.open.get(entry)?;
    let (last, exit) = series.exit_at_open(entry.saturating_add(horizon))?;
    Some(Outcome {
        entry,
        exit: last,
        last,
        forward_return: exit / price - 1.0,
        statistic: f64::NAN,
        reason: None,
    })
}
