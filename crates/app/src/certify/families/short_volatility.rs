//! Many small gains against a rare large loss: bought after falls, sold at a small gain, never stopped.

use proofmark_units::Seed;

use super::super::world::{Case, NAMES, market};
use super::Variant;
use super::search::positive;
use crate::error::Result;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let scores = market.grid(|t, row| {
        for (s, value) in row.iter_mut().enumerate() {
            *value = market.past_return(t, s, 20).map_or(f64::NAN, |change| positive(-10.0 * change));
        }
    });
    let mut case = Case::new(market, scores, variant)?;
    case.config.stop_loss = None;
    case.config.take_profit = Some(0.02);
    case.config.max_hold = None;
    Ok(case)
}
