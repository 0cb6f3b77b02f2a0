//! Walk-forward folds: [fit | purged | calibration | purged | test], in time order; and the hold-out, one such fold.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use super::fold::{Candidates, PartRules, TestSegment, Tested};
use super::purge::{Clash, reaches};
use super::{Fold, SplitError, bad};
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

/// One test span, trained on what came before it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoldOut {
    /// Dates that are held out.
    pub test: DateSpan,
    /// Rules of the training span.
    pub rules: TrainRules,
}

impl TrainRules {
    fn check(&self) -> Result<(), SplitError> {
        if !(self.calibration_share > 0.0 && self.calibration_share <= 0.5) {
            return bad("calibration_share", self.calibration_share, "above 0 to 0.5");
        }
        if self.min_train_rows == 0 {
            return bad("min_train_rows", 0, "at least 1");
        }
        match self.window {
            TrainWindow::Rolling { months: 0 } => bad("months", 0, "at least 1"),
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
        let Some(step) = i32::try_from(self.test_months).ok().filter(|months| (1..=1200).contains(months))
        else {
            return bad("test_months", self.test_months, "1 to 1200");
        };
        if self.last < self.first_test {
            return bad("last", self.last, "at or after first_test");
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

impl HoldOut {
    /// The fold of `ds`.
    ///
    /// # Errors
    /// [`SplitError`].
    pub fn fold(&self, ds: &Dataset) -> Result<Fold, SplitError> {
        Fold::before(ds, self.test, &self.rules)
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
        let test_session = ds.session_at_or_after(test.start);
        let mut candidates = Candidates::default();
        for row in DateSpan::new(start, end).map_or(0..0, |span| ds.rows_in(span)) {
            if !ds.is_labelled(row) {
                candidates.purged.unlabelled += 1;
            } else if reaches(ds, row as u32, rules.embargo_sessions, test_session) {
                candidates.leave_out(row as u32, Clash::LabelReachesTest);
            } else {
                candidates.kept.push(row as u32);
            }
        }
        let segments = vec![TestSegment { span: test, rows: 0..test_rows.len() }];
        let tested = Tested { index, span: test, segments, rows: test_rows };
        let rules = PartRules {
            embargo_sessions: rules.embargo_sessions,
            calibration_share: rules.calibration_share,
            min_train_rows: rules.min_train_rows,
        };
        Self::assemble(ds, tested, candidates, rules)
    }
}
