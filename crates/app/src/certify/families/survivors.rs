//! The winners of the whole span, traded from its start: hindsight in the list of names.

use proofmark_market::Membership;
use proofmark_units::Seed;

use super::super::world::{Case, Market, NAMES, market};
use super::Variant;
use super::random_scores::PERSISTENCE;
use super::search::noise;
use crate::error::Result;

/// Names before the selection.
const ALL: usize = 2 * NAMES;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let whole = market(ALL, &seed.child("market"))?;
    let scores = noise(&whole, PERSISTENCE, &seed.child("scores"));
    let growth = |s: usize| {
        let mut closes = (0..whole.panel.len())
            .map(|t| whole.panel.close[whole.panel.cell(t, s)])
            .filter(|c| c.is_finite());
        let first = closes.next().unwrap_or(f64::NAN);
        closes.next_back().unwrap_or(f64::NAN) / first
    };
    let mut order: Vec<usize> = (0..ALL).collect();
    order.sort_by(|a, b| growth(*b).total_cmp(&growth(*a)));
    let mut kept = order[..NAMES].to_vec();
    kept.sort_unstable();
    // The losers were never heard of: only the winners are scored, held and compared with.
    let pick = |grid: &[f64]| -> Vec<f64> {
        grid.chunks_exact(ALL).flat_map(|row| kept.iter().map(|s| row[*s]).collect::<Vec<_>>()).collect()
    };
    let mut panel = whole.panel.clone();
    panel.symbols = kept.iter().map(|s| whole.panel.symbols[*s].clone()).collect();
    for column in [&mut panel.open, &mut panel.high, &mut panel.low, &mut panel.close, &mut panel.volume] {
        *column = pick(column);
    }
    let scores = pick(&scores);
    let chosen_at = whole.span.end;
    let market = Market { forward: pick(&whole.forward), panel, ..whole };
    let mut case = Case::new(market, scores, variant)?;
    case.membership = Membership::CarriedBack { chosen_at };
    Ok(case)
}
