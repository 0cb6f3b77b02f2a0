//! What the engine asks of a cost model.

use proofmark_units::{Date, Instant};

use super::instrument::InstrumentId;
use crate::costs::{CostBreakdown, CostContext, CostSchedule, Rates, Side, Undated};

/// Whether the order waited in the book or took from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Liquidity {
    /// A resting order that others traded against.
    Maker,
    /// It crossed the spread.
    Taker,
}

/// A fill that is to be priced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Execution {
    /// When.
    pub time: Instant,
    /// What.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// Units, > 0.
    pub quantity: f64,
    /// Price of one unit times the instrument's multiplier.
    pub unit_value: f64,
    /// Whether it rested.
    pub liquidity: Liquidity,
    /// What the market looked like before it.
    pub context: CostContext,
}

/// What fills cost beyond their price, and what positions cost by being held.
pub trait Costs {
    /// The cost of a fill, in the instrument's currency. Asking changes no fee state; a model may keep looked-up rates.
    ///
    /// # Errors
    /// [`Undated`] where the model has no rates for the date.
    fn price(&mut self, fill: &Execution) -> Result<CostBreakdown, Undated>;

    /// A fill priced before has happened: fee tiers and daily charges move on.
    fn happened(&mut self, _fill: &Execution, _cost: &CostBreakdown) {}

    /// What holding `quantity` units (negative when short) worth `unit_value` each from one session's end to the next
    /// brings, in the instrument's currency; negative where it costs.
    fn holding(&mut self, _instrument: InstrumentId, _quantity: f64, _unit_value: f64, _at: Instant) -> f64 {
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

/// A dated schedule for all instruments. Who waits in the book pays no spread and moves no price.
#[derive(Debug, Clone)]
pub struct Scheduled<'a> {
    schedule: &'a CostSchedule,
    /// Rates in force, from when and until when.
    rates: Option<(Rates, Date, Option<Date>)>,
    /// Last date each instrument paid the depository charge.
    depository: Vec<Option<Date>>,
}

impl<'a> Scheduled<'a> {
    /// `schedule` for so many instruments.
    pub fn new(schedule: &'a CostSchedule, instruments: usize) -> Self {
        Self { schedule, rates: None, depository: vec![None; instruments] }
    }

    fn rates(&mut self, date: Date) -> Result<Rates, Undated> {
        if let Some((rates, from, until)) = self.rates
            && date >= from
            && until.is_none_or(|until| date < until)
        {
            return Ok(rates);
        }
        let rates = self.schedule.on(date)?;
        self.rates = Some((rates, date, self.schedule.next_change(date)));
        Ok(rates)
    }
}

impl Costs for Scheduled<'_> {
    fn price(&mut self, fill: &Execution) -> Result<CostBreakdown, Undated> {
        let date = fill.time.utc_date();
        let rates = self.rates(date)?;
        let dp_charged = self.depository[fill.instrument as usize] == Some(date);
        let context = CostContext { dp_charged, ..fill.context };
        let mut cost = rates.cost(fill.side, fill.quantity, fill.unit_value, context);
        if fill.liquidity == Liquidity::Maker {
            (cost.slippage, cost.impact) = (0.0, 0.0);
        }
        Ok(cost)
    }

    fn happened(&mut self, fill: &Execution, cost: &CostBreakdown) {
        if cost.dp > 0.0 {
            self.depository[fill.instrument as usize] = Some(fill.time.utc_date());
        }
    }

    fn reads_context(&self) -> bool {
        self.schedule.slippage().0.impact_coefficient > 0.0
    }
}
