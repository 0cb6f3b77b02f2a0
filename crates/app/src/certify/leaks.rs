//! Planted leaks, each caught by a canary or impossible to write down; and clean pipelines, on which no canary may sound.
//!
//! Adding a planted leak takes a line in [`LEAKS`].

use proofmark_features::check_prefix_invariance;
use proofmark_labels::{LabelGrid, label_grid};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_models::Matrix;
use proofmark_training::{Fold, fit_student_alone};
use proofmark_units::{Date, DateSpan, Digest, Seed};
use proofmark_validation::{fit_leak, prefix_invariance, train_test_overlap};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::ROOT_SEED;
use crate::error::{AppError, Result};
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
        let world = crate::ingest::world(scenario, NAMES, seed, date(START), date(END))?;
        let bars: Vec<Bars> = world
            .bars
            .iter()
            .map(|s| Bars::from_rows(s.symbol.clone(), &s.rows))
            .collect::<std::result::Result<_, _>>()
            .map_err(|e| AppError::bug("a simulated bar is impossible").because(e))?;
        let frame = Frame::build(&pipeline, proofmark_features::TEACHER15, &bars)?;
        let test = DateSpan { start: date(FIRST_TEST), end: date("2013-11-30") };
        Ok(Self { pipeline, bars, frame, test, seed: Seed::root(ROOT_SEED).child("leaks").nth(seed) })
    }

    fn build(&self, bars: &[Bars]) -> Result<Frame> {
        Frame::build(&self.pipeline, proofmark_features::TEACHER15, bars)
    }

    /// The student of the test block, fitted as a run fits it, without a teacher.
    fn fit(&self, frame: &Frame, fold: &Fold) -> Result<Vec<u8>> {
        let no_teacher = vec![f64::NAN; fold.fit_rows().len()];
        let student =
            fit_student_alone(&frame.dataset, fold, &no_teacher, &self.pipeline.student).map_err(training)?;
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

/// A feature written with the future in it, by what it does to the closes.
fn feature(lab: &Lab, column: fn(&[f64]) -> Vec<f64>) -> Result<Seen> {
    let one = |bars: &Bars| {
        let cuts: Vec<usize> = (1..7).map(|k| bars.len() * k / 7).chain([bars.len() - 1]).collect();
        check_prefix_invariance(&|b| column(b.close()), bars, &cuts).map_err(|v| v.to_string())
    };
    Ok(Seen::of(lab.bars.len(), lab.bars.iter().try_for_each(one)))
}

fn centred_mean(close: &[f64]) -> Vec<f64> {
    let mean = |t: usize| {
        let window = &close[t.saturating_sub(5)..(t + 6).min(close.len())];
        window.iter().sum::<f64>() / window.len() as f64
    };
    (0..close.len()).map(mean).collect()
}

fn back_fill(close: &[f64]) -> Vec<f64> {
    // Every fifth value is measured; the ones before take it over.
    (0..close.len()).map(|t| close[(t / 5 * 5 + 4).min(close.len() - 1)]).collect()
}

fn whole_sample_score(close: &[f64]) -> Vec<f64> {
    let n = close.len() as f64;
    let mean = close.iter().sum::<f64>() / n;
    let sd = (close.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / n).sqrt();
    close.iter().map(|c| (c - mean) / sd).collect()
}

fn whole_sample_quantile(close: &[f64]) -> Vec<f64> {
    let mut sorted = close.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    close.iter().map(|c| sorted.partition_point(|v| v < c) as f64 / sorted.len() as f64).collect()
}

fn repainting_pivot(close: &[f64]) -> Vec<f64> {
    let is_top = |t: usize| {
        let window = &close[t.saturating_sub(3)..(t + 4).min(close.len())];
        window.iter().all(|c| *c <= close[t])
    };
    (0..close.len()).map(|t| f64::from(u8::from(is_top(t)))).collect()
}

fn next_return(close: &[f64]) -> Vec<f64> {
    (0..close.len()).map(|t| close.get(t + 1).map_or(0.0, |next| next / close[t] - 1.0)).collect()
}

fn trend_of_the_whole_sample(close: &[f64]) -> Vec<f64> {
    let slope = (close[close.len() - 1] / close[0]).ln() / close.len() as f64;
    (0..close.len()).map(|t| (close[t] / close[0]).ln() - slope * t as f64).collect()
}

fn label_from_the_close(lab: &Lab) -> Result<Seen> {
    let horizon = lab.pipeline.label.horizon();
    let early = |panel: &Panel| -> LabelGrid {
        let mut grid = label_grid(panel, &lab.pipeline.label);
        let width = panel.width();
        for cell in 0..panel.len().saturating_sub(horizon + 1) * width {
            grid.forward_return[cell] = panel.open[cell + (horizon + 1) * width] / panel.close[cell] - 1.0;
        }
        grid
    };
    label_shift::check(&lab.bars, horizon, &early)
}

fn label_of_the_same_day(lab: &Lab) -> Result<Seen> {
    let same_day = |panel: &Panel| -> LabelGrid {
        let mut grid = label_grid(panel, &lab.pipeline.label);
        for (cell, start) in grid.start.iter_mut().enumerate() {
            *start = start.map(|_| panel.dates[cell / panel.width()]);
        }
        grid
    };
    label_shift::check(&lab.bars, lab.pipeline.label.horizon(), &same_day)
}

fn restated_bars(lab: &Lab) -> Result<Seen> {
    let rows: Vec<BarRow> = (0..lab.bars[0].len())
        .map(|i| match lab.bars[0].row(i) {
            row if row.date < lab.test.start => row,
            row => BarRow { known_at: row.known_at.plus_seconds(200 * 86_400), ..row },
        })
        .collect();
    let restated = Bars::from_rows(lab.bars[0].symbol().clone(), &rows)
        .map_err(|e| AppError::bug("a restated bar is impossible").because(e))?;
    Ok(vintage::check(proofmark_features::TEACHER15, &[restated], lab.test))
}

fn scaled_prices(lab: &Lab) -> Result<Seen> {
    // Volumes less their mean over all of history, before the features see them.
    let leaky = |bars: &[Bars]| -> Result<Frame> {
        let scaled: Vec<Bars> = bars
            .iter()
            .map(|b| {
                let last = b.close()[b.len() - 1];
                let rows: Vec<BarRow> = (0..b.len())
                    .map(|i| BarRow { volume: b.row(i).volume * (1.0 + (i as f64) * last), ..b.row(i) })
                    .collect();
                Bars::from_rows(b.symbol().clone(), &rows)
                    .map_err(|e| AppError::bug("a scaled bar is impossible").because(e))
            })
            .collect::<Result<_>>()?;
        lab.build(&scaled)
    };
    shuffled_future::check(&leaky(&lab.bars)?, &lab.bars, lab.test.start, &lab.seed, &leaky)
}

fn repeated_rows(lab: &Lab) -> Result<Seen> {
    let rows = overlap::row_digests(&lab.frame.dataset);
    let fold = lab.fold(&lab.frame)?;
    let mut fitted = fold.fit_rows().to_vec();
    fitted.extend(fold.test_rows().iter().take(3));
    Ok(Seen::of(rows.len(), train_test_overlap(&rows, &[(&fitted, fold.test_rows())])))
}

fn duplicated_bars(lab: &Lab) -> Result<Seen> {
    // A vendor repeats a stretch of history later on: other dates, the same features.
    let rows = overlap::row_digests(&lab.frame.dataset);
    let fold = lab.fold(&lab.frame)?;
    let mut repeated: Vec<Digest> = rows;
    for (from, to) in fold.fit_rows().iter().zip(fold.test_rows()).take(20) {
        repeated[*to as usize] = repeated[*from as usize];
    }
    Ok(Seen::of(repeated.len(), train_test_overlap(&repeated, &[(fold.fit_rows(), fold.test_rows())])))
}

fn scaler_of_all_rows(lab: &Lab) -> Result<Seen> {
    lab.another_future(&|frame, _| {
        let columns: Vec<&[f64]> =
            (0..frame.dataset.feature_names().len()).map(|j| frame.dataset.column(j)).collect();
        let x = Matrix::from_columns(&columns)
            .map_err(|e| AppError::bug("columns differ in length").because(e))?;
        let design = lab.pipeline.student.model.design(&x).map_err(training)?;
        let target: Vec<f64> =
            frame.dataset.class().iter().enumerate().map(|(i, _)| f64::from(u8::from(i % 2 == 0))).collect();
        Ok(crate::json::bytes(&lab.pipeline.student.model.fit_on(&design, &target, None).map_err(training)?))
    })
}

fn threshold_of_the_test_block(lab: &Lab) -> Result<Seen> {
    lab.another_future(&|frame, fold| {
        let mut bytes = lab.fit(frame, fold)?;
        let rows = fold.test_rows();
        let mean = rows.iter().map(|r| frame.dataset.column(0)[*r as usize]).sum::<f64>() / rows.len() as f64;
        bytes.extend(mean.to_le_bytes());
        Ok(bytes)
    })
}

fn skill_without_labels(_: &Lab) -> Result<Seen> {
    // What an evaluation measures that feeds the outcome into the score, whatever was learnt.
    Ok(permuted_labels::judge(&[0.11, 0.12, 0.10, 0.11, 0.13, 0.12, 0.11, 0.10], 1))
}

const LEAKS: &[(&str, Stopped)] = &[
    ("centred moving mean", Stopped::Caught("prefix_invariance", |lab| feature(lab, centred_mean))),
    ("back-filled values", Stopped::Caught("prefix_invariance", |lab| feature(lab, back_fill))),
    (
        "z-score over the whole sample",
        Stopped::Caught("prefix_invariance", |lab| feature(lab, whole_sample_score)),
    ),
    (
        "quantile of the whole sample",
        Stopped::Caught("prefix_invariance", |lab| feature(lab, whole_sample_quantile)),
    ),
    ("repainting pivot", Stopped::Caught("prefix_invariance", |lab| feature(lab, repainting_pivot))),
    ("the next bar's return", Stopped::Caught("prefix_invariance", |lab| feature(lab, next_return))),
    (
        "trend of the whole sample taken out",
        Stopped::Caught("prefix_invariance", |lab| feature(lab, trend_of_the_whole_sample)),
    ),
    ("bars rescaled by the last price", Stopped::Caught("shuffled_future", scaled_prices)),
    ("label from the decision's own close", Stopped::Caught("label_shift", label_from_the_close)),
    ("label dated on the decision's day", Stopped::Caught("label_shift", label_of_the_same_day)),
    ("bars restated after the day", Stopped::Caught("vintage", restated_bars)),
    ("test rows among the training rows", Stopped::Caught("train_test_overlap", repeated_rows)),
    ("a stretch of history repeated later", Stopped::Caught("train_test_overlap", duplicated_bars)),
    ("scaler fitted on all rows", Stopped::Caught("fit_leak", scaler_of_all_rows)),
    ("threshold taken from the test block", Stopped::Caught("fit_leak", threshold_of_the_test_block)),
    ("outcomes fed into the score", Stopped::Caught("permuted_label_retrain", skill_without_labels)),
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
        ("prefix_invariance", Seen::of(1, prefix_invariance(set, &lab.bars[..2]))),
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
        ("vintage", vintage::check(set, &lab.bars, lab.test)),
        (
            "train_test_overlap",
            Seen::of(1, train_test_overlap(&rows, &[(fold.fit_rows(), fold.test_rows())])),
        ),
        ("fit_leak", lab.another_future(&|frame, fold| lab.fit(frame, fold))?),
        ("permuted_label_retrain", permuted_labels::check(&lab.frame, lab.test, &lab.pipeline)?),
    ];
    Ok(looks.into_iter().find_map(|(canary, seen)| match seen {
        Seen::Clear(_) => None,
        Seen::Caught(what) | Seen::Blind(what) => {
            Some(format!("world {world} ({scenario}), {canary}: {what}"))
        }
    }))
}
