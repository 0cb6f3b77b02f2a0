//! Fat-tailed, clustering shocks.

use proofmark_units::Seed;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StudentT};

/// Share of a session's variance that falls between the previous close and the open.
pub(super) const OVERNIGHT_VARIANCE: f64 = 0.25;

/// A shock series of long-run variance 1: Student-t(5) innovations, an overnight and an intraday one a session, scaled
/// by GARCH(1,1) volatility (Bollerslev 1986).
pub(super) struct Shocks {
    rng: ChaCha8Rng,
    student: StudentT<f64>,
    alpha: f64,
    beta: f64,
    variance: f64,
}

/// One session's draw.
#[derive(Clone, Copy)]
pub(super) struct Shock {
    pub(super) overnight: f64,
    pub(super) intraday: f64,
    /// Conditional standard deviation of the whole session.
    pub(super) sd: f64,
}

impl Shocks {
    pub(super) fn new(seed: &Seed, alpha: f64, beta: f64) -> Self {
        let student = StudentT::new(5.0).expect("5 degrees of freedom are valid");
        Self { rng: seed.rng(), student, alpha, beta, variance: 1.0 }
    }

    pub(super) fn draw(&mut self) -> Shock {
        let sd = self.variance.sqrt();
        // Variance of t(5) is 5/3. Beyond 8 standard deviations a draw is cut: no single day may decide a world.
        let mut standard = || (self.student.sample(&mut self.rng) * 0.6_f64.sqrt()).clamp(-8.0, 8.0);
        let overnight = OVERNIGHT_VARIANCE.sqrt() * standard();
        let intraday = (1.0 - OVERNIGHT_VARIANCE).sqrt() * standard();
        let total = overnight + intraday;
        let next = (1.0 - self.alpha - self.beta) + self.variance * (self.alpha * total * total + self.beta);
        self.variance = next.min(16.0);
        Shock { overnight: overnight * sd, intraday: intraday * sd, sd }
    }
}
