//! What our own orders did to a price for good.

use super::costs::Costs;
use super::fills::{FillModel, Found};
use super::order::{Kind, Order};
use super::step::Engine;
use crate::costs::{Execution, Liquidity, Side};

/// The price that taking on `side` finds where our orders moved it by `moved` for good, a signed fraction.
pub(crate) fn pushed(price: f64, moved: f64, side: Side) -> f64 {
    if moved * side.sign() > 0.0 { price * (1.0 + moved) } else { price }
}

impl<C: Costs, F: FillModel> Engine<C, F> {
    /// The price that an order finds after what our orders did before it: linear and permanent (Almgren and Chriss 2000, J. Risk 3,
    /// 5-39). It is charged to who goes on the same way and credited to nobody: the bars say what the market did without us, and a
    /// sale at a price that we pushed up would be a gain from our own footprint. What rests, and a limit, keep their price.
    pub(super) fn moved(&self, order: &Order, found: Found) -> Found {
        if found.liquidity == Liquidity::Maker {
            return found;
        }
        let price = pushed(found.price, self.moved[order.instrument as usize], order.side);
        let price = match (order.kind, order.side) {
            (Kind::Limit(limit) | Kind::StopLimit { limit, .. }, Side::Buy) => {
                price.min(limit.max(found.price))
            }
            (Kind::Limit(limit) | Kind::StopLimit { limit, .. }, Side::Sell) => {
                price.max(limit.min(found.price))
            }
            _ => price,
        };
        Found { price, ..found }
    }

    /// A fill that took from the market moves the price for the orders after it; the half of its own move that it pays itself is among
    /// its costs.
    pub(super) fn move_price(&mut self, fill: &Execution) {
        if fill.liquidity == Liquidity::Taker {
            self.moved[fill.instrument as usize] += fill.side.sign() * self.costs.permanent_move(fill);
        }
    }
}
