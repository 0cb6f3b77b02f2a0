//! Forecasts of a whole distribution: empirical quantiles of an outcome, by group of the score.

use serde::{Deserialize, Serialize};

/// How a [`QuantileForecast`] is fitted.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoreGroups {
    /// Levels of the quantiles: at least one, ascending strictly inside 0 to 1.
    pub levels: Vec<f64>,
    /// Groups of about equal size to cut the scores into at most; 1 takes no notice of the score.
    pub groups_max: usize,
    /// Rows every group has at least, 1 or more; fewer groups are cut where there are not enough. Quantiles of the
    /// extreme levels ask for more: a level p needs (n + 1) p and (n + 1) (1 - p) of at least 1.
    pub rows_min: usize,
}

/// Quantiles of an outcome given a score: those seen in the group of scores that the score belongs to.
///
/// The quantile at level p of n outcomes is the one of rank (n + 1) p, interpolated between neighbours (Hyndman & Fan
/// 1996, The American Statistician 50(4), 361-365, definition 6). Where (n + 1) p is whole, an exchangeable further
/// outcome lies at or below it with probability p, whatever the distribution: the argument of split conformal
/// prediction (Vovk, Gammerman & Shafer 2005; Romano, Patterson & Candes 2019, NeurIPS 32, lemma 2). For the groups it
/// is quantile regression (Koenker & Bassett 1978, Econometrica 46(1), 33-50) on their dummies. The quantiles of a
/// group ascend because they are order statistics of the same sample; a line in the score per level, the other simple
/// form, can cross outside the scores it was fitted on and gives no such probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuantileForecast {
    levels: Vec<f64>,
    /// Lowest score of every group but the first, ascending.
    edges: Vec<f64>,
    groups: Vec<Group>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Group {
    rows: usize,
    quantiles: Vec<f64>,
}

/// A forecast could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum QuantileError {
    /// Scores and outcomes differ in number.
    #[error("{scores} scores and {outcomes} outcomes to form quantiles from")]
    LengthMismatch {
        /// Scores given.
        scores: usize,
        /// Outcomes given.
        outcomes: usize,
    },
    /// A score or an outcome is not finite.
    #[error("row {row} has score {score} and outcome {outcome}, which quantiles cannot be formed from")]
    BadRow {
        /// Zero-based row.
        row: usize,
        /// Its score.
        score: f64,
        /// Its outcome.
        outcome: f64,
    },
    /// The levels do not ascend inside 0 to 1, or there is none.
    #[error("quantile levels must ascend strictly inside 0 to 1, and there must be one")]
    Levels,
    /// No group was asked for.
    #[error("quantiles need at least one group")]
    NoGroups,
    /// Fewer rows than a group and its extreme levels need.
    #[error("{rows} rows are fewer than the {needed} that quantiles need")]
    TooFewRows {
        /// Rows given.
        rows: usize,
        /// Rows needed.
        needed: usize,
    },
}

impl ScoreGroups {
    /// Rows of the smallest group for which every level has a quantile.
    fn rows_needed(&self) -> Result<usize, QuantileError> {
        if !ascend_inside(&self.levels) {
            return Err(QuantileError::Levels);
        }
        let (first, last) = self.levels.first().zip(self.levels.last()).ok_or(QuantileError::Levels)?;
        // Less a rounding error: 1 - 0.9 is below 0.1.
        let rows = (1.0 / first.min(1.0 - last) - 1.0 - 1e-9).ceil() as usize;
        Ok(rows.max(self.rows_min).max(1))
    }
}

/// Whether levels ascend strictly inside 0 to 1.
fn ascend_inside(levels: &[f64]) -> bool {
    levels.iter().all(|p| *p > 0.0 && *p < 1.0) && levels.is_sorted_by(|a, b| a < b)
}

/// Rank, from 1, of the quantile at `level` among `rows` outcomes.
fn rank(rows: usize, level: f64) -> f64 {
    (rows as f64 + 1.0) * level
}

impl QuantileForecast {
    /// Forms the quantiles of `outcome` by group of `score`.
    ///
    /// - `score`, `outcome`: one each per row, finite; of rows that no part of the model behind the score has seen.
    ///   Only the order of the scores counts, so any rising transform of them gives the same groups.
    ///
    /// The order of the rows changes nothing. Equal scores stay in one group.
    ///
    /// # Errors
    /// [`QuantileError`].
    pub fn fit(score: &[f64], outcome: &[f64], settings: &ScoreGroups) -> Result<Self, QuantileError> {
        let rows = score.len();
        if rows != outcome.len() {
            return Err(QuantileError::LengthMismatch { scores: rows, outcomes: outcome.len() });
        }
        let pairs = score.iter().zip(outcome);
        if let Some(row) = pairs.clone().position(|(s, y)| !(s.is_finite() && y.is_finite())) {
            return Err(QuantileError::BadRow { row, score: score[row], outcome: outcome[row] });
        }
        let needed = settings.rows_needed()?;
        if settings.groups_max == 0 {
            return Err(QuantileError::NoGroups);
        }
        if rows < needed {
            return Err(QuantileError::TooFewRows { rows, needed });
        }
        // Adding 0 makes one zero of the two, so that the edges ascend by value.
        let mut sorted: Vec<(f64, f64)> = pairs.map(|(s, y)| (s + 0.0, y + 0.0)).collect();
        sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)));
        let starts = starts(&sorted, settings.groups_max.min(rows / needed), needed);
        let edges = starts[1..].iter().map(|at| sorted[*at].0).collect();
        let ends = starts[1..].iter().copied().chain([rows]);
        let groups = starts
            .iter()
            .zip(ends)
            .map(|(from, to)| {
                let mut outcomes: Vec<f64> = sorted[*from..to].iter().map(|(_, y)| *y).collect();
                outcomes.sort_unstable_by(f64::total_cmp);
                let quantiles = settings.levels.iter().map(|p| quantile(&outcomes, *p)).collect();
                Group { rows: outcomes.len(), quantiles }
            })
            .collect();
        Ok(Self { levels: settings.levels.clone(), edges, groups })
    }

    /// Quantiles of the outcome at [`QuantileForecast::levels`] for a row of this score, ascending (equal ones may
    /// follow one another); `None` for NaN.
    pub fn quantiles(&self, score: f64) -> Option<&[f64]> {
        let group = self.edges.partition_point(|edge| *edge <= score);
        (!score.is_nan()).then(|| self.groups[group].quantiles.as_slice())
    }

    /// Levels of the quantiles, ascending strictly inside 0 to 1.
    pub fn levels(&self) -> &[f64] {
        &self.levels
    }

    /// Rows behind the quantiles of each group, by ascending score.
    pub fn group_rows(&self) -> impl ExactSizeIterator<Item = usize> {
        self.groups.iter().map(|group| group.rows)
    }

    /// What the fitted forecast is, for records of hyper-parameters.
    pub fn effective_parameters(&self) -> serde_json::Value {
        let rows: Vec<usize> = self.group_rows().collect();
        serde_json::json!({ "levels": self.levels, "group_rows": rows })
    }

    /// What is inconsistent in the forecast, if anything; `None` means that forecasting cannot go wrong.
    pub(crate) fn defect(&self) -> Option<String> {
        if self.levels.is_empty() || !ascend_inside(&self.levels) {
            return Some("the quantile levels do not ascend inside 0 to 1".to_owned());
        }
        let finite = self.edges.iter().all(|edge| edge.is_finite());
        if self.groups.len() != self.edges.len() + 1 || !finite || !self.edges.is_sorted_by(|a, b| a < b) {
            return Some("the groups of the quantile forecast do not divide the scores".to_owned());
        }
        let sound = |Group { rows, quantiles }: &Group| {
            let ascend = quantiles.is_sorted() && quantiles.iter().all(|q| q.is_finite());
            *rows > 0 && ascend && quantiles.len() == self.levels.len()
        };
        (!self.groups.iter().all(sound)).then(|| "the quantiles of a group do not ascend".to_owned())
    }
}

/// Where at most `groups` groups of at least `needed` rows begin; rows of equal scores stay together.
fn starts(sorted: &[(f64, f64)], groups: usize, needed: usize) -> Vec<usize> {
    let rows = sorted.len();
    let mut starts = vec![0];
    let mut last = 0;
    for group in 1..groups {
        let mut at = group * rows / groups;
        while at < rows && sorted[at].0 == sorted[at - 1].0 {
            at += 1;
        }
        if at >= last + needed && rows >= at + needed {
            starts.push(at);
            last = at;
        }
    }
    starts
}

/// The quantile of rank (n + 1) `level` of ascending `values`, of which there are enough for it.
fn quantile(values: &[f64], level: f64) -> f64 {
    let rank = rank(values.len(), level);
    let below = (rank.floor() as usize).clamp(1, values.len());
    let low = values[below - 1];
    match values.get(below) {
        // Interpolation may round past the upper neighbour, and quantiles of higher levels must not lie below.
        Some(high) => (low + (rank - below as f64) * (high - low)).clamp(low, *high),
        None => low,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(levels: &[f64], groups_max: usize, rows_min: usize) -> ScoreGroups {
        ScoreGroups { levels: levels.to_vec(), groups_max, rows_min }
    }

    #[test]
    fn quantiles_by_hand() {
        // Scores 1 to 8; the lower four have outcomes 3, 1, 2, 4, the upper four ten times as much.
        let score = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let outcome = [3.0, 1.0, 2.0, 4.0, 30.0, 10.0, 20.0, 40.0];
        let found = QuantileForecast::fit(&score, &outcome, &settings(&[0.2, 0.5, 0.7], 2, 4)).unwrap();
        assert_eq!(found.group_rows().collect::<Vec<_>>(), [4, 4]);
        // Ranks 5 p: 1, 2.5 and 3.5.
        assert_eq!(found.quantiles(-9.0).unwrap(), [1.0, 2.5, 3.5]);
        assert_eq!(found.quantiles(4.999).unwrap(), [1.0, 2.5, 3.5]);
        assert_eq!(found.quantiles(5.0).unwrap(), [10.0, 25.0, 35.0]);
        assert_eq!(found.quantiles(f64::INFINITY).unwrap(), [10.0, 25.0, 35.0]);
        assert_eq!(found.quantiles(f64::NAN), None);
        let pooled = QuantileForecast::fit(&score, &outcome, &settings(&[0.5], 1, 4)).unwrap();
        assert_eq!(pooled.quantiles(1.0).unwrap(), [7.0]); // rank 4.5, between 4 and 10
    }

    #[test]
    fn equal_scores_stay_together_and_small_groups_are_not_cut() {
        let outcome: Vec<f64> = (0..12).map(f64::from).collect();
        let fit = |score: &[f64], groups, rows| {
            let found = QuantileForecast::fit(score, &outcome, &settings(&[0.5], groups, rows)).unwrap();
            found.group_rows().collect::<Vec<_>>()
        };
        let ascending: Vec<f64> = outcome.clone();
        assert_eq!(fit(&ascending, 3, 2), [4, 4, 4]);
        assert_eq!(fit(&ascending, 9, 5), [6, 6]); // twelve rows hold two groups of five
        let tied = [0.0, -0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 3.0, 4.0, 5.0];
        assert_eq!(fit(&tied, 3, 2), [7, 5]); // the cuts at 4 and 8 move to 7 and are too close to 8
        assert_eq!(fit(&[0.7; 12], 3, 2), [12]);
    }

    #[test]
    fn what_cannot_be_fitted_is_named() {
        let rows = [1.0; 19];
        let fit =
            |levels: &[f64], groups, min| QuantileForecast::fit(&rows, &rows, &settings(levels, groups, min));
        assert!(fit(&[0.05, 0.95], 1, 1).is_ok()); // ranks 1 and 19 of 19
        assert_eq!(fit(&[0.04], 1, 1), Err(QuantileError::TooFewRows { rows: 19, needed: 24 }));
        assert_eq!(fit(&[0.5], 1, 20), Err(QuantileError::TooFewRows { rows: 19, needed: 20 }));
        for levels in [[].as_slice(), &[0.0], &[1.0], &[0.5, 0.5], &[0.6, 0.5], &[f64::NAN]] {
            assert_eq!(fit(levels, 1, 1), Err(QuantileError::Levels), "{levels:?}");
        }
        assert_eq!(fit(&[0.5], 0, 1), Err(QuantileError::NoGroups));
        let short = QuantileForecast::fit(&rows, &rows[1..], &settings(&[0.5], 1, 1));
        assert_eq!(short, Err(QuantileError::LengthMismatch { scores: 19, outcomes: 18 }));
        for bad in [f64::NAN, f64::INFINITY] {
            let mut spoiled = rows;
            spoiled[7] = bad;
            let refused = QuantileForecast::fit(&rows, &spoiled, &settings(&[0.5], 1, 1));
            assert!(matches!(refused, Err(QuantileError::BadRow { row: 7, .. })));
            let refused = QuantileForecast::fit(&spoiled, &rows, &settings(&[0.5], 1, 1));
            assert!(matches!(refused, Err(QuantileError::BadRow { row: 7, .. })));
        }
    }
}
