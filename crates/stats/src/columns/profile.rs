//! Missing, stale and wild values of one grid.

use serde::Serialize;

use super::Grid;
use crate::moments::quantile_sorted;
use crate::rank::GridShapeError;

/// A robust score beyond which a value counts as an outlier: the modified z of Iglewicz & Hoaglin (1993), How to Detect and
/// Handle Outliers, which recommends 3.5.
pub const OUTLIER_SCORE: f64 = 3.5;

/// A normal distribution's standard deviation over its median absolute deviation.
const NORMAL_MAD: f64 = 1.482_602_218_505_602;

/// Shares of what is wrong with a grid's values. Infinite values count as missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Profile {
    /// Cells in which there could be a value.
    pub cells: usize,
    /// Share of cells without a value; `None` without cells.
    pub missing: Option<f64>,
    /// Share of the values that are the most common one; `None` without values.
    pub most_common: Option<f64>,
    /// Share of the steps of a name, both ends known, at which its value stays exactly the same; `None` without such steps.
    pub unchanged: Option<f64>,
    /// Median of the values.
    pub median: Option<f64>,
    /// Median absolute deviation times 1.4826, the standard deviation of a normal distribution so spread.
    pub spread: Option<f64>,
    /// Share of the values further than 3.5 spreads from the median; `None` where the spread is 0.
    pub outliers: Option<f64>,
}

/// The profile of a grid.
///
/// # Errors
/// As [`Grid::check`].
pub fn profile(grid: &Grid<'_>) -> Result<Profile, GridShapeError> {
    grid.check()?;
    let mut sorted: Vec<f64> = grid.expected().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let (cells, n) = (grid.expected().count(), sorted.len());
    let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
    let most_common = sorted.chunk_by(|a, b| a == b).map(<[f64]>::len).max().unwrap_or(0);
    let Grid { values, width, .. } = *grid;
    let steps =
        || values.iter().zip(values.iter().skip(width)).filter(|(a, b)| a.is_finite() && b.is_finite());
    let median = quantile_sorted(&sorted, 0.5);
    let spread = median.and_then(|median| {
        let mut distances: Vec<f64> = sorted.iter().map(|v| (v - median).abs()).collect();
        distances.sort_unstable_by(f64::total_cmp);
        quantile_sorted(&distances, 0.5).map(|mad| mad * NORMAL_MAD)
    });
    let outliers = median.zip(spread.filter(|spread| *spread > 0.0)).and_then(|(median, spread)| {
        share(sorted.iter().filter(|v| (**v - median).abs() > OUTLIER_SCORE * spread).count(), n)
    });
    Ok(Profile {
        cells,
        missing: share(cells - n, cells),
        most_common: share(most_common, n),
        unchanged: share(steps().filter(|(a, b)| a == b).count(), steps().count()),
        median,
        spread,
        outliers,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &[f64], width: usize) -> Result<Profile, GridShapeError> {
        profile(&Grid { values, there: &vec![true; values.len()], width })
    }

    #[test]
    fn by_hand() {
        let nan = f64::NAN;
        // Two names; the first stands still once, the second never.
        let grid = [1.0, 5.0, 1.0, 4.0, 2.0, nan, 3.0, 1e6];
        let found = of(&grid, 2).unwrap();
        // Of 1, 1, 2, 3, 4, 5, 1e6 the median is 3, the distances 0, 1, 1, 2, 2, 2, .. have median 2.
        assert_eq!((found.cells, found.missing, found.most_common), (8, Some(0.125), Some(2.0 / 7.0)));
        assert_eq!((found.median, found.unchanged), (Some(3.0), Some(0.25)));
        assert!((found.spread.unwrap() - 2.0 * NORMAL_MAD).abs() < 1e-12);
        assert_eq!(found.outliers, Some(1.0 / 7.0));
    }

    #[test]
    fn no_values_and_no_spread() {
        let none = of(&[f64::NAN, f64::INFINITY], 1).unwrap();
        assert_eq!((none.missing, none.median, none.unchanged, none.outliers), (Some(1.0), None, None, None));
        let flat = of(&[2.0; 4], 2).unwrap();
        assert_eq!((flat.most_common, flat.unchanged, flat.outliers), (Some(1.0), Some(1.0), None));
        assert_eq!(of(&[], 3).unwrap().missing, None);
        assert!(of(&[1.0; 5], 2).is_err());
    }
}
