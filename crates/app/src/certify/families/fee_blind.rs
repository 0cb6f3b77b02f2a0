//! Trades as if trading were free, and without skill.

use proofmark_execution::book::Selection;
use proofmark_units::Seed;

use super::super::world::{Case, NAMES, market};
use super::Variant;
use super::search::noise;
use crate::error::Result;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let scores = noise(&market, 0.5, &seed.child("scores"));
    let mut case = Case::new(market, scores, variant)?;
    case.config.rebalance_every = 1;
    case.config.resize_band = 0.0;
    case.config.selection = Selection::TopFraction { fraction: 1.0 / 3.0, hysteresis: None };
    Ok(case)
}
