//! How often and after which wait a request is repeated.

use std::time::Duration;

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

/// Exponential backoff with equal jitter: half of the step is sure, the other half is drawn, so that clients that
/// failed together do not return together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    /// Requests in all, the first one included.
    pub attempts: u32,
    /// The first step.
    pub base: Duration,
    /// No step is longer.
    pub cap: Duration,
    /// A vendor that asks for a longer wait than this is not waited for.
    pub longest_wait: Duration,
}

impl Retry {
    /// 4 requests, steps of 2, 4 and 8 s, at most 30 s; a vendor may ask for up to 2 minutes.
    pub const STANDARD: Self = Self {
        attempts: 4,
        base: Duration::from_secs(2),
        cap: Duration::from_secs(30),
        longest_wait: Duration::from_secs(120),
    };

    /// The wait after failed request number `failed` (from 1).
    pub fn wait(&self, failed: u32, rng: &mut ChaCha8Rng) -> Duration {
        let step = self.base.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(self.cap);
        step.mul_f64(0.5 + 0.5 * rng.random::<f64>())
    }
}

#[cfg(test)]
mod tests {
    use proofmark_units::Seed;

    use super::*;

    #[test]
    fn steps_double_up_to_the_cap_and_repeat_with_the_seed() {
        let waits = |seed: u64| -> Vec<Duration> {
            let mut rng = Seed::root(seed).rng();
            (1..=8).map(|failed| Retry::STANDARD.wait(failed, &mut rng)).collect()
        };
        for (failed, wait) in waits(3).iter().enumerate() {
            let step = 2.0 * 2.0_f64.powi(i32::try_from(failed).unwrap());
            let step = step.min(30.0);
            assert!((step / 2.0..=step).contains(&wait.as_secs_f64()), "{failed}: {wait:?}");
        }
        assert_eq!(waits(3), waits(3));
        assert_ne!(waits(3), waits(4));
    }
}
