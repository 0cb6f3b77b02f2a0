//! Gradient-boosted trees on histograms: logistic loss with leaf-wise growth, and squared error with three ways to grow.
//!
//! After Friedman, "Greedy Function Approximation: A Gradient Boosting Machine" (Annals of Statistics, 2001) with the
//! second-order leaves of Chen and Guestrin, "XGBoost" (KDD 2016), and the leaf-wise growth of Ke et al., "LightGBM"
//! (NeurIPS 2017). One thread per fit: a run fits many models at once, and one thread has one order of additions.

mod bins;
mod boost;
mod grow;
mod histogram;
mod regression;
mod symmetric;
mod tree;

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

pub use self::regression::{BoostedRegression, Growth, RegressionTrees};
pub use self::tree::Tree;

use self::boost::{Boosting, Loss, Order, Shape, too_large};
use self::histogram::{Packed, Scale};
use crate::learner::{check_samples, require};
use crate::{FitError, Learner, Matrix, Model, logit, sigmoid};

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

    fn boosting(&self) -> Boosting {
        Boosting {
            trees: self.trees,
            learning_rate: self.learning_rate,
            row_share: self.row_share,
            column_share: self.column_share,
            bins: self.bins,
            shape: Shape {
                order: Order::BestFirst,
                leaves: self.leaves,
                max_depth: self.max_depth,
                min_leaf_rows: self.min_leaf_rows,
                min_leaf_hessian: self.min_leaf_hessian,
                min_gain: self.min_gain,
                l2: self.l2,
                hessian_counts_rows: false,
            },
        }
    }
}

/// Cross-entropy: derivatives w (p - y) and w p (1 - p) in the log-odds.
struct CrossEntropy<'a> {
    target: &'a [f64],
    weight: Option<&'a [f64]>,
    scale: Scale,
}

impl<'a> CrossEntropy<'a> {
    fn new(target: &'a [f64], weight: Option<&'a [f64]>) -> Self {
        let weight_max = weight.map_or(1.0, |w| w.iter().copied().fold(0.0, f64::max));
        Self { target, weight, scale: Scale::new(target.len(), weight_max) }
    }
}

impl Loss for CrossEntropy<'_> {
    fn derive(&self, scores: &[f64], packed: &mut [Packed]) -> Scale {
        let scale = self.scale;
        let rows = packed.iter_mut().zip(scores).zip(self.target);
        match self.weight {
            None => rows.for_each(|((packed, score), y)| {
                let p = sigmoid(*score);
                *packed = scale.pack(p - y, p * (1.0 - p));
            }),
            Some(weight) => rows.zip(weight).for_each(|(((packed, score), y), w)| {
                let p = sigmoid(*score);
                *packed = scale.pack(w * (p - y), w * p * (1.0 - p));
            }),
        }
        scale
    }
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
        if let Some((what, got, limit)) = too_large(x) {
            return Err(FitError::TooLarge { what, got, limit });
        }
        let checked = check_samples(x, target, weight, true)?;
        let loss = CrossEntropy::new(target, checked.weight);
        Ok(Model::Trees(self.boosting().fit(x, &loss, logit(checked.mean), seed)))
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

    pub(crate) fn scores(&self, x: &Matrix<'_>) -> Vec<f64> {
        let mut scores = vec![self.base; x.rows()];
        tree::add_scores(&self.trees, self.learning_rate, x, &mut scores);
        scores
    }

    pub(crate) fn effective_parameters(&self) -> serde_json::Value {
        self.describe("base_log_odds")
    }

    /// Size and settings, read back from the trees where they show there, and the base by its name.
    fn describe(&self, base: &str) -> serde_json::Value {
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
            (base): self.base,
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
