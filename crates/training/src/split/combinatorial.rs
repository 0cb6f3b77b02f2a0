//! Combinatorial purged cross-validation: every choice of test groups.

use std::ops::Range;

use proofmark_units::DateSpan;
use serde::{Deserialize, Serialize};

use super::fold::PartRules;
use super::groups::{Groups, MOST_GROUPS};
use super::{Fold, PartPlan, Paths, SplitError, bad};
use crate::Dataset;

/// All choices of `test_groups` out of `groups` consecutive groups of sessions; the rest trains.
///
/// M. Lopez de Prado (2018), Advances in Financial Machine Learning, chapter 12. There are C(N, k) splits, in the
/// lexicographic order of their test groups, and every group is tested in C(N-1, k-1) of them, so that the tested groups
/// form that many paths over the whole time ([`Paths`]). Groups have equal numbers of sessions and hold all symbols of
/// a session. Each test group is a segment of its own, also beside another one: it is purged on both of its sides by the
/// rules of [`PurgedKFold`](crate::PurgedKFold), and nothing is computed across the seam.
///
/// Where two well-known packages define it otherwise:
///
/// - skfolio 1.12 `CombinatorialPurgedCV` counts rows instead of looking at labels: `purged_size` rows go on both sides,
///   `embargo_size` more after a test group, and rows that do not divide evenly all join the last group. With one
///   symbol, every row labelled, labels of `h` sessions from the next one, embargo `e` and look-back `l > e` its
///   `purged_size` is `h + 1 + e` and its `embargo_size` is `l - 1 - e`. One test group is refused there, allowed here.
/// - purgedcv 0.1.11 `CombinatorialPurgedCV` has half-open label intervals, an embargo after the test only, knows no
///   feature window, and gives rows that do not divide evenly to the first groups. There the same split is
///   `evaluation_times` `h + 2` sessions after `prediction_times`, `purge_horizon` `e`, `embargo_observations` `h + l`.
/// - Both number splits and paths as we do.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CombinatorialPurged {
    /// Groups, N: 2 to 128.
    pub groups: usize,
    /// Groups that are tested at a time, k: 1 to N - 1, with at most 100,000 splits.
    pub test_groups: usize,
    /// Sessions kept free on both sides of a test group.
    pub embargo_sessions: u32,
    /// Share of the training sessions, the latest ones, kept for calibration; 0 (none) to 0.5.
    pub calibration_share: f64,
    /// Fewest rows a model may be fitted on, at least 1.
    pub min_train_rows: usize,
}

/// The splits of one dataset, each made when it is asked for: all of them at once may be large.
pub struct Combinatorial<'a> {
    groups: Vec<Group>,
    cut: Groups<'a>,
    paths: Paths,
}

/// One group of consecutive sessions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Position among the groups, from 0.
    pub index: usize,
    /// First and last decision date.
    pub decisions: DateSpan,
    /// Its rows of the dataset.
    pub rows: Range<u32>,
}

impl CombinatorialPurged {
    /// Which split tests which groups, and which path each tested group belongs to.
    ///
    /// # Errors
    /// [`SplitError::BadSetting`], [`SplitError::TooManySplits`].
    pub fn paths(&self) -> Result<Paths, SplitError> {
        if !(2..=MOST_GROUPS).contains(&self.groups) {
            return bad("groups", self.groups, "2 to 128");
        }
        Paths::of(self.groups, self.test_groups)
    }

    /// Prepares the splits of `ds`.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn plan<'a>(&self, ds: &'a Dataset) -> Result<Combinatorial<'a>, SplitError> {
        let paths = self.paths()?;
        let rules = PartRules {
            embargo_sessions: self.embargo_sessions,
            calibration_share: self.calibration_share,
            min_train_rows: self.min_train_rows,
        };
        let rows = (0..ds.len() as u32).collect();
        let cut = Groups::cut(ds, rows, ("groups", self.groups), &[], rules)?;
        let group = |index: usize| {
            let rows = cut.rows_of(index);
            let decisions = ds.span_of(rows)?;
            Some(Group { index, decisions, rows: rows[0]..rows[rows.len() - 1] + 1 })
        };
        let groups = (0..self.groups).filter_map(group).collect();
        Ok(Combinatorial { groups, cut, paths })
    }
}

impl Combinatorial<'_> {
    /// The groups, in time order.
    pub fn groups(&self) -> &[Group] {
        &self.groups
    }
    /// Which split tests which groups, and the paths they form.
    pub const fn paths(&self) -> &Paths {
        &self.paths
    }
    /// Split `index`, its test groups as separate segments in time order.
    ///
    /// # Errors
    /// [`SplitError`] when too little is left to train on.
    ///
    /// # Panics
    /// If there is no such split.
    pub fn fold(&self, index: usize) -> Result<Fold, SplitError> {
        self.cut.fold(index, self.paths.test_groups(index), 0..self.groups.len())
    }
}

impl Group {
    pub(super) fn plan(&self, ds: &Dataset) -> PartPlan {
        PartPlan::of(ds, &self.rows.clone().collect::<Vec<u32>>())
    }
}
