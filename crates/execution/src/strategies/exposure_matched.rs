//! Random names, as much of them as another rule held.

use proofmark_units::Seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::{Every, Param, Params, Recipe, Rows, Trader};
use crate::engine::{Desk, Slice};

/// Draws so many names at random every period: what exposure alone brings, without any choice.
pub(super) struct ExposureMatched;

impl Recipe for ExposureMatched {
    fn name(&self) -> &'static str {
        "exposure_matched"
    }

    fn doc(&self) -> &'static str {
        "Names drawn at random, at the number and exposure of the rule it is compared with: what choosing nothing brings."
    }

    fn params(&self) -> &'static [Param] {
        &[
            Param { name: "every", doc: "sessions between draws", default: 21.0, least: 1.0, most: 1e4 },
            Param {
                name: "fraction",
                doc: "share of the instruments drawn",
                default: 0.2,
                least: 0.001,
                most: 1.0,
            },
            Param {
                name: "exposure",
                doc: "share of equity held, negative = short",
                default: 1.0,
                least: -10.0,
                most: 10.0,
            },
        ]
    }

    fn columns(&self, _: &Params) -> Vec<String> {
        Vec::new()
    }

    fn build(&self, params: &Params, _: usize, seed: u64) -> Box<dyn Trader> {
        Box::new(Drawn {
            every: Every::sessions(params.whole("every")),
            fraction: params.get("fraction"),
            exposure: params.get("exposure"),
            rng: Seed::root(seed).child("exposure_matched").rng(),
        })
    }
}

struct Drawn {
    every: Every,
    fraction: f64,
    exposure: f64,
    rng: ChaCha8Rng,
}

impl Trader for Drawn {
    fn decide(&mut self, slice: &Slice<'_>, _: &Rows, desk: &mut Desk<'_>) {
        if !self.every.is_due(slice) {
            return;
        }
        let mut names: Vec<_> = slice.bars().map(|(of, _)| of).collect();
        let n = (names.len() as f64 * self.fraction).ceil() as usize;
        // Fisher and Yates, as far as names are needed.
        for k in 0..n {
            let pick = k + (self.rng.next_u64() % (names.len() - k) as u64) as usize;
            names.swap(k, pick);
        }
        names.truncate(n);
        names.sort_unstable();
        let weight = self.exposure / n.max(1) as f64;
        let dropped = desk.account().held().iter().filter(|of| !names.contains(of)).map(|of| (*of, 0.0));
        let weights: Vec<_> = dropped.chain(names.iter().map(|of| (*of, weight))).collect();
        desk.target_weights(&weights, "rebalance");
    }
}
