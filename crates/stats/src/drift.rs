//! Stability and distance of distributions between a reference sample and a later one.

mod kolmogorov;

pub use kolmogorov::{KolmogorovSmirnov, ks_two_sample};
use serde::Serialize;

use crate::moments::{quantile_sorted, sum_of};

/// Population stability index.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stability {
    /// Sum over bins of (actual share - expected share) ln(actual share / expected share), 0 or more.
    pub psi: f64,
    /// Bins left after equal edges were joined.
    pub bins: usize,
    /// Finite values of the reference sample.
    pub expected_n: usize,
    /// Finite values of the later sample.
    pub actual_n: usize,
    /// Share of the reference sample that is not finite.
    pub expected_missing: f64,
    /// Share of the later sample that is not finite.
    pub actual_missing: f64,
}

/// Population stability index over quantile bins of the expected sample; both outer bins are open.
///
/// Siddiqi (2006), Credit Risk Scorecards, chapter 10. Half a count is added to every bin, so an empty one stays
/// finite. For large samples from one distribution it is about chi-squared with bins - 1 degrees of freedom times
/// (1/expected_n + 1/actual_n). `None` when `bins` is below 2 or a sample has no finite value.
pub fn psi(expected: &[f64], actual: &[f64], bins: usize) -> Option<Stability> {
    if bins < 2 {
        return None;
    }
    let edges = quantile_edges(expected, bins)?;
    let expected_n = expected.iter().filter(|v| v.is_finite()).count();
    let actual_n = actual.iter().filter(|v| v.is_finite()).count();
    if actual_n == 0 {
        return None;
    }
    let shares = shares(expected, &edges).into_iter().zip(shares(actual, &edges));
    let terms = shares.map(|(e, a)| (a - e) * (a / e).ln());
    let missing = |n: usize, all: usize| (all - n) as f64 / all as f64;
    Some(Stability {
        psi: sum_of(terms).max(0.0),
        bins: edges.len() + 1,
        expected_n,
        actual_n,
        expected_missing: missing(expected_n, expected.len()),
        actual_missing: missing(actual_n, actual.len()),
    })
}

/// Jensen-Shannon divergence in nats over the bins of [`psi`], between 0 and ln 2; `None` as there.
///
/// Lin (1991), IEEE Transactions on Information Theory 37(1), 145-151, with equal weights: bounded, and unlike the
/// index above hardly moved by a bin that one sample leaves empty.
pub fn jensen_shannon(expected: &[f64], actual: &[f64], bins: usize) -> Option<f64> {
    if bins < 2 || !actual.iter().any(|v| v.is_finite()) {
        return None;
    }
    let edges = quantile_edges(expected, bins)?;
    let terms = shares(expected, &edges).into_iter().zip(shares(actual, &edges)).map(|(e, a)| {
        let middle = (e + a) / 2.0;
        (e * (e / middle).ln() + a * (a / middle).ln()) / 2.0
    });
    Some(sum_of(terms).clamp(0.0, std::f64::consts::LN_2))
}

/// Inner quantile edges of the finite values, equal ones joined; `None` without such values.
fn quantile_edges(expected: &[f64], bins: usize) -> Option<Vec<f64>> {
    let mut sorted: Vec<f64> = expected.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut edges: Vec<f64> =
        (1..bins).map(|i| quantile_sorted(&sorted, i as f64 / bins as f64)).collect::<Option<_>>()?;
    edges.dedup();
    Some(edges)
}

/// Shares of the finite values by bin, half a count added to each.
fn shares(values: &[f64], edges: &[f64]) -> Vec<f64> {
    let mut counts = vec![0.5; edges.len() + 1];
    values
        .iter()
        .filter(|v| v.is_finite())
        .for_each(|v| counts[edges.partition_point(|edge| edge < v)] += 1.0);
    let total = sum_of(counts.iter().copied());
    counts.into_iter().map(|c| c / total).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_with_two_bins() {
        // Edge 2.5; expected counts 2 and 2, actual 3 and 1, each plus a half: shares 0.5, 0.5 and 0.7, 0.3.
        let drift = psi(&[1.0, 2.0, 3.0, 4.0], &[1.0, 2.0, 2.0, 9.0], 2).unwrap();
        assert!((drift.psi - (0.2 * 1.4_f64.ln() - 0.2 * 0.6_f64.ln())).abs() < 1e-15);
        assert_eq!((drift.bins, drift.expected_n, drift.actual_n), (2, 4, 4));
    }

    #[test]
    fn golden_shares() {
        // Shares 1/4 each against 0.1, 0.2, 0.3, 0.4: index 0.2282174, divergence 0.0278656.
        let expected: Vec<f64> = (0..400_000).map(|i| f64::from(i % 4)).collect();
        let actual: Vec<f64> =
            (0..400_000).map(|i| f64::from([0, 1, 1, 2, 2, 2, 3, 3, 3, 3][i % 10])).collect();
        assert!((psi(&expected, &actual, 4).unwrap().psi - 0.228_217_4).abs() < 1e-4);
        assert!((jensen_shannon(&expected, &actual, 4).unwrap() - 0.027_865_6).abs() < 1e-4);
        let far: Vec<f64> = expected.iter().map(|v| v + 10.0).collect();
        assert!(psi(&expected, &far, 4).unwrap().psi > 5.0);
        assert!(jensen_shannon(&expected, &far, 4).unwrap() > 0.3);
        assert_eq!(jensen_shannon(&expected, &[f64::NAN], 4), None);
    }

    #[test]
    fn the_same_sample_has_none_and_a_moved_one_much() {
        let sample: Vec<f64> = (0..1000).map(|i| (f64::from(i * i) * 0.77).sin()).collect();
        let moved: Vec<f64> = sample.iter().map(|v| v + 1.0).collect();
        assert_eq!(psi(&sample, &sample, 10).unwrap().psi, 0.0);
        assert!(psi(&sample, &moved, 10).unwrap().psi > 0.5);
    }

    #[test]
    fn ties_join_bins_and_missing_values_are_counted() {
        let drift = psi(&[1.0; 50], &[1.0, 1.0, 2.0, f64::NAN], 10).unwrap();
        assert_eq!((drift.bins, drift.actual_n, drift.actual_missing), (2, 3, 0.25));
        assert!(drift.psi > 0.0);
        assert_eq!(psi(&[], &[1.0], 10), None);
        assert_eq!(psi(&[1.0], &[f64::NAN], 10), None);
        assert_eq!(psi(&[1.0], &[1.0], 1), None);
    }
}
