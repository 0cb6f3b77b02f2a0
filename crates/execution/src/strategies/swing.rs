//! The daily swing rule of NSE cash shares.

use super::{Exits, Param, Params, Recipe, Rows, Trader};
use crate::costs::Side;
use crate::engine::{Desk, InstrumentId, OrderRequest, Shorting, Slice};

/// In when the fast average crosses the slow one, out by stop, target or time. Stops are tested against high and low with the
/// gap rule of the engine, and holding counts sessions; a short is only sent where the instrument may be short over night.
pub(super) struct Swing;

impl Recipe for Swing {
    fn name(&self) -> &'static str {
        "nse_swing"
    }

    fn doc(&self) -> &'static str {
        "In when the fast average of the close crosses the slow one, out by stop, target or longest hold."
    }

    fn params(&self) -> &'static [Param] {
        &[
            Param { name: "fast", doc: "bars of the fast average", default: 20.0, least: 5.0, most: 100.0 },
            Param { name: "slow", doc: "bars of the slow average", default: 50.0, least: 20.0, most: 200.0 },
            Param {
                name: "stop",
                doc: "loss that ends it, a fraction",
                default: 0.03,
                least: 0.01,
                most: 0.10,
            },
            Param {
                name: "target",
                doc: "gain that ends it, a fraction",
                default: 0.06,
                least: 0.02,
                most: 0.20,
            },
            Param { name: "hold", doc: "sessions it is held at most", default: 15.0, least: 2.0, most: 30.0 },
            Param {
                name: "weight",
                doc: "share of equity in one name",
                default: 0.10,
                least: 0.001,
                most: 1.0,
            },
        ]
    }

    fn columns(&self, params: &Params) -> Vec<String> {
        ["fast", "slow"].map(|name| format!("Mean($close, {})", params.whole(name))).to_vec()
    }

    fn build(&self, params: &Params, instruments: usize, _: u64) -> Box<dyn Trader> {
        let exits = Exits {
            hard_stop: Some(params.get("stop")),
            take_profit: Some(params.get("target")),
            trail: None,
        };
        Box::new(Crossing {
            exits,
            hold: params.whole("hold") as u32,
            weight: params.get("weight"),
            above: vec![None; instruments],
            held: vec![0; instruments],
        })
    }
}

struct Crossing {
    exits: Exits,
    hold: u32,
    weight: f64,
    /// Whether the fast average was above the slow one.
    above: Vec<Option<bool>>,
    /// Own bars since the entry.
    held: Vec<u32>,
}

impl Crossing {
    /// The direction of a cross at this step.
    fn cross(&mut self, of: InstrumentId, row: &[f64]) -> Option<Side> {
        if !(row[0].is_finite() && row[1].is_finite()) {
            return None;
        }
        let above = row[0] > row[1];
        match self.above[of as usize].replace(above) {
            Some(false) if above => Some(Side::Buy),
            Some(true) if !above => Some(Side::Sell),
            _ => None,
        }
    }
}

impl Trader for Crossing {
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>) {
        for (of, _) in slice.bars() {
            let cross = self.cross(of, rows.of(of));
            let position = *desk.position(of);
            if !position.is_flat() {
                self.held[of as usize] += 1;
                if self.held[of as usize] >= self.hold {
                    let side = Side::of(-position.quantity);
                    desk.cancel_all(of);
                    let out = OrderRequest::market(of, side, f64::INFINITY).risk().tag("max_hold");
                    // It is held, so it can be closed.
                    let _ = desk.submit(out);
                }
                continue;
            }
            self.held[of as usize] = 0;
            let instrument = &desk.instruments()[of as usize];
            let may_enter = match cross {
                Some(Side::Buy) => true,
                Some(Side::Sell) => instrument.shorting == Shorting::Allowed,
                None => false,
            };
            if let Some(side) = cross.filter(|_| may_enter && desk.working(of).next().is_none()) {
                let units = desk.units_worth(of, self.weight);
                let exits = self.exits.orders(of, side);
                // Less than a lot is refused, and written down as such.
                let _ = desk.submit_bracket(OrderRequest::market(of, side, units).tag("entry"), exits);
            }
        }
    }
}
