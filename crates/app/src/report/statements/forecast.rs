//! What is said of the forecast distributions of returns.

use super::{Chapter, plain};

/// Calibration, sharpness and what the forecast knows.
pub(super) const RETURNS: Chapter = Chapter {
    title: "Forecast of the return",
    statements: &[
        plain(
            "student.coverage",
            "Share of returns inside the central 90 % of their forecast",
            "Below 90 %, the forecast promised too little risk; above, too much.",
            "A right share says nothing of direction: wide intervals cover as well.",
        ),
        plain(
            "student.coverage_50",
            "Share of returns inside the central 50 % of their forecast",
            "It looks at the middle of the forecast as the share above looks at its ends.",
            "Both can be right while single names are not.",
        ),
        plain(
            "student.interval_width",
            "Mean width of the central 90 %",
            "Of two forecasts that cover as they should, the narrower one knows more.",
            "A narrow interval that does not cover is no merit.",
        ),
        plain(
            "student.pit_p",
            "p that returns fall evenly over their forecasts",
            "A small one says that forecasts lie too high or low, or are too wide or narrow.",
            "It decides nothing: quantiles come from one short slice a fold and are off by chance.",
        ),
        plain(
            "student.crps",
            "Mean error of the whole forecast (CRPS), in return",
            "It is the mean absolute error of a forecast that may spread its bets; lower is better.",
            "By itself it is only as good as the one it stands beside.",
        ),
        plain(
            "student.crps_skill",
            "CRPS skill over climatology, the spread of all past returns",
            "Above zero, the forecast knows more than what returns were like before.",
            "Most of it is knowing how volatile each name is, which earns nothing by itself.",
        ),
        plain(
            "student.crps_skill_of_score",
            "CRPS skill over the same forecast without the score",
            "Above zero, the score tells something of the return that volatility does not.",
            "Order within a day, which the book trades on, adds little to it: a useful score can show about zero.",
        ),
    ],
};
