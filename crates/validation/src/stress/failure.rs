//! How a book failed, by documented rules.

use serde::{Deserialize, Serialize};

use super::measure::BookFigures;

/// Sessions for which a due exit must have waited to count as [`Failure::CannotExit`]; one is an ordinary hitch.
const BLOCKED: u32 = 2;

/// How a book failed under stress; the first rule that applies, from the top.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The quality rules left no bar that a book could trade.
    DataRefused,
    /// An exit that was due found no market for two sessions or more, and for longer than without the stress.
    CannotExit,
    /// From the stress on nothing was filled, where the unstressed book traded (a period or path: nothing at all).
    StopsTrading,
    /// The drawdown exceeds the policy's limit.
    DrawdownLimit,
    /// It lost money, and more than every null book in the same world.
    LosesMoreThanNull,
    /// None of these.
    None,
}

/// What [`Failure::of`] reads.
#[derive(Debug, Clone, Copy)]
pub struct FailureFacts<'a> {
    /// The stressed book; `None` when no book could be run.
    pub book: Option<&'a BookFigures>,
    /// Most sessions for which a due exit found no market without the stress; 0 where there is no such book.
    pub usually_blocked: u32,
    /// Fills of the stressed book from the stress on.
    pub fills_since: usize,
    /// Whether fills were to be expected from then on.
    pub expects_fills: bool,
    /// Compounded returns of the null books in the same world.
    pub nulls: &'a [f64],
    /// Largest drawdown that the policy admits, a positive fraction.
    pub drawdown_limit: f64,
}

impl Failure {
    /// Every class, worst first.
    pub const ALL: [Self; 6] = [
        Self::DataRefused,
        Self::CannotExit,
        Self::StopsTrading,
        Self::DrawdownLimit,
        Self::LosesMoreThanNull,
        Self::None,
    ];

    /// The class of a stressed book.
    pub fn of(facts: &FailureFacts<'_>) -> Self {
        let Some(book) = facts.book else { return Self::DataRefused };
        let worst_null = facts.nulls.iter().copied().fold(f64::INFINITY, f64::min);
        if book.longest_blocked_exit >= BLOCKED.max(facts.usually_blocked + 1) {
            Self::CannotExit
        } else if facts.expects_fills && facts.fills_since == 0 {
            Self::StopsTrading
        } else if book.max_drawdown.is_some_and(|depth| depth > facts.drawdown_limit) {
            Self::DrawdownLimit
        } else if book.total_return < 0.0 && book.total_return < worst_null && worst_null.is_finite() {
            Self::LosesMoreThanNull
        } else {
            Self::None
        }
    }

    /// Stable name, as serialised.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataRefused => "data_refused",
            Self::CannotExit => "cannot_exit",
            Self::StopsTrading => "stops_trading",
            Self::DrawdownLimit => "drawdown_limit",
            Self::LosesMoreThanNull => "loses_more_than_null",
            Self::None => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figures(total_return: f64, depth: f64, blocked: u32) -> BookFigures {
        BookFigures {
            total_return,
            max_drawdown: Some(depth),
            sharpe: None,
            mean_exposure: None,
            days: 10,
            trades: 1,
            fills: 2,
            longest_blocked_exit: blocked,
        }
    }

    #[test]
    fn the_worst_rule_that_applies_names_the_failure() {
        let class = |book: Option<&BookFigures>, fills_since, nulls: &[f64]| {
            Failure::of(&FailureFacts {
                book,
                usually_blocked: 0,
                fills_since,
                expects_fills: true,
                nulls,
                drawdown_limit: 0.3,
            })
        };
        assert_eq!(class(None, 0, &[]), Failure::DataRefused);
        assert_eq!(class(Some(&figures(-0.9, 0.9, 2)), 0, &[0.0]), Failure::CannotExit);
        assert_eq!(class(Some(&figures(-0.9, 0.9, 1)), 0, &[0.0]), Failure::StopsTrading);
        // A halt that the unstressed book met too is not the stress's doing.
        let usual = FailureFacts {
            book: Some(&figures(0.1, 0.1, 4)),
            usually_blocked: 4,
            fills_since: 1,
            expects_fills: true,
            nulls: &[],
            drawdown_limit: 0.3,
        };
        assert_eq!(Failure::of(&usual), Failure::None);
        assert_eq!(Failure::of(&FailureFacts { usually_blocked: 3, ..usual }), Failure::CannotExit);
        assert_eq!(class(Some(&figures(-0.2, 0.31, 1)), 3, &[-0.1]), Failure::DrawdownLimit);
        assert_eq!(class(Some(&figures(-0.2, 0.30, 0)), 3, &[-0.1, -0.19]), Failure::LosesMoreThanNull);
        // One null book lost more, or nothing was lost, or there is no null book: not this failure.
        assert_eq!(class(Some(&figures(-0.2, 0.30, 0)), 3, &[-0.1, -0.25]), Failure::None);
        assert_eq!(class(Some(&figures(0.01, 0.1, 0)), 3, &[0.2]), Failure::None);
        assert_eq!(class(Some(&figures(-0.2, 0.1, 0)), 3, &[]), Failure::None);
    }
}
