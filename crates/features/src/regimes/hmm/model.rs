//! A hidden Markov model with normal emissions, in logarithms.

/// States with a mean and a variance each, and the chances to start in one and to go from one to another.
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianHmm {
    /// Probability of each state at the first value.
    pub start: Vec<f64>,
    /// `transition[i][j]`: probability of state `j` after state `i`.
    pub transition: Vec<Vec<f64>>,
    /// Mean of each state.
    pub mean: Vec<f64>,
    /// Variance of each state, above 0; ascending in a fitted model.
    pub variance: Vec<f64>,
}

/// Log probabilities of the forward and backward passes, one row a value, and the log likelihood.
pub(super) struct Passes {
    pub(super) forward: Vec<Vec<f64>>,
    pub(super) backward: Vec<Vec<f64>>,
    pub(super) emission: Vec<Vec<f64>>,
    pub(super) log_likelihood: f64,
}

impl GaussianHmm {
    /// Number of states.
    pub const fn states(&self) -> usize {
        self.mean.len()
    }

    /// Filtered probabilities of the states at each value: given the values up to it and none after (Rabiner 1989,
    /// Proceedings of the IEEE 77(2), equation 20, scaled at each step).
    pub fn filter(&self, values: &[f64]) -> Vec<Vec<f64>> {
        let mut forward = self.forward(values);
        for row in &mut forward {
            let whole = log_sum(row.iter().copied());
            row.iter_mut().for_each(|log| *log = (*log - whole).exp());
        }
        forward
    }

    /// Log density of all values; 0 for none.
    pub fn log_likelihood(&self, values: &[f64]) -> f64 {
        self.forward(values).last().map_or(0.0, |row| log_sum(row.iter().copied()))
    }

    /// Log densities of the values up to each one, together with each state there.
    fn forward(&self, values: &[f64]) -> Vec<Vec<f64>> {
        let emission: Vec<Vec<f64>> = values.iter().map(|value| self.emission(*value)).collect();
        self.forward_of(&emission)
    }

    fn forward_of(&self, emission: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let logs = self.log_transition();
        let mut rows: Vec<Vec<f64>> = Vec::with_capacity(emission.len());
        for densities in emission {
            let row = (0..self.states()).map(|j| {
                let reach = match rows.last() {
                    None => self.start[j].ln(),
                    Some(before) => log_sum(before.iter().zip(&logs).map(|(log, from)| log + from[j])),
                };
                reach + densities[j]
            });
            rows.push(row.collect());
        }
        rows
    }

    pub(super) fn passes(&self, values: &[f64]) -> Passes {
        let emission: Vec<Vec<f64>> = values.iter().map(|value| self.emission(*value)).collect();
        let forward = self.forward_of(&emission);
        let logs = self.log_transition();
        let mut backward = vec![vec![0.0; self.states()]; values.len()];
        for t in (0..values.len().saturating_sub(1)).rev() {
            for i in 0..self.states() {
                backward[t][i] =
                    log_sum((0..self.states()).map(|j| logs[i][j] + emission[t + 1][j] + backward[t + 1][j]));
            }
        }
        let log_likelihood = forward.last().map_or(0.0, |row| log_sum(row.iter().copied()));
        Passes { forward, backward, emission, log_likelihood }
    }

    pub(super) fn log_transition(&self) -> Vec<Vec<f64>> {
        self.transition.iter().map(|row| row.iter().map(|p| p.ln()).collect()).collect()
    }

    fn emission(&self, value: f64) -> Vec<f64> {
        let density = |(mean, variance): (&f64, &f64)| {
            let off = value - mean;
            -0.5 * ((2.0 * std::f64::consts::PI * variance).ln() + off * off / variance)
        };
        self.mean.iter().zip(&self.variance).map(density).collect()
    }

    /// The same model with its states by ascending variance, then mean: names that do not depend on the restart.
    pub(super) fn ordered(self) -> Self {
        let mut order: Vec<usize> = (0..self.states()).collect();
        order.sort_by(|a, b| {
            self.variance[*a].total_cmp(&self.variance[*b]).then(self.mean[*a].total_cmp(&self.mean[*b]))
        });
        let pick = |values: &[f64]| order.iter().map(|state| values[*state]).collect::<Vec<f64>>();
        Self {
            start: pick(&self.start),
            transition: order.iter().map(|state| pick(&self.transition[*state])).collect(),
            mean: pick(&self.mean),
            variance: pick(&self.variance),
        }
    }
}

/// Log of the sum of exponentials; minus infinity where all terms are.
pub(super) fn log_sum(logs: impl Iterator<Item = f64> + Clone) -> f64 {
    let most = logs.clone().fold(f64::NEG_INFINITY, f64::max);
    if most == f64::NEG_INFINITY {
        return most;
    }
    most + logs.map(|log| (log - most).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filtering_is_the_sum_over_every_path() {
        let model = GaussianHmm {
            start: vec![0.7, 0.3],
            transition: vec![vec![0.9, 0.1], vec![0.25, 0.75]],
            mean: vec![0.1, -0.2],
            variance: vec![0.5, 2.0],
        };
        let values = [0.2, -1.5, 3.0, 0.1, -0.4];
        let density = |state: usize, value: f64| {
            let off = value - model.mean[state];
            (-off * off / (2.0 * model.variance[state])).exp()
                / (2.0 * std::f64::consts::PI * model.variance[state]).sqrt()
        };
        let filtered = model.filter(&values);
        for n in 1..=values.len() {
            let mut by_last = [0.0; 2];
            for path in 0..1_usize << n {
                let state = |t: usize| path >> t & 1;
                let steps = values[..n].iter().enumerate().map(|(t, value)| {
                    let reach = match t {
                        0 => model.start[state(0)],
                        _ => model.transition[state(t - 1)][state(t)],
                    };
                    reach * density(state(t), *value)
                });
                by_last[state(n - 1)] += steps.product::<f64>();
            }
            let whole: f64 = by_last.iter().sum();
            assert!((model.log_likelihood(&values[..n]) - whole.ln()).abs() < 1e-12);
            for (state, share) in filtered[n - 1].iter().enumerate() {
                assert!((share - by_last[state] / whole).abs() < 1e-12);
            }
        }
        let passes = model.passes(&values);
        for t in 0..values.len() {
            let through = log_sum((0..2).map(|i| passes.forward[t][i] + passes.backward[t][i]));
            assert!(
                (through - passes.log_likelihood).abs() < 1e-12,
                "every cut carries the whole likelihood"
            );
        }
    }
}
