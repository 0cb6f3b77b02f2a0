//! Barriers as far from the entry as the name's own volatility says.

use crate::barrier::{Barriers, Side, outcome};
use crate::rule::{Outcome, Rule, at_least, require};
use crate::series::Series;
use crate::volatility::{daily_volatility, units};
use crate::{LabelGrid, LabelSpecError};

/// [`crate::LabelSpec::VolatilityBarrier`]; the unit of a bar is the distance of its stop.
pub(crate) struct VolatilityBarrier {
    pub(crate) vol_span: usize,
    pub(crate) stop: f64,
    pub(crate) target: f64,
    pub(crate) max_hold: usize,
}

impl VolatilityBarrier {
    pub(crate) fn touched(&self, series: &Series, k: usize, side: Side, unit: f64) -> Option<Outcome> {
        let take_profit = unit / self.stop * self.target;
        outcome(series, k, side, &Barriers { stop_loss: unit, take_profit, max_hold: self.max_hold })
    }
}

impl Rule for VolatilityBarrier {
    fn check(&self) -> Result<(), LabelSpecError> {
        let multiple = |value: f64| value > 0.0 && value.is_finite();
        at_least(self.vol_span, 2, "vol_span", "at least 2")?;
        require(multiple(self.stop), "stop", self.stop, "a number of volatilities above 0")?;
        require(multiple(self.target), "target", self.target, "a number of volatilities above 0")?;
        at_least(self.max_hold, 1, "max_hold", "at least 1")
    }

    fn unit(&self) -> String {
        format!(
            "simple return from the next open to the exit, in units of the stop's distance: {} exponentially weighted standard deviations (span {}) of close-to-close returns",
            self.stop, self.vol_span
        )
    }

    fn horizon(&self) -> usize {
        self.max_hold
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        units(&daily_volatility(&series.close, self.vol_span), self.stop)
    }

    fn outcome(&self, series: &Series, k: usize, unit: f64) -> Option<Outcome> {
        self.touched(series, k, Side::Long, unit)
    }

    fn classify(&self, grid: &mut LabelGrid, _width: usize) {
        grid.classify_scaled(0.0);
    }
}
