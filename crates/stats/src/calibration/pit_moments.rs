//! Uniformity of probability integral transforms whose rows depend on one another.

use serde::Serialize;

use crate::regression::hac_mean;
use crate::tails;

/// Where outcomes fell among the quantiles of their forecasts, summed over the rows of one date.
///
/// Quantiles at levels k / K, k = 1 to K - 1, cut the distribution into K bins of equal probability; which bin an
/// outcome fell into is all that they say of its transform. An outcome that equals quantiles counts in equal parts in
/// the bins on both sides and between them (Czado, Gneiting & Held 2009, Biometrics 65(4), 1254-1261).
#[derive(Debug, Clone, PartialEq)]
pub struct PitBins {
    /// Rows by bin, from the lowest.
    pub counts: Vec<f64>,
    /// Sum of u - 1/2, u the middle of the row's bin.
    pub location: f64,
    /// Sum of (u - 1/2)^2 less its mean under uniformity.
    pub spread: f64,
}

impl PitBins {
    /// No row yet, for `bins` bins (at least 1).
    pub fn new(bins: usize) -> Self {
        Self { counts: vec![0.0; bins.max(1)], location: 0.0, spread: 0.0 }
    }

    /// Adds a row: `below` quantiles lie under its outcome, `up_to` lie under it or equal it.
    ///
    /// More than there are count as all of them.
    pub fn add(&mut self, below: usize, up_to: usize) {
        let bins = self.counts.len();
        let first = below.min(bins - 1);
        let last = up_to.clamp(first, bins - 1);
        let (k, share) = (bins as f64, 1.0 / (last - first + 1) as f64);
        // The variance of K equally likely bin middles, 1/12 less 1/(12 K^2).
        let uniform = (1.0 - 1.0 / (k * k)) / 12.0;
        for bin in first..=last {
            let off = (bin as f64 + 0.5) / k - 0.5;
            self.counts[bin] += share;
            self.location += share * off;
            self.spread += share * (off * off - uniform);
        }
    }
}

/// A test that transforms are uniform by their first two moments.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PitMoments {
    /// Dates.
    pub n: usize,
    /// Wald statistic of both moments.
    pub statistic: f64,
    /// Its chi-squared tail with two degrees of freedom.
    pub p: f64,
    /// Lag of the Bartlett kernel.
    pub lag: usize,
}

/// Whether the first two moments of transforms are those of uniform ones, from daily sums with Newey-West errors.
///
/// Knueppel (2015), Journal of Business & Economic Statistics 33(2), 270-281: raw moments of transforms with a
/// long-run covariance matrix, which forecasts over several periods need because they overlap. Sums over a date let its
/// names move together. It sees forecasts that lie too high or low and intervals that are too wide or narrow; two
/// moments do not see everything. It takes the forecasts as given: quantiles estimated from a short slice are off by
/// chance, which it reports as well.
///
/// `days`: one each per date, in time order, dates without rows left out. `lag` as by
/// [`crate::regression::newey_west_lag`] of the horizon. `None` with too few dates, a lag that reaches them, or
/// moments without spread.
pub fn pit_moments_by_date(days: &[PitBins], lag: usize) -> Option<PitMoments> {
    let location: Vec<f64> = days.iter().map(|day| day.location).collect();
    let spread: Vec<f64> = days.iter().map(|day| day.spread).collect();
    let both: Vec<f64> = location.iter().zip(&spread).map(|(a, b)| a + b).collect();
    let [a, b, ab] = [&location, &spread, &both].map(|series| hac_mean(series, lag).ok());
    let (a, b, ab) = (a?, b?, ab?);
    let (va, vb) = (a.std_error.powi(2), b.std_error.powi(2));
    // A Bartlett variance is a quadratic form, so that of the sum holds the covariance.
    let covariance = (ab.std_error.powi(2) - va - vb) / 2.0;
    let determinant = va * vb - covariance * covariance;
    if determinant.is_nan() || determinant <= 1e-12 * va * vb {
        return None;
    }
    let statistic =
        (a.mean * a.mean * vb - 2.0 * a.mean * b.mean * covariance + b.mean * b.mean * va) / determinant;
    Some(PitMoments { n: days.len(), statistic, p: tails::chi_squared(statistic, 2.0)?, lag })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(bins: usize, rows: &[usize]) -> PitBins {
        let mut day = PitBins::new(bins);
        rows.iter().for_each(|bin| day.add(*bin, *bin));
        day
    }

    #[test]
    fn bins_by_hand() {
        // Middles of four bins less 1/2: -3/8, -1/8, 1/8, 3/8; mean square 5/64.
        let all = day(4, &[0, 1, 2, 3]);
        assert_eq!((all.counts.as_slice(), all.location), ([1.0; 4].as_slice(), 0.0));
        assert!(all.spread.abs() < 1e-16);
        let outer = day(4, &[0, 3]);
        assert!((outer.spread - 2.0 * (9.0 / 64.0 - 5.0 / 64.0)).abs() < 1e-16 && outer.location == 0.0);
        // An outcome that equals the two upper of three quantiles.
        let mut tied = PitBins::new(4);
        tied.add(1, 3);
        assert_eq!(tied.counts, [0.0, 1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
        assert!((tied.location - 1.0 / 8.0).abs() < 1e-15);
        let mut beyond = PitBins::new(4);
        beyond.add(9, 9);
        assert_eq!(beyond.counts, [0.0, 0.0, 0.0, 1.0]);
    }

    #[test]
    fn the_statistic_by_hand() {
        // Two bins: u - 1/2 is -1/4 or 1/4 and its square has no spread, so there is no test.
        assert_eq!(pit_moments_by_date(&[day(2, &[0]), day(2, &[1]), day(2, &[0])], 0), None);
        // Four bins, one row a date, at 0, 0, 1, 3 in eighths -3, -3, -1, 3: mean -1; squares 9, 9, 1, 9 less 5: mean 2
        // (in 64ths). Variances 6 and 12, covariance mean((-2)(2), (-2)(2), (0)(-6), (4)(2)) = 0. Over four dates:
        // 4 (1 / 6 + 4 / 12) = 2.
        let days = [0, 0, 1, 3].map(|bin| day(4, &[bin]));
        let found = pit_moments_by_date(&days, 0).unwrap();
        assert!((found.statistic - 2.0).abs() < 1e-12, "{found:?}");
        assert!((found.p - (-1.0_f64).exp()).abs() < 1e-9); // chi-squared with two degrees of freedom: e^(-x/2)
        assert_eq!((found.n, pit_moments_by_date(&days, 4)), (4, None));
    }

    #[test]
    fn shifted_and_narrow_forecasts_are_seen() {
        // Bins of a golden-ratio sequence are as even as can be; its middle half is too narrow by half.
        let golden = |i: usize| (i as f64 * 0.618_033_988_75) % 1.0;
        let days = |of: &dyn Fn(f64) -> f64| -> Vec<PitBins> {
            (0..300).map(|t| day(20, &[0, 1, 2].map(|k| (of(golden(3 * t + k)) * 20.0) as usize))).collect()
        };
        let p = |of: &dyn Fn(f64) -> f64| pit_moments_by_date(&days(of), 3).unwrap().p;
        assert!(p(&|u| u) > 0.5);
        assert!(p(&|u| 0.25 + 0.5 * u) < 1e-6);
        assert!(p(&|u| u * u) < 1e-6);
    }
}
