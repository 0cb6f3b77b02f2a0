//! Decisions held against jointly shifted outcomes.

use proofmark_units::Seed;
use serde::Serialize;

use super::decisions::{Confusion, DecisionMeasure, DecisionRule};
use crate::rank::check_grids;
use crate::shift::{JointShift, JointShiftError, ShiftNull, ShiftPlan};

/// A share of decisions against the same share of shifted outcomes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DecisionShiftNull {
    /// What was measured.
    pub measure: DecisionMeasure,
    /// Its value with the outcomes in place.
    pub observed: f64,
    /// Counts with the outcomes in place.
    pub confusion: Confusion,
    /// The share over shifts.
    pub null: ShiftNull,
}

/// `measure` of decisions by `rule` against labels shifted jointly and circularly along time.
///
/// Grids as in [`super::confusion`]; a cell with either side missing does not count, at each shift anew. Shares of
/// shifted outcomes already hold what the mix of decisions and outcomes gives for free, so no base rate is assumed.
/// See [`crate::auc::joint_shift_null`], which is the same null for scores without a threshold.
///
/// # Errors
/// Grids that do not match, no shift of the least size, or a share that does not exist in place or at any shift.
pub fn decision_shift_null(
    scores: &[f64],
    labels: &[f64],
    width: usize,
    rule: DecisionRule,
    measure: DecisionMeasure,
    settings: &JointShift,
    seed: Seed,
) -> Result<DecisionShiftNull, JointShiftError> {
    check_grids(scores.len(), labels.len(), width)?;
    let plan = ShiftPlan::new(scores.len() / width, settings, seed)?;
    let grid = ShiftedOutcomes::new(&rule.decide(scores, width), labels);
    let confusion = grid.count(0);
    let observed = confusion.measure(measure).ok_or(JointShiftError::OneClass)?;
    let null = plan
        .hold(observed, |shift| grid.count(shift * width).measure(measure))
        .ok_or(JointShiftError::OneClass)?;
    Ok(DecisionShiftNull { measure, observed, confusion, null })
}

/// Decisions and outcomes as two bits each, [present, positive]; outcomes twice so that a circular shift is an offset.
struct ShiftedOutcomes {
    decisions: Vec<u8>,
    outcomes: Vec<u8>,
}

const PRESENT: u8 = 1;
const POSITIVE: u8 = 2;

impl ShiftedOutcomes {
    fn new(decisions: &[Option<bool>], labels: &[f64]) -> Self {
        let flag = |value: Option<bool>| match value {
            None => 0,
            Some(false) => PRESENT,
            Some(true) => PRESENT | POSITIVE,
        };
        let outcome = |label: &f64| flag((!label.is_nan()).then_some(*label > 0.5));
        Self {
            decisions: decisions.iter().map(|d| flag(*d)).collect(),
            outcomes: labels.iter().chain(labels).map(outcome).collect(),
        }
    }

    /// Counts when decision i meets the outcome `offset` cells later on the circle.
    fn count(&self, offset: usize) -> Confusion {
        let (mut pairs, mut both, mut decided, mut happened) = (0_u64, 0_u64, 0_u64, 0_u64);
        let outcomes = &self.outcomes[offset..offset + self.decisions.len()];
        // Chunks short enough for counters of one byte keep the inner loop free of branches and wide numbers.
        for (decisions, outcomes) in self.decisions.chunks(255).zip(outcomes.chunks(255)) {
            let (mut pair, mut hit, mut yes, mut up) = (0_u8, 0_u8, 0_u8, 0_u8);
            for (d, o) in decisions.iter().zip(outcomes) {
                let present = d & o & PRESENT;
                pair += present;
                hit += (d & o & POSITIVE) >> 1;
                yes += present & (d >> 1);
                up += present & (o >> 1);
            }
            pairs += u64::from(pair);
            both += u64::from(hit);
            decided += u64::from(yes);
            happened += u64::from(up);
        }
        Confusion {
            true_positives: both,
            false_positives: decided - both,
            false_negatives: happened - both,
            true_negatives: pairs + both - decided - happened,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::decisions::confusion;
    use super::*;

    fn cell() -> impl Strategy<Value = f64> {
        prop_oneof![4 => (0_i32..6).prop_map(f64::from), 1 => Just(f64::NAN)]
    }

    proptest! {
        #[test]
        fn shifted_counts_agree_with_shifting(
            cells in prop::collection::vec((cell(), cell()), 600),
            shift in 0_usize..200,
            top in any::<bool>(),
        ) {
            let scores: Vec<f64> = cells.iter().map(|(s, _)| *s).collect();
            let labels: Vec<f64> =
                cells.iter().map(|(_, l)| if l.is_nan() { *l } else { f64::from(u8::from(*l > 2.0)) }).collect();
            let rule = if top { DecisionRule::TopOfRow(1) } else { DecisionRule::AtLeast(3.0) };
            let grid = ShiftedOutcomes::new(&rule.decide(&scores, 3), &labels);
            let shifted: Vec<f64> = (0..600).map(|i| labels[(i + shift * 3) % 600]).collect();
            prop_assert_eq!(grid.count(shift * 3), confusion(&scores, &shifted, 3, rule).unwrap());
        }
    }

    #[test]
    fn skill_is_seen_and_a_constant_has_none() {
        let (rows, width) = (400, 5);
        let wave: Vec<f64> = (0..rows * width).map(|i| ((i * i) as f64 * 0.618).sin()).collect();
        let labels: Vec<f64> = wave.iter().map(|v| f64::from(u8::from(*v > 0.3))).collect();
        let run = |scores: &[f64], measure| {
            let (rule, settings) = (DecisionRule::AtLeast(0.3), JointShift::for_horizon(5));
            decision_shift_null(scores, &labels, width, rule, measure, &settings, Seed::root(2))
        };
        for measure in [
            DecisionMeasure::HitRate,
            DecisionMeasure::Precision,
            DecisionMeasure::Recall,
            DecisionMeasure::F1,
        ] {
            let found = run(&wave, measure).unwrap();
            assert!(found.observed > 0.999 && found.null.p == 1.0 / 282.0, "{found:?}");
            assert!(found.null.corroborates_only && found.null.mean < 0.8);
        }
        let always = run(&vec![1.0; rows * width], DecisionMeasure::HitRate).unwrap();
        assert_eq!(always.null.p, 1.0); // every shift gives the same share
        assert_eq!(run(&vec![0.0; rows * width], DecisionMeasure::Precision), Err(JointShiftError::OneClass));
    }
}
