//! The regressions that are compared with each other, by name.

use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::{
    ArdRegression, BayesianRidge, GammaPriors, HybridRegression, Regression, RegressionError, Regressor,
    RidgeRegression,
};
use crate::{BoostedRegression, Growth, Matrix};

/// What a model of the zoo is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// A line.
    Linear,
    /// Boosted trees on inputs as they are.
    Boosting,
    /// 0.7 of boosted trees and 0.3 of a ridge regression, both on standardised inputs.
    Hybrid,
}

/// Sizes that all boosted trees of a zoo share. Longer horizons leave fewer independent rows, so they get less.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoosterSize {
    /// Trees, at least 1.
    pub trees: usize,
    /// Depth of depth-wise and symmetric trees, 1 to 10; leaf-wise trees may have as many leaves, at any depth.
    pub depth: usize,
    /// Share of each tree's step that is taken, above 0 to 1.
    pub learning_rate: f64,
    /// Share of the columns each tree sees, above 0 to 1.
    pub column_share: f64,
    /// Penalty on the square of a leaf's value, as a number of rows that say 0, not negative.
    pub l2: f64,
    /// Fewest training rows of a depth-wise or leaf-wise leaf, at least 1.
    pub min_leaf_rows: usize,
}

impl BoosterSize {
    /// For horizons of up to a week of sessions.
    pub const SHORT: Self =
        Self { trees: 50, depth: 3, learning_rate: 0.05, column_share: 0.6, l2: 1.0, min_leaf_rows: 20 };
    /// For horizons of two to four weeks.
    pub const MEDIUM: Self =
        Self { trees: 30, depth: 2, learning_rate: 0.08, column_share: 0.5, l2: 2.0, min_leaf_rows: 30 };
    /// For horizons of five weeks and more. At depth 1 the three ways to grow a tree differ in `min_leaf_rows` alone.
    pub const LONG: Self =
        Self { trees: 20, depth: 1, learning_rate: 0.10, column_share: 0.4, l2: 3.0, min_leaf_rows: 50 };

    fn booster(&self, growth: Growth) -> BoostedRegression {
        BoostedRegression {
            growth,
            trees: self.trees,
            // Leaves, not depth, limit leaf-wise trees: with both limits equal they would be the depth-wise ones.
            max_depth: if let Growth::LeafWise { .. } = growth { usize::MAX } else { self.depth },
            learning_rate: self.learning_rate,
            min_gain: 0.0,
            l2: self.l2,
            row_share: 1.0,
            column_share: self.column_share,
            bins: 254,
        }
    }
}

/// A model of the zoo: its names and how it is fitted.
pub struct ZooModel {
    name: &'static str,
    aliases: &'static [&'static str],
    family: Family,
    regressor: Box<dyn Regressor + Send>,
}

impl std::fmt::Debug for ZooModel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ZooModel")
            .field("name", &self.name)
            .field("family", &self.family)
            .finish_non_exhaustive()
    }
}

impl ZooModel {
    /// What it is, in files and reports; never renamed.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Names under which files of others know its place. Those of libraries say whose trees it resembles, not whose code
    /// it is.
    pub const fn aliases(&self) -> &'static [&'static str] {
        self.aliases
    }

    /// What it is made of.
    pub const fn family(&self) -> Family {
        self.family
    }

    /// Whether NaN is a legal input.
    pub fn accepts_missing(&self) -> bool {
        self.regressor.accepts_missing()
    }

    /// Fits the model; see [`Regressor::fit`].
    ///
    /// # Errors
    /// As [`Regressor::fit`].
    pub fn fit(&self, x: &Matrix<'_>, target: &[f64], seed: &Seed) -> Result<Regression, RegressionError> {
        // Columns are sampled by name, so that two models of a zoo do not share their luck.
        self.regressor.fit(x, target, &seed.child(self.name))
    }
}

/// No model of the zoo has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no model `{name}`\n\nhint: the models are {known}")]
pub struct UnknownModel {
    /// What was asked for.
    pub name: String,
    /// What there is, separated by commas.
    pub known: String,
}

/// The nine models, boosted trees in the sizes of [`BoosterSize::SHORT`].
pub fn zoo() -> Vec<ZooModel> {
    zoo_of(&BoosterSize::SHORT)
}

/// The model of [`zoo`] with this name or alias.
///
/// # Errors
/// [`UnknownModel`].
pub fn zoo_model(name: &str) -> Result<ZooModel, UnknownModel> {
    let mut models = zoo();
    match models.iter().position(|model| model.name == name || model.aliases.contains(&name)) {
        Some(at) => Ok(models.swap_remove(at)),
        None => {
            let known = models.iter().map(|model| model.name).collect::<Vec<_>>().join(", ");
            Err(UnknownModel { name: name.to_owned(), known })
        }
    }
}

/// The nine models: three lines (penalty 1; at most 300 iterations, tolerance 1e-3, pruned from a precision of 1e4), three
/// boosters of one size that differ in how a tree is grown, and a blend of each booster with the ridge regression.
pub fn zoo_of(size: &BoosterSize) -> Vec<ZooModel> {
    let min_leaf_rows = size.min_leaf_rows;
    // Depths that no booster takes are refused by the fit, with their name.
    let leaves = 1_usize.checked_shl(size.depth.try_into().unwrap_or(u32::MAX)).unwrap_or(usize::MAX);
    let depthwise = size.booster(Growth::DepthWise { min_leaf_rows });
    let leafwise = size.booster(Growth::LeafWise { leaves, min_leaf_rows });
    let symmetric = size.booster(Growth::Symmetric);
    let ridge = RidgeRegression { alpha: 1.0 };
    let (priors, iterations_max, tolerance) = (GammaPriors::VAGUE, 300, 1e-3);
    let linear = |name, regressor| ZooModel { name, aliases: &[], family: Family::Linear, regressor };
    let boosted = |name, aliases, booster| ZooModel {
        name,
        aliases,
        family: Family::Boosting,
        regressor: Box::new(booster),
    };
    let hybrid = |name, aliases, booster| ZooModel {
        name,
        aliases,
        family: Family::Hybrid,
        regressor: Box::new(HybridRegression { booster, ridge, booster_share: 0.7 }),
    };
    vec![
        linear("ridge", Box::new(ridge)),
        linear("bayesian_ridge", Box::new(BayesianRidge { priors, iterations_max, tolerance })),
        linear("ard", Box::new(ArdRegression { priors, pruned_from: 1e4, iterations_max, tolerance })),
        boosted("boosted_depthwise", &["xgboost_pure"], depthwise),
        boosted("boosted_leafwise", &["lightgbm_pure"], leafwise),
        boosted("boosted_symmetric", &["catboost_pure"], symmetric),
        hybrid("hybrid_depthwise", &["hybrid_xgboost"], depthwise),
        hybrid("hybrid_leafwise", &["hybrid_lightgbm"], leafwise),
        hybrid("hybrid_symmetric", &["hybrid_catboost"], symmetric),
    ]
}
