//! The token bucket: at most so many requests a minute, with a small burst.

use std::time::Duration;

use proofmark_units::Instant;

use super::{between, later};

/// Hands out requests at a steady rate; time is handed in.
///
/// Kept as the instant at which the bucket would be full again (generic cell rate algorithm), so there is no rounding
/// of partly filled tokens and the same questions give the same answers.
#[derive(Debug, Clone)]
pub struct TokenBucket {
    /// Time one request costs.
    interval: Duration,
    /// Requests that may follow each other at once, as time.
    depth: Duration,
    /// When the bucket is full again; `None` before the first request.
    full_at: Option<Instant>,
}

impl TokenBucket {
    /// A bucket that gives `per_minute` requests a minute and lets `burst` of them pass at once; both at least 1.
    pub fn new(per_minute: u32, burst: u32) -> Self {
        let interval = Duration::from_secs(60) / per_minute.max(1);
        Self { interval, depth: interval * burst.max(1), full_at: None }
    }

    /// How long a request made at `now` would have to wait.
    pub fn wait(&self, now: Instant) -> Duration {
        let full_at = self.full_at.unwrap_or(now).max(now);
        between(now, full_at).saturating_add(self.interval).saturating_sub(self.depth)
    }

    /// Takes the next token, to be used after the wait that is returned.
    pub fn take(&mut self, now: Instant) -> Duration {
        let wait = self.wait(now);
        self.full_at = Some(later(self.full_at.unwrap_or(now).max(now), self.interval));
        wait
    }

    /// Gives nothing before `until`: what a vendor's `Retry-After` asks for.
    pub fn rest(&mut self, until: Instant) {
        // The next token is free when all but one interval of the depth has drained.
        let full_at = later(until, self.depth.saturating_sub(self.interval));
        self.full_at = Some(self.full_at.map_or(full_at, |at| at.max(full_at)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let mut bucket = TokenBucket::new(30, 3);
        let mut now = Instant::from_nanos(0);
        let mut waits = Vec::new();
        for _ in 0..6 {
            let wait = bucket.take(now);
            waits.push(wait.as_millis());
            now = later(now, wait);
        }
        assert_eq!(waits, [0, 0, 0, 2_000, 2_000, 2_000]);
        // A minute later the burst is there again, and not more than the burst.
        now = later(now, Duration::from_secs(60));
        assert_eq!((0..4).map(|_| bucket.take(now).as_millis()).collect::<Vec<_>>(), [0, 0, 0, 2_000]);
    }

    #[test]
    fn a_rest_is_kept_and_a_clock_that_goes_back_gives_no_free_tokens() {
        let mut bucket = TokenBucket::new(60, 5);
        let now = Instant::from_nanos(0);
        bucket.rest(later(now, Duration::from_secs(17)));
        assert_eq!(bucket.take(now), Duration::from_secs(17));
        assert_eq!(bucket.take(now), Duration::from_secs(18));
        let earlier = Instant::from_nanos(-30_000_000_000);
        assert_eq!(bucket.take(earlier), Duration::from_secs(49));
    }
}
