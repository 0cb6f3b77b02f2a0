//! Planted leaks, each caught by a canary or impossible to write down; and clean pipelines, on which no canary may sound.
//!
//! Adding a planted leak takes a line in [`LEAKS`].

mod plants;

use proofmark_labels::label_grid;
use proofmark_market::{Bars, Membership, Universe};
use proofmark_training::{Fold, fit_student_alone};
use proofmark_units::{Date, DateSpan, Seed};
use proofmark_validation::{fit_leak, prefix_invariance, train_test_overlap};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::ROOT_SEED;
use crate::error::{AppError, Result};
use crate::ingest::Synthetic;
use crate::pipeline::Pipeline;
use crate::run::canaries::{Seen, label_shift, markets, overlap, permuted_labels, shuffled_future, vintage};
use crate::run::{Frame, train_rules, training};

const PIPELINE: &str = include_str!("../../../../pipelines/demo.toml");
const NAMES: usize = 12;
const START: &str = "2009-01-01";
const END: &str = "2013-12-31";
const FIRST_TEST: &str = "2013-01-01";

/// What became of one planted leak.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Planted {
    /// Its name.
    pub leak: String,
    /// The canary that must sound, or `inexpressible`.
    pub stopped_by: String,
    /// What the canary said, or why it cannot be written.
    pub how: String,
    /// Whether it was stopped.
    pub stopped: bool,
}

/// What clean pipelines set off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CleanPipelines {
    /// Pipelines looked at, each on a market of its own.
    pub pipelines: u64,
    /// Those on which some canary sounded.
    pub alarms: u64,
    /// What sounded, one a line.
    pub sounded: Vec<String>,
}

enum Stopped {
    Caught(&'static str, fn(&Lab) -> Result<Seen>),
    Inexpressible(&'static str),
}

/// A small clean pipeline with everything the canaries look at.
struct Lab {
    pipeline: Pipeline,
    bars: Vec<Bars>,
    universe: Universe,
    frame: Frame,
    test: DateSpan,
    seed: Seed,
}

fn date(text: &str) -> Date {
    text.parse().expect("a date of this file")
}

impl Lab {
    fn new(scenario: &str, seed: u64) -> Result<Self> {
        let pipeline = Pipeline::parse(PIPELINE, "demo.toml")?;
        let pipeline = Pipeline {
            split: crate::pipeline::SplitSpec { min_train_rows: 2_000, ..pipeline.split.clone() },
            ..pipeline
        };
        let world = Synthetic {
            scenario: scenario.to_owned(),
            names: NAMES,
            seed,
            start: date(START),
            end: date(END),
            strength: None,
        }
        .world()?;
        let bars: Vec<Bars> = world
            .bars
            .iter()
            .map(|s| Bars::from_rows(s.symbol.clone(), &s.rows))
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| AppError::bug("a simulated bar is impossible").because(e))?;
        let universe = Universe {
            symbols: bars.iter().map(|b| b.symbol().clone()).collect(),
            membership: Membership::WholeMarket,
            pauses: Vec::new(),
            groups: Vec::new(),
        };
        let frame = Frame::build(&pipeline, proofmark_features::TEACHER15, &bars, &universe)?;
        let test = DateSpan { start: date(FIRST_TEST), end: date("2013-11-30") };
        Ok(Self {
            pipeline,
            bars,
            universe,
            frame,
            test,
            seed: Seed::root(ROOT_SEED).child("leaks").nth(seed),
        })
    }

    fn build(&self, bars: &[Bars]) -> Result<Frame> {
        Frame::build(&self.pipeline, proofmark_features::TEACHER15, bars, &self.universe)
    }

    /// The student of the test block, fitted as a run fits it, without a teacher.
    fn fit(&self, frame: &Frame, fold: &Fold) -> Result<Vec<u8>> {
        let no_teacher = vec![f64::NAN; fold.fit_rows().len()];
        let config = &self.pipeline.student;
        let student = fit_student_alone(&frame.dataset, fold, &no_teacher, config, None).map_err(training)?;
        Ok(crate::json::bytes(&student))
    }

    fn fold(&self, frame: &Frame) -> Result<Fold> {
        Fold::before(&frame.dataset, self.test, &train_rules(&self.pipeline)).map_err(training)
    }

    /// Another future must leave what `fit` makes as it is.
    fn another_future(&self, fit: &dyn Fn(&Frame, &Fold) -> Result<Vec<u8>>) -> Result<Seen> {
        let other = self.build(&markets::other_future(&self.bars, self.test.start)?)?;
        let was = fit(&self.frame, &self.fold(&self.frame)?)?;
        let is = fit(&other, &self.fold(&other)?)?;
        Ok(Seen::of(1, fit_leak(&was, &is)))
    }
}

const LEAKS: &[(&str, Stopped)] = &[
    (
        "centred moving mean",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::centred_mean)),
    ),
    (
        "back-filled values",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::back_fill)),
    ),
    (
        "z-score over the whole sample",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::whole_sample_score)),
    ),
    (
        "quantile of the whole sample",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::whole_sample_quantile)),
    ),
    (
        "repainting pivot",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::repainting_pivot)),
    ),
    (
        "the next bar's return",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::next_return)),
    ),
    (
        "trend of the whole sample taken out",
        Stopped::Caught("prefix_invariance", |lab| plants::feature(lab, plants::trend_of_the_whole_sample)),
    ),
    ("bars rescaled by the last price", Stopped::Caught("shuffled_future", plants::rescaled_bars)),
    ("label from the decision's own close", Stopped::Caught("label_shift", plants::label_from_the_close)),
    ("label dated on the decision's day", Stopped::Caught("label_shift", plants::label_of_the_same_day)),
    ("bars restated after the day", Stopped::Caught("vintage", plants::restated_bars)),
    ("test rows among the training rows", Stopped::Caught("train_test_overlap", plants::repeated_rows)),
    ("a stretch of history repeated later", Stopped::Caught("train_test_overlap", plants::duplicated_bars)),
    ("scaler fitted on all rows", Stopped::Caught("fit_leak", plants::scaler_of_all_rows)),
    ("threshold taken from the test block", Stopped::Caught("fit_leak", plants::threshold_of_the_test_block)),
    ("outcomes fed into the score", Stopped::Caught("permuted_label_retrain", plants::outcome_in_the_score)),
    (
        "shuffled train-test split",
        Stopped::Inexpressible("a fold's rows come from dates alone; there is no way to name rows"),
    ),
    (
        "unpurged labels before a test block",
        Stopped::Inexpressible("every fold is purged by its labels' maximum end; there is no switch"),
    ),
    (
        "mean target of a name as a feature",
        Stopped::Inexpressible("the crate of features may not depend on that of labels, not even in tests"),
    ),
    (
        "a look at the sealed year",
        Stopped::Inexpressible(
            "the sealed bars are not in the panel; opening them is a counted event in the ledger",
        ),
    ),
];

/// Plants every leak on a clean pipeline.
///
/// # Errors
/// A simulated market or a fit that fails: a bug.
pub(super) fn planted() -> Result<Vec<Planted>> {
    let lab = Lab::new("null", 1)?;
    LEAKS
        .iter()
        .map(|(name, stopped)| {
            let (stopped_by, how, stopped) = match stopped {
                Stopped::Inexpressible(why) => ("inexpressible", (*why).to_owned(), true),
                Stopped::Caught(canary, plant) => match plant(&lab)? {
                    Seen::Caught(what) => (*canary, what, true),
                    Seen::Clear(_) => (*canary, "not caught".to_owned(), false),
                    Seen::Blind(why) => (*canary, why, false),
                },
            };
            Ok(Planted { leak: (*name).to_owned(), stopped_by: stopped_by.to_owned(), how, stopped })
        })
        .collect()
}

/// Every canary on `count` clean pipelines, half of them with a real edge.
///
/// # Errors
/// As [`planted`].
pub(super) fn clean(count: u64) -> Result<CleanPipelines> {
    let sounded: Vec<Option<String>> = (0..count).into_par_iter().map(alarm).collect::<Result<_>>()?;
    let sounded: Vec<String> = sounded.into_iter().flatten().collect();
    Ok(CleanPipelines { pipelines: count, alarms: sounded.len() as u64, sounded })
}

fn alarm(world: u64) -> Result<Option<String>> {
    let scenario = if world.is_multiple_of(2) { "null" } else { "edge" };
    let lab = Lab::new(scenario, 1_000 + world)?;
    let fold = lab.fold(&lab.frame)?;
    let rows = overlap::row_digests(&lab.frame.dataset);
    let set = proofmark_features::TEACHER15;
    let looks = [
        ("prefix_invariance", Seen::of(1, prefix_invariance(set, &lab.bars[..2], &lab.universe))),
        (
            "shuffled_future",
            shuffled_future::check(&lab.frame, &lab.bars, lab.test.start, &lab.seed, &|b| lab.build(b))?,
        ),
        (
            "label_shift",
            label_shift::check(&lab.bars, lab.pipeline.label.horizon(), &|p| {
                label_grid(p, &lab.pipeline.label)
            })?,
        ),
        ("vintage", vintage::check(set, &lab.bars, &lab.universe, lab.test)),
        (
            "train_test_overlap",
            Seen::of(1, train_test_overlap(&rows, &[(fold.fit_rows(), fold.test_rows())])),
        ),
        ("fit_leak", lab.another_future(&|frame, fold| lab.fit(frame, fold))?),
        (
            "permuted_label_retrain",
            permuted_labels::check(
                &lab.frame,
                lab.test,
                &lab.pipeline,
                &lab.seed,
                &permuted_labels::score_alone,
            )?,
        ),
    ];
    Ok(looks.into_iter().find_map(|(canary, seen)| match seen {
        Seen::Clear(_) => None,
        Seen::Caught(what) | Seen::Blind(what) => {
            Some(format!("world {world} ({scenario}), {canary}: {what}"))
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_with_just_the_rows_that_are_asked_for_can_be_looked_at() {
        let mut lab = Lab::new("null", 3).unwrap();
        let rows = lab.fold(&lab.frame).unwrap().fit_rows().len();
        lab.pipeline.split.min_train_rows = rows;
        assert!(lab.fold(&lab.frame).is_ok());
        // Moved labels land on fewer rows; that is no lack of data.
        let look = permuted_labels::check(
            &lab.frame,
            lab.test,
            &lab.pipeline,
            &lab.seed,
            &permuted_labels::score_alone,
        );
        assert!(matches!(look.unwrap(), Seen::Clear(_)));
    }
}
