//! Scores turned into decisions, and what became of them: precision, recall, F1 and hit rate.

use serde::Serialize;

use crate::rank::{GridShapeError, check_grids};

/// When a score is a positive decision.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionRule {
    /// A score at or above this value.
    AtLeast(f64),
    /// One of this many highest scores of its row; all that tie with the last one count.
    TopOfRow(usize),
}

impl DecisionRule {
    /// The decision on each cell of a grid of `width` names a row; `None` without a score.
    pub(super) fn decide(self, scores: &[f64], width: usize) -> Vec<Option<bool>> {
        let at_least = |row: &[f64], edge: f64| -> Vec<Option<bool>> {
            row.iter().map(|s| (!s.is_nan()).then_some(*s >= edge)).collect()
        };
        match self {
            Self::AtLeast(edge) => at_least(scores, edge),
            Self::TopOfRow(k) => scores
                .chunks_exact(width)
                .flat_map(|row| {
                    let mut present: Vec<f64> = row.iter().copied().filter(|s| !s.is_nan()).collect();
                    present.sort_unstable_by(|a, b| b.total_cmp(a));
                    // No comparison with NaN holds: without a place, or without scores, nothing is decided positive.
                    let last = k.checked_sub(1).and_then(|at| present.get(at).or(present.last()));
                    at_least(row, last.copied().unwrap_or(f64::NAN))
                })
                .collect(),
        }
    }
}

/// Counts of decisions by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Confusion {
    /// Positive decisions with a positive outcome.
    pub true_positives: u64,
    /// Positive decisions with a negative outcome.
    pub false_positives: u64,
    /// Negative decisions with a positive outcome.
    pub false_negatives: u64,
    /// Negative decisions with a negative outcome.
    pub true_negatives: u64,
}

/// A share that [`Confusion`] gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecisionMeasure {
    /// Decisions that came true, of all.
    HitRate,
    /// Positive outcomes among positive decisions.
    Precision,
    /// Positive decisions among positive outcomes.
    Recall,
    /// Harmonic mean of precision and recall.
    F1,
}

impl Confusion {
    /// Cells with a decision and an outcome.
    pub fn cells(&self) -> u64 {
        self.true_positives + self.false_positives + self.false_negatives + self.true_negatives
    }

    /// The share asked; `None` where nothing stands below the line.
    ///
    /// Precision needs a positive decision, recall a positive outcome, F1 either: van Rijsbergen (1979), Information
    /// Retrieval, 2nd ed., chapter 7.
    pub fn measure(&self, measure: DecisionMeasure) -> Option<f64> {
        let Self { true_positives: tp, false_positives: fp, false_negatives: fn_, true_negatives: tn } =
            *self;
        let share = |part: u64, whole: u64| (whole > 0).then(|| part as f64 / whole as f64);
        match measure {
            DecisionMeasure::HitRate => share(tp + tn, self.cells()),
            DecisionMeasure::Precision => share(tp, tp + fp),
            DecisionMeasure::Recall => share(tp, tp + fn_),
            DecisionMeasure::F1 => share(2 * tp, 2 * tp + fp + fn_),
        }
    }

    /// Share of positive outcomes, the precision of deciding without a score; `None` without cells.
    pub fn base_rate(&self) -> Option<f64> {
        let cells = self.cells();
        (cells > 0).then(|| (self.true_positives + self.false_negatives) as f64 / cells as f64)
    }
}

/// Decisions on `scores` by `rule` counted against `labels`, time-major grids of `width` names a row.
///
/// A label is positive above 0.5, negative below, missing when NaN. The rule looks at all scores of a row, also of
/// names whose label is missing: who will have one is not known when the decision is made. For one asset the width is
/// 1.
///
/// # Errors
/// Grids of different size, or not whole rows.
pub fn confusion(
    scores: &[f64],
    labels: &[f64],
    width: usize,
    rule: DecisionRule,
) -> Result<Confusion, GridShapeError> {
    check_grids(scores.len(), labels.len(), width)?;
    let mut counts = Confusion::default();
    for (decision, label) in rule.decide(scores, width).into_iter().zip(labels) {
        match (decision, label) {
            (None, _) => {}
            (_, label) if label.is_nan() => {}
            (Some(true), label) if *label > 0.5 => counts.true_positives += 1,
            (Some(true), _) => counts.false_positives += 1,
            (Some(false), label) if *label > 0.5 => counts.false_negatives += 1,
            (Some(false), _) => counts.true_negatives += 1,
        }
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAN: f64 = f64::NAN;

    #[test]
    fn counts_and_shares_by_hand() {
        let scores = [0.9, 0.8, 0.3, 0.6, NAN, 0.2];
        let labels = [1.0, 0.0, 1.0, NAN, 1.0, 0.0];
        let found = confusion(&scores, &labels, 6, DecisionRule::AtLeast(0.8)).unwrap();
        let expected =
            Confusion { true_positives: 1, false_positives: 1, false_negatives: 1, true_negatives: 1 };
        assert_eq!(found, expected);
        for measure in [
            DecisionMeasure::HitRate,
            DecisionMeasure::Precision,
            DecisionMeasure::Recall,
            DecisionMeasure::F1,
        ] {
            assert_eq!(found.measure(measure), Some(0.5));
        }
        assert_eq!(found.base_rate(), Some(0.5));
        let none = confusion(&scores, &labels, 6, DecisionRule::AtLeast(2.0)).unwrap();
        assert_eq!(none.measure(DecisionMeasure::Precision), None);
        assert_eq!(none.measure(DecisionMeasure::Recall), Some(0.0));
        assert_eq!(Confusion::default().measure(DecisionMeasure::HitRate), None);
        assert!(confusion(&scores, &labels, 4, DecisionRule::AtLeast(0.5)).is_err());
    }

    #[test]
    fn the_top_of_each_row_with_ties_and_gaps() {
        let scores = [1.0, 3.0, 2.0, 5.0, 5.0, 4.0, NAN, 7.0, NAN, NAN, NAN, NAN];
        let top = |k| DecisionRule::TopOfRow(k).decide(&scores, 3);
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(top(1), [no, yes, no, yes, yes, no, None, yes, None, None, None, None]);
        assert_eq!(top(2), [no, yes, yes, yes, yes, no, None, yes, None, None, None, None]);
        assert!(top(0).iter().all(|d| *d != yes));
    }
}
