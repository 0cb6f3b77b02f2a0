//! Ten trials of one idea without skill that differ in what trading is said to cost; the cheapest is shown.

use proofmark_units::Seed;

use super::super::world::{Case, NAMES, market};
use super::search::{factors, trial};
use super::{Variant, random_scores};
use crate::error::Result;

const TRIALS: u64 = 10;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let scores = random_scores::scores(&market, Variant::Free, &seed.child("scores"));
    let case = Case::new(market, scores, variant)?;
    let named = factors(&case)?;
    let views: Vec<(&str, &[f64])> = named.iter().map(|(n, r)| (n.as_str(), r.as_slice())).collect();
    let others = (1..TRIALS)
        .map(|k| {
            let dearer = proofmark_execution::costs::CostSchedule::flat_bps(2.0 * k as f64);
            trial(&case, &views, &case.scores, &dearer, k)
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(case.with_trials(others))
}
