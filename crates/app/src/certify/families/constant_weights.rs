//! A choice made once, without reason.

use proofmark_units::Seed;
use rand::RngExt as _;

use super::super::world::{Case, NAMES, market};
use super::Variant;
use crate::error::Result;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let mut rng = seed.child("scores").rng();
    let fixed: Vec<f64> = (0..NAMES).map(|_| 0.01 + rng.random::<f64>()).collect();
    let scores = market.grid(|_, row| row.copy_from_slice(&fixed));
    Case::new(market, scores, variant)
}
