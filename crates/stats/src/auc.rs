//! Area under the ROC curve and its null by jointly shifted labels.

use proofmark_units::Seed;
use serde::Serialize;

use crate::rank::{ascending, check_grids, tie_groups};
use crate::shift::ShiftPlan;
pub use crate::shift::{JointShift, JointShiftError, MIN_SEPARATED_SHIFTS};

/// Probability that a positive scores above a negative, ties half; `None` when lengths differ, with a NaN score or
/// without both classes.
///
/// The Mann-Whitney form, Hanley & McNeil (1982), Radiology 143(1), 29-36; exact, in O(n log n).
pub fn auc(scores: &[f64], labels: &[bool]) -> Option<f64> {
    if scores.len() != labels.len() || scores.iter().any(|s| s.is_nan()) {
        return None;
    }
    let mut count = PairCount::default();
    for tied in tie_groups(scores, &ascending(scores)) {
        let positives = tied.members.iter().filter(|i| labels[**i as usize]).count() as u64;
        count.add(positives, tied.members.len() as u64 - positives);
    }
    count.auc()
}

/// Counts of concordant pairs in half units, over groups of ascending score.
#[derive(Default)]
struct PairCount {
    positives: u64,
    negatives: u64,
    twice_concordant: u64,
}

impl PairCount {
    fn add(&mut self, positives: u64, negatives: u64) {
        self.twice_concordant += positives * (2 * self.negatives + negatives);
        self.positives += positives;
        self.negatives += negatives;
    }

    fn auc(&self) -> Option<f64> {
        let pairs = 2 * self.positives * self.negatives;
        (pairs > 0).then(|| self.twice_concordant as f64 / pairs as f64)
    }
}

/// Observed AUC against the AUCs of shifted labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JointShiftNull {
    /// Pooled AUC of the labels in place.
    pub auc: f64,
    /// Cells with both a score and a label.
    pub pairs: usize,
    /// Mean AUC over shifts; need not be 0.5.
    pub null_mean: f64,
    /// Standard deviation over shifts; `None` with a single one.
    pub null_sd: Option<f64>,
    /// (1 + shifts with an AUC at least the observed one) / (1 + shifts evaluated).
    pub p: f64,
    /// Shifts evaluated.
    pub shifts: usize,
    /// Shifts at least `min_shift` rows apart from each other and from 0 that the span holds.
    pub separated_shifts: usize,
    /// Whether there are fewer than [`MIN_SEPARATED_SHIFTS`]: the result may corroborate, not decide.
    pub corroborates_only: bool,
    /// Least shift in rows.
    pub min_shift: usize,
}

/// AUC of `scores` for `labels` against labels shifted jointly and circularly along time.
///
/// Both grids are time-major with `width` names a row. A label is positive above 0.5, negative below, missing when NaN; a
/// pair with either side missing does not count, at each shift anew. All names move together, so the dependence across
/// names and along time stays in the null. Shifts without both classes are left out.
///
/// # Errors
/// Grids that do not match, no shift of the least size, or a class that is missing.
pub fn joint_shift_null(
    scores: &[f64],
    labels: &[f64],
    width: usize,
    settings: &JointShift,
    seed: Seed,
) -> Result<JointShiftNull, JointShiftError> {
    check_grids(scores.len(), labels.len(), width)?;
    let plan = ShiftPlan::new(scores.len() / width, settings, seed)?;
    let grid = ShiftedLabels::new(scores, labels);
    let in_place = grid.count(0);
    let auc = in_place.auc().ok_or(JointShiftError::OneClass)?;
    let null = plan.hold(auc, |shift| grid.count(shift * width).auc()).ok_or(JointShiftError::OneClass)?;
    Ok(JointShiftNull {
        auc,
        pairs: (in_place.positives + in_place.negatives) as usize,
        null_mean: null.mean,
        null_sd: null.sd,
        p: null.p,
        shifts: null.shifts,
        separated_shifts: null.separated_shifts,
        corroborates_only: null.corroborates_only,
        min_shift: null.min_shift,
    })
}

const NEGATIVE: u8 = 0;
const POSITIVE: u8 = 1;
const MISSING: u8 = 2;

/// The score side, sorted once, and the labels written twice so that a circular shift is an offset.
struct ShiftedLabels {
    labels: Vec<u8>,
    ranks: ScoreOrder,
}

enum ScoreOrder {
    /// Every cell has a label: the pairs are the same at every shift, and a sum of ranks over positives is enough.
    Complete { twice_rank: Vec<u32>, scored: u64 },
    /// Pairs differ from shift to shift: walk the cells by ascending score, `starts` marks a new score.
    Masked { cells: Vec<u32>, starts: Vec<bool> },
}

impl ShiftedLabels {
    fn new(scores: &[f64], labels: &[f64]) -> Self {
        let code = |label: &f64| match label {
            l if l.is_nan() => MISSING,
            l if *l > 0.5 => POSITIVE,
            _ => NEGATIVE,
        };
        let coded: Vec<u8> = labels.iter().chain(labels).map(code).collect();
        let scored: Vec<u32> = (0..scores.len() as u32).filter(|i| !scores[*i as usize].is_nan()).collect();
        let values: Vec<f64> = scored.iter().map(|i| scores[*i as usize]).collect();
        let order = ascending(&values);
        let ranks = if coded.contains(&MISSING) {
            let mut cells = Vec::with_capacity(scored.len());
            let mut starts = Vec::with_capacity(scored.len());
            for tied in tie_groups(&values, &order) {
                for (i, member) in tied.members.iter().enumerate() {
                    cells.push(scored[*member as usize]);
                    starts.push(i == 0);
                }
            }
            ScoreOrder::Masked { cells, starts }
        } else {
            let mut twice_rank = vec![0; scores.len()];
            for tied in tie_groups(&values, &order) {
                // Twice the average of ranks first + 1 to first + members.
                let rank = (2 * tied.first + tied.members.len() + 1) as u32;
                tied.members.iter().for_each(|m| twice_rank[scored[*m as usize] as usize] = rank);
            }
            ScoreOrder::Complete { twice_rank, scored: scored.len() as u64 }
        };
        Self { labels: coded, ranks }
    }

    /// Pair counts when cell i meets the label `offset` cells later on the circle.
    fn count(&self, offset: usize) -> PairCount {
        match &self.ranks {
            ScoreOrder::Complete { twice_rank, scored } => {
                let (mut twice_sum, mut positives) = (0_u64, 0_u32);
                for (rank, label) in twice_rank.iter().zip(&self.labels[offset..]) {
                    // All ones for a positive: a mask keeps the loop free of branches and 64-bit products.
                    let mask = 0_u32.wrapping_sub(u32::from(*label));
                    twice_sum += u64::from(*rank & mask);
                    positives += u32::from(*rank != 0) & mask;
                }
                let positives = u64::from(positives);
                // A cell without a score has rank 0 and adds nothing.
                let twice_concordant = twice_sum - positives * (positives + 1);
                PairCount { positives, negatives: scored - positives, twice_concordant }
            }
            ScoreOrder::Masked { cells, starts } => {
                let labels = &self.labels[offset..];
                let mut count = PairCount::default();
                let (mut positives, mut negatives) = (0_u64, 0_u64);
                for (cell, start) in cells.iter().zip(starts) {
                    if *start {
                        count.add(positives, negatives);
                        (positives, negatives) = (0, 0);
                    }
                    let label = labels[*cell as usize];
                    positives += u64::from(label == POSITIVE);
                    negatives += u64::from(label == NEGATIVE);
                }
                count.add(positives, negatives);
                count
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn by_pairs(pairs: &[(f64, bool)]) -> Option<f64> {
        let (mut twice, mut n) = (0, 0);
        for (p, _) in pairs.iter().filter(|(_, l)| *l) {
            for (q, _) in pairs.iter().filter(|(_, l)| !*l) {
                twice += if p > q { 2 } else { i32::from(p == q) };
                n += 2;
            }
        }
        (n > 0).then(|| f64::from(twice) / f64::from(n))
    }

    #[test]
    fn auc_by_hand() {
        // Positives 0.35 and 0.8 beat 0.1 and 0.4 in three of four pairs (not 0.35 over 0.4).
        assert_eq!(auc(&[0.1, 0.4, 0.35, 0.8], &[false, false, true, true]), Some(0.75));
        assert_eq!(auc(&[1.0; 6], &[true, false, true, false, false, false]), Some(0.5));
        assert_eq!(auc(&[1.0, 2.0], &[true, true]), None);
        assert_eq!(auc(&[1.0, f64::NAN], &[true, false]), None);
    }

    fn cell() -> impl Strategy<Value = f64> {
        prop_oneof![4 => (0_i32..6).prop_map(f64::from), 1 => Just(f64::NAN)]
    }

    proptest! {
        #[test]
        fn ranks_agree_with_counting_pairs(pairs in prop::collection::vec((0_i32..6, any::<bool>()), 0..40)) {
            let pairs: Vec<(f64, bool)> = pairs.into_iter().map(|(s, l)| (f64::from(s), l)).collect();
            let (scores, labels): (Vec<f64>, Vec<bool>) = pairs.iter().copied().unzip();
            prop_assert_eq!(auc(&scores, &labels), by_pairs(&pairs));
        }

        #[test]
        fn shifted_counts_agree_with_shifting(
            cells in prop::collection::vec((cell(), cell()), 36),
            shift in 0_usize..12,
            complete in any::<bool>(),
        ) {
            let scores: Vec<f64> = cells.iter().map(|(s, _)| *s).collect();
            let labels: Vec<f64> = cells
                .iter()
                .map(|(_, l)| if l.is_nan() && !complete { f64::NAN } else { f64::from(u8::from(*l > 2.0)) })
                .collect();
            let grid = ShiftedLabels::new(&scores, &labels);
            let pairs: Vec<(f64, bool)> = (0..36)
                .map(|i| (scores[i], labels[(i + shift * 3) % 36]))
                .filter(|(s, l)| !s.is_nan() && !l.is_nan())
                .map(|(s, l)| (s, l > 0.5))
                .collect();
            prop_assert_eq!(grid.count(shift * 3).auc(), by_pairs(&pairs));
        }
    }

    #[test]
    fn skill_is_seen_and_short_spans_only_corroborate() {
        let (rows, width) = (400, 5);
        let wave: Vec<f64> = (0..rows * width).map(|i| ((i * i) as f64 * 0.618).sin()).collect();
        let labels: Vec<f64> = wave.iter().map(|v| f64::from(u8::from(*v > 0.0))).collect();
        let skilled =
            joint_shift_null(&wave, &labels, width, &JointShift::for_horizon(5), Seed::root(2)).unwrap();
        assert_eq!((skilled.auc, skilled.shifts, skilled.separated_shifts), (1.0, 281, 5));
        assert_eq!(skilled.p, 1.0 / 282.0);
        assert!(skilled.corroborates_only && (skilled.null_mean - 0.5).abs() < 0.05);
        let settings = JointShift { min_shift: 201, max_draws: 10 };
        assert_eq!(
            joint_shift_null(&wave, &labels, width, &settings, Seed::root(2)),
            Err(JointShiftError::NoShift { rows, min_shift: 201 })
        );
        assert!(
            joint_shift_null(&wave, &[1.0; 2000], width, &JointShift::for_horizon(5), Seed::root(2)).is_err()
        );
    }
}
