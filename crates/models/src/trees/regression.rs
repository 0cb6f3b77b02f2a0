//! Boosted trees for squared error, grown in one of three ways.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::boost::{Boosting, Loss, Order, Shape, too_large};
use super::histogram::{Packed, Scale};
use super::{Tree, Trees};
use crate::regression::{check_samples, mean_and_deviation, require};
use crate::{Matrix, Regression, RegressionError, Regressor};

/// How the trees of a [`BoostedRegression`] are grown. Bins, histograms, gains and leaves are the same in all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Growth {
    /// Every leaf of a level is split, where that gains, before any of the next: the order of XGBoost (Chen and Guestrin,
    /// KDD 2016). `max_depth` is the size of the tree.
    DepthWise {
        /// Fewest training rows of a leaf, at least 1.
        min_leaf_rows: usize,
    },
    /// The leaf that gains most is split next: the order of LightGBM (Ke et al., NeurIPS 2017). Trees may be deep and
    /// narrow.
    LeafWise {
        /// Most leaves, 2 to 4096.
        leaves: usize,
        /// Fewest training rows of a leaf, at least 1.
        min_leaf_rows: usize,
    },
    /// One split for all leaves of a level, which are then 2^depth: the trees of CatBoost (Prokhorenkova et al., NeurIPS
    /// 2018). Not its ordered boosting, which scores each row by trees that have not seen it: residuals here are those of
    /// plain boosting. Leaves may be small or empty; `l2` holds small ones back.
    Symmetric,
}

/// Settings of boosted trees for squared error. Inputs may be missing (NaN) and go left at every split; constant columns
/// are never split.
///
/// The target is fitted in standard deviations from its mean, so that no setting depends on its unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoostedRegression {
    /// How a tree is grown.
    pub growth: Growth,
    /// Trees in the ensemble, at least 1.
    pub trees: usize,
    /// Longest path of a tree in splits: 1 to 12 depth-wise, 1 to 10 symmetric, at least 1 leaf-wise.
    pub max_depth: usize,
    /// Share of each tree's step that is taken, above 0 to 1.
    pub learning_rate: f64,
    /// Smallest loss reduction of a split, not negative: half the drop in the sum of squared residuals, over the variance
    /// of the target.
    pub min_gain: f64,
    /// Penalty on the square of a leaf's value, not negative, as a number of rows that say 0.
    pub l2: f64,
    /// Share of the rows each tree sees, above 0 to 1.
    pub row_share: f64,
    /// Share of the columns each tree sees, above 0 to 1; at least one column.
    pub column_share: f64,
    /// Most bins of a column, 2 to 254; missing values have one more.
    pub bins: usize,
}

/// A fitted ensemble: `base + learning_rate * (sum of leaf values)`, in the target's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegressionTrees {
    growth: Growth,
    ensemble: Trees,
}

/// Half the squared distance of a score from its target: derivatives `score - target` and 1.
struct Squared<'a> {
    target: &'a [f64],
}

impl Loss for Squared<'_> {
    fn derive(&self, scores: &[f64], packed: &mut [Packed]) -> Scale {
        // No sum of residuals is larger than the sum of their sizes. A row is one step of hessian, so sums count rows.
        let sizes: f64 = scores.iter().zip(self.target).map(|(score, y)| (score - y).abs()).sum();
        let scale = Scale { gradient: f64::from(1_u32 << 30) / sizes.max(1e-100), hessian: 1.0 };
        for ((packed, score), y) in packed.iter_mut().zip(scores).zip(self.target) {
            *packed = scale.pack(score - y, 1.0);
        }
        scale
    }
}

impl BoostedRegression {
    fn check(&self) -> Result<(), RegressionError> {
        let share = |v: f64| v > 0.0 && v <= 1.0;
        let not_negative = |v: f64| v.is_finite() && v >= 0.0;
        require(self.trees >= 1, "trees", self.trees as f64, "at least 1")?;
        let (deepest, rule) = match self.growth {
            Growth::DepthWise { .. } => (12, "1 to 12"),
            Growth::Symmetric => (10, "1 to 10"),
            Growth::LeafWise { .. } => (usize::MAX, "at least 1"),
        };
        require((1..=deepest).contains(&self.max_depth), "max_depth", self.max_depth as f64, rule)?;
        if let Growth::LeafWise { leaves, .. } = self.growth {
            require((2..=4096).contains(&leaves), "leaves", leaves as f64, "2 to 4096")?;
        }
        let rows = self.min_leaf_rows();
        require(rows >= 1, "min_leaf_rows", rows as f64, "at least 1")?;
        require(share(self.learning_rate), "learning_rate", self.learning_rate, "above 0 to 1")?;
        require(not_negative(self.min_gain), "min_gain", self.min_gain, "0 or more")?;
        require(not_negative(self.l2), "l2", self.l2, "0 or more")?;
        require(share(self.row_share), "row_share", self.row_share, "above 0 to 1")?;
        require(share(self.column_share), "column_share", self.column_share, "above 0 to 1")?;
        require((2..=254).contains(&self.bins), "bins", self.bins as f64, "2 to 254")
    }

    const fn min_leaf_rows(&self) -> usize {
        match self.growth {
            Growth::DepthWise { min_leaf_rows } | Growth::LeafWise { min_leaf_rows, .. } => min_leaf_rows,
            Growth::Symmetric => 1,
        }
    }

    fn boosting(&self) -> Boosting {
        let (order, leaves) = match self.growth {
            Growth::DepthWise { .. } => (Order::LevelByLevel, 1 << self.max_depth),
            Growth::LeafWise { leaves, .. } => (Order::BestFirst, leaves),
            Growth::Symmetric => (Order::Symmetric, 1 << self.max_depth),
        };
        Boosting {
            trees: self.trees,
            learning_rate: self.learning_rate,
            row_share: self.row_share,
            column_share: self.column_share,
            bins: self.bins,
            shape: Shape {
                order,
                leaves,
                max_depth: self.max_depth,
                min_leaf_rows: self.min_leaf_rows(),
                min_leaf_hessian: 0.0,
                min_gain: self.min_gain,
                l2: self.l2,
                hessian_counts_rows: true,
            },
        }
    }

    pub(crate) fn fit_trees(
        &self,
        x: &Matrix<'_>,
        target: &[f64],
        seed: &Seed,
    ) -> Result<RegressionTrees, RegressionError> {
        self.check()?;
        if let Some((what, got, limit)) = too_large(x) {
            return Err(RegressionError::TooLarge { what, got, limit });
        }
        check_samples(self.kind(), x, target, 2 * self.min_leaf_rows(), true)?;
        let (mean, deviation) = mean_and_deviation(target)
            .ok_or_else(|| RegressionError::OutOfRange { what: "the squares of the targets".to_owned() })?;
        let standard: Vec<f64> = target.iter().map(|y| (y - mean) / deviation).collect();
        let mut ensemble = self.boosting().fit(x, &Squared { target: &standard }, 0.0, seed);
        ensemble.base = mean;
        for value in ensemble.trees.iter_mut().flat_map(|tree| &mut tree.value) {
            *value *= deviation;
        }
        Ok(RegressionTrees { growth: self.growth, ensemble })
    }
}

impl Regressor for BoostedRegression {
    fn kind(&self) -> &'static str {
        "regression_trees"
    }

    fn accepts_missing(&self) -> bool {
        true
    }

    fn fit(&self, x: &Matrix<'_>, target: &[f64], seed: &Seed) -> Result<Regression, RegressionError> {
        self.fit_trees(x, target, seed).map(Regression::RegressionTrees)
    }
}

impl RegressionTrees {
    /// How the trees were grown.
    pub const fn growth(&self) -> Growth {
        self.growth
    }

    /// The trees, in the order they were fitted.
    pub fn trees(&self) -> &[Tree] {
        self.ensemble.trees()
    }

    /// Number of input columns.
    pub const fn width(&self) -> usize {
        self.ensemble.width()
    }

    /// Share of the total loss reduction that each column's splits brought, length `width()`, summing to 1 (to 0
    /// without splits).
    pub fn importance(&self) -> Vec<f64> {
        self.ensemble.importance()
    }

    pub(crate) fn predict(&self, x: &Matrix<'_>) -> Vec<f64> {
        self.ensemble.scores(x)
    }

    pub(crate) fn effective_parameters(&self) -> serde_json::Value {
        let mut read = self.ensemble.describe("base");
        read["growth"] = serde_json::json!(self.growth);
        read
    }

    pub(crate) fn defect(&self) -> Option<String> {
        self.ensemble.defect().or_else(|| {
            let lopsided = |tree: &Tree| !tree.is_symmetric();
            let index =
                self.trees().iter().position(lopsided).filter(|_| self.growth == Growth::Symmetric)?;
            Some(format!("tree {index} is not symmetric"))
        })
    }
}
