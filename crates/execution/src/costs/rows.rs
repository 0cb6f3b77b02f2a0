//! The rows of a schedule: a rate, its date, its source.

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::{BrokerPlan, CostKind};

/// One rate and the date from which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedRate {
    /// What is charged.
    pub kind: CostKind,
    /// First date on which the rate holds.
    pub from: Date,
    /// Fraction of traded value charged to a buyer (for `tax`: fraction of the fees taxed).
    pub buy: f64,
    /// Fraction charged to a seller.
    pub sell: f64,
    /// Where the rate comes from.
    pub source: String,
    /// The source does not settle the rate or its date.
    #[serde(default)]
    pub assumption: bool,
}

/// A charge per unit and the date from which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerUnitRate {
    /// What is charged.
    pub kind: CostKind,
    /// First date on which it holds.
    pub from: Date,
    /// Charge per unit bought, in the schedule's currency.
    pub buy: f64,
    /// Charge per unit sold.
    pub sell: f64,
    /// Most a fill pays; absent = no cap.
    pub max: Option<f64>,
    /// Where it comes from.
    pub source: String,
    /// The source does not settle the charge or its date.
    #[serde(default)]
    pub assumption: bool,
}

/// What the tax on exercising an option is a fraction of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExerciseBasis {
    /// The settlement price of the underlying.
    Settlement,
    /// The distance of settlement and strike price.
    Intrinsic,
}

/// Transaction tax of whoever exercises an option, and the date from which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExerciseRate {
    /// First date on which it holds.
    pub from: Date,
    /// Fraction of the basis.
    pub rate: f64,
    /// What the rate is a fraction of.
    pub basis: ExerciseBasis,
    /// Where it comes from.
    pub source: String,
    /// The source does not settle the rate or its date.
    #[serde(default)]
    pub assumption: bool,
}

/// A broker's plan beside the schedule's own.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NamedPlan {
    /// Its name within the schedule.
    pub name: String,
    /// What it charges.
    pub plan: BrokerPlan,
    /// Where it comes from.
    pub source: String,
}
