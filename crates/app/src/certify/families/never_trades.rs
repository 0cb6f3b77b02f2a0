//! A model that says nothing and so never loses.

use proofmark_units::Seed;

use super::super::world::{Case, NAMES, market};
use super::Variant;
use crate::error::Result;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let scores = market.grid(|_, row| row.fill(0.0));
    Case::new(market, scores, variant)
}
