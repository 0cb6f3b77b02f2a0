//! Columns as bytes: each value becomes the number of its quantile bin.

use proofmark_units::Seed;
use rand::RngExt as _;

use crate::Matrix;

/// Missing values have a bin of their own, the lowest, so they go left at every split.
pub(crate) const MISSING_BIN: u8 = 0;
/// Rows whose values place the cuts; more would move a 255-quantile by less than its own sampling error.
const SAMPLED_ROWS: usize = 40_000;

/// Ascending cut points of one column: value `x` lies in bin 1 + (number of cuts below `x`).
#[derive(Debug, Clone)]
pub(crate) struct Cuts {
    cuts: Vec<f64>,
    /// The cuts padded with infinity, for a search without branches.
    padded: Box<[f64; 256]>,
}

impl Cuts {
    fn fit(column: &[f64], sample: &[u32], bins_max: usize) -> Self {
        let mut sorted: Vec<f64> =
            sample.iter().map(|row| column[*row as usize]).filter(|v| !v.is_nan()).collect();
        sorted.sort_unstable_by(f64::total_cmp);
        let mut cuts: Vec<f64> = Vec::new();
        let (mut begin, mut bins_left) = (0, bins_max);
        while begin < sorted.len() && bins_left > 1 {
            // Equal counts in what is left; a run of equal values stays in one bin.
            let wanted = begin + (sorted.len() - begin).div_ceil(bins_left);
            let last = sorted[wanted - 1];
            let end = wanted + sorted[wanted..].partition_point(|v| *v <= last);
            if let Some(next) = sorted.get(end) {
                cuts.push(midpoint(last, *next));
            }
            begin = end;
            bins_left -= 1;
        }
        let mut padded = Box::new([f64::INFINITY; 256]);
        padded[..cuts.len()].copy_from_slice(&cuts);
        Self { cuts, padded }
    }

    fn bin(&self, value: f64) -> u8 {
        if value.is_nan() {
            return MISSING_BIN;
        }
        let mut below = 0_usize;
        for step in [128, 64, 32, 16, 8, 4, 2, 1] {
            below += step * usize::from(self.padded[(below + step - 1) & 255] < value);
        }
        // At most 253 cuts are finite, so the bin fits a byte.
        (below + 1) as u8
    }

    /// Bins in use: the missing bin and one more than there are cuts.
    pub(crate) fn bins(&self) -> usize {
        self.cuts.len() + 2
    }

    /// The value `v` such that `x <= v` (or `x` missing) exactly when the bin of `x` is at most `bin`.
    pub(crate) fn threshold(&self, bin: u8) -> f64 {
        if bin == MISSING_BIN { f64::MIN } else { self.cuts[usize::from(bin) - 1] }
    }
}

/// A value `v` with `low <= v < high`, halfway where the numbers allow.
fn midpoint(low: f64, high: f64) -> f64 {
    let middle = low / 2.0 + high / 2.0;
    if low <= middle && middle < high { middle } else { low }
}

/// The training inputs as bins, in both orders.
pub(crate) struct Binned {
    pub(crate) cuts: Vec<Cuts>,
    /// One byte per row, column by column: for splitting rows.
    pub(crate) columns: Vec<Vec<u8>>,
    /// Row by row in groups of eight columns, the last group padded with bin 0: for histograms.
    pub(crate) tiles: Vec<[u8; 8]>,
    pub(crate) tiles_per_row: usize,
}

impl Binned {
    pub(crate) fn fit(x: &Matrix<'_>, bins_max: usize, seed: &Seed) -> Self {
        let sample = stratified_rows(x.rows(), seed);
        let cuts: Vec<Cuts> = (0..x.width()).map(|j| Cuts::fit(x.column(j), &sample, bins_max)).collect();
        let columns: Vec<Vec<u8>> = cuts
            .iter()
            .enumerate()
            .map(|(j, cuts)| x.column(j).iter().map(|value| cuts.bin(*value)).collect())
            .collect();
        let tiles_per_row = x.width().div_ceil(8);
        let mut tiles = vec![[MISSING_BIN; 8]; x.rows() * tiles_per_row];
        for (j, column) in columns.iter().enumerate() {
            let (tile, slot) = (j / 8, j % 8);
            for (row, bin) in tiles.chunks_exact_mut(tiles_per_row).zip(column) {
                row[tile][slot] = *bin;
            }
        }
        Self { cuts, columns, tiles, tiles_per_row }
    }

    pub(crate) fn width(&self) -> usize {
        self.columns.len()
    }
}

/// All rows, or one random row out of each of [`SAMPLED_ROWS`] equal stretches. A fixed stride would beat against
/// the period of a panel (every n-th row the same symbol).
fn stratified_rows(rows: usize, seed: &Seed) -> Vec<u32> {
    if rows <= SAMPLED_ROWS {
        return (0..rows as u32).collect();
    }
    let mut rng = seed.rng();
    (0..SAMPLED_ROWS)
        .map(|k| rng.random_range((k * rows / SAMPLED_ROWS) as u32..((k + 1) * rows / SAMPLED_ROWS) as u32))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(values: &[f64], bins_max: usize) -> Cuts {
        let sample: Vec<u32> = (0..values.len() as u32).collect();
        Cuts::fit(values, &sample, bins_max)
    }

    #[test]
    fn twelve_values_in_three_bins_by_hand() {
        let cuts = cuts(&[7.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0, 11.0, 12.0], 3);
        assert_eq!(cuts.cuts, [4.5, 8.5]);
        let bins: Vec<u8> =
            [f64::NAN, -1e9, 4.0, 4.5, 4.6, 8.5, 9.0, 1e9].iter().map(|v| cuts.bin(*v)).collect();
        assert_eq!(bins, [0, 1, 1, 1, 2, 2, 3, 3]);
        assert_eq!((cuts.threshold(1), cuts.threshold(2), cuts.bins()), (4.5, 8.5, 4));
    }

    #[test]
    fn equal_values_share_a_bin_and_a_constant_column_has_no_cut() {
        assert_eq!(cuts(&[1.0, 1.0, 1.0, 1.0, 2.0, 3.0], 3).cuts, [1.5, 2.5]);
        assert!(cuts(&[5.0; 9], 16).cuts.is_empty());
        assert!(cuts(&[f64::NAN; 9], 16).cuts.is_empty());
        assert_eq!(midpoint(1.0, 1.0 + f64::EPSILON), 1.0);
    }

    #[test]
    fn neighbouring_extremes_do_not_overflow() {
        let cuts = cuts(&[-f64::MAX, f64::MAX], 8);
        assert_eq!(cuts.cuts, [0.0]);
    }

    #[test]
    fn a_full_set_of_bins_fits_a_byte() {
        let values: Vec<f64> = (0..10_000).map(f64::from).collect();
        let cuts = cuts(&values, 254);
        assert_eq!((cuts.bins(), cuts.bin(1e9)), (255, 254));
    }
}
