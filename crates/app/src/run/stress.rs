//! Phase 6: stress periods, each replayed with a model trained strictly before it.

use proofmark_lifecycle::{PhaseStatus, SpanKind};
use proofmark_models::{Calibrated, Matrix};
use proofmark_training::Fold;
use proofmark_units::{Date, DateSpan};
use proofmark_validation::{
    Recorder, StressOutcome, StressPeriod, historical_periods, run_books, stress_evidence,
};
use serde::Deserialize;
use serde_json::json;

use super::artefacts::EvidenceFile;
use super::engine::{Ended, Run};
use super::fit::{Job, training};
use super::prepare::train_rules;
use super::validate::{candidate, validation};
use crate::error::{AppError, Result};
use crate::progress::Work;

/// What stress left behind.
pub(crate) struct Stressed {
    pub(crate) file: EvidenceFile,
    /// Periods that could not be replayed, with the reason.
    pub(crate) not_tested: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct PeriodFile {
    #[serde(default)]
    period: Vec<StressPeriod>,
}

/// The shipped periods of the pipeline's market and those of its own file.
fn periods(run: &Run<'_>) -> Result<Vec<StressPeriod>> {
    let spec = &run.inputs.pipeline.stress;
    let mut all = spec.market.as_deref().map(historical_periods).unwrap_or_default();
    if let Some(name) = &spec.file {
        // A replay reads the original workspace's file: it is data, not an artefact.
        let path = run.trials_root.join(name);
        match std::fs::read_to_string(&path) {
            Ok(text) => all.extend(
                crate::toml_text::parse::<PeriodFile>(&text, &format!("`{}`", path.display()))?.period,
            ),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(AppError::io("read the stress periods", &path, e)),
        }
    }
    all.sort_by(|a, b| (a.start, &a.id).cmp(&(b.start, &b.id)));
    Ok(all)
}

pub(crate) fn replay(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    let periods = periods(run)?;
    let rules = train_rules(&run.inputs.pipeline);
    let dataset = &run.data.frame.dataset;
    let visible = DateSpan { start: run.inputs.pipeline.data.start, end: run.data.out_of_sample.end };
    let mut cut: Vec<(StressPeriod, std::result::Result<Fold, String>)> = Vec::new();
    for period in periods {
        let span = period.span();
        let fold = if !(visible.contains(span.start) && visible.contains(span.end)) {
            Err(if span.end > visible.end {
                "it reaches into the sealed span or past the data".to_owned()
            } else {
                "it lies before the data".to_owned()
            })
        } else {
            Fold::before(dataset, span, &rules).map_err(|e| format!("no model can be trained before it: {e}"))
        };
        cut.push((period, fold));
    }
    let (students, spans): (Vec<Calibrated>, Vec<Date>) = {
        let fitter = run.fitter(&rules);
        let folds: Vec<&Fold> = cut.iter().filter_map(|(_, f)| f.as_ref().ok()).collect();
        let jobs: Vec<Job<'_>> = folds
            .iter()
            .enumerate()
            .map(|(k, fold)| Job { fold, seed: fitter.fold_seed("stress", k) })
            .collect();
        let teachers = fitter.cross_fitted(&jobs, work)?;
        let soft: Vec<&[f64]> = teachers.iter().map(Vec::as_slice).collect();
        let students = fitter.students_alone(&jobs, &soft, work)?;
        let until = |f: &&Fold| {
            let plan = f.explain(dataset);
            plan.fit.label_end.max(plan.calibration.label_end).unwrap_or(f.test_span().start)
        };
        (students, folds.iter().map(until).collect())
    };
    let costs = super::validate::schedule(run)?;
    let mut fitted = students.iter().zip(spans);
    let mut outcomes = Vec::new();
    for (period, fold) in cut {
        let outcome = match fold {
            Err(why) => StressOutcome::NotTested { period, why },
            Ok(fold) => {
                let (student, until) =
                    fitted.next().ok_or_else(|| AppError::bug("a stress period has no student"))?;
                let scores = score(run, student, fold.test_span())?;
                let books =
                    run_books(&candidate(run, &costs, &scores, fold.test_span()), 1.0).map_err(validation)?;
                let trained_until = DateSpan { start: visible.start, end: until };
                StressOutcome::Tested {
                    span: fold.test_span(),
                    period,
                    trained_until,
                    books: Box::new(books),
                }
            }
        };
        outcomes.push(outcome);
    }
    let required: Vec<String> = {
        let mut all = run.policy.risk.required_stress.periods.clone();
        all.extend(run.inputs.pipeline.stress.required.iter().cloned());
        all.sort();
        all.dedup();
        all
    };
    let recorder =
        Recorder { kind: SpanKind::OutOfSample, span: run.data.out_of_sample, source: run.dataset_digest };
    let evidence = stress_evidence(&recorder, &outcomes, &required);
    let not_tested: Vec<(String, String)> = outcomes
        .iter()
        .filter_map(|o| match o {
            StressOutcome::NotTested { period, why } => Some((period.id.clone(), why.clone())),
            StressOutcome::Tested { .. } => None,
        })
        .collect();
    let tested: Vec<_> = outcomes
        .iter()
        .filter_map(|o| match o {
            StressOutcome::Tested { period, span, trained_until, .. } => {
                Some(json!({ "period": period, "replayed": span, "trained_until": trained_until.end }))
            }
            StressOutcome::NotTested { .. } => None,
        })
        .collect();
    let mut file = EvidenceFile::new("stress_summary.json", evidence);
    let body = json!({
        "status": "completed",
        "tested": tested,
        "not_tested": not_tested.iter().map(|(id, why)| json!({ "id": id, "why": why })).collect::<Vec<_>>(),
        "required": required,
        "evidence": file.evidence,
    });
    file.sha256 = Some(run.artefacts.json("stress_summary.json", &body)?);
    run.state.stress = Some(Stressed { file, not_tested });
    Ok(PhaseStatus::Success.into())
}

/// Scores of a student over `span` on the panel's grid, NaN elsewhere.
fn score(run: &Run<'_>, student: &Calibrated, span: DateSpan) -> Result<Vec<f64>> {
    let dataset = &run.data.frame.dataset;
    let probabilities = predict(dataset, span, |x| student.predict(x).map_err(training))?;
    Ok(spread(dataset, span, &probabilities))
}

/// Predictions for the dataset rows of `span`.
pub(crate) fn predict(
    dataset: &proofmark_training::Dataset,
    span: DateSpan,
    model: impl FnOnce(&Matrix<'_>) -> Result<Vec<f64>>,
) -> Result<Vec<f64>> {
    let rows = dataset.rows_in(span);
    let columns: Vec<&[f64]> =
        (0..dataset.feature_names().len()).map(|j| &dataset.column(j)[rows.clone()]).collect();
    let x = Matrix::from_columns(&columns)
        .map_err(|e| AppError::bug("feature columns differ in length").because(e))?;
    model(&x)
}

/// Row values of `span` on the panel's grid.
pub(crate) fn spread(dataset: &proofmark_training::Dataset, span: DateSpan, values: &[f64]) -> Vec<f64> {
    let width = dataset.symbols().len();
    let mut grid = vec![f64::NAN; dataset.dates().len() * width];
    for (row, value) in dataset.rows_in(span).zip(values) {
        grid[dataset.sessions()[row] as usize * width + dataset.symbol_indices()[row] as usize] = *value;
    }
    grid
}
