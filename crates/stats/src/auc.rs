//! Area under the ROC curve and its null by jointly shifted labels.

use proofmark_units::Seed;
use rand::RngExt;
use rayon::prelude::*;
use serde::Serialize;

use crate::moments::{mean, sd};
use crate::rank::{GridShapeError, ascending, check_grids, tie_groups};

/// Separated shifts below which a shift null may support a verdict but not decide it.
pub const MIN_SEPARATED_SHIFTS: usize = 100;

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

/// Settings of a joint shift null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JointShift {
    /// Least shift in rows, away from 0 in both directions of the circle: max(60, 2 horizons).
    pub min_shift: usize,
    /// Largest number of shifts that are evaluated; when more exist a seeded choice without repetition is taken.
    pub max_draws: usize,
}

impl JointShift {
    /// The least shift for labels of `horizon` rows, at most 1,000 shifts.
    pub fn for_horizon(horizon: usize) -> Self {
        Self { min_shift: 60.max(2 * horizon), max_draws: 1_000 }
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

/// Why a shift null could not be computed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum JointShiftError {
    /// Score and label grid do not match.
    #[error("the labels cannot be shifted against the scores")]
    Shape(#[from] GridShapeError),
    /// The span holds no shift of the least size, or no draws were allowed.
    #[error("{rows} rows hold no shift of at least {min_shift} rows away from 0")]
    NoShift {
        /// Rows of the grids.
        rows: usize,
        /// Least shift asked.
        min_shift: usize,
    },
    /// Pairs in place, or after every shift, lack one of the two classes.
    #[error("the pairs of score and label do not hold both classes")]
    OneClass,
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
    let rows = scores.len() / width;
    let min_shift = settings.min_shift.max(1);
    let shifts = choose_shifts(rows, min_shift, settings.max_draws, seed);
    if shifts.is_empty() {
        return Err(JointShiftError::NoShift { rows, min_shift });
    }
    let grid = ShiftedLabels::new(scores, labels);
    let in_place = grid.count(0);
    let observed = in_place.auc().ok_or(JointShiftError::OneClass)?;
    let null: Vec<f64> = shifts
        .into_par_iter()
        .map(|shift| grid.count(shift * width).auc())
        .collect::<Vec<_>>()
        .into_iter()
        .flatten()
        .collect();
    let null_mean = mean(&null).ok_or(JointShiftError::OneClass)?;
    let reached = null.iter().filter(|a| **a >= observed).count();
    let separated_shifts = (rows / min_shift).saturating_sub(1);
    Ok(JointShiftNull {
        auc: observed,
        pairs: (in_place.positives + in_place.negatives) as usize,
        null_mean,
        null_sd: sd(&null),
        p: (1 + reached) as f64 / (1 + null.len()) as f64,
        shifts: null.len(),
        separated_shifts,
        corroborates_only: separated_shifts < MIN_SEPARATED_SHIFTS,
        min_shift,
    })
}

/// All admissible shifts, or a seeded choice of `most` of them, ascending.
fn choose_shifts(rows: usize, min_shift: usize, most: usize, seed: Seed) -> Vec<usize> {
    let mut shifts: Vec<usize> = (min_shift..(rows + 1).saturating_sub(min_shift)).collect();
    if shifts.len() > most {
        let mut rng = seed.rng();
        for i in 0..most {
            let j = rng.random_range(i..shifts.len());
            shifts.swap(i, j);
        }
        shifts.truncate(most);
        shifts.sort_unstable();
    }
    shifts
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
    fn shifts_keep_their_distance_and_repeat() {
        assert_eq!(choose_shifts(10, 3, 100, Seed::root(1)), [3, 4, 5, 6, 7]);
        assert!(choose_shifts(5, 3, 100, Seed::root(1)).is_empty());
        let some = choose_shifts(1000, 60, 50, Seed::root(1));
        assert_eq!(some.len(), 50);
        assert!(some.windows(2).all(|w| w[0] < w[1]) && some[0] >= 60 && some[49] <= 940);
        assert_eq!(some, choose_shifts(1000, 60, 50, Seed::root(1)));
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
