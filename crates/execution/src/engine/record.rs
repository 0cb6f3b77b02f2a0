//! What a run leaves behind.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::gate::Gated;
use super::instrument::InstrumentId;
use super::order::{OrderId, OrderState, Purpose};
use super::watch::Guarded;
use crate::Direction;
use crate::costs::{CostBreakdown, HoldingCost, Liquidity, Side};

/// One execution.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EngineFill {
    /// Time of the step; within a bar nothing finer is known.
    pub time: Instant,
    /// What traded.
    pub instrument: InstrumentId,
    /// The order.
    pub order: OrderId,
    /// Which way.
    pub side: Side,
    /// Units, > 0.
    pub quantity: f64,
    /// Price, costs left out.
    pub price: f64,
    /// What it cost, in the instrument's currency.
    pub costs: CostBreakdown,
    /// Whether it rested.
    pub liquidity: Liquidity,
    /// Who wanted it.
    pub purpose: Purpose,
    /// The sender's word.
    pub tag: &'static str,
}

/// From flat to flat, or through zero. Money in the instrument's currency.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RoundTrip {
    /// What was held.
    pub instrument: InstrumentId,
    /// Which way it pointed.
    pub direction: Direction,
    /// Step of the first fill.
    pub entered: Instant,
    /// Step of the last.
    pub left: Instant,
    /// Mean price of the fills that increased it.
    pub entry_price: f64,
    /// Mean price of the fills that decreased it.
    pub exit_price: f64,
    /// Units over the round trip.
    pub quantity: f64,
    /// Gain before costs and income.
    pub gross: f64,
    /// Costs of its fills.
    pub costs: f64,
    /// Dividends, funding and carry; negative where it paid.
    pub income: f64,
    /// Marks it lived through.
    pub marks: u32,
    /// Worst excursion from the average price of the time, a fraction <= 0.
    pub mae: f64,
    /// Best excursion, a fraction >= 0.
    pub mfe: f64,
    /// The word of the order that ended it.
    pub tag: &'static str,
}

impl RoundTrip {
    /// What it brought, costs and income included.
    pub const fn net(&self) -> f64 {
        self.gross - self.costs + self.income
    }
}

/// An order that is over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Ended {
    /// When.
    pub time: Instant,
    /// Which.
    pub order: OrderId,
    /// Units it got.
    pub filled: f64,
    /// How it ended.
    pub state: OrderState,
}

/// When equity is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Curve {
    /// At each step.
    Steps,
    /// At the end of each session.
    Sessions,
}

/// Everything written down, in the order it happened.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Log {
    /// Executions.
    pub fills: Vec<EngineFill>,
    /// Round trips, by their end.
    pub trips: Vec<RoundTrip>,
    /// Orders that are over, refused ones too; kept where the engine was asked to.
    pub ended: Vec<Ended>,
    /// Limits that did not hold.
    pub gated: Vec<Gated>,
    /// What guards did, and people with them.
    pub guarded: Vec<Guarded>,
    /// Equity by time, in the account's first currency.
    pub equity: Vec<(Instant, f64)>,
    /// All costs by kind, in the first currency.
    pub costs: CostBreakdown,
    /// What holding cost by kind, in the first currency; dividends are none of it. Interest belongs to no round trip.
    pub holding: HoldingCost,
    /// Value traded, in the first currency.
    pub traded: f64,
    /// Value of the decisions that are over, at the prices at which they were sent, in the first currency: what money or the
    /// rules of an instrument cut off left out, a decision that was taken back for a new one counted each time.
    pub ordered: f64,
    /// The part of it that never traded.
    pub unfilled: f64,
    /// Bars refused because they are no valid prices: no trade, no mark.
    pub invalid: u64,
    /// Orders refused.
    pub rejected: u64,
}
