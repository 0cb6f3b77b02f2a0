//! One-pass kernels: they start at the first bar and only move forward, so a prefix of the input gives a prefix of
//! the output bit for bit.

use crate::LOOK_BACK_WEIGHT;

/// A price range or deviation below this share of the price is rounding, not movement.
const FLAT: f64 = 1e-9;

/// The sums of the last `W` values of `L` series at once.
///
/// Van Herk's scheme, for sums: blocks of `W` values, suffix sums of the block before plus a prefix sum of the current
/// one. Unlike add-and-subtract it never subtracts, so nothing that left the window (a wild price, a NaN, rounding)
/// stays in the sum; the look-back is exact. Van Herk (1992), Pattern Recognition Letters 13(7), 517-521.
pub(crate) struct Window<const W: usize, const L: usize = 1> {
    block: [[f64; L]; W],
    /// `suffix[j]`: sum of the previous block after position `j`; NaN while there is no previous block.
    suffix: [[f64; L]; W],
    prefix: [f64; L],
    filled: usize,
    /// The values of the last call, then their sums.
    sums: Vec<[f64; L]>,
}

impl<const W: usize, const L: usize> Window<W, L> {
    pub(crate) const fn new() -> Self {
        let mut suffix = [[f64::NAN; L]; W];
        suffix[W - 1] = [0.0; L];
        Self { block: [[0.0; L]; W], suffix, prefix: [0.0; L], filled: 0, sums: Vec::new() }
    }

    /// Takes the next values and gives, for each of them, the sums of the last `W`; NaN before there are that many.
    pub(crate) fn sums(&mut self, values: impl Iterator<Item = [f64; L]>) -> &[[f64; L]] {
        self.sums.clear();
        self.sums.extend(values);
        let mut rest = self.sums.as_mut_slice();
        while !rest.is_empty() {
            let (now, later) = rest.split_at_mut(rest.len().min(W - self.filled));
            let end = self.filled + now.len();
            let kept = self.block[self.filled..end].iter_mut().zip(&self.suffix[self.filled..end]);
            let mut prefix = self.prefix;
            for (value, (block, suffix)) in now.iter_mut().zip(kept) {
                *block = *value;
                add(&mut prefix, *value);
                *value = prefix;
                add(value, *suffix);
            }
            (self.prefix, self.filled) = (prefix, end);
            if end == W {
                // The block is full and becomes the previous one.
                let mut after = [0.0; L];
                for (suffix, values) in self.suffix.iter_mut().zip(&self.block).rev() {
                    *suffix = after;
                    add(&mut after, *values);
                }
                (self.prefix, self.filled) = ([0.0; L], 0);
            }
            rest = later;
        }
        &self.sums
    }
}

#[inline]
fn add<const L: usize>(to: &mut [f64; L], values: [f64; L]) {
    to.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// Exponential moving average, `alpha = 2 / (span + 1)`, seeded with the mean of the first `span` values that are not
/// NaN (none may be NaN after them); NaN until then.
#[derive(Clone, Copy)]
pub(crate) struct Ema {
    alpha: f64,
    keep: f64,
    span: usize,
    seen: usize,
    /// The sum of the seed values, later the average.
    mean: f64,
}

impl Ema {
    pub(crate) const fn new(span: usize) -> Self {
        let alpha = 2.0 / (span as f64 + 1.0);
        Self { alpha, keep: 1.0 - alpha, span, seen: 0, mean: 0.0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, value: f64) -> f64 {
        if self.seen == self.span {
            // `alpha * value` is off the critical path: one multiply and one add a row.
            self.mean = self.keep * self.mean + self.alpha * value;
            return self.mean;
        }
        if value.is_nan() {
            return f64::NAN;
        }
        self.seen += 1;
        self.mean += value;
        if self.seen < self.span {
            return f64::NAN;
        }
        self.mean /= self.span as f64;
        self.mean
    }
}

/// The larger of two, `b` where either is NaN: unlike `f64::max`, which would drop a NaN `b`.
#[inline]
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a > b { a } else { b }
}

/// The smaller of two, `b` where either is NaN.
#[inline]
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a < b { a } else { b }
}

/// Bars after which an exponential average of this span has forgotten all but [`LOOK_BACK_WEIGHT`].
pub(crate) const fn ema_look_back(span: usize) -> usize {
    let keep = 1.0 - 2.0 / (span as f64 + 1.0);
    let (mut left, mut bars) = (1.0, 0);
    while left > LOOK_BACK_WEIGHT {
        left *= keep;
        bars += 1;
    }
    bars
}

/// One over `scale`; 0 where it is rounding beside `price`, NaN where it is NaN. Divisions are the slowest step of most
/// indicators, so a scale that several share is inverted once.
#[inline]
pub(crate) fn per(scale: f64, price: f64) -> f64 {
    if scale <= FLAT * price { 0.0 } else { 1.0 / scale }
}

/// `distance` in units of `scale`, both in price units; 0 where the scale is rounding beside `price`, NaN where either
/// is NaN.
#[inline]
pub(crate) fn in_units(distance: f64, scale: f64, price: f64) -> f64 {
    if scale <= FLAT * price { 0.0 * distance } else { distance / scale }
}

/// Volume with the neutral rule: unknown (NaN), infinite or negative counts as none traded.
#[inline]
pub(crate) fn known_volume(volume: f64) -> f64 {
    if volume > 0.0 && volume < f64::INFINITY { volume } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_sum_their_own_values_and_nothing_else() {
        let values = [1.0, 2.0, 3.0, 1e300, f64::NAN, 4.0, 5.0, 6.0, 7.0];
        let mut window = Window::<3>::new();
        // In calls of 2, 5 and 2 values: where a call ends does not matter.
        let calls = [&values[..2], &values[2..7], &values[7..]];
        let sums: Vec<f64> =
            calls.iter().flat_map(|v| window.sums(v.iter().map(|v| [*v])).to_vec()).flatten().collect();
        assert!(sums[0].is_nan() && sums[1].is_nan());
        assert_eq!(sums[2], 6.0);
        assert!(sums[4..7].iter().all(|s| s.is_nan()));
        assert_eq!(&sums[7..], [15.0, 18.0]); // neither 1e300 nor NaN stays behind
    }

    #[test]
    fn ema_by_hand() {
        // span 3: alpha 1/2, seeded with (1 + 2 + 3) / 3 = 2.
        let mut ema = Ema::new(3);
        let got = [f64::NAN, 1.0, 2.0, 3.0, 6.0, 0.0].map(|v| ema.push(v));
        assert!(got[..3].iter().all(|v| v.is_nan()));
        assert_eq!(&got[3..], [2.0, 4.0, 2.0]);
    }

    #[test]
    fn look_back_is_where_the_weight_runs_out() {
        for span in [9, 12, 26] {
            let keep: f64 = 1.0 - 2.0 / (span as f64 + 1.0);
            let bars = i32::try_from(ema_look_back(span)).unwrap();
            assert!(keep.powi(bars) <= LOOK_BACK_WEIGHT && keep.powi(bars - 1) > LOOK_BACK_WEIGHT);
        }
    }
}
