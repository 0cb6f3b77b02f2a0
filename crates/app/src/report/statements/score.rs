//! What is said of the scores themselves.

use super::{Chapter, plain};

/// Order, calls, names and features.
pub(super) const SKILL: Chapter = Chapter {
    title: "Skill of the score",
    statements: &[
        plain(
            "score_skill.rank_ic",
            "Mean rank IC",
            "It says how well the score orders the names of a day.",
            "A small one can be certain and still not pay its costs.",
        ),
        plain(
            "score_skill.pearson_ic",
            "Mean IC by size",
            "It weighs large moves more.",
            "One outlier can carry it; the gate reads ranks.",
        ),
        plain(
            "score_skill.rank_icir",
            "Mean rank IC over its spread, a year",
            "It says how steady the skill was.",
            "It is no Sharpe ratio of money.",
        ),
        plain(
            "score_skill.decay.5.rank_ic",
            "Rank IC for the return that begins 5 sessions later",
            "It says how long the score knows: late trading keeps what is left of it.",
            "Lags share their data and are not separate tests.",
        ),
        plain(
            "student.auc",
            "Pooled AUC",
            "It is the chance that a positive row scores above a negative one.",
            "One half is not its null; the shifts are.",
        ),
        plain(
            "student.auc_p",
            "Joint-shift p of the AUC",
            "So often do labels shifted in time do as well.",
            "With few separated shifts it corroborates and does not decide.",
        ),
        plain(
            "student.top_precision",
            "Share of the names that the book would pick whose label came true",
            "It is the hit rate where money is.",
            "It says nothing about how much a hit earns.",
        ),
        plain(
            "student.top_precision_p",
            "Joint-shift p of that share",
            "So often do labels shifted in time do as well.",
            "With few separated shifts it corroborates and does not decide.",
        ),
        plain(
            "breadth.symbols_positive_share",
            "Share of names that add to the rank IC",
            "Near one, the skill is broad.",
            "Half of the names do so by chance.",
        ),
        plain(
            "breadth.symbols_rw",
            "Names whose part is more than chance with all names allowed for",
            "Any false one among them occurs in 5 % of cases.",
            "A name left out is not shown to add nothing.",
        ),
        plain(
            "breadth.features_bh",
            "Features that order returns by themselves, a tenth of them false on average",
            "It says what the skill is made of.",
            "A feature left out can still help beside others.",
        ),
    ],
};

/// What the probabilities mean.
pub(super) const PROBABILITIES: Chapter = Chapter {
    title: "Probabilities",
    statements: &[
        plain(
            "student.brier_skill",
            "Brier skill over the training base rate",
            "Above zero, the probabilities beat the constant that was known before.",
            "It is no measure of money.",
        ),
        plain(
            "student.ece",
            "Expected calibration error",
            "It is how far predicted and observed rates lie apart.",
            "A constant has 0, so it never stands alone.",
        ),
        plain(
            "student.calibration_p",
            "p that the probabilities are neither too bold nor too timid",
            "A small one says that they are.",
            "A large one is no proof of calibration.",
        ),
    ],
};
