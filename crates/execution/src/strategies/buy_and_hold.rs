//! Buys every instrument once and keeps it.

use super::{EXPOSURE, Param, Params, Recipe, Rows, Trader};
use crate::engine::{Desk, Slice};

/// Equal parts of the money at the first price of each instrument, never sold.
pub(super) struct BuyAndHold;

impl Recipe for BuyAndHold {
    fn name(&self) -> &'static str {
        "buy_and_hold"
    }

    fn doc(&self) -> &'static str {
        "Buys equal parts of every instrument at its first price and keeps them: what doing nothing brings."
    }

    fn params(&self) -> &'static [Param] {
        &[Param { doc: "share of equity bought in all", ..EXPOSURE }]
    }

    fn columns(&self, _: &Params) -> Vec<String> {
        Vec::new()
    }

    fn build(&self, params: &Params, instruments: usize, _: u64) -> Box<dyn Trader> {
        Box::new(Holder {
            weight: params.get("exposure") / instruments.max(1) as f64,
            sent: vec![false; instruments],
        })
    }
}

struct Holder {
    weight: f64,
    sent: Vec<bool>,
}

impl Trader for Holder {
    fn decide(&mut self, slice: &Slice<'_>, _: &Rows, desk: &mut Desk<'_>) {
        let fresh: Vec<_> = slice.bars().map(|(of, _)| of).filter(|of| !self.sent[*of as usize]).collect();
        for of in &fresh {
            self.sent[*of as usize] = true;
        }
        let weights: Vec<_> = fresh.iter().map(|of| (*of, self.weight)).collect();
        desk.target_weights(&weights, "hold");
    }
}
