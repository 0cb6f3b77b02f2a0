//! A student fitted on labels of other dates and names has no skill; one that keeps its skill is fed it by something else.
//!
//! Names are dealt anew for each retraining: what stays true of a name for years, such as a drift that goes with its
//! volatility, outlives a shift in time alone, and all retrainings would learn it.

use proofmark_models::Calibrated;
use proofmark_stats::moments::{mean, sd};
use proofmark_stats::rank::ic_by_date;
use proofmark_training::{Dataset, Fold, RowWeights, TrainRules, fit_student_alone};
use proofmark_units::{DateSpan, Seed};
use rand::seq::SliceRandom as _;

use super::super::engine::Run;
use super::super::fit::training;
use super::super::prepare::{Frame, train_rules};
use super::super::scores::score;
use super::super::validate::rows;
use super::super::weights::LabelWeights;
use super::Seen;
use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;
use crate::progress::Work;

/// Retrainings, each with the labels moved by another number of sessions and to other names.
const RETRAININGS: usize = 8;
/// One-sided 0.01 % quantile of Student's t with `RETRAININGS - 1` degrees of freedom. The skill of one retraining alone
/// says nothing: a random direction in a market with an edge is skilled one way or the other; only a common sign is a leak.
const T_MAX: f64 = 7.063;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let test = run.state.trained()?.folds[0].test_span();
    let seed = run.seed.child("canaries").child("permuted_labels");
    check(&run.data.frame, test, &run.inputs.pipeline, &seed, &score_alone)
}

/// How a fitted student's scores over a span come about: the part of an evaluation this canary tests.
pub(crate) type Scoring<'a> = &'a dyn Fn(&Dataset, DateSpan, &Calibrated) -> Result<Vec<f64>>;

/// The scores a run takes: what the student predicts, nothing else.
pub(crate) fn score_alone(dataset: &Dataset, span: DateSpan, student: &Calibrated) -> Result<Vec<f64>> {
    score(dataset, span, |x| student.predict(x).map_err(training))
}

/// Retrains on moved labels before `test` and looks at the skill of `scoring` on its block.
pub(crate) fn check(
    frame: &Frame,
    test: DateSpan,
    pipeline: &Pipeline,
    seed: &Seed,
    scoring: Scoring<'_>,
) -> Result<Seen> {
    let width = frame.panel.width();
    let first_test = frame.panel.at_or_after(test.start);
    // The fold itself had the rows that the pipeline asks for; moved labels leave some of them without one.
    let rules = TrainRules { min_train_rows: 1, ..train_rules(pipeline) };
    let (_, cells) = rows(&frame.panel.dates, width, test);
    let mut skills = Vec::with_capacity(RETRAININGS);
    // Weights stay with their rows: what is moved is what a row says, not what it counts.
    let weights = LabelWeights::of(pipeline, frame, *seed);
    let weights = weights.as_ref().map(|weights| weights as &dyn RowWeights);
    for k in 1..=RETRAININGS {
        let dataset = moved(frame, first_test, k * first_test / (RETRAININGS + 1), &seed.nth(k as u64))?;
        let fold = Fold::before(&dataset, test, &rules).map_err(training)?;
        let no_teacher = vec![f64::NAN; fold.fit_rows().len()];
        let student = fit_student_alone(&dataset, &fold, &no_teacher, &pipeline.student, weights);
        let student = student.map_err(training)?;
        let scores = scoring(&dataset, test, &student)?;
        let daily = ic_by_date(&scores[cells.clone()], &frame.labels.forward_return[cells.clone()], width)
            .map_err(|e| AppError::bug("two grids of one panel differ").because(e))?;
        let known: Vec<f64> = daily.ic.iter().flatten().copied().collect();
        match mean(&known) {
            Some(skill) => skills.push(skill),
            None => {
                return Ok(Seen::Blind("no day of the first test block has scores and returns".to_owned()));
            }
        }
    }
    Ok(judge(&skills, cells.len()))
}

/// Whether retrainings on moved labels share a positive skill.
fn judge(skills: &[f64], cells: usize) -> Seen {
    let (Some(average), Some(spread)) = (mean(skills), sd(skills)) else {
        return Seen::Blind("too few retrainings".to_owned());
    };
    let t = average / (spread / (skills.len() as f64).sqrt()).max(f64::MIN_POSITIVE);
    if average > 0.0 && t > T_MAX {
        return Seen::Caught(format!(
            "students fitted on labels of other dates and names keep a rank IC of {average:.4} (t {t:.1} over {} retrainings)",
            skills.len()
        ));
    }
    Seen::Clear(cells)
}

/// The dataset with all labels before `first_test` moved by `by` sessions, jointly and circularly, and each name's labels
/// given to another name; where nothing lands on a row it has none: its own would be a true label among the moved ones,
/// and teach what the canary asks about.
fn moved(frame: &Frame, first_test: usize, by: usize, seed: &Seed) -> Result<Dataset> {
    let (dataset, width) = (&frame.dataset, frame.panel.width());
    let mut source: Vec<usize> = (0..width).collect();
    source.shuffle(&mut seed.rng());
    let classes: Vec<f64> = (0..dataset.len())
        .map(|row| {
            let (t, s) = (dataset.sessions()[row] as usize, dataset.symbol_indices()[row] as usize);
            let own = dataset.class()[row];
            if t >= first_test || own.is_nan() {
                return own;
            }
            let from = (t + first_test - by) % first_test;
            frame.labels.class[from * width + source[s]]
        })
        .collect();
    dataset.with_classes(&classes).map_err(|e| AppError::bug("moved labels are impossible").because(e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skill_all_retrainings_share_is_caught_and_a_lucky_direction_is_not() {
        let seen = |skills: &[f64]| judge(skills, 100);
        assert!(matches!(seen(&[0.05, -0.06, 0.04, -0.02, 0.07, -0.05, 0.01, -0.03]), Seen::Clear(100)));
        assert!(matches!(seen(&[-0.05; 8]), Seen::Clear(_)));
        assert!(matches!(seen(&[0.05, 0.06, 0.04, 0.05, 0.07, 0.05, 0.06, 0.05]), Seen::Caught(_)));
    }
}
