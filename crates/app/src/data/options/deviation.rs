//! Two figures of the same thing, row by row.

use serde::Serialize;

/// One row's two figures.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gap {
    row: u64,
    ours: f64,
    theirs: f64,
}

impl Gap {
    pub(super) const fn new(row: u64, ours: f64, theirs: f64) -> Self {
        Self { row, ours, theirs }
    }

    fn size(&self) -> f64 {
        (self.ours - self.theirs).abs()
    }
}

/// How far figures of ours are from the file's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Deviation {
    /// Rows that have both.
    pub rows: usize,
    /// The middle absolute difference.
    pub median: f64,
    /// The absolute difference that one row in a hundred exceeds.
    pub percentile_99: f64,
    /// The largest.
    pub largest: f64,
    /// One-based row of the largest.
    pub largest_row: u64,
    /// Our figure there.
    pub largest_ours: f64,
    /// The file's.
    pub largest_theirs: f64,
    /// Rows that differ by more than 0.001.
    pub over_1e3: usize,
    /// Rows that differ by more than 0.0001.
    pub over_1e4: usize,
}

impl Deviation {
    /// `None` where no row has both.
    pub(super) fn of<'a>(gaps: impl Iterator<Item = &'a Gap>) -> Option<Self> {
        let mut gaps: Vec<&Gap> = gaps.collect();
        gaps.sort_by(|a, b| a.size().total_cmp(&b.size()).then(a.row.cmp(&b.row)));
        let largest = gaps.last()?;
        let over = |limit: f64| gaps.iter().filter(|gap| gap.size() > limit).count();
        let rank = |share: f64| gaps[((gaps.len() - 1) as f64 * share).round() as usize].size();
        Some(Self {
            rows: gaps.len(),
            median: rank(0.5),
            percentile_99: rank(0.99),
            largest: largest.size(),
            largest_row: largest.row,
            largest_ours: largest.ours,
            largest_theirs: largest.theirs,
            over_1e3: over(1e-3),
            over_1e4: over(1e-4),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_gap_is_named_with_its_row() {
        let gaps = [Gap::new(1, 1.0, 1.0), Gap::new(2, 1.0, 1.5), Gap::new(3, 1.0, 0.9995)];
        let deviation = Deviation::of(gaps.iter()).unwrap();
        assert_eq!((deviation.rows, deviation.largest, deviation.largest_row), (3, 0.5, 2));
        assert_eq!((deviation.over_1e3, deviation.over_1e4), (1, 2));
        assert!((deviation.median - 0.0005).abs() < 1e-12);
        assert_eq!(Deviation::of([].iter()), None);
    }
}
