//! How long a score knows: its information coefficient by lag, and how steady the coefficient is.

use serde::Serialize;

use crate::moments::{mean, sd};
use crate::rank::{GridShapeError, ic_by_date, mean_ic_hac};
use crate::regression::{HacMean, RegressionError, newey_west_lag};

/// Returns that follow the scores by a lag.
#[derive(Debug, Clone, Copy)]
pub struct LagReturns<'a> {
    /// Periods between the score and the start of the return, the name of the row in the result.
    pub lag: usize,
    /// Periods over which one return runs, so that neighbours overlap in all but one of them.
    pub horizon: usize,
    /// Time-major grid of returns, NaN where there is none.
    pub forward: &'a [f64],
}

/// The mean rank information coefficient at one lag.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecayPoint {
    /// Periods between the score and the start of the return.
    pub lag: usize,
    /// Mean over dates with Newey-West error, `n` the dates that have a coefficient.
    pub ic: HacMean,
    /// Mean number of names on those dates.
    pub names: f64,
}

/// Why the decay could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum IcDecayError {
    /// A grid does not match the scores.
    #[error("the returns at lag {lag} do not match the scores")]
    Shape {
        /// Lag of the grid.
        lag: usize,
        /// What differs.
        #[source]
        source: GridShapeError,
    },
    /// Too few dates have a coefficient.
    #[error("the information coefficients at lag {lag} have no mean with an error")]
    Mean {
        /// Lag of the grid.
        lag: usize,
        /// What is missing.
        #[source]
        source: RegressionError,
    },
}

/// Mean rank information coefficients of `scores`, `width` names a row, for the returns at each lag.
///
/// Each lag's t is Newey-West's with [`newey_west_lag`] of its horizon; the lags are correlated, so their t-values
/// are not separate tests. Grinold & Kahn (2000), Active Portfolio Management, 2nd ed., chapter 13, on information
/// horizons.
///
/// # Errors
/// A grid that does not match, or a lag with fewer than two dates that have a coefficient.
pub fn ic_decay(
    scores: &[f64],
    width: usize,
    lags: &[LagReturns<'_>],
) -> Result<Vec<DecayPoint>, IcDecayError> {
    lags.iter()
        .map(|LagReturns { lag, horizon, forward }| {
            let found = ic_by_date(scores, forward, width)
                .map_err(|source| IcDecayError::Shape { lag: *lag, source })?;
            let dated: Vec<f64> = found
                .names
                .iter()
                .zip(&found.ic)
                .filter(|(_, ic)| ic.is_some())
                .map(|(n, _)| *n as f64)
                .collect();
            let ic = mean_ic_hac(&found.ic, newey_west_lag(dated.len(), *horizon))
                .map_err(|source| IcDecayError::Mean { lag: *lag, source })?;
            Ok(DecayPoint { lag: *lag, ic, names: mean(&dated).unwrap_or(0.0) })
        })
        .collect()
}

/// Mean over standard deviation of information coefficients.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct IcRatio {
    /// Mean over standard deviation (divisor n - 1) of one date's coefficient.
    pub per_date: f64,
    /// `per_date` times the root of the dates a year: too large where labels overlap.
    pub annual: f64,
    /// t of the mean with Newey-West error, scaled to a year: sqrt(dates a year / n) t; `None` without an error.
    pub annual_hac: Option<f64>,
    /// Dates with a coefficient.
    pub n: usize,
}

/// The information ratio of a coefficient; dates without one are left out. `None` below two dates or without spread.
///
/// Coefficients of labels that overlap over h dates move together, so their mean is up to sqrt(h) less certain than the
/// spread of one date says: `annual_hac` takes that into account, with the lag `hac_lag`.
pub fn ic_ratio(ic: &[Option<f64>], dates_per_year: f64, hac_lag: usize) -> Option<IcRatio> {
    let present: Vec<f64> = ic.iter().flatten().copied().collect();
    let (mean, sd) = (mean(&present)?, sd(&present).filter(|sd| *sd > 0.0)?);
    if !(dates_per_year > 0.0 && dates_per_year.is_finite()) {
        return None;
    }
    let t = mean_ic_hac(ic, hac_lag).ok().and_then(|m| m.t);
    Some(IcRatio {
        per_date: mean / sd,
        annual: mean / sd * dates_per_year.sqrt(),
        annual_hac: t.map(|t| t * (dates_per_year / present.len() as f64).sqrt()),
        n: present.len(),
    })
}

#[cfg(test)]
mod tests {
    use proofmark_units::Seed;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    #[test]
    fn a_score_of_the_near_future_decays() {
        let (rows, width) = (300, 8);
        let mut rng = Seed::root(5).rng();
        let returns: Vec<f64> = (0..rows * width).map(|_| StandardNormal.sample(&mut rng)).collect();
        let later = |lag: usize| -> Vec<f64> {
            let mut grid = vec![f64::NAN; rows * width];
            grid[..(rows - lag) * width].copy_from_slice(&returns[lag * width..]);
            grid
        };
        // The score knows the next return whole and the one after by half.
        let (one, two) = (later(1), later(2));
        let scores: Vec<f64> = one.iter().zip(&two).map(|(a, b)| a + 0.5 * b).collect();
        let grids = [later(1), later(2), later(3)];
        let lags: Vec<LagReturns<'_>> = grids
            .iter()
            .enumerate()
            .map(|(i, g)| LagReturns { lag: i + 1, horizon: 1, forward: g })
            .collect();
        let decay = ic_decay(&scores, width, &lags).unwrap();
        assert!(
            decay[0].ic.mean > 0.7 && decay[1].ic.mean > 0.25 && decay[2].ic.mean.abs() < 0.1,
            "{decay:?}"
        );
        assert_eq!((decay[0].ic.n, decay[0].names, decay[2].ic.n), (298, 8.0, 297));
        let short = LagReturns { lag: 9, horizon: 1, forward: &grids[0][..16] };
        assert!(matches!(ic_decay(&scores, width, &[short]), Err(IcDecayError::Shape { lag: 9, .. })));
        let empty = vec![f64::NAN; rows * width];
        let none = LagReturns { lag: 4, horizon: 1, forward: &empty };
        assert!(matches!(ic_decay(&scores, width, &[none]), Err(IcDecayError::Mean { lag: 4, .. })));
    }

    #[test]
    fn ratios_by_hand() {
        // Coefficients 0.1 and 0.3: mean 0.2, sd sqrt(0.02), population variance 0.01.
        let ratio = ic_ratio(&[Some(0.1), None, Some(0.3)], 100.0, 0).unwrap();
        assert!((ratio.per_date - 0.2 / 0.02_f64.sqrt()).abs() < 1e-12);
        assert!((ratio.annual - 10.0 * ratio.per_date).abs() < 1e-12);
        assert!((ratio.annual_hac.unwrap() - 0.2 / (0.01_f64 / 2.0).sqrt() * 50.0_f64.sqrt()).abs() < 1e-9);
        assert_eq!(ic_ratio(&[Some(0.1), Some(0.1)], 252.0, 0), None);
        assert_eq!(ic_ratio(&[Some(0.1), Some(0.2)], f64::NAN, 0), None);
        assert_eq!(ic_ratio(&[Some(0.1), Some(0.2)], 252.0, 5).unwrap().annual_hac, None);
    }
}
