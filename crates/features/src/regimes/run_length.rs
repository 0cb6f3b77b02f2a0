//! Bayesian on-line change-point detection: how long ago the mean and variance last changed.

/// Probability below which a run length is dropped.
const NEGLIGIBLE: f64 = 1e-4;

/// A normal-gamma prior: the precision is gamma with `shape` and `rate`, the mean normal around `mean` with `weight` times
/// that precision. `weight`, `shape` and `rate` are above 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NormalGamma {
    /// Expected mean.
    pub mean: f64,
    /// Observations that the mean is worth.
    pub weight: f64,
    /// Half the observations that the precision is worth.
    pub shape: f64,
    /// Half the sum of squares of those observations.
    pub rate: f64,
}

impl NormalGamma {
    /// Log density of the next value, a Student t with `2 shape` degrees of freedom.
    fn log_predictive(&self, value: f64) -> f64 {
        let freedom = 2.0 * self.shape;
        let scale = self.rate * (self.weight + 1.0) / (self.shape * self.weight);
        let off = (value - self.mean) * (value - self.mean) / scale;
        libm::lgamma(self.shape + 0.5)
            - libm::lgamma(self.shape)
            - 0.5 * (std::f64::consts::PI * freedom * scale).ln()
            - (self.shape + 0.5) * (off / freedom).ln_1p()
    }

    /// What is believed after `value`.
    fn after(&self, value: f64) -> Self {
        let off = value - self.mean;
        Self {
            mean: self.mean + off / (self.weight + 1.0),
            weight: self.weight + 1.0,
            shape: self.shape + 0.5,
            rate: self.rate + self.weight * off * off / (2.0 * (self.weight + 1.0)),
        }
    }
}

/// The posterior of the run length: the number of values since the last change, the newest value included.
///
/// Adams & MacKay (2007), arXiv:0710.3742, with a constant hazard: before each value the run ends with probability
/// `hazard`. Run lengths of less than 1e-4 are dropped and the rest scaled up, so that a value costs a bounded number of
/// steps; the shortest run is always kept.
#[derive(Debug, Clone)]
pub struct RunLengths {
    prior: NormalGamma,
    hazard: f64,
    /// Run length, its log probability, and what is believed of the run; ascending by length.
    runs: Vec<(usize, f64, NormalGamma)>,
}

impl RunLengths {
    /// Before the first value. `hazard` lies between 0 and 1.
    pub fn new(prior: NormalGamma, hazard: f64) -> Self {
        Self { prior, hazard, runs: vec![(0, 0.0, prior)] }
    }

    /// Takes the next value, which is finite.
    pub fn observe(&mut self, value: f64) {
        let first = self.runs == [(0, 0.0, self.prior)];
        let on = if first { 0.0 } else { (1.0 - self.hazard).ln() };
        let fresh = self.prior.log_predictive(value);
        let mut next = Vec::with_capacity(self.runs.len() + 1);
        if !first {
            // The run before ended: the value is the first of a new one, whichever run that was.
            next.push((1, self.hazard.ln() + fresh, self.prior.after(value)));
        }
        next.extend(self.runs.iter().map(|(length, log, belief)| {
            (length + 1, log + on + belief.log_predictive(value), belief.after(value))
        }));
        normalise(&mut next);
        let shortest = next[0].0;
        next.retain(|(length, log, _)| *length == shortest || *log >= NEGLIGIBLE.ln());
        normalise(&mut next);
        self.runs = next;
    }

    /// Run lengths and their probabilities, ascending by length; they sum to 1.
    pub fn posterior(&self) -> impl Iterator<Item = (usize, f64)> + '_ {
        self.runs.iter().map(|(length, log, _)| (*length, log.exp()))
    }

    /// Probability that the run is at most `length` values long.
    pub fn at_most(&self, length: usize) -> f64 {
        self.posterior().take_while(|(run, _)| *run <= length).map(|(_, share)| share).sum()
    }
}

fn normalise(runs: &mut [(usize, f64, NormalGamma)]) {
    let most = runs.iter().map(|run| run.1).fold(f64::NEG_INFINITY, f64::max);
    let whole = most + runs.iter().map(|run| (run.1 - most).exp()).sum::<f64>().ln();
    runs.iter_mut().for_each(|run| run.1 -= whole);
}

#[cfg(test)]
mod tests {
    use super::*;

    const PRIOR: NormalGamma = NormalGamma { mean: 0.0, weight: 1.0, shape: 1.0, rate: 1.0 };

    /// Log marginal likelihood of a run in closed form (Murphy 2007, equation 95), which no predictive enters.
    fn evidence(run: &[f64]) -> f64 {
        let n = run.len() as f64;
        let mean = run.iter().sum::<f64>() / n;
        let squares: f64 = run.iter().map(|x| (x - mean) * (x - mean)).sum();
        let (weight, shape) = (PRIOR.weight + n, PRIOR.shape + n / 2.0);
        let rate = PRIOR.rate
            + squares / 2.0
            + PRIOR.weight * n * (mean - PRIOR.mean) * (mean - PRIOR.mean) / (2.0 * weight);
        libm::lgamma(shape) - libm::lgamma(PRIOR.shape) + PRIOR.shape * PRIOR.rate.ln() - shape * rate.ln()
            + 0.5 * (PRIOR.weight / weight).ln()
            - n / 2.0 * (2.0 * std::f64::consts::PI).ln()
    }

    #[test]
    fn the_posterior_is_that_of_every_way_to_cut_the_values() {
        let (values, hazard) = ([0.3, -0.8, 4.0, 3.1, 3.9, 3.5], 0.2_f64);
        let mut lengths = RunLengths::new(PRIOR, hazard);
        values.iter().for_each(|value| lengths.observe(*value));
        let n = values.len();
        let mut want = vec![0.0; n + 1];
        for cuts in 0..1_u32 << (n - 1) {
            let (mut log, mut from) = (0.0, 0);
            for t in 1..n {
                if cuts >> (t - 1) & 1 == 1 {
                    log += hazard.ln() + evidence(&values[from..t]);
                    from = t;
                } else {
                    log += (1.0 - hazard).ln();
                }
            }
            want[n - from] += (log + evidence(&values[from..])).exp();
        }
        let whole: f64 = want.iter().sum();
        let got: Vec<(usize, f64)> = lengths.posterior().collect();
        for (length, share) in &got {
            assert!(
                (share - want[*length] / whole).abs() < 1e-3,
                "{length} {share} {}",
                want[*length] / whole
            );
        }
        assert!((got.iter().map(|(_, share)| share).sum::<f64>() - 1.0).abs() < 1e-12);
        // Nothing was dropped here, so it is the same to rounding.
        if got.len() == n {
            assert!(got.iter().all(|(length, share)| (share - want[*length] / whole).abs() < 1e-12));
        }
        let most = got.iter().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap();
        assert_eq!(most.0, 4, "the mean moved at the third value");
    }

    #[test]
    fn a_long_steady_series_keeps_few_run_lengths() {
        let mut lengths = RunLengths::new(PRIOR, 0.01);
        (0..5_000).for_each(|t| lengths.observe(f64::from(t * 37 % 11) - 5.0));
        assert!(lengths.runs.len() < 1_000, "{}", lengths.runs.len());
        assert!(lengths.at_most(50) < 0.1);
    }
}
