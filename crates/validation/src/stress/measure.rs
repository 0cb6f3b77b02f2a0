//! What one stressed book is measured by: figures, accounts, resilience score, record.

use proofmark_execution::book::{Book, BookConfig, Selection};
use proofmark_execution::costs::Side;
use proofmark_stats::moments::mean;
use proofmark_stats::performance::{annualised, max_drawdown, sharpe_per_period};
use proofmark_units::DateSpan;
use serde::{Deserialize, Serialize};

use super::StressOutcome;
use super::failure::{Failure, FailureFacts};
use super::feed::FeedFigures;
use super::scenario::{Family, ScenarioOutcome};
use crate::Books;

/// Compounded return of `returns`.
pub(crate) fn total_return(returns: &[f64]) -> f64 {
    returns.iter().fold(1.0, |w, r| w * (1.0 + r)) - 1.0
}

/// One book over the scenario's sessions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookFigures {
    /// Compounded net return, a fraction.
    pub total_return: f64,
    /// Largest fall from a peak, a positive fraction.
    pub max_drawdown: Option<f64>,
    /// Annual Sharpe ratio; `None` without spread.
    pub sharpe: Option<f64>,
    /// Mean share of equity that is invested.
    pub mean_exposure: Option<f64>,
    /// Sessions with a return.
    pub days: usize,
    /// Round trips that ended.
    pub trades: usize,
    /// Executions.
    pub fills: usize,
    /// Most sessions for which a due exit found no market.
    pub longest_blocked_exit: u32,
}

impl BookFigures {
    /// The figures of `book`.
    pub fn of(book: &Book, periods_per_year: f64) -> Self {
        let net = book.net_return.get(1..).unwrap_or_default();
        Self {
            total_return: total_return(net),
            max_drawdown: max_drawdown(net).map(|d| d.depth),
            sharpe: sharpe_per_period(net).map(|s| annualised(s, periods_per_year)),
            mean_exposure: mean(&book.exposure),
            days: net.len(),
            trades: book.trades.len(),
            fills: book.fills.len(),
            longest_blocked_exit: book.longest_blocked_exit,
        }
    }
}

/// A baseline in the same world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beside {
    /// Null book, `benchmark` or `buy_and_hold`.
    pub name: String,
    /// Compounded return, a fraction.
    pub total_return: f64,
}

/// The baselines of `books`: null books, benchmark, then every name bought once and held.
pub(super) fn beside(books: &Books, hold: &Book) -> Vec<Beside> {
    let held = hold.net_return.get(1..).unwrap_or_default();
    books
        .factors()
        .into_iter()
        .chain([("buy_and_hold", held)])
        .map(|(name, returns)| Beside { name: name.to_owned(), total_return: total_return(returns) })
        .collect()
}

/// Share of the names a book would pick whose class is 1: on each date those scored in the best `fraction` (rounded up,
/// ties with the last one included) and above 0. Picks without a class are left out; `None` without a pick.
///
/// - `scores`, `classes`: time-major grids of `width` columns, NaN = none. A threshold of one half would say nothing of a
///   calibrated model that never reaches it and still ranks.
pub fn precision(scores: &[f64], classes: &[f64], width: usize, fraction: f64) -> Option<f64> {
    let (mut picked, mut right) = (0_u32, 0_u32);
    let mut ranked: Vec<f64> = Vec::with_capacity(width);
    for (scores, classes) in scores.chunks(width.max(1)).zip(classes.chunks(width.max(1))) {
        ranked.clear();
        ranked.extend(scores.iter().copied().filter(|s| s.is_finite()));
        ranked.sort_unstable_by(|a, b| b.total_cmp(a));
        let count = (ranked.len() as f64 * fraction).ceil() as usize;
        let Some(last) = count.checked_sub(1).and_then(|k| ranked.get(k)) else { continue };
        for (_, class) in scores.iter().zip(classes).filter(|(s, c)| **s >= *last && **s > 0.0 && !c.is_nan())
        {
            picked += 1;
            right += u32::from(*class > 0.5);
        }
    }
    (picked > 0).then(|| f64::from(right) / f64::from(picked))
}

/// The share of the scored names that `config` picks.
pub fn picked_share(config: &BookConfig) -> f64 {
    match config.selection {
        Selection::TopFraction { fraction, .. } => fraction,
        Selection::AllNames => 1.0,
    }
}

/// What is wrong with a book's accounts, recomputed from its fills alone; `None` when nothing is.
///
/// Equity must be finite and positive, cash never negative, cash plus positions equal to equity on every date, and the
/// last cash equal to the capital less every purchase and cost plus every sale.
pub(super) fn defect(book: &Book, capital: f64) -> Option<String> {
    for (t, date) in book.dates.iter().enumerate() {
        let (equity, cash, held) = (book.equity[t], book.cash[t], book.positions_value[t]);
        if !(equity.is_finite() && equity > 0.0 && cash >= 0.0) {
            return Some(format!("equity {equity}, cash {cash} on {date}"));
        }
        if (cash + held - equity).abs() > 1e-9 * equity {
            return Some(format!("cash {cash} and positions {held} are not equity {equity} on {date}"));
        }
    }
    let (mut cash, mut moved) = (capital, capital);
    for fill in &book.fills {
        let value = fill.quantity as f64 * fill.price;
        cash += if fill.side == Side::Buy { -value } else { value } - fill.costs.total();
        moved += value;
    }
    let last = book.cash.last().copied().unwrap_or(capital);
    ((cash - last).abs() > 1e-9 * moved).then(|| format!("fills leave cash {cash}, the book says {last}"))
}

/// Compounded returns of the null books.
pub(super) fn null_returns(books: &Books) -> Vec<f64> {
    let net = |book: &Book| total_return(book.net_return.get(1..).unwrap_or_default());
    books.nulls.iter().map(|(_, book)| net(book)).collect()
}

/// 100 (0.4 (1 - drawdown) + 0.3 precision + 0.3 Sharpe / 2), each part held between 0 and its weight.
///
/// The formula is the product specification's; holding the parts keeps an implausible Sharpe ratio from paying for a
/// drawdown. 50 is called a pass there; here it is only reported, beside drawdown, precision and null books. `None`
/// where a part cannot be measured: a missing part is not a zero.
pub fn resilience_score(
    max_drawdown: Option<f64>,
    precision: Option<f64>,
    sharpe: Option<f64>,
) -> Option<f64> {
    let share = |x: f64| x.clamp(0.0, 1.0);
    let parts = 0.4 * share(1.0 - max_drawdown?) + 0.3 * share(precision?) + 0.3 * share(sharpe? / 2.0);
    Some(100.0 * parts)
}

/// One scenario, as reports and a replay of it give it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScenarioRecord {
    /// `family.name`.
    pub id: String,
    /// Its family.
    pub family: Family,
    /// What it does.
    pub title: String,
    /// When and to which names.
    pub what: String,
    /// Decision dates of the book.
    pub span: DateSpan,
    /// The candidate under stress; `None` when the rules refused the data.
    pub candidate: Option<BookFigures>,
    /// The candidate over the same sessions without the stress; `None` where there is no such thing.
    pub unstressed: Option<BookFigures>,
    /// Baselines under the same stress.
    pub beside: Vec<Beside>,
    /// Active mean of a path, a fraction a year. `None` elsewhere: a year bent on one date, or with all names moving as
    /// one, regresses on its null books to an artefact of the bend.
    pub active_mean: Option<f64>,
    /// Appraisal ratio of a path's active returns, annual.
    pub appraisal_ratio: Option<f64>,
    /// Share of the names it would pick whose label came true: [`precision`].
    pub precision: Option<f64>,
    /// See [`resilience_score`].
    pub resilience: Option<f64>,
    /// How it failed.
    pub failure: Failure,
    /// What the quality rules said, for a fault.
    pub feed: Option<FeedFigures>,
    /// Node of the seed tree.
    pub seed: Option<u64>,
    /// How to compute this record again.
    pub command: String,
}

impl ScenarioRecord {
    /// The command that recomputes scenario `id`; `RUN` stands for the run, whose id no artefact may hold.
    pub(super) fn command(id: &str) -> String {
        format!("proofmark stress RUN --scenario {id}")
    }
}

/// A replayed period as a scenario, `period.<id>`.
pub fn period_outcome(
    outcome: &StressOutcome,
    drawdown_limit: f64,
    periods_per_year: f64,
) -> ScenarioOutcome {
    let (period, span, trained_until, books, hold, precision) = match outcome {
        StressOutcome::Tested { period, span, trained_until, books, hold, precision } => {
            (period, span, trained_until, books, hold, precision)
        }
        StressOutcome::NotTested { period, why } => {
            return ScenarioOutcome::NotTested { id: format!("period.{}", period.id), why: why.clone() };
        }
    };
    let id = format!("period.{}", period.id);
    let candidate = BookFigures::of(&books.candidate, periods_per_year);
    let nulls = null_returns(books);
    let failure = Failure::of(&FailureFacts {
        book: Some(&candidate),
        usually_blocked: 0,
        fills_since: candidate.fills,
        expects_fills: true,
        nulls: &nulls,
        drawdown_limit,
    });
    ScenarioOutcome::Tested(Box::new(ScenarioRecord {
        family: Family::Period,
        title: period.name.clone(),
        what: format!("{}, severity {}, trained until {}", period.span(), period.severity, trained_until.end),
        span: *span,
        beside: beside(books, hold),
        unstressed: None,
        active_mean: None,
        appraisal_ratio: None,
        precision: *precision,
        resilience: resilience_score(candidate.max_drawdown, *precision, candidate.sharpe),
        candidate: Some(candidate),
        failure,
        feed: None,
        seed: None,
        command: ScenarioRecord::command(&id),
        id,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precision_is_that_of_the_best_ranked_names() {
        let nan = f64::NAN;
        // Best half of three, rounded up: two names a date; on the second date two tie for the second place.
        let scores = [0.3, 0.1, 0.2, 0.4, 0.2, 0.2, nan, nan, 0.0];
        let classes = [1.0, 1.0, 0.0, 0.0, 1.0, nan, 1.0, 1.0, 1.0];
        assert_eq!(precision(&scores, &classes, 3, 0.5), Some(0.5));
        assert_eq!(precision(&scores[6..], &classes[6..], 3, 0.5), None);
    }

    #[test]
    fn the_resilience_score_by_hand() {
        // 0.4 x 0.8 + 0.3 x 0.55 + 0.3 x 0.5 = 0.32 + 0.165 + 0.15
        assert!((resilience_score(Some(0.2), Some(0.55), Some(1.0)).unwrap() - 63.5).abs() < 1e-12);
        // A Sharpe ratio of 40 counts as 2, one of -3 as 0.
        assert!((resilience_score(Some(0.0), Some(1.0), Some(40.0)).unwrap() - 100.0).abs() < 1e-12);
        assert!((resilience_score(Some(1.0), Some(0.5), Some(-3.0)).unwrap() - 15.0).abs() < 1e-12);
        assert_eq!(resilience_score(Some(0.2), None, Some(1.0)), None);
    }
}
