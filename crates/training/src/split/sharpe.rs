//! The distribution of the Sharpe ratio over the paths of a combinatorial split.

use proofmark_stats::moments::{mean, quantile, sd};
use proofmark_stats::performance::{annualised, sharpe_per_period};
use serde::Serialize;

use super::PathSeries;

/// Quantiles that are reported.
const LEVELS: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// Sharpe ratios of the paths of a combinatorial split, a year, and how they spread.
///
/// M. Lopez de Prado (2018), Advances in Financial Machine Learning, sections 12.4 and 12.5. All paths cover the same dates and
/// share most of their training rows, so they are far from independent: `sd` is not a standard error, and the spread
/// shows how much the result depends on what was trained on, not how much it depends on the history. What a candidate is
/// judged by are active returns; feed those.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SharpeDistribution {
    /// Each path's annual Sharpe ratio; `None` for a path with fewer than two returns, without spread or with a value that
    /// is not finite.
    pub paths: Vec<Option<f64>>,
    /// Paths that have one. Everything below is about these.
    pub defined: usize,
    /// Their mean.
    pub mean: f64,
    /// Their standard deviation, divisor n - 1; `None` below two.
    pub sd: Option<f64>,
    /// Lowest.
    pub min: f64,
    /// Highest.
    pub max: f64,
    /// Quantiles at 0.05, 0.25, 0.5, 0.75 and 0.95: Hyndman & Fan (1996), The American Statistician 50(4), definition 7.
    pub quantiles: Vec<QuantileLevel>,
    /// Share of the paths below 0, as a fraction.
    pub share_below_zero: f64,
}

/// One quantile.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct QuantileLevel {
    /// Level, as a fraction.
    pub level: f64,
    /// Value.
    pub value: f64,
}

impl SharpeDistribution {
    /// The distribution over `paths` of simple returns a period; `None` when no path has a Sharpe ratio.
    ///
    /// - `periods_per_year`: 252 for daily sessions; the ratio is scaled by its square root (Lo 2002, FAJ 58(4), p. 43).
    pub fn of(paths: &[PathSeries<f64>], periods_per_year: f64) -> Option<Self> {
        let annual = |series: &PathSeries<f64>| {
            let sharpe = sharpe_per_period(&series.values)?;
            Some(annualised(sharpe, periods_per_year)).filter(|value| value.is_finite())
        };
        let paths: Vec<Option<f64>> = paths.iter().map(annual).collect();
        let values: Vec<f64> = paths.iter().copied().flatten().collect();
        let quantiles = LEVELS
            .iter()
            .map(|level| Some(QuantileLevel { level: *level, value: quantile(&values, *level)? }))
            .collect::<Option<Vec<_>>>()?;
        let below = values.iter().filter(|value| **value < 0.0).count();
        Some(Self {
            defined: values.len(),
            mean: mean(&values)?,
            sd: sd(&values),
            min: quantile(&values, 0.0)?,
            max: quantile(&values, 1.0)?,
            quantiles,
            share_below_zero: below as f64 / values.len() as f64,
            paths,
        })
    }
}
