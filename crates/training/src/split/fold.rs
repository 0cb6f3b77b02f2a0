//! One fold: the rows that are fitted on, calibrated on and tested.

use std::ops::Range;

use proofmark_units::{DateSpan, Digest};
use serde::{Deserialize, Serialize};

use super::SplitError;
use super::purge::{Clash, divide};
use crate::Dataset;

/// Rows of one fold. The parts are disjoint; indices are rows of the dataset, ascending in each part.
///
/// The calibration slice lies after the fit rows in time. The test block lies after both in a walk-forward; in k-fold
/// and combinatorial splits it may lie anywhere and have several segments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    index: usize,
    test: DateSpan,
    segments: Vec<TestSegment>,
    embargo_sessions: u32,
    fit_rows: Vec<u32>,
    calibration_rows: Vec<u32>,
    test_rows: Vec<u32>,
    purged_rows: Vec<u32>,
    purged: Purged,
}

/// Training rows that were left out. Every row is counted once, under the first reason that applies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Because label and embargo reach the test block.
    pub before_test: usize,
    /// Because they follow a test segment and their feature window touches a test label. Not written when 0: nothing
    /// is trained on after the test of a walk-forward.
    #[serde(default, skip_serializing_if = "none")]
    pub after_test: usize,
    /// Because they follow a test segment and their label begins within the embargo after its labels. Not written
    /// when 0.
    #[serde(default, skip_serializing_if = "none")]
    pub embargo_after_test: usize,
    /// Because label and embargo reach the calibration slice.
    pub before_calibration: usize,
    /// Because they have no label.
    pub unlabelled: usize,
}

fn none(count: &usize) -> bool {
    *count == 0
}

impl Purged {
    /// Rows left out because they could know a test or calibration label: all but the unlabelled.
    pub const fn overlapping(&self) -> usize {
        self.before_test + self.after_test + self.embargo_after_test + self.before_calibration
    }
}

/// Dates and test rows, as positions in them, of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestSegment {
    pub(super) span: DateSpan,
    pub(super) rows: Range<usize>,
}

/// The test block of a fold.
pub(super) struct Tested {
    pub(super) index: usize,
    pub(super) span: DateSpan,
    pub(super) segments: Vec<TestSegment>,
    pub(super) rows: Vec<u32>,
}

/// Training candidates: those clear of the test block, and what was left out and why.
#[derive(Default)]
pub(super) struct Candidates {
    pub(super) kept: Vec<u32>,
    pub(super) purged_rows: Vec<u32>,
    pub(super) purged: Purged,
}

impl Candidates {
    /// Leaves out `row`, which clashes with the test block.
    pub(super) fn leave_out(&mut self, row: u32, clash: Clash) {
        self.purged_rows.push(row);
        match clash {
            Clash::LabelReachesTest => self.purged.before_test += 1,
            Clash::WindowTouchesLabel => self.purged.after_test += 1,
            Clash::Embargo => self.purged.embargo_after_test += 1,
        }
    }
}

/// What the parts of a fold must obey.
#[derive(Clone, Copy)]
pub(super) struct PartRules {
    pub(super) embargo_sessions: u32,
    /// 0 for no calibration slice.
    pub(super) calibration_share: f64,
    pub(super) min_train_rows: usize,
}

impl PartRules {
    /// Checks the settings of splits that may do without a calibration slice.
    pub(super) fn check(&self) -> Result<(), SplitError> {
        if !(0.0..=0.5).contains(&self.calibration_share) {
            return super::bad("calibration_share", self.calibration_share, "0 to 0.5");
        }
        if self.min_train_rows == 0 {
            return super::bad("min_train_rows", 0, "at least 1");
        }
        Ok(())
    }
}

impl Fold {
    /// Divides the candidates into fit rows and calibration slice.
    pub(super) fn assemble(
        ds: &Dataset,
        tested: Tested,
        candidates: Candidates,
        rules: PartRules,
    ) -> Result<Self, SplitError> {
        let Candidates { kept, mut purged_rows, mut purged } = candidates;
        let mut parts = divide(ds, kept, rules.calibration_share, rules.embargo_sessions);
        purged.before_calibration = parts.purged.len();
        if !parts.purged.is_empty() {
            purged_rows.append(&mut parts.purged);
            purged_rows.sort_unstable();
        }
        let test = tested.span;
        if parts.fit.len() < rules.min_train_rows {
            let rows = parts.fit.len();
            return Err(SplitError::TooFewRows { test, rows, needed: rules.min_train_rows });
        }
        if rules.calibration_share > 0.0 && parts.calibration.is_empty() {
            return Err(SplitError::NoCalibration { test });
        }
        Ok(Self {
            index: tested.index,
            test,
            segments: tested.segments,
            embargo_sessions: rules.embargo_sessions,
            fit_rows: parts.fit,
            calibration_rows: parts.calibration,
            test_rows: tested.rows,
            purged_rows,
            purged,
        })
    }

    /// Position among the folds, from 0.
    pub const fn index(&self) -> usize {
        self.index
    }
    /// Dates of the test block; where it has several segments, from the first date of the first to the last date of the
    /// last, which does not identify the fold: see [`Fold::test_segments`].
    pub const fn test_span(&self) -> DateSpan {
        self.test
    }
    /// Dates and rows of each separate test segment, in time order. A book must begin and end each of them flat, and
    /// no feature or label may be computed across the seam between two.
    pub fn test_segments(&self) -> impl Iterator<Item = (DateSpan, &[u32])> {
        self.segments.iter().map(|segment| (segment.span, &self.test_rows[segment.rows.clone()]))
    }
    /// Embargo in sessions.
    pub const fn embargo_sessions(&self) -> u32 {
        self.embargo_sessions
    }
    /// Rows models are fitted on.
    pub fn fit_rows(&self) -> &[u32] {
        &self.fit_rows
    }
    /// Rows probabilities are calibrated on.
    pub fn calibration_rows(&self) -> &[u32] {
        &self.calibration_rows
    }
    /// Rows that are scored, labelled or not.
    pub fn test_rows(&self) -> &[u32] {
        &self.test_rows
    }
    /// Labelled training rows left out because they could know a test or calibration label.
    pub fn purged_rows(&self) -> &[u32] {
        &self.purged_rows
    }
    /// Training rows left out, counted by reason.
    pub const fn purged(&self) -> Purged {
        self.purged
    }
    /// Identity of the rows models are fitted and calibrated on. Dates of the test are none: folds of the same test dates
    /// may train before it alone or on both of its sides.
    pub fn training_digest(&self) -> Digest {
        let bytes = |rows: &[u32]| -> Vec<u8> { rows.iter().flat_map(|row| row.to_le_bytes()).collect() };
        Digest::of_parts([bytes(&self.fit_rows).as_slice(), bytes(&self.calibration_rows).as_slice()])
    }
    /// Whether the two folds test a common date.
    pub(crate) fn tests_overlap(&self, other: &Self) -> Option<(DateSpan, DateSpan)> {
        let pairs = self.segments.iter().flat_map(|a| other.segments.iter().map(move |b| (a.span, b.span)));
        pairs.into_iter().find(|(a, b)| a.overlaps(b))
    }
}
