//! Trees and the zoo of regressions.

use super::{Comparison, Near, Ours};

pub(super) const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "trees",
        title: "Gradient-boosted trees, against LightGBM",
        work: "100,000 training and 50,000 hold-out rows x 15 simulated columns with a weak non-linear signal; 100 trees \
               x 31 leaves, rate 0.05, 128 bins, at least 200 rows a leaf, one thread (our fits are single-threaded and run \
               beside each other).",
        group: "trees",
        script: "trees/boosting.py",
        ours: Ours::Program("bench_trees"),
        agree: &[
            ("rows", Near::Absolute(0.0)),
            ("auc", Near::Absolute(0.01)),
            ("log_loss", Near::Absolute(0.005)),
        ],
        stages: &["fit", "predict"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "zoo",
        title: "Regressions on 20,000 x 15, against scikit-learn, XGBoost, LightGBM and CatBoost",
        work: "Ridge, Bayesian ridge and ARD on standardised inputs, two of which nearly repeat each other: intercepts, \
               coefficients, predictions of 20,000 new rows and their deviations, as sums weighted by place. 100 trees each \
               depth-wise (depth 5) against XGBoost, leaf-wise (31 leaves) against LightGBM, symmetric (depth 6) against \
               CatBoost without ordered boosting; out-of-sample R2 of each and of its blend with the ridge regression. \
               Timed is fitting, on one thread.",
        group: "zoo",
        script: "zoo/models.py",
        ours: Ours::Program("bench_zoo"),
        agree: &[
            ("rows", Near::Absolute(0.0)),
            ("ridge_intercept", Near::Relative(1e-8)),
            ("ridge_coefficients", Near::Relative(1e-8)),
            ("ridge_predicted", Near::Relative(1e-8)),
            ("bayesian_ridge_intercept", Near::Relative(1e-6)),
            ("bayesian_ridge_coefficients", Near::Relative(1e-6)),
            ("bayesian_ridge_predicted", Near::Relative(1e-6)),
            ("bayesian_ridge_std", Near::Relative(1e-6)),
            ("ard_intercept", Near::Relative(1e-6)),
            ("ard_coefficients", Near::Relative(1e-6)),
            ("ard_predicted", Near::Relative(1e-6)),
            ("ard_std", Near::Relative(1e-6)),
            // Bins are cut elsewhere, so trees are near, not equal: over five draws of the input the difference had both
            // signs and a size of up to 0.0055.
            ("depthwise_r2", Near::Absolute(0.01)),
            ("leafwise_r2", Near::Absolute(0.01)),
            ("symmetric_r2", Near::Absolute(0.01)),
            ("hybrid_depthwise_r2", Near::Absolute(0.01)),
            ("hybrid_leafwise_r2", Near::Absolute(0.01)),
            ("hybrid_symmetric_r2", Near::Absolute(0.01)),
        ],
        stages: &["ridge", "bayesian_ridge", "ard", "depthwise", "leafwise", "symmetric"],
        turns: 3,
        threads: 1,
    },
];
