//! Trend scanning: the horizon over which the coming prices look most like a line.

use crate::rule::{Outcome, Rule, at_least, require};
use crate::series::Series;
use crate::{LabelGrid, LabelSpecError};

/// Share of the total sum of squares below which a residual is rounding: it bounds the t of a perfect line.
const ROUNDING: f64 = 1e-14;

/// [`crate::LabelSpec::TrendScan`].
pub(crate) struct TrendScan {
    pub(crate) min_horizon: usize,
    pub(crate) max_horizon: usize,
    pub(crate) threshold: f64,
}

impl Rule for TrendScan {
    fn check(&self) -> Result<(), LabelSpecError> {
        at_least(self.min_horizon, 2, "min_horizon", "at least 2: a t needs three prices")?;
        at_least(self.max_horizon, self.min_horizon, "max_horizon", "at least `min_horizon`")?;
        require(self.threshold.is_finite(), "threshold", self.threshold, "finite")
    }

    fn unit(&self) -> String {
        format!(
            "simple return from the next open over the {} to {} bars with the strongest trend, as a fraction",
            self.min_horizon, self.max_horizon
        )
    }

    fn horizon(&self) -> usize {
        self.max_horizon
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        vec![1.0; series.len()]
    }

    fn outcome(&self, series: &Series, k: usize, _unit: f64) -> Option<Outcome> {
        let entry = k + 1;
        let price = *series.open.get(entry)?;
        let latest = entry.saturating_add(self.max_horizon);
        let (last, _) = series.exit_at_open(latest)?;
        // Of a symbol that stopped trading the last close is one more price, and no price follows.
        let latest = latest.min(series.len());
        let prices = (entry..=latest).map(|bar| series.exit_at_open(bar).map_or(f64::NAN, |(_, p)| p));
        let (horizon, t) = strongest_trend(prices, self.min_horizon)?;
        let (exit, paid) = series.exit_at_open(entry + horizon)?;
        let forward_return = paid / price - 1.0;
        Some(Outcome { entry, exit, last, forward_return, statistic: t, reason: None })
    }

    fn classify(&self, grid: &mut LabelGrid, _width: usize) {
        grid.classify_statistic(self.threshold);
    }
}

/// The horizon, in steps between prices, at least `least`, whose regression of log price on time has the slope with the
/// largest absolute t, and that t; the shortest of equals. `None` with fewer than `least + 1` prices.
///
/// López de Prado (2019), "Advances in Financial Machine Learning, Lecture 3" and (2020), *Machine Learning for Asset
/// Managers*, section 5.4. There a horizon of `L` has `L` prices; here it is `L` steps and has `L + 1`. Prices that do not
/// move have t 0. The sums are those of deviations from running means, so every further horizon costs a few operations.
pub fn strongest_trend(prices: impl Iterator<Item = f64>, least: usize) -> Option<(usize, f64)> {
    let (mut mean_x, mut mean_y, mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut best: Option<(usize, f64)> = None;
    for (step, price) in prices.enumerate() {
        let (x, y, n) = (step as f64, price.ln(), step as f64 + 1.0);
        let (off_x, off_y) = (x - mean_x, y - mean_y);
        mean_x += off_x / n;
        mean_y += off_y / n;
        xx += off_x * (x - mean_x);
        xy += off_x * (y - mean_y);
        yy += off_y * (y - mean_y);
        if step < least.max(2) {
            continue;
        }
        let slope = xy / xx;
        let residual = (yy - slope * xy).max(ROUNDING * yy);
        let t = if yy > 0.0 { slope / (residual / (n - 2.0) / xx).sqrt() } else { 0.0 };
        if best.is_none_or(|(_, most)| t.abs() > most.abs()) {
            best = Some((step, t));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn scan(logs: &[f64], least: usize) -> (usize, f64) {
        strongest_trend(logs.iter().map(|y: &f64| y.exp()), least).unwrap()
    }

    #[test]
    fn t_by_hand() {
        // y = 0, 2, 1: slope 1/2, residuals -1/2, 1, -1/2 of squares 3/2; one degree of freedom, sxx = 2.
        let (horizon, t) = scan(&[0.0, 2.0, 1.0], 2);
        assert_eq!(horizon, 2);
        assert!((t - 0.5 / 0.75_f64.sqrt()).abs() < 1e-12, "{t}");
        // A fourth price on the way down turns it: y = 0, 2, 1, -3 has slope -1 and residual squares 9.
        let (horizon, t) = scan(&[0.0, 2.0, 1.0, -3.0], 2);
        assert_eq!(horizon, 3);
        assert!((t + 1.0 / (9.0_f64 / 2.0 / 5.0).sqrt()).abs() < 1e-12, "{t}");
    }

    #[test]
    fn lines_are_finite_and_flat_prices_have_no_trend() {
        let (_, t) = scan(&[0.0, 0.1, 0.2, 0.3], 2);
        assert!(t.is_finite() && t > 1e5, "{t}");
        assert_eq!(scan(&[0.5; 6], 2), (2, 0.0));
        assert!(strongest_trend([1.0, 2.0, 3.0].into_iter(), 3).is_none());
    }
}
