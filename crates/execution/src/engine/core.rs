//! The step.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::account::{Account, AccountConfig};
use super::costs::{Costs, Execution, Liquidity};
use super::desk::{Desk, Slice, Strategy};
use super::estimates::Estimates;
use super::event::{Bar, Event, Quote};
use super::fills::{FillModel, Found};
use super::instrument::{Instrument, InstrumentId, Settlement, Shorting};
use super::order::{Order, OrderId, OrderRequest, OrderState, Purpose, Reason, TimeInForce};
use super::orders::Orders;
use super::record::{Curve, EngineFill, Log, RoundTrip};
use crate::costs::{Side, Undated};

/// Largest relative gap between the two ways of computing equity.
const IDENTITY_TOLERANCE: f64 = 1e-9;

/// How a run is set up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EngineConfig {
    /// The account.
    pub account: AccountConfig,
    /// When equity is written down.
    pub curve: Curve,
    /// Whether orders that are over are written down.
    pub keep_ended: bool,
}

/// A step could not be taken.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum EngineError {
    /// Account or instruments make no sense.
    #[error("the engine cannot be set up: {what}")]
    Setup {
        /// What is wrong.
        what: String,
    },
    /// Time does not go forward.
    #[error(
        "a step at {time} follows one at {last}; hint: steps come in order, all events of one instant in one step"
    )]
    Time {
        /// Time of the step.
        time: Instant,
        /// Time of the step before.
        last: Instant,
    },
    /// An event speaks of an instrument or currency that there is not.
    #[error("an event at {time} speaks of instrument or currency {id}; there are {known}")]
    Unknown {
        /// Time of the step.
        time: Instant,
        /// The id.
        id: u32,
        /// How many there are.
        known: usize,
    },
    /// An event's number cannot be.
    #[error("an event at {time} carries {value} as {what}")]
    Value {
        /// Time of the step.
        time: Instant,
        /// What it should be.
        what: &'static str,
        /// The number.
        value: f64,
    },
    /// The cost model has no rates for the time of a fill.
    #[error(transparent)]
    Undated(#[from] Undated),
    /// Money in a currency whose worth is not known yet.
    #[error(
        "at {time} the account holds a currency whose worth in {base} is not known; hint: a rate must come first"
    )]
    NoRate {
        /// Time of the step.
        time: Instant,
        /// The account's first currency.
        base: String,
    },
    /// The books do not balance: a bug in this crate.
    #[error("at {time} equity is {equity} by its parts and {flows} by what happened to it")]
    Identity {
        /// Time of the step.
        time: Instant,
        /// Cash plus positions.
        equity: f64,
        /// Start plus gains less costs.
        flows: f64,
    },
}

/// What is known of an instrument's market.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    pub(super) last: f64,
    pub(super) halted: bool,
    /// Whether it ever showed a volume: for one that never does, volume 0 means unknown.
    has_traded: bool,
    /// Units of this step's bar that decisions may still take.
    capacity: f64,
}

/// The engine. `C` prices fills, `F` decides them.
#[derive(Debug)]
pub struct Engine<C, F> {
    instruments: Vec<Instrument>,
    account: Account,
    orders: Orders,
    market: Vec<Market>,
    estimates: Estimates,
    costs: C,
    fills: F,
    log: Log,
    config: EngineConfig,
    now: Instant,
    /// Fills of the step, from here on in the log, that the strategy has not been told of.
    told: usize,
    /// Slots to look at; kept for its memory.
    scratch: Vec<(u32, OrderId)>,
    /// Openings found at the open; kept for its memory.
    openings: Vec<(u32, OrderId, Found)>,
}

impl<C: Costs, F: FillModel> Engine<C, F> {
    /// An engine with all its money in cash.
    ///
    /// # Errors
    /// [`EngineError::Setup`] for an account or an instrument that makes no sense.
    pub fn new(
        instruments: Vec<Instrument>,
        config: EngineConfig,
        costs: C,
        fills: F,
    ) -> Result<Self, EngineError> {
        if let Some((of, fault)) = instruments.iter().find_map(|of| of.fault().map(|fault| (of, fault))) {
            return Err(EngineError::Setup { what: format!("`{}`: {fault}", of.symbol) });
        }
        let account =
            Account::new(config.account.clone(), &instruments).map_err(|what| EngineError::Setup { what })?;
        let unseen = Market { last: f64::NAN, halted: false, has_traded: false, capacity: 0.0 };
        Ok(Self {
            account,
            orders: Orders::new(instruments.len(), config.keep_ended),
            market: vec![unseen; instruments.len()],
            estimates: Estimates::new(instruments.len()),
            costs,
            fills,
            log: Log::default(),
            config,
            now: Instant::from_nanos(i64::MIN),
            told: 0,
            scratch: Vec::new(),
            openings: Vec::new(),
            instruments,
        })
    }

    /// The account.
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// What has happened so far.
    pub const fn log(&self) -> &Log {
        &self.log
    }

    /// Ends the run and hands out what happened.
    pub fn into_log(self) -> Log {
        self.log
    }

    /// Takes everything that became known at `time`, later than every step before, and lets the strategy act.
    ///
    /// A bar or quote that is no valid price trades nothing and marks nothing; it is counted in [`Log::invalid`].
    ///
    /// # Errors
    /// [`EngineError`]; the engine is then not to be used further.
    pub fn step<S: Strategy + ?Sized>(
        &mut self,
        time: Instant,
        events: &[Event],
        strategy: &mut S,
    ) -> Result<(), EngineError> {
        if time <= self.now {
            return Err(EngineError::Time { time, last: self.now });
        }
        self.now = time;
        self.facts(events)?;
        if self.orders.any() {
            self.open(events)?;
            self.within(events)?;
        }
        let session_ends = self.mark(events)?;
        if session_ends {
            self.end_session()?;
        }
        self.balance(session_ends)?;
        for fill in &self.log.fills[self.told..] {
            strategy.on_fill(fill);
        }
        self.told = self.log.fills.len();
        let Self { now, instruments, account, market, orders, log, fills, .. } = self;
        let mut desk = Desk { now: *now, instruments, account, market, orders, log, fills };
        strategy.on_slice(&Slice { time, events }, &mut desk);
        Ok(())
    }

    /// What changes positions and prices without a trade.
    fn facts(&mut self, events: &[Event]) -> Result<(), EngineError> {
        let (time, known) = (self.now, self.instruments.len());
        for event in events {
            let id = match event {
                Event::Bar(id, _) | Event::Quote(id, _) | Event::Halt(id, _) => *id,
                Event::Split(id, _) | Event::Dividend(id, _) | Event::Funding(id, _) => *id,
                Event::Rate(..) | Event::SessionEnd => 0,
            };
            if id as usize >= known {
                return Err(EngineError::Unknown { time, id, known });
            }
            let number = |what, value: f64, good: bool| {
                if good { Ok(value) } else { Err(EngineError::Value { time, what, value }) }
            };
            match *event {
                Event::Bar(id, bar) => {
                    let valid = bar.is_valid();
                    self.log.invalid += u64::from(!valid);
                    self.market[id as usize].capacity = if valid { self.fills.capacity(&bar) } else { 0.0 };
                }
                Event::Quote(_, quote) => self.log.invalid += u64::from(!quote.is_valid()),
                Event::Halt(id, halted) => self.market[id as usize].halted = halted,
                Event::Split(id, ratio) => {
                    let ratio = number("the ratio of a split", ratio, ratio.is_finite() && ratio > 0.0)?;
                    self.account.position_mut(id).split(ratio);
                    self.orders.split(id, ratio);
                    self.market[id as usize].last /= ratio;
                }
                Event::Dividend(id, amount) => {
                    let amount = number("a dividend", amount, amount.is_finite())?;
                    let units = self.account.position(id).quantity * self.instruments[id as usize].multiplier;
                    if units != 0.0 {
                        self.account.income(id, units * amount);
                    }
                }
                Event::Funding(id, rate) => {
                    let rate = number("a funding rate", rate, rate.is_finite())?;
                    let position = self.account.position(id);
                    let notional =
                        position.quantity * position.mark * self.instruments[id as usize].multiplier;
                    if !position.is_flat() {
                        self.account.income(id, -notional * rate);
                    }
                }
                Event::Rate(currency, rate) => {
                    let known = self.account.currencies();
                    if currency == 0 || currency as usize >= known {
                        return Err(EngineError::Unknown { time, id: currency, known });
                    }
                    let rate = number("the worth of a currency", rate, rate.is_finite() && rate > 0.0)?;
                    self.account.set_rate(currency as usize, rate, &self.instruments);
                }
                Event::SessionEnd => {}
            }
        }
        Ok(())
    }

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
    fn open(&mut self, events: &[Event]) -> Result<(), EngineError> {
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
            let (of, side) = (order.instrument, order.side);
            let units = self.instruments[of as usize].whole_lots(self.permitted(order, found));
            needed += self.binds(of, side, units, found)?;
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
            let Some(found) = self.fills.at_open(order, bar) else { continue };
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
            let found = self.fills.at_quote(order, &left);
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

    /// After the open: stops first, then limits, then the stops of what the limits opened.
    fn within(&mut self, events: &[Event]) -> Result<(), EngineError> {
        for event in events {
            let Event::Bar(of, bar) = *event else { continue };
            if self.orders.queue(of).is_empty() {
                continue;
            }
            if self.tradable(of, &bar) {
                for stops in [true, false, true] {
                    self.within_of(of, &bar, stops)?;
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

    fn within_of(&mut self, of: InstrumentId, bar: &Bar, stops: bool) -> Result<(), EngineError> {
        self.look(of);
        for k in 0..self.scratch.len() {
            let (slot, id) = self.scratch[k];
            let order = self.orders.at(slot);
            let woken = order.woken.filter(|(at, _)| *at == self.now);
            let active = woken.is_some() || order.active_from <= bar.opened;
            if self.orders.get(id).is_none()
                || order.state == OrderState::Held
                || order.is_stop() != stops
                || !active
            {
                continue;
            }
            let fresh = woken.is_some_and(|(_, within)| within);
            if let Some(found) = self.fills.within(order, bar, fresh) {
                self.execute(slot, &found, 1.0, true)?;
            }
        }
        Ok(())
    }

    /// Units of an order that would only reduce the position.
    fn closes(&self, order: &Order) -> f64 {
        let held = self.account.position(order.instrument).quantity;
        match order.side {
            Side::Buy => (-held).max(0.0),
            Side::Sell => held.max(0.0),
        }
    }

    /// Units that the market and the rules of the instrument let an order trade now.
    fn permitted(&self, order: &Order, found: &Found) -> f64 {
        let asked = order.remaining().min(found.units);
        match order.purpose {
            Purpose::Risk => asked.min(self.closes(order)),
            Purpose::Decision => asked.min(self.market[order.instrument as usize].capacity),
        }
    }

    fn execution(&self, of: InstrumentId, side: Side, quantity: f64, found: &Found) -> Execution {
        let context =
            if self.costs.reads_context() { self.estimates.context(of) } else { Default::default() };
        Execution {
            time: self.now,
            instrument: of,
            side,
            quantity,
            unit_value: found.price * self.instruments[of as usize].multiplier,
            liquidity: found.liquidity,
            context,
        }
    }

    /// Money, in the first currency, that opening so many units binds and costs.
    fn binds(&mut self, of: InstrumentId, side: Side, units: f64, found: &Found) -> Result<f64, EngineError> {
        if units <= 0.0 {
            return Ok(0.0);
        }
        let execution = self.execution(of, side, units, found);
        let cost = self.costs.price(&execution)?.total();
        let bound = units * execution.unit_value * self.account.share_bound(&self.instruments[of as usize]);
        Ok((bound + cost) * self.account.rate_of(of))
    }

    /// Trades an order as far as permitted; `factor` scales what opens a position. Returns the units.
    fn execute(&mut self, slot: u32, found: &Found, factor: f64, within: bool) -> Result<f64, EngineError> {
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
            self.fill(slot, closing, found, within)?;
        }
        if opening > 0.0 {
            let afforded = self.afford(of, side, opening, found, factor)?;
            if afforded < opening {
                cut = Some((opening - afforded, Reason::Money));
            }
            opening = afforded;
        }
        if opening > 0.0 {
            self.fill(slot, opening, found, within)?;
        }
        let traded = closing + opening;
        let id = self.orders.at(slot).id;
        let lot = self.instruments[of as usize].lot;
        if traded > 0.0 {
            if purpose == Purpose::Decision {
                self.market[of as usize].capacity -= traded;
            }
            self.orders.filled(slot, traded, found.price, lot, self.now, within, &mut self.log);
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
    fn afford(
        &mut self,
        of: InstrumentId,
        side: Side,
        units: f64,
        found: &Found,
        factor: f64,
    ) -> Result<f64, EngineError> {
        let lot = self.instruments[of as usize].lot;
        let free = self.account.free(&self.instruments);
        let mut units =
            if factor < 1.0 { self.instruments[of as usize].whole_lots(units * factor) } else { units };
        let mut needed = self.binds(of, side, units, found)?;
        // Written so that a currency whose worth is not known yet affords nothing.
        let is_paid = |needed: f64| needed <= free * (1.0 + 1e-12);
        if !is_paid(needed) {
            // Binding is near enough proportional to start from; whole lots then settle it.
            units =
                units.min(self.instruments[of as usize].whole_lots(units * (free / needed).max(0.0)) + lot);
            needed = self.binds(of, side, units, found)?;
            while units > 0.0 && !is_paid(needed) {
                units = if units > lot { self.instruments[of as usize].whole_lots(units - lot) } else { 0.0 };
                needed = self.binds(of, side, units, found)?;
            }
        }
        Ok(units)
    }

    /// Books units that do not cross zero.
    fn fill(&mut self, slot: u32, units: f64, found: &Found, _within: bool) -> Result<(), EngineError> {
        let order = self.orders.at(slot);
        let (of, side, purpose, tag, id) = (order.instrument, order.side, order.purpose, order.tag, order.id);
        let execution = self.execution(of, side, units, found);
        let costs = self.costs.price(&execution)?;
        self.costs.happened(&execution, &costs);
        let signed = match side {
            Side::Buy => units,
            Side::Sell => -units,
        };
        let instrument = &self.instruments[of as usize];
        self.account.fill(of, instrument, signed, found.price, costs.total(), self.now);
        let rate = self.account.rate_of(of);
        self.log.costs += costs.scaled(rate);
        self.log.traded += units * execution.unit_value * rate;
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

    /// Values positions at the closes and quotes of the step; whether the session ends.
    fn mark(&mut self, events: &[Event]) -> Result<bool, EngineError> {
        let mut session_ends = false;
        let reads_context = self.costs.reads_context();
        for event in events {
            match event {
                Event::Bar(of, bar) if bar.is_valid() => {
                    let market = &mut self.market[*of as usize];
                    market.last = bar.close;
                    market.has_traded |= bar.volume > 0.0;
                    if !self.account.position(*of).is_flat() {
                        let position = self.account.position_mut(*of);
                        position.opened.marks += 1;
                        position.see(bar.low);
                        position.see(bar.high);
                        self.account.mark(*of, &self.instruments[*of as usize], bar.close);
                    }
                    if reads_context {
                        self.estimates.push(*of, bar);
                    }
                }
                Event::Quote(of, quote) if quote.is_valid() => {
                    let mid = f64::midpoint(quote.bid, quote.ask);
                    self.market[*of as usize].last = mid;
                    for k in 0..self.orders.queue(*of).len() {
                        let slot = self.orders.queue(*of)[k];
                        self.orders.at_mut(slot).follow(quote.bid, quote.ask);
                    }
                    if !self.account.position(*of).is_flat() {
                        self.account.position_mut(*of).see(mid);
                        self.account.mark(*of, &self.instruments[*of as usize], mid);
                    }
                }
                Event::SessionEnd => session_ends = true,
                _ => {}
            }
        }
        Ok(session_ends)
    }

    /// Buys back what may not be short over night, charges what holding costs, ages orders and proceeds.
    fn end_session(&mut self) -> Result<(), EngineError> {
        for k in (0..self.account.held().len()).rev() {
            let of = self.account.held()[k];
            let (position, instrument) = (*self.account.position(of), &self.instruments[of as usize]);
            if position.quantity < 0.0 && instrument.shorting == Shorting::WithinSession {
                let order = OrderRequest::market(of, Side::Buy, -position.quantity).risk().tag("square_off");
                let id = self.orders.place(order, self.now, self.now, None, None);
                let found = Found { price: position.mark, units: f64::INFINITY, liquidity: Liquidity::Taker };
                self.execute(id.slot, &found, 1.0, true)?;
                continue;
            }
            let unit_value = position.mark * instrument.multiplier;
            let income = self.costs.holding(of, position.quantity, unit_value, self.now);
            if income != 0.0 {
                self.account.income(of, income);
            }
        }
        self.orders.end_session(self.now, &mut self.log);
        self.account.end_session();
        Ok(())
    }

    /// Equity by its parts against equity by what happened; a margined account that has lost its deposit is liquidated.
    fn balance(&mut self, session_ends: bool) -> Result<(), EngineError> {
        let (time, flows) = (self.now, self.account.flows);
        let equity = self.account.stock(&self.instruments);
        if equity.is_nan() {
            let base = self.config.account.currencies[0].clone();
            return Err(EngineError::NoRate { time, base });
        }
        let scale = self.config.account.capital.max(flows.abs()).max(self.account.cash_in_base().abs());
        if !((equity - flows).abs() <= IDENTITY_TOLERANCE * scale) {
            return Err(EngineError::Identity { time, equity, flows });
        }
        // The two agree within rounding; it must not add up over millions of steps.
        self.account.flows = equity;
        self.account.set_equity(equity);
        if self.config.curve == Curve::Steps || session_ends {
            self.log.equity.push((time, equity));
        }
        let maintenance = self.account.maintenance(&self.instruments);
        if maintenance > 0.0 && equity < maintenance {
            self.liquidate();
        }
        Ok(())
    }

    /// Takes back every decision and gets out of every margined position at the next event.
    fn liquidate(&mut self) {
        for of in 0..self.instruments.len() as u32 {
            self.orders.end_where(
                of,
                OrderState::Cancelled(Reason::MarginCall),
                self.now,
                &mut self.log,
                |order| order.tag != MARGIN_CALL,
            );
        }
        for k in 0..self.account.held().len() {
            let of = self.account.held()[k];
            let margined = matches!(self.instruments[of as usize].settlement, Settlement::Margined { .. });
            if !margined || !self.orders.queue(of).is_empty() {
                continue;
            }
            let quantity = self.account.position(of).quantity;
            let side = if quantity > 0.0 { Side::Sell } else { Side::Buy };
            let order = OrderRequest::market(of, side, quantity.abs())
                .risk()
                .waiting(TimeInForce::UntilCancelled)
                .tag(MARGIN_CALL);
            self.orders.place(order, self.now, self.now, None, None);
        }
    }
}

/// The word that fills of a liquidation carry.
const MARGIN_CALL: &str = "margin_call";

fn trip(
    position: &super::position::Position,
    of: InstrumentId,
    instrument: &Instrument,
    now: Instant,
    was_long: bool,
    tag: &'static str,
) -> RoundTrip {
    let sums = position.opened;
    let sign = if was_long { 1.0 } else { -1.0 };
    RoundTrip {
        instrument: of,
        side: if was_long { Side::Buy } else { Side::Sell },
        entered: position.since,
        left: now,
        entry_price: sums.entered_value / sums.entered,
        exit_price: sums.left_value / sums.left,
        quantity: sums.entered,
        gross: sign * (sums.left_value - sums.entered_value) * instrument.multiplier,
        costs: sums.costs,
        income: sums.income,
        marks: sums.marks,
        mae: position.mae,
        mfe: position.mfe,
        tag,
    }
}
