//! Splits as dates and counts, for people and files.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use super::layout::{Run, Sessions};
use super::purge::{Segment, reaches};
use super::{Fold, Purged, Split};
use crate::Dataset;

/// One part of a fold, for people and files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartPlan {
    /// Rows.
    pub rows: usize,
    /// First and last decision date; `None` without rows.
    pub decisions: Option<DateSpan>,
    /// Latest maximum label end; `None` without labels.
    pub label_end: Option<Date>,
}

/// Rows that could know a label they must not know, counted afresh; all must be 0.
///
/// Before a later part: label and embargo reach its first decision. After a test segment: the feature window touches a
/// label of the segment, or the own label begins within the embargo after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlaps {
    /// Fit rows against the calibration slice.
    pub fit_calibration: usize,
    /// Fit rows against the test block.
    pub fit_test: usize,
    /// Calibration rows against the test block.
    pub calibration_test: usize,
}

/// A fold as dates and counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoldPlan {
    /// Position among the folds, from 0.
    pub index: usize,
    /// Dates of the test block.
    pub test_span: DateSpan,
    /// Embargo in sessions.
    pub embargo_sessions: u32,
    /// The rows models are fitted on.
    pub fit: PartPlan,
    /// The rows probabilities are calibrated on.
    pub calibration: PartPlan,
    /// The rows that are scored.
    pub test: PartPlan,
    /// The separate segments of the test block. Not written where it has one, as every walk-forward.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub test_segments: Vec<PartPlan>,
    /// Rows left out.
    pub purged: Purged,
    /// Overlaps that there must not be.
    pub overlaps: Overlaps,
}

/// A fold as dates and counts, and where its parts lie.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoldLayout {
    /// Dates and counts.
    #[serde(flatten)]
    pub plan: FoldPlan,
    /// The parts in time order.
    pub runs: Vec<Run>,
    /// The folds inside its fit rows; none unless the split is nested.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inner: Vec<FoldLayout>,
}

/// A split of one dataset, whatever its kind, as dates and counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitPlan {
    /// The split and its settings.
    pub split: Split,
    /// Rows of the dataset.
    pub rows: usize,
    /// Sessions that have rows.
    pub sessions: usize,
    /// First and last decision date.
    pub decisions: Option<DateSpan>,
    /// Groups of a combinatorial split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<PartPlan>,
    /// Paths of a combinatorial split: which split tests each group.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub paths: Vec<Vec<usize>>,
    /// Every fold.
    pub folds: Vec<FoldLayout>,
}

impl PartPlan {
    /// Counts `rows`, ascending.
    pub(super) fn of(ds: &Dataset, rows: &[u32]) -> Self {
        Self {
            rows: rows.len(),
            decisions: ds.span_of(rows),
            label_end: rows.iter().filter_map(|row| ds.label_span(*row as usize)).map(|span| span.end).max(),
        }
    }
}

impl Overlaps {
    /// Their sum.
    pub const fn total(&self) -> usize {
        self.fit_calibration + self.fit_test + self.calibration_test
    }

    fn count(ds: &Dataset, fold: &Fold) -> Self {
        let embargo = fold.embargo_sessions();
        let mut segments: Vec<Segment> =
            fold.test_segments().filter_map(|(_, rows)| Segment::of(ds, rows)).collect();
        if segments.is_empty() {
            // Nothing is tested in this dataset; what will be comes later.
            let next = ds.session_at_or_after(fold.test_span().start);
            segments.push(Segment { first: next, last: next, reached: next });
        }
        let against_test = |rows: &[u32]| {
            let clashes = |row: &&u32| segments.iter().any(|s| s.clash(ds, **row, embargo).is_some());
            rows.iter().filter(clashes).count()
        };
        let slice = fold.calibration_rows().first().map(|row| ds.session(*row));
        let reaching =
            |first: u32| fold.fit_rows().iter().filter(move |row| reaches(ds, **row, embargo, first));
        Self {
            fit_calibration: slice.map_or(0, |first| reaching(first).count()),
            fit_test: against_test(fold.fit_rows()),
            calibration_test: against_test(fold.calibration_rows()),
        }
    }
}

impl Fold {
    /// The fold as dates and counts, with the overlaps counted afresh.
    pub fn explain(&self, ds: &Dataset) -> FoldPlan {
        let mut test_segments: Vec<PartPlan> =
            self.test_segments().map(|(_, rows)| PartPlan::of(ds, rows)).collect();
        if test_segments.len() < 2 {
            test_segments.clear();
        }
        FoldPlan {
            index: self.index(),
            test_span: self.test_span(),
            embargo_sessions: self.embargo_sessions(),
            fit: PartPlan::of(ds, self.fit_rows()),
            calibration: PartPlan::of(ds, self.calibration_rows()),
            test: PartPlan::of(ds, self.test_rows()),
            test_segments,
            purged: self.purged(),
            overlaps: Overlaps::count(ds, self),
        }
    }
}

impl FoldLayout {
    pub(super) fn all(ds: &Dataset, folds: &[Fold]) -> Vec<Self> {
        let sessions = Sessions::of(ds);
        let layout =
            |fold: &Fold| Self { plan: fold.explain(ds), runs: sessions.runs(fold), inner: Vec::new() };
        folds.iter().map(layout).collect()
    }
}

impl SplitPlan {
    pub(super) fn of(split: Split, ds: &Dataset, folds: &[Fold]) -> Self {
        let all: Vec<u32> = (0..ds.len() as u32).collect();
        let mut distinct = ds.sessions().to_vec();
        distinct.dedup();
        Self {
            split,
            rows: ds.len(),
            sessions: distinct.len(),
            decisions: ds.span_of(&all),
            groups: Vec::new(),
            paths: Vec::new(),
            folds: FoldLayout::all(ds, folds),
        }
    }

    /// Overlaps of all folds together, inner ones included; all must be 0.
    pub fn overlaps(&self) -> Overlaps {
        let all = self.folds.iter().flat_map(|fold| std::iter::once(fold).chain(&fold.inner));
        all.map(|fold| fold.plan.overlaps).fold(Overlaps::default(), |sum, overlaps| Overlaps {
            fit_calibration: sum.fit_calibration + overlaps.fit_calibration,
            fit_test: sum.fit_test + overlaps.fit_test,
            calibration_test: sum.calibration_test + overlaps.calibration_test,
        })
    }
}
