//! What is forecast of a row's return: its distribution, from the calibration slice.

use proofmark_models::{QuantileForecast, ScoreGroups};
use serde::{Deserialize, Serialize};

/// Levels of the quantiles: every twentieth, so that the outermost bound the central 90 % and the quartiles are there.
pub const FORECAST_LEVELS: [f64; 19] = [
    0.05, 0.10, 0.15, 0.20, 0.25, 0.30, 0.35, 0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85,
    0.90, 0.95,
];

/// Groups of the score at most.
const GROUPS_MAX: usize = 5;

/// Rows of a group at least. The level of an empirical 5 % quantile of so many independent rows is right to a point;
/// rows of a date and overlapping labels are worth fewer.
pub const FORECAST_ROWS_MIN: usize = 500;

/// Forecasts of a return, and two that know less, which it is measured against.
///
/// The unit of a row is known at its decision (usually its own trailing volatility), so its quantiles are wide where it
/// was volatile: locally weighted conformal prediction (Lei, G'Sell, Rinaldo, Tibshirani & Wasserman 2018, JASA 113,
/// 1094-1111, section 5.2) with quantiles of both sides as in Romano, Patterson & Candes (2019). All three are fitted
/// on the calibration slice alone, which no model has been fitted on; Platt's line, which has, keeps the order of the
/// scores and so their groups.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReturnForecast {
    /// Of the return in the row's own unit, by group of the score.
    pub by_score: QuantileForecast,
    /// Of the return in the row's own unit, whatever the score: what volatility alone tells.
    pub by_unit: QuantileForecast,
    /// Of the return itself, whatever score and unit: climatology.
    pub climatology: QuantileForecast,
}

impl ReturnForecast {
    /// Forecasts from rows that no model was fitted on; `None` with fewer than [`FORECAST_ROWS_MIN`] of them that have
    /// a score, a return and a unit above 0, all finite. Other rows are left out.
    ///
    /// - `score`, `forward_return` (fraction), `unit` (fraction): one each per row.
    pub fn fit(score: &[f64], forward_return: &[f64], unit: &[f64]) -> Option<Self> {
        let rows = score.iter().zip(forward_return).zip(unit).map(|((s, r), u)| (*s, *r, *u));
        let sound = |(s, r, u): &(f64, f64, f64)| {
            s.is_finite() && r.is_finite() && u.is_finite() && *u > 0.0 && (r / u).is_finite()
        };
        let known: Vec<(f64, f64, f64)> = rows.filter(sound).collect();
        let score: Vec<f64> = known.iter().map(|(s, _, _)| *s).collect();
        let fit = |groups_max, outcome: &dyn Fn(&(f64, f64, f64)) -> f64| {
            let outcomes: Vec<f64> = known.iter().map(outcome).collect();
            let levels = FORECAST_LEVELS.to_vec();
            let settings = ScoreGroups { levels, groups_max, rows_min: FORECAST_ROWS_MIN };
            // Only too few rows are left to go wrong.
            QuantileForecast::fit(&score, &outcomes, &settings).ok()
        };
        Some(Self {
            by_score: fit(GROUPS_MAX, &|(_, r, u)| r / u)?,
            by_unit: fit(1, &|(_, r, u)| r / u)?,
            climatology: fit(1, &|(_, r, _)| *r)?,
        })
    }
}
