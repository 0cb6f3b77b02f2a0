//! Listings, halts, missing bars and splits of one symbol; none of them depends on a price.

use proofmark_units::Seed;
use rand::RngExt;

/// One symbol in this many lists after the start, somewhere in the first four years (or the first quarter).
const LATE_LISTING_ONE_IN: u64 = 6;
const HALTS_PER_SESSION: f64 = 1.0 / 2_000.0;
const MISSING_PER_SESSION: f64 = 0.0005;
const SPLITS_PER_SESSION: f64 = 0.03 / 252.0;

pub(super) struct Events {
    /// First session at which the symbol trades.
    pub(super) listed: usize,
    /// Whether each session has a bar.
    pub(super) has_bar: Vec<bool>,
    /// Sessions without a bar, from the first to before the last index.
    pub(super) halts: Vec<std::ops::Range<usize>>,
    /// Session and ratio.
    pub(super) splits: Vec<(usize, u32)>,
}

impl Events {
    pub(super) fn draw(sessions: usize, seed: &Seed) -> Self {
        let listed = {
            let mut rng = seed.child("listing").rng();
            let late = rng.random_range(0..LATE_LISTING_ONE_IN) == 0;
            let latest = (sessions / 4).clamp(1, 1_000);
            let place = rng.random_range(0..latest);
            if late { place } else { 0 }
        };
        let mut has_bar = vec![true; sessions];
        has_bar[..listed].fill(false);

        let mut halts = Vec::new();
        let mut rng = seed.child("halts").rng();
        let mut t = 0;
        while t < sessions {
            let (starts, length) = (rng.random::<f64>() < HALTS_PER_SESSION, rng.random_range(3..=15));
            // Neither the first nor the last session of a symbol is halted.
            if starts && t > listed && t + length < sessions {
                has_bar[t..t + length].fill(false);
                halts.push(t..t + length);
                t += length;
            }
            t += 1;
        }

        let mut rng = seed.child("missing").rng();
        for slot in &mut has_bar[listed + 1..] {
            if rng.random::<f64>() < MISSING_PER_SESSION {
                *slot = false;
            }
        }

        let mut splits = Vec::new();
        let mut rng = seed.child("splits").rng();
        for t in 0..sessions {
            let (happens, which) = (rng.random::<f64>() < SPLITS_PER_SESSION, rng.random_range(0..3_usize));
            if happens && t > listed {
                splits.push((t, [2, 5, 10][which]));
            }
        }
        Self { listed, has_bar, halts, splits }
    }
}
