//! What each reported figure means and what it does not mean: the words of the validation report, one line a record.

mod forecast;
mod score;

/// One figure of the report.
pub(super) struct Statement {
    /// Evidence record.
    pub(super) record: &'static str,
    /// What it is, to begin a sentence with.
    pub(super) what: &'static str,
    /// What it means, a full sentence.
    pub(super) means: &'static str,
    /// What it does not mean, a full sentence.
    pub(super) not: &'static str,
    /// Whether the luck of the best of N trials stands beside it.
    pub(super) luck: bool,
    /// Whether it is told only where the pipeline asks for the measurement.
    pub(super) on_request: bool,
}

/// Figures under one heading.
pub(super) struct Chapter {
    pub(super) title: &'static str,
    pub(super) statements: &'static [Statement],
}

const fn plain(
    record: &'static str,
    what: &'static str,
    means: &'static str,
    not: &'static str,
) -> Statement {
    Statement { record, what, means, not, luck: false, on_request: false }
}

/// A Sharpe ratio of the whole span: never without the luck of the search over that span.
const fn sharpe(
    record: &'static str,
    what: &'static str,
    means: &'static str,
    not: &'static str,
) -> Statement {
    Statement { record, what, means, not, luck: true, on_request: false }
}

/// Title of the chapter on the forecast of returns.
pub(super) const FORECAST: &str = forecast::RETURNS.title;

/// The chapters, in the order of the report.
pub(super) const CHAPTERS: &[Chapter] = &[
    Chapter {
        title: "What could be seen at all",
        statements: &[
            plain(
                "power.before.active_sharpe",
                "Least active Sharpe ratio that this much data shows, stated before training",
                "With these bars and names a smaller true skill is missed more often than one time in five.",
                "It says nothing about the candidate.",
            ),
            plain(
                "power.after.active_sharpe",
                "Least active Sharpe ratio that the run could show with the sessions, names and trials it had",
                "A refusal of a weaker candidate is no proof that it has no skill.",
                "A candidate above it is not thereby skilled.",
            ),
            plain(
                "power.after.rank_ic",
                "Least rank IC that the run could show",
                "Score skill below this is missed more often than one time in five.",
                "A rank IC this small need not earn its costs.",
            ),
        ],
    },
    Chapter {
        title: "Money beyond holding the same names",
        statements: &[
            plain(
                "active_return.annual_mean",
                "Mean active return",
                "It is what the book earned beyond its exposure to the null books and the benchmark.",
                "It is not a forecast of next year.",
            ),
            plain(
                "active_return.p_hac",
                "Newey-West p of the active return",
                "So often would a book without skill show as large a t.",
                "It is not the probability that the candidate has no skill.",
            ),
            sharpe(
                "active_return.appraisal_ratio",
                "Appraisal ratio, the Sharpe ratio of the active return",
                "It measures skill against the risk taken for it.",
                "It does not deduct the search for the candidate; the luck beside it does.",
            ),
            sharpe(
                "lo.active_sharpe",
                "The same with autocorrelation allowed for",
                "Returns that follow one another make the square root of time too kind or too harsh.",
                "It does not replace the test of the active return.",
            ),
            sharpe(
                "money.candidate.sharpe",
                "Absolute Sharpe ratio, net",
                "It is what an owner of the book would have seen.",
                "Most of it may be the market's; the null books stand in the briefing.",
            ),
            sharpe(
                "lo.net_sharpe",
                "Absolute Sharpe ratio with autocorrelation allowed for",
                "Returns that follow one another make the square root of time too kind or too harsh.",
                "It is no measure of skill.",
            ),
            plain(
                "interval.sortino.stationary.studentised",
                "Sortino ratio",
                "It sets the return against falls alone.",
                "It is no measure of skill.",
            ),
            plain(
                "interval.calmar.stationary.percentile",
                "Calmar ratio",
                "It sets growth against the deepest fall.",
                "Its interval shows other paths of the same returns and is too narrow for the truth.",
            ),
            plain(
                "interval.max_drawdown.stationary.percentile",
                "Deepest fall",
                "Other orders of the same returns would have fallen within the interval.",
                "A deeper fall can still come.",
            ),
        ],
    },
    Chapter {
        title: "Luck and search",
        statements: &[
            plain(
                "trials.n",
                "Trials on this lineage",
                "Each of them could have been the lucky one.",
                "It does not count looks that nobody recorded.",
            ),
            plain(
                "luck.quantile_95_sharpe",
                "Annual Sharpe ratio that the luckiest of as many skill-less trials exceeds in 5 % of cases",
                "A ratio below it could be the luck of the search.",
                "A ratio above it is not thereby skill; the deflated gate decides.",
            ),
            plain(
                "luck.min_track_record",
                "Sessions that a record like this needs to exceed that luck",
                "A shorter record says nothing yet.",
                "A longer one passes only if it stays as good.",
            ),
            plain(
                "luck.min_backtest",
                "Years of history below which so many trials reach this ratio by luck",
                "On a shorter history the search alone explains the result.",
                "A longer history does not prove skill.",
            ),
            plain(
                "search.p_spa",
                "Hansen's p that no trial of the search beats the null books",
                "It tests the best of all trials with the search allowed for.",
                "It does not say that this candidate is the one that does.",
            ),
            plain(
                "search.p_reality_check",
                "White's p of the same",
                "It is the older, more cautious test.",
                "A large value beside a small one of Hansen's is no contradiction.",
            ),
            plain(
                "search.own_superior",
                "Whether StepM names this trial as better than the null books (1 yes, 0 no)",
                "Any false name in its list occurs in 5 % of cases.",
                "A trial left out is not shown to be worse.",
            ),
            plain(
                "search.own_in_confidence_set",
                "Whether this trial could be the best of the search (1 yes, 0 no)",
                "The set holds every trial that the data cannot tell from the best.",
                "Being in it is no merit where the set is large.",
            ),
            plain(
                "selection.pbo",
                "Probability that choosing the best trial by the past chose one below the median later",
                "Near one half, choosing was guessing.",
                "It judges the choice, not the candidate.",
            ),
        ],
    },
    score::SKILL,
    score::PROBABILITIES,
    forecast::RETURNS,
    Chapter {
        title: "Does it hold?",
        statements: &[
            plain(
                "folds.share_positive",
                "Share of folds in which the score ordered returns the right way",
                "Skill that lives in a few folds is suspect.",
                "At ten folds chance alone gives seven or more in 17 % of cases.",
            ),
            Statement {
                on_request: true,
                ..sharpe(
                    "cross_validation.appraisal_ratio.median",
                    "Appraisal ratio of the median path of the cross-validation",
                    "The spread of the paths, in the briefing, says how much the result depends on what was trained on.",
                    "It is no rehearsal of trading: some training follows the test, and no gate reads it.",
                )
            },
            Statement {
                on_request: true,
                ..plain(
                    "cross_validation.splits_positive",
                    "Share of cross-validation splits in which the score ordered returns the right way",
                    "Skill that needs one stretch of history to be trained on is suspect.",
                    "Splits share their rows and are not separate tests.",
                )
            },
            plain(
                "stability.worst_quarter_sharpe",
                "Worst quarter's net Sharpe ratio",
                "It is what an owner has to sit through.",
                "The worst of many quarters is low by chance.",
            ),
            plain(
                "stability.worst_quarter_p",
                "Share of stable series that have as bad a worst quarter",
                "Only below 1 % is it instability.",
                "A larger one is no proof of stability.",
            ),
            plain(
                "stability.cusum_p",
                "p that the mean active return stayed the same",
                "A small one says that it broke.",
                "It is blind to breaks near both ends.",
            ),
            plain(
                "stability.regime.turbulent.appraisal_ratio",
                "Appraisal ratio after turbulent sessions",
                "It says whether the skill survives when volatility is high.",
                "A third of the data says little by itself.",
            ),
            sharpe(
                "neighbourhood.worst",
                "Lowest appraisal ratio when one parameter of the book moves one step",
                "Far below the candidate's own, the parameters stand on a peak.",
                "A plateau is no proof of skill.",
            ),
            plain(
                "costs.break_even_multiple",
                "Multiple of the declared costs at which the active return is gone",
                "It says how wrong the costs may be.",
                "It leaves out what more capital would cost; capacity stands beside it.",
            ),
        ],
    },
];
