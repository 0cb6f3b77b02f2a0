//! What a strategy sees and may do.

use proofmark_units::Instant;

use super::account::Account;
use super::estimates::Estimates;
use super::event::{Bar, Event};
use super::fills::FillModel;
use super::gate::Gate;
use super::instrument::{Instrument, InstrumentId, Shorting};
use super::order::{Kind, Order, OrderId, OrderRequest, OrderState, Purpose, Reason};
use super::orders::Orders;
use super::parents::{Parents, Parts};
use super::position::Position;
use super::record::{EngineFill, Log};
use super::step::Market;
use crate::costs::Side;

/// One step as the strategy sees it: what became known at `time`, already traded and marked.
#[derive(Debug, Clone, Copy)]
pub struct Slice<'a> {
    /// When.
    pub time: Instant,
    /// What.
    pub events: &'a [Event],
}

impl<'a> Slice<'a> {
    /// The bars of the step.
    pub fn bars(&self) -> impl Iterator<Item = (InstrumentId, &'a Bar)> {
        self.events.iter().filter_map(|event| match event {
            Event::Bar(of, bar) => Some((*of, bar)),
            _ => None,
        })
    }

    /// Whether the session ends with it.
    pub fn ends_session(&self) -> bool {
        self.events.contains(&Event::SessionEnd)
    }
}

/// Decides. It is shown each step after the engine has traded and marked it.
pub trait Strategy {
    /// Reads a step and acts; what is sent can fill from the next event on.
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>);

    /// Learns of a fill, before the step it happened in is shown.
    fn on_fill(&mut self, _fill: &EngineFill) {}
}

/// The account, the marks and the orders, and the way to send more.
pub struct Desk<'a> {
    pub(super) now: Instant,
    pub(super) instruments: &'a [Instrument],
    pub(super) account: &'a Account,
    pub(super) market: &'a [Market],
    pub(super) orders: &'a mut Orders,
    pub(super) parents: &'a mut Parents,
    pub(super) log: &'a mut Log,
    pub(super) fills: &'a mut dyn FillModel,
    pub(super) estimates: &'a Estimates,
    pub(super) gate: Option<&'a mut Gate>,
    pub(super) parts: Option<Parts>,
}

impl Desk<'_> {
    /// The account: equity, cash, positions.
    pub const fn account(&self) -> &Account {
        self.account
    }

    /// The position in an instrument.
    pub fn position(&self, of: InstrumentId) -> &Position {
        self.account.position(of)
    }

    /// The instruments, in the order of their ids.
    pub const fn instruments(&self) -> &[Instrument] {
        self.instruments
    }

    /// Last price of an instrument; NaN before the first.
    pub fn price(&self, of: InstrumentId) -> f64 {
        self.market[of as usize].last
    }

    /// Units of an instrument that are worth a share of equity at its last price; NaN before the first.
    pub fn units_worth(&self, of: InstrumentId, share: f64) -> f64 {
        let unit = self.price(of) * self.instruments[of as usize].multiplier * self.account.rate_of(of);
        share * self.account.equity() / unit
    }

    /// Whether trading in it is stopped.
    pub fn is_halted(&self, of: InstrumentId) -> bool {
        self.market[of as usize].halted
    }

    /// Living orders of an instrument, oldest first.
    pub fn working(&self, of: InstrumentId) -> impl Iterator<Item = &Order> {
        self.orders.queue(of).iter().map(|slot| self.orders.at(*slot))
    }

    /// A living order.
    pub fn order(&self, id: OrderId) -> Option<&Order> {
        self.orders.get(id)
    }

    /// Sends an order. A name used before gives the order it was used for, whatever became of it, and sends nothing.
    ///
    /// # Errors
    /// The [`Reason`] for which it is refused.
    pub fn submit(&mut self, request: OrderRequest) -> Result<OrderId, Reason> {
        if self.parts.is_some() && request.purpose == Purpose::Risk {
            // Who gets out does not go on getting in.
            self.parents.end_of(request.instrument, Reason::Asked, self.now, self.orders, self.log);
        }
        self.send(request, None, None)
    }

    /// Sends orders of one instrument of which each fill takes as much from the others (one cancels the other).
    ///
    /// # Errors
    /// As [`Self::submit`], for the first that is refused; those before it are taken back.
    pub fn submit_group(&mut self, requests: Vec<OrderRequest>) -> Result<Vec<OrderId>, Reason> {
        let group = self.orders.new_group();
        self.send_all(requests, group, None)
    }

    /// Sends an order whose fills wake `exits`, a group that gets out again for as much as was filled. A trail among them
    /// whose reference is NaN starts from the price of the first fill.
    ///
    /// # Errors
    /// As [`Self::submit`], for the first that is refused; nothing is left of the others.
    pub fn submit_bracket(
        &mut self,
        entry: OrderRequest,
        exits: Vec<OrderRequest>,
    ) -> Result<(OrderId, Vec<OrderId>), Reason> {
        if let Some(id) = entry.client_id.as_deref().and_then(|name| self.orders.named(name)) {
            return Ok((id, Vec::new()));
        }
        let entry = self.submit(entry)?;
        let group = self.orders.new_group();
        match self.send_all(exits, group, Some(entry)) {
            Ok(exits) => Ok((entry, exits)),
            Err(reason) => {
                self.orders.end(entry.slot, OrderState::Cancelled(reason), self.now, self.log);
                Err(reason)
            }
        }
    }

    /// Takes an order back; `false` where it does not live any more. Where cancels travel it lives on, and may fill, until
    /// [`Order::cancel_at`].
    pub fn cancel(&mut self, id: OrderId) -> bool {
        let Some(order) = self.orders.get(id) else { return false };
        if order.cancel_at.is_some() {
            return true;
        }
        match self.fills.cancel_latency() {
            Some(nanos) => {
                let at = Instant::from_nanos(self.now.nanos().saturating_add(nanos));
                self.orders.at_mut(id.slot).cancel_at = Some(at);
            }
            None => self.orders.end(id.slot, OrderState::Cancelled(Reason::Asked), self.now, self.log),
        }
        true
    }

    fn cancel_where(&mut self, of: InstrumentId, which: impl Fn(&Order) -> bool) {
        let picked: Vec<OrderId> =
            self.working(of).filter(|order| which(order)).map(|order| order.id).collect();
        for id in picked {
            self.cancel(id);
        }
    }

    /// Takes back all orders of an instrument, parents and exits included.
    pub fn cancel_all(&mut self, of: InstrumentId) {
        self.parents.end_of(of, Reason::Asked, self.now, self.orders, self.log);
        self.cancel_where(of, |_| true);
    }

    /// Sends market orders that bring each instrument named to a weight of equity at the last price, in whole lots: units
    /// wanted = weight x equity / unit value, less what is held. Decisions still working in them are taken back first;
    /// differences below a lot or the smallest order are left. Instruments that are not named are not touched. Where the run
    /// works its orders in parts ([`Engine::work_in_parts`](super::Engine::work_in_parts)) each goes out as a parent.
    pub fn target_weights(&mut self, weights: &[(InstrumentId, f64)], tag: &'static str) {
        for (of, _) in weights.iter().filter(|(of, _)| (*of as usize) < self.instruments.len()) {
            self.parents.end_of(*of, Reason::Asked, self.now, self.orders, self.log);
            self.cancel_where(*of, |order| order.purpose == Purpose::Decision);
        }
        for (of, weight) in weights {
            self.heard(*of, *weight);
        }
        let approved = self.approve(weights);
        for (k, (of, weight)) in weights.iter().enumerate() {
            let weight = approved.as_ref().map_or(*weight, |all| all[k]);
            let Some(instrument) = self.instruments.get(*of as usize) else { continue };
            let (position, wanted) = (self.position(*of).quantity, self.units_worth(*of, weight));
            if !wanted.is_finite() {
                continue;
            }
            let wanted = wanted.signum() * instrument.whole_lots(wanted.abs());
            let change = wanted - position;
            if instrument.whole_lots(change.abs()) > 0.0 {
                // A refusal is in the log; a target that cannot be reached is not an error of the others.
                if self.parts.is_some() {
                    let _ = self.decide(*of, Side::of(change), change.abs(), tag);
                    continue;
                }
                // The limits have been asked.
                let _ = self.place(
                    OrderRequest::market(*of, Side::of(change), change.abs()).tag(tag),
                    None,
                    None,
                );
            }
        }
    }

    fn send_all(
        &mut self,
        requests: Vec<OrderRequest>,
        group: u64,
        parent: Option<OrderId>,
    ) -> Result<Vec<OrderId>, Reason> {
        let mut sent = Vec::with_capacity(requests.len());
        for request in requests {
            match self.send(request, Some(group), parent) {
                Ok(id) => sent.push(id),
                Err(reason) => {
                    for id in sent {
                        self.cancel(id);
                    }
                    return Err(reason);
                }
            }
        }
        Ok(sent)
    }

    fn send(
        &mut self,
        mut request: OrderRequest,
        group: Option<u64>,
        parent: Option<OrderId>,
    ) -> Result<OrderId, Reason> {
        let is_new = request.client_id.as_deref().is_none_or(|name| self.orders.named(name).is_none());
        if is_new && self.gate.is_some() && request.purpose == Purpose::Decision && request.quantity > 0.0 {
            if parent.is_none() {
                self.heard_order(&request);
            }
            let left = self.within_limits(&request);
            if left < request.quantity
                && self.instruments[request.instrument as usize].whole_lots(left) == 0.0
            {
                self.orders.refuse(&request, Reason::Limit, self.now, self.log);
                return Err(Reason::Limit);
            }
            request.quantity = left;
        }
        self.place(request, group, parent)
    }

    fn place(
        &mut self,
        mut request: OrderRequest,
        group: Option<u64>,
        parent: Option<OrderId>,
    ) -> Result<OrderId, Reason> {
        if let Some(id) = request.client_id.as_deref().and_then(|name| self.orders.named(name)) {
            return Ok(id);
        }
        match self.accept(&mut request, parent.is_some()) {
            Ok(()) => {
                let delay = self.fills.latency();
                let active_from = Instant::from_nanos(self.now.nanos().saturating_add(delay));
                let of = request.instrument;
                let worth =
                    self.price(of) * self.instruments[of as usize].multiplier * self.account.rate_of(of);
                let id = self.orders.place(request, self.now, active_from, group, parent);
                self.orders.at_mut(id.slot).worth = worth;
                Ok(id)
            }
            Err(reason) => {
                self.orders.refuse(&request, reason, self.now, self.log);
                Err(reason)
            }
        }
    }

    /// Rounds the quantity to lots and checks the order against the rules of its instrument.
    fn accept(&self, request: &mut OrderRequest, waits: bool) -> Result<(), Reason> {
        let of = self.instruments.get(request.instrument as usize).ok_or(Reason::Instrument)?;
        if !self.fills.accepts(request, waits) {
            return Err(Reason::Kind);
        }
        let held = self.position(request.instrument).quantity;
        let closes = (-request.side.sign() * held).max(0.0);
        if request.purpose == Purpose::Risk && !waits {
            if closes == 0.0 {
                return Err(Reason::Flat);
            }
            // The whole position stays the whole position, whatever joins it before the exit trades.
            if request.quantity.is_finite() {
                request.quantity = request.quantity.min(closes);
            }
        }
        let whole = request.purpose == Purpose::Risk && request.quantity == f64::INFINITY;
        let is_number = request.quantity > 0.0 && (request.quantity.is_finite() || whole);
        if !is_number {
            return Err(Reason::Quantity);
        }
        // What closes a position in full may be less than a lot, as after a split.
        if request.quantity.is_finite() && request.quantity != closes {
            request.quantity = of.whole_lots(request.quantity);
        }
        if request.quantity <= 0.0 || request.display.is_some_and(|shown| shown.is_nan() || shown < of.lot) {
            return Err(Reason::Quantity);
        }
        let last = self.price(request.instrument);
        let price_is_good = |price: f64| {
            let steps = price / of.tick;
            let on_tick = of.tick == 0.0 || (steps - steps.round()).abs() < 1e-6;
            let in_band =
                of.price_band.is_none_or(|band| last.is_nan() || (price / last - 1.0).abs() <= band);
            price > 0.0 && price.is_finite() && on_tick && (in_band || request.purpose == Purpose::Risk)
        };
        let moved = request.offset.is_some_and(|offset| offset.is_finite() && offset > -1.0);
        let prices_are_good = match request.kind {
            Kind::Stop(_) | Kind::Limit(_) if request.offset.is_some() => waits && moved,
            Kind::Market | Kind::Close => true,
            Kind::Limit(price) | Kind::Stop(price) => price_is_good(price),
            Kind::StopLimit { trigger, limit } => price_is_good(trigger) && price_is_good(limit),
            Kind::Trail { reference, activation, distance } => {
                let starts = reference > 0.0 || (waits && reference.is_nan());
                starts && activation >= 0.0 && distance > 0.0 && distance < 1.0
            }
        };
        if !prices_are_good {
            return Err(Reason::Price);
        }
        if request.purpose == Purpose::Decision {
            let value = request.quantity * last * of.multiplier;
            if value < of.min_notional && request.quantity > closes {
                return Err(Reason::Notional);
            }
            if request.side == Side::Sell
                && request.quantity > closes
                && of.shorting == Shorting::Never
                && !waits
            {
                return Err(Reason::Short);
            }
        }
        Ok(())
    }
}
