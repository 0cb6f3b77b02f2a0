//! Holds what has risen most.

use super::{EVERY, EXPOSURE, Every, Param, Params, Recipe, Rows, Trader};
use crate::engine::{Desk, InstrumentId, Slice};

/// The best fraction by past return, long only (Jegadeesh and Titman 1993, J. Finance 48, 65-91; the last `skip` bars are left
/// out because they reverse).
pub(super) struct Momentum;

/// Settings that rank instruments by past return.
pub(super) const RANKING: [Param; 5] = [
    Param { name: "look_back", doc: "bars of the return that ranks", default: 252.0, least: 2.0, most: 5e3 },
    Param { name: "skip", doc: "last bars left out of it", default: 21.0, least: 0.0, most: 1e3 },
    Param {
        name: "fraction",
        doc: "share of the instruments held on a side",
        default: 0.2,
        least: 0.001,
        most: 0.5,
    },
    EVERY,
    Param { doc: "share of equity held on a side", ..EXPOSURE },
];

/// The column that ranks.
pub(super) fn past_return(params: &Params) -> String {
    let (look_back, skip) = (params.whole("look_back"), params.whole("skip"));
    match skip {
        0 => format!("$close / Ref($close, {look_back}) - 1"),
        _ => format!("Ref($close, {skip}) / Ref($close, {}) - 1", look_back.max(skip + 1)),
    }
}

/// Instruments with a bar and a known first column, worst first; equal values keep the order of the ids.
fn ranked(slice: &Slice<'_>, rows: &Rows) -> Vec<InstrumentId> {
    let mut known: Vec<_> =
        slice.bars().map(|(of, _)| (of, rows.of(of)[0])).filter(|(_, score)| score.is_finite()).collect();
    known.sort_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
    known.into_iter().map(|(of, _)| of).collect()
}

impl Recipe for Momentum {
    fn name(&self) -> &'static str {
        "momentum"
    }

    fn doc(&self) -> &'static str {
        "Holds the fraction of the instruments that has risen most, in equal parts."
    }

    fn params(&self) -> &'static [Param] {
        &RANKING
    }

    fn columns(&self, params: &Params) -> Vec<String> {
        vec![past_return(params)]
    }

    fn build(&self, params: &Params, _: usize, _: u64) -> Box<dyn Trader> {
        Box::new(Ranked::new(params, false))
    }
}

/// Holds the best, and where it is asked to, sells the worst short.
pub(super) struct Ranked {
    every: Every,
    exposure: f64,
    fraction: f64,
    sells_worst: bool,
}

impl Ranked {
    pub(super) fn new(params: &Params, sells_worst: bool) -> Self {
        let (exposure, fraction) = (params.get("exposure"), params.get("fraction"));
        Self { every: Every::sessions(params.whole("every")), exposure, fraction, sells_worst }
    }
}

impl Trader for Ranked {
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>) {
        if !self.every.is_due(slice) {
            return;
        }
        let ranked = ranked(slice, rows);
        // No name stands on both sides.
        let most = if self.sells_worst { ranked.len() / 2 } else { ranked.len() };
        let n = ((ranked.len() as f64 * self.fraction).ceil() as usize).min(most);
        let worst = if self.sells_worst { &ranked[..n] } else { &[] };
        let best = &ranked[ranked.len() - n..];
        let is_kept = |of: &&InstrumentId| best.contains(of) || worst.contains(of);
        let dropped = desk.account().held().iter().filter(|of| !is_kept(of)).map(|of| (*of, 0.0));
        let weight = self.exposure / n.max(1) as f64;
        let short = worst.iter().map(|of| (*of, -weight));
        let weights: Vec<_> = dropped.chain(short).chain(best.iter().map(|of| (*of, weight))).collect();
        desk.target_weights(&weights, "rebalance");
    }
}
