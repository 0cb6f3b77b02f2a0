//! The reports of phase 8 that stand beside the briefing: the validation report, calibration, cross-validation and
//! permutation. Each figure names the evidence file it is in; nothing is computed here but the spread over folds.

mod purged_cv;

use proofmark_lifecycle::Figure;
use proofmark_stats::moments::{mean, sd};
use serde::Serialize;
use serde_json::{Value, json};

use super::brief::Figures;
use super::engine::Run;
use crate::error::Result;
use crate::report;

pub(super) use purged_cv::{DECIDES_NOTHING, reason as incomplete_cv};

/// Files written here, below the audit folder.
pub(super) const FILES: &[&str] = &[
    "statistical_summary.md",
    "validation_report.json",
    "reports/validation_report.html",
    "calibration_report.json",
    "cross_validation_report.json",
    "permutation_test_report.json",
];

/// Groups of a reliability diagram, and bins of the histogram of transforms.
const BINS: usize = 10;

pub(super) fn write(run: &mut Run<'_>) -> Result<()> {
    let (calibration, folds, permutation, validation) = {
        let figures = Figures::of(&run.state)?;
        let audited = run.state.audited()?;
        let find = |name: &str| Some((figures.record(name)?, figures.get(name)?));
        let report = report::ValidationReport::new(&audited.gates, &audited.named, &find);
        let calibration = calibration(&figures, &report.forecast_in_words());
        (calibration, cross_validation(run, &figures)?, permutation(&figures), report)
    };
    run.artefacts.json("calibration_report.json", &calibration)?;
    run.artefacts.json("cross_validation_report.json", &folds)?;
    run.artefacts.json("permutation_test_report.json", &permutation)?;
    run.artefacts.json("validation_report.json", &validation)?;
    let synthetic = run.data.synthetic;
    let audit = run.artefacts.audit.clone();
    let text = validation.markdown(synthetic);
    run.artefacts.bytes(&audit.join("statistical_summary.md"), text.as_bytes())?;
    let page = validation.page(synthetic);
    run.artefacts.bytes(&audit.join("reports").join("validation_report.html"), page.as_bytes()).map(drop)
}

/// A figure with the reason why it is missing, or what to know about it.
#[derive(Serialize)]
struct Noted {
    figure: Option<Figure>,
    note: Option<String>,
}

fn noted(figures: &Figures<'_>, name: &str) -> Noted {
    Noted { figure: figures.get(name), note: figures.record(name).and_then(|e| e.note.clone()) }
}

fn calibration(figures: &Figures<'_>, forecast_in_words: &[String]) -> Value {
    let of = |names: &[&str]| -> serde_json::Map<String, Value> {
        names.iter().map(|n| ((*n).to_owned(), json!(noted(figures, &format!("student.{n}"))))).collect()
    };
    let bins: Vec<Value> = (0..BINS)
        .map(|k| {
            ["predicted", "observed"].map(|what| figures.get(&format!("student.reliability.{k}.{what}")))
        })
        .filter(|bin| bin.iter().all(Option::is_some))
        .map(|[predicted, observed]| json!({ "predicted": predicted, "observed": observed }))
        .collect();
    let pit: Vec<Figure> = (0..BINS).filter_map(|k| figures.get(&format!("student.pit.{k}"))).collect();
    json!({
        "status": "completed",
        "model": "student",
        "brier": of(&["brier", "brier_reliability", "brier_resolution", "brier_uncertainty", "brier_skill"]),
        "log_loss": noted(figures, "student.log_loss"),
        "expected_calibration_error": of(&["ece", "ece_noise", "ece_p"]),
        "boldness": of(&["calibration_z", "calibration_p"]),
        "reliability": bins,
        "return_forecast": {
            "in_words": forecast_in_words,
            "coverage": of(&["coverage", "coverage_50", "interval_width"]),
            "crps": of(&["crps", "crps_climatology", "crps_skill", "crps_without_score", "crps_skill_of_score"]),
            "pit_p": noted(figures, "student.pit_p"),
            "pit_histogram": pit,
        },
    })
}

fn cross_validation(run: &Run<'_>, figures: &Figures<'_>) -> Result<Value> {
    let trained = run.state.trained()?;
    let split = &run.inputs.pipeline.split;
    let name = |k: usize, what: &str| format!("fold.{k:02}.{what}");
    let results: Vec<Value> = trained
        .folds
        .iter()
        .enumerate()
        .map(|(k, fold)| {
            let plan = fold.explain(&run.data.frame.dataset);
            let metric = |what: &str| figures.get(&name(k, what));
            json!({
                "fold": k,
                "train_period": plan.fit.decisions,
                "test_period": fold.test_span(),
                "train_rows": metric("fit_rows"),
                "test_rows": metric("test_rows"),
                "teacher_metrics": { "auc": metric("teacher_auc"), "rank_ic": metric("teacher_rank_ic") },
                "student_metrics": { "auc": metric("auc"), "rank_ic": metric("rank_ic") },
            })
        })
        .collect();
    let spread = |what: &str| {
        let values: Vec<f64> = (0..results.len())
            .filter_map(|k| figures.get(&name(k, what)).and_then(|figure| figure.value))
            .collect();
        let (mean, std) = (mean(&values), sd(&values));
        let cv = mean.zip(std).and_then(|(m, s)| (m != 0.0).then(|| s / m.abs()));
        json!({ "folds": values.len(), "mean": mean, "std": std, "cv": cv })
    };
    Ok(json!({
        "status": "completed",
        "walk_forward_cv": {
            "method": "walk-forward, purged and embargoed",
            "training_window": split.train,
            "step_size_months": split.test_months,
            "num_folds": results.len(),
            "results": results,
            "aggregate": {
                "auc": spread("auc"),
                "rank_ic": spread("rank_ic"),
                "note": "a mean of fold AUCs flatters on short blocks; the pooled figures are the ones to read",
            },
            "pooled": { "auc": noted(figures, "student.auc"), "rank_ic": noted(figures, "student.rank_ic") },
            "completed_share": noted(figures, "folds.completed_share"),
            "share_positive": noted(figures, "folds.share_positive"),
        },
        "purged_cv": purged_cv::section(run, figures)?,
    }))
}

fn permutation(figures: &Figures<'_>) -> Value {
    let tests: Vec<Value> = ["auc", "hit_rate", "precision", "recall", "top_precision"]
        .iter()
        .map(|what| {
            let of = |suffix: &str| noted(figures, &format!("student.{what}{suffix}"));
            json!({ "measure": what, "observed": of(""), "null_mean": of("_null_mean"), "p": of("_p") })
        })
        .collect();
    json!({
        "status": "completed",
        "method": "joint circular shift of all names' labels along the out-of-sample span, by at least max(60 sessions, 2 horizons); p = (1 + k) / (1 + shifts)",
        "why_not_permute": "labels permuted in blocks inside symbol and fold understate the spread: names move together, and noise then passes too often",
        "tests": tests,
        "retrained_on_permuted_labels": noted(figures, "canary.permuted_label_retrain"),
    })
}
