//! Scores drawn at random.

use proofmark_units::Seed;

use super::super::world::{Case, Market, NAMES, market};
use super::Variant;
use super::search::noise;
use crate::error::Result;

/// Autocorrelation of a score from session to session at which the book trades about as often as a skilled one.
pub(super) const PERSISTENCE: f64 = 0.8;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let scores = scores(&market, variant, &seed.child("scores"));
    Case::new(market, scores, variant)
}

/// Fresh every session where trading costs; persistent where it is free, so that turnover is that of a skilled book.
pub(super) fn scores(market: &Market, variant: Variant, seed: &Seed) -> Vec<f64> {
    let persistence = match variant {
        Variant::Costs => 0.0,
        Variant::Free => PERSISTENCE,
    };
    noise(market, persistence, seed)
}
