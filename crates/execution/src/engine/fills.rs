//! At what price, and how much of, an order trades.

use serde::{Deserialize, Serialize};

use super::event::{Bar, Quote};
use super::order::{Kind, Order, OrderRequest};
use crate::costs::{Liquidity, Side};

/// A price at which an order can trade now.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Found {
    /// The price, costs left out.
    pub price: f64,
    /// Most units at it; `f64::INFINITY` = no limit.
    pub units: f64,
    /// Whether it rested.
    pub liquidity: Liquidity,
}

/// Decides what the market would have done with an order. The engine keeps the books: money, groups, positions, costs.
pub trait FillModel {
    /// What an order active before `bar` began finds at its open.
    fn at_open(&self, order: &Order, bar: &Bar) -> Option<Found>;

    /// What it finds after the open. `fresh` = it became active within this bar, at a moment nobody knows.
    fn within(&self, order: &Order, bar: &Bar, fresh: bool) -> Option<Found>;

    /// Units of all decisions together that may trade in one bar.
    fn capacity(&self, bar: &Bar) -> f64;

    /// What it finds at a quote.
    fn at_quote(&self, order: &Order, quote: &Quote) -> Option<Found>;

    /// Nanoseconds from sending an order to its reaching the market.
    fn latency(&mut self) -> i64 {
        0
    }

    /// Nanoseconds from taking an order back to that reaching the market, while the order lives on; `None` = it is over at once.
    fn cancel_latency(&mut self) -> Option<i64> {
        None
    }

    /// Whether the market takes such an order; `waits` = it hangs on another.
    fn accepts(&self, _request: &OrderRequest, _waits: bool) -> bool {
        true
    }
}

/// When a bar that comes to a limit price fills the order there.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitRule {
    /// Only a price beyond the limit: whoever was ahead in the queue has traded.
    Through,
    /// Beyond the limit all of it; at the limit the part of the bar's volume that is taken to have traded there after the
    /// queue ahead had.
    Queue {
        /// Share of the bar's volume that reaches the order, 0 to 1.
        share: f64,
    },
    /// The limit itself is enough: too good to be true, for comparison with simulators that do so.
    Touch,
}

/// Fills from bars alone, in the worst order a bar allows: what hurts comes first. A stop fills at its trigger, or at the open
/// where the market gapped through it; a trail moves by finished bars and never arms and triggers within one; a limit that
/// became active within a bar waits for the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BarFills {
    /// Most of a bar's volume that decisions may take together; `None` = no cap.
    pub participation: Option<f64>,
    /// When limits fill.
    pub limits: LimitRule,
}

impl Default for BarFills {
    fn default() -> Self {
        Self { participation: None, limits: LimitRule::Through }
    }
}

/// Whether `price` is at or beyond `level` in the direction that an order of `side` buys or sells into.
fn reached(side: Side, price: f64, level: f64) -> bool {
    match side {
        Side::Buy => price >= level,
        Side::Sell => price <= level,
    }
}

impl Bar {
    /// The extreme that triggers stops of `side`.
    fn stop_side(&self, side: Side) -> f64 {
        match side {
            Side::Buy => self.high,
            Side::Sell => self.low,
        }
    }

    /// The extreme that reaches limits of `side`.
    fn limit_side(&self, side: Side) -> f64 {
        match side {
            Side::Buy => self.low,
            Side::Sell => self.high,
        }
    }
}

/// The worse of two prices for an order of `side`.
fn worse(side: Side, a: f64, b: f64) -> f64 {
    match side {
        Side::Buy => a.max(b),
        Side::Sell => a.min(b),
    }
}

fn taken(price: f64) -> Option<Found> {
    Some(Found { price, units: f64::INFINITY, liquidity: Liquidity::Taker })
}

impl BarFills {
    fn limit_within(&self, order: &Order, limit: f64, bar: &Bar) -> Option<Found> {
        let best = bar.limit_side(order.side);
        let beyond = match order.side {
            Side::Buy => best < limit,
            Side::Sell => best > limit,
        };
        let units = match self.limits {
            _ if beyond => f64::INFINITY,
            LimitRule::Touch if best == limit => f64::INFINITY,
            LimitRule::Queue { share } if best == limit => {
                order.display.unwrap_or(f64::INFINITY).min(bar.volume * share)
            }
            _ => return None,
        };
        Some(Found { price: limit, units, liquidity: Liquidity::Maker })
    }
}

impl FillModel for BarFills {
    fn at_open(&self, order: &Order, bar: &Bar) -> Option<Found> {
        match order.kind {
            Kind::Market => taken(bar.open),
            Kind::Close => None,
            Kind::Limit(limit) => reached(order.side, limit, bar.open).then(|| taken(bar.open)).flatten(),
            Kind::Stop(_) | Kind::Trail { .. } => {
                reached(order.side, bar.open, order.trigger()?).then(|| taken(bar.open)).flatten()
            }
            Kind::StopLimit { trigger, limit } => {
                let woken = reached(order.side, bar.open, trigger) && reached(order.side, limit, bar.open);
                woken.then(|| taken(bar.open)).flatten()
            }
        }
    }

    fn within(&self, order: &Order, bar: &Bar, fresh: bool) -> Option<Found> {
        match order.kind {
            Kind::Market => None,
            Kind::Close => (!fresh).then(|| taken(bar.close)).flatten(),
            Kind::Limit(_) if fresh => None,
            Kind::Limit(limit) => self.limit_within(order, limit, bar),
            Kind::Stop(_) | Kind::Trail { .. } => {
                let trigger = order.trigger()?;
                let hit = reached(order.side, bar.stop_side(order.side), trigger);
                // One that is due since the open may not fill better than the market was.
                hit.then(|| taken(worse(order.side, trigger, bar.open))).flatten()
            }
            Kind::StopLimit { trigger, limit } => {
                let hit = reached(order.side, bar.stop_side(order.side), trigger);
                // A limit short of the trigger waits for a price to come back, and nobody knows whether it did.
                let at_once = reached(order.side, limit, trigger) && !reached(order.side, bar.open, trigger);
                (hit && at_once).then(|| taken(limit)).flatten()
            }
        }
    }

    fn capacity(&self, bar: &Bar) -> f64 {
        self.participation.map_or(f64::INFINITY, |share| share * bar.volume)
    }

    fn at_quote(&self, order: &Order, quote: &Quote) -> Option<Found> {
        let (price, units) = match order.side {
            Side::Buy => (quote.ask, quote.ask_size),
            Side::Sell => (quote.bid, quote.bid_size),
        };
        let due = match order.kind {
            Kind::Market | Kind::Close => true,
            Kind::Limit(limit) => reached(order.side, limit, price),
            Kind::Stop(_) | Kind::Trail { .. } => reached(order.side, price, order.trigger()?),
            Kind::StopLimit { trigger, limit } => {
                reached(order.side, price, trigger) && reached(order.side, limit, price)
            }
        };
        due.then_some(match order.kind {
            // It was there first: it trades at its own price.
            Kind::Limit(limit) if order.rested => Found { price: limit, units, liquidity: Liquidity::Maker },
            _ => Found { price, units, liquidity: Liquidity::Taker },
        })
    }
}
