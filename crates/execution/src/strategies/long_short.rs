//! Long what ranks highest, short what ranks lowest.

use super::momentum::{RANKING, past_return, ranked};
use super::{Every, Param, Params, Recipe, Rows, Trader};
use crate::engine::{Desk, Slice};

/// Long the best and short the worst fraction by past return, in equal parts.
pub(super) struct LongShort;

impl Recipe for LongShort {
    fn name(&self) -> &'static str {
        "long_short"
    }

    fn doc(&self) -> &'static str {
        "Long the fraction of the instruments that has risen most and short the one that has fallen most, in equal parts."
    }

    fn params(&self) -> &'static [Param] {
        &RANKING
    }

    fn columns(&self, params: &Params) -> Vec<String> {
        vec![past_return(params)]
    }

    fn build(&self, params: &Params, _: usize, _: u64) -> Box<dyn Trader> {
        let (every, exposure) = (Every::sessions(params.whole("every")), params.get("exposure"));
        Box::new(Spread { every, exposure, fraction: params.get("fraction") })
    }
}

struct Spread {
    every: Every,
    exposure: f64,
    fraction: f64,
}

impl Trader for Spread {
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>) {
        if !self.every.is_due(slice) {
            return;
        }
        let ranked = ranked(slice, rows);
        let n = ((ranked.len() as f64 * self.fraction).ceil() as usize).min(ranked.len() / 2);
        let (worst, best) = (&ranked[..n], &ranked[ranked.len() - n..]);
        let dropped = desk.account().held().iter();
        let dropped = dropped.filter(|of| !best.contains(of) && !worst.contains(of)).map(|of| (*of, 0.0));
        let weight = self.exposure / n.max(1) as f64;
        let short = worst.iter().map(|of| (*of, -weight));
        let weights: Vec<_> = dropped.chain(short).chain(best.iter().map(|of| (*of, weight))).collect();
        desk.target_weights(&weights, "rebalance");
    }
}
