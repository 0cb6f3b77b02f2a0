//! Cross-validation in `cross_validation_report.json`: the splits, the paths, their distribution, and what that says.

use proofmark_lifecycle::display;
use serde_json::{Map, Value, json};

use super::{Figures, Noted, noted};
use crate::error::Result;
use crate::run::engine::Run;

/// Figures of a distribution over the paths.
const SUMMARY: [&str; 8] = ["min", "q25", "median", "q75", "max", "mean", "sd", "share_below_zero"];

/// Why it decides nothing, wherever it is shown.
pub(in crate::run) const DECIDES_NOTHING: &str = "Some training follows the test, the paths share their dates and most training rows: it shows how much the result depends on what was trained on, not how much luck is in it, and no gate reads it.";

pub(super) fn section(run: &Run<'_>, figures: &Figures<'_>) -> Result<Value> {
    let Some(measured) = &run.state.tested()?.cross_validated else {
        return Ok(json!({
            "status": "not asked for",
            "reason": "a walk-forward trains on the past alone, as the deployed model does; a table `[cross_validation]` in the pipeline adds splits that train on the future as well, which decide nothing",
        }));
    };
    let of = |measure: &str| -> Map<String, Value> {
        let name = |what: &str| format!("cross_validation.{measure}.{what}");
        SUMMARY.iter().map(|what| ((*what).to_owned(), json!(noted(figures, &name(what))))).collect()
    };
    let plan = measured.plan.as_ref();
    let tested = |k: usize| plan.map(|plan| groups_of(&plan.paths, k));
    let splits: Vec<Value> = plan
        .iter()
        .flat_map(|plan| &plan.folds)
        .map(|layout| &layout.plan)
        .map(|fold| {
            json!({
                "split": fold.index,
                "test_groups": tested(fold.index),
                "fit_rows": fold.fit.rows,
                "calibration_rows": fold.calibration.rows,
                "test_rows": fold.test.rows,
                "left_out": fold.purged,
                "overlaps": fold.overlaps.total(),
                "rank_ic": figures.get(&format!("cross_validation.split.{:03}.rank_ic", fold.index)),
            })
        })
        .collect();
    let paths: Vec<Value> = plan
        .iter()
        .flat_map(|plan| plan.paths.iter().enumerate())
        .map(|(path, splits)| {
            let figure = |measure: &str| figures.get(&format!("cross_validation.path.{path:03}.{measure}"));
            json!({
                "path": path,
                "splits": splits,
                "appraisal_ratio": figure("appraisal_ratio"),
                "net_sharpe": figure("net_sharpe"),
            })
        })
        .collect();
    let why = reason(figures);
    Ok(json!({
        "status": if why.is_some() { "incomplete" } else { "completed" },
        "method": plan.map(|plan| plan.split.to_string()),
        "sentence": sentence(figures, why.as_deref()),
        "decides": DECIDES_NOTHING,
        "groups": plan.map(|plan| &plan.groups),
        "splits": splits,
        "paths": paths,
        "distribution": { "appraisal_ratio": of("appraisal_ratio"), "net_sharpe": of("net_sharpe") },
        "luck": figures.get("luck.expected_sharpe"),
        "splits_positive": noted(figures, "cross_validation.splits_positive"),
    }))
}

/// Groups that split `k` tests: those that a path takes from it.
fn groups_of(paths: &[Vec<usize>], k: usize) -> Vec<usize> {
    let groups = paths.first().map_or(0, Vec::len);
    (0..groups).filter(|group| paths.iter().any(|path| path[*group] == k)).collect()
}

/// Why there is no distribution.
pub(in crate::run) fn reason(figures: &Figures<'_>) -> Option<String> {
    let Noted { figure, note } = noted(figures, "cross_validation.appraisal_ratio.median");
    match figure.and_then(|figure| figure.value) {
        Some(_) => None,
        None => Some(note.unwrap_or_else(|| "no reason was recorded".to_owned())),
    }
}

/// What the distribution says, in words.
fn sentence(figures: &Figures<'_>, why: Option<&str>) -> String {
    let said = |name: &str| {
        let figure = figures.get(&format!("cross_validation.{name}"));
        let value = figure.as_ref().and_then(|figure| figure.value);
        value.zip(figure).map_or_else(|| "?".to_owned(), |(value, f)| display::with_unit(value, &f.unit))
    };
    let splits = said("splits");
    let one = figures.get("cross_validation.paths").is_some_and(|figure| figure.value == Some(1.0));
    match why {
        Some(why) => format!("The cross-validation by {splits} is {why}."),
        None if one => format!(
            "Fitted on {splits}, each tested where it was not fitted; the path put together from the tests has an appraisal ratio of {}.",
            said("appraisal_ratio.median"),
        ),
        None => format!(
            "Fitted on {splits}, each tested where it was not fitted; the {} put together from the tests have appraisal ratios from {} to {} with median {}; {} of them lie below 0.",
            said("paths"),
            said("appraisal_ratio.min"),
            said("appraisal_ratio.max"),
            said("appraisal_ratio.median"),
            said("appraisal_ratio.share_below_zero"),
        ),
    }
}
