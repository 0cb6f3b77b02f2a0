//! Always short, with the exits of the rule it is compared with.

use super::{EXPOSURE, Every, Exits, Param, Params, Recipe, Rows, Trader};
use crate::costs::Side;
use crate::engine::{Desk, OrderRequest, Slice};

/// Sells at the start of every period and gets out by the same stop, target and time: what the direction alone brings.
pub(super) struct AlwaysShort;

impl Recipe for AlwaysShort {
    fn name(&self) -> &'static str {
        "always_short"
    }

    fn doc(&self) -> &'static str {
        "Short at the start of every period, out by stop, target or the period's end: what the direction alone brings."
    }

    fn params(&self) -> &'static [Param] {
        &[
            Param { name: "every", doc: "sessions of a period", default: 5.0, least: 1.0, most: 1e3 },
            Param {
                name: "stop",
                doc: "loss that ends it, a fraction",
                default: 0.02,
                least: 0.001,
                most: 0.5,
            },
            Param {
                name: "target",
                doc: "gain that ends it, a fraction",
                default: 0.01,
                least: 0.001,
                most: 0.5,
            },
            Param { doc: "notional as a share of equity", ..EXPOSURE },
        ]
    }

    fn columns(&self, _: &Params) -> Vec<String> {
        Vec::new()
    }

    fn build(&self, params: &Params, instruments: usize, _: u64) -> Box<dyn Trader> {
        let exits = Exits {
            hard_stop: Some(params.get("stop")),
            take_profit: Some(params.get("target")),
            trail: None,
        };
        Box::new(Shorter {
            every: Every::sessions(params.whole("every")),
            exits,
            weight: params.get("exposure") / instruments.max(1) as f64,
        })
    }
}

struct Shorter {
    every: Every,
    exits: Exits,
    weight: f64,
}

impl Trader for Shorter {
    fn decide(&mut self, slice: &Slice<'_>, _: &Rows, desk: &mut Desk<'_>) {
        if !self.every.is_due(slice) {
            return;
        }
        for (of, _) in slice.bars() {
            desk.cancel_all(of);
            if !desk.position(of).is_flat() {
                // It is short, so it can be bought back.
                let _ =
                    desk.submit(OrderRequest::market(of, Side::Buy, f64::INFINITY).risk().tag("period_end"));
            }
            let units = desk.units_worth(of, self.weight);
            let entry = OrderRequest::market(of, Side::Sell, units);
            let exits = self.exits.orders(of, Side::Sell);
            // Where it may not be short it is refused, and written down as such.
            let _ = desk.submit_bracket(entry.tag("entry"), exits);
        }
    }
}
