//! What a fill costs: dated rate schedules kept as data, each rate with its source.

mod breakdown;
mod rates;
mod schedule;

pub use breakdown::{CostBreakdown, CostKind};
pub use rates::{CostContext, Rates, Side};
pub use schedule::{BrokerPlan, CostError, CostSchedule, DatedRate, SlippageModel, Undated};
