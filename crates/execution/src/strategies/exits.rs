//! The ways out that a rule hangs on an entry.

use crate::costs::Side;
use crate::engine::{InstrumentId, Kind, OrderRequest, TimeInForce};

/// Distances from the entry price, fractions of it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Exits {
    /// Loss at which it gets out.
    pub hard_stop: Option<f64>,
    /// Gain at which it gets out.
    pub take_profit: Option<f64>,
    /// Gain that arms a trail, and the trail's distance from the best price.
    pub trail: Option<(f64, f64)>,
}

impl Exits {
    /// The orders of a bracket around an entry; all refer to the price of its first fill.
    pub fn orders(&self, of: InstrumentId, entry: Side) -> Vec<OrderRequest> {
        let (out, sign) = (entry.opposite(), entry.sign());
        let order = |kind, tag| {
            let order = OrderRequest::market(of, out, f64::INFINITY).risk();
            order.waiting(TimeInForce::UntilCancelled).kind(kind).tag(tag)
        };
        let stop = self.hard_stop.map(|loss| order(Kind::Stop(f64::NAN), "hard_stop").away(-sign * loss));
        let target =
            self.take_profit.map(|gain| order(Kind::Limit(f64::NAN), "take_profit").away(sign * gain));
        let trail = self.trail.map(|(activation, distance)| {
            order(Kind::Trail { reference: f64::NAN, activation, distance }, "trailing_stop")
        });
        stop.into_iter().chain(target).chain(trail).collect()
    }
}
