//! The place of a name's forward return among the names of its date.

use crate::rule::{Outcome, Rule, at_least};
use crate::series::Series;
use crate::{LabelGrid, LabelSpecError, horizon};

/// [`crate::LabelSpec::Ranked`].
pub(crate) struct Ranked {
    pub(crate) horizon: usize,
    pub(crate) buckets: usize,
    pub(crate) min_names: usize,
}

impl Rule for Ranked {
    fn check(&self) -> Result<(), LabelSpecError> {
        at_least(self.horizon, 1, "horizon", "at least 1")?;
        at_least(self.buckets, 2, "buckets", "at least 2")?;
        at_least(self.min_names, self.buckets, "min_names", "at least `buckets`")
    }

    fn unit(&self) -> String {
        format!("simple return over {} bars from the next open, as a fraction", self.horizon)
    }

    fn horizon(&self) -> usize {
        self.horizon
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        vec![1.0; series.len()]
    }

    fn outcome(&self, series: &Series, k: usize, _unit: f64) -> Option<Outcome> {
        horizon::forward(series, k, self.horizon)
    }

    fn classify(&self, grid: &mut LabelGrid, width: usize) {
        if width == 0 {
            return;
        }
        for from in (0..grid.class.len()).step_by(width) {
            let mut cells: Vec<usize> =
                (from..from + width).filter(|cell| grid.start[*cell].is_some()).collect();
            if cells.len() < self.min_names {
                cells.into_iter().for_each(|cell| grid.forget(cell));
                continue;
            }
            cells.sort_by(|a, b| grid.forward_return[*a].total_cmp(&grid.forward_return[*b]));
            let returns: Vec<f64> = cells.iter().map(|cell| grid.forward_return[*cell]).collect();
            for (cell, share) in cells.iter().zip(percentiles(&returns)) {
                grid.statistic[*cell] = share;
                let top = quantile_bucket(share, self.buckets) == self.buckets - 1;
                grid.class[*cell] = f64::from(u8::from(top));
            }
            grid.widen_spans(from, width);
        }
    }
}

/// The percentile of each of the ascending values: (rank - 1/2) / n with the mean rank of equals, in (0, 1).
fn percentiles(ascending: &[f64]) -> Vec<f64> {
    let n = ascending.len() as f64;
    let mut shares = Vec::with_capacity(ascending.len());
    for equals in ascending.chunk_by(|a, b| a == b) {
        let share = (shares.len() as f64 + equals.len() as f64 / 2.0) / n;
        shares.extend(std::iter::repeat_n(share, equals.len()));
    }
    shares
}

/// The quantile bucket, 0 (lowest) to `buckets - 1`, of a percentile in (0, 1).
///
/// Equal returns share a percentile, so they share a bucket, and buckets differ in size where there are ties.
pub fn quantile_bucket(percentile: f64, buckets: usize) -> usize {
    ((percentile * buckets as f64) as usize).min(buckets.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_by_hand() {
        assert_eq!(percentiles(&[1.0, 2.0, 3.0, 4.0]), [0.125, 0.375, 0.625, 0.875]);
        assert_eq!(percentiles(&[1.0, 2.0, 2.0, 4.0]), [0.125, 0.5, 0.5, 0.875]);
        assert_eq!(percentiles(&[7.0; 3]), [0.5; 3]);
        let buckets: Vec<usize> = [0.1, 0.2, 0.5, 0.9].iter().map(|p| quantile_bucket(*p, 5)).collect();
        assert_eq!(buckets, [0, 1, 2, 4]);
    }
}
