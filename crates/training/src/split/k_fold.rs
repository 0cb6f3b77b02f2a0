//! Purged k-fold: every block of time is tested once and trained on what lies before and after it.

use serde::{Deserialize, Serialize};

use super::fold::PartRules;
use super::groups::Groups;
use super::{Fold, SplitError};
use crate::Dataset;

/// Consecutive test blocks that cover every row once; training on all other rows but those that could know a test label.
///
/// M. Lopez de Prado (2018), Advances in Financial Machine Learning, section 7.4. Blocks have equal numbers of sessions
/// and hold all symbols of a session. Left out of training:
///
/// - before the block, samples whose label's maximum end and the embargo reach the block's first decision;
/// - after the block, samples whose feature window touches a label of the block, and samples whose own label begins
///   within the embargo after the last of those labels.
///
/// Training rows after the test make this a measure of a model's stability, not a rehearsal of trading; only a
/// walk-forward is that. The calibration slice, if any, is the latest share of the training sessions, wherever the
/// test block lies; its rows are purged from the fit rows like a test block that comes after them.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgedKFold {
    /// Test blocks, 2 to 128.
    pub folds: usize,
    /// Sessions kept free on both sides of a test block.
    pub embargo_sessions: u32,
    /// Share of the training sessions, the latest ones, kept for calibration; 0 (none) to 0.5.
    pub calibration_share: f64,
    /// Fewest rows a model may be fitted on, at least 1.
    pub min_train_rows: usize,
}

impl PurgedKFold {
    /// The folds of `ds`, in the order of their test blocks.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn folds(&self, ds: &Dataset) -> Result<Vec<Fold>, SplitError> {
        let rules = PartRules {
            embargo_sessions: self.embargo_sessions,
            calibration_share: self.calibration_share,
            min_train_rows: self.min_train_rows,
        };
        let rows = (0..ds.len() as u32).collect();
        let groups = Groups::cut(ds, rows, ("folds", self.folds), &[], rules)?;
        (0..self.folds).map(|k| groups.fold(k, &[k], 0..self.folds)).collect()
    }
}
