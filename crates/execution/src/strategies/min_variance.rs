//! Holds the long-only book of least variance.

use std::collections::VecDeque;

use proofmark_stats::covariance::ledoit_wolf;

use super::{EVERY, EXPOSURE, Every, Param, Params, Recipe, Rows, Trader};
use crate::engine::{Desk, InstrumentId, Slice};
use crate::sizing::optimiser::{WeightLimits, minimum_variance};

/// Least variance by a shrunk covariance of past returns (Ledoit and Wolf 2004; Clarke, de Silva and Thorley 2006, Journal of
/// Portfolio Management 33(1), 10-24).
pub(super) struct MinVariance;

impl Recipe for MinVariance {
    fn name(&self) -> &'static str {
        "min_variance"
    }

    fn doc(&self) -> &'static str {
        "The long-only book of least variance, by the shrunk covariance of the last `look_back` bars' returns."
    }

    fn params(&self) -> &'static [Param] {
        &[
            Param {
                name: "look_back",
                doc: "bars of the covariance; a name that lacks one of them is not held",
                default: 252.0,
                least: 20.0,
                most: 5e3,
            },
            Param {
                name: "most",
                doc: "largest share of equity in one name; with few names as much is held as it allows",
                default: 0.25,
                least: 0.001,
                most: 10.0,
            },
            EVERY,
            EXPOSURE,
        ]
    }

    fn columns(&self, _: &Params) -> Vec<String> {
        vec!["$close / Ref($close, 1) - 1".to_owned()]
    }

    fn build(&self, params: &Params, instruments: usize, _: u64) -> Box<dyn Trader> {
        Box::new(Minimiser {
            every: Every::sessions(params.whole("every")),
            look_back: params.whole("look_back") as usize,
            most: params.get("most"),
            exposure: params.get("exposure"),
            instruments,
            returns: VecDeque::new(),
        })
    }
}

struct Minimiser {
    every: Every,
    look_back: usize,
    most: f64,
    exposure: f64,
    instruments: usize,
    /// The last `look_back` rows of returns, an instrument a column; NaN = no bar or not known.
    returns: VecDeque<Vec<f64>>,
}

impl Minimiser {
    fn remember(&mut self, slice: &Slice<'_>, rows: &Rows) {
        let mut row = vec![f64::NAN; self.instruments];
        let mut any = false;
        for (of, _) in slice.bars() {
            row[of as usize] = rows.of(of)[0];
            any = true;
        }
        if any {
            self.returns.push_back(row);
        }
        if self.returns.len() > self.look_back {
            self.returns.pop_front();
        }
    }

    /// Names with a return at each row of a full window that is not always the same.
    fn known(&self) -> Vec<usize> {
        if self.returns.len() < self.look_back {
            return Vec::new();
        }
        let moves = |name: &usize| {
            let mut own = self.returns.iter().map(|row| row[*name]);
            own.clone().all(f64::is_finite) && own.any(|value| value != self.returns[0][*name])
        };
        (0..self.instruments).filter(moves).collect()
    }

    /// The weights of `known`; `None` where nothing can be said, for want of names or because the optimiser gave up.
    fn weights(&self, known: &[usize]) -> Option<Vec<f64>> {
        let cells: Vec<f64> =
            self.returns.iter().flat_map(|row| known.iter().map(move |name| row[*name])).collect();
        let covariance = ledoit_wolf(&cells, known.len())?.matrix;
        let net = self.exposure.min(self.most * known.len() as f64);
        let limits = WeightLimits::long_only(known.len(), self.most, net);
        minimum_variance(&covariance, &vec![0.0; known.len()], &limits).ok()
    }
}

impl Trader for Minimiser {
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>) {
        self.remember(slice, rows);
        if !self.every.is_due(slice) {
            return;
        }
        let known = self.known();
        // Without new weights the book stays as it is: selling out would be a decision nobody took.
        let Some(weights) = self.weights(&known) else { return };
        let is_known = |of: &InstrumentId| known.binary_search(&(*of as usize)).is_ok();
        let gone = desk.account().held().iter().filter(|of| !is_known(of)).map(|of| (*of, 0.0));
        let there = known.iter().map(|name| *name as InstrumentId).zip(weights);
        let all: Vec<_> = gone.chain(there).collect();
        desk.target_weights(&all, "rebalance");
    }
}
