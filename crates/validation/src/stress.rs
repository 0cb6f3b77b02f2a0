//! Stress: what the frozen candidate's book does when history, prices or the feed are at their worst.
//!
//! Four families. *Periods*: named stretches of history, each with a model trained strictly before it. *Shocks*: raw bars
//! of the last test sessions bent on purpose. *Faults*: a feed that breaks. *Paths*: the out-of-sample span cut into
//! volatility regimes and dealt again. A scenario bends raw bars (or costs, or the delay of the scores); features are
//! recomputed from them by the code that trained the model, the model stays frozen, and the one book engine trades.
//!
//! Nothing here is fitted or judged: what comes out is reported beside null books, and only the periods' worst return
//! is read by a gate. The resilience score is never shown alone.

mod books;
mod desk;
mod evidence;
mod failure;
mod feed;
mod historical;
mod measure;
mod paths;
mod reprice;
mod scenario;
mod scenarios;
mod sensitivity;
mod world;

pub use desk::{StressDesk, StressError, StressInputs};
pub use evidence::{Resilience, resilience, scenario_evidence, worst};
pub use failure::{Failure, FailureFacts};
pub use feed::{Feed, FeedFigures, Received, RuleCount};
pub use historical::{PeriodReturns, StressOutcome, period_evidence, stress_evidence};
pub use measure::{
    Beside, BookFigures, ScenarioRecord, period_outcome, picked_share, precision, resilience_score,
};
pub use paths::{
    MarketRegime, PathSpec, PathSummary, RegimeBlock, market_regimes, path_evidence, path_names,
    regime_blocks,
};
pub use scenario::{CannotApply, Change, Family, Scenario, ScenarioOutcome, When};
pub use scenarios::{SCENARIOS, scenario};
pub use sensitivity::{
    BreakEven, Sensitivity, SensitivityRow, delayed_scores, sensitivity, sensitivity_evidence,
};
pub use world::StressWorld;

#[cfg(test)]
mod tests;
