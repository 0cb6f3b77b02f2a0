//! The null book with its exposure moved about: timing without knowledge.

use proofmark_execution::book::{Selection, Sizing};
use proofmark_units::Seed;

use super::super::world::{Case, NAMES, market};
use super::Variant;
use super::search::noise;
use crate::error::Result;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    // All names are held; the scores order nothing that matters, and are there to be tested for skill.
    let scores = noise(&market, 0.9, &seed.child("scores"));
    let mut case = Case::new(market, scores, variant)?;
    case.config.selection = Selection::TopFraction { fraction: 1.0, hysteresis: None };
    case.config.sizing = Sizing::InverseVolatility {
        window: 20,
        target_annual_volatility: Some(0.12),
        max_weight: case.config.sizing.max_weight(),
    };
    Ok(case)
}
