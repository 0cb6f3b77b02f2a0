//! How much of a quantile is new at each date.

use serde::Serialize;

use crate::moments::mean;
use crate::rank::{GridShapeError, average_ranks, check_grids, spearman};

/// Turnover of the outer quantiles, and how far the order of a date is that of the date before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turnover {
    /// Mean share of the top quantile's names that were not in it at the date before; `None` where no date has both.
    pub top: Option<f64>,
    /// The same of the bottom quantile.
    pub bottom: Option<f64>,
    /// Mean rank correlation of a date's scores with those of the date before.
    pub rank_autocorrelation: Option<f64>,
    /// Pairs of neighbouring dates with enough names to tell quantiles apart.
    pub dates: usize,
}

/// Turnover of `quantiles` quantiles of a time-major grid of scores.
///
/// Names are ranked among those with a score, ties by their average rank; rank `r` of `n` is in quantile `floor((r - 1/2)
/// quantiles / n)`, so that equal scores share one. A date with fewer names than quantiles, or an outer quantile that ties leave
/// empty, says nothing. A name without a score at the date before counts as new: it would have to be bought.
///
/// # Errors
/// Not whole rows.
pub fn quantile_turnover(scores: &[f64], width: usize, quantiles: usize) -> Result<Turnover, GridShapeError> {
    check_grids(scores.len(), scores.len(), width)?;
    let rows: Vec<&[f64]> = scores.chunks_exact(width).collect();
    let placed: Vec<Option<Vec<Option<usize>>>> = rows.iter().map(|row| places(row, quantiles)).collect();
    let pairs = || placed.windows(2).filter_map(|pair| Some((pair[0].as_ref()?, pair[1].as_ref()?)));
    let fresh = |quantile: usize| {
        let shares: Vec<f64> = pairs().filter_map(|(before, now)| new_share(before, now, quantile)).collect();
        mean(&shares)
    };
    let order: Vec<f64> = rows.windows(2).filter_map(|pair| spearman(pair[0], pair[1])).collect();
    Ok(Turnover {
        top: fresh(quantiles.saturating_sub(1)),
        bottom: fresh(0),
        rank_autocorrelation: mean(&order),
        dates: pairs().count(),
    })
}

/// Quantile of each name; `None` where the row has fewer scored names than quantiles, or there are fewer than two quantiles.
fn places(row: &[f64], quantiles: usize) -> Option<Vec<Option<usize>>> {
    let known: Vec<usize> = (0..row.len()).filter(|name| row[*name].is_finite()).collect();
    if quantiles < 2 || known.len() < quantiles {
        return None;
    }
    let ranks = average_ranks(&known.iter().map(|name| row[*name]).collect::<Vec<_>>())?;
    let mut places = vec![None; row.len()];
    for (name, rank) in known.iter().zip(ranks) {
        let place = (rank - 0.5) * quantiles as f64 / known.len() as f64;
        places[*name] = Some((place as usize).min(quantiles - 1));
    }
    Some(places)
}

fn new_share(before: &[Option<usize>], now: &[Option<usize>], quantile: usize) -> Option<f64> {
    let inside = |places: &[Option<usize>]| places.contains(&Some(quantile));
    if !inside(before) || !inside(now) {
        return None;
    }
    let held = now.iter().zip(before).filter(|(now, _)| **now == Some(quantile));
    let (all, new) =
        held.fold((0, 0), |(all, new), (now, before)| (all + 1, new + usize::from(before != now)));
    Some(new as f64 / all as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let nan = f64::NAN;
        // Halves of four names: top is {3, 4}, then {2, 4}, then {2, 4} with one name gone: ranks 1, 2, 3 of 3.
        let grid = [1.0, 2.0, 3.0, 4.0, 1.0, 4.0, 2.0, 3.0, 1.0, 4.0, nan, 3.0];
        let found = quantile_turnover(&grid, 4, 2).unwrap();
        // Last row: places (0.5, 2.5, 1.5) * 2 / 3 = 0.33, 1.67, 1: top is {2, 4} again.
        assert_eq!((found.top, found.bottom, found.dates), (Some(0.25), Some(0.25), 2));
        // Rank correlation of rows one and two: differences 0, 2, -1, -1: 1 - 6 * 6 / 60 = 0.4; of two and three: 1.
        assert!((found.rank_autocorrelation.unwrap() - 0.7).abs() < 1e-12);
    }

    #[test]
    fn ties_and_thin_dates_say_nothing() {
        let flat = quantile_turnover(&[1.0; 12], 4, 2).unwrap();
        // All share the middle, which is the upper half; the lower one is empty.
        assert_eq!((flat.top, flat.bottom, flat.rank_autocorrelation), (Some(0.0), None, None));
        let thin = quantile_turnover(&[1.0, 2.0, 3.0, 4.0], 2, 5).unwrap();
        assert_eq!((thin.top, thin.bottom, thin.dates), (None, None, 0));
        assert_eq!(quantile_turnover(&[1.0, 2.0], 2, 1).unwrap().dates, 0);
        assert!(quantile_turnover(&[1.0; 3], 2, 2).is_err());
    }
}
