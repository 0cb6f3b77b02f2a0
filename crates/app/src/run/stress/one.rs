//! One scenario again, from what a run recorded.

use proofmark_execution::costs::CostSchedule;
use proofmark_lifecycle::{Policy, RunRecord};
use proofmark_models::{Calibrated, ModelFile};
use proofmark_units::{DateSpan, Digest, Seed};
use proofmark_validation::stress::{
    SCENARIOS, ScenarioOutcome, ScenarioRecord, StressDesk, path_names, period_outcome, scenario,
};

use super::grounds::{Grounds, stressed};
use super::periods;
use crate::error::{AppError, Result};
use crate::journal;
use crate::progress::Work;
use crate::run::fit::{Fitter, training};
use crate::run::prepare::{Prepared, prepare, train_rules, walk_forward};
use crate::run::request::stored;
use crate::tasks::TaskStore;
use crate::workspace::{self, Workspace};

/// Recomputes scenario `id` of a run from its recorded inputs and model files, and returns its record: the numbers of
/// `stress_summary.json`.
///
/// No result of the run is read: bars come from the recorded snapshot, students from the model files (whose digests
/// `run.json` holds), or, for a period, from the task cache or a new fit with the recorded seeds.
///
/// # Errors
/// There is no such run or scenario, the scenario was not tested, or a model file is not the one that the run recorded.
pub fn replay_one(ws: &Workspace, run: &str, id: &str) -> Result<ScenarioRecord> {
    let run = journal::run_id(run)?;
    let (record, inputs) = stored(ws, &run)?;
    let pipeline = &inputs.pipeline;
    known(pipeline.stress.paths as usize, id)?;
    let data = prepare(&ws.lake(), pipeline, Some(inputs.snapshot))?;
    let costs = CostSchedule::named(&pipeline.costs.schedule)
        .map_err(|e| AppError::input("pipeline key `costs.schedule`").because(e))?
        .with_earliest_rates_before();
    let policy = Policy::default();
    let models = match id.starts_with("period.") {
        true => Vec::new(),
        false => students(ws, &record, &data, pipeline)?,
    };
    let features = data.features();
    let grounds = Grounds {
        pipeline,
        data: &data,
        features: &features,
        models: &models,
        costs: &costs,
        drawdown_limit: policy.risk.max_drawdown.value,
        seed: Seed::root(inputs.seed),
    };
    let outcome = match id.split_once('.') {
        Some(("period", name)) => period(ws, &grounds, name)?,
        Some(("path", number)) => {
            let k = number.parse().map_err(|e| AppError::input(format!("scenario `{id}`")).because(e))?;
            let desk = StressDesk::new(grounds.inputs()).map_err(stressed)?;
            desk.path(&grounds.paths(), k).map_err(stressed)?
        }
        _ => {
            let scenario = scenario(id).ok_or_else(|| AppError::bug("a known scenario is not listed"))?;
            let desk = StressDesk::new(grounds.inputs()).map_err(stressed)?;
            desk.run(scenario, &grounds.feed()).map_err(stressed)?
        }
    };
    match outcome {
        ScenarioOutcome::Tested(record) => Ok(*record),
        ScenarioOutcome::NotTested { id, why } => {
            Err(AppError::input(format!("scenario `{id}` is not tested: {why}")))
        }
    }
}

/// Refuses an id that no list holds, with the nearest that one does.
fn known(paths: usize, id: &str) -> Result<()> {
    let ids: Vec<String> = SCENARIOS.iter().map(|s| s.id().to_owned()).chain(path_names(paths)).collect();
    if id.starts_with("period.") || ids.iter().any(|known| known == id) {
        return Ok(());
    }
    let near = ids
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(id, a).total_cmp(&strsim::jaro_winkler(id, b)))
        .map_or("", String::as_str);
    Err(AppError::input(format!("there is no stress scenario `{id}`"))
        .hint(format!("did you mean `{near}`? `stress_summary.json` names all")))
}

/// The frozen students of the walk-forward, as the run wrote them.
fn students(
    ws: &Workspace,
    record: &RunRecord,
    data: &Prepared,
    pipeline: &crate::pipeline::Pipeline,
) -> Result<Vec<(DateSpan, Calibrated)>> {
    let names = data.frame.dataset.feature_names();
    let spans = walk_forward(pipeline, data.out_of_sample).test_spans().map_err(training)?;
    let load = |(k, span): (usize, DateSpan)| {
        let path = ws.models(record.run_id.as_str()).join(format!("student_models/fold_{k:02}.json"));
        let bytes = workspace::read(&path)?;
        let recorded = record.phases.iter().flat_map(|p| &p.outputs).find(|a| ws.resolve(&a.path) == path);
        if recorded.is_none_or(|a| a.sha256 != Digest::of(&bytes)) {
            let what = format!("`{}` is not the model that the run recorded", path.display());
            return Err(AppError::environment(what)
                .hint("`proofmark candidates verify RUN` lists every changed file"));
        }
        let file = ModelFile::load_bytes(&bytes, Some(names))
            .map_err(|e| AppError::input(format!("failed to load `{}`", path.display())).because(e))?;
        let platt = file.calibration().cloned();
        let platt =
            platt.ok_or_else(|| AppError::environment(format!("`{}` has no calibration", path.display())))?;
        Ok((span, Calibrated { model: file.model().clone(), platt }))
    };
    spans.into_iter().enumerate().map(load).collect()
}

fn period(ws: &Workspace, grounds: &Grounds<'_>, name: &str) -> Result<ScenarioOutcome> {
    let rules = train_rules(grounds.pipeline);
    let all = periods::cut(grounds, periods::of_pipeline(grounds.pipeline, ws.root())?, &rules);
    let wanted: Vec<_> = all.into_iter().filter(|c| c.period.id == name).collect();
    if wanted.is_empty() {
        return Err(AppError::input(format!("there is no stress period `{name}`"))
            .hint("`stress_summary.json` names all"));
    }
    let store = TaskStore::new(ws.root());
    let fitter = Fitter {
        store: &store,
        pipeline: grounds.pipeline,
        rules: &rules,
        frame: &grounds.data.frame,
        data: grounds.data.frame.dataset.digest(),
        seed: grounds.seed,
    };
    let work = Work::begin("stress_tests", 1, 1, Vec::new());
    let outcomes = periods::replay(grounds, &fitter, wanted, &work)?;
    let year = grounds.data.calendar.periods_per_year();
    let outcome = outcomes.first().ok_or_else(|| AppError::bug("a replayed period has no outcome"))?;
    Ok(period_outcome(outcome, grounds.drawdown_limit, year))
}
