//! Own orders that rest on one side of a book.

use proofmark_units::Instant;

use super::queue::{QueuePosition, QueueRules};
use crate::engine::OrderId;

/// An own order in the book. The book does not show it: its levels are those of others.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resting {
    pub(super) id: OrderId,
    pub(super) tick: i64,
    /// Price priority: the smaller the better.
    key: i64,
    pub(super) remaining: f64,
    pub(super) queue: QueuePosition,
    /// A print up to this time may tell of a trade from before the order was there.
    deaf_until: Instant,
}

/// Own orders of one side by price, then by arrival.
#[derive(Debug, Default)]
pub(super) struct RestingSide {
    orders: Vec<Resting>,
}

/// Units that an own order gets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Share {
    pub(super) id: OrderId,
    pub(super) tick: i64,
    pub(super) units: f64,
}

impl RestingSide {
    pub(super) const fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(super) const fn orders(&self) -> &[Resting] {
        self.orders.as_slice()
    }

    pub(super) fn orders_mut(&mut self) -> &mut [Resting] {
        &mut self.orders
    }

    /// Lets an order of so many units rest behind `shown` at its price.
    pub(super) fn insert(
        &mut self,
        id: OrderId,
        (tick, key): (i64, i64),
        (remaining, shown): (f64, f64),
        deaf_until: Instant,
    ) {
        let place = self.orders.partition_point(|other| other.key <= key);
        let queue = QueuePosition::behind(shown);
        self.orders.insert(place, Resting { id, tick, key, remaining, queue, deaf_until });
    }

    /// Keeps what `remaining` says of each order; `None` removes it.
    pub(super) fn keep(&mut self, mut remaining: impl FnMut(OrderId) -> Option<f64>) {
        self.orders.retain_mut(|order| {
            let left = remaining(order.id);
            order.remaining = left.unwrap_or(0.0);
            left.is_some()
        });
    }

    /// A print against this side: orders at better prices get it first, then those at its own after what waits ahead of them.
    /// All together they get no more than was printed.
    pub(super) fn print(&mut self, key: i64, size: f64, time: Instant, mut share: impl FnMut(Share)) {
        let mut left = size;
        for order in self.orders.iter_mut().take_while(|order| order.key <= key) {
            if left <= 0.0 {
                break;
            }
            if time <= order.deaf_until {
                continue;
            }
            let reaches = if order.key < key { left } else { order.queue.print(left, time) };
            let units = reaches.min(order.remaining);
            if units > 0.0 {
                left -= units;
                order.remaining -= units;
                share(Share { id: order.id, tick: order.tick, units });
            }
        }
    }

    /// The level at `key` shows `new` units where it showed `old`.
    pub(super) fn resize(&mut self, key: i64, (old, new): (f64, f64), time: Instant, rules: &QueueRules) {
        for order in self.orders.iter_mut().filter(|order| order.key == key) {
            order.queue.resize(old, new, time, rules);
        }
    }
}
