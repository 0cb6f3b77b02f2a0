//! The step.

use std::collections::BTreeMap;

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::account::{Account, AccountConfig};
use super::costs::Costs;
use super::desk::{Desk, Slice, Strategy};
use super::estimates::Estimates;
use super::event::Event;
use super::fills::{FillModel, Found};
use super::gate::Gate;
use super::instrument::{Instrument, Settlement, Shorting};
use super::order::{OrderId, OrderRequest, OrderState, Purpose, Reason, TimeInForce};
use super::orders::Orders;
use super::record::{Curve, EngineFill, Log};
use crate::costs::{HoldingError, Liquidity, Side, Undated};
use crate::limits::Limits;

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
    /// What holding a position costs is not known.
    #[error(transparent)]
    Holding(#[from] HoldingError),
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
    pub(super) has_traded: bool,
    /// When it was last heard of.
    pub(super) seen: Option<Instant>,
    /// Units of this step's bar that decisions may still take.
    pub(super) capacity: f64,
}

/// The engine. `C` prices fills, `F` decides them.
#[derive(Debug)]
pub struct Engine<C, F> {
    pub(super) instruments: Vec<Instrument>,
    pub(super) account: Account,
    pub(super) orders: Orders,
    pub(super) market: Vec<Market>,
    pub(super) estimates: Estimates,
    pub(super) costs: C,
    pub(super) fills: F,
    pub(super) log: Log,
    config: EngineConfig,
    pub(super) now: Instant,
    /// When the last session ended.
    session_end: Option<Instant>,
    gate: Option<Gate>,
    /// Fills of the step, from here on in the log, that the strategy has not been told of.
    told: usize,
    /// Slots to look at; kept for its memory.
    pub(super) scratch: Vec<(u32, OrderId)>,
    /// Openings found at the open; kept for its memory.
    pub(super) openings: Vec<(u32, OrderId, Found)>,
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
        let unseen = Market { last: f64::NAN, halted: false, has_traded: false, seen: None, capacity: 0.0 };
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
            session_end: None,
            gate: None,
            told: 0,
            scratch: Vec::new(),
            openings: Vec::new(),
            instruments,
        })
    }

    /// The same engine with limits that every decision must pass; exits pass none. `sectors` by name, for those that have one.
    #[must_use]
    pub fn with_limits(self, limits: Limits, sectors: BTreeMap<String, String>) -> Self {
        let capital = self.config.account.capital;
        Self { gate: Some(Gate::new(limits, sectors, capital)), ..self }
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
        let fresh = &self.log.fills[self.told..];
        fresh.iter().for_each(|fill| strategy.on_fill(fill));
        if let Some(gate) = &mut self.gate {
            let decided = fresh.iter().filter(|fill| fill.purpose == Purpose::Decision);
            let value = |fill: &EngineFill| {
                let of = fill.instrument;
                let unit = fill.price * self.instruments[of as usize].multiplier;
                fill.quantity * unit * self.account.rate_of(of)
            };
            gate.after_step(self.account.equity(), decided.map(value).sum(), session_ends);
        }
        self.told = self.log.fills.len();
        let Self { now, instruments, account, market, estimates, orders, log, fills, gate, .. } = self;
        let gate = gate.as_mut();
        let mut desk = Desk { now: *now, instruments, account, market, estimates, orders, log, fills, gate };
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

    /// Values positions at the closes and quotes of the step; whether the session ends.
    fn mark(&mut self, events: &[Event]) -> Result<bool, EngineError> {
        let mut session_ends = false;
        let reads_context = self.costs.reads_context() || self.gate.is_some();
        for event in events {
            match event {
                Event::Bar(of, bar) if bar.is_valid() => {
                    let market = &mut self.market[*of as usize];
                    market.last = bar.close;
                    market.seen = Some(self.now);
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
                    let market = &mut self.market[*of as usize];
                    market.last = mid;
                    market.seen = Some(self.now);
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
            let from = self.session_end.unwrap_or(position.since).max(position.since);
            let cost = self.costs.holding(of, position.quantity, unit_value, (from, self.now))?;
            if cost != 0.0 {
                self.account.income(of, -cost);
            }
        }
        self.orders.end_session(self.now, &mut self.log);
        self.account.end_session();
        self.session_end = Some(self.now);
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
        if (equity - flows).abs() > IDENTITY_TOLERANCE * scale {
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
            let order = OrderRequest::market(of, Side::of(-quantity), quantity.abs())
                .risk()
                .waiting(TimeInForce::UntilCancelled)
                .tag(MARGIN_CALL);
            self.orders.place(order, self.now, self.now, None, None);
        }
    }
}

/// The word that fills of a liquidation carry.
const MARGIN_CALL: &str = "margin_call";
