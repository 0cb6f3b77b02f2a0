//! Phase 6: stress. Named periods with models of their own; shocks, faults and paths with the frozen students.

mod grounds;
mod one;
mod periods;
mod suite;

use proofmark_lifecycle::{PhaseStatus, SpanKind};
use proofmark_models::Calibrated;
use proofmark_units::DateSpan;
use proofmark_validation::stress::{
    PathSummary, ScenarioOutcome, path_evidence, period_outcome, resilience, scenario, scenario_evidence,
    sensitivity_evidence, worst,
};
use proofmark_validation::{Recorder, StressOutcome, stress_evidence};
use serde_json::{Value, json};

use self::grounds::Grounds;
pub use self::one::replay_one;
pub(crate) use self::periods::{listed, outside};
use super::artefacts::EvidenceFile;
use super::engine::{Ended, Run};
use super::prepare::train_rules;
use crate::error::Result;
use crate::progress::Work;

/// What stress left behind.
pub(crate) struct Stressed {
    pub(crate) file: EvidenceFile,
    /// Periods and scenarios that could not be run, with the reason: risk items.
    pub(crate) not_tested: Vec<(String, String)>,
    /// Shocks and faults, in the order of the suite.
    pub(crate) struck: Vec<Struck>,
}

/// A shock or fault as the briefing tells it.
pub(crate) struct Struck {
    pub(crate) id: String,
    pub(crate) title: String,
    /// Failure class; `none` included.
    pub(crate) failure: &'static str,
    /// Why it could not run.
    pub(crate) not_tested: Option<String>,
}

impl Struck {
    fn of(outcome: &ScenarioOutcome) -> Self {
        let title = scenario(id(outcome)).map_or(id(outcome), |s| s.title());
        let (failure, not_tested) = match outcome {
            ScenarioOutcome::Tested(record) => (record.failure.name(), None),
            ScenarioOutcome::NotTested { why, .. } => ("none", Some(why.clone())),
        };
        Self { id: id(outcome).to_owned(), title: title.to_owned(), failure, not_tested }
    }
}

pub(crate) fn replay(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    let models: Vec<(DateSpan, Calibrated)> = {
        let trained = run.state.trained()?;
        trained.folds.iter().zip(&trained.students).map(|(f, s)| (f.test_span(), s.student.clone())).collect()
    };
    let costs = super::later::costs(&run.inputs.pipeline)?;
    let drawdown_limit = run.policy.risk.max_drawdown.value;
    let features = run.data.features();
    let grounds = Grounds {
        pipeline: &run.inputs.pipeline,
        data: &run.data,
        features: &features,
        models: &models,
        costs: &costs,
        drawdown_limit,
        seed: run.seed,
    };
    // A replay reads the original workspace's file of periods: it is data, not an artefact.
    let listed = periods::of_pipeline(grounds.pipeline, run.origin.root())?;
    let rules = train_rules(grounds.pipeline);
    let cuts = periods::cut(&grounds, listed, &rules);
    let outcomes = periods::replay(&grounds, &run.fitter(&rules), cuts, work)?;
    let suite = suite::run(&grounds, run, work)?;

    let required = required(run);
    let out_of_sample = run.data.out_of_sample;
    let recorder = Recorder { kind: SpanKind::OutOfSample, span: out_of_sample, source: run.dataset_digest };
    let year = run.data.calendar.periods_per_year();
    let all: Vec<ScenarioOutcome> = outcomes
        .iter()
        .map(|o| period_outcome(o, drawdown_limit, year))
        .chain(suite.scenarios.iter().cloned())
        .chain(suite.paths.iter().cloned())
        .collect();
    let together = resilience(&all);
    let distribution = PathSummary::of(&suite.paths);
    let mut evidence = stress_evidence(&recorder, &outcomes, &required);
    evidence.extend(scenario_evidence(&recorder, &suite.scenarios, &together));
    evidence.extend(path_evidence(&recorder, &distribution));
    let sessions = run.data.frame.panel.dates.iter().filter(|d| out_of_sample.contains(**d)).count();
    evidence.extend(sensitivity_evidence(&recorder, sessions.saturating_sub(1), &suite.sensitivity));

    let not_tested = not_tested(&outcomes, &suite);
    let tested: Vec<Value> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            StressOutcome::Tested { period, span, trained_until, .. } => Some(json!({
                "period": period,
                "replayed": span,
                "trained_until": trained_until.end,
                "required": required.contains(&period.id),
                "record": period_outcome(outcome, drawdown_limit, year).tested(),
            })),
            StressOutcome::NotTested { .. } => None,
        })
        .collect();
    let family = |prefix: &str| -> Vec<&ScenarioOutcome> {
        suite.scenarios.iter().filter(|o| id(o).starts_with(prefix)).collect()
    };
    let mut file = EvidenceFile::new("stress_summary.json", evidence);
    let body = json!({
        "status": "completed",
        "tested": tested,
        "not_tested": not_tested.iter().map(|(id, why)| json!({ "id": id, "why": why })).collect::<Vec<_>>(),
        "required": required,
        "window": grounds.window(),
        "features": "recomputed from raw bars since the data's first session by the functions that trained the model",
        "scenarios": family("shock."),
        "faults": family("fault."),
        "paths": { "spec": grounds.paths(), "distribution": distribution, "records": suite.paths },
        "sensitivity": suite.sensitivity,
        "resilience": together,
        "worst_five": worst(&all, 5),
        "evidence": file.evidence,
    });
    file.sha256 = Some(run.artefacts.json("stress_summary.json", &body)?);
    run.state.stress =
        Some(Stressed { file, not_tested, struck: suite.scenarios.iter().map(Struck::of).collect() });
    Ok(PhaseStatus::Success.into())
}

/// Periods that the policy and the pipeline insist on.
fn required(run: &Run<'_>) -> Vec<String> {
    let mut all = run.policy.risk.required_stress.periods.clone();
    all.extend(run.inputs.pipeline.stress.required.iter().cloned());
    all.sort();
    all.dedup();
    all
}

fn not_tested(outcomes: &[StressOutcome], suite: &suite::Suite) -> Vec<(String, String)> {
    let periods = outcomes.iter().filter_map(|o| match o {
        StressOutcome::NotTested { period, why } => Some((period.id.clone(), why.clone())),
        StressOutcome::Tested { .. } => None,
    });
    let scenarios = suite.scenarios.iter().chain(&suite.paths).filter_map(|o| match o {
        ScenarioOutcome::NotTested { id, why } => Some((id.clone(), why.clone())),
        ScenarioOutcome::Tested(_) => None,
    });
    let mut all: Vec<(String, String)> = periods.chain(scenarios).collect();
    if !outcomes.iter().any(|o| matches!(o, StressOutcome::Tested { .. })) {
        let why = "no named stretch of history lies inside the data".to_owned();
        all.push(("historical periods".to_owned(), why));
    }
    all
}

fn id(outcome: &ScenarioOutcome) -> &str {
    match outcome {
        ScenarioOutcome::Tested(record) => &record.id,
        ScenarioOutcome::NotTested { id, .. } => id,
    }
}
