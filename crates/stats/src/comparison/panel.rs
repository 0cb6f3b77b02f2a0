//! Series side by side, resampled by the same blocks.

use proofmark_units::Seed;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::{Block, ComparisonError, JointBootstrap};
use crate::bootstrap::{
    MIN_OBSERVATIONS, SequentialP, StationaryBlocks, draws, optimal_block_length, sequential_p,
};
use crate::moments::{mean, quantile, sd};

/// One over the p above which no more draws are made: a claim that misses 5 % needs no more decimals.
const SETTLED: usize = 20;

/// Checked series of equal length, centred, as prefix sums.
pub(super) struct Panel {
    pub(super) n: usize,
    pub(super) means: Vec<f64>,
    /// Square root of n times the standard error of each mean under the resampling.
    pub(super) spreads: Vec<f64>,
    pub(super) block: f64,
    draws: usize,
    /// Row t (of n + 1) holds the sums of the first t centred values of every series.
    prefix: Vec<f64>,
    blocks: StationaryBlocks,
}

impl Panel {
    pub(super) fn new(series: &[&[f64]], settings: &JointBootstrap) -> Result<Self, ComparisonError> {
        let means = checked_means(series)?;
        let (n, width) = (series[0].len(), series.len());
        if settings.draws == 0 {
            return Err(ComparisonError::Setting { name: "draws", value: 0.0 });
        }
        let block = block(series, settings.block)?;
        let mut prefix = vec![0.0; (n + 1) * width];
        for (model, values) in series.iter().enumerate() {
            let cells = prefix[width + model..].iter_mut().step_by(width);
            for (cell, value) in cells.zip(*values) {
                *cell = value - means[model];
            }
        }
        let spreads = spreads(&prefix[width..], width, block);
        for t in 1..=n {
            let (before, here) = prefix.split_at_mut(t * width);
            for (cell, last) in here[..width].iter_mut().zip(&before[(t - 1) * width..]) {
                *cell += last;
            }
        }
        let blocks = StationaryBlocks::new(n, block);
        Ok(Self { n, means, spreads, block, draws: settings.draws, prefix, blocks })
    }

    /// A panel of performance relative to a benchmark: a model that differs from it by a constant is refused, one that
    /// equals it throughout has a spread of exactly 0.
    pub(super) fn relative(models: &[&[f64]], settings: &JointBootstrap) -> Result<Self, ComparisonError> {
        let mut panel = Self::new(models, settings)?;
        for (model, values) in models.iter().enumerate() {
            if values.iter().all(|v| *v == 0.0) {
                panel.spreads[model] = 0.0;
            } else if sd(values).is_none_or(|sd| sd == 0.0)
                || panel.spreads[model].is_nan()
                || panel.spreads[model] <= 0.0
            {
                return Err(ComparisonError::NoSpread { model });
            }
        }
        Ok(panel)
    }

    pub(super) fn width(&self) -> usize {
        self.means.len()
    }

    /// Mean over standard error of each series; 0 for one that is 0 throughout.
    pub(super) fn statistics(&self) -> Vec<f64> {
        let root = (self.n as f64).sqrt();
        self.means.iter().zip(&self.spreads).map(|(m, s)| if *s > 0.0 { root * m / s } else { 0.0 }).collect()
    }

    /// Results of `reduce` on the resampled means less the sample means, one per draw, in order.
    pub(super) fn resampled<T: Send>(&self, seed: Seed, reduce: impl Fn(&[f64]) -> T + Sync) -> Vec<T> {
        let size = self.n as f64;
        draws(self.draws, seed, |rng| {
            let mut sums = vec![0.0; self.width()];
            self.visit(rng, |to, from, _| {
                for ((sum, b), a) in sums.iter_mut().zip(to).zip(from) {
                    *sum += b - a;
                }
            });
            sums.iter_mut().for_each(|sum| *sum /= size);
            reduce(&sums)
        })
    }

    /// p of the mean of a panel of one series, by resampled means less the sample mean that reach it.
    pub(super) fn p_of_mean(&self, seed: Seed) -> SequentialP {
        let (n, prefix) = (self.n, &self.prefix);
        let reach = self.means[0] * n as f64;
        sequential_p(self.draws, self.draws.div_ceil(SETTLED), seed, |rng| {
            let mut sum = 0.0;
            self.blocks.draw(rng, n, |start, len| {
                let end = start + len;
                sum += prefix[if end > n { end - n } else { end }] - prefix[start];
            });
            sum >= reach
        })
    }

    /// The resampled statistics of every series, studentised by the draw's own block-sum variance, one row per draw.
    ///
    /// Goetze & Kuensch (1996), see [`crate::bootstrap`]. A draw without spread is infinite and counts against a claim.
    pub(super) fn studentised(&self, seed: Seed) -> Vec<Vec<f64>> {
        let (size, width) = (self.n as f64, self.width());
        draws(self.draws, seed, |rng| {
            let (mut sums, mut squares, mut weighted) =
                (vec![0.0; width], vec![0.0; width], vec![0.0; width]);
            let mut lengths = 0.0;
            self.visit(rng, |to, from, len| {
                lengths += len * len;
                let cells = sums.iter_mut().zip(&mut squares).zip(&mut weighted);
                for (((sum, square), weight), (b, a)) in cells.zip(to.iter().zip(from)) {
                    let block = b - a;
                    *sum += block;
                    *square += block * block;
                    *weight += block * len;
                }
            });
            for j in 0..width {
                let shift = sums[j] / size;
                let variance = (squares[j] - 2.0 * shift * weighted[j] + shift * shift * lengths) / size;
                sums[j] = if self.spreads[j] == 0.0 {
                    0.0
                } else if variance > 0.0 {
                    shift * size.sqrt() / variance.sqrt()
                } else {
                    f64::INFINITY
                };
            }
            sums
        })
    }

    /// Hands over the two rows of prefix sums whose difference is the sum of a block, and its length.
    fn visit(&self, rng: &mut ChaCha8Rng, mut add: impl FnMut(&[f64], &[f64], f64)) {
        let width = self.width();
        let row = |t: usize| &self.prefix[t * width..(t + 1) * width];
        self.blocks.draw(rng, self.n, |start, len| {
            let end = start + len;
            // The values are centred, so a lap around the circle adds nothing.
            add(row(if end > self.n { end - self.n } else { end }), row(start), len as f64);
        });
    }
}

/// The mean of each series, of which there is at least one, all finite and of one sufficient length.
pub(super) fn checked_means(series: &[&[f64]]) -> Result<Vec<f64>, ComparisonError> {
    let n = series.first().ok_or(ComparisonError::NoModels)?.len();
    if n < MIN_OBSERVATIONS {
        return Err(ComparisonError::TooFew { n, min: MIN_OBSERVATIONS });
    }
    let mut means = Vec::with_capacity(series.len());
    for (model, values) in series.iter().enumerate() {
        if values.len() != n {
            return Err(ComparisonError::Length { model, expected: n, found: values.len() });
        }
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(ComparisonError::NotFinite { model, row });
        }
        // A finite series whose sum overflows is as unusable as an infinite value.
        means.push(mean(values).ok_or(ComparisonError::NotFinite { model, row: 0 })?);
    }
    Ok(means)
}

fn block(series: &[&[f64]], block: Block) -> Result<f64, ComparisonError> {
    let n = series[0].len();
    let (name, least) = match block {
        Block::Automatic { min } => ("block.min", min),
        Block::Fixed(length) => ("block", length),
    };
    if !(1.0..=n as f64 / 3.0).contains(&least) {
        return Err(ComparisonError::Setting { name, value: least });
    }
    if matches!(block, Block::Fixed(_)) {
        return Ok(least);
    }
    let lengths: Vec<f64> =
        series.par_iter().filter_map(|values| optimal_block_length(values)).map(|b| b.stationary).collect();
    Ok(quantile(&lengths, 0.75).map_or(least, |length| length.max(least)))
}

/// Square root of n times the standard error of each resampled mean, from centred cells, time-major.
///
/// The variance is C(0) + 2 sum over k of (1 - k/n) q^k C(k) with circular covariances and q = 1 - 1/block: Politis &
/// Romano (1994), lemma 1, the kernel of Hansen (2005), section 3. The weighted sums of past values a_t = sum q^k x_(t-k)
/// and b_t = sum k q^k x_(t-k) around the circle follow from those of t - 1, so all lags cost one pass.
fn spreads(cells: &[f64], width: usize, block: f64) -> Vec<f64> {
    let n = cells.len() / width;
    let (size, stay) = (n as f64, 1.0 - block.recip());
    let lap = stay.powf(size);
    let row = |t: usize| &cells[t * width..(t + 1) * width];
    let (mut a, mut b) = (vec![0.0; width], vec![0.0; width]);
    let mut weight = 1.0;
    for k in 1..n {
        weight *= stay;
        for ((a, b), x) in a.iter_mut().zip(&mut b).zip(row(n - k)) {
            *a += weight * x;
            *b += weight * k as f64 * x;
        }
        if weight == 0.0 {
            break;
        }
    }
    let mut totals = vec![0.0; width];
    for t in 0..n {
        let here = row(t);
        if t > 0 {
            for (((a, b), last), x) in a.iter_mut().zip(&mut b).zip(row(t - 1)).zip(here) {
                *b = stay * (last + *b + *a) - size * lap * x;
                *a = stay * (last + *a) - lap * x;
            }
        }
        for (((total, a), b), x) in totals.iter_mut().zip(&a).zip(&b).zip(here) {
            *total += x * (x + 2.0 * (a - b / size));
        }
    }
    totals.iter().map(|total| (total / size).sqrt()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(step: f64, n: u32) -> Vec<f64> {
        (0..n).map(|i| (f64::from(i) * step).sin() + 0.3 * (f64::from(i * i) * 0.77).cos()).collect()
    }

    #[test]
    fn spreads_are_those_of_hansens_kernel() {
        let (x, y) = (wave(0.3, 150), wave(1.7, 150));
        for block in [1.0, 1.5, 6.0, 40.0] {
            let settings = JointBootstrap { draws: 1, block: Block::Fixed(block) };
            let panel = Panel::relative(&[&x, &y], &settings).unwrap();
            for (series, found) in [&x, &y].into_iter().zip(&panel.spreads) {
                let (n, mean) = (series.len(), mean(series).unwrap());
                let centred: Vec<f64> = series.iter().map(|v| v - mean).collect();
                let stay: f64 = 1.0 - 1.0 / block;
                let mut variance = 0.0;
                for i in 0..n {
                    // Straight covariances with the kernel as Hansen (2005) prints it.
                    let covariance: f64 =
                        centred[i..].iter().zip(&centred).map(|(a, b)| a * b).sum::<f64>() / n as f64;
                    let share = i as f64 / n as f64;
                    let kernel = (1.0 - share) * stay.powi(i as i32) + share * stay.powi((n - i) as i32);
                    variance += if i == 0 { covariance } else { 2.0 * kernel * covariance };
                }
                assert!((found - variance.sqrt()).abs() < 1e-11, "{block}: {found} {}", variance.sqrt());
            }
        }
    }

    #[test]
    fn one_series_is_resampled_as_by_itself() {
        // The same seed gives the same blocks whatever stands beside, so the closed variance and the draws agree.
        let (x, y) = (wave(0.3, 200), wave(1.7, 200));
        let settings = JointBootstrap { draws: 20_000, block: Block::Fixed(6.0) };
        let alone = Panel::relative(&[&x], &settings).unwrap();
        let both = Panel::relative(&[&y, &x], &settings).unwrap();
        let first = alone.resampled(Seed::root(3), |means| means[0]);
        let second = both.resampled(Seed::root(3), |means| means[1]);
        assert!(first.iter().zip(&second).all(|(a, b)| (a - b).abs() < 1e-14));
        let measured = 200.0 * first.iter().map(|m| m * m).sum::<f64>() / 20_000.0;
        // The variance of 20,000 near-normal draws has a relative error of 1 %.
        assert!((measured.sqrt() / alone.spreads[0] - 1.0).abs() < 0.02);
    }

    #[test]
    fn what_cannot_be_compared_is_named() {
        use ComparisonError as E;
        let x = wave(0.3, 60);
        let run = |series: &[&[f64]], block: Block, draws: usize| {
            Panel::relative(series, &JointBootstrap { draws, block }).err().unwrap()
        };
        let fixed = Block::Fixed(2.0);
        assert_eq!(run(&[], fixed, 9), E::NoModels);
        assert_eq!(run(&[&x, &x[1..]], fixed, 9), E::Length { model: 1, expected: 60, found: 59 });
        assert_eq!(run(&[&x[..19]], fixed, 9), E::TooFew { n: 19, min: 20 });
        assert_eq!(run(&[&x, &[0.1; 60]], fixed, 9), E::NoSpread { model: 1 });
        assert_eq!(run(&[&x], fixed, 0), E::Setting { name: "draws", value: 0.0 });
        assert_eq!(run(&[&x], Block::Fixed(0.5), 9), E::Setting { name: "block", value: 0.5 });
        let long = Block::Automatic { min: 21.0 };
        assert_eq!(run(&[&x], long, 9), E::Setting { name: "block.min", value: 21.0 });
        let mut broken = x.clone();
        broken[7] = f64::NAN;
        assert_eq!(run(&[&x, &broken], fixed, 9), E::NotFinite { model: 1, row: 7 });
        assert_eq!(run(&[&[f64::MAX; 60]], fixed, 9), E::NotFinite { model: 0, row: 0 });
    }
}
