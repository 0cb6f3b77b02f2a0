//! How many different things a set of trials tried: clusters of correlated return series.

use rayon::prelude::*;
use serde::Serialize;

use crate::moments::{mean, sd};

/// Average correlation from which two groups of trials count as one.
///
/// At 0.5 two series share a quarter of their variance. The maximum of K normal variables with common correlation r grows
/// as sqrt(1 - r) times that of independent ones, so below 0.5 a cluster still hides more than 70 % of the selection it
/// stands for; a lower threshold would merge trials that are mostly different, a higher one counts near-copies several
/// times. The deflated Sharpe ratio at the full number of trials is the conservative bound and is always printed beside.
pub const DEFAULT_THRESHOLD: f64 = 0.5;

/// Why series could not be clustered.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ClusterError {
    /// A series is not as long as the first.
    #[error("series {series} has {found} periods, the first {expected}")]
    Length {
        /// Position of the series.
        series: usize,
        /// Length of the first series.
        expected: usize,
        /// Length of this one.
        found: usize,
    },
    /// A value is NaN or infinite.
    #[error("series {series} has a value that is not finite at row {row}")]
    NotFinite {
        /// Position of the series.
        series: usize,
        /// Row of the value.
        row: usize,
    },
    /// The threshold is outside -1 to 1.
    #[error("the correlation threshold {0} is outside -1 to 1")]
    Threshold(f64),
}

/// Correlations between all pairs of series.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CorrelationMatrix {
    /// Number of series.
    pub size: usize,
    /// Row-major, symmetric, 1 on the diagonal; 0 beside a series without spread.
    pub values: Vec<f64>,
    /// Series without spread, ascending: they correlate with nothing.
    pub undefined: Vec<usize>,
}

impl CorrelationMatrix {
    /// The correlation of series `i` and `j`.
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.values[i * self.size + j]
    }
}

/// Pearson correlations between return series of the same periods.
///
/// # Errors
/// Series of different length or with non-finite values.
pub fn correlation_matrix(series: &[&[f64]]) -> Result<CorrelationMatrix, ClusterError> {
    let size = series.len();
    let expected = series.first().map_or(0, |s| s.len());
    let mut standardised = Vec::with_capacity(size);
    let mut undefined = Vec::new();
    for (i, values) in series.iter().enumerate() {
        if values.len() != expected {
            return Err(ClusterError::Length { series: i, expected, found: values.len() });
        }
        if let Some(row) = values.iter().position(|v| !v.is_finite()) {
            return Err(ClusterError::NotFinite { series: i, row });
        }
        match mean(values).zip(sd(values)).filter(|(_, sd)| *sd > 0.0) {
            Some((mean, sd)) => {
                let norm = sd * ((expected - 1) as f64).sqrt();
                standardised.push(Some(values.iter().map(|v| (v - mean) / norm).collect::<Vec<f64>>()));
            }
            None => {
                undefined.push(i);
                standardised.push(None);
            }
        }
    }
    let upper: Vec<Vec<f64>> = (0..size)
        .into_par_iter()
        .map(|i| {
            (i + 1..size)
                .map(|j| match (&standardised[i], &standardised[j]) {
                    (Some(a), Some(b)) => a.iter().zip(b).map(|(u, v)| u * v).sum::<f64>().clamp(-1.0, 1.0),
                    _ => 0.0,
                })
                .collect()
        })
        .collect();
    let mut values = vec![0.0; size * size];
    for i in 0..size {
        values[i * size + i] = 1.0;
        for (offset, value) in upper[i].iter().enumerate() {
            let j = i + 1 + offset;
            values[i * size + j] = *value;
            values[j * size + i] = *value;
        }
    }
    Ok(CorrelationMatrix { size, values, undefined })
}

/// Groups of trials that count as one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Clusters {
    /// Cluster of each series, numbered from 0 by first member.
    pub ids: Vec<usize>,
    /// Number of clusters: the effective number of trials.
    pub n_effective: usize,
    /// Average correlation from which groups were joined.
    pub threshold: f64,
    /// Series without spread, each a cluster of its own.
    pub undefined: Vec<usize>,
}

/// Average-linkage clusters of return series, joined while the average correlation is at least `threshold`.
///
/// Sokal & Michener (1958) UPGMA by the nearest-neighbour chain of Murtagh (1983), Computer Journal 26(4), 354-359, in
/// O(N^2); of equal correlations the lower position is taken, so the result depends on the input only.
///
/// # Errors
/// As [`correlation_matrix`], or a threshold outside -1 to 1.
pub fn clusters(series: &[&[f64]], threshold: f64) -> Result<Clusters, ClusterError> {
    if !(-1.0..=1.0).contains(&threshold) {
        return Err(ClusterError::Threshold(threshold));
    }
    let CorrelationMatrix { size, values, undefined } = correlation_matrix(series)?;
    let mut group: Vec<usize> = (0..size).collect();
    for (a, b, similarity) in merges(values, size) {
        if similarity >= threshold {
            let (a, b) = (root(&group, a), root(&group, b));
            group[a.max(b)] = a.min(b);
        }
    }
    let mut number = vec![None; size];
    let mut n_effective = 0;
    let ids = (0..size)
        .map(|i| {
            *number[root(&group, i)].get_or_insert_with(|| {
                n_effective += 1;
                n_effective - 1
            })
        })
        .collect();
    Ok(Clusters { ids, n_effective, threshold, undefined })
}

fn root(group: &[usize], mut i: usize) -> usize {
    while group[i] != i {
        i = group[i];
    }
    i
}

/// The full dendrogram as (member, member, average correlation).
fn merges(mut similarity: Vec<f64>, size: usize) -> Vec<(usize, usize, f64)> {
    let mut weight = vec![1.0; size];
    let mut alive = vec![true; size];
    let mut merges = Vec::with_capacity(size.saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    while merges.len() + 1 < size {
        let Some(&last) = chain.last() else {
            chain.extend((0..size).find(|i| alive[*i]));
            continue;
        };
        // On a tie the previous link wins, so that the chain ends.
        let previous = chain.len().checked_sub(2).map(|i| chain[i]);
        let mut best = previous.map(|p| (p, similarity[last * size + p]));
        for i in (0..size).filter(|i| alive[*i] && *i != last) {
            let s = similarity[last * size + i];
            if best.is_none_or(|(_, b)| s > b) {
                best = Some((i, s));
            }
        }
        let Some((nearest, s)) = best else { break };
        if Some(nearest) != previous {
            chain.push(nearest);
            continue;
        }
        chain.truncate(chain.len() - 2);
        let (keep, gone) = (last.min(nearest), last.max(nearest));
        merges.push((keep, gone, s));
        let (wk, wg) = (weight[keep], weight[gone]);
        alive[gone] = false;
        weight[keep] = wk + wg;
        for i in (0..size).filter(|i| alive[*i] && *i != keep) {
            let joined = (wk * similarity[keep * size + i] + wg * similarity[gone * size + i]) / (wk + wg);
            similarity[keep * size + i] = joined;
            similarity[i * size + keep] = joined;
        }
    }
    merges
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(step: f64) -> Vec<f64> {
        (0..400).map(|i| (f64::from(i * i) * step).sin()).collect()
    }

    fn mix(a: &[f64], b: &[f64], share: f64) -> Vec<f64> {
        a.iter().zip(b).map(|(x, y)| share * x + (1.0 - share) * y).collect()
    }

    #[test]
    fn copies_join_and_strangers_stay_apart() {
        let (a, b, c) = (wave(0.618), wave(0.377), wave(0.911));
        let (near_a, near_b) = (mix(&a, &c, 0.9), mix(&b, &c, 0.9));
        let minus_a: Vec<f64> = a.iter().map(|v| -v).collect();
        let flat = vec![0.0; 400];
        let series: Vec<&[f64]> = vec![&a, &b, &near_a, &near_b, &a, &minus_a, &flat];
        let found = clusters(&series, DEFAULT_THRESHOLD).unwrap();
        assert_eq!(found.ids, [0, 1, 0, 1, 0, 2, 3]);
        assert_eq!((found.n_effective, found.undefined), (4, vec![6]));
    }

    #[test]
    fn average_linkage_by_hand() {
        // s(0,1) = 0.9; then {0,1} to 2 averages (0.7 + 0.2)/2 = 0.45, to 3 (0.1 + 0.1)/2; s(2,3) = 0.4.
        let values = vec![1.0, 0.9, 0.7, 0.1, 0.9, 1.0, 0.2, 0.1, 0.7, 0.2, 1.0, 0.4, 0.1, 0.1, 0.4, 1.0];
        let joined = merges(values, 4);
        assert_eq!((joined[0].0, joined[0].1, joined[0].2), (0, 1, 0.9));
        assert!((joined[1].2 - 0.45).abs() < 1e-15 && joined[1].1 == 2);
        assert!((joined[2].2 - 0.2).abs() < 1e-15 && joined[2].1 == 3); // (2 * 0.1 + 0.4) / 3
    }

    #[test]
    fn agrees_with_the_greedy_definition() {
        let base: Vec<Vec<f64>> = (0..9).map(|i| wave(0.31 + 0.017 * f64::from(i))).collect();
        let series: Vec<Vec<f64>> =
            (0..24).map(|i| mix(&base[i % 9], &base[(i * 5 + 2) % 9], 0.4 + 0.02 * i as f64)).collect();
        let views: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
        let matrix = correlation_matrix(&views).unwrap();
        for threshold in [-0.2, 0.1, 0.3, 0.5, 0.7, 0.9] {
            let mut groups: Vec<Vec<usize>> = (0..24).map(|i| vec![i]).collect();
            loop {
                let mut best: Option<(usize, usize, f64)> = None;
                for i in 0..groups.len() {
                    for j in i + 1..groups.len() {
                        let pairs =
                            groups[i].iter().flat_map(|a| groups[j].iter().map(|b| matrix.get(*a, *b)));
                        let average = pairs.sum::<f64>() / (groups[i].len() * groups[j].len()) as f64;
                        if best.is_none_or(|(_, _, s)| average > s) {
                            best = Some((i, j, average));
                        }
                    }
                }
                match best {
                    Some((i, j, s)) if s >= threshold => {
                        let other = groups.remove(j);
                        groups[i].extend(other);
                    }
                    _ => break,
                }
            }
            let found = clusters(&views, threshold).unwrap();
            assert_eq!(found.n_effective, groups.len(), "{threshold}");
            for members in groups {
                assert!(members.iter().all(|m| found.ids[*m] == found.ids[members[0]]));
            }
        }
    }

    #[test]
    fn edge_cases() {
        assert_eq!(clusters(&[], 0.5).unwrap().n_effective, 0);
        assert_eq!(clusters(&[&[1.0, 2.0]], 0.5).unwrap().ids, [0]);
        assert_eq!(
            clusters(&[&[1.0, 2.0], &[1.0]], 0.5),
            Err(ClusterError::Length { series: 1, expected: 2, found: 1 })
        );
        assert!(clusters(&[&[1.0, f64::NAN]], 0.5).is_err());
        assert!(clusters(&[], f64::NAN).is_err());
    }
}
