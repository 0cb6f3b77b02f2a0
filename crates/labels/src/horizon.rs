//! Returns over a fixed number of bars, in units of the symbol's own volatility or plain.

use crate::rule::{Outcome, Rule, at_least, require};
use crate::series::Series;
use crate::volatility::{daily_volatility, trailing_sigma, units};
use crate::{LabelGrid, LabelSpecError};

/// What one unit of the return is.
pub(crate) enum Unit {
    /// The volatility of the last so many log returns, equally weighted.
    Window(usize),
    /// That of simple returns, exponentially weighted with that span.
    Span(usize),
    /// The whole price: the return is a fraction.
    Return,
}

/// [`crate::LabelSpec::FixedHorizon`], [`crate::LabelSpec::VolatilityScaled`] and [`crate::LabelSpec::FixedReturn`].
pub(crate) struct Horizon {
    pub(crate) horizon: usize,
    pub(crate) unit: Unit,
    pub(crate) threshold: f64,
    pub(crate) relative: bool,
}

impl Rule for Horizon {
    fn check(&self) -> Result<(), LabelSpecError> {
        at_least(self.horizon, 1, "horizon", "at least 1")?;
        match self.unit {
            Unit::Window(window) => at_least(window, 2, "vol_window", "at least 2")?,
            Unit::Span(span) => at_least(span, 2, "vol_span", "at least 2")?,
            Unit::Return => {}
        }
        require(self.threshold.is_finite(), "threshold", self.threshold, "finite")
    }

    fn unit(&self) -> String {
        let horizon = self.horizon;
        match self.unit {
            Unit::Window(window) => format!(
                "simple return over {horizon} bars from the next open, in standard deviations of the last {window} close-to-close log returns times the root of {horizon}"
            ),
            Unit::Span(span) => format!(
                "simple return over {horizon} bars from the next open, in exponentially weighted standard deviations (span {span}) of close-to-close returns times the root of {horizon}"
            ),
            Unit::Return => format!("simple return over {horizon} bars from the next open, a fraction"),
        }
    }

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        let sigma = match self.unit {
            Unit::Window(window) => trailing_sigma(&series.close, window),
            Unit::Span(span) => daily_volatility(&series.close, span),
            Unit::Return => return vec![1.0; series.close.len()],
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
