//! Choosing a configuration inside a fold, on splits of its own fit rows.

use std::error::Error;

use proofmark_units::DateSpan;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::fold::PartRules;
use super::groups::Groups;
use super::{Fold, FoldPlan, SplitError};
use crate::Dataset;

/// How the fit rows of an outer fold are divided again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum InnerSplit {
    /// The fit sessions are cut into `blocks + 1` equal groups; each but the first is tested, trained on those before it.
    WalkForward {
        /// Test blocks, 1 to 127.
        blocks: usize,
    },
    /// As [`PurgedKFold`](crate::PurgedKFold).
    PurgedKFold {
        /// Test blocks, 2 to 128.
        folds: usize,
    },
}

/// Selection among configurations inside a fold. Only the fit rows of the outer fold are used: neither its calibration
/// slice nor its test block takes part, so configurations compared here are not extra trials.
///
/// G. Cawley, N. Talbot (2010), "On Over-fitting in Model Selection and Subsequent Selection Bias in Performance
/// Evaluation", JMLR 11, 2079-2107: selection is part of the fitting and belongs inside the fold.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Nested {
    /// How the fit rows are divided. The embargo is the outer fold's.
    pub inner: InnerSplit,
    /// Share of the inner training sessions, the latest ones, kept for calibration; 0 (none) to 0.5.
    pub calibration_share: f64,
    /// Fewest rows a configuration may be fitted on in an inner split, at least 1.
    pub min_train_rows: usize,
}

/// A fold inside the fit rows of another one.
///
/// Its test rows are training rows of the outer fold, so predicting them takes no trial log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InnerFold {
    fold: Fold,
}

/// What was chosen for an outer fold, and from what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Selection<C> {
    /// Position of the outer fold among the folds.
    pub outer_fold: usize,
    /// Dates of its test block, which took no part.
    pub outer_test: DateSpan,
    /// How its fit rows were divided.
    pub nested: Nested,
    /// Position of the chosen configuration: the highest mean score, the first of equals.
    pub chosen: usize,
    /// Every configuration and its scores, in the order given.
    pub configs: Vec<ConfigScore<C>>,
    /// The inner splits.
    pub inner: Vec<FoldPlan>,
}

/// One configuration and its scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigScore<C> {
    /// The configuration.
    pub config: C,
    /// Mean over the inner splits; `None` when one of them has no score, and then it cannot be chosen.
    pub mean: Option<f64>,
    /// Score on each inner split; `None` where it could not be computed.
    pub inner: Vec<Option<f64>>,
}

/// No configuration could be chosen.
#[derive(Debug, thiserror::Error)]
pub enum SelectError<E: Error + 'static> {
    /// Nothing to choose from.
    #[error("no configuration was given to choose from")]
    NoConfigs,
    /// The fit rows could not be divided.
    #[error("failed to divide the fit rows of fold {outer} for selection")]
    Split {
        /// The outer fold.
        outer: usize,
        /// The cause.
        #[source]
        source: SplitError,
    },
    /// A configuration failed.
    #[error("failed to score configuration {config} on inner split {inner} of fold {outer}")]
    Score {
        /// The outer fold.
        outer: usize,
        /// Position of the configuration.
        config: usize,
        /// Position of the inner split.
        inner: usize,
        /// The cause.
        #[source]
        source: E,
    },
    /// No configuration has a score on every inner split.
    #[error("none of {configs} configurations has a score on all {inner} inner splits of fold {outer}")]
    NoScore {
        /// The outer fold.
        outer: usize,
        /// Configurations given.
        configs: usize,
        /// Inner splits.
        inner: usize,
    },
}

impl InnerFold {
    /// The fold, its rows all fit rows of the outer one.
    pub const fn fold(&self) -> &Fold {
        &self.fold
    }
    /// The fold alone.
    pub fn into_fold(self) -> Fold {
        self.fold
    }
    /// Features of the test rows, column by column.
    pub fn test_columns(&self, ds: &Dataset) -> Vec<Vec<f64>> {
        ds.gather(self.fold.test_rows())
    }
    /// Classes of the test rows: 1 or 0, never NaN.
    pub fn test_classes(&self, ds: &Dataset) -> Vec<f64> {
        ds.classes(self.fold.test_rows())
    }
}

impl Nested {
    /// The splits inside the fit rows of `outer`. Where an outer test segment lies inside an inner test block, the block
    /// falls into two segments.
    ///
    /// # Errors
    /// [`SplitError`], [`SplitError::TooFewRows`] when an inner split has too little to train on.
    pub fn folds(&self, ds: &Dataset, outer: &Fold) -> Result<Vec<InnerFold>, SplitError> {
        let rules = PartRules {
            embargo_sessions: outer.embargo_sessions(),
            calibration_share: self.calibration_share,
            min_train_rows: self.min_train_rows,
        };
        let seams: Vec<u32> =
            outer.test_segments().filter_map(|(_, rows)| rows.first()).map(|row| ds.session(*row)).collect();
        let cut = |name, n| Groups::cut(ds, outer.fit_rows().to_vec(), (name, n), &seams, rules);
        let inner = |fold: Result<Fold, SplitError>| fold.map(|fold| InnerFold { fold });
        match self.inner {
            InnerSplit::WalkForward { blocks } => {
                let groups = cut("blocks", blocks.saturating_add(1))?;
                (0..blocks).map(|k| inner(groups.fold(k, &[k + 1], 0..k + 1))).collect()
            }
            InnerSplit::PurgedKFold { folds } => {
                let groups = cut("folds", folds)?;
                (0..folds).map(|k| inner(groups.fold(k, &[k], 0..folds))).collect()
            }
        }
    }

    /// Chooses the configuration with the highest mean score over the inner splits of `outer`; of equals the first.
    ///
    /// - `score`: fits a configuration on the inner fold's fit rows and scores its test rows, higher is better; `None`
    ///   where the score is not defined. It must depend on its arguments only. Calls run side by side; their order
    ///   changes no bit.
    ///
    /// # Errors
    /// [`SelectError`].
    pub fn select<C, E, F>(
        &self,
        ds: &Dataset,
        outer: &Fold,
        configs: &[C],
        score: F,
    ) -> Result<Selection<C>, SelectError<E>>
    where
        C: Clone + Sync,
        E: Error + Send + 'static,
        F: Fn(&C, &InnerFold) -> Result<Option<f64>, E> + Sync,
    {
        if configs.is_empty() {
            return Err(SelectError::NoConfigs);
        }
        let folds =
            self.folds(ds, outer).map_err(|source| SelectError::Split { outer: outer.index(), source })?;
        let cells: Vec<Result<Option<f64>, E>> = (0..configs.len() * folds.len())
            .into_par_iter()
            .map(|cell| score(&configs[cell / folds.len()], &folds[cell % folds.len()]))
            .collect();
        let mut scores = Vec::with_capacity(cells.len());
        for (cell, result) in cells.into_iter().enumerate() {
            let (config, inner) = (cell / folds.len(), cell % folds.len());
            let score = result.map_err(|source| SelectError::Score {
                outer: outer.index(),
                config,
                inner,
                source,
            })?;
            scores.push(score.filter(|value| value.is_finite()));
        }
        let configs: Vec<ConfigScore<C>> = configs
            .iter()
            .zip(scores.chunks(folds.len()))
            .map(|(config, inner)| ConfigScore {
                config: config.clone(),
                mean: mean(inner),
                inner: inner.to_vec(),
            })
            .collect();
        let mut best: Option<(usize, f64)> = None;
        for (position, mean) in configs.iter().enumerate().filter_map(|(k, c)| Some((k, c.mean?))) {
            if best.is_none_or(|(_, highest)| mean > highest) {
                best = Some((position, mean));
            }
        }
        let Some((chosen, _)) = best else {
            let (configs, inner) = (configs.len(), folds.len());
            return Err(SelectError::NoScore { outer: outer.index(), configs, inner });
        };
        Ok(Selection {
            outer_fold: outer.index(),
            outer_test: outer.test_span(),
            nested: *self,
            chosen,
            configs,
            inner: folds.iter().map(|inner| inner.fold.explain(ds)).collect(),
        })
    }
}

impl<C> Selection<C> {
    /// The chosen configuration.
    pub fn config(&self) -> &C {
        &self.configs[self.chosen].config
    }
}

fn mean(scores: &[Option<f64>]) -> Option<f64> {
    let scores: Option<Vec<f64>> = scores.iter().copied().collect();
    proofmark_stats::moments::mean(&scores?)
}
