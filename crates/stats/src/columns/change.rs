//! Whether a later span of a grid is distributed as an earlier one.

use serde::Serialize;

use super::{Grid, persistence};
use crate::drift::{KolmogorovSmirnov, Stability, ks_two_sample, psi};
use crate::rank::GridShapeError;

/// Bins of the stability index.
const BINS: usize = 10;

/// A later span against an earlier one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnDrift {
    /// Population stability index over deciles of the earlier span.
    pub stability: Stability,
    /// Largest gap between the two distributions.
    pub kolmogorov: KolmogorovSmirnov,
    /// Its probability if nothing changed.
    pub p: Option<f64>,
    /// Independent observations that `p` takes the earlier span for.
    pub independent_before: f64,
    /// The same of the later span.
    pub independent_after: f64,
}

/// Drift from the rows `before` to the rows `after`; `None` where a span has no value.
///
/// A row counts as one observation however many names it has, and neighbouring rows as the share of [`super::Persistence`]
/// says: names of a row move together, and values last. So `p` errs on the side of no drift; the index and the distance say how
/// large a drift is.
///
/// # Errors
/// As [`Grid::check`].
pub fn column_drift(before: &Grid<'_>, after: &Grid<'_>) -> Result<Option<ColumnDrift>, GridShapeError> {
    before.check().and_then(|()| after.check())?;
    let lasting = [persistence(before.values, before.width)?, persistence(after.values, after.width)?];
    // The longer memory of the two serves both: a short span cannot tell its own.
    let share = lasting.iter().flatten().map(super::Persistence::independent_share).fold(1.0, f64::min);
    let rows = |grid: &Grid<'_>| {
        grid.values.chunks(grid.width).filter(|row| row.iter().any(|v| v.is_finite())).count()
    };
    // Values that never decay are one observation, not none.
    let independent = |grid: &Grid<'_>| (rows(grid) as f64 * share).max(1.0);
    let [was, is]: [Vec<f64>; 2] = [before.expected().collect(), after.expected().collect()];
    let Some((stability, kolmogorov)) = psi(&was, &is, BINS).zip(ks_two_sample(&was, &is)) else {
        return Ok(None);
    };
    let (independent_before, independent_after) = (independent(before), independent(after));
    let p = kolmogorov.p(independent_before, independent_after);
    Ok(Some(ColumnDrift { stability, kolmogorov, p, independent_before, independent_after }))
}

#[cfg(test)]
mod tests {
    use proofmark_units::Seed;
    use rand_distr::{Distribution, StandardNormal};

    use super::*;

    fn drift(before: &[f64], after: &[f64], width: usize) -> Result<Option<ColumnDrift>, GridShapeError> {
        let there = vec![true; before.len().max(after.len())];
        let [before, after] =
            [before, after].map(|values| Grid { values, there: &there[..values.len()], width });
        column_drift(&before, &after)
    }

    fn noise(cells: usize, name: &str) -> Vec<f64> {
        let mut rng = Seed::root(3).child(name).rng();
        (0..cells).map(|_| StandardNormal.sample(&mut rng)).collect()
    }

    #[test]
    fn a_moved_span_is_found_and_the_same_one_is_not() {
        let (before, after) = (noise(600, "before"), noise(600, "after"));
        let same = drift(&before, &after, 2).unwrap().unwrap();
        assert!(same.p.unwrap() > 0.05 && same.stability.psi < 0.1, "{same:?}");
        assert!(same.independent_before <= 300.0, "two names a row are one observation");
        let moved: Vec<f64> = after.iter().map(|v| v + 1.0).collect();
        let found = drift(&before, &moved, 2).unwrap().unwrap();
        assert!(found.p.unwrap() < 1e-6 && found.stability.psi > 0.5, "{found:?}");
    }

    #[test]
    fn a_wandering_level_is_not_taken_for_many_observations() {
        // Half a million values of a walk's two halves differ as any two halves do.
        let mut level = 0.0;
        let walk: Vec<f64> = noise(2_000, "walk")
            .iter()
            .map(|step| {
                level += step;
                level
            })
            .collect();
        let found = drift(&walk[..1_000], &walk[1_000..], 1).unwrap().unwrap();
        assert!(found.independent_before < 20.0 && found.p.unwrap() > 1e-6, "{found:?}");
        assert!(
            found.kolmogorov.p(1_000.0, 1_000.0).unwrap() < 1e-6,
            "which the plain count would call proof"
        );
        assert_eq!(drift(&[f64::NAN; 4], &walk, 1).unwrap(), None);
        assert!(drift(&walk[..3], &walk, 2).is_err());
    }
}
