//! Sums of gradients and hessians per bin.
//!
//! Both are kept as fixed-point integers packed into one 64-bit word (gradient above, hessian below). Integer sums
//! are exact, so they do not depend on the order of the rows, a child's histogram is its parent's minus its
//! sibling's to the last bit, and one addition updates both. The resolution is 2^30 / rows steps per unit gradient
//! (about 10,000 steps at 100,000 rows); quantised gradients of far fewer steps train as well (Shi, Ke et al.,
//! "Quantized Training of Gradient Boosting Decision Trees", NeurIPS 2022).

use super::bins::Binned;
use crate::link::ROUND;

/// A packed sum or summand: gradient in the upper 32 bits (signed), hessian in the lower 32 (unsigned).
pub(crate) type Packed = i64;

/// Units of the fixed-point numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scale {
    /// Steps per unit gradient.
    pub(crate) gradient: f64,
    /// Steps per unit hessian.
    pub(crate) hessian: f64,
}

impl Scale {
    /// Steps such that `rows` summands of weight at most `weight_max` cannot overflow: |g| <= w, 0 <= h <= w / 4.
    pub(crate) fn new(rows: usize, weight_max: f64) -> Self {
        let range = rows as f64 * weight_max;
        Self { gradient: f64::from(1_u32 << 30) / range, hessian: 4.0 * f64::from(1_u32 << 30) / range }
    }

    /// The value that minimises the second-order loss of rows that sum to `sum`, under penalty `l2`; 0 without rows.
    pub(crate) fn leaf(self, sum: Packed, l2: f64) -> f64 {
        let (g, h) = unpack(sum);
        let down = h / self.hessian + l2;
        if down > 0.0 { -(g / self.gradient) / down } else { 0.0 }
    }

    /// One summand.
    #[inline]
    pub(crate) fn pack(self, gradient: f64, hessian: f64) -> Packed {
        (to_integer(gradient * self.gradient) << 32).wrapping_add(to_integer(hessian * self.hessian))
    }
}

/// Nearest integer of |x| < 2^51, ties to even, without a branch.
#[inline]
fn to_integer(x: f64) -> i64 {
    (x + ROUND).to_bits().wrapping_sub(ROUND.to_bits()).cast_signed()
}

/// Steps of gradient and hessian in a packed sum.
#[inline]
pub(crate) fn unpack(sum: Packed) -> (f64, f64) {
    (((sum >> 32) as i32).into(), (sum as u32).into())
}

/// One array of 256 packed sums per column, padded to a multiple of eight columns.
pub(crate) struct Histogram(Vec<[Packed; 256]>);

impl Histogram {
    pub(crate) fn new(tiles_per_row: usize) -> Self {
        Self(vec![[0; 256]; tiles_per_row * 8])
    }

    pub(crate) fn column(&self, j: usize) -> &[Packed; 256] {
        &self.0[j]
    }

    /// The sums over `rows` (indices into `packed` and the binned rows).
    pub(crate) fn build(&mut self, binned: &Binned, rows: &[u32], packed: &[Packed]) {
        for column in &mut self.0 {
            column.fill(0);
        }
        match binned.tiles_per_row {
            1 => self.accumulate::<1>(binned, rows, packed),
            2 => self.accumulate::<2>(binned, rows, packed),
            3 => self.accumulate::<3>(binned, rows, packed),
            4 => self.accumulate::<4>(binned, rows, packed),
            _ => self.accumulate_wide(binned, rows, packed),
        }
    }

    /// A known number of columns lets the compiler drop every bounds check but two a row.
    fn accumulate<const TILES: usize>(&mut self, binned: &Binned, rows: &[u32], packed: &[Packed]) {
        let (bins, _) = binned.tiles.as_chunks::<TILES>();
        let (tiles, _) = self.0.as_chunks_mut::<8>();
        let (whole, _) = tiles.as_chunks_mut::<TILES>();
        let Some(sums) = whole.first_mut() else { return };
        for row in rows {
            let (bins, add) = (&bins[*row as usize], packed[*row as usize]);
            for tile in 0..TILES {
                for slot in 0..8 {
                    let sum = &mut sums[tile][slot][usize::from(bins[tile][slot])];
                    *sum = sum.wrapping_add(add);
                }
            }
        }
    }

    fn accumulate_wide(&mut self, binned: &Binned, rows: &[u32], packed: &[Packed]) {
        let stride = binned.tiles_per_row;
        for row in rows {
            let row = *row as usize;
            let bins = binned.tiles[row * stride..(row + 1) * stride].as_flattened();
            for (sums, bin) in self.0.iter_mut().zip(bins) {
                let sum = &mut sums[usize::from(*bin)];
                *sum = sum.wrapping_add(packed[row]);
            }
        }
    }

    /// Turns a parent's histogram into the other child's.
    pub(crate) fn subtract(&mut self, child: &Self) {
        for (sums, part) in self.0.as_flattened_mut().iter_mut().zip(child.0.as_flattened()) {
            *sums = sums.wrapping_sub(*part);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packed_sums_are_exact() {
        let scale = Scale::new(1000, 2.0);
        let mut sum: Packed = 0;
        for i in 0..1000 {
            let gradient = if i % 3 == 0 { 2.0 } else { -2.0 };
            sum = sum.wrapping_add(scale.pack(gradient, 0.5));
        }
        let (g, h) = unpack(sum);
        assert!((g / scale.gradient + 2.0 * (666.0 - 334.0)).abs() < 1e-2, "{}", g / scale.gradient);
        assert!((h / scale.hessian - 500.0).abs() < 1e-2, "{}", h / scale.hessian);
        let all_negative = (0..1000).fold(0_i64, |s, _| s.wrapping_add(scale.pack(-2.0, 0.5)));
        assert!((unpack(all_negative).0 / scale.gradient + 2000.0).abs() < 1e-2);
    }

    #[test]
    fn rounding_is_to_the_nearest() {
        for (x, want) in [(0.4, 0), (0.6, 1), (-0.6, -1), (-7.2, -7), (1e9, 1_000_000_000)] {
            assert_eq!(to_integer(x), want, "{x}");
        }
    }
}
