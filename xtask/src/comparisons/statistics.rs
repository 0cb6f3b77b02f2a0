//! Tests, gates and measures of a record.

use super::{Comparison, Near, Ours};

pub(super) const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "statistics",
        title: "Tests and measures, against arch, statsmodels, SciPy and scikit-learn",
        work: "2,520 simulated daily returns with mild autocorrelation and fat tails: regression with Newey-West errors, \
               automatic block length, stationary bootstrap with 10,000 draws, moments, AUC, Spearman, Brier score.",
        group: "stats",
        script: "stats/measures.py",
        ours: Ours::Program("bench_stats"),
        agree: &[
            ("hac_alpha", Near::Relative(1e-9)),
            ("hac_beta", Near::Relative(1e-9)),
            ("hac_t_alpha", Near::Relative(1e-8)),
            ("block_length", Near::Relative(1e-6)),
            ("bootstrap_sd_of_mean", Near::Relative(0.03)),
            ("skewness", Near::Relative(1e-9)),
            ("kurtosis", Near::Relative(1e-9)),
            ("auc", Near::Absolute(1e-12)),
            ("spearman", Near::Absolute(1e-12)),
            ("brier", Near::Absolute(1e-12)),
            ("rank_ic", Near::Absolute(1e-12)),
            ("rank_ic_t", Near::Relative(1e-8)),
            ("pearson_ic", Near::Absolute(1e-12)),
            ("ks_distance", Near::Absolute(1e-12)),
            // Ours is the corrected limit, the peer's the exact distribution.
            ("ks_p", Near::Absolute(0.02)),
        ],
        stages: &["bootstrap"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "comparison",
        title: "Tests over many strategies, against arch and NumPy",
        work: "Superior predictive ability of 200 simulated models x 2,520 days by 1,000 draws of the stationary bootstrap \
               with mean block 10; probability of backtest overfitting of 100 trials over the 12,870 halves of 16 blocks, \
               with degradation and dominance. arch does not studentise, so it is given models already divided by their \
               standard errors, untimed; the overfitting peer is NumPy on block sums.",
        group: "stats",
        script: "stats/comparison.py",
        ours: Ours::Program("bench_comparison"),
        agree: &[
            ("spa_best_t", Near::Relative(1e-9)),
            // Four standard errors of the difference of two shares of 1,000 draws each.
            ("spa_lower", Near::Absolute(0.09)),
            ("spa_consistent", Near::Absolute(0.09)),
            ("spa_upper", Near::Absolute(0.09)),
            ("pbo_halves", Near::Absolute(0.0)),
            ("pbo", Near::Absolute(1e-12)),
            ("pbo_loss", Near::Absolute(1e-12)),
            ("pbo_slope", Near::Relative(1e-8)),
            ("pbo_r2", Near::Relative(1e-8)),
            ("pbo_over_mean", Near::Absolute(1e-10)),
            ("pbo_over_all_first", Near::Absolute(1e-10)),
            ("pbo_over_all_second", Near::Absolute(1e-10)),
        ],
        stages: &["spa", "pbo"],
        turns: 3,
        threads: 2,
    },
    Comparison {
        name: "gates",
        title: "The whole gate suite on one candidate, against arch, statsmodels, SciPy and NumPy",
        work: "24 simulated names x 2,520 sessions, a weekly top-fifth book with a weak planted skill, 20 other trials on the \
               lineage, 10,000 draws behind every p and 1,000 behind an interval of a Sharpe ratio. Ours: the candidate's books at the declared and at twice the costs, its null \
               books and naive rules, every test of the suite and every gate of the default policy. The peer is given the books' \
               returns and makes the tests alone: regressions with Newey-West errors, studentised stationary bootstrap of the \
               active mean, percentile intervals of the Sharpe ratios, deflation by clusters, rank IC, the test against each \
               rival, PBO. Drawing against a rival ends early on our side once p is seen to exceed 5 %.",
        group: "stats",
        script: "stats/gates.py",
        ours: Ours::Program("bench_gates"),
        agree: &[
            ("periods", Near::Absolute(0.0)),
            ("t_hac", Near::Relative(1e-7)),
            // Four standard errors of the difference of two shares of 10,000 draws each, where p is below a quarter.
            ("p_bootstrap", Near::Absolute(0.025)),
            ("mean_interval_width", Near::Relative(0.04)),
            ("appraisal_ratio", Near::Relative(1e-8)),
            // Studentised here, percentile there; four standard errors of two widths of 1,000 draws each.
            ("appraisal_interval_width", Near::Relative(0.17)),
            ("psr", Near::Absolute(1e-8)),
            ("trials_effective", Near::Absolute(0.0)),
            ("dsr", Near::Absolute(1e-8)),
            ("rank_ic", Near::Absolute(1e-10)),
            ("rank_ic_p", Near::Absolute(1e-8)),
            ("rivals", Near::Absolute(0.0)),
            ("p_against_rivals", Near::Absolute(0.03)),
            ("pbo", Near::Absolute(1e-12)),
            ("active_mean_at_2x", Near::Absolute(1e-10)),
            ("max_drawdown", Near::Absolute(1e-12)),
            ("sharpe", Near::Relative(1e-8)),
            ("sharpe_interval_width", Near::Relative(0.17)),
        ],
        stages: &["suite"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "measures",
        title: "Measures of a record, against quantstats",
        work: "20 measures of 5,040 simulated daily returns with fat tails, negative skew and one session in ten without a \
               position, and of their benchmark. Where quantstats follows another convention its figure is turned into ours; \
               docs/PARITY.md lists how.",
        group: "quantstats",
        script: "quantstats/record.py",
        ours: Ours::Program("bench_measures"),
        agree: &[
            ("total_return", Near::Relative(1e-10)),
            ("cagr", Near::Relative(1e-10)),
            ("volatility", Near::Relative(1e-12)),
            ("sharpe", Near::Relative(1e-11)),
            ("sortino", Near::Relative(1e-11)),
            ("calmar", Near::Relative(1e-9)),
            ("omega", Near::Relative(1e-11)),
            ("max_drawdown", Near::Relative(1e-10)),
            ("hit_rate", Near::Absolute(1e-12)),
            ("skewness", Near::Relative(1e-9)),
            ("kurtosis", Near::Relative(1e-9)),
            ("expected_shortfall", Near::Relative(1e-11)),
            ("quantile", Near::Relative(1e-11)),
            ("best", Near::Absolute(0.0)),
            ("worst", Near::Absolute(0.0)),
            ("psr", Near::Absolute(1e-4)),
            ("alpha", Near::Relative(1e-9)),
            ("beta", Near::Relative(1e-10)),
            ("r2", Near::Relative(1e-9)),
            ("information_ratio", Near::Relative(1e-10)),
        ],
        stages: &["measures"],
        turns: 3,
        threads: 1,
    },
];
