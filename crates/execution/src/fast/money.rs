//! Cash and positions by the rules of the engine's account and matching, for market orders of whole columns.

use std::ops::Range;

use super::columns::Columns;
use super::{Ends, FastError};
use crate::costs::{Execution, FilledBefore, Liquidity, Side};
use crate::engine::{
    Account, AccountConfig, Bar, Costs, Estimates, Instrument, InstrumentId, Settlement, Shorting, pushed,
};
use proofmark_units::Instant;

/// An account that trades targets at the opens of columns.
pub(super) struct Money<'a, C> {
    columns: &'a Columns<'a>,
    instruments: &'a [Instrument],
    costs: C,
    /// Part of its value that a position binds.
    share_bound: f64,
    cash: f64,
    /// Units by instrument, negative when short.
    held: Vec<f64>,
    /// Last price by instrument; NaN before the first. Within the open it is the fill's price for what was flat before.
    marks: Vec<f64>,
    /// When each position was opened.
    since: Vec<Instant>,
    /// Signed units to be traded at the next open; 0 = none.
    waiting: Vec<f64>,
    /// How far our fills moved each price for good, and what the order at work adds to it.
    moved: Vec<f64>,
    moving: f64,
    /// Instruments with units to be traded.
    orders: usize,
    last_session_end: Option<Instant>,
    currency: &'a str,
    /// The account's own money over night: cash without what short sales brought.
    overnight: f64,
    done: Ends,
    /// Orders of an open that need money; kept for its memory.
    openings: Vec<usize>,
}

impl<'a, C: Costs> Money<'a, C> {
    pub(super) fn new(
        columns: &'a Columns<'a>,
        instruments: &'a [Instrument],
        account: &'a AccountConfig,
        costs: C,
    ) -> Result<Self, FastError> {
        let refused = |what: String| Err(FastError::Setup { what });
        let width = columns.instruments();
        if instruments.len() != width {
            return refused(format!("{} instruments for columns of {width}", instruments.len()));
        }
        for of in instruments {
            if let Some(fault) = of.fault() {
                return refused(format!("`{}`: {fault}", of.symbol));
            }
            if of.settlement != Settlement::Cash {
                return refused(format!("`{}` is margined; hint: the event engine trades it", of.symbol));
            }
            if of.shorting == Shorting::WithinSession {
                return refused(format!(
                    "`{}` may be short within a session only; hint: the event engine trades it",
                    of.symbol
                ));
            }
        }
        if account.currencies.len() > 1 || account.settle_sessions > 0 {
            return refused(
                "the account has several currencies or waits for proceeds; hint: the event engine does that"
                    .to_owned(),
            );
        }
        // The engine's own checks of the account.
        if let Err(what) = Account::new(account.clone(), instruments) {
            return refused(what);
        }
        Ok(Self {
            columns,
            instruments,
            costs,
            share_bound: 1.0 / account.leverage,
            cash: account.capital,
            held: vec![0.0; width],
            marks: vec![f64::NAN; width],
            since: vec![Instant::from_nanos(0); width],
            waiting: vec![0.0; width],
            moved: vec![0.0; width],
            moving: 0.0,
            orders: 0,
            last_session_end: None,
            currency: account.currencies.first().map_or("", String::as_str),
            overnight: 0.0,
            done: Ends { fills: 0, equity: account.capital, costs: 0.0, traded: 0.0 },
            openings: Vec::new(),
        })
    }

    /// Whether an order waits for an open.
    pub(super) const fn is_waiting(&self) -> bool {
        self.orders > 0
    }

    /// Cash and the worth of all positions.
    pub(super) fn equity(&self) -> f64 {
        self.cash + self.sum_held(|units, mark, multiplier| units * mark * multiplier)
    }

    /// Money that new positions may use.
    fn free(&self) -> f64 {
        let share = self.share_bound;
        self.equity() - self.sum_held(|units, mark, multiplier| units.abs() * mark * multiplier * share)
    }

    fn sum_held(&self, value: impl Fn(f64, f64, f64) -> f64) -> f64 {
        let all = self.held.iter().zip(&self.marks).zip(self.instruments);
        all.filter(|((units, _), _)| **units != 0.0)
            .map(|((units, mark), of)| value(*units, *mark, of.multiplier))
            .sum()
    }

    /// Trades what waits at the opens of `step`: what closes positions first, then the others, scaled where money is short.
    pub(super) fn open(&mut self, step: usize) -> Result<(), FastError> {
        self.openings.clear();
        for of in 0..self.waiting.len() {
            if self.waiting[of] != 0.0 && self.columns.is_tradable(step, of) {
                if self.closes(of) > 0.0 {
                    self.execute(step, of, 1.0)?;
                } else {
                    self.openings.push(of);
                }
            }
        }
        if self.openings.is_empty() {
            return Ok(());
        }
        let openings = std::mem::take(&mut self.openings);
        let mut needed = 0.0;
        for of in &openings {
            let units = self.instruments[*of].whole_lots(self.waiting[*of].abs());
            needed += self.binds(step, *of, units, FilledBefore::default())?;
        }
        let free = self.free();
        let factor = if needed > free { (free / needed).max(0.0) } else { 1.0 };
        for of in &openings {
            self.execute(step, *of, factor)?;
        }
        self.openings = openings;
        Ok(())
    }

    /// Units of the order waiting that only reduce the position.
    fn closes(&self, of: usize) -> f64 {
        (-self.waiting[of].signum() * self.held[of]).max(0.0)
    }

    /// Trades an order in full but for what money cuts off, which is not tried again.
    fn execute(&mut self, step: usize, of: usize, factor: f64) -> Result<(), FastError> {
        let units = self.waiting[of].abs();
        let closing = units.min(self.closes(of));
        let mut before = FilledBefore::default();
        if closing > 0.0 {
            before = self.fill(step, of, closing, before)?;
        }
        if units > closing {
            let opening = self.afford(step, of, units - closing, factor, before)?;
            if opening > 0.0 {
                self.fill(step, of, opening, before)?;
            }
        }
        // One order finds one price, whatever its first part does.
        self.moved[of] += std::mem::take(&mut self.moving);
        self.waiting[of] = 0.0;
        self.orders -= 1;
        Ok(())
    }

    fn execution(&self, step: usize, of: usize, quantity: f64, before: FilledBefore) -> Execution {
        let side = Side::of(self.waiting[of]);
        Execution {
            date: self.columns.time(step).utc_date(),
            instrument: of as InstrumentId,
            side,
            quantity,
            price: pushed(self.columns.open(self.columns.cell(step, of)), self.moved[of], side),
            multiplier: self.instruments[of].multiplier,
            liquidity: Liquidity::Taker,
            before,
            context: if self.costs.reads_context() {
                self.estimates(step, of).context(0)
            } else {
                Default::default()
            },
        }
    }

    /// What the engine would have estimated from the bars before `step`.
    fn estimates(&self, step: usize, of: usize) -> Estimates {
        let is_bar = |cell: &usize| self.columns.is_complete() || self.columns.is_bar(*cell);
        let mut cells: Vec<usize> = (0..step)
            .rev()
            .map(|at| self.columns.cell(at, of))
            .filter(is_bar)
            .take(Estimates::BARS)
            .collect();
        cells.reverse();
        let mut estimates = Estimates::new(1);
        for cell in cells {
            let (open, close) = (self.columns.open(cell), self.columns.close(cell));
            let (high, low, volume) = (open.max(close), open.min(close), self.columns.volume(cell));
            estimates.push(0, &Bar { opened: self.columns.time(0), open, high, low, close, volume });
        }
        estimates
    }

    /// Money that opening so many units binds and costs.
    fn binds(&mut self, step: usize, of: usize, units: f64, before: FilledBefore) -> Result<f64, FastError> {
        if units <= 0.0 {
            return Ok(0.0);
        }
        let execution = self.execution(step, of, units, before);
        Ok(execution.value() * self.share_bound + self.costs.price(&execution)?.total())
    }

    /// The largest whole number of lots, at most `factor` of `units`, that free money pays for.
    fn afford(
        &mut self,
        step: usize,
        of: usize,
        units: f64,
        factor: f64,
        before: FilledBefore,
    ) -> Result<f64, FastError> {
        let (free, instrument) = (self.free(), &self.instruments[of]);
        let mut units = if factor < 1.0 { instrument.whole_lots(units * factor) } else { units };
        let mut needed = self.binds(step, of, units, before)?;
        let is_paid = |needed: f64| needed <= free * (1.0 + 1e-12);
        if !is_paid(needed) {
            units = units.min(instrument.whole_lots(units * (free / needed).max(0.0)) + instrument.lot);
            needed = self.binds(step, of, units, before)?;
            while units > 0.0 && !is_paid(needed) {
                units =
                    if units > instrument.lot { instrument.whole_lots(units - instrument.lot) } else { 0.0 };
                needed = self.binds(step, of, units, before)?;
            }
        }
        Ok(units)
    }

    /// Books units that do not cross zero; returns what the order has filled by then.
    fn fill(
        &mut self,
        step: usize,
        of: usize,
        units: f64,
        before: FilledBefore,
    ) -> Result<FilledBefore, FastError> {
        let execution = self.execution(step, of, units, before);
        let costs = self.costs.price(&execution)?;
        self.costs.happened(&execution, &costs);
        self.moving += execution.side.sign() * self.costs.permanent_move(&execution);
        let (signed, held) = (execution.side.sign() * units, self.held[of]);
        let instrument = &self.instruments[of];
        self.cash += -signed * execution.price * instrument.multiplier - costs.total();
        if held * signed >= 0.0 {
            if held == 0.0 {
                self.marks[of] = execution.price;
                self.since[of] = self.columns.time(step);
            }
            self.held[of] += signed;
        } else {
            // What is left of whole lots is whole lots: a remainder of rounding is nothing.
            let left = held + signed;
            self.held[of] = if left.abs() < instrument.lot * 1e-6 { 0.0 } else { left };
        }
        self.done.fills += 1;
        self.done.costs += costs.total();
        self.done.traded += execution.value();
        Ok(FilledBefore { quantity: before.quantity + units, value: before.value + execution.value() })
    }

    /// Takes the closes of `step`.
    pub(super) fn mark(&mut self, step: usize) {
        let first = self.columns.cell(step, 0);
        if self.columns.is_complete() {
            self.marks.copy_from_slice(self.columns.closes(step..step + 1));
            return;
        }
        for (of, mark) in self.marks.iter_mut().enumerate() {
            if self.columns.is_bar(first + of) {
                *mark = self.columns.close(first + of);
            }
        }
    }

    /// Lives through steps at which nothing is decided and nothing waits.
    pub(super) fn pass(&mut self, steps: Range<usize>, equity: Option<&mut Vec<f64>>) {
        if steps.is_empty() {
            return;
        }
        let last = steps.end - 1;
        match (equity, self.instruments) {
            (Some(equity), [of]) if self.columns.is_complete() => {
                let (cash, units, multiplier) = (self.cash, self.held[0], of.multiplier);
                let value = |close: &f64| if units == 0.0 { cash } else { cash + units * close * multiplier };
                equity.extend(self.columns.closes(steps).iter().map(value));
                self.mark(last);
            }
            (Some(equity), _) => {
                for step in steps {
                    self.mark(step);
                    equity.push(self.equity());
                }
            }
            (None, _) if self.columns.is_complete() => self.mark(last),
            (None, _) => {
                for of in 0..self.marks.len() {
                    let mut cells = steps.clone().rev().map(|step| self.columns.cell(step, of));
                    if let Some(cell) = cells.find(|cell| self.columns.is_bar(*cell)) {
                        self.marks[of] = self.columns.close(cell);
                    }
                }
            }
        }
    }

    /// Ends a session: charges what holding costs; what waits is over.
    pub(super) fn end_session(&mut self, step: usize) -> Result<(), FastError> {
        let now = self.columns.time(step);
        if let Some(from) = self.last_session_end
            && self.overnight != 0.0
        {
            self.cash -= self.costs.money(self.currency, self.overnight, (from, now))?.total();
        }
        for of in (0..self.held.len()).rev().filter(|of| self.held[*of] != 0.0) {
            let unit_value = self.marks[of] * self.instruments[of].multiplier;
            let from = self.last_session_end.unwrap_or(self.since[of]).max(self.since[of]);
            self.cash -=
                self.costs.holding(of as InstrumentId, self.held[of], unit_value, (from, now))?.total();
        }
        self.last_session_end = Some(now);
        self.overnight =
            self.cash + self.sum_held(|units, mark, multiplier| (units * mark * multiplier).min(0.0));
        self.waiting.fill(0.0);
        self.orders = 0;
        Ok(())
    }

    /// Wants weights of equity at the last prices, in whole lots, by the next open.
    pub(super) fn decide(&mut self, named: &[(InstrumentId, f64)]) {
        let equity = self.equity();
        for (of, weight) in named {
            let of = *of as usize;
            self.orders -= usize::from(self.waiting[of] != 0.0);
            self.waiting[of] =
                self.order(of, weight * equity / (self.marks[of] * self.instruments[of].multiplier));
            self.orders += usize::from(self.waiting[of] != 0.0);
        }
    }

    /// Signed units of the order that brings a position to `wanted` units; 0 where there is none to send or it is refused.
    fn order(&self, of: usize, wanted: f64) -> f64 {
        if !wanted.is_finite() {
            return 0.0;
        }
        let (instrument, held) = (&self.instruments[of], self.held[of]);
        let change = wanted.signum() * instrument.whole_lots(wanted.abs()) - held;
        let closes = (-change.signum() * held).max(0.0);
        let lots = instrument.whole_lots(change.abs());
        // What closes a position in full may be less than a lot.
        let units = if change.abs() == closes { closes } else { lots };
        let is_too_small = units * self.marks[of] * instrument.multiplier < instrument.min_notional;
        let opens = units > closes;
        let is_refused = opens && (is_too_small || (change < 0.0 && instrument.shorting == Shorting::Never));
        if lots > 0.0 && !is_refused { change.signum() * units } else { 0.0 }
    }

    /// How it ended.
    pub(super) fn ends(&self) -> Ends {
        Ends { equity: self.equity(), ..self.done }
    }
}
