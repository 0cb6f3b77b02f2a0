//! How long a value lasts.

use serde::Serialize;

use crate::rank::{GridShapeError, check_grids, pearson};

/// The fewest steps of a name that count.
const LEAST_STEPS: usize = 20;

/// First-order autocorrelation over the names of a grid.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Persistence {
    /// Mean over names of the correlation of neighbouring values, each weighted by its steps.
    pub lag_one: f64,
    /// Steps after which half of a deviation is left if it decays as a first-order autoregression; `None` where the
    /// correlation is not between 0 and 1.
    pub half_life: Option<f64>,
    /// Steps used.
    pub steps: usize,
}

impl Persistence {
    /// The share of `n` successive values that counts as independent for a mean: `(1 - r) / (1 + r)`, at most 1.
    ///
    /// Bartlett (1946), Supplement to the Journal of the Royal Statistical Society 8(1), 27-41, for a first-order
    /// autoregression.
    pub fn independent_share(&self) -> f64 {
        let r = self.lag_one.clamp(0.0, 1.0);
        (1.0 - r) / (1.0 + r)
    }
}

/// The persistence of a grid; `None` where no name has 20 steps with both ends known and some spread.
///
/// # Errors
/// Not whole rows.
pub fn persistence(grid: &[f64], width: usize) -> Result<Option<Persistence>, GridShapeError> {
    check_grids(grid.len(), grid.len(), width)?;
    let (mut weighted, mut steps) = (0.0, 0);
    for name in 0..width {
        let own = || grid.iter().skip(name).step_by(width).copied();
        let pairs = own().zip(own().skip(1)).filter(|(a, b)| a.is_finite() && b.is_finite());
        let (before, after): (Vec<f64>, Vec<f64>) = pairs.unzip();
        if before.len() >= LEAST_STEPS
            && let Some(r) = pearson(&before, &after)
        {
            weighted += r * before.len() as f64;
            steps += before.len();
        }
    }
    if steps == 0 {
        return Ok(None);
    }
    let lag_one = weighted / steps as f64;
    let decays = lag_one > 0.0 && lag_one < 1.0;
    Ok(Some(Persistence { lag_one, half_life: decays.then(|| 0.5_f64.ln() / lag_one.ln()), steps }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternation_decay_and_holes() {
        let to_and_fro: Vec<f64> = (0..40).map(|t| f64::from(t % 2)).collect();
        let found = persistence(&to_and_fro, 1).unwrap().unwrap();
        assert!((found.lag_one + 1.0).abs() < 1e-12);
        assert_eq!((found.half_life, found.steps, found.independent_share()), (None, 39, 1.0));
        // A value that halves each step follows its predecessor exactly: a correlation of 1, which never decays.
        let halving: Vec<f64> = (0..40).map(|t| 0.5_f64.powi(t)).collect();
        let found = persistence(&halving, 1).unwrap().unwrap();
        assert!((found.lag_one - 1.0).abs() < 1e-9 && found.independent_share() < 1e-9);
        let mut holes = to_and_fro.clone();
        holes[10] = f64::NAN;
        assert_eq!(persistence(&holes, 1).unwrap().unwrap().steps, 37);
        assert_eq!(persistence(&holes, 40).unwrap(), None, "one row has no step");
        assert!(persistence(&holes, 7).is_err());
    }

    #[test]
    fn names_are_weighed_by_their_steps() {
        // The first name alternates over 30 rows, the second rises over all 60.
        let grid: Vec<f64> =
            (0..60).flat_map(|t| [if t < 30 { f64::from(t % 2) } else { f64::NAN }, f64::from(t)]).collect();
        let found = persistence(&grid, 2).unwrap().unwrap();
        assert!((found.lag_one - (59.0 - 29.0) / 88.0).abs() < 1e-12 && found.steps == 88);
        assert!((found.half_life.unwrap() - 0.5_f64.ln() / (30.0_f64 / 88.0).ln()).abs() < 1e-12);
    }
}
