//! The models that could be the best one.

use proofmark_units::Seed;
use serde::Serialize;

use super::panel::{Panel, checked_means};
use super::{ComparisonError, JointBootstrap, p_value};

/// Spread or distance below this fraction of the largest magnitude is rounding.
const ROUNDING: f64 = 1e-13;

/// How equality of the models left is tested and the next one is eliminated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SetStatistic {
    /// T_R: the largest |t| between two models; out goes the model that loses to another by the largest t.
    Range,
    /// T_max: the largest t of a model's shortfall against the mean of those left; out goes that model.
    Max,
}

/// A model confidence set.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelConfidenceSet {
    /// Models in the set, ascending: those with p above `alpha`.
    pub included: Vec<usize>,
    /// p of each model: it belongs to the sets of all levels below it.
    pub p_values: Vec<f64>,
    /// Models in order of elimination, the one that is never eliminated last.
    pub eliminated: Vec<usize>,
    /// Level: the best model is left out with probability at most this.
    pub alpha: f64,
    /// Statistic used.
    pub statistic: SetStatistic,
    /// Periods.
    pub n: usize,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// The models that contain the best one with probability 1 - `alpha`; needs no benchmark.
///
/// `models` are performances per period, higher is better, on one footing (such as equal volatility). P. R. Hansen,
/// A. Lunde & J. M. Nason (2011), "The Model Confidence Set", Econometrica 79(2), 453-497: the statistics T_R and T_max with
/// their elimination rules, bootstrap variances and MCS p values (running maxima along the elimination). Equal models share their
/// fate save for the order; of equal candidates for elimination the first goes. T_R of one call costs O(models^2 draws).
///
/// # Errors
/// As for [`super::superior_predictive_ability`]; a model that differs from another, or from the mean of those left, by a
/// constant; an `alpha` outside 0 to 1.
pub fn model_confidence_set(
    models: &[&[f64]],
    alpha: f64,
    statistic: SetStatistic,
    settings: &JointBootstrap,
    seed: Seed,
) -> Result<ModelConfidenceSet, ComparisonError> {
    if !(alpha > 0.0 && alpha < 1.0) {
        return Err(ComparisonError::Setting { name: "alpha", value: alpha });
    }
    checked_means(models)?;
    // Only differences count, so what all models share is taken out before the block length is chosen.
    let mut relative: Vec<Vec<f64>> = models.iter().map(|values| values.to_vec()).collect();
    for t in 0..models[0].len() {
        let shared = relative.iter().map(|values| values[t]).sum::<f64>() / models.len() as f64;
        relative.iter_mut().for_each(|values| values[t] -= shared);
    }
    let views: Vec<&[f64]> = relative.iter().map(Vec::as_slice).collect();
    let panel = Panel::new(&views, settings)?;
    let rows = panel.resampled(seed, <[f64]>::to_vec);
    let draws = (0..models.len()).map(|j| rows.iter().map(|row| row[j]).collect()).collect();
    let largest = models.iter().flat_map(|values| values.iter()).fold(0.0_f64, |m, v| m.max(v.abs()));
    let race = Race { means: panel.means, draws, rounding: ROUNDING * largest };
    let (eliminated, tests) = match statistic {
        SetStatistic::Range => race.by_range()?,
        SetStatistic::Max => race.by_max()?,
    };
    let mut p_values = vec![1.0; models.len()];
    let mut running = 0.0_f64;
    for (model, exceeding) in eliminated.iter().zip(tests) {
        running = running.max(p_value(exceeding, settings.draws));
        p_values[*model] = running;
    }
    let included = (0..models.len()).filter(|j| p_values[*j] > alpha).collect();
    Ok(ModelConfidenceSet {
        included,
        p_values,
        eliminated,
        alpha,
        statistic,
        n: panel.n,
        block_length: panel.block,
        draws: settings.draws,
    })
}

/// Means and, per model, resampled means less the sample mean.
struct Race {
    means: Vec<f64>,
    draws: Vec<Vec<f64>>,
    rounding: f64,
}

/// Order of elimination, and for each elimination the number of draws that reach the statistic.
type Eliminations = (Vec<usize>, Vec<usize>);

impl Race {
    /// 1 / standard error of a difference, 0 where it is 0 throughout.
    fn precision(&self, squares: f64, distance: f64, model: usize) -> Result<f64, ComparisonError> {
        let error = (squares / self.draws[0].len() as f64).sqrt();
        if error > self.rounding {
            Ok(error.recip())
        } else if distance.abs() <= self.rounding {
            Ok(0.0)
        } else {
            Err(ComparisonError::ConstantDifference { model })
        }
    }

    fn by_range(&self) -> Result<Eliminations, ComparisonError> {
        let width = self.means.len();
        let mut precisions = vec![0.0; width * width];
        for i in 0..width {
            for j in i + 1..width {
                let squares = self.draws[i].iter().zip(&self.draws[j]).map(|(a, b)| (a - b) * (a - b)).sum();
                let precision = self.precision(squares, self.means[i] - self.means[j], j)?;
                precisions[i * width + j] = precision;
                precisions[j * width + i] = precision;
            }
        }
        // The order depends on the data alone, so the draws are walked once, from the last model left backwards.
        let mut left: Vec<usize> = (0..width).collect();
        let mut order = Vec::with_capacity(width);
        let mut observed = Vec::with_capacity(width);
        while left.len() > 1 {
            let mut worst = (left[0], f64::NEG_INFINITY);
            for &i in &left {
                for &j in left.iter().filter(|j| **j != i) {
                    let t = (self.means[j] - self.means[i]) * precisions[i * width + j];
                    if t > worst.1 {
                        worst = (i, t);
                    }
                }
            }
            order.push(worst.0);
            observed.push(worst.1);
            left.retain(|i| *i != worst.0);
        }
        order.extend(left);
        let mut maxima = vec![0.0_f64; self.draws[0].len()];
        let mut counts = vec![0; observed.len()];
        for s in (0..observed.len()).rev() {
            let i = order[s];
            for &j in &order[s + 1..] {
                let precision = precisions[i * width + j];
                for ((max, a), b) in maxima.iter_mut().zip(&self.draws[i]).zip(&self.draws[j]) {
                    let t = (a - b).abs() * precision;
                    *max = if t > *max { t } else { *max };
                }
            }
            counts[s] = maxima.iter().filter(|max| **max >= observed[s]).count();
        }
        Ok((order, counts))
    }

    fn by_max(&self) -> Result<Eliminations, ComparisonError> {
        let mut left: Vec<usize> = (0..self.means.len()).collect();
        let (mut order, mut counts) = (Vec::with_capacity(left.len()), Vec::new());
        while left.len() > 1 {
            let size = left.len() as f64;
            let shared = left.iter().map(|i| self.means[*i]).sum::<f64>() / size;
            let mut shared_draws = vec![0.0; self.draws[0].len()];
            for &i in &left {
                shared_draws.iter_mut().zip(&self.draws[i]).for_each(|(sum, v)| *sum += v);
            }
            shared_draws.iter_mut().for_each(|sum| *sum /= size);
            let mut worst = (left[0], f64::NEG_INFINITY);
            let mut maxima = vec![f64::NEG_INFINITY; shared_draws.len()];
            for &i in &left {
                let squares = shared_draws.iter().zip(&self.draws[i]).map(|(s, v)| (s - v) * (s - v)).sum();
                let precision = self.precision(squares, shared - self.means[i], i)?;
                let t = (shared - self.means[i]) * precision;
                if t > worst.1 {
                    worst = (i, t);
                }
                for ((max, s), v) in maxima.iter_mut().zip(&shared_draws).zip(&self.draws[i]) {
                    let t = (s - v) * precision;
                    *max = if t > *max { t } else { *max };
                }
            }
            order.push(worst.0);
            counts.push(maxima.iter().filter(|max| **max >= worst.1).count());
            left.retain(|i| *i != worst.0);
        }
        order.extend(left);
        Ok((order, counts))
    }
}

#[cfg(test)]
mod tests {
    use super::super::Block;
    use super::*;

    fn model(step: f64, mean: f64) -> Vec<f64> {
        (0..400)
            .map(|i| {
                let shared = 0.02 * (f64::from(i * i) * 1.3).cos();
                shared + mean + 0.01 * (f64::from(i * i) * step).sin()
            })
            .collect()
    }

    fn settings() -> JointBootstrap {
        JointBootstrap { draws: 999, block: Block::Fixed(2.0) }
    }

    fn run(models: &[Vec<f64>], statistic: SetStatistic) -> Result<ModelConfidenceSet, ComparisonError> {
        let views: Vec<&[f64]> = models.iter().map(Vec::as_slice).collect();
        model_confidence_set(&views, 0.1, statistic, &settings(), Seed::root(1))
    }

    #[test]
    fn the_poor_go_first_and_the_good_stay() {
        let models = [model(0.31, 0.003), model(0.4, -0.004), model(0.53, 0.0031), model(0.7, 0.0)];
        for statistic in [SetStatistic::Range, SetStatistic::Max] {
            let found = run(&models, statistic).unwrap();
            assert_eq!(found.included, [0, 2], "{found:?}");
            assert_eq!(found.eliminated[..2], [1, 3]);
            assert_eq!(found.p_values[found.eliminated[3]], 1.0);
            let along: Vec<f64> = found.eliminated.iter().map(|i| found.p_values[*i]).collect();
            assert!(along.is_sorted() && along[1] <= 0.002, "{along:?}");
        }
    }

    #[test]
    fn with_two_models_both_statistics_agree() {
        let models = [model(0.31, 0.001), model(0.4, 0.0004)];
        let (range, max) =
            (run(&models, SetStatistic::Range).unwrap(), run(&models, SetStatistic::Max).unwrap());
        // The range looks both ways, the shortfall of the worse of two as well: |t| in each case.
        assert_eq!(range.p_values, max.p_values);
    }

    #[test]
    fn what_all_share_does_not_matter_and_copies_stay_together() {
        let models = [model(0.31, 0.001), model(0.31, 0.001), model(0.4, -0.004)];
        let loud: Vec<Vec<f64>> = models
            .iter()
            .map(|m| m.iter().enumerate().map(|(i, v)| v + (i as f64).sin()).collect())
            .collect();
        for statistic in [SetStatistic::Range, SetStatistic::Max] {
            let found = run(&models, statistic).unwrap();
            assert_eq!((found.included.as_slice(), found.eliminated[0]), ([0, 1].as_slice(), 2));
            assert_eq!(found.p_values[..2], [1.0, 1.0]);
            assert_eq!(run(&loud, statistic).unwrap().p_values, found.p_values);
        }
    }

    #[test]
    fn a_constant_distance_has_no_error_to_judge_it_by() {
        let base = model(0.31, 0.001);
        let shifted: Vec<f64> = base.iter().map(|v| v + 0.01).collect();
        for statistic in [SetStatistic::Range, SetStatistic::Max] {
            let found = run(&[base.clone(), shifted.clone()], statistic);
            assert!(matches!(found, Err(ComparisonError::ConstantDifference { .. })), "{found:?}");
        }
        assert!(run(&[base.clone(), vec![0.0; 400]], SetStatistic::Max).is_ok());
        assert_eq!(run(&[base], SetStatistic::Range).unwrap().included, [0]);
    }
}
