//! Phase 4: how the scores do out of sample.

use proofmark_execution::costs::CostSchedule;
use proofmark_lifecycle::{PhaseStatus, SpanKind};
use proofmark_training::{
    FoldModels, ReturnForecast, ScoreError, ScoreGrid, TrialKey, TrialLog, score_out_of_sample,
};
use proofmark_units::{Date, DateSpan, Digest};
use proofmark_validation::{
    AccuracyInput, Books, Candidate, FoldScores, ForecastInput, NaiveBook, Recorder, accuracy_evidence,
    calibration_evidence, decision_evidence, fold_evidence, folds_evidence, forecast_evidence,
    forecast_missing, naive_books, naive_evidence, reliability_evidence, run_books, skill_evidence,
    stress::picked_share,
};
use serde_json::json;

use super::artefacts::EvidenceFile;
use super::engine::{Ended, Run};
use super::later::costs;
use crate::error::{AppError, Result};
use crate::journal::{AlreadyRecorded, Trials};
use crate::progress::Work;
use crate::report;

/// Draws behind an interval that no gate reads.
const DRAWS: usize = 1_000;

/// Why only the student forecasts the distribution of returns.
const NO_TEACHER_FORECAST: &str =
    "no return forecast is fitted on the teacher's scores: it teaches the student and is never deployed";
const NO_TWIN_FORECAST: &str =
    "no return forecast is fitted on the twin's scores: it shows what the teacher adds and is never deployed";

/// Scores and books of the out-of-sample span.
pub(crate) struct Validated {
    pub(crate) grid: ScoreGrid,
    pub(crate) books: Books,
    pub(crate) naive: Vec<NaiveBook>,
    pub(crate) costs: CostSchedule,
    pub(crate) file: EvidenceFile,
}

/// Why a model validation could not be done, in words.
pub(crate) fn validation(source: proofmark_validation::ValidationError) -> AppError {
    AppError::input("failed to validate").hint("the cause below names the book or test").because(source)
}

/// The candidate of a run over `span`, on the panel that ends where the span ends.
pub(crate) fn candidate<'a>(
    run: &'a Run<'_>,
    costs: &'a CostSchedule,
    scores: &'a [f64],
    span: DateSpan,
) -> Candidate<'a> {
    Candidate {
        panel: &run.data.frame.panel,
        scores,
        span,
        config: &run.inputs.pipeline.book,
        costs,
        benchmark: run.data.benchmark.as_ref().map(|b| (b, run.data.income.as_slice())),
        horizon: run.inputs.pipeline.label.horizon(),
        periods_per_year: run.data.calendar.periods_per_year(),
    }
}

/// Rows of the grids that lie in `span`: dates and the cell range.
pub(crate) fn rows(
    dates: &[Date],
    width: usize,
    span: DateSpan,
) -> (std::ops::Range<usize>, std::ops::Range<usize>) {
    let first = dates.partition_point(|d| *d < span.start);
    let end = dates.partition_point(|d| *d <= span.end);
    (first..end, first * width..end * width)
}

pub(crate) fn model(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(4);
    let trained = run.state.trained()?;
    let models: Vec<FoldModels<'_>> = trained
        .teachers
        .iter()
        .zip(&trained.students)
        .take(trained.folds.len())
        .map(|(t, s)| FoldModels { teacher: &t.model, student: &s.student, twin: &s.twin })
        .collect();
    let dataset = &run.data.frame.dataset;
    let grid = in_trial(run, |log, key| score_out_of_sample(dataset, &trained.folds, &models, log, key))?;
    work.step();

    let costs = costs(&run.inputs.pipeline)?;
    let (span, tests) = (run.data.out_of_sample, &run.inputs.pipeline.tests);
    let frame = &run.data.frame;
    let width = frame.panel.width();
    let (dates, cells) = rows(&frame.panel.dates, width, span);
    let books = run_books(&candidate(run, &costs, &grid.student, span), 1.0).map_err(validation)?;
    work.step();

    let base_rate = {
        let classes: Vec<f64> =
            trained.folds[0].fit_rows().iter().map(|r| dataset.class()[*r as usize]).collect();
        classes.iter().sum::<f64>() / classes.len() as f64
    };
    let horizon = run.inputs.pipeline.label.horizon();
    let input = |scores: &'static str| {
        let all = match scores {
            "student" => &grid.student,
            "twin" => &grid.twin,
            _ => &grid.teacher,
        };
        AccuracyInput {
            dates: &frame.panel.dates[dates.clone()],
            scores: &all[cells.clone()],
            classes: &frame.labels.class[cells.clone()],
            width,
            base_rate,
            horizon,
        }
    };
    let source = Digest::of_f64s(&grid.student[cells.clone()]);
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source };
    let seed = run.seed.child("validation");
    let forward = &frame.labels.forward_return[cells.clone()];
    let mut evidence = Vec::new();
    for name in ["student", "teacher", "twin"] {
        let shifts = if name == "student" { tests.auc_shifts } else { 0 };
        let scored = input(name);
        evidence.extend(accuracy_evidence(&recorder, name, &scored, shifts, tests.bootstrap_draws, &seed));
        evidence.extend(
            skill_evidence(&recorder, name, scored.scores, forward, width, horizon).map_err(validation)?,
        );
    }
    work.step();
    let student = input("student");
    evidence.extend(reliability_evidence(&recorder, "student", &student));
    let picked = picked_share(&run.inputs.pipeline.book);
    evidence.extend(decision_evidence(&recorder, "student", &student, picked, tests.auc_shifts, &seed));
    calibration_evidence(&recorder, "student", &student, DRAWS, &seed, &mut evidence);
    let forecast_of = |fold: &Option<usize>| trained.students[(*fold)?].forecast.as_ref();
    let forecasts: Vec<Option<&ReturnForecast>> =
        grid.fold_of_date[dates.clone()].iter().map(forecast_of).collect();
    let forecast = ForecastInput {
        forecasts: &forecasts,
        scores: student.scores,
        forward,
        unit: &frame.labels.unit[cells.clone()],
        width,
        horizon,
    };
    evidence.extend(forecast_evidence(&recorder, "student", &forecast));
    evidence.extend(forecast_missing(&recorder, "teacher", NO_TEACHER_FORECAST));
    evidence.extend(forecast_missing(&recorder, "twin", NO_TWIN_FORECAST));
    let mut folds = Vec::with_capacity(trained.folds.len());
    for (k, fold) in trained.folds.iter().enumerate() {
        let (dates, cells) = rows(&frame.panel.dates, width, fold.test_span());
        let grids = AccuracyInput {
            dates: &frame.panel.dates[dates],
            scores: &grid.student[cells.clone()],
            classes: &frame.labels.class[cells.clone()],
            ..student
        };
        folds.push(fold_evidence(
            &recorder,
            &FoldScores {
                index: k,
                test: fold.test_span(),
                fit_rows: fold.fit_rows().len(),
                grids,
                teacher: &grid.teacher[cells.clone()],
                forward: &frame.labels.forward_return[cells],
            },
        ));
    }
    evidence.extend(folds_evidence(&recorder, trained.folds.len(), &folds));
    evidence.extend(folds.into_iter().flatten());
    let own = candidate(run, &costs, &grid.student, span);
    let naive = naive_books(&own, &seed.child("naive")).map_err(validation)?;
    evidence.extend(naive_evidence(&recorder, &own, &books, &naive));
    work.step();

    let mut file = EvidenceFile::new("validation_summary.json", evidence);
    let set = proofmark_lifecycle::EvidenceSet::from_records(file.evidence.clone())
        .map_err(|e| AppError::bug("two validation records share a name").because(e))?;
    let synthetic = run.data.synthetic;
    let mut summary = json!({
        "status": "completed",
        "symbols": run.data.universe.symbols,
        "date_range": run.data.snapshot.content.span,
        "out_of_sample": span,
        "feature_set": feature_set(run),
        "base_rate": base_rate,
        "figures": {
            "symbols": run.data.universe.symbols.len(),
            "folds": trained.folds.len(),
            "dataset_rows": dataset.class().iter().filter(|c| c.is_finite()).count(),
            "rank_ic": set.value("student.rank_ic"),
        },
        "reports": ["reports/accuracy_report.html"],
        "evidence": file.evidence,
    });
    if !trained.weights.is_empty() {
        summary["label_weights"] =
            json!({ "setting": run.inputs.pipeline.weights, "folds": trained.weights });
    }
    file.sha256 = Some(run.artefacts.json("validation_summary.json", &summary)?);
    let mut text = report::evidence_markdown("Validation summary", &set, synthetic);
    text.push_str(&report::label_weights_markdown(&trained.weights));
    run.artefacts.bytes(&run.artefacts.audit.join("validation_summary.md"), text.as_bytes())?;
    let page = report::accuracy_page(&set, synthetic);
    run.artefacts
        .bytes(&run.artefacts.audit.join("reports").join("accuracy_report.html"), page.as_bytes())?;
    let trades =
        json!({ "trades": books.candidate.trades, "open_positions": books.candidate.open_positions });
    run.artefacts.json("trades.json", &trades)?;
    run.state.validated = Some(Validated { grid, books, naive, costs, file });
    Ok(PhaseStatus::Success.into())
}

/// What the models see: the set, expressions of the pipeline's own where there are any, and their identity.
fn feature_set(run: &Run<'_>) -> serde_json::Value {
    let spec = &run.inputs.pipeline.features;
    let names = run.data.frame.dataset.feature_names();
    let mut set = json!({ "name": spec.set, "names": names, "schema": proofmark_features::schema_digest(&run.data.features()) });
    if !spec.expressions.is_empty() {
        set["expressions"] = json!(spec.expressions);
    }
    set
}

/// Scores within this run's trial: recorded first, or in a replay known already.
pub(crate) fn in_trial<T>(
    run: &Run<'_>,
    score: impl FnOnce(&dyn TrialLog, &TrialKey) -> std::result::Result<T, ScoreError>,
) -> Result<T> {
    let key = TrialKey {
        pipeline_slice: run.inputs.pipeline.score_slice(),
        lineage: run.inputs.snapshot,
        seed: run.inputs.seed,
    };
    let scored = match run.ledger {
        Some(_) => score(&trial_log(run)?, &key),
        None => score(&AlreadyRecorded, &key),
    };
    scored.map_err(|e| AppError::environment("failed to score out of sample").because(e))
}

/// The trial log of this run.
pub(crate) fn trial_log<'a>(run: &'a Run<'_>) -> Result<Trials<'a>> {
    let ledger = run.ledger.ok_or_else(|| AppError::bug("a replay has no trial log"))?;
    Ok(Trials {
        ledger,
        run: run.record.run_id.clone(),
        key: run.trial_key(),
        symbols: run.data.universe.symbols.clone(),
        span: run.data.snapshot.content.span,
        pipeline: run.record.pipeline,
        seed: run.inputs.seed,
    })
}
