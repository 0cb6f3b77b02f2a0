//! The main job as a whole.

use super::{Comparison, Near, Ours};

pub(super) const COMPARISONS: &[Comparison] = &[Comparison {
    name: "nse_swing",
    title: "The main job on 42 NSE symbols x 20 years, against plain Python",
    work: "Cleaning, 15 features, labels, yearly walk-forward from 2008 with 4 cross-fit teacher blocks (100 trees x \
               31 leaves), student and calibration, books at both costs, evidence with 10,000 draws, stress retraining. \
               The peer is pandas, LightGBM and scikit-learn with an ordinary day loop for the book. Ours also writes, \
               digests and signs off every artefact. The two differ in trees, indicators' smoothing seeds and rounding, \
               so sizes must match and skill must be near, not equal.",
    group: "trees",
    script: "main_job/nse_swing.py",
    ours: Ours::Pipeline {
        pipeline: "nse_swing",
        data: "india/nse_nifty50_daily_split_adjusted_2000_2024.parquet",
    },
    agree: &[
        ("symbols", Near::Absolute(0.0)),
        ("folds", Near::Absolute(0.0)),
        ("dataset_rows", Near::Relative(0.03)),
        ("rank_ic", Near::Absolute(0.02)),
    ],
    stages: &["wall"],
    turns: 1,
    threads: 2,
}];
