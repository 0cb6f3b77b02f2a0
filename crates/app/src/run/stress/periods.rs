//! Named periods, each replayed with a model trained strictly before it.

use std::path::Path;

use proofmark_execution::book::{NaiveRule, run_book};
use proofmark_models::Calibrated;
use proofmark_training::{Fold, TrainRules};
use proofmark_units::DateSpan;
use proofmark_validation::stress::{picked_share, precision};
use proofmark_validation::{StressOutcome, StressPeriod, ValidationError, historical_periods, run_books};
use serde::Deserialize;

use super::grounds::Grounds;
use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;
use crate::progress::Work;
use crate::run::fit::{Fitter, Job, training};
use crate::run::scores::score;
use crate::run::validate::{rows, validation};

#[derive(Deserialize)]
struct PeriodFile {
    #[serde(default)]
    period: Vec<StressPeriod>,
}

/// A period with the rows its model may see, or why there is none.
pub(super) struct Cut {
    pub(super) period: StressPeriod,
    fold: std::result::Result<Fold, String>,
}

/// The periods that a pipeline lists.
pub(super) fn of_pipeline(pipeline: &Pipeline, root: &Path) -> Result<Vec<StressPeriod>> {
    listed(pipeline.stress.market.as_deref(), pipeline.stress.file.as_deref(), root)
}

/// The shipped periods of a pipeline's market and those of its own file under `root`, by date.
pub(crate) fn listed(market: Option<&str>, file: Option<&str>, root: &Path) -> Result<Vec<StressPeriod>> {
    let mut all = market.map(historical_periods).unwrap_or_default();
    if let Some(name) = file {
        let path = root.join(name);
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

/// Why a period cannot be replayed on the data that a back-test may see, if so.
pub(crate) fn outside(period: DateSpan, visible: DateSpan) -> Option<&'static str> {
    if visible.contains(period.start) && visible.contains(period.end) {
        None
    } else if period.end > visible.end {
        Some("it reaches into the sealed span or past the data")
    } else {
        Some("it lies before the data")
    }
}

pub(super) fn cut(grounds: &Grounds<'_>, periods: Vec<StressPeriod>, rules: &TrainRules) -> Vec<Cut> {
    let visible = DateSpan { start: grounds.pipeline.data.start, end: grounds.data.out_of_sample.end };
    let cut = |period: StressPeriod| {
        let span = period.span();
        let fold = match outside(span, visible) {
            None => Fold::before(&grounds.data.frame.dataset, span, rules)
                .map_err(|e| format!("no model can be trained before it: {e}")),
            Some(why) => Err(why.to_owned()),
        };
        Cut { period, fold }
    };
    periods.into_iter().map(cut).collect()
}

/// Trains the missing models and runs the books of every period.
pub(super) fn replay(
    grounds: &Grounds<'_>,
    fitter: &Fitter<'_>,
    cuts: Vec<Cut>,
    work: &Work<'_>,
) -> Result<Vec<StressOutcome>> {
    let students: Vec<Calibrated> = {
        let jobs: Vec<Job<'_>> = cuts
            .iter()
            .filter_map(|c| Some((c.fold.as_ref().ok()?, &c.period.id)))
            // By its id, not its place: another period in the list moves no number of this one.
            .map(|(fold, id)| Job { fold, seed: fitter.seed.child("stress").child(id) })
            .collect();
        let teachers = fitter.cross_fitted(&jobs, work)?;
        let soft: Vec<&[f64]> = teachers.iter().map(Vec::as_slice).collect();
        fitter.students_alone(&jobs, &soft, work)?
    };
    let mut students = students.iter();
    cuts.into_iter()
        .map(|Cut { period, fold, .. }| match fold {
            Err(why) => Ok(StressOutcome::NotTested { period, why }),
            Ok(fold) => {
                let student =
                    students.next().ok_or_else(|| AppError::bug("a stress period has no student"))?;
                tested(grounds, period, &fold, student)
            }
        })
        .collect()
}

fn tested(
    grounds: &Grounds<'_>,
    period: StressPeriod,
    fold: &Fold,
    student: &Calibrated,
) -> Result<StressOutcome> {
    let frame = &grounds.data.frame;
    let span = fold.test_span();
    let scores = score(&frame.dataset, span, |x| student.predict(x).map_err(training))?;
    let own = grounds.candidate(&scores, span);
    let books = run_books(&own, 1.0).map_err(validation)?;
    let config = NaiveRule::BuyAndHold.config(own.config);
    let hold = run_book(own.panel, None, &config, own.costs, span)
        .map_err(|source| validation(ValidationError::Book { book: "buy_and_hold".to_owned(), source }))?;
    let plan = fold.explain(&frame.dataset);
    let until = plan.fit.label_end.max(plan.calibration.label_end).unwrap_or(span.start);
    let width = frame.panel.width();
    let (_, cells) = rows(&frame.panel.dates, width, span);
    Ok(StressOutcome::Tested {
        span,
        period,
        trained_until: DateSpan { start: grounds.pipeline.data.start, end: until },
        books: Box::new(books),
        hold: Box::new(hold),
        precision: precision(
            &scores[cells.clone()],
            &frame.labels.class[cells],
            width,
            picked_share(&grounds.pipeline.book),
        ),
    })
}
