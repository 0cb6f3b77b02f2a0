//! A score that knew the future, repaired: lagged until what it knew is past.

use proofmark_units::Seed;

use super::super::world::{Case, HORIZON, NAMES, market};
use super::Variant;
use super::search::positive;
use crate::error::Result;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let width = market.panel.width();
    // The forward return decided at t is over at the open of t + horizon + 1: from then on it is history.
    let scores = market.grid(|t, row| {
        if let Some(then) = t.checked_sub(HORIZON + 1) {
            for (s, value) in row.iter_mut().enumerate() {
                *value = positive(20.0 * market.forward[then * width + s]);
            }
        }
    });
    Case::new(market, scores, variant)
}
