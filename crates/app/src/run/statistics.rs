//! Phase 5: the statistical tests, all on matured out-of-sample decisions.

use proofmark_lifecycle::{PhaseStatus, SpanKind};
use proofmark_stats::moments::mean;
use proofmark_stats::performance::{drawdown_series, running_sum, wealth};
use proofmark_units::Digest;
use proofmark_validation::{
    ActiveSpan, DescribeInputs, FeatureGrid, Recorder, Rivals, SuiteInputs, TrialFacts, TrialReturns,
    describe, suite,
};
use serde_json::json;

use super::artefacts::EvidenceFile;
use super::champion;
use super::cross_validation::{self, CrossValidated};
use super::curves::CURVES;
use super::engine::{Ended, Run};
use super::ingestion::pass_rules;
use super::inputs::PriorTrial;
use super::rewards;
use super::validate::{candidate, rows, trial_log, validation};
use crate::error::{AppError, Result};
use crate::journal;
use crate::progress::Work;
use crate::workspace::{self, Workspace};

/// What the tests found.
pub(crate) struct Tested {
    pub(crate) active: ActiveSpan,
    pub(crate) file: EvidenceFile,
    /// Where the pipeline asks for it; its records are in `file`.
    pub(crate) cross_validated: Option<CrossValidated>,
    /// Digest of `curves.json`.
    pub(crate) curves: Digest,
}

/// Returns of earlier trials on the lineage, which lie in `origin`; one whose file is gone counts, and makes the ledger incomplete.
pub(crate) fn other_trials(origin: &Workspace, prior: &[PriorTrial], declared: u64) -> TrialFacts {
    let mut facts = TrialFacts { others: Vec::new(), without_returns: 0, declared };
    for prior in prior {
        let path = origin.resolve(&journal::returns_path(&prior.key));
        let kept = std::fs::read(path).ok().filter(|bytes| prior.returns == Some(Digest::of(bytes)));
        match kept.and_then(|bytes| serde_json::from_slice::<TrialReturns>(&bytes).ok()) {
            Some(returns) => facts.others.push(returns),
            None => facts.without_returns += 1,
        }
    }
    facts
}

pub(crate) fn tests(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(2);
    let validated = run.state.validated()?;
    let (span, draws) = (run.data.out_of_sample, run.inputs.pipeline.tests.bootstrap_draws);
    let own = candidate(run, &validated.costs, &validated.grid.student, span);
    let books = &validated.books;
    let width = run.data.frame.panel.width();
    let (dates, cells) = rows(&run.data.frame.panel.dates, width, span);
    let champion =
        run.inputs.champion.as_ref().map(|known| champion::returns(run.origin, known, books.dates()));
    let inputs = SuiteInputs {
        scores: &validated.grid.student[cells.clone()],
        forward: &run.data.frame.labels.forward_return[cells.clone()],
        rivals: Rivals {
            naive: &validated.naive,
            champion: champion.as_ref().map(|c| c.as_deref().map_err(String::as_str)),
            draws,
        },
        trials: &other_trials(
            run.origin,
            &run.inputs.prior_trials,
            run.inputs.pipeline.trials.prior_declared,
        ),
    };
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: run.dataset_digest };
    let (active, mut evidence) =
        suite(&recorder, &own, books, &inputs, &run.seed.child("tests")).map_err(validation)?;
    work.step();
    let described = DescribeInputs {
        scores: inputs.scores,
        forward: inputs.forward,
        symbols: run.data.frame.dataset.symbols(),
        features: &features(run, dates),
        trials: inputs.trials,
        rules: &pass_rules(run),
    };
    let seed = run.seed.child("description");
    evidence.extend(describe(&recorder, &own, books, &active, &described, &seed).map_err(validation)?);
    work.step();

    let returns =
        TrialReturns { key: run.trial_key(), dates: active.dates.clone(), active: active.fit.series.clone() };
    if run.ledger.is_some() {
        let bytes = crate::json::bytes(&returns);
        let path = run.workspace.resolve(&journal::returns_path(&returns.key));
        workspace::write(&path, &bytes)?;
        trial_log(run)?
            .record_with(Some(Digest::of(&bytes)))
            .map_err(journal::failed("record the trial's returns"))?;
    }

    let mut equity = vec![json!({ "name": "candidate", "values": wealth(books.net()) })];
    equity.extend(books.factors().iter().map(|(name, r)| json!({ "name": name, "values": wealth(r) })));
    let curves = json!({
        "dates": active.dates,
        "equity": equity,
        "drawdown": drawdown_series(books.net()).map(|d| d.iter().map(|v| -v).collect::<Vec<f64>>()),
        "active_cumulated": running_sum(&active.fit.series),
        "active_mean": mean(&active.fit.series),
        "net_returns": books.net(),
    });
    let cross_validated = cross_validation::measure(run, work, &mut evidence)?;
    let rewarded = rewards::measure(run, &mut evidence)?;
    let mut file = EvidenceFile::new("stat_tests.json", evidence);
    let mut body = json!({
        "status": "completed",
        "walk_forward_cv": walk_forward(run)?,
        "trials": { "prior": run.inputs.prior_trials, "declared": run.inputs.pipeline.trials.prior_declared },
        "champion": run.inputs.champion,
        "evidence": file.evidence,
    });
    if let Some(measured) = &cross_validated {
        body["purged_cv"] = json!(measured.plan);
    }
    if let Some(rewarded) = rewarded {
        body["rewards"] = json!(rewarded);
    }
    let curves_digest = run.artefacts.json(CURVES, &curves)?;
    file.sha256 = Some(run.artefacts.json("stat_tests.json", &body)?);
    run.state.tested = Some(Tested { active, file, cross_validated, curves: curves_digest });
    Ok(PhaseStatus::Success.into())
}

/// The features on the grid of the scores: rows are the panel's `dates`.
fn features<'a>(run: &'a Run<'_>, dates: std::ops::Range<usize>) -> Vec<FeatureGrid<'a>> {
    let dataset = &run.data.frame.dataset;
    let width = dataset.symbols().len();
    let rows = dataset.rows_in(run.data.out_of_sample);
    let grid = |column: &[f64]| {
        let mut values = vec![f64::NAN; dates.len() * width];
        for row in rows.clone() {
            let session = dataset.sessions()[row] as usize - dates.start;
            values[session * width + dataset.symbol_indices()[row] as usize] = column[row];
        }
        values
    };
    let names = dataset.feature_names().iter().enumerate();
    names.map(|(j, name)| FeatureGrid { name, values: grid(dataset.column(j)) }).collect()
}

fn walk_forward(run: &Run<'_>) -> Result<serde_json::Value> {
    let trained = run.state.trained()?;
    let plans: Vec<_> = trained.folds.iter().map(|f| f.explain(&run.data.frame.dataset)).collect();
    if plans
        .iter()
        .any(|p| p.overlaps.fit_calibration + p.overlaps.fit_test + p.overlaps.calibration_test > 0)
    {
        return Err(AppError::bug("a fold's training labels reach its test block"));
    }
    Ok(
        json!({ "method": "anchored or rolling walk-forward, purged and embargoed", "num_folds": plans.len(), "results": plans }),
    )
}
