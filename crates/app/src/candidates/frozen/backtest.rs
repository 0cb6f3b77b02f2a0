//! `backtest_comparison.json`: every book of the window, session by session.

use proofmark_lifecycle::display;
use proofmark_stats::performance::{max_drawdown, wealth};
use proofmark_units::Date;
use proofmark_validation::{Books, Frozen, NaiveBook};
use serde::Serialize;

/// The books of a window on its sessions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Comparison {
    pub(crate) dates: Vec<Date>,
    pub(crate) books: Vec<Line>,
}

/// One book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Line {
    pub(crate) name: String,
    /// `candidate`, `champion`, `null book`, `benchmark` or `naive rule`.
    pub(crate) kind: &'static str,
    /// Fraction gained from the first to the last session, after costs.
    pub(crate) total_return: Option<f64>,
    /// Largest fall from a peak, a positive fraction.
    pub(crate) max_drawdown: Option<f64>,
    /// Orders filled; absent for the benchmark.
    pub(crate) trades: Option<usize>,
    /// Net return a session.
    pub(crate) net_returns: Vec<f64>,
    /// Beyond the null books, rivals at the candidate's walk-forward volatility; absent where it is 0 by definition.
    pub(crate) active_returns: Option<Vec<f64>>,
}

impl Line {
    fn new(name: &str, kind: &'static str, trades: Option<usize>, net: &[f64]) -> Self {
        Self {
            name: name.to_owned(),
            kind,
            total_return: wealth(net).last().map(|w| w - 1.0),
            max_drawdown: max_drawdown(net).map(|d| d.depth),
            trades,
            net_returns: net.to_vec(),
            active_returns: None,
        }
    }

    /// Wealth after each session, from 1.
    pub(crate) fn wealth(&self) -> Vec<f64> {
        wealth(&self.net_returns)
    }
}

impl Comparison {
    pub(super) fn new(own: &Books, frozen: &Frozen, naive: &[NaiveBook], champion: Option<&Books>) -> Self {
        let mut books = vec![Line::new("candidate", "candidate", Some(own.candidate.fills.len()), own.net())];
        books[0].active_returns = Some(frozen.active.clone());
        if let Some(theirs) = champion {
            books.push(Line::new("champion", "champion", Some(theirs.candidate.fills.len()), theirs.net()));
        }
        for (name, book) in &own.nulls {
            let net = book.net_return.get(1..).unwrap_or_default();
            books.push(Line::new(name, "null book", Some(book.fills.len()), net));
        }
        if let Some(index) = &own.benchmark {
            books.push(Line::new("benchmark", "benchmark", None, index.get(1..).unwrap_or_default()));
        }
        for rule in naive {
            let mut line = Line::new(&rule.name, "naive rule", Some(rule.trades), &rule.net);
            let active = frozen.rivals.iter().find(|(name, _)| *name == rule.name);
            line.active_returns = active.map(|(_, series)| series.clone());
            books.push(line);
        }
        Self { dates: own.dates().to_vec(), books }
    }

    /// The books as rows of [`HEAD`].
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let percent =
            |value: Option<f64>| value.map_or_else(String::new, |v| display::with_unit(v, "fraction"));
        let row = |line: &Line| {
            vec![
                line.name.replace('_', " "),
                line.kind.to_owned(),
                percent(line.total_return),
                percent(line.max_drawdown),
                line.trades.map_or_else(String::new, |n| n.to_string()),
                percent(line.active_returns.as_ref().map(|series| series.iter().sum())),
            ]
        };
        self.books.iter().map(row).collect()
    }
}

/// Head of [`Comparison::rows`].
pub(crate) const HEAD: &[&str] =
    &["book", "kind", "net return", "drawdown", "orders filled", "active return, sum"];
