//! Equal parts of everything that trades, restored every so many sessions.

use super::{EVERY, EXPOSURE, Every, Param, Params, Recipe, Rows, Trader};
use crate::engine::{Desk, Slice};

/// Equal weights, rebalanced.
pub(super) struct EqualWeight;

impl Recipe for EqualWeight {
    fn name(&self) -> &'static str {
        "equal_weight"
    }

    fn doc(&self) -> &'static str {
        "Equal parts of every instrument with a bar, restored every `every` sessions."
    }

    fn params(&self) -> &'static [Param] {
        &[EVERY, EXPOSURE]
    }

    fn columns(&self, _: &Params) -> Vec<String> {
        Vec::new()
    }

    fn build(&self, params: &Params, _: usize, _: u64) -> Box<dyn Trader> {
        Box::new(Equal { every: Every::sessions(params.whole("every")), exposure: params.get("exposure") })
    }
}

struct Equal {
    every: Every,
    exposure: f64,
}

impl Trader for Equal {
    fn decide(&mut self, slice: &Slice<'_>, _: &Rows, desk: &mut Desk<'_>) {
        if !self.every.is_due(slice) {
            return;
        }
        let there: Vec<_> = slice.bars().map(|(of, _)| of).collect();
        let weight = self.exposure / there.len().max(1) as f64;
        let gone = desk.account().held().iter().filter(|of| !there.contains(of)).map(|of| (*of, 0.0));
        let weights: Vec<_> = there.iter().map(|of| (*of, weight)).chain(gone).collect();
        desk.target_weights(&weights, "rebalance");
    }
}
