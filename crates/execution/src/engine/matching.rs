//! Orders meet the events of a step.

use proofmark_units::Instant;

use super::costs::Costs;
use super::event::{Bar, Event, Quote};
use super::fills::{FillModel, Found};
use super::instrument::{Instrument, InstrumentId, Shorting};
use super::order::{Kind, Order, OrderId, OrderState, Purpose, Reason, TimeInForce};
use super::position::Position;
use super::record::{EngineFill, RoundTrip};
use super::step::{Engine, EngineError};
use crate::Direction;
use crate::costs::{Execution, FilledBefore, Side};

/// Which orders look at a bar, in the order in which they do.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    Stops,
    Limits,
    Closes,
}

impl Turn {
    const fn of(order: &Order) -> Self {
        match order.kind {
            Kind::Stop(_) | Kind::StopLimit { .. } | Kind::Trail { .. } => Self::Stops,
            Kind::Market | Kind::Limit(_) => Self::Limits,
            Kind::Close => Self::Closes,
        }
    }
}

impl<C: Costs, F: FillModel> Engine<C, F> {
    /// Whether anything can fill in a bar: it is valid, not locked at one price without volume, and not halted.
    fn tradable(&self, of: InstrumentId, bar: &Bar) -> bool {
        let market = &self.market[of as usize];
        !market.halted && bar.is_valid() && !(bar.is_locked() && market.has_traded)
    }

    /// Looks at the living orders of an instrument as they are now.
    fn look(&mut self, of: InstrumentId) {
        self.scratch.clear();
        self.scratch.extend(self.orders.queue(of).iter().map(|slot| (*slot, self.orders.at(*slot).id)));
    }

    /// At the open: what frees money, then what binds it, by one factor where it is short.
    pub(super) fn open(&mut self, events: &[Event]) -> Result<(), EngineError> {
        self.openings.clear();
        for event in events {
            match *event {
                Event::Bar(of, bar) if !self.orders.queue(of).is_empty() && self.tradable(of, &bar) => {
                    self.open_of(of, &bar)?;
                }
                Event::Quote(of, quote) if !self.orders.queue(of).is_empty() && quote.is_valid() => {
                    self.quote(of, quote)?;
                }
                _ => {}
            }
        }
        if self.openings.is_empty() {
            return Ok(());
        }
        let openings = std::mem::take(&mut self.openings);
        let mut needed = 0.0;
        for (slot, _, found) in &openings {
            let order = self.orders.at(*slot);
            let units = self.instruments[order.instrument as usize].whole_lots(self.permitted(order, found));
            needed += self.binds(*slot, units, found)?;
        }
        let free = self.account.free(&self.instruments);
        let factor = if needed > free { (free / needed).max(0.0) } else { 1.0 };
        for (slot, id, found) in &openings {
            if self.orders.get(*id).is_some() {
                self.execute(*slot, found, factor, false)?;
            }
        }
        self.openings = openings;
        Ok(())
    }

    fn open_of(&mut self, of: InstrumentId, bar: &Bar) -> Result<(), EngineError> {
        self.look(of);
        for k in 0..self.scratch.len() {
            let (slot, id) = self.scratch[k];
            let order = self.orders.at(slot);
            if self.orders.get(id).is_none()
                || order.state == OrderState::Held
                || order.active_from > bar.opened
            {
                continue;
            }
            let Some(found) = self.fills.at_open(order, bar).map(|found| self.moved(order, found)) else {
                continue;
            };
            if self.closes(order) > 0.0 || order.purpose == Purpose::Risk {
                self.execute(slot, &found, 1.0, false)?;
            } else {
                self.openings.push((slot, id, found));
            }
        }
        Ok(())
    }

    /// A quote trades with the orders that it meets, oldest first, as far as its size goes.
    fn quote(&mut self, of: InstrumentId, quote: Quote) -> Result<(), EngineError> {
        if self.market[of as usize].halted {
            return Ok(());
        }
        let mut left = quote;
        self.look(of);
        for k in 0..self.scratch.len() {
            let (slot, id) = self.scratch[k];
            let order = self.orders.at(slot);
            if self.orders.get(id).is_none()
                || order.state == OrderState::Held
                || order.active_from > self.now
            {
                continue;
            }
            let side = order.side;
            let found = self.fills.at_quote(order, &left).map(|found| self.moved(order, found));
            if let Some(found) = found {
                self.market[of as usize].capacity = f64::INFINITY;
                let units = self.execute(slot, &found, 1.0, true)?;
                match side {
                    Side::Buy => left.ask_size -= units,
                    Side::Sell => left.bid_size -= units,
                }
            }
            self.after_event(slot, id);
        }
        Ok(())
    }

    /// An order that an event has passed: what was to be immediate is over, what stays rests.
    fn after_event(&mut self, slot: u32, id: OrderId) {
        if self.orders.get(id).is_none() {
            return;
        }
        let order = self.orders.at_mut(slot);
        order.rested = true;
        if order.time_in_force == TimeInForce::Immediate {
            self.orders.end(slot, OrderState::Cancelled(Reason::Immediate), self.now, &mut self.log);
        }
    }

    /// After the open: stops first, then limits, then the stops of what the limits opened, then what trades at the close.
    pub(super) fn within(&mut self, events: &[Event]) -> Result<(), EngineError> {
        for event in events {
            let Event::Bar(of, bar) = *event else { continue };
            if self.orders.queue(of).is_empty() {
                continue;
            }
            if self.tradable(of, &bar) {
                for turn in [Turn::Stops, Turn::Limits, Turn::Stops, Turn::Closes] {
                    self.within_of(of, &bar, turn)?;
                }
            }
            self.look(of);
            for k in 0..self.scratch.len() {
                let (slot, id) = self.scratch[k];
                let (now, order) = (self.now, self.orders.at_mut(slot));
                match order.woken {
                    _ if order.state == OrderState::Held => continue,
                    Some((at, true)) if at == now => order.follow(bar.close, bar.close),
                    Some((at, false)) if at == now => order.follow(bar.high, bar.low),
                    _ if order.active_from <= bar.opened => order.follow(bar.high, bar.low),
                    _ => continue,
                }
                self.after_event(slot, id);
            }
        }
        Ok(())
    }

    fn within_of(&mut self, of: InstrumentId, bar: &Bar, turn: Turn) -> Result<(), EngineError> {
        self.look(of);
        for k in 0..self.scratch.len() {
            let (slot, id) = self.scratch[k];
            let order = self.orders.at(slot);
            let woken = order.woken.filter(|(at, _)| *at == self.now);
            let active = woken.is_some() || order.active_from <= bar.opened;
            if self.orders.get(id).is_none()
                || order.state == OrderState::Held
                || Turn::of(order) != turn
                || !active
            {
                continue;
            }
            let fresh = woken.is_some_and(|(_, within)| within);
            if let Some(found) = self.fills.within(order, bar, fresh).map(|found| self.moved(order, found)) {
                self.execute(slot, &found, 1.0, true)?;
            }
        }
        Ok(())
    }

    /// Units of an order that would only reduce the position.
    pub(super) fn closes(&self, order: &Order) -> f64 {
        let held = self.account.position(order.instrument).quantity;
        (-order.side.sign() * held).max(0.0)
    }

    /// Units that the market and the rules of the instrument let an order trade now.
    fn permitted(&self, order: &Order, found: &Found) -> f64 {
        let asked = order.remaining().min(found.units);
        match order.purpose {
            Purpose::Risk => asked.min(self.closes(order)),
            Purpose::Decision => asked.min(self.market[order.instrument as usize].capacity),
        }
    }

    fn execution(&self, slot: u32, quantity: f64, found: &Found) -> Execution {
        let order = self.orders.at(slot);
        let of = order.instrument;
        let context =
            if self.costs.reads_context() { self.estimates.context(of) } else { Default::default() };
        Execution {
            // The date in UTC: a market whose session runs over midnight there is charged by the later date.
            date: self.now.utc_date(),
            instrument: of,
            side: order.side,
            quantity,
            price: found.price,
            multiplier: self.instruments[of as usize].multiplier,
            liquidity: found.liquidity,
            before: FilledBefore { quantity: order.filled, value: order.value },
            context,
        }
    }

    /// Money, in the first currency, that opening so many units binds and costs.
    fn binds(&mut self, slot: u32, units: f64, found: &Found) -> Result<f64, EngineError> {
        if units <= 0.0 {
            return Ok(0.0);
        }
        let execution = self.execution(slot, units, found);
        let (of, cost) = (execution.instrument, self.costs.price(&execution)?.total());
        let bound = execution.value() * self.account.share_bound(&self.instruments[of as usize]);
        Ok((bound + cost) * self.account.rate_of(of))
    }

    /// Trades an order as far as permitted; `factor` scales what opens a position. Returns the units.
    pub(super) fn execute(
        &mut self,
        slot: u32,
        found: &Found,
        factor: f64,
        within: bool,
    ) -> Result<f64, EngineError> {
        let order = self.orders.at(slot);
        let (of, side, purpose) = (order.instrument, order.side, order.purpose);
        let closes = self.closes(order);
        if purpose == Purpose::Risk && closes == 0.0 {
            self.orders.end(slot, OrderState::Cancelled(Reason::Flat), self.now, &mut self.log);
            return Ok(0.0);
        }
        let (permitted, remaining) = (self.permitted(order, found), order.remaining());
        let instrument = &self.instruments[of as usize];
        // The last piece of an order or a position may be less than a lot; pieces of either are whole lots.
        let whole = permitted >= remaining || permitted == closes;
        let units = if whole { permitted } else { instrument.whole_lots(permitted) };
        let closing = units.min(closes);
        let mut opening = units - closing;
        let mut cut = None;
        if opening > 0.0 && side == Side::Sell && instrument.shorting == Shorting::Never {
            (opening, cut) = (0.0, Some((opening, Reason::Short)));
        }
        if closing > 0.0 {
            self.fill(slot, closing, found)?;
        }
        if opening > 0.0 {
            let afforded = self.afford(slot, opening, found, factor)?;
            if afforded < opening {
                cut = Some((opening - afforded, Reason::Money));
            }
            opening = afforded;
        }
        if opening > 0.0 {
            self.fill(slot, opening, found)?;
        }
        let traded = closing + opening;
        let id = self.orders.at(slot).id;
        let lot = self.instruments[of as usize].lot;
        if traded > 0.0 {
            if purpose == Purpose::Decision {
                self.market[of as usize].capacity -= traded;
            }
            let order = self.orders.at_mut(slot);
            if order.quantity == f64::INFINITY && self.account.position(of).is_flat() {
                order.quantity = order.filled + traded;
            }
            let steps = (lot, self.instruments[of as usize].tick);
            self.orders.filled(slot, traded, found.price, steps, self.now, within, &mut self.log);
        }
        if let Some((missed, reason)) = cut
            && self.orders.get(id).is_some()
        {
            // What money or the rules cut off is not tried again.
            let order = self.orders.at_mut(slot);
            order.quantity -= missed;
            if order.remaining() < lot * 0.5 {
                self.orders.end(slot, OrderState::Cancelled(reason), self.now, &mut self.log);
            }
        }
        if traded > 0.0 && self.account.position(of).is_flat() {
            self.orders.flat(of, self.now, &mut self.log);
        }
        Ok(traded)
    }

    /// The largest whole number of lots, at most `factor` of `units`, that free money pays for.
    fn afford(&mut self, slot: u32, units: f64, found: &Found, factor: f64) -> Result<f64, EngineError> {
        let of = self.orders.at(slot).instrument;
        let lot = self.instruments[of as usize].lot;
        let free = self.account.free(&self.instruments);
        let mut units =
            if factor < 1.0 { self.instruments[of as usize].whole_lots(units * factor) } else { units };
        let mut needed = self.binds(slot, units, found)?;
        // Written so that a currency whose worth is not known yet affords nothing.
        let is_paid = |needed: f64| needed <= free * (1.0 + 1e-12);
        if !is_paid(needed) {
            // Binding is near enough proportional to start from; whole lots then settle it.
            units =
                units.min(self.instruments[of as usize].whole_lots(units * (free / needed).max(0.0)) + lot);
            needed = self.binds(slot, units, found)?;
            while units > 0.0 && !is_paid(needed) {
                units = if units > lot { self.instruments[of as usize].whole_lots(units - lot) } else { 0.0 };
                needed = self.binds(slot, units, found)?;
            }
        }
        Ok(units)
    }

    /// Books units that do not cross zero.
    fn fill(&mut self, slot: u32, units: f64, found: &Found) -> Result<(), EngineError> {
        let order = self.orders.at(slot);
        let (of, side, purpose, tag, id) = (order.instrument, order.side, order.purpose, order.tag, order.id);
        let execution = self.execution(slot, units, found);
        let costs = self.costs.price(&execution)?;
        self.costs.happened(&execution, &costs);
        self.move_price(&execution);
        let signed = side.sign() * units;
        let instrument = &self.instruments[of as usize];
        self.account.fill(of, instrument, signed, found.price, costs.total(), self.now);
        let rate = self.account.rate_of(of);
        self.log.costs += costs.scaled(rate);
        self.log.traded += execution.value() * rate;
        self.orders.at_mut(slot).value += execution.value();
        self.log.fills.push(EngineFill {
            time: self.now,
            instrument: of,
            order: id,
            side,
            quantity: units,
            price: found.price,
            costs,
            liquidity: found.liquidity,
            purpose,
            tag,
        });
        if self.account.position(of).is_flat() {
            self.log.trips.push(trip(self.account.position(of), of, instrument, self.now, signed < 0.0, tag));
        }
        Ok(())
    }
}

impl<C, F> Engine<C, F> {
    /// Positions as round trips that end now at their marks, without the cost of ending them, tagged `open`: with the round trips
    /// of the log, and the interest on its balances, they add up to the gain.
    pub fn open_trips(&self) -> Vec<RoundTrip> {
        let open = |of: &InstrumentId| {
            let (mut position, instrument) = (*self.account.position(*of), &self.instruments[*of as usize]);
            let (units, was_long) = (position.quantity.abs(), position.quantity > 0.0);
            position.opened.left += units;
            position.opened.left_value += units * position.mark;
            trip(&position, *of, instrument, self.now, was_long, "open")
        };
        self.account.held().iter().map(open).collect()
    }
}

fn trip(
    position: &Position,
    of: InstrumentId,
    instrument: &Instrument,
    now: Instant,
    was_long: bool,
    tag: &'static str,
) -> RoundTrip {
    let sums = position.opened;
    let direction = if was_long { Direction::Long } else { Direction::Short };
    RoundTrip {
        instrument: of,
        direction,
        entered: position.since,
        left: now,
        entry_price: sums.entered_value / sums.entered,
        exit_price: sums.left_value / sums.left,
        quantity: sums.entered,
        gross: direction.sign() * (sums.left_value - sums.entered_value) * instrument.multiplier,
        costs: sums.costs,
        income: sums.income,
        marks: sums.marks,
        mae: position.mae,
        mfe: position.mfe,
        tag,
    }
}
