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
use super::instrument::Instrument;
use super::order::{OrderId, Purpose, Reason};
use super::orders::Orders;
use super::parents::{Parents, Parts};
use super::record::{Curve, EngineFill, Log};
use super::settle::GUARD;
use super::watch::{Guards, Step};
use crate::costs::{HoldingError, Undated};
use crate::limits::Limits;
use crate::limits::guards::GuardError;

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
    /// A guard refused what it was told.
    #[error(transparent)]
    Guard(#[from] GuardError),
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
    pub(super) parents: Parents,
    pub(super) market: Vec<Market>,
    pub(super) estimates: Estimates,
    /// By instrument: how far our fills moved its price for good, a signed fraction.
    pub(super) moved: Vec<f64>,
    pub(super) costs: C,
    pub(super) fills: F,
    pub(super) log: Log,
    pub(super) config: EngineConfig,
    pub(super) now: Instant,
    /// When the last session ended.
    pub(super) session_end: Option<Instant>,
    pub(super) gate: Option<Gate>,
    /// How decisions go to the market; `None` = as one order.
    pub(super) parts: Option<Parts>,
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
            parents: Parents::default(),
            market: vec![unseen; instruments.len()],
            estimates: Estimates::new(instruments.len()),
            moved: vec![0.0; instruments.len()],
            costs,
            fills,
            log: Log::default(),
            config,
            now: Instant::from_nanos(i64::MIN),
            session_end: None,
            gate: None,
            parts: None,
            told: 0,
            scratch: Vec::new(),
            openings: Vec::new(),
            instruments,
        })
    }

    /// The same engine with limits that every decision must pass; exits pass none. `sectors` by name, for those that have one.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits, sectors: BTreeMap<String, String>) -> Self {
        let gate = self.gate.take().unwrap_or_else(|| Gate::open(self.config.account.capital));
        Self { gate: Some(gate.limited(limits, sectors)), ..self }
    }

    /// The same engine with guards that it feeds at each step and obeys.
    #[must_use]
    pub fn with_guards(mut self, guards: Guards) -> Self {
        let gate = self.gate.take().unwrap_or_else(|| Gate::open(self.config.account.capital));
        Self { gate: Some(gate.guarded(guards)), ..self }
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
        if self.parents.any() {
            self.parents.expire(time, &mut self.orders, &mut self.log);
        }
        if self.orders.any() {
            self.open(events)?;
            self.within(events)?;
        }
        if self.parents.any() {
            self.parents.hear(events, &self.log.fills[self.told..], &self.instruments);
        }
        let session_ends = self.mark(events)?;
        if session_ends {
            self.end_session()?;
        }
        let before = self.account.equity();
        self.balance(session_ends)?;
        let mut flatten = false;
        let fresh = &self.log.fills[self.told..];
        fresh.iter().for_each(|fill| strategy.on_fill(fill));
        if let Some(gate) = &mut self.gate {
            let decided = fresh.iter().filter(|fill| fill.purpose == Purpose::Decision);
            let value = |fill: &EngineFill| {
                let of = fill.instrument;
                let unit = fill.price * self.instruments[of as usize].multiplier;
                fill.quantity * unit * self.account.rate_of(of)
            };
            let (equity, exposed) =
                (self.account.equity(), !(fresh.is_empty() && self.account.held().is_empty()));
            let step =
                Step { time, before, equity, exposed, session_ends, events, fresh, account: &self.account };
            flatten = gate.after_step(step, decided.map(value).sum(), &mut self.log.guarded)?;
        }
        if flatten {
            self.close_all(GUARD, Reason::Limit, |_| true);
        }
        self.told = self.log.fills.len();
        let Self {
            now,
            instruments,
            account,
            market,
            estimates,
            orders,
            parents,
            log,
            fills,
            gate,
            parts,
            ..
        } = self;
        let (now, gate, parts) = (*now, gate.as_mut(), *parts);
        let mut desk =
            Desk { now, instruments, account, market, estimates, orders, parents, log, fills, gate, parts };
        desk.work_parents();
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
                    self.parents.split(id, ratio);
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
                        self.log.holding.funding += notional * rate * self.account.rate_of(id);
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
}
