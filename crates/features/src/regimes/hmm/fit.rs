//! Maximum likelihood by Baum & Welch, from several seeded starts.

use proofmark_units::Seed;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

use super::model::{GaussianHmm, log_sum};

/// Values a state needs at least.
const VALUES_PER_STATE: usize = 20;

/// A state's variance is at least this share of the sample's: a state on one value would have an infinite likelihood.
const VARIANCE_FLOOR: f64 = 1e-3;

/// How a model is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FitOptions {
    /// Number of states, 2 to 5 in a regime.
    pub states: usize,
    /// Starts, 1 to 50 in a regime; the one that ends with the largest likelihood is kept, the first of equals.
    pub restarts: usize,
    /// Passes over the values after which a start that still gains is given up, 1 to 10,000 in a regime.
    pub max_iterations: usize,
    /// A start is done when a pass raises the log likelihood by no more than this per value.
    pub tolerance: f64,
}

/// A fitted model and how it came about.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// The model, its states by ascending variance.
    pub model: GaussianHmm,
    /// Log likelihood of the values under it.
    pub log_likelihood: f64,
    /// Passes of the start that was kept.
    pub iterations: usize,
    /// Which start that was.
    pub restart: usize,
}

/// Why no model was fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A value was NaN or infinite.
    #[error("fitting a hidden Markov model: value {index} is not finite")]
    NotFinite {
        /// Its index.
        index: usize,
    },
    /// Too few values.
    #[error(
        "fitting {states} hidden states to {values} values: at least {needed} are needed; take a longer span"
    )]
    TooFew {
        /// States asked for.
        states: usize,
        /// Values given.
        values: usize,
        /// Values needed.
        needed: usize,
    },
    /// The values are all the same.
    #[error("fitting a hidden Markov model: the values never change")]
    Constant,
    /// No start was done in time.
    #[error(
        "fitting a hidden Markov model: none of {restarts} starts was done after {iterations} passes; raise `max_iterations` or `tolerance`"
    )]
    NotConverged {
        /// Starts tried.
        restarts: usize,
        /// Passes of each.
        iterations: usize,
    },
}

impl GaussianHmm {
    /// The most likely model of `values`, which reads nothing else (Baum, Petrie, Soules & Weiss 1970).
    ///
    /// # Errors
    /// [`FitError`] for values that no model can be fitted to, or when no start converges.
    pub fn fit(values: &[f64], options: &FitOptions, seed: &Seed) -> Result<Fitted, FitError> {
        if let Some(index) = values.iter().position(|value| !value.is_finite()) {
            return Err(FitError::NotFinite { index });
        }
        let needed = VALUES_PER_STATE * options.states;
        if values.len() < needed.max(2) {
            return Err(FitError::TooFew { states: options.states, values: values.len(), needed });
        }
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / n;
        if variance <= (1e-12 * mean).powi(2).max(1e-24) {
            return Err(FitError::Constant);
        }
        let mut best: Option<Fitted> = None;
        for restart in 0..options.restarts {
            let model = start(options.states, mean, variance, &seed.nth(restart as u64));
            let Some(fitted) = climb(model, values, VARIANCE_FLOOR * variance, options, restart) else {
                continue;
            };
            if best.as_ref().is_none_or(|best| fitted.log_likelihood > best.log_likelihood) {
                best = Some(fitted);
            }
        }
        let best = best.ok_or(FitError::NotConverged {
            restarts: options.restarts,
            iterations: options.max_iterations,
        })?;
        Ok(Fitted { model: best.model.ordered(), ..best })
    }
}

/// States that tend to last, with variances spread over a factor of 16 and means near the sample's.
fn start(states: usize, mean: f64, variance: f64, seed: &Seed) -> GaussianHmm {
    let mut rng = seed.rng();
    let sd = variance.sqrt();
    let stay: f64 = rng.random_range(0.6..0.98);
    let leave = (1.0 - stay) / (states.max(2) - 1) as f64;
    let row = |i: usize| (0..states).map(|j| if i == j { stay } else { leave }).collect();
    GaussianHmm {
        start: vec![1.0 / states as f64; states],
        transition: (0..states).map(row).collect(),
        mean: (0..states).map(|_| mean + sd * rng.random_range(-0.5..0.5)).collect(),
        variance: (0..states).map(|_| variance * rng.random_range(-2.0..2.0_f64).exp2()).collect(),
    }
}

/// Passes until the likelihood no longer rises; `None` if it still does after the last.
fn climb(
    mut model: GaussianHmm,
    values: &[f64],
    floor: f64,
    options: &FitOptions,
    restart: usize,
) -> Option<Fitted> {
    let mut before = f64::NEG_INFINITY;
    for iterations in 0..=options.max_iterations {
        let passes = model.passes(values);
        let now = passes.log_likelihood;
        if now - before <= options.tolerance * values.len() as f64 {
            return Some(Fitted { model, log_likelihood: now, iterations, restart });
        }
        before = now;
        model = improve(&model, &passes, values, floor);
    }
    None
}

/// One step of Baum & Welch.
fn improve(model: &GaussianHmm, passes: &super::model::Passes, values: &[f64], floor: f64) -> GaussianHmm {
    let (states, last) = (model.states(), values.len() - 1);
    let logs = model.log_transition();
    let share =
        |t: usize, i: usize| (passes.forward[t][i] + passes.backward[t][i] - passes.log_likelihood).exp();
    let shares: Vec<Vec<f64>> =
        (0..values.len()).map(|t| (0..states).map(|i| share(t, i)).collect()).collect();
    let moved = |i: usize, j: usize| {
        let step = |t: usize| {
            passes.forward[t][i] + logs[i][j] + passes.emission[t + 1][j] + passes.backward[t + 1][j]
        };
        (log_sum((0..last).map(step)) - passes.log_likelihood).exp()
    };
    let transition = (0..states).map(|i| {
        let counts: Vec<f64> = (0..states).map(|j| moved(i, j)).collect();
        let whole: f64 = counts.iter().sum();
        if whole > 0.0 { counts.iter().map(|c| c / whole).collect() } else { model.transition[i].clone() }
    });
    let transition = transition.collect();
    let (mut mean, mut variance) = (model.mean.clone(), model.variance.clone());
    for i in 0..states {
        let weight: f64 = shares.iter().map(|row| row[i]).sum();
        if weight > 0.0 {
            mean[i] = shares.iter().zip(values).map(|(row, v)| row[i] * v).sum::<f64>() / weight;
            let squares = shares.iter().zip(values).map(|(row, v)| row[i] * (v - mean[i]) * (v - mean[i]));
            variance[i] = (squares.sum::<f64>() / weight).max(floor);
        }
    }
    let whole: f64 = shares[0].iter().sum();
    GaussianHmm { start: shares[0].iter().map(|share| share / whole).collect(), transition, mean, variance }
}

#[cfg(test)]
mod tests {
    use rand_distr::{Distribution as _, StandardNormal};

    use super::*;

    const OPTIONS: FitOptions = FitOptions { states: 2, restarts: 4, max_iterations: 500, tolerance: 1e-7 };

    /// Calm and wild stretches of known length; state 1 is wild.
    fn world(n: usize, seed: u64) -> (Vec<f64>, Vec<usize>) {
        let (mut rng, mut state) = (Seed::root(seed).rng(), 0);
        let step = |_| {
            if rng.random::<f64>() < 0.02 {
                state = 1 - state;
            }
            let shock: f64 = StandardNormal.sample(&mut rng);
            (shock * [0.01, 0.03][state], state)
        };
        (0..n).map(step).unzip()
    }

    #[test]
    fn the_planted_states_are_found() {
        let (values, states) = world(3_000, 5);
        let fitted = GaussianHmm::fit(&values, &OPTIONS, &Seed::root(1)).unwrap();
        let sd: Vec<f64> = fitted.model.variance.iter().map(|v| v.sqrt()).collect();
        assert!((sd[0] / 0.01 - 1.0).abs() < 0.1 && (sd[1] / 0.03 - 1.0).abs() < 0.1, "{sd:?}");
        let right = fitted.model.filter(&values).iter().zip(&states).filter(|(p, s)| p[**s] > 0.5).count();
        assert!(right > 2_600, "{right} of 3000");
        assert_eq!(fitted, GaussianHmm::fit(&values, &OPTIONS, &Seed::root(1)).unwrap());
    }

    #[test]
    fn no_pass_lowers_the_likelihood() {
        let (values, _) = world(300, 9);
        let mut model = start(3, 0.0, 4e-4, &Seed::root(2));
        let mut before = f64::NEG_INFINITY;
        for _ in 0..50 {
            let passes = model.passes(&values);
            assert!(passes.log_likelihood >= before - 1e-9, "{} {before}", passes.log_likelihood);
            before = passes.log_likelihood;
            model = improve(&model, &passes, &values, 1e-9);
            let sums: Vec<f64> = model.transition.iter().map(|row| row.iter().sum()).collect();
            assert!(sums.iter().chain([&model.start.iter().sum()]).all(|sum| (sum - 1.0).abs() < 1e-9));
        }
    }

    #[test]
    fn what_cannot_be_fitted_is_said() {
        let fit = |values: &[f64], options: &FitOptions| GaussianHmm::fit(values, options, &Seed::root(1));
        assert_eq!(fit(&[0.1; 100], &OPTIONS), Err(FitError::Constant));
        assert_eq!(fit(&[0.1; 3], &OPTIONS), Err(FitError::TooFew { states: 2, values: 3, needed: 40 }));
        assert_eq!(fit(&[0.1, f64::NAN], &OPTIONS), Err(FitError::NotFinite { index: 1 }));
        let (values, _) = world(200, 3);
        let hasty = FitOptions { max_iterations: 1, ..OPTIONS };
        assert_eq!(fit(&values, &hasty), Err(FitError::NotConverged { restarts: 4, iterations: 1 }));
    }
}
