//! Skill of a stated strength: a score that carries a share of the forward return's rank, the rest noise that persists.

use proofmark_units::Seed;
use rand_distr::{Distribution as _, StandardNormal};

use super::super::world::{Case, HORIZON, Market, NAMES, market};
use super::Variant;
use super::search::positive;
use crate::error::Result;

/// A candidate whose score carries `correlation` of the forward return.
pub(in crate::certify) fn make(correlation: f64, seed: &Seed, variant: Variant) -> Result<Case> {
    on(market(NAMES, &seed.child("market"))?, correlation, seed, variant)
}

/// The same in a given market.
pub(in crate::certify) fn on(
    market: Market,
    correlation: f64,
    seed: &Seed,
    variant: Variant,
) -> Result<Case> {
    let scores = scores(&market, correlation, &seed.child("scores"));
    Case::new(market, scores, variant)
}

/// `correlation` times the forward return in units of the day's cross-section, plus noise held for a horizon.
pub(super) fn scores(market: &Market, correlation: f64, seed: &Seed) -> Vec<f64> {
    let width = market.panel.width();
    let mut rng = seed.rng();
    let mut normal = move || -> f64 { StandardNormal.sample(&mut rng) };
    let rho = 1.0 - 1.0 / HORIZON as f64;
    let mut state: Vec<f64> = (0..width).map(|_| normal()).collect();
    let rest = (1.0 - correlation * correlation).sqrt();
    market.grid(|t, row| {
        let ahead = &market.forward[t * width..(t + 1) * width];
        let known: Vec<f64> = ahead.iter().copied().filter(|r| r.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let spread =
            (known.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / known.len().max(2) as f64).sqrt();
        for ((value, state), forward) in row.iter_mut().zip(&mut state).zip(ahead) {
            *state = rho * *state + (1.0 - rho * rho).sqrt() * normal();
            let signal = if forward.is_finite() && spread > 0.0 { (forward - mean) / spread } else { 0.0 };
            *value = positive(correlation * signal + rest * *state);
        }
    })
}
