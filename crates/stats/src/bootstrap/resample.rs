//! Random circular blocks, prefix sums over them, and draws in numbered seeded streams.

use proofmark_units::Seed;
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

/// Draws that share one generator; part of the definition of a result, so never a setting.
const CHUNK: usize = 64;
const GUIDE_BITS: u32 = 8;

/// `count` values of `draw`, in order; chunk `c` of the draws uses stream `seed.nth(c)` whatever thread runs it.
pub(crate) fn draws<T: Send>(count: usize, seed: Seed, draw: impl Fn(&mut ChaCha8Rng) -> T + Sync) -> Vec<T> {
    let chunks: Vec<Vec<T>> = (0..count.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            let mut rng = seed.nth(chunk as u64).rng();
            (0..CHUNK.min(count - chunk * CHUNK)).map(|_| draw(&mut rng)).collect()
        })
        .collect();
    chunks.into_iter().flatten().collect()
}

/// Draws between two looks at whether a sequential p is settled.
const ROUND: usize = 16 * CHUNK;

/// A p value, and how many draws it took.
pub(crate) struct SequentialP {
    pub(crate) p: f64,
    pub(crate) draws: usize,
}

/// p of an observed statistic, by at most `max` draws that tell whether they reach it: draws end with the `enough`-th that
/// does.
///
/// p is `enough` over the draws made until then, or (1 + reached) / (1 + max): valid in finite samples like the p of all
/// draws, exact where p is small and cheap where it is not. Besag & Clifford (1991), Biometrika 78(2), 301-304. Draws are
/// those of [`draws`].
pub(crate) fn sequential_p(
    max: usize,
    enough: usize,
    seed: Seed,
    reaches: impl Fn(&mut ChaCha8Rng) -> bool + Sync,
) -> SequentialP {
    let (mut made, mut reached) = (0, 0);
    while made < max {
        let round: Vec<Vec<bool>> = (made / CHUNK..(made + ROUND).min(max).div_ceil(CHUNK))
            .into_par_iter()
            .map(|chunk| {
                let mut rng = seed.nth(chunk as u64).rng();
                (0..CHUNK.min(max - chunk * CHUNK)).map(|_| reaches(&mut rng)).collect()
            })
            .collect();
        for draw in round.into_iter().flatten() {
            made += 1;
            reached += usize::from(draw);
            if reached == enough {
                return SequentialP { p: reached as f64 / made as f64, draws: made };
            }
        }
    }
    SequentialP { p: (1 + reached) as f64 / (1 + made) as f64, draws: made }
}

/// Blocks of the stationary bootstrap: uniform start on the circle, geometric length.
pub(crate) struct StationaryBlocks {
    n: u64,
    /// `thresholds[l]` = 2^32 P(length <= l + 1); the last entry is never compared.
    thresholds: Vec<u64>,
    /// For the leading bits of a uniform number, the first position in `thresholds` that can apply.
    guide: Vec<u32>,
}

impl StationaryBlocks {
    /// Blocks over `n` observations with mean length `mean` >= 1, none longer than `n`.
    pub(crate) fn new(n: usize, mean: f64) -> Self {
        let stay = 1.0 - mean.max(1.0).recip();
        let full = (1_u64 << 32) as f64;
        let mut thresholds = Vec::new();
        let mut survive = 1.0;
        while thresholds.len() < n {
            survive *= stay;
            let threshold = (full * (1.0 - survive)) as u64;
            thresholds.push(threshold);
            if threshold >= u64::from(u32::MAX) {
                break;
            }
        }
        let mut guide = Vec::with_capacity(1 << GUIDE_BITS);
        let mut position = 0;
        for cell in 0..1_u64 << GUIDE_BITS {
            let lowest = cell << (32 - GUIDE_BITS);
            while position + 1 < thresholds.len() && lowest >= thresholds[position] {
                position += 1;
            }
            guide.push(position as u32);
        }
        Self { n: n as u64, thresholds, guide }
    }

    fn length(&self, uniform: u32) -> usize {
        let mut position = self.guide[(uniform >> (32 - GUIDE_BITS)) as usize] as usize;
        while position + 1 < self.thresholds.len() && u64::from(uniform) >= self.thresholds[position] {
            position += 1;
        }
        position + 1
    }

    /// Hands `visit` the start and length of each block of one draw of `total` observations; the last block is cut.
    ///
    /// One 64-bit number gives both; the start's deviation from uniform is below n / 2^32.
    pub(crate) fn draw(&self, rng: &mut ChaCha8Rng, total: usize, mut visit: impl FnMut(usize, usize)) {
        let mut remaining = total;
        while remaining > 0 {
            let bits = rng.next_u64();
            let start = ((bits & u64::from(u32::MAX)) * self.n) >> 32;
            let len = self.length((bits >> 32) as u32).min(remaining);
            visit(start as usize, len);
            remaining -= len;
        }
    }
}

/// Prefix sums of a series, for the sum of any circular block.
pub(crate) struct CircularSums(Vec<f64>);

impl CircularSums {
    pub(crate) fn new(series: &[f64]) -> Self {
        let mut total = 0.0;
        let sums = series.iter().map(|v| {
            total += v;
            total
        });
        Self(std::iter::once(0.0).chain(sums).collect())
    }

    /// Sum of the `len` values from `start` on, wrapping around; `len` at most the length of the series.
    pub(crate) fn block(&self, start: usize, len: usize) -> f64 {
        let (end, n) = (start + len, self.0.len() - 1);
        if end <= n { self.0[end] - self.0[start] } else { self.0[n] - self.0[start] + self.0[end - n] }
    }
}

/// Variance of the square root of n times a resampled mean, given the data: n Cov*(mean x*, mean y*).
///
/// C(0) + sum over k of (1 - k/n) q^k (C_xy(k) + C_yx(k)) with circular covariances and q = 1 - 1/block: Politis & Romano
/// (1994), lemma 1. Lags whose weight is below 1e-12 are left out.
pub(crate) fn resampling_covariance(x: &[f64], y: &[f64], block: f64) -> f64 {
    let n = x.len();
    let stay = 1.0 - block.max(1.0).recip();
    let mut total = circular_covariance(x, y, 0);
    let mut weight = 1.0;
    for k in 1..n {
        weight *= stay;
        if weight < 1e-12 {
            break;
        }
        total += (1.0 - k as f64 / n as f64)
            * weight
            * (circular_covariance(x, y, k) + circular_covariance(y, x, k));
    }
    total
}

/// Mean of `a[t] b[t - k]` over the circle of observations.
pub(super) fn circular_covariance(a: &[f64], b: &[f64], k: usize) -> f64 {
    let n = a.len();
    let straight: f64 = a[k..].iter().zip(b).map(|(u, v)| u * v).sum();
    let wrapped: f64 = a[..k].iter().zip(&b[n - k..]).map(|(u, v)| u * v).sum();
    (straight + wrapped) / n as f64
}

/// Prefix sums of rows of several columns, for the column sums of any circular block.
pub(crate) struct RowSums {
    columns: usize,
    rows: usize,
    prefix: Vec<f64>,
}

impl RowSums {
    /// Of `values` in rows of `columns` values each.
    pub(crate) fn new(values: &[f64], columns: usize) -> Self {
        let mut prefix = Vec::with_capacity(values.len() + columns);
        prefix.resize(columns, 0.0);
        for (i, value) in values.iter().enumerate() {
            prefix.push(prefix[i] + value);
        }
        Self { columns, rows: values.len() / columns, prefix }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.prefix[row * self.columns..(row + 1) * self.columns]
    }

    /// Adds the column sums of the `len` rows from `start` on, wrapping around, to `totals`.
    pub(crate) fn add_block(&self, start: usize, len: usize, totals: &mut [f64]) {
        let end = start + len;
        if end <= self.rows {
            for ((total, high), low) in totals.iter_mut().zip(self.row(end)).zip(self.row(start)) {
                *total += high - low;
            }
        } else {
            let ends = self.row(self.rows).iter().zip(self.row(end - self.rows));
            for ((total, (all, high)), low) in totals.iter_mut().zip(ends).zip(self.row(start)) {
                *total += all - low + high;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_geometric_with_the_mean_asked() {
        for mean in [1.0, 1.7, 8.0, 40.0] {
            let blocks = StationaryBlocks::new(2520, mean);
            let mut rng = Seed::root(1).rng();
            let (mut count, mut total, mut ones) = (0.0, 0.0, 0.0);
            for _ in 0..400 {
                blocks.draw(&mut rng, 2520, |start, len| {
                    assert!(start < 2520 && (1..=2520).contains(&len));
                    count += 1.0;
                    total += len as f64;
                    ones += f64::from(u8::from(len == 1));
                });
            }
            // Cut last blocks lower the mean by less than a block per draw.
            let error = 5.0 * mean / f64::sqrt(count) + mean * mean / 2520.0;
            assert!((total / count - mean).abs() < error, "{mean}: {}", total / count);
            assert!((ones / count - 1.0 / mean).abs() < 5.0 * (0.25_f64 / count).sqrt() + mean / 2520.0);
        }
    }

    #[test]
    fn draws_do_not_depend_on_threads_or_on_how_many_follow() {
        let run = |threads: usize, count: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| draws(count, Seed::root(5), |rng| rng.next_u64()))
        };
        assert_eq!(run(1, 1000), run(3, 1000));
        assert_eq!(run(1, 1000)[..700], run(2, 700)[..]);
    }

    #[test]
    fn a_sequential_p_is_that_of_all_draws_where_it_is_small_and_near_it_where_not() {
        let at = |share: f64, enough: usize| {
            let limit = (share * (1_u64 << 32) as f64) as u64;
            sequential_p(10_000, enough, Seed::root(4), move |rng| rng.next_u64() >> 32 < limit)
        };
        let (all, stopped) = (at(0.02, usize::MAX), at(0.02, 500));
        assert_eq!((all.p, all.draws), (stopped.p, stopped.draws));
        assert_eq!(all.draws, 10_000);
        let large = at(0.6, 500);
        assert!(large.draws < 1_000 && (large.p - 0.6).abs() < 0.06, "{} {}", large.p, large.draws);
        // It stops at a draw that reaches, and the same one whatever the threads.
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        let again = pool.install(|| at(0.6, 500));
        assert_eq!((again.p, again.draws), (large.p, large.draws));
        assert_eq!(sequential_p(100, 5, Seed::root(1), |_| false).p, 1.0 / 101.0);
    }

    #[test]
    fn circular_sums_wrap() {
        let sums = CircularSums::new(&[1.0, 2.0, 4.0]);
        assert_eq!((sums.block(0, 3), sums.block(2, 2), sums.block(1, 3)), (7.0, 5.0, 7.0));
    }

    #[test]
    fn row_sums_wrap_column_by_column() {
        let sums = RowSums::new(&[1.0, 10.0, 2.0, 20.0, 4.0, 40.0], 2);
        let mut totals = [0.5, 0.5];
        sums.add_block(2, 2, &mut totals);
        assert_eq!(totals, [5.5, 50.5]);
        sums.add_block(0, 3, &mut totals);
        assert_eq!(totals, [12.5, 120.5]);
    }

    #[test]
    fn the_closed_variance_is_that_of_the_draws() {
        let series: Vec<f64> =
            (0..200).map(|i| (f64::from(i) * 0.3).sin() + (f64::from(i * i)).cos()).collect();
        let mean = crate::moments::mean(&series).unwrap();
        let centred: Vec<f64> = series.iter().map(|v| v - mean).collect();
        let means = crate::bootstrap::sorted_means(&centred, 200, 6.0, 20_000, Seed::root(3));
        let measured = 200.0 * means.iter().map(|m| m * m).sum::<f64>() / 20_000.0;
        let closed = resampling_covariance(&centred, &centred, 6.0);
        // The variance of 20,000 near-normal draws has a relative error of 1 %.
        assert!((measured / closed - 1.0).abs() < 0.04, "{measured} {closed}");
    }
}
