//! What stress stands on: the run's data, its frozen students, its costs, and the lake's rules.

use proofmark_execution::costs::CostSchedule;
use proofmark_features::Feature;
use proofmark_lake::quality::Action;
use proofmark_lake::{CleanOptions, clean};
use proofmark_market::{BarRow, Calendar};
use proofmark_models::Calibrated;
use proofmark_units::{DateSpan, Seed, Symbol};
use proofmark_validation::Candidate;
use proofmark_validation::stress::{Feed, PathSpec, Received, StressError, StressInputs};

use crate::error::AppError;
use crate::pipeline::Pipeline;
use crate::run::prepare::{Prepared, cleaning};

/// The same for a run under way and for one that is looked at again.
pub(super) struct Grounds<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) data: &'a Prepared,
    /// Those of `data`.
    pub(super) features: &'a [&'a dyn Feature],
    /// Students by the test span of their fold, ascending.
    pub(super) models: &'a [(DateSpan, Calibrated)],
    pub(super) costs: &'a CostSchedule,
    pub(super) drawdown_limit: f64,
    /// Root of the run's seed tree.
    pub(super) seed: Seed,
}

impl<'a> Grounds<'a> {
    /// The last months of the out-of-sample span.
    pub(super) fn window(&self) -> DateSpan {
        let all = self.data.out_of_sample;
        let months = i32::try_from(self.pipeline.stress.window_months).unwrap_or(i32::MAX / 2);
        let start = all.end.plus_days(1).plus_months(-months).max(all.start);
        DateSpan { start, end: all.end }
    }

    pub(super) fn paths(&self) -> PathSpec {
        let spec = &self.pipeline.stress;
        PathSpec { count: spec.paths as usize, sessions: spec.path_sessions as usize }
    }

    pub(super) fn inputs(&self) -> StressInputs<'a> {
        StressInputs {
            bars: &self.data.bars,
            universe: &self.data.universe,
            benchmark: self.data.benchmark.as_ref().map(|b| (b, self.data.income.as_slice())),
            features: self.features,
            models: self.models,
            label: &self.pipeline.label,
            config: &self.pipeline.book,
            costs: self.costs,
            window: self.window(),
            out_of_sample: self.data.out_of_sample,
            horizon: self.pipeline.label.horizon(),
            periods_per_year: self.data.calendar.periods_per_year(),
            drawdown_limit: self.drawdown_limit,
            seed: self.seed,
        }
    }

    pub(super) fn candidate<'b>(&self, scores: &'b [f64], span: DateSpan) -> Candidate<'b>
    where
        'a: 'b,
    {
        Candidate {
            panel: &self.data.frame.panel,
            scores,
            span,
            config: &self.pipeline.book,
            costs: self.costs,
            benchmark: self.data.benchmark.as_ref().map(|b| (b, self.data.income.as_slice())),
            horizon: self.pipeline.label.horizon(),
            periods_per_year: self.data.calendar.periods_per_year(),
        }
    }

    pub(super) fn feed(&self) -> LakeFeed<'a> {
        LakeFeed { calendar: &self.data.calendar, rules: cleaning(self.pipeline) }
    }
}

/// The lake's declared rules.
pub(super) struct LakeFeed<'a> {
    calendar: &'a Calendar,
    /// The rules of the pipeline.
    rules: CleanOptions,
}

impl Feed for LakeFeed<'_> {
    fn receive(&self, symbol: &Symbol, rows: &[BarRow], structural_only: bool) -> Received {
        let options = CleanOptions {
            structural_only: structural_only || self.rules.structural_only,
            ..self.rules.clone()
        };
        let outcome = clean(symbol, rows, self.calendar, &options);
        let findings = outcome
            .findings
            .iter()
            .map(|f| (f.id.to_owned(), (f.findings.len() as u64, f.action == Action::DropRow)))
            .collect();
        Received { dropped: outcome.rows_dropped() as u64, findings, bars: outcome.bars }
    }
}

/// A stress error as the user sees it.
pub(super) fn stressed(source: StressError) -> AppError {
    match source {
        StressError::Accounts { .. } | StressError::Bars { .. } => {
            AppError::bug("a stressed world contradicts itself").because(source)
        }
        other => AppError::input("failed to stress the candidate")
            .hint("the cause below names the book or the window; `stress.window_months` sets the window")
            .because(other),
    }
}
