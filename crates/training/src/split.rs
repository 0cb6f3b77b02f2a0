//! Walk-forward folds: [fit | purged | calibration | purged | test], in time order.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use crate::Dataset;

/// How far back training reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TrainWindow {
    /// To the first row.
    Anchored,
    /// Over the months before the test.
    Rolling {
        /// Calendar months, at least 1.
        months: u32,
    },
}

/// What a training span must obey.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainRules {
    /// How far back training reaches.
    pub window: TrainWindow,
    /// Sessions kept free between a label's maximum end and the next part's first decision.
    pub embargo_sessions: u32,
    /// Share of the training sessions, the latest ones, kept for calibration; above 0 to 0.5.
    pub calibration_share: f64,
    /// Fewest rows a model may be fitted on.
    pub min_train_rows: usize,
}

/// Test blocks one after another, each trained on what came before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WalkForward {
    /// First date of the first test block.
    pub first_test: Date,
    /// Last decision date of the last test block: before the hold-out, and where labels end with the decisions'
    /// span in mind.
    pub last: Date,
    /// Calendar months of a test block, at least 1.
    pub test_months: u32,
    /// Rules of every training span.
    pub rules: TrainRules,
}

/// Rows of one fold. The parts are disjoint and in time order; indices are rows of the dataset, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fold {
    index: usize,
    test: DateSpan,
    embargo_sessions: u32,
    fit_rows: Vec<u32>,
    calibration_rows: Vec<u32>,
    test_rows: Vec<u32>,
    purged: Purged,
}

/// Training rows that were left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purged {
    /// Because label and embargo reach the test block.
    pub before_test: usize,
    /// Because label and embargo reach the calibration slice.
    pub before_calibration: usize,
    /// Because they have no label.
    pub unlabelled: usize,
}

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

/// Rows of an earlier part whose label and embargo reach a later one, counted afresh; all must be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlaps {
    /// Fit rows that reach the calibration slice.
    pub fit_calibration: usize,
    /// Fit rows that reach the test block.
    pub fit_test: usize,
    /// Calibration rows that reach the test block.
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
    /// Rows left out.
    pub purged: Purged,
    /// Overlaps that there must not be.
    pub overlaps: Overlaps,
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
    /// Too little history before a test block.
    #[error("only {rows} rows are left to fit on before the test block {test}, {needed} are needed")]
    TooFewRows {
        /// The test block.
        test: DateSpan,
        /// Fit rows after purging.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
    /// The calibration slice came out empty.
    #[error("no row is left to calibrate on before the test block {test}")]
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
    /// A cross-fit block leaves nothing to train on.
    #[error("nothing is left to train on for block {block} of {blocks} once overlapping samples are dropped")]
    EmptyBlock {
        /// Zero-based block.
        block: usize,
        /// Blocks asked for.
        blocks: usize,
    },
}

impl TrainRules {
    fn check(&self) -> Result<(), SplitError> {
        let bad = |name, value: String, rule| Err(SplitError::BadSetting { name, value, rule });
        if !(self.calibration_share > 0.0 && self.calibration_share <= 0.5) {
            return bad("calibration_share", self.calibration_share.to_string(), "above 0 to 0.5");
        }
        if self.min_train_rows == 0 {
            return bad("min_train_rows", "0".to_owned(), "at least 1");
        }
        match self.window {
            TrainWindow::Rolling { months: 0 } => bad("months", "0".to_owned(), "at least 1"),
            _ => Ok(()),
        }
    }
}

impl WalkForward {
    /// Dates of the test blocks: steps of `test_months` from `first_test`, the last one cut at `last`.
    ///
    /// # Errors
    /// [`SplitError::BadSetting`].
    pub fn test_spans(&self) -> Result<Vec<DateSpan>, SplitError> {
        let bad = |name, value: String, rule| Err(SplitError::BadSetting { name, value, rule });
        let Some(step) = i32::try_from(self.test_months).ok().filter(|months| (1..=1200).contains(months))
        else {
            return bad("test_months", self.test_months.to_string(), "1 to 1200");
        };
        if self.last < self.first_test {
            return bad("last", self.last.to_string(), "at or after first_test");
        }
        let mut spans = Vec::new();
        for k in 0.. {
            let start = self.first_test.plus_months(k * step);
            if start > self.last {
                break;
            }
            let end = self.first_test.plus_months((k + 1) * step).plus_days(-1).min(self.last);
            spans.push(DateSpan { start, end });
        }
        Ok(spans)
    }

    /// The folds of `ds`.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn folds(&self, ds: &Dataset) -> Result<Vec<Fold>, SplitError> {
        let spans = self.test_spans()?;
        spans.into_iter().enumerate().map(|(k, test)| Fold::cut(ds, test, &self.rules, k)).collect()
    }
}

impl Fold {
    /// A single fold that tests on `test` and trains on what came before: the hold-out, a stress period.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn before(ds: &Dataset, test: DateSpan, rules: &TrainRules) -> Result<Self, SplitError> {
        Self::cut(ds, test, rules, 0)
    }

    /// The fold that trains on everything before `next` and tests on nothing here: the candidate's final model, whose
    /// test rows are sealed and not in the dataset.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn up_to(ds: &Dataset, next: Date, rules: &TrainRules) -> Result<Self, SplitError> {
        Self::train(ds, DateSpan { start: next, end: next }, Vec::new(), rules, 0)
    }

    fn cut(ds: &Dataset, test: DateSpan, rules: &TrainRules, index: usize) -> Result<Self, SplitError> {
        let test_rows: Vec<u32> = ds.rows_in(test).map(|row| row as u32).collect();
        if test_rows.is_empty() {
            return Err(SplitError::NoTestRows { test });
        }
        Self::train(ds, test, test_rows, rules, index)
    }

    fn train(
        ds: &Dataset,
        test: DateSpan,
        test_rows: Vec<u32>,
        rules: &TrainRules,
        index: usize,
    ) -> Result<Self, SplitError> {
        rules.check()?;
        let end = test.start.plus_days(-1);
        let start = match rules.window {
            TrainWindow::Anchored => ds.dates()[0],
            TrainWindow::Rolling { months } => {
                test.start.plus_months(-i32::try_from(months.min(12_000)).unwrap_or(12_000))
            }
        };
        let candidates = DateSpan::new(start, end).map_or(0..0, |span| ds.rows_in(span));
        let mut purged = Purged { before_test: 0, before_calibration: 0, unlabelled: 0 };
        let test_session = ds.session_at_or_after(test.start);
        let mut kept = Vec::with_capacity(candidates.len());
        for row in candidates {
            if !ds.is_labelled(row) {
                purged.unlabelled += 1;
            } else if reaches(ds, row as u32, rules.embargo_sessions, test_session) {
                purged.before_test += 1;
            } else {
                kept.push(row as u32);
            }
        }
        let calibration_session = calibration_start(ds, &kept, rules.calibration_share);
        let mut fold = Self {
            index,
            test,
            embargo_sessions: rules.embargo_sessions,
            fit_rows: Vec::new(),
            calibration_rows: Vec::new(),
            test_rows,
            purged,
        };
        for row in kept {
            if ds.session(row) >= calibration_session {
                fold.calibration_rows.push(row);
            } else if reaches(ds, row, rules.embargo_sessions, calibration_session) {
                fold.purged.before_calibration += 1;
            } else {
                fold.fit_rows.push(row);
            }
        }
        if fold.fit_rows.len() < rules.min_train_rows {
            let rows = fold.fit_rows.len();
            return Err(SplitError::TooFewRows { test, rows, needed: rules.min_train_rows });
        }
        if fold.calibration_rows.is_empty() {
            return Err(SplitError::NoCalibration { test });
        }
        Ok(fold)
    }

    /// Position among the folds, from 0.
    pub const fn index(&self) -> usize {
        self.index
    }
    /// Dates of the test block.
    pub const fn test_span(&self) -> DateSpan {
        self.test
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
    /// Training rows left out.
    pub const fn purged(&self) -> Purged {
        self.purged
    }

    /// The fold as dates and counts, with the overlaps counted afresh.
    pub fn explain(&self, ds: &Dataset) -> FoldPlan {
        let part = |rows: &[u32]| PartPlan {
            rows: rows.len(),
            decisions: ds.span_of(rows),
            label_end: rows.iter().filter_map(|row| ds.label_span(*row as usize)).map(|span| span.end).max(),
        };
        let reaching = |rows: &[u32], next: &[u32]| {
            let first = next.first().map_or(u32::MAX, |row| ds.session(*row));
            rows.iter().filter(|row| reaches(ds, **row, self.embargo_sessions, first)).count()
        };
        FoldPlan {
            index: self.index,
            test_span: self.test,
            embargo_sessions: self.embargo_sessions,
            fit: part(&self.fit_rows),
            calibration: part(&self.calibration_rows),
            test: part(&self.test_rows),
            purged: self.purged,
            overlaps: Overlaps {
                fit_calibration: reaching(&self.fit_rows, &self.calibration_rows),
                fit_test: reaching(&self.fit_rows, &self.test_rows),
                calibration_test: reaching(&self.calibration_rows, &self.test_rows),
            },
        }
    }
}

/// Whether the label of `row` and the embargo after it reach `session`.
pub(crate) fn reaches(ds: &Dataset, row: u32, embargo: u32, session: u32) -> bool {
    ds.label_sessions(row).1.saturating_add(embargo) >= session
}

/// First session of the latest `share` of the distinct sessions of `rows`.
fn calibration_start(ds: &Dataset, rows: &[u32], share: f64) -> u32 {
    let mut sessions: Vec<u32> = rows.iter().map(|row| ds.session(*row)).collect();
    sessions.dedup();
    let held = ((sessions.len() as f64 * share).round() as usize).clamp(1, sessions.len().max(1));
    sessions.get(sessions.len().wrapping_sub(held)).copied().unwrap_or(0)
}
