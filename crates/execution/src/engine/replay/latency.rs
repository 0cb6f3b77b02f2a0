//! How long messages travel: draws from a measured histogram.

use proofmark_units::Seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use serde::{Deserialize, Serialize};

use crate::engine::event::{Bar, Quote};
use crate::engine::fills::{FillModel, Found};
use crate::engine::order::{Kind, Order, OrderRequest};

/// One bar of a histogram of latencies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LatencyBucket {
    /// Shortest, in nanoseconds, >= 0.
    pub from: i64,
    /// Longest, >= `from`. Every nanosecond of a bucket is as likely.
    pub to: i64,
    /// How often it was seen, as a count or a share, > 0.
    pub weight: f64,
}

/// Latencies as measured. Of what: from sending a message to the first moment at which the feed *here* can show the book that it
/// met, the way there and the way of the feed back, since a replay has one clock, that of the receiver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<LatencyBucket>", into = "Vec<LatencyBucket>")]
pub struct Latencies {
    buckets: Vec<LatencyBucket>,
    /// Sums of the weights up to each bucket.
    up_to: Vec<f64>,
}

/// A histogram of latencies is none.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LatencyError {
    /// It has no bucket.
    #[error("a histogram of latencies has no bucket; hint: one of equal ends is a constant latency")]
    Empty,
    /// A bucket makes no sense.
    #[error(
        "latency bucket {index} is from {from} to {to} ns with weight {weight}; hint: 0 <= from <= to, weight above 0"
    )]
    Bucket {
        /// Which, from 0.
        index: usize,
        /// Its shortest.
        from: i64,
        /// Its longest.
        to: i64,
        /// Its weight.
        weight: f64,
    },
}

impl Latencies {
    /// A histogram.
    ///
    /// # Errors
    /// [`LatencyError`] for none, or a bucket that makes no sense.
    pub fn new(buckets: Vec<LatencyBucket>) -> Result<Self, LatencyError> {
        if buckets.is_empty() {
            return Err(LatencyError::Empty);
        }
        let mut sum = 0.0;
        let mut up_to = Vec::with_capacity(buckets.len());
        for (index, &LatencyBucket { from, to, weight }) in buckets.iter().enumerate() {
            sum += weight;
            if from < 0 || to < from || weight.is_nan() || weight <= 0.0 || !sum.is_finite() {
                return Err(LatencyError::Bucket { index, from, to, weight });
            }
            up_to.push(sum);
        }
        Ok(Self { buckets, up_to })
    }

    /// Always the same; below 0 counts as 0.
    pub fn constant(nanos: i64) -> Self {
        let nanos = nanos.max(0);
        Self { buckets: vec![LatencyBucket { from: nanos, to: nanos, weight: 1.0 }], up_to: vec![1.0] }
    }

    /// Its buckets.
    pub fn buckets(&self) -> &[LatencyBucket] {
        &self.buckets
    }

    /// A bucket and a latency of it.
    fn draw(&self, rng: &mut ChaCha8Rng) -> (usize, i64) {
        // The upper 53 bits: a float from 0 to below 1, every value as likely.
        let share = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let last = self.buckets.len() - 1;
        let at = share * self.up_to[last];
        let index = self.up_to.partition_point(|up_to| *up_to <= at).min(last);
        let LatencyBucket { from, to, .. } = self.buckets[index];
        let width = (to - from) as u128 + 1;
        let within = (u128::from(rng.next_u64()) * width) >> 64;
        (index, from + within as i64)
    }
}

impl TryFrom<Vec<LatencyBucket>> for Latencies {
    type Error = LatencyError;

    fn try_from(buckets: Vec<LatencyBucket>) -> Result<Self, LatencyError> {
        Self::new(buckets)
    }
}

impl From<Latencies> for Vec<LatencyBucket> {
    fn from(latencies: Latencies) -> Self {
        latencies.buckets
    }
}

/// What an engine asks while it replays a book: how long messages travel, and which orders the market takes. What they find there
/// the book itself says.
#[derive(Debug)]
pub(super) struct Wire {
    latencies: Latencies,
    rng: ChaCha8Rng,
    /// Messages by bucket.
    pub(super) drawn: Vec<u64>,
}

impl Wire {
    pub(super) fn new(latencies: Latencies, seed: Seed) -> Self {
        let drawn = vec![0; latencies.buckets.len()];
        Self { latencies, rng: seed.child("latency").rng(), drawn }
    }
}

impl FillModel for Wire {
    fn at_open(&self, _: &Order, _: &Bar) -> Option<Found> {
        None
    }

    fn within(&self, _: &Order, _: &Bar, _: bool) -> Option<Found> {
        None
    }

    fn capacity(&self, _: &Bar) -> f64 {
        f64::INFINITY
    }

    fn at_quote(&self, _: &Order, _: &Quote) -> Option<Found> {
        None
    }

    fn latency(&mut self) -> i64 {
        let (bucket, nanos) = self.latencies.draw(&mut self.rng);
        self.drawn[bucket] += 1;
        nanos
    }

    fn cancel_latency(&mut self) -> Option<i64> {
        Some(self.latency())
    }

    fn accepts(&self, request: &OrderRequest, waits: bool) -> bool {
        let is_plain = matches!(request.kind, Kind::Market | Kind::Limit(_));
        is_plain && request.display.is_none() && !waits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(from: i64, to: i64, weight: f64) -> LatencyBucket {
        LatencyBucket { from, to, weight }
    }

    #[test]
    fn buckets_are_drawn_by_weight_and_evenly_within() {
        let buckets = vec![bucket(0, 9, 1.0), bucket(100, 100, 2.0), bucket(1_000, 1_999, 5.0)];
        let mut wire = Wire::new(Latencies::new(buckets).unwrap(), Seed::root(1));
        let draws: Vec<i64> = (0..80_000).map(|_| wire.latency()).collect();
        assert!(
            draws
                .iter()
                .all(|nanos| (0..10).contains(nanos) || *nanos == 100 || (1_000..2_000).contains(nanos))
        );
        // Five standard deviations of the counts.
        for (drawn, share) in wire.drawn.iter().zip([0.125, 0.25, 0.625]) {
            let (mean, deviation) = (80_000.0 * share, (80_000.0 * share * (1.0_f64 - share)).sqrt());
            assert!((*drawn as f64 - mean).abs() < 5.0 * deviation, "{:?}", wire.drawn);
        }
        let low: Vec<_> = draws.iter().filter(|nanos| **nanos < 10).collect();
        let mean = low.iter().map(|nanos| **nanos as f64).sum::<f64>() / low.len() as f64;
        assert!((mean - 4.5).abs() < 5.0 * 2.87 / (low.len() as f64).sqrt(), "{mean}");
        assert!((0..10).all(|nanos| low.contains(&&nanos)));
    }

    #[test]
    fn the_same_seed_draws_the_same() {
        let draws = |seed| {
            let mut wire =
                Wire::new(Latencies::new(vec![bucket(0, i64::MAX, 1.0)]).unwrap(), Seed::root(seed));
            (0..20).map(|_| wire.latency()).collect::<Vec<_>>()
        };
        assert_eq!(draws(1), draws(1));
        assert_ne!(draws(1), draws(2));
    }

    #[test]
    fn what_is_no_histogram_is_refused() {
        assert_eq!(Latencies::new(vec![]), Err(LatencyError::Empty));
        for (from, to, weight) in
            [(-1, 5, 1.0), (5, 4, 1.0), (0, 1, 0.0), (0, 1, f64::NAN), (0, 1, f64::INFINITY)]
        {
            let result = Latencies::new(vec![bucket(0, 1, 1.0), bucket(from, to, weight)]);
            assert!(matches!(result, Err(LatencyError::Bucket { index: 1, .. })), "{result:?}");
        }
        assert!(serde_json::from_str::<Latencies>("[]").is_err());
        assert_eq!(Latencies::constant(-5).buckets()[0].to, 0);
    }
}
