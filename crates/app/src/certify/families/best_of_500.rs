//! A search: the best of many, shown as if it were the only one (the ledger knows better).

use proofmark_stats::performance::sharpe_per_period;
use proofmark_units::Seed;
use proofmark_validation::TrialReturns;

use super::super::world::{Case, NAMES, market};
use super::search::best_of;
use super::{Variant, random_scores};
use crate::error::Result;

const TRIALS: u64 = 500;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let scores = seed.child("scores");
    let first = random_scores::scores(&market, variant, &scores.nth(0));
    let case = Case::new(market, first, variant)?;
    let whole = |trial: &TrialReturns| sharpe_per_period(&trial.active).unwrap_or(f64::NEG_INFINITY);
    best_of(case, TRIALS, |market, k| random_scores::scores(market, variant, &scores.nth(k)), whole)
}
