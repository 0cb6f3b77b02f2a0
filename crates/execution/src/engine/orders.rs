//! The orders an engine holds: a slot each while they live, by instrument in the order of submission.

use std::collections::BTreeMap;

use proofmark_units::Instant;

use super::instrument::InstrumentId;
use super::order::{Kind, Order, OrderId, OrderRequest, OrderState, Purpose, Reason};
use super::record::{Ended, Log};

/// Living orders.
#[derive(Debug, Clone)]
pub(super) struct Orders {
    slots: Vec<Order>,
    vacant: Vec<u32>,
    /// Slots of each instrument's living orders.
    queues: Vec<Vec<u32>>,
    living: usize,
    next: u64,
    groups: u64,
    /// What senders called their orders.
    names: BTreeMap<Box<str>, OrderId>,
    keep_ended: bool,
}

impl Orders {
    pub(super) fn new(instruments: usize, keep_ended: bool) -> Self {
        Self {
            slots: Vec::new(),
            vacant: Vec::new(),
            queues: vec![Vec::new(); instruments],
            living: 0,
            next: 0,
            groups: 0,
            names: BTreeMap::new(),
            keep_ended,
        }
    }

    /// Whether any order lives.
    pub(super) const fn any(&self) -> bool {
        self.living > 0
    }

    /// Slots of an instrument's living orders, oldest first.
    pub(super) fn queue(&self, of: InstrumentId) -> &[u32] {
        &self.queues[of as usize]
    }

    pub(super) fn at(&self, slot: u32) -> &Order {
        &self.slots[slot as usize]
    }

    pub(super) fn at_mut(&mut self, slot: u32) -> &mut Order {
        &mut self.slots[slot as usize]
    }

    /// A living order.
    pub(super) fn get(&self, id: OrderId) -> Option<&Order> {
        let order = self.slots.get(id.slot as usize)?;
        (order.id == id && is_living(order.state)).then_some(order)
    }

    /// Signed units that the decisions working in an instrument have still to trade.
    pub(super) fn decided(&self, of: InstrumentId) -> f64 {
        let signed = |slot: &u32| {
            let order = self.at(*slot);
            match order.purpose {
                Purpose::Risk => 0.0,
                Purpose::Decision => order.side.sign() * order.remaining(),
            }
        };
        self.queues[of as usize].iter().map(signed).sum()
    }

    /// The order a sender gave this name before.
    pub(super) fn named(&self, name: &str) -> Option<OrderId> {
        self.names.get(name).copied()
    }

    pub(super) fn new_group(&mut self) -> u64 {
        self.groups += 1;
        self.groups
    }

    /// Takes an order in; one with a parent waits for it.
    pub(super) fn place(
        &mut self,
        request: OrderRequest,
        now: Instant,
        active_from: Instant,
        group: Option<u64>,
        parent: Option<OrderId>,
    ) -> OrderId {
        let slot = self.vacant.pop().unwrap_or(self.slots.len() as u32);
        let id = OrderId { sequence: self.next, slot };
        self.next += 1;
        let best = match request.kind {
            Kind::Trail { reference, .. } => reference,
            _ => f64::NAN,
        };
        let order = Order {
            id,
            instrument: request.instrument,
            side: request.side,
            kind: request.kind,
            time_in_force: request.time_in_force,
            purpose: request.purpose,
            quantity: request.quantity,
            filled: 0.0,
            value: 0.0,
            display: request.display,
            offset: request.offset,
            worth: f64::NAN,
            submitted: now,
            active_from,
            cancel_at: None,
            state: if parent.is_some() { OrderState::Held } else { OrderState::Working },
            tag: request.tag,
            sessions: 0,
            best,
            group,
            parent,
            has_children: false,
            woken: None,
            rested: false,
        };
        if slot as usize == self.slots.len() {
            self.slots.push(order);
        } else {
            self.slots[slot as usize] = order;
        }
        if let Some(parent) = parent.filter(|id| self.get(*id).is_some()) {
            self.at_mut(parent.slot).has_children = true;
        }
        if let Some(name) = request.client_id {
            self.names.insert(name, id);
        }
        self.queues[request.instrument as usize].push(slot);
        self.living += 1;
        id
    }

    /// Remembers a name whose order was refused: asked again it is refused again, not sent.
    pub(super) fn refuse(&mut self, request: &OrderRequest, reason: Reason, now: Instant, log: &mut Log) {
        log.rejected += 1;
        if self.keep_ended {
            let order = OrderId { sequence: self.next, slot: u32::MAX };
            log.ended.push(Ended { time: now, order, filled: 0.0, state: OrderState::Rejected(reason) });
        }
        if let Some(name) = &request.client_id {
            self.names.insert(name.clone(), OrderId { sequence: self.next, slot: u32::MAX });
        }
        self.next += 1;
    }

    /// Ends an order and frees its slot; orders that hang on it and never woke end with it.
    pub(super) fn end(&mut self, slot: u32, state: OrderState, now: Instant, log: &mut Log) {
        let order = &mut self.slots[slot as usize];
        let (id, instrument, orphans) = (order.id, order.instrument, order.has_children);
        order.state = state;
        if order.purpose == Purpose::Decision && order.worth.is_finite() {
            log.ordered += order.quantity * order.worth;
            log.unfilled += order.remaining().max(0.0) * order.worth;
        }
        if self.keep_ended {
            log.ended.push(Ended { time: now, order: id, filled: order.filled, state });
        }
        self.queues[instrument as usize].retain(|other| *other != slot);
        self.vacant.push(slot);
        self.living -= 1;
        if orphans {
            self.end_where(instrument, OrderState::Cancelled(Reason::Group), now, log, |child| {
                child.parent == Some(id) && child.state == OrderState::Held
            });
        }
    }

    /// Ends the orders of an instrument that `which` picks.
    pub(super) fn end_where(
        &mut self,
        of: InstrumentId,
        state: OrderState,
        now: Instant,
        log: &mut Log,
        which: impl Fn(&Order) -> bool,
    ) {
        let mut k = 0;
        while let Some(slot) = self.queues[of as usize].get(k).copied() {
            if which(self.at(slot)) {
                self.end(slot, state, now, log);
            } else {
                k += 1;
            }
        }
    }

    /// Books units of an order; wakes what hangs on it, shrinks its group, and ends it where it is complete.
    #[expect(clippy::too_many_arguments, reason = "a fill is what it is")]
    pub(super) fn filled(
        &mut self,
        slot: u32,
        units: f64,
        price: f64,
        (lot, tick): (f64, f64),
        now: Instant,
        within: bool,
        log: &mut Log,
    ) {
        let order = self.at_mut(slot);
        order.filled += units;
        order.state = OrderState::Partial;
        let (id, instrument, group, has_children) =
            (order.id, order.instrument, order.group, order.has_children);
        let done = order.remaining() < lot * 0.5;
        if has_children {
            self.wake(instrument, id, units, price, tick, now, within);
        }
        if done {
            self.end(slot, OrderState::Filled, now, log);
        }
        if let Some(group) = group {
            self.shrink(instrument, group, id, units, lot, now, log);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a fill wakes with all it is")]
    fn wake(
        &mut self,
        of: InstrumentId,
        parent: OrderId,
        units: f64,
        price: f64,
        tick: f64,
        now: Instant,
        within: bool,
    ) {
        for k in 0..self.queues[of as usize].len() {
            let child = &mut self.slots[self.queues[of as usize][k] as usize];
            if child.parent != Some(parent) {
                continue;
            }
            if child.state == OrderState::Held {
                child.state = OrderState::Working;
                child.active_from = now;
                child.woken = Some((now, within));
                child.quantity = units;
                child.refer(price, tick);
            } else {
                child.quantity += units;
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "a group shrinks by a fill")]
    fn shrink(
        &mut self,
        of: InstrumentId,
        group: u64,
        but: OrderId,
        units: f64,
        lot: f64,
        now: Instant,
        log: &mut Log,
    ) {
        let mut k = 0;
        while let Some(slot) = self.queues[of as usize].get(k).copied() {
            let order = self.at_mut(slot);
            if order.group == Some(group) && order.id != but {
                order.quantity -= units;
                if order.remaining() < lot * 0.5 {
                    self.end(slot, OrderState::Cancelled(Reason::Group), now, log);
                    continue;
                }
            }
            k += 1;
        }
    }

    /// Another session is over: orders whose time has come expire.
    pub(super) fn end_session(&mut self, now: Instant, log: &mut Log) {
        if self.living == 0 {
            return;
        }
        for instrument in 0..self.queues.len() {
            for k in 0..self.queues[instrument].len() {
                let slot = self.queues[instrument][k];
                let order = self.at_mut(slot);
                if order.state != OrderState::Held {
                    order.sessions += 1;
                }
            }
            self.end_where(instrument as u32, OrderState::Expired, now, log, |order| {
                matches!(order.time_in_force, super::order::TimeInForce::Sessions(n) if order.sessions >= n)
            });
        }
    }

    /// Each unit becomes `ratio` units: prices shrink and quantities grow.
    pub(super) fn split(&mut self, of: InstrumentId, ratio: f64) {
        for k in 0..self.queues[of as usize].len() {
            let order = &mut self.slots[self.queues[of as usize][k] as usize];
            order.quantity *= ratio;
            order.filled *= ratio;
            order.display = order.display.map(|shown| shown * ratio);
            order.best /= ratio;
            order.worth /= ratio;
            match &mut order.kind {
                Kind::Market | Kind::Close => {}
                Kind::Limit(price) | Kind::Stop(price) => *price /= ratio,
                Kind::StopLimit { trigger, limit } => {
                    *trigger /= ratio;
                    *limit /= ratio;
                }
                Kind::Trail { reference, .. } => *reference /= ratio,
            }
        }
    }

    /// What closes a position that is closed ends, unless it waits for a position still to come.
    pub(super) fn flat(&mut self, of: InstrumentId, now: Instant, log: &mut Log) {
        self.end_where(of, OrderState::Cancelled(Reason::Flat), now, log, |order| {
            order.purpose == Purpose::Risk && order.state != OrderState::Held
        });
    }
}

const fn is_living(state: OrderState) -> bool {
    matches!(state, OrderState::Held | OrderState::Working | OrderState::Partial)
}
