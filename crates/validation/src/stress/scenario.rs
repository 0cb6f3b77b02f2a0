//! What a scenario is: a named change of raw bars, costs or timing.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_execution::costs::CostSchedule;
use proofmark_market::BarRow;
use proofmark_units::Date;
use serde::{Deserialize, Serialize};

use super::StressWorld;
use super::measure::ScenarioRecord;

/// What kind of stress.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A stretch of history, the model trained strictly before it.
    Period,
    /// Prices or costs bent on purpose.
    Shock,
    /// A feed that breaks.
    Fault,
    /// Regime blocks of history dealt again.
    Path,
}

impl Family {
    /// Stable name, as serialised and as the first part of a scenario's id.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Period => "period",
            Self::Shock => "shock",
            Self::Fault => "fault",
            Self::Path => "path",
        }
    }
}

/// When a scenario strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum When {
    /// After the close at which the unstressed book is most exposed (the first of equals).
    MostExposed,
    /// On a session drawn from the scenario's seed.
    Seeded,
}

/// The scenario needs something that the window does not hold; it is then `not tested`, never skipped in silence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct CannotApply {
    /// What is lacking.
    pub why: String,
}

/// What a scenario changes; what is absent stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// All raw rows of the names that differ, by column. A feed may deliver rows that no bar can hold.
    pub rows: BTreeMap<usize, Vec<BarRow>>,
    /// All raw rows of the benchmark.
    pub benchmark: Option<Vec<BarRow>>,
    /// Another cost schedule.
    pub costs: Option<CostSchedule>,
    /// Sessions by which every score comes late.
    pub delay: usize,
    /// First session that differs.
    pub from: Option<Date>,
    /// Bars that are wrong or gone, as (date, column): nothing may fill on one that the rules refuse.
    pub faulty: BTreeSet<(Date, usize)>,
    /// When and which names, in words.
    pub what: String,
}

/// One scenario of the list. Adding one: a file in `scenarios/` and a line in [`super::SCENARIOS`].
pub trait Scenario: Sync {
    /// Stable id, `family.name` in snake case.
    fn id(&self) -> &'static str;
    /// Its family: [`Family::Shock`] or [`Family::Fault`].
    fn family(&self) -> Family;
    /// What it does, one sentence.
    fn title(&self) -> &'static str;
    /// The change. Size 0 changes nothing, bit for bit.
    ///
    /// # Errors
    /// [`CannotApply`] when the window lacks what the scenario needs.
    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply>;
}

/// What became of a scenario.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum ScenarioOutcome {
    /// It ran.
    Tested(Box<ScenarioRecord>),
    /// It could not run: a risk item.
    NotTested {
        /// The scenario.
        id: String,
        /// Why.
        why: String,
    },
}

impl ScenarioOutcome {
    /// The record of a scenario that ran.
    pub fn tested(&self) -> Option<&ScenarioRecord> {
        match self {
            Self::Tested(record) => Some(record),
            Self::NotTested { .. } => None,
        }
    }
}
