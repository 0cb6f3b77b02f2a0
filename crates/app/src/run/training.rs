//! Phases 2 and 3: teachers and students of every fold, and the candidate's final model.

use std::collections::BTreeMap;

use proofmark_labels::ClassBalance;
use proofmark_lifecycle::PhaseStatus;
use proofmark_models::{Forecast, Model, ModelFile};
use proofmark_training::{Fold, StudentFit, TeacherFit};
use proofmark_units::{DateSpan, Seed};
use serde::Serialize;

use super::engine::{Ended, Run};
use super::fit::{Fitter, Job, training};
use super::prepare::{train_rules, walk_forward};
use super::weights::LabelWeights;
use crate::error::Result;
use crate::progress::Work;

/// The folds of a run with what was fitted on them.
pub(crate) struct Trained {
    /// Walk-forward folds, in time order.
    pub(crate) folds: Vec<Fold>,
    /// The fold of the candidate's final model: everything before the seal.
    pub(crate) last: Fold,
    /// Teachers of the folds, then of `last`.
    pub(crate) teachers: Vec<TeacherFit>,
    /// Students of the folds, then of `last`.
    pub(crate) students: Vec<StudentFit>,
    /// What the labels of the folds, then of `last`, are worth; empty where all weigh the same.
    pub(crate) weights: Vec<ClassBalance>,
}

/// One line of `teacher_runs.json` or `student_runs.json` for a pooled fold.
#[derive(Serialize)]
struct FoldRun<'a> {
    scope: &'static str,
    fold: usize,
    test_span: DateSpan,
    fit_rows: usize,
    calibration_rows: usize,
    status: &'static str,
    promotable: bool,
    artifacts_path: String,
    hyperparameters: &'a serde_json::Value,
    /// What the labels of the fit rows are worth, where they do not all weigh the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<&'a ClassBalance>,
    dry_run: bool,
    synthetic: bool,
}

fn cut(run: &Run<'_>) -> Result<(Vec<Fold>, Fold)> {
    let (pipeline, data) = (&run.inputs.pipeline, &run.data);
    let folds = walk_forward(pipeline, data.out_of_sample).folds(&data.frame.dataset).map_err(training)?;
    let last =
        Fold::up_to(&data.frame.dataset, data.holdout.start, &train_rules(pipeline)).map_err(training)?;
    Ok((folds, last))
}

fn jobs<'a>(fitter: &Fitter<'_>, folds: &'a [Fold], last: &'a Fold) -> Vec<Job<'a>> {
    folds
        .iter()
        .enumerate()
        .map(|(k, fold)| Job { fold, seed: fitter.fold_seed("fold", k) })
        .chain([Job { fold: last, seed: fitter.fold_seed("final", 0) }])
        .collect()
}

/// Name of fold `k` among `count` folds; the one after the last is the final model's.
fn name(k: usize, count: usize) -> String {
    if k == count { "final".to_owned() } else { format!("fold_{k:02}") }
}

pub(crate) fn teacher(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    let (folds, last) = cut(run)?;
    let rules = train_rules(&run.inputs.pipeline);
    let (fits, seeds) = {
        let fitter = run.fitter(&rules);
        let jobs = jobs(&fitter, &folds, &last);
        let seeds: Vec<Seed> = jobs.iter().map(|j| j.seed).collect();
        (fitter.teachers(&jobs, work)?, seeds)
    };
    let weights: Vec<ClassBalance> = {
        let weights = LabelWeights::of(&run.inputs.pipeline, &run.data.frame, run.seed);
        let all = weights.iter().flat_map(|weights| {
            let of = |(k, fold): (usize, &Fold)| weights.balance(&name(k, folds.len()), fold.fit_rows());
            folds.iter().chain([&last]).enumerate().filter_map(of)
        });
        all.collect()
    };
    let plans: Vec<_> = folds.iter().chain([&last]).map(|f| f.explain(&run.data.frame.dataset)).collect();
    run.artefacts.json("folds.json", &serde_json::json!({ "folds": plans }))?;
    let mut lines = Vec::new();
    for (k, (fit, plan)) in fits.iter().zip(&plans).enumerate() {
        let path = run.artefacts.models.join("teacher_models").join(format!("{}.json", name(k, folds.len())));
        let bytes = model_bytes(run, fit.model.clone(), plan.fit.decisions, seeds[k])?;
        run.artefacts.bytes(&path, &bytes)?;
        let line = FoldRun {
            scope: "panel",
            fold: k,
            test_span: plan.test_span,
            fit_rows: plan.fit.rows,
            calibration_rows: plan.calibration.rows,
            status: "success",
            promotable: false,
            artifacts_path: format!("teacher_models/{}.json", name(k, folds.len())),
            hyperparameters: &fit.effective_parameters,
            weights: weights.get(k),
            dry_run: run.record.dry_run,
            synthetic: run.data.synthetic,
        };
        lines.extend(json_line(&line)?);
    }
    let models: Vec<&Model> = fits.iter().map(|fit| &fit.model).collect();
    let importance = importance(run.data.frame.dataset.feature_names(), &models);
    run.artefacts.bytes(&run.artefacts.models.join("feature_importance.csv"), importance.as_bytes())?;
    let windows = super::windows::train(run, work)?;
    lines.extend_from_slice(&windows.teacher_lines);
    let path = run.artefacts.models.join("teacher_runs.json");
    run.artefacts.bytes(&path, &lines)?;
    let ended = windows.teacher_end.clone();
    run.state.windows = Some(windows);
    run.state.trained = Some(Trained { folds, last, teachers: fits, students: Vec::new(), weights });
    Ok(ended.unwrap_or(Ended::from(PhaseStatus::Success)))
}

/// What the splits on each feature brought to each fold's teacher and to the final one, as shares: a feature that matters in
/// one fold alone was not learnt from the market. A description in sample; no test of skill.
fn importance(features: &[String], models: &[&Model]) -> String {
    let names: Vec<String> = (0..models.len()).map(|k| name(k, models.len() - 1)).collect();
    let shares: Vec<Option<Vec<f64>>> = models.iter().map(|model| model.importance()).collect();
    let mut text = format!("feature,{}\n", names.join(","));
    for (j, feature) in features.iter().enumerate() {
        let share = |own: &Option<Vec<f64>>| own.as_ref().map_or_else(String::new, |own| own[j].to_string());
        text.push_str(&format!("{feature},{}\n", shares.iter().map(share).collect::<Vec<_>>().join(",")));
    }
    text
}

pub(crate) fn student(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    let rules = train_rules(&run.inputs.pipeline);
    let fits = {
        let trained = run.state.trained()?;
        let fitter = run.fitter(&rules);
        let jobs = jobs(&fitter, &trained.folds, &trained.last);
        {
            let soft: Vec<&[f64]> = trained.teachers.iter().map(|t| t.out_of_fold.as_slice()).collect();
            fitter.students(&jobs, &soft, work)?
        }
    };
    let (plans, count, weights): (Vec<_>, usize, _) = {
        let trained = run.state.trained()?;
        let all = trained.folds.iter().chain([&trained.last]);
        let plans = all.map(|f| f.explain(&run.data.frame.dataset)).collect();
        (plans, trained.folds.len(), trained.weights.clone())
    };
    let mut lines = Vec::new();
    for (k, (fit, plan)) in fits.iter().zip(&plans).enumerate() {
        let file = if k == count {
            "student_model.json".to_owned()
        } else {
            format!("student_models/{}.json", name(k, count))
        };
        let path = run.artefacts.models.join(&file);
        let seeds = BTreeMap::from([("run".to_owned(), run.seed)]);
        let spans: BTreeMap<String, DateSpan> =
            [("fit", plan.fit.decisions), ("calibration", plan.calibration.decisions)]
                .into_iter()
                .filter_map(|(name, span)| Some((name.to_owned(), span?)))
                .collect();
        let names = run.data.frame.dataset.feature_names();
        let mut model = ModelFile::calibrated(fit.student.clone(), names, spans, &seeds).map_err(training)?;
        if let Some(forecast) = &fit.forecast {
            let unit = run.inputs.pipeline.label.unit();
            model = model.with_forecast(Forecast { unit, quantiles: forecast.by_score.clone() });
        }
        run.artefacts.bytes(&path, &model.save_bytes().map_err(training)?)?;
        let parameters = fit.effective_parameters();
        let line = FoldRun {
            scope: "panel",
            fold: k,
            test_span: plan.test_span,
            fit_rows: plan.fit.rows,
            calibration_rows: plan.calibration.rows,
            status: "success",
            promotable: k == count,
            artifacts_path: file,
            hyperparameters: &parameters,
            weights: weights.get(k),
            dry_run: run.record.dry_run,
            synthetic: run.data.synthetic,
        };
        lines.extend(json_line(&line)?);
    }
    let ended = run.state.windows.as_ref().map(|w| (w.student_lines.clone(), w.student_end.clone()));
    let (more, ended) = ended.unwrap_or_default();
    lines.extend_from_slice(&more);
    super::frozen_model::write_schema(run)?;
    let path = run.artefacts.models.join("student_runs.json");
    run.artefacts.bytes(&path, &lines)?;
    run.state.trained_mut()?.students = fits;
    Ok(ended.unwrap_or(Ended::from(PhaseStatus::Success)))
}

fn model_bytes(
    run: &Run<'_>,
    model: proofmark_models::Model,
    span: Option<DateSpan>,
    seed: Seed,
) -> Result<Vec<u8>> {
    let spans: BTreeMap<String, DateSpan> = span.into_iter().map(|s| ("fit".to_owned(), s)).collect();
    let seeds = BTreeMap::from([("teacher".to_owned(), seed)]);
    let file =
        ModelFile::new(model, run.data.frame.dataset.feature_names(), spans, &seeds).map_err(training)?;
    file.save_bytes().map_err(training)
}

fn json_line(value: &impl Serialize) -> Result<Vec<u8>> {
    let mut line = serde_json::to_vec(value)
        .map_err(|e| crate::error::AppError::bug("a run line does not serialise").because(e))?;
    line.push(b'\n');
    Ok(line)
}
