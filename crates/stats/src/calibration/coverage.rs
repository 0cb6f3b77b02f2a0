//! Whether intervals are left as often as they say, and not in clusters.

use proofmark_units::Seed;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use statrs::function::factorial::ln_binomial;

use crate::bootstrap::draws;
use crate::tails;

/// Ties of simulated statistics with the observed one are rounding apart at most.
const TIE: f64 = 1e-9;

/// A likelihood-ratio test.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LikelihoodRatio {
    /// Twice the difference of log likelihoods.
    pub statistic: f64,
    /// Its chi-squared tail, right for many exceptions.
    pub p_asymptotic: f64,
    /// Its tail under the hypothesis itself, right at any number of them; the one to decide by.
    pub p: f64,
}

/// Tests of how often and how an interval was left.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CoverageTest {
    /// Outcomes.
    pub n: usize,
    /// Outcomes outside.
    pub exceptions: usize,
    /// Share outside.
    pub rate: f64,
    /// Share that the interval promises.
    pub expected_rate: f64,
    /// Kupiec: is the rate the promised one?
    pub unconditional: LikelihoodRatio,
    /// Christoffersen: does an exception tell nothing about the next? `None` when all or no outcomes were exceptions.
    pub independence: Option<LikelihoodRatio>,
    /// Both at once, on the same n - 1 transitions.
    pub conditional: LikelihoodRatio,
    /// Simulated sequences behind `p` of the last two.
    pub draws: usize,
}

/// Why coverage could not be tested.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum CoverageError {
    /// Fewer than two outcomes.
    #[error("{0} outcomes are too few to test coverage")]
    TooFew(usize),
    /// The promised rate is not inside 0 to 1.
    #[error("the promised rate {0} of exceptions is not between 0 and 1")]
    Rate(f64),
    /// No sequences were to be simulated.
    #[error("coverage is tested against simulated sequences, and none were asked")]
    Draws,
}

/// Tests `outside` (true where an outcome left its interval, in time order) against the promised rate of exceptions.
///
/// Kupiec (1995), Journal of Derivatives 3(2), 73-84 (proportion of failures); Christoffersen (1998), International
/// Economic Review 39(4), 841-862 (first-order independence and conditional coverage). With few exceptions the
/// chi-squared tails are off, so each decides by its own distribution: binomial, exact, for the rate; `draws` seeded
/// sequences for the others (Dufour 2006, Journal of Econometrics 133(2), 443-477), of the promised rate for
/// conditional coverage and with the observed number of exceptions in random places for independence, ties counted
/// against. Outcomes over h periods that overlap are not independent even for a right interval: take every h-th.
///
/// # Errors
/// Fewer than two outcomes, a rate outside 0 to 1, or no draws.
pub fn coverage_test(
    outside: &[bool],
    expected_rate: f64,
    draws: usize,
    seed: Seed,
) -> Result<CoverageTest, CoverageError> {
    let n = outside.len();
    if n < 2 {
        return Err(CoverageError::TooFew(n));
    }
    if !(expected_rate > 0.0 && expected_rate < 1.0) {
        return Err(CoverageError::Rate(expected_rate));
    }
    if draws == 0 {
        return Err(CoverageError::Draws);
    }
    let exceptions: Vec<usize> = (0..n).filter(|i| outside[*i]).collect();
    let count = exceptions.len();
    let observed = Transitions::new(&exceptions, n);
    let independence = (count > 0 && count < n).then(|| {
        let statistic = observed.independence();
        let simulated = self::draws(draws, seed.child("independence"), |rng| {
            Transitions::new(&random_places(rng, count, n), n).independence()
        });
        likelihood_ratio(statistic, 1.0, &simulated)
    });
    let simulated = self::draws(draws, seed.child("conditional"), |rng| {
        Transitions::new(&random_exceptions(rng, expected_rate, n), n).conditional(expected_rate)
    });
    let statistic = failures(count, n, expected_rate);
    Ok(CoverageTest {
        n,
        exceptions: count,
        rate: count as f64 / n as f64,
        expected_rate,
        unconditional: LikelihoodRatio {
            statistic,
            p_asymptotic: tails::chi_squared(statistic, 1.0).unwrap_or(1.0),
            p: failures_tail(statistic, n, expected_rate),
        },
        independence,
        conditional: likelihood_ratio(observed.conditional(expected_rate), 2.0, &simulated),
        draws,
    })
}

fn likelihood_ratio(statistic: f64, degrees_of_freedom: f64, simulated: &[f64]) -> LikelihoodRatio {
    let reached = simulated.iter().filter(|s| **s >= statistic - TIE).count();
    LikelihoodRatio {
        statistic,
        p_asymptotic: tails::chi_squared(statistic, degrees_of_freedom).unwrap_or(1.0),
        p: (1 + reached) as f64 / (1 + simulated.len()) as f64,
    }
}

/// Log likelihood of `yes` and `no` outcomes at `rate`, where nothing times the logarithm of 0 is 0.
fn log_likelihood(yes: usize, no: usize, rate: f64) -> f64 {
    let part = |count: usize, p: f64| if count == 0 { 0.0 } else { count as f64 * p.ln() };
    part(yes, rate) + part(no, 1.0 - rate)
}

fn own_log_likelihood(yes: usize, no: usize) -> f64 {
    if yes + no == 0 { 0.0 } else { log_likelihood(yes, no, yes as f64 / (yes + no) as f64) }
}

/// Kupiec's statistic.
fn failures(count: usize, n: usize, rate: f64) -> f64 {
    (2.0 * (own_log_likelihood(count, n - count) - log_likelihood(count, n - count, rate))).max(0.0)
}

/// Probability, binomial at the promised rate, of a statistic at least this large.
fn failures_tail(statistic: f64, n: usize, rate: f64) -> f64 {
    let probability =
        |count: usize| (ln_binomial(n as u64, count as u64) + log_likelihood(count, n - count, rate)).exp();
    let tail: f64 = (0..=n).filter(|c| failures(*c, n, rate) >= statistic - TIE).map(probability).sum();
    tail.clamp(0.0, 1.0)
}

/// Counts of an outcome by whether the one before it was an exception.
struct Transitions {
    quiet_quiet: usize,
    quiet_exception: usize,
    exception_quiet: usize,
    exception_exception: usize,
}

impl Transitions {
    /// From the ascending places of exceptions among `n` outcomes.
    fn new(places: &[usize], n: usize) -> Self {
        let exception_exception = places.windows(2).filter(|w| w[1] == w[0] + 1).count();
        let left = places.len() - usize::from(places.last() == Some(&(n - 1)));
        let entered = places.len() - usize::from(places.first() == Some(&0));
        let (exception_quiet, quiet_exception) = (left - exception_exception, entered - exception_exception);
        let quiet_quiet = n - 1 - exception_exception - exception_quiet - quiet_exception;
        Self { quiet_quiet, quiet_exception, exception_quiet, exception_exception }
    }

    fn free(&self) -> f64 {
        own_log_likelihood(self.quiet_exception, self.quiet_quiet)
            + own_log_likelihood(self.exception_exception, self.exception_quiet)
    }

    fn yes_no(&self) -> (usize, usize) {
        (self.quiet_exception + self.exception_exception, self.quiet_quiet + self.exception_quiet)
    }

    fn independence(&self) -> f64 {
        let (yes, no) = self.yes_no();
        (2.0 * (self.free() - own_log_likelihood(yes, no))).max(0.0)
    }

    fn conditional(&self, rate: f64) -> f64 {
        let (yes, no) = self.yes_no();
        (2.0 * (self.free() - log_likelihood(yes, no, rate))).max(0.0)
    }
}

/// `count` different places among `n`, ascending: Floyd's method (Bentley & Floyd 1987, Communications of the ACM
/// 30(9)).
fn random_places(rng: &mut ChaCha8Rng, count: usize, n: usize) -> Vec<usize> {
    let mut places = std::collections::BTreeSet::new();
    for last in n - count..n {
        let place = rng.random_range(0..=last);
        if !places.insert(place) {
            places.insert(last);
        }
    }
    places.into_iter().collect()
}

/// Places of independent exceptions at `rate` among `n`, by geometric gaps.
fn random_exceptions(rng: &mut ChaCha8Rng, rate: f64, n: usize) -> Vec<usize> {
    let scale = (-rate).ln_1p().recip();
    let mut places = Vec::with_capacity((rate * n as f64 * 1.5) as usize + 8);
    let mut at = 0.0;
    loop {
        let uniform: f64 = rng.random();
        // 1 - uniform lies in (0, 1], so the gap is finite.
        at += ((1.0 - uniform).ln() * scale).floor();
        if at >= n as f64 {
            return places;
        }
        places.push(at as usize);
        at += 1.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(outside: &[bool], rate: f64) -> CoverageTest {
        coverage_test(outside, rate, 999, Seed::root(3)).unwrap()
    }

    #[test]
    fn statistics_by_hand() {
        // 0 1 1 0 0 1 0 0: three of eight; transitions 00 twice, 01 twice, 10 twice, 11 once.
        let outside = [0, 1, 1, 0, 0, 1, 0, 0].map(|v| v == 1);
        let found = run(&outside, 0.25);
        let l = |p: f64, yes: f64, no: f64| yes * p.ln() + no * (1.0 - p).ln();
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-12, "{a} {b}");
        close(found.unconditional.statistic, 2.0 * (l(0.375, 3.0, 5.0) - l(0.25, 3.0, 5.0)));
        let free = l(0.5, 2.0, 2.0) + l(1.0 / 3.0, 1.0, 2.0);
        close(found.independence.clone().unwrap().statistic, 2.0 * (free - l(3.0 / 7.0, 3.0, 4.0)));
        close(found.conditional.statistic, 2.0 * (free - l(0.25, 3.0, 4.0)));
        // Binomial(8, 1/4): the likelihood ratio is 0 at 2, 0.61 at 3 and 0.77 at 1, so only 2 is nearer than 3.
        let far: f64 = (0..=8_usize)
            .filter(|c| *c != 2)
            .map(|c| {
                let ways = [1.0, 8.0, 28.0, 56.0, 70.0, 56.0, 28.0, 8.0, 1.0][c];
                ways * 0.25_f64.powi(c as i32) * 0.75_f64.powi(8 - c as i32)
            })
            .sum();
        close(found.unconditional.p, far);
        assert_eq!((found.exceptions, found.n, found.rate), (3, 8, 0.375));
    }

    #[test]
    fn clusters_and_wrong_rates_are_seen() {
        let spread: Vec<bool> = (0..1000).map(|i| i % 20 == 0).collect();
        let clustered: Vec<bool> = (0..1000).map(|i| i % 200 < 10).collect();
        let (even, clusters) = (run(&spread, 0.05), run(&clustered, 0.05));
        assert!(even.unconditional.statistic == 0.0 && even.unconditional.p > 1.0 - 1e-9);
        assert!(clusters.independence.unwrap().p <= 0.001 && clusters.conditional.p <= 0.001);
        assert!(clusters.unconditional.p > 1.0 - 1e-9);
        let wrong = run(&spread, 0.10);
        assert!(wrong.unconditional.p < 1e-6 && wrong.unconditional.p_asymptotic < 1e-6);
        let never = run(&[false; 400], 0.05);
        assert_eq!(never.independence, None);
        assert!(never.unconditional.p < 1e-6 && never.conditional.p <= 0.001);
    }

    #[test]
    fn simulated_places_are_as_many_as_asked_and_ascend() {
        let mut rng = Seed::root(5).rng();
        for count in [1, 7, 50] {
            let places = random_places(&mut rng, count, 50);
            assert_eq!(places.len(), count);
            assert!(places.windows(2).all(|w| w[0] < w[1]) && places[count - 1] < 50);
        }
        let total: usize = (0..500).map(|_| random_exceptions(&mut rng, 0.1, 200).len()).sum();
        // 100,000 chances at 10 %: 10,000 with sd 95.
        assert!(total.abs_diff(10_000) < 400, "{total}");
    }

    #[test]
    fn bad_input_is_named() {
        let test = |outside: &[bool], rate, draws| coverage_test(outside, rate, draws, Seed::root(1));
        assert_eq!(test(&[true], 0.05, 9), Err(CoverageError::TooFew(1)));
        assert_eq!(test(&[true; 5], 1.0, 9), Err(CoverageError::Rate(1.0)));
        assert_eq!(test(&[true; 5], 0.05, 0), Err(CoverageError::Draws));
        assert!(matches!(test(&[true; 5], f64::NAN, 9), Err(CoverageError::Rate(_))));
    }
}
