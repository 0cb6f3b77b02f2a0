//! The intraday rule of NSE cash shares.

use super::{Param, Params, Recipe, Rows, Trader};
use crate::costs::Side;
use crate::engine::{Desk, InstrumentId, OrderRequest, Shorting, Slice};

/// Long above the average with a strong index, short below it with a weak one, flat otherwise and at the end of the session.
/// Reads only what the source's rule reads from bars; its sentiment, spread and volatility gates are columns of the caller.
pub(super) struct Intraday;

impl Recipe for Intraday {
    fn name(&self) -> &'static str {
        "nse_intraday"
    }

    fn doc(&self) -> &'static str {
        "Long above the 20-bar average with relative strength over 55, short below it under 45, flat otherwise and over night."
    }

    fn params(&self) -> &'static [Param] {
        &[
            Param { name: "average", doc: "bars of the average", default: 20.0, least: 2.0, most: 500.0 },
            Param {
                name: "window",
                doc: "bars of the relative strength",
                default: 14.0,
                least: 2.0,
                most: 200.0,
            },
            Param {
                name: "strong",
                doc: "relative strength to be long",
                default: 55.0,
                least: 50.0,
                most: 100.0,
            },
            Param {
                name: "weak",
                doc: "relative strength to be short",
                default: 45.0,
                least: 0.0,
                most: 50.0,
            },
            Param {
                name: "weight",
                doc: "share of equity in one name",
                default: 0.10,
                least: 0.001,
                most: 1.0,
            },
            Param {
                name: "last_entry",
                doc: "bars of a session after which nothing is entered and all is closed; 0 = no such bar",
                default: 374.0,
                least: 0.0,
                most: 1440.0,
            },
        ]
    }

    fn columns(&self, params: &Params) -> Vec<String> {
        let (average, window) = (params.whole("average"), params.whole("window"));
        // Cutler's relative strength: means of rises and falls, which forget what is older than the window.
        let change = "$close - Ref($close, 1)";
        vec![
            format!("$close - Mean($close, {average})"),
            format!(
                "100 * Sum(Greater({change}, 0), {window}) / (Sum(Abs({change}), {window}) + 0.000000000001)"
            ),
        ]
    }

    fn build(&self, params: &Params, _: usize, _: u64) -> Box<dyn Trader> {
        Box::new(Within {
            strong: params.get("strong"),
            weak: params.get("weak"),
            weight: params.get("weight"),
            last_entry: params.whole("last_entry"),
            bars: 0,
        })
    }
}

struct Within {
    strong: f64,
    weak: f64,
    weight: f64,
    last_entry: u64,
    /// Steps of the session so far.
    bars: u64,
}

impl Within {
    fn wanted(&self, row: &[f64]) -> Option<Side> {
        let is_over = self.last_entry > 0 && self.bars >= self.last_entry;
        match row {
            [from_average, strength] if !is_over && *from_average > 0.0 && *strength > self.strong => {
                Some(Side::Buy)
            }
            [from_average, strength] if !is_over && *from_average < 0.0 && *strength < self.weak => {
                Some(Side::Sell)
            }
            _ => None,
        }
    }

    fn follow(&self, of: InstrumentId, row: &[f64], desk: &mut Desk<'_>) {
        let wanted = self.wanted(row);
        let held = desk.position(of).quantity;
        let holds = (held != 0.0).then_some(Side::of(held));
        if let Some(entering) = desk.working_parent(of) {
            if wanted == Some(entering) {
                return;
            }
            // What is still to be entered is not wanted any more.
            desk.cancel_all(of);
        }
        if desk.working(of).next().is_some() || holds == wanted {
            return;
        }
        if let Some(holds) = holds {
            // It is held, so it can be closed; the other direction is entered from flat.
            let _ =
                desk.submit(OrderRequest::market(of, holds.opposite(), f64::INFINITY).risk().tag("signal"));
            return;
        }
        let instrument = &desk.instruments()[of as usize];
        let may = wanted != Some(Side::Sell) || instrument.shorting != Shorting::Never;
        if let Some(side) = wanted.filter(|_| may) {
            let units = desk.units_worth(of, self.weight);
            // Less than a lot is refused, and written down as such.
            let _ = desk.decide(of, side, units, "entry");
        }
    }
}

impl Trader for Within {
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>) {
        self.bars += 1;
        if slice.ends_session() {
            self.bars = 0;
            return;
        }
        for (of, _) in slice.bars() {
            self.follow(of, rows.of(of), desk);
        }
    }
}
