//! Probability integral transforms: where outcomes fell in their forecast distributions.

use serde::Serialize;

use crate::autocorrelation::ljung_box;
use crate::tails;

/// Lags of the portmanteau tests of independence.
const LAGS: usize = 5;

/// Counts of transforms in equal bins over 0 to 1; `None` when empty, without bins, or with a value outside 0 to 1.
pub fn pit_histogram(transforms: &[f64], bins: usize) -> Option<Vec<usize>> {
    if transforms.is_empty() || bins == 0 || !transforms.iter().all(|u| (0.0..=1.0).contains(u)) {
        return None;
    }
    let mut counts = vec![0; bins];
    for u in transforms {
        counts[((u * bins as f64) as usize).min(bins - 1)] += 1;
    }
    Some(counts)
}

/// Tests that transforms are uniform, and that they are independent, without which the first two do not hold.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PitTest {
    /// Transforms.
    pub n: usize,
    /// Counts by bin.
    pub histogram: Vec<usize>,
    /// Pearson's chi-squared of the histogram against equal counts.
    pub chi_squared: f64,
    /// Its tail with bins - 1 degrees of freedom; independent transforms only.
    pub chi_squared_p: f64,
    /// Largest distance between the empirical distribution and the diagonal.
    pub kolmogorov_smirnov: f64,
    /// Its tail; independent transforms only.
    pub kolmogorov_smirnov_p: f64,
    /// Ljung-Box p over five lags of the transforms; `None` below seven of them or without spread.
    pub autocorrelation_p: Option<f64>,
    /// Ljung-Box p over five lags of their squared distance from 1/2; `None` as above.
    pub squares_autocorrelation_p: Option<f64>,
}

/// Uniformity of probability integral transforms in time order, over `bins` equal bins.
///
/// Diebold, Gunther & Tay (1998), International Economic Review 39(4), 863-883: one-step forecasts of the right
/// distribution give independent uniform transforms. Kolmogorov's limit with the small-sample factor of Stephens
/// (1970), JRSS B 32(1), 115-122. Forecasts over h periods overlap, and names of one date move together: then neither
/// uniformity p holds (see the sizes in [`crate::skill`]) and the test is not for gates; take every h-th forecast of
/// one name. `None` as for [`pit_histogram`] or with fewer than two bins.
pub fn pit_uniformity(transforms: &[f64], bins: usize) -> Option<PitTest> {
    if bins < 2 {
        return None;
    }
    let histogram = pit_histogram(transforms, bins)?;
    let n = transforms.len() as f64;
    let expected = n / bins as f64;
    let chi_squared = histogram.iter().map(|c| (*c as f64 - expected).powi(2)).sum::<f64>() / expected;
    let mut sorted = transforms.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let distance = sorted
        .iter()
        .enumerate()
        .map(|(i, u)| ((i + 1) as f64 / n - u).max(u - i as f64 / n))
        .fold(0.0, f64::max);
    let squares: Vec<f64> = transforms.iter().map(|u| (u - 0.5).powi(2)).collect();
    let independence = |series: &[f64]| if series.len() < LAGS + 2 { None } else { ljung_box(series, LAGS) };
    Some(PitTest {
        n: transforms.len(),
        chi_squared,
        chi_squared_p: tails::chi_squared(chi_squared, (bins - 1) as f64)?,
        kolmogorov_smirnov: distance,
        kolmogorov_smirnov_p: tails::brownian_bridge((n.sqrt() + 0.12 + 0.11 / n.sqrt()) * distance),
        autocorrelation_p: independence(transforms).map(|t| t.p),
        squares_autocorrelation_p: independence(&squares).map(|t| t.p),
        histogram,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        // Counts 1, 3 against 2, 2; the distribution is 3/4 above 0.6 and 1/4 below it.
        let found = pit_uniformity(&[0.2, 0.6, 0.7, 1.0], 2).unwrap();
        assert_eq!((found.histogram.as_slice(), found.chi_squared), ([1, 3].as_slice(), 1.0));
        assert!((found.chi_squared_p - 0.317_310_5).abs() < 1e-6);
        assert!((found.kolmogorov_smirnov - 0.35).abs() < 1e-15);
        assert_eq!(found.autocorrelation_p, None);
        assert_eq!(pit_histogram(&[1.2], 4), None);
        assert_eq!(pit_histogram(&[f64::NAN], 4), None);
        assert_eq!(pit_uniformity(&[0.5], 1), None);
    }

    #[test]
    fn too_wide_forecasts_and_clusters_are_seen() {
        let golden = |i: i32| (f64::from(i) * 0.618_033_988_75) % 1.0;
        let even: Vec<f64> = (0..500).map(golden).collect();
        let middle: Vec<f64> = even.iter().map(|u| 0.25 + 0.5 * u).collect();
        let (good, wide) = (pit_uniformity(&even, 10).unwrap(), pit_uniformity(&middle, 10).unwrap());
        assert!(good.chi_squared_p > 0.9 && good.kolmogorov_smirnov_p > 0.9);
        assert!(wide.chi_squared_p < 1e-9 && wide.kolmogorov_smirnov_p < 1e-9);
        let mut sorted = even;
        sorted.sort_unstable_by(f64::total_cmp);
        assert!(pit_uniformity(&sorted, 10).unwrap().autocorrelation_p.unwrap() < 1e-9);
    }
}
