//! p values adjusted for the number of tests, from the p values alone.
//!
//! [`bonferroni`] and [`holm`] bound the probability of any false rejection under every dependence, and holm is never
//! weaker. [`benjamini_hochberg`] bounds the expected share of false rejections among all rejections when the tests are
//! independent or positively dependent (Benjamini & Yekutieli 2001, theorem 1.2), [`benjamini_yekutieli`] under every
//! dependence. Where the series behind the tests are at hand, [`crate::comparison::romano_wolf`] uses their dependence and
//! is sharper than [`holm`]. Reject where an adjusted value is at most the level.

/// A p value that is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the p value {value} of test {test} is not between 0 and 1")]
pub struct PValueError {
    /// Position of the test.
    pub test: usize,
    /// Its value.
    pub value: f64,
}

/// Each p value times the number of tests, at most 1.
///
/// # Errors
/// A value that is NaN or outside 0 to 1.
pub fn bonferroni(p: &[f64]) -> Result<Vec<f64>, PValueError> {
    check(p)?;
    Ok(p.iter().map(|v| (v * p.len() as f64).min(1.0)).collect())
}

/// Step-down Bonferroni: the running maximum over ascending p of (m + 1 - i) p_(i), at most 1.
///
/// S. Holm (1979), Scandinavian Journal of Statistics 6(2), 65-70.
///
/// # Errors
/// A value that is NaN or outside 0 to 1.
pub fn holm(p: &[f64]) -> Result<Vec<f64>, PValueError> {
    check(p)?;
    let order = ascending(p);
    let mut adjusted = vec![0.0; p.len()];
    let mut running = 0.0_f64;
    for (below, &test) in order.iter().enumerate() {
        running = running.max((p.len() - below) as f64 * p[test]).min(1.0);
        adjusted[test] = running;
    }
    Ok(adjusted)
}

/// False-discovery-rate adjustment: the running minimum from the largest p down of p_(i) m / i.
///
/// Y. Benjamini & Y. Hochberg (1995), Journal of the Royal Statistical Society B 57(1), 289-300, procedure (1), p. 293.
///
/// # Errors
/// A value that is NaN or outside 0 to 1.
pub fn benjamini_hochberg(p: &[f64]) -> Result<Vec<f64>, PValueError> {
    step_up(p, 1.0)
}

/// [`benjamini_hochberg`] times 1 + 1/2 + .. + 1/m, valid under every dependence between the tests.
///
/// Y. Benjamini & D. Yekutieli (2001), Annals of Statistics 29(4), 1165-1188, theorem 1.3.
///
/// # Errors
/// A value that is NaN or outside 0 to 1.
pub fn benjamini_yekutieli(p: &[f64]) -> Result<Vec<f64>, PValueError> {
    step_up(p, (1..=p.len()).map(|i| (i as f64).recip()).sum())
}

fn step_up(p: &[f64], factor: f64) -> Result<Vec<f64>, PValueError> {
    check(p)?;
    let order = ascending(p);
    let mut adjusted = vec![0.0; p.len()];
    let mut running = 1.0_f64;
    for (below, &test) in order.iter().enumerate().rev() {
        running = running.min(factor * p[test] * p.len() as f64 / (below + 1) as f64);
        adjusted[test] = running;
    }
    Ok(adjusted)
}

fn check(p: &[f64]) -> Result<(), PValueError> {
    match p.iter().position(|v| !(0.0..=1.0).contains(v)) {
        Some(test) => Err(PValueError { test, value: p[test] }),
        None => Ok(()),
    }
}

fn ascending(p: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|a, b| p[*a].total_cmp(&p[*b]));
    order
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The 15 p values of Benjamini & Hochberg (1995), section 3.2, p. 295: thrombolysis trial.
    const PUBLISHED: [f64; 15] = [
        0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719,
        0.6528, 0.7590, 1.0000,
    ];

    fn rejected(adjusted: &[f64]) -> usize {
        adjusted.iter().filter(|p| **p <= 0.05).count()
    }

    #[test]
    fn the_published_example() {
        // The paper: four rejections at q = 0.05 where Bonferroni has three; Holm agrees with Bonferroni here.
        assert_eq!(rejected(&benjamini_hochberg(&PUBLISHED).unwrap()), 4);
        assert_eq!(rejected(&bonferroni(&PUBLISHED).unwrap()), 3);
        assert_eq!(rejected(&holm(&PUBLISHED).unwrap()), 3);
        let near = |found: &[f64], test: usize, expected: f64| {
            assert!((found[test] - expected).abs() < 1e-14, "{test}: {} {expected}", found[test]);
        };
        let found = benjamini_hochberg(&PUBLISHED).unwrap();
        near(&found, 3, 0.035625);
        near(&found, 5, 0.0298 * 15.0 / 7.0); // pulled down by the seventh
        let found = holm(&PUBLISHED).unwrap();
        near(&found, 3, 12.0 * 0.0095);
        near(&found, 7, 0.278); // held up by the sixth
        let found = benjamini_yekutieli(&PUBLISHED).unwrap();
        near(&found, 0, 0.004_977_343_489_843_491);
        near(&found, 8, 0.253_844_517_982_018);
    }

    #[test]
    fn what_is_no_p_value_is_named() {
        assert!(matches!(holm(&[0.1, f64::NAN]), Err(PValueError { test: 1, .. })));
        assert_eq!(bonferroni(&[0.1, 1.5]), Err(PValueError { test: 1, value: 1.5 }));
        assert_eq!(benjamini_hochberg(&[]), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn stricter_methods_never_give_smaller_values(p in proptest::collection::vec(0.0..=1.0_f64, 1..40)) {
            let (b, h) = (bonferroni(&p).unwrap(), holm(&p).unwrap());
            let (bh, by) = (benjamini_hochberg(&p).unwrap(), benjamini_yekutieli(&p).unwrap());
            for i in 0..p.len() {
                prop_assert!(p[i] <= bh[i] + 1e-15 && bh[i] <= h[i] + 1e-15 && h[i] <= b[i] + 1e-15);
                prop_assert!(bh[i] <= by[i] + 1e-15 && b[i] <= 1.0 && by[i] <= 1.0);
                for j in 0..p.len() {
                    // Adjustment keeps the order of the tests.
                    prop_assert!(p[i] > p[j] || (h[i] <= h[j] && bh[i] <= bh[j] && by[i] <= by[j]));
                }
            }
        }
    }
}
