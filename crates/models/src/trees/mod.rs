//! Gradient-boosted trees on histograms: logistic loss, leaf-wise growth.
//!
//! After Friedman, "Greedy Function Approximation: A Gradient Boosting Machine" (Annals of Statistics, 2001) with the
//! second-order leaves of Chen and Guestrin, "XGBoost" (KDD 2016), and the leaf-wise growth of Ke et al., "LightGBM"
//! (NeurIPS 2017). One thread per fit: a run fits many models at once, and one thread has one order of additions.

mod bins;
mod grow;
mod histogram;
mod tree;

use proofmark_units::Seed;
use rand::RngExt as _;
use serde::{Deserialize, Serialize};

pub use self::tree::Tree;

use self::bins::Binned;
use self::grow::Grower;
use self::histogram::{Packed, Scale};
use self::tree::Walk;
use crate::learner::{Checked, check_samples, require};
use crate::{FitError, Learner, Matrix, Model, logit, sigmoid};

/// Beyond this many rows the fixed-point gradients have fewer than 64 steps.
const ROWS_MAX: usize = 1 << 24;

/// Settings of the boosted trees. Inputs may be missing (NaN); targets may be soft.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradientBoostedTrees {
    /// Trees in the ensemble, at least 1.
    pub trees: usize,
    /// Most leaves of a tree, 2 to 4096.
    pub leaves: usize,
    /// Longest path of a tree in splits, at least 1.
    pub max_depth: usize,
    /// Share of each tree's step that is taken, above 0 to 1.
    pub learning_rate: f64,
    /// Fewest training rows of a leaf, at least 1.
    pub min_leaf_rows: usize,
    /// Smallest sum of hessians w p (1 - p) of a leaf, not negative.
    pub min_leaf_hessian: f64,
    /// Smallest loss reduction of a split in nats, not negative.
    pub min_gain: f64,
    /// Penalty on the square of a leaf's value, not negative.
    pub l2: f64,
    /// Share of the rows each tree sees, above 0 to 1.
    pub row_share: f64,
    /// Share of the columns each tree sees, above 0 to 1; at least one column.
    pub column_share: f64,
    /// Most bins of a column, 2 to 254; missing values have one more.
    pub bins: usize,
}

/// A fitted ensemble: log-odds are `base + learning_rate * (sum of leaf values)`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trees {
    base: f64,
    learning_rate: f64,
    l2: f64,
    columns: usize,
    training_rows: usize,
    /// Bins fitted for each column, the missing bin included.
    bins: Vec<u16>,
    trees: Vec<Tree>,
}

impl GradientBoostedTrees {
    fn check(&self) -> Result<(), FitError> {
        let share = |v: f64| v > 0.0 && v <= 1.0;
        require(self.trees >= 1, "trees", self.trees as f64, "at least 1")?;
        require((2..=4096).contains(&self.leaves), "leaves", self.leaves as f64, "2 to 4096")?;
        require(self.max_depth >= 1, "max_depth", self.max_depth as f64, "at least 1")?;
        require(share(self.learning_rate), "learning_rate", self.learning_rate, "above 0 to 1")?;
        require(self.min_leaf_rows >= 1, "min_leaf_rows", self.min_leaf_rows as f64, "at least 1")?;
        let not_negative = |v: f64| v.is_finite() && v >= 0.0;
        require(not_negative(self.min_leaf_hessian), "min_leaf_hessian", self.min_leaf_hessian, "0 or more")?;
        require(not_negative(self.min_gain), "min_gain", self.min_gain, "0 or more")?;
        require(not_negative(self.l2), "l2", self.l2, "0 or more")?;
        require(share(self.row_share), "row_share", self.row_share, "above 0 to 1")?;
        require(share(self.column_share), "column_share", self.column_share, "above 0 to 1")?;
        require((2..=254).contains(&self.bins), "bins", self.bins as f64, "2 to 254")
    }

    fn boost(&self, x: &Matrix<'_>, target: &[f64], checked: &Checked<'_>, seed: &Seed) -> Trees {
        let binned = Binned::fit(x, self.bins, &seed.child("bins"));
        let weight = checked.weight;
        let weight_max = weight.map_or(1.0, |w| w.iter().copied().fold(0.0, f64::max));
        let scale = Scale::new(x.rows(), weight_max);
        let base = logit(checked.mean);
        let mut scores = vec![base; x.rows()];
        let mut packed: Vec<Packed> = vec![0; x.rows()];
        let mut grower = Grower::new(self, &binned, scale);
        let mut rows: Vec<u32> = (0..x.rows() as u32).collect();
        let mut left_out: Vec<u32> = Vec::new();
        let mut columns: Vec<usize> = (0..x.width()).collect();
        let mut trees = Vec::with_capacity(self.trees);
        for round in 0..self.trees {
            gradients(&mut packed, scale, &scores, target, weight);
            if self.row_share < 1.0 {
                let seed = seed.child("rows").nth(round as u64);
                (rows, left_out) = sample_rows(x.rows(), self.row_share, &seed);
            }
            if self.column_share < 1.0 {
                columns =
                    sample_columns(x.width(), self.column_share, &seed.child("columns").nth(round as u64));
            }
            let (tree, leaf_rows) = grower.grow(&rows, &columns, &packed);
            for (rows, value) in leaf_rows.zip(&tree.value) {
                let step = self.learning_rate * value;
                for row in rows {
                    scores[*row as usize] += step;
                }
            }
            let walk = Walk::new(&tree);
            for row in &left_out {
                let row = *row as usize;
                scores[row] += self.learning_rate * tree.value[walk.leaf(|column| x.column(column)[row])];
            }
            trees.push(tree);
        }
        Trees {
            base,
            learning_rate: self.learning_rate,
            l2: self.l2,
            columns: x.width(),
            training_rows: x.rows(),
            bins: binned.cuts.iter().map(|cuts| cuts.bins() as u16).collect(),
            trees,
        }
    }
}

/// First and second derivatives of the cross-entropy in the log-odds: w (p - y) and w p (1 - p).
fn gradients(packed: &mut [Packed], scale: Scale, scores: &[f64], target: &[f64], weight: Option<&[f64]>) {
    let rows = packed.iter_mut().zip(scores).zip(target);
    match weight {
        None => rows.for_each(|((packed, score), y)| {
            let p = sigmoid(*score);
            *packed = scale.pack(p - y, p * (1.0 - p));
        }),
        Some(weight) => rows.zip(weight).for_each(|(((packed, score), y), w)| {
            let p = sigmoid(*score);
            *packed = scale.pack(w * (p - y), w * p * (1.0 - p));
        }),
    }
}

/// Each row with probability `share`, and the others; all rows should that keep none.
fn sample_rows(rows: usize, share: f64, seed: &Seed) -> (Vec<u32>, Vec<u32>) {
    let mut rng = seed.rng();
    let (kept, left_out): (Vec<u32>, Vec<u32>) = (0..rows as u32).partition(|_| rng.random::<f64>() < share);
    if kept.is_empty() { (left_out, kept) } else { (kept, left_out) }
}

/// `share` of the columns, ascending, at least one.
fn sample_columns(width: usize, share: f64, seed: &Seed) -> Vec<usize> {
    let mut rng = seed.rng();
    let mut columns: Vec<usize> = (0..width).collect();
    let wanted = ((width as f64 * share).round() as usize).clamp(1, width);
    for k in 0..wanted {
        let pick = rng.random_range(k as u32..width as u32) as usize;
        columns.swap(k, pick);
    }
    columns.truncate(wanted);
    columns.sort_unstable();
    columns
}

impl Learner for GradientBoostedTrees {
    fn kind(&self) -> &'static str {
        "trees"
    }

    fn accepts_missing(&self) -> bool {
        true
    }

    fn fit(
        &self,
        x: &Matrix<'_>,
        target: &[f64],
        weight: Option<&[f64]>,
        seed: &Seed,
    ) -> Result<Model, FitError> {
        self.check()?;
        if x.rows() > ROWS_MAX {
            return Err(FitError::TooLarge { what: "rows", got: x.rows(), limit: ROWS_MAX });
        }
        if x.width() > usize::from(u16::MAX) {
            return Err(FitError::TooLarge { what: "columns", got: x.width(), limit: u16::MAX.into() });
        }
        let checked = check_samples(x, target, weight, true)?;
        Ok(Model::Trees(self.boost(x, target, &checked, seed)))
    }
}

impl Trees {
    /// Number of input columns.
    pub const fn width(&self) -> usize {
        self.columns
    }

    /// The trees, in the order they were fitted.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// Share of the total loss reduction that each column's splits brought, length `width()`, summing to 1 (to 0
    /// without splits).
    pub fn importance(&self) -> Vec<f64> {
        let mut share = vec![0.0; self.columns];
        for tree in &self.trees {
            for (column, gain) in tree.feature.iter().zip(&tree.gain) {
                share[usize::from(*column)] += gain;
            }
        }
        let total: f64 = share.iter().sum();
        if total > 0.0 {
            share.iter_mut().for_each(|s| *s /= total);
        }
        share
    }

    pub(crate) fn log_odds(&self, x: &Matrix<'_>) -> Vec<f64> {
        let mut scores = vec![self.base; x.rows()];
        tree::add_scores(&self.trees, self.learning_rate, x, &mut scores);
        scores
    }

    pub(crate) fn effective_parameters(&self) -> serde_json::Value {
        let most = |f: fn(&Tree) -> usize| self.trees.iter().map(f).max().unwrap_or(0);
        serde_json::json!({
            "trees": self.trees.len(),
            "leaves_max": most(Tree::leaves),
            "leaves_total": self.trees.iter().map(Tree::leaves).sum::<usize>(),
            "depth_max": most(Tree::depth),
            "leaf_rows_min": self.trees.iter().map(Tree::smallest_leaf).min().unwrap_or(0),
            "learning_rate": self.learning_rate,
            "l2": self.l2,
            "bins_max": self.bins.iter().max().map_or(0, |bins| bins - 1),
            "columns": self.columns,
            "columns_used": self.importance().iter().filter(|share| **share > 0.0).count(),
            "base_log_odds": self.base,
            "training_rows": self.training_rows,
        })
    }

    pub(crate) fn defect(&self) -> Option<String> {
        if !(self.base.is_finite() && self.learning_rate.is_finite()) || self.columns == 0 {
            return Some("the ensemble's base, learning rate or width is not a number".to_owned());
        }
        self.trees
            .iter()
            .enumerate()
            .find_map(|(index, tree)| tree.defect(self.columns).map(|what| format!("tree {index}: {what}")))
    }
}
