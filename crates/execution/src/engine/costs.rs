//! What the engine asks of a cost model.

use proofmark_units::Instant;

use super::instrument::InstrumentId;
use crate::costs::{
    CostBreakdown, CostSchedule, Execution, FeeState, Held, HoldingCost, HoldingError, HoldingKind,
    HoldingRates, Pricer, Undated,
};

/// What fills cost beyond their price, and what positions cost by being held.
pub trait Costs {
    /// The cost of a fill, in the instrument's currency. Asking changes no fee state; a model may keep looked-up rates.
    ///
    /// # Errors
    /// [`Undated`] where the model has no rates for the date.
    fn price(&mut self, fill: &Execution) -> Result<CostBreakdown, Undated>;

    /// A fill priced before has happened: fee tiers and daily charges move on.
    fn happened(&mut self, _fill: &Execution, _cost: &CostBreakdown) {}

    /// What holding `quantity` units (negative when short) worth `unit_value` each costs from the end of one session, `from`, to
    /// that of the next, `to`, in the instrument's currency; negative where it brings money.
    ///
    /// # Errors
    /// [`HoldingError`] where a rate that is charged is not known.
    fn holding(
        &mut self,
        _instrument: InstrumentId,
        _quantity: f64,
        _unit_value: f64,
        (_from, _to): (Instant, Instant),
    ) -> Result<HoldingCost, HoldingError> {
        Ok(HoldingCost::default())
    }

    /// What a balance of the account costs from the end of one session to that of the next, in its currency: interest where it is
    /// below 0, and income where it lies idle.
    ///
    /// # Errors
    /// [`HoldingError`] where a rate that is charged is not known.
    fn money(
        &mut self,
        _currency: &str,
        _balance: f64,
        (_from, _to): (Instant, Instant),
    ) -> Result<HoldingCost, HoldingError> {
        Ok(HoldingCost::default())
    }

    /// How far a fill moves the price for good, a fraction of it >= 0, which later orders of the same way pay.
    fn permanent_move(&self, _fill: &Execution) -> f64 {
        0.0
    }

    /// Whether prices depend on [`Execution::context`], which the engine then estimates.
    fn reads_context(&self) -> bool {
        false
    }
}

/// Nothing costs anything: for tests and comparisons, never for evidence.
#[derive(Debug, Clone, Copy, Default)]
pub struct Free;

impl Costs for Free {
    fn price(&mut self, _: &Execution) -> Result<CostBreakdown, Undated> {
        Ok(CostBreakdown::default())
    }
}

/// A dated schedule for all instruments, with the account's fee state.
#[derive(Debug, Clone)]
pub struct Scheduled<'a> {
    pricer: Pricer,
    state: FeeState,
    rates: HoldingRates<'a>,
}

impl<'a> Scheduled<'a> {
    /// `schedule` for so many instruments.
    pub fn new(schedule: &CostSchedule, instruments: usize) -> Self {
        let (pricer, state) = (Pricer::new(schedule.clone()), FeeState::new(instruments));
        Self { pricer, state, rates: HoldingRates::default() }
    }

    /// The same, with the rates of holding that only data can tell.
    #[must_use]
    pub fn with_rates(self, rates: HoldingRates<'a>) -> Self {
        Self { rates, ..self }
    }
}

impl Costs for Scheduled<'_> {
    fn price(&mut self, fill: &Execution) -> Result<CostBreakdown, Undated> {
        self.pricer.quote(fill, &self.state)
    }

    fn happened(&mut self, fill: &Execution, cost: &CostBreakdown) {
        self.pricer.record(fill, cost, fill.value(), &mut self.state);
    }

    fn holding(
        &mut self,
        _: InstrumentId,
        quantity: f64,
        unit_value: f64,
        (from, to): (Instant, Instant),
    ) -> Result<HoldingCost, HoldingError> {
        let held = Held { quantity, unit_value, ..Held::default() };
        self.pricer.schedule().accrue(held, from, to, &self.rates)
    }

    fn money(
        &mut self,
        currency: &str,
        balance: f64,
        (from, to): (Instant, Instant),
    ) -> Result<HoldingCost, HoldingError> {
        let schedule = self.pricer.schedule();
        if currency != schedule.currency() {
            let charges =
                schedule.holding().is_some_and(|rules| rules.charges().contains(&HoldingKind::Interest));
            if charges && balance < 0.0 {
                let (known, currency) = (schedule.currency().to_owned(), currency.to_owned());
                return Err(HoldingError::NoInterest {
                    schedule: schedule.name().to_owned(),
                    known,
                    currency,
                });
            }
            return Ok(HoldingCost::default());
        }
        let held = Held { borrowed: (-balance).max(0.0), idle: balance.max(0.0), ..Held::default() };
        schedule.accrue(held, from, to, &self.rates)
    }

    fn permanent_move(&self, fill: &Execution) -> f64 {
        self.pricer.schedule().slippage().0.permanent_move(fill.quantity, fill.context)
    }

    fn reads_context(&self) -> bool {
        let slippage = self.pricer.schedule().slippage().0;
        slippage.impact_coefficient > 0.0 || slippage.permanent_coefficient > 0.0
    }
}
