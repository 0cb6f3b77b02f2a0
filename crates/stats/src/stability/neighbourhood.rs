//! Whether a chosen parameter stands on a plateau or on a peak.

use serde::Serialize;

use crate::moments::{mean, quantile};

/// A result beside the results of neighbouring parameters; larger is better.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Neighbourhood {
    /// Result at the chosen parameters.
    pub base: f64,
    /// Neighbours with a result.
    pub n: usize,
    /// Neighbours without one.
    pub missing: usize,
    /// Share of neighbours not more than the tolerance below the base.
    pub share_within: f64,
    /// Share of neighbours below the base: 1 on a peak, about 1/2 on a plateau with noise.
    pub share_below: f64,
    /// Median result of the neighbours.
    pub median: f64,
    /// Lowest result of the neighbours.
    pub worst: f64,
    /// Base minus the lowest result, at least 0.
    pub worst_drop: f64,
    /// Mean over neighbours of result / base, each kept inside 0 to 1: 1 on a plateau, 0 where every neighbour loses
    /// everything; `None` for a base that is not above 0.
    pub plateau: Option<f64>,
}

/// Summary of `neighbours` (one step away in one parameter each, NaN where none could be computed) around `base`.
///
/// `tolerance` is in units of the result. A description, not a test: neighbours share data and most of their trades,
/// so a plateau alone shows no skill, and a peak is what selection of the best leaves behind. After the sensitivity
/// checks of Pardo (2008), The Evaluation and Optimization of Trading Strategies, 2nd ed. `None` for a base or
/// tolerance that is not finite, a negative tolerance, or no neighbour with a result.
pub fn neighbourhood(base: f64, neighbours: &[f64], tolerance: f64) -> Option<Neighbourhood> {
    if !(base.is_finite() && tolerance.is_finite() && tolerance >= 0.0) {
        return None;
    }
    let present: Vec<f64> = neighbours.iter().copied().filter(|v| v.is_finite()).collect();
    let worst = present.iter().copied().reduce(f64::min)?;
    let n = present.len();
    let share = |test: &dyn Fn(f64) -> bool| present.iter().filter(|v| test(**v)).count() as f64 / n as f64;
    let kept: Vec<f64> = present.iter().map(|v| (v / base).clamp(0.0, 1.0)).collect();
    Some(Neighbourhood {
        base,
        n,
        missing: neighbours.len() - n,
        share_within: share(&|v| v >= base - tolerance),
        share_below: share(&|v| v < base),
        median: quantile(&present, 0.5)?,
        worst,
        worst_drop: (base - worst).max(0.0),
        plateau: if base > 0.0 { mean(&kept) } else { None },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let found = neighbourhood(1.0, &[0.9, 1.2, -0.5, 0.6, f64::NAN], 0.25).unwrap();
        assert_eq!((found.n, found.missing, found.share_within, found.share_below), (4, 1, 0.5, 0.75));
        assert_eq!((found.median, found.worst, found.worst_drop), (0.75, -0.5, 1.5));
        assert!((found.plateau.unwrap() - (0.9 + 1.0 + 0.0 + 0.6) / 4.0).abs() < 1e-15);
        let loss = neighbourhood(-1.0, &[2.0], 0.0).unwrap();
        assert_eq!((loss.plateau, loss.worst_drop, loss.share_within), (None, 0.0, 1.0));
        assert_eq!(neighbourhood(1.0, &[f64::NAN], 0.1), None);
        assert_eq!(neighbourhood(1.0, &[1.0], -0.1), None);
        assert_eq!(neighbourhood(f64::NAN, &[1.0], 0.1), None);
    }
}
