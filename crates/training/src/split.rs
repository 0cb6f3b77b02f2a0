//! Ways to divide a dataset into training and test: hold-out, walk-forward, purged k-fold, combinatorial purged, nested.
//!
//! All of them keep the sessions of a test segment together, leave out of training every sample that could know
//! something about a test label ([`Segment`](purge::Segment) says which), and cut the training rows into a fit part
//! and, later in time, a calibration slice. Separate test segments are never spliced: each is purged on both of its
//! sides on its own, and nothing here computes across the seam between two.

mod combinatorial;
mod fold;
mod groups;
mod k_fold;
mod layout;
mod nested;
mod paths;
mod plan;
mod purge;
mod sharpe;
mod text;
mod walk_forward;

use std::fmt;

use proofmark_units::DateSpan;
use serde::{Deserialize, Serialize};

use crate::Dataset;

pub use combinatorial::{Combinatorial, CombinatorialPurged, Group};
pub use fold::{Fold, Purged};
pub use k_fold::PurgedKFold;
pub use layout::{Part, Run};
pub use nested::{ConfigScore, InnerFold, InnerSplit, Nested, SelectError, Selection};
pub use paths::{PathError, PathSegment, PathSeries, Paths};
pub use plan::{FoldLayout, FoldPlan, Overlaps, PartPlan, SplitPlan};
pub(crate) use purge::{Segment, reaches};
pub use sharpe::{QuantileLevel, SharpeDistribution};
pub use text::SplitText;
pub use walk_forward::{HoldOut, TrainRules, TrainWindow, WalkForward};

/// Any way to divide a dataset, as a pipeline file names it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Split {
    /// One test span, trained on what came before it.
    HoldOut(HoldOut),
    /// Test blocks one after another, each trained on what came before it.
    WalkForward(WalkForward),
    /// Every block is tested once, trained on what lies before and after it.
    PurgedKFold(PurgedKFold),
    /// Every choice of test groups.
    CombinatorialPurged(CombinatorialPurged),
    /// The folds of a split, each divided again inside its own fit rows.
    Nested {
        /// What is tested.
        outer: Box<Split>,
        /// How the fit rows of every outer fold are divided.
        inner: Nested,
    },
}

impl Split {
    /// The folds of `ds`; of a nested split the outer ones.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn folds(&self, ds: &Dataset) -> Result<Vec<Fold>, SplitError> {
        match self {
            Self::HoldOut(split) => Ok(vec![split.fold(ds)?]),
            Self::WalkForward(split) => split.folds(ds),
            Self::PurgedKFold(split) => split.folds(ds),
            Self::CombinatorialPurged(split) => {
                let plan = split.plan(ds)?;
                (0..plan.paths().n_splits()).map(|k| plan.fold(k)).collect()
            }
            Self::Nested { outer, .. } => outer.folds(ds),
        }
    }

    /// The split as dates and counts, with the overlaps counted afresh.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn explain(&self, ds: &Dataset) -> Result<SplitPlan, SplitError> {
        let folds = self.folds(ds)?;
        let mut plan = SplitPlan::of(self.clone(), ds, &folds);
        match self {
            Self::CombinatorialPurged(split) => {
                let combinatorial = split.plan(ds)?;
                plan.groups = combinatorial.groups().iter().map(|group| group.plan(ds)).collect();
                let paths = combinatorial.paths();
                plan.paths = (0..paths.n_paths()).map(|path| paths.splits_of(path).to_vec()).collect();
            }
            Self::Nested { inner, .. } => {
                for (layout, fold) in plan.folds.iter_mut().zip(&folds) {
                    let inner: Vec<Fold> =
                        inner.folds(ds, fold)?.into_iter().map(InnerFold::into_fold).collect();
                    layout.inner = FoldLayout::all(ds, &inner);
                }
            }
            _ => {}
        }
        Ok(plan)
    }
}

impl fmt::Display for Split {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HoldOut(split) => write!(f, "hold-out {}", split.test),
            Self::WalkForward(split) => {
                let (months, first, last) = (split.test_months, split.first_test, split.last);
                match split.rules.window {
                    TrainWindow::Anchored => write!(f, "walk-forward, anchored")?,
                    TrainWindow::Rolling { months } => write!(f, "walk-forward, rolling {months} months")?,
                }
                write!(f, ", tests of {months} months from {first} to {last}")
            }
            Self::PurgedKFold(split) => write!(f, "purged k-fold, {} folds", split.folds),
            Self::CombinatorialPurged(split) => {
                write!(f, "combinatorial purged, {} of {} groups", split.test_groups, split.groups)
            }
            Self::Nested { outer, inner } => match inner.inner {
                InnerSplit::WalkForward { blocks } => write!(f, "{outer}; inside: {blocks} blocks forward"),
                InnerSplit::PurgedKFold { folds } => write!(f, "{outer}; inside: {folds} purged folds"),
            },
        }
    }
}

/// Folds could not be cut.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SplitError {
    /// A setting lies outside its range.
    #[error("`{name}` is {value}, it must be {rule}")]
    BadSetting {
        /// The field.
        name: &'static str,
        /// Its value.
        value: String,
        /// What it must be.
        rule: &'static str,
    },
    /// Too little to fit on.
    #[error("only {rows} rows are left to fit on for the test block {test}, {needed} are needed")]
    TooFewRows {
        /// The test block; from its first to its last date where it has several segments.
        test: DateSpan,
        /// Fit rows after purging.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// The calibration slice came out empty.
    #[error("no row is left to calibrate on for the test block {test}")]
    NoCalibration {
        /// The test block.
        test: DateSpan,
    },
    /// A test block has nothing to score.
    #[error("the test block {test} holds no row")]
    NoTestRows {
        /// The test block.
        test: DateSpan,
    },
    /// Fewer sessions than groups.
    #[error("{sessions} sessions with rows cannot be cut into {groups} groups")]
    TooFewSessions {
        /// Distinct sessions of the rows that were to be cut.
        sessions: usize,
        /// Groups asked for.
        groups: usize,
    },
    /// More combinations than anybody could fit.
    #[error("{test_groups} of {groups} groups are more than {limit} splits")]
    TooManySplits {
        /// Groups.
        groups: usize,
        /// Groups tested at a time.
        test_groups: usize,
        /// Most splits allowed.
        limit: usize,
    },
    /// A cross-fit block leaves nothing to train on.
    #[error("nothing is left to train on for block {block} of {blocks} once overlapping samples are dropped")]
    EmptyBlock {
        /// Zero-based block.
        block: usize,
        /// Blocks asked for.
        blocks: usize,
    },
}

fn bad<T>(name: &'static str, value: impl fmt::Display, rule: &'static str) -> Result<T, SplitError> {
    Err(SplitError::BadSetting { name, value: value.to_string(), rule })
}
