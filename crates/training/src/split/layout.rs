//! Where the parts of a fold lie in time.

use proofmark_units::DateSpan;
use serde::{Deserialize, Serialize};

use super::Fold;
use crate::Dataset;

/// What a session serves for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Models are fitted on it.
    Fit,
    /// Probabilities are calibrated on it.
    Calibration,
    /// All its labelled rows were left out, because they could know a label they must not know.
    Purged,
    /// It is scored.
    Test,
}

/// Sessions in a row that serve for the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// What for.
    pub part: Part,
    /// How many.
    pub sessions: usize,
    /// First and last of them.
    pub dates: DateSpan,
}

/// A session's mark. Marks that rank higher win where rows of a session differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mark {
    /// No labelled row: does not interrupt a run.
    Nothing,
    /// Labelled rows, none of them in the fold.
    Outside,
    Purged,
    Fit,
    Calibration,
    /// With the number of the segment, so that neighbours stay apart.
    Test(usize),
}

/// The sessions of a dataset, ready to be marked fold by fold.
pub(super) struct Sessions<'a> {
    ds: &'a Dataset,
    blank: Vec<Mark>,
}

impl<'a> Sessions<'a> {
    pub(super) fn of(ds: &'a Dataset) -> Self {
        let mut blank = vec![Mark::Nothing; ds.dates().len()];
        for row in (0..ds.len()).filter(|row| ds.is_labelled(*row)) {
            blank[ds.sessions()[row] as usize] = Mark::Outside;
        }
        Self { ds, blank }
    }

    /// The parts of `fold` in time order.
    pub(super) fn runs(&self, fold: &Fold) -> Vec<Run> {
        let mut marks = self.blank.clone();
        let mut mark = |rows: &[u32], with: Mark| {
            for row in rows {
                let session = &mut marks[self.ds.session(*row) as usize];
                *session = with.max(*session);
            }
        };
        mark(fold.purged_rows(), Mark::Purged);
        mark(fold.fit_rows(), Mark::Fit);
        mark(fold.calibration_rows(), Mark::Calibration);
        for (segment, (_, rows)) in fold.test_segments().enumerate() {
            mark(rows, Mark::Test(segment));
        }
        let mut runs: Vec<Run> = Vec::new();
        let mut open = Mark::Outside;
        for (mark, date) in marks.into_iter().zip(self.ds.dates()) {
            let part = match mark {
                Mark::Nothing => continue,
                Mark::Outside => {
                    open = mark;
                    continue;
                }
                Mark::Purged => Part::Purged,
                Mark::Fit => Part::Fit,
                Mark::Calibration => Part::Calibration,
                Mark::Test(_) => Part::Test,
            };
            match runs.last_mut().filter(|_| mark == open) {
                Some(run) => {
                    run.sessions += 1;
                    run.dates.end = *date;
                }
                None => runs.push(Run { part, sessions: 1, dates: DateSpan { start: *date, end: *date } }),
            }
            open = mark;
        }
        runs
    }
}
