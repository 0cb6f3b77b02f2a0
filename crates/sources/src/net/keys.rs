//! The keys of one vendor, each with its own rate limit.

use std::time::Duration;

use proofmark_units::Instant;

use super::{Secret, TokenBucket};

/// What a vendor allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests a minute, of each key.
    pub per_minute: u32,
    /// Requests that may follow each other at once, of each key.
    pub burst: u32,
    /// Requests a UTC day, of each key; `None` where the vendor sets no such limit.
    pub per_day: Option<u32>,
}

/// One key, or none where the vendor wants none, and its bucket.
struct Lane {
    key: Option<Secret>,
    bucket: TokenBucket,
    used: u64,
    refused: bool,
}

/// Keys used in turn: the one that is free first, and of those the one used least.
pub(super) struct KeyRing(Vec<Lane>);

impl KeyRing {
    /// A ring of `keys`; without a key, one lane that sends none.
    pub(super) fn new(keys: Vec<Secret>, limits: &Limits) -> Self {
        let lane = |key| Lane {
            key,
            bucket: TokenBucket::new(limits.per_minute, limits.burst),
            used: 0,
            refused: false,
        };
        if keys.is_empty() {
            return Self(vec![lane(None)]);
        }
        Self(keys.into_iter().map(|key| lane(Some(key))).collect())
    }

    pub(super) const fn len(&self) -> usize {
        self.0.len()
    }

    /// The next lane and how long to wait for it; `None` when every key was refused.
    pub(super) fn take(&mut self, now: Instant) -> Option<(usize, Duration)> {
        let free = self.0.iter().enumerate().filter(|(_, lane)| !lane.refused);
        let (index, _) = free.min_by_key(|(index, lane)| (lane.bucket.wait(now), lane.used, *index))?;
        let lane = &mut self.0[index];
        lane.used += 1;
        Some((index, lane.bucket.take(now)))
    }

    pub(super) fn key(&self, lane: usize) -> Option<&Secret> {
        self.0[lane].key.as_ref()
    }

    /// The vendor wants this key to pause.
    pub(super) fn rest(&mut self, lane: usize, until: Instant) {
        self.0[lane].bucket.rest(until);
    }

    /// The vendor does not accept this key. Whether another one is left.
    pub(super) fn refuse(&mut self, lane: usize) -> bool {
        self.0[lane].refused = true;
        self.0.iter().any(|lane| !lane.refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_take_turns_and_a_resting_or_refused_one_is_left_out() {
        let limits = Limits { per_minute: 60, burst: 1, per_day: None };
        let mut ring = KeyRing::new(["a", "b", "c"].map(Secret::new).to_vec(), &limits);
        let now = Instant::from_nanos(0);
        let take = |ring: &mut KeyRing| ring.take(now).map(|(lane, wait)| (lane, wait.as_secs()));
        let first: Vec<_> = (0..4).filter_map(|_| take(&mut ring)).collect();
        assert_eq!(first, [(0, 0), (1, 0), (2, 0), (0, 1)]);
        ring.rest(1, Instant::from_nanos(9_000_000_000));
        assert!(ring.refuse(2));
        assert_eq!(take(&mut ring), Some((0, 2)));
        assert!(ring.refuse(0));
        assert_eq!(take(&mut ring), Some((1, 9)));
        assert!(!ring.refuse(1));
        assert_eq!(take(&mut ring), None);
    }
}
