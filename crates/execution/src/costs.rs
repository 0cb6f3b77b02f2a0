//! What a fill costs, and what a position costs by being held: dated rate schedules kept as data, each rate with its
//! source.
//!
//! [`CostSchedule`] is the data, [`Rates`] what holds on a date, [`Pricer`] prices fills by what really happened, with
//! [`FeeState`] as the account's memory; [`CostSchedule::accrue`] charges holding.

mod breakdown;
mod broker;
mod error;
mod file;
mod holding;
mod pricer;
mod rates;
mod roll;
mod rows;
mod schedule;
mod shipped;
mod slippage;
mod state;
mod tiers;

pub use breakdown::{CostBreakdown, CostKind};
pub use broker::{BrokerPlan, FilledBefore};
pub use error::{CostError, ExerciseError, HoldingError, Undated};
pub use holding::{AnnualRate, Held, Holding, HoldingCost, HoldingKind, HoldingRates, RateAt};
pub use pricer::{Execution, Liquidity, Pricer};
pub use rates::{CostContext, Rates, Side};
pub use roll::Roll;
pub use rows::{DatedRate, ExerciseBasis, ExerciseRate, NamedPlan, PerUnitRate};
pub use schedule::CostSchedule;
pub use slippage::SlippageModel;
pub use state::FeeState;
pub use tiers::{FeeTier, TierRule, TierTable, VenueFee};
