//! Labels and purged splits.

use super::{Comparison, Near, Ours};

/// Counts, rows and paths of combinatorial purged splits.
const COMBINATORIAL: &[(&str, Near)] = &[
    ("of_10_test_3_splits", Near::Absolute(0.0)),
    ("of_10_test_3_paths", Near::Absolute(0.0)),
    ("of_10_test_3_train_rows", Near::Absolute(0.0)),
    ("of_10_test_3_train_sum", Near::Absolute(0.0)),
    ("of_10_test_3_test_sum", Near::Absolute(0.0)),
    ("of_10_test_3_path_sum", Near::Absolute(0.0)),
    ("of_12_test_6_splits", Near::Absolute(0.0)),
    ("of_12_test_6_paths", Near::Absolute(0.0)),
    ("of_12_test_6_train_rows", Near::Absolute(0.0)),
    ("of_12_test_6_train_sum", Near::Absolute(0.0)),
    ("of_12_test_6_test_sum", Near::Absolute(0.0)),
    ("of_12_test_6_path_sum", Near::Absolute(0.0)),
];

pub(super) const COMPARISONS: &[Comparison] = &[
    Comparison {
        name: "labels",
        title: "Trend scanning, uniqueness and sequential draws, against NumPy",
        work: "50,000 labels of a random walk: the horizon of 5 to 20 steps with the largest t; average uniqueness of spans of \
               5 to 20 bars; 2,000 sequential draws by given uniform numbers, and the probabilities after them. The peer is \
               vectorised over labels and looks at all of them again in each draw.",
        group: "labels",
        script: "labels/labels.py",
        ours: Ours::Program("bench_labels"),
        agree: &[
            ("labels", Near::Absolute(0.0)),
            ("horizons", Near::Absolute(0.0)),
            ("t", Near::Relative(1e-9)),
            ("t_weighted", Near::Relative(1e-9)),
            ("uniqueness", Near::Relative(1e-9)),
            ("uniqueness_weighted", Near::Relative(1e-9)),
            ("drawn", Near::Absolute(0.0)),
            ("probabilities", Near::Relative(1e-9)),
        ],
        stages: &["trends", "uniqueness", "sequential"],
        turns: 3,
        threads: 1,
    },
    Comparison {
        name: "splits",
        title: "Combinatorial purged splits, against skfolio",
        work: "5,040 daily rows, labels of 5 sessions, embargo 2, look-back 20: all 120 splits of 10 groups with 3 tested \
               and all 924 of 12 with 6 tested, training and test rows written out, and the path of every tested group. \
               Ours derives what to leave out from each row's label and feature window; the peer is told the same in \
               numbers of rows.",
        group: "splits",
        script: "splits/cpcv.py",
        ours: Ours::Program("bench_splits"),
        agree: COMBINATORIAL,
        stages: &["splits"],
        turns: 5,
        threads: 1,
    },
    Comparison {
        name: "purged_splits",
        title: "Combinatorial purged splits, against purgedcv",
        work: "5,040 daily rows, labels of 5 sessions, embargo 2, look-back 20: all 120 splits of 10 groups with 3 tested \
               and all 924 of 12 with 6 tested, training and test rows written out; untimed, the path of every tested group. \
               Ours derives what to leave out from each row's label and feature window; the peer is told the same in \
               days, its labels' intervals being half-open.",
        group: "splits",
        script: "splits/purged.py",
        ours: Ours::Program("bench_splits"),
        agree: COMBINATORIAL,
        stages: &["splits"],
        turns: 1,
        threads: 1,
    },
];
