//! Ranks, rank correlation and the information coefficient.

use serde::Serialize;

use crate::regression::{HacMean, RegressionError, hac_mean};

/// The fewest pairs that have a rank correlation.
const MIN_PAIRS: usize = 3;

/// Ranks from 1, ties share their average rank; `None` with a NaN.
pub fn average_ranks(values: &[f64]) -> Option<Vec<f64>> {
    if values.iter().any(|v| v.is_nan()) {
        return None;
    }
    let mut ranks = vec![0.0; values.len()];
    for tied in tie_groups(values, &ascending(values)) {
        // A group at sorted positions a..b holds ranks a + 1 to b.
        let rank = (tied.first + tied.members.len() - 1 + tied.first) as f64 / 2.0 + 1.0;
        tied.members.iter().for_each(|i| ranks[*i as usize] = rank);
    }
    Some(ranks)
}

/// Positions of `values` (no NaN) in ascending order, equal values by position.
pub(crate) fn ascending(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    let key = |i: &u32| values[*i as usize];
    order.sort_unstable_by(|a, b| {
        key(a).partial_cmp(&key(b)).unwrap_or(std::cmp::Ordering::Equal).then(a.cmp(b))
    });
    order
}

/// Equal values among sorted positions.
pub(crate) struct TieGroup<'a> {
    /// Sorted position of the first member.
    pub(crate) first: usize,
    /// Positions in the original slice.
    pub(crate) members: &'a [u32],
}

/// Runs of equal values along `order`.
pub(crate) fn tie_groups<'a>(values: &'a [f64], order: &'a [u32]) -> impl Iterator<Item = TieGroup<'a>> {
    let mut first = 0;
    order.chunk_by(|a, b| values[*a as usize] == values[*b as usize]).map(move |members| {
        let group = TieGroup { first, members };
        first += members.len();
        group
    })
}

/// Pearson correlation; `None` when lengths differ, below two pairs, with a non-finite value or without spread.
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    let ((mx, sx), (my, sy)) = (mean_sd(x)?, mean_sd(y)?);
    let cross = crate::moments::sum_of(x.iter().zip(y).map(|(a, b)| (a - mx) / sx * ((b - my) / sy)));
    Some((cross / (x.len() - 1) as f64).clamp(-1.0, 1.0))
}

fn mean_sd(values: &[f64]) -> Option<(f64, f64)> {
    let sd = crate::moments::sd(values).filter(|sd| *sd > 0.0)?;
    crate::moments::mean(values).map(|mean| (mean, sd))
}

/// Spearman's rank correlation over the pairs where both values are finite, ties by average rank.
///
/// `None` when lengths differ, below three pairs, or when one side is constant.
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() {
        return None;
    }
    let (x, y) = finite_pairs(x, y);
    if x.len() < MIN_PAIRS {
        return None;
    }
    pearson(&average_ranks(&x)?, &average_ranks(&y)?)
}

fn finite_pairs(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    x.iter().zip(y).filter(|(a, b)| a.is_finite() && b.is_finite()).map(|(a, b)| (*a, *b)).unzip()
}

/// Correlation of scores with what followed, date by date.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InformationCoefficients {
    /// Correlation per row; `None` below three finite pairs or where one side is constant.
    pub ic: Vec<Option<f64>>,
    /// Finite pairs per row.
    pub names: Vec<usize>,
}

/// Two grids that do not describe the same cells.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("grids of {scores} scores and {other} values are not both rows of {width} names")]
pub struct GridShapeError {
    /// Cells of the score grid.
    pub scores: usize,
    /// Cells of the other grid.
    pub other: usize,
    /// Names per row.
    pub width: usize,
}

pub(crate) fn check_grids(scores: usize, other: usize, width: usize) -> Result<(), GridShapeError> {
    if scores == other && width > 0 && scores.is_multiple_of(width) {
        Ok(())
    } else {
        Err(GridShapeError { scores, other, width })
    }
}

/// The information coefficient of each date: Spearman correlation of scores and forward returns across names.
///
/// Grids are time-major, `width` names a row; a NaN on either side leaves the name out on that date.
///
/// # Errors
/// Grids of different size, or not whole rows.
pub fn ic_by_date(
    scores: &[f64],
    forward: &[f64],
    width: usize,
) -> Result<InformationCoefficients, GridShapeError> {
    coefficients(scores, forward, width, spearman)
}

/// [`ic_by_date`] with Pearson's correlation, which weighs by size: one outlier can carry a date.
///
/// # Errors
/// As [`ic_by_date`].
pub fn pearson_ic_by_date(
    scores: &[f64],
    forward: &[f64],
    width: usize,
) -> Result<InformationCoefficients, GridShapeError> {
    coefficients(scores, forward, width, |s, f| {
        let (s, f) = finite_pairs(s, f);
        if s.len() < MIN_PAIRS { None } else { pearson(&s, &f) }
    })
}

fn coefficients(
    scores: &[f64],
    forward: &[f64],
    width: usize,
    correlation: impl Fn(&[f64], &[f64]) -> Option<f64>,
) -> Result<InformationCoefficients, GridShapeError> {
    check_grids(scores.len(), forward.len(), width)?;
    let rows = || scores.chunks_exact(width).zip(forward.chunks_exact(width));
    Ok(InformationCoefficients {
        ic: rows().map(|(s, f)| correlation(s, f)).collect(),
        names: rows()
            .map(|(s, f)| s.iter().zip(f).filter(|(a, b)| a.is_finite() && b.is_finite()).count())
            .collect(),
    })
}

/// The mean information coefficient over the dates that have one, with Newey-West error and effective observations.
///
/// Dates without a coefficient are left out and their neighbours count as adjacent.
///
/// # Errors
/// As [`hac_mean`], on the dates that have one.
pub fn mean_ic_hac(ic: &[Option<f64>], lag: usize) -> Result<HacMean, RegressionError> {
    let present: Vec<f64> = ic.iter().flatten().copied().collect();
    hac_mean(&present, lag)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ties_share_their_average_rank() {
        assert_eq!(average_ranks(&[10.0, 20.0, 10.0, 5.0]).unwrap(), [2.5, 4.0, 2.5, 1.0]);
        assert_eq!(average_ranks(&[0.0, -0.0]).unwrap(), [1.5, 1.5]);
        assert_eq!(average_ranks(&[1.0, f64::NAN]), None);
    }

    #[test]
    fn spearman_by_hand() {
        // Without ties 1 - 6 sum d^2 / (n (n^2 - 1)): d = 0, 1, -1, 0 gives 0.8.
        let rho = spearman(&[1.0, 2.0, 3.0, 4.0], &[10.0, 30.0, 20.0, 40.0]).unwrap();
        assert!((rho - 0.8).abs() < 1e-15);
        assert_eq!(spearman(&[1.0, 2.0, f64::NAN], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(spearman(&[1.0, 2.0, 3.0], &[1.0, 2.0]), None);
    }

    #[test]
    fn coefficients_by_date_leave_missing_names_out() {
        let nan = f64::NAN;
        let scores = [1.0, 2.0, 3.0, 4.0, 1.0, nan, 3.0, 4.0, 1.0, nan, 3.0, 4.0];
        let forward = [1.0, 2.0, 3.0, 4.0, 4.0, 1.0, 3.0, 2.0, 1.0, 2.0, nan, 3.0];
        let ics = ic_by_date(&scores, &forward, 4).unwrap();
        assert_eq!(ics.names, [4, 3, 2]);
        assert!((ics.ic[0].unwrap() - 1.0).abs() < 1e-15 && (ics.ic[1].unwrap() + 1.0).abs() < 1e-15);
        assert_eq!(ics.ic[2], None);
        assert!(ic_by_date(&scores, &forward, 5).is_err());
        assert_eq!(mean_ic_hac(&ics.ic, 0).unwrap().n, 2);
    }

    #[test]
    fn pearson_coefficients_weigh_by_size() {
        let nan = f64::NAN;
        let (scores, forward) =
            ([1.0, 2.0, 3.0, nan, 1.0, 2.0, nan, nan], [1.0, 2.0, 6.0, 9.0, 1.0, 2.0, 3.0, 4.0]);
        let found = pearson_ic_by_date(&scores, &forward, 4).unwrap();
        // Deviations -1, 0, 1 and -2, -1, 3: 5 / sqrt(2 * 14).
        assert!((found.ic[0].unwrap() - 5.0 / 28.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!((found.ic[1], found.names), (None, vec![3, 2]));
        assert!(pearson_ic_by_date(&scores, &forward, 3).is_err());
    }

    proptest! {
        #[test]
        fn ranks_sum_up_and_ignore_monotone_maps(values in prop::collection::vec(-5_i32..5, 1..60)) {
            let values: Vec<f64> = values.into_iter().map(f64::from).collect();
            let ranks = average_ranks(&values).unwrap();
            let n = values.len() as f64;
            prop_assert_eq!(ranks.iter().sum::<f64>(), n * (n + 1.0) / 2.0);
            let mapped: Vec<f64> = values.iter().map(|v| v.exp()).collect();
            prop_assert_eq!(average_ranks(&mapped).unwrap(), ranks);
        }
    }
}
