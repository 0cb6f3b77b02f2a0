//! Is any model better than the benchmark, and is one candidate better than all rivals?

use proofmark_units::Seed;
use serde::Serialize;

use super::panel::Panel;
use super::{ComparisonError, JointBootstrap, p_value};
use crate::bootstrap::SequentialP;

/// Hansen's test of superior predictive ability.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SuperiorAbility {
    /// Periods.
    pub n: usize,
    /// Models searched.
    pub models: usize,
    /// Position of the model with the largest statistic, the first of equals.
    pub best: usize,
    /// Its mean performance per period relative to the benchmark.
    pub best_mean: f64,
    /// Its mean over standard error.
    pub best_t: f64,
    /// Lower bound of p: models that look worse than the benchmark are taken to be as bad as they look.
    pub p_lower: f64,
    /// Consistent p: models worse by more than the law of the iterated logarithm allows are left out. The one to use.
    pub p_consistent: f64,
    /// Upper bound of p: every model is taken to be as good as the benchmark, as in White's reality check.
    pub p_upper: f64,
    /// Models that the consistent p leaves out as clearly worse.
    pub clearly_worse: usize,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// Tests the hypothesis that no model is better than the benchmark: the snooping test of a whole search.
///
/// Right where `models` are all that were tried and the best of them was chosen. To claim that one chosen candidate beats
/// several rivals use [`beats_every_rival`]: with the rivals as `models` this function would test the opposite, that none
/// of them beats the candidate, and failing to reject that is no evidence for the candidate.
///
/// P. R. Hansen (2005), "A Test for Superior Predictive Ability", JBES 23(4), 365-380: statistic max(0, max_k sqrt(n) d_k /
/// w_k), w_k by the stationary bootstrap's kernel, draws recentred by g_l, g_c, g_u (section 3) with the
/// threshold -sqrt(2 ln ln n). `arch.bootstrap.SPA` (8.0) recentres alike but does not divide by w_k; it does the same as
/// this on series already divided by theirs. A model equal to the benchmark throughout has statistic 0. Where no model has
/// a mean above 0, p is 1.
///
/// # Errors
/// Models that do not fit together, are not finite or have no spread; settings out of range.
pub fn superior_predictive_ability(
    models: &[&[f64]],
    settings: &JointBootstrap,
    seed: Seed,
) -> Result<SuperiorAbility, ComparisonError> {
    let panel = Panel::relative(models, settings)?;
    let ts = panel.statistics();
    let (best, best_t) = largest(&ts);
    let size = panel.n as f64;
    let far_below = -(2.0 * size.ln().ln()).sqrt();
    let scales: Vec<f64> =
        panel.spreads.iter().map(|s| if *s > 0.0 { size.sqrt() / s } else { 0.0 }).collect();
    let lower: Vec<f64> = ts.iter().map(|t| t.min(0.0)).collect();
    let consistent: Vec<f64> = ts.iter().map(|t| if *t < far_below { *t } else { 0.0 }).collect();
    let maxima = panel.resampled(seed, |means| {
        let mut max = [0.0_f64; 3];
        for (j, mean) in means.iter().enumerate() {
            let t = mean * scales[j];
            max[0] = max[0].max(t + lower[j]);
            max[1] = max[1].max(t + consistent[j]);
            max[2] = max[2].max(t);
        }
        max
    });
    let observed = best_t.max(0.0);
    let p = |kind: usize| p_value(maxima.iter().filter(|m| m[kind] >= observed).count(), settings.draws);
    Ok(SuperiorAbility {
        n: panel.n,
        models: models.len(),
        best,
        best_mean: panel.means[best],
        best_t,
        p_lower: p(0),
        p_consistent: p(1),
        p_upper: p(2),
        clearly_worse: ts.iter().filter(|t| **t < far_below).count(),
        block_length: panel.block,
        draws: settings.draws,
    })
}

/// White's reality check.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RealityCheck {
    /// Periods.
    pub n: usize,
    /// Models searched.
    pub models: usize,
    /// Position of the model with the largest mean, the first of equals.
    pub best: usize,
    /// Its mean performance per period relative to the benchmark.
    pub best_mean: f64,
    /// Square root of n times that mean.
    pub statistic: f64,
    /// p of "no model is better than the benchmark".
    pub p_value: f64,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// Tests the same as [`superior_predictive_ability`] without studentisation: comparable with the literature, less powerful.
///
/// H. White (2000), "A Reality Check for Data Snooping", Econometrica 68(5), 1097-1126: max_k sqrt(n) d_k against
/// max_k sqrt(n) (d_k* - d_k) over the draws. A volatile or a poor model in the search makes it conservative (Hansen
/// 2005). `arch.bootstrap.SPA` names this p `upper`.
///
/// # Errors
/// As for [`superior_predictive_ability`].
pub fn reality_check(
    models: &[&[f64]],
    settings: &JointBootstrap,
    seed: Seed,
) -> Result<RealityCheck, ComparisonError> {
    let panel = Panel::relative(models, settings)?;
    let (best, best_mean) = largest(&panel.means);
    let maxima = panel.resampled(seed, |means| largest(means).1);
    Ok(RealityCheck {
        n: panel.n,
        models: models.len(),
        best,
        best_mean,
        statistic: (panel.n as f64).sqrt() * best_mean,
        p_value: p_value(maxima.iter().filter(|m| **m >= best_mean).count(), settings.draws),
        block_length: panel.block,
        draws: settings.draws,
    })
}

/// A candidate against one rival.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RivalTest {
    /// Mean of candidate less rival per period.
    pub mean: f64,
    /// That mean over its standard error; 0 for a rival equal to the candidate throughout.
    pub t: f64,
    /// p of "the candidate is not better than this rival".
    pub p_value: f64,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws made: none where the mean is not above 0, all where p is below 5 %.
    pub draws: usize,
}

/// A candidate against all rivals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BeatsEveryRival {
    /// p of "some rival is at least as good as the candidate": the largest of the rivals' p values.
    pub p_value: f64,
    /// Position of the rival with that p, the first of equals.
    pub hardest: usize,
    /// One test per rival.
    pub rivals: Vec<RivalTest>,
    /// Periods.
    pub n: usize,
}

/// Tests the hypothesis that some rival is at least as good as `candidate`: the gate's evidence that it beats them all.
///
/// Each rival is a benchmark with the candidate as its sole model, tested as by [`superior_predictive_ability`] (where the
/// three p values of one model agree, being 1 when its mean is not above 0); drawing ends once p is seen to be above 5 %
/// (Besag & Clifford 1991, Biometrika 78(2), 301-304). The claim needs every one of these tests to
/// reject, so p is their maximum and needs no correction for the number of rivals: intersection-union, R. L. Berger (1982),
/// Technometrics 24(4), 295-300. Right where the candidate was fixed beforehand; how it was found is not tested here but by
/// [`superior_predictive_ability`] over all trials, by the deflated Sharpe ratio or by [`crate::selection`]. Adding rivals
/// makes the test harder, never easier. Put all series on one volatility first ([`super::causal_volatility_scaling`]):
/// otherwise leverage alone decides.
///
/// # Errors
/// No rival, or as for [`superior_predictive_ability`], `model` naming the rival.
pub fn beats_every_rival(
    candidate: &[f64],
    rivals: &[&[f64]],
    settings: &JointBootstrap,
    seed: Seed,
) -> Result<BeatsEveryRival, ComparisonError> {
    let mut tests = Vec::with_capacity(rivals.len());
    for (model, rival) in rivals.iter().enumerate() {
        if rival.len() != candidate.len() {
            return Err(ComparisonError::Length { model, expected: candidate.len(), found: rival.len() });
        }
        let difference: Vec<f64> = candidate.iter().zip(*rival).map(|(c, r)| c - r).collect();
        let named = |error| match error {
            ComparisonError::NotFinite { row, .. } => ComparisonError::NotFinite { model, row },
            ComparisonError::NoSpread { .. } => ComparisonError::NoSpread { model },
            other => other,
        };
        let panel = Panel::relative(&[&difference], settings).map_err(named)?;
        let (mean, t) = (panel.means[0], panel.statistics()[0]);
        let found = if t > 0.0 { panel.p_of_mean(seed) } else { SequentialP { p: 1.0, draws: 0 } };
        tests.push(RivalTest { mean, t, p_value: found.p, block_length: panel.block, draws: found.draws });
    }
    if tests.is_empty() {
        return Err(ComparisonError::NoModels);
    }
    let ps: Vec<f64> = tests.iter().map(|test| test.p_value).collect();
    let (hardest, p_value) = largest(&ps);
    Ok(BeatsEveryRival { p_value, hardest, rivals: tests, n: candidate.len() })
}

/// The first largest value and its position, of at least one value.
fn largest(values: &[f64]) -> (usize, f64) {
    values.iter().copied().enumerate().fold(
        (0, f64::NEG_INFINITY),
        |best, next| {
            if next.1 > best.1 { next } else { best }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::super::Block;
    use super::*;

    /// Of standard deviation 0.007 and exactly the mean asked.
    fn noise(step: f64, mean: f64) -> Vec<f64> {
        let waves: Vec<f64> = (0..400).map(|i| 0.01 * (f64::from(i * i) * step).sin()).collect();
        let level = crate::moments::mean(&waves).unwrap();
        waves.iter().map(|v| v - level + mean).collect()
    }

    fn settings() -> JointBootstrap {
        JointBootstrap { draws: 999, block: Block::Fixed(2.0) }
    }

    #[test]
    fn the_bounds_enclose_the_consistent_p_and_poor_models_do_not_count() {
        let good = noise(0.77, 0.0006);
        let poor: Vec<Vec<f64>> = (1..40).map(|i| noise(0.77 + 0.01 * f64::from(i), -0.004)).collect();
        let mut models: Vec<&[f64]> = vec![&good];
        models.extend(poor.iter().map(Vec::as_slice));
        let found = superior_predictive_ability(&models, &settings(), Seed::root(1)).unwrap();
        assert_eq!((found.best, found.models, found.clearly_worse), (0, 40, 39));
        assert!(found.p_lower <= found.p_consistent && found.p_consistent <= found.p_upper);
        let alone = superior_predictive_ability(&models[..1], &settings(), Seed::root(1)).unwrap();
        assert_eq!(found.p_consistent, alone.p_consistent);
        // White's check charges for the poor models as if they were as good as the benchmark.
        assert!(found.p_upper > 3.0 * found.p_consistent, "{found:?}");
        assert!(reality_check(&models, &settings(), Seed::root(1)).unwrap().p_value > 3.0 * alone.p_upper);
    }

    #[test]
    fn scale_does_not_move_the_studentised_test() {
        let (a, b) = (noise(0.77, 0.0005), noise(0.4, 0.0));
        let large: Vec<f64> = b.iter().map(|v| 64.0 * v).collect();
        let plain = superior_predictive_ability(&[&a, &b], &settings(), Seed::root(2)).unwrap();
        let scaled = superior_predictive_ability(&[&a, &large], &settings(), Seed::root(2)).unwrap();
        assert_eq!(plain.p_consistent, scaled.p_consistent);
        // The reality check sees only the loud model.
        assert!(reality_check(&[&a, &large], &settings(), Seed::root(2)).unwrap().p_value > plain.p_upper);
    }

    #[test]
    fn models_without_gain_have_p_one() {
        let found =
            superior_predictive_ability(&[&noise(0.77, -0.001), &[0.0; 400]], &settings(), Seed::root(3));
        let found = found.unwrap();
        assert_eq!((found.best, found.best_t), (1, 0.0));
        assert_eq!((found.p_lower, found.p_consistent, found.p_upper), (1.0, 1.0, 1.0));
    }

    #[test]
    fn the_hardest_rival_decides() {
        let candidate = noise(0.77, 0.002);
        let (weak, strong) = (noise(0.4, 0.0), noise(0.9, 0.0018));
        let run =
            |rivals: &[&[f64]]| beats_every_rival(&candidate, rivals, &settings(), Seed::root(4)).unwrap();
        let found = run(&[&weak, &strong]);
        assert_eq!(found.hardest, 1);
        assert_eq!(found.p_value, found.rivals[1].p_value);
        assert!(found.rivals[0].p_value <= 0.01 && found.p_value > 0.2, "{found:?}");
        assert_eq!(run(&[&weak]).rivals[0], found.rivals[0]);
        // The candidate as its own rival is not beaten.
        let own = run(&[&weak, &candidate]);
        assert_eq!((own.hardest, own.p_value, own.rivals[1].t), (1, 1.0, 0.0));
    }

    #[test]
    fn errors_name_the_rival() {
        let candidate = noise(0.77, 0.002);
        let run = |rivals: &[&[f64]]| {
            beats_every_rival(&candidate, rivals, &settings(), Seed::root(4)).unwrap_err()
        };
        assert_eq!(run(&[]), ComparisonError::NoModels);
        let shifted: Vec<f64> = candidate.iter().map(|v| v + 0.5).collect();
        assert_eq!(run(&[&noise(0.4, 0.0), &shifted]), ComparisonError::NoSpread { model: 1 });
        assert_eq!(
            run(&[&noise(0.4, 0.0), &[0.0; 3]]),
            ComparisonError::Length { model: 1, expected: 400, found: 3 }
        );
    }
}
