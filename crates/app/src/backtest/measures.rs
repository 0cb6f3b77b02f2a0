//! Measures of a run: of its equity by session, and of its round trips.

use std::collections::BTreeMap;

use proofmark_execution::engine::Log;
use proofmark_stats::performance::{
    annualised, cagr, calmar, max_drawdown, sharpe_per_period, sortino, volatility,
};
use proofmark_units::Date;
use serde::Serialize;

use super::feed::Feed;

/// Measures of an equity curve by session.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Measures {
    /// Equity at the end.
    pub final_equity: f64,
    /// Gain over the span.
    pub total_return: Option<f64>,
    /// Compound gain a year.
    pub annual_return: Option<f64>,
    /// Standard deviation a year.
    pub annual_volatility: Option<f64>,
    /// Mean over deviation a year, no rate deducted.
    pub sharpe: Option<f64>,
    /// Mean over downside deviation a year.
    pub sortino: Option<f64>,
    /// Compound gain a year over the largest drawdown.
    pub calmar: Option<f64>,
    /// Largest fall from a peak.
    pub max_drawdown: Option<f64>,
    /// Sessions with a gain among those with a change.
    pub winning_sessions: Option<f64>,
    /// Value traded a year over mean equity.
    pub annual_turnover: Option<f64>,
    /// All costs over the value traded, in basis points.
    pub cost_bps: Option<f64>,
}

/// Round trips.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Trades {
    /// From flat to flat.
    pub round_trips: usize,
    /// Executions.
    pub fills: usize,
    /// Orders refused.
    pub refused: u64,
    /// Positions still open at the end.
    pub open: usize,
    /// Round trips with a gain after costs.
    pub win_rate: Option<f64>,
    /// Gains over losses after costs; none without a loss.
    pub profit_factor: Option<f64>,
    /// Mean marks a round trip lived through, one a bar.
    pub mean_marks: Option<f64>,
    /// Mean sessions from the first fill of a round trip to its last; 0 = within one.
    pub mean_sessions: Option<f64>,
    /// How often each kind of order ended one.
    pub ended_by: BTreeMap<&'static str, usize>,
}

/// Calendar years of a span, both ends included.
pub(super) fn years(span: (Date, Date)) -> f64 {
    f64::from(span.1.days() - span.0.days() + 1) / 365.25
}

/// Change of equity from session to session, the first from `capital`.
pub(super) fn returns(capital: f64, equity: &[f64]) -> Vec<f64> {
    let before = std::iter::once(&capital).chain(equity);
    before.zip(equity).map(|(before, now)| now / before - 1.0).collect()
}

pub(super) fn measures(log: &Log, returns: &[f64], capital: f64, per_year: f64, years: f64) -> Measures {
    let final_equity = log.equity.last().map_or(capital, |(_, equity)| *equity);
    let moved = returns.iter().filter(|r| **r != 0.0).count();
    let mean_equity = log.equity.iter().map(|(_, e)| *e).sum::<f64>() / log.equity.len().max(1) as f64;
    Measures {
        final_equity,
        total_return: (final_equity > 0.0).then(|| final_equity / capital - 1.0),
        annual_return: cagr(returns, per_year),
        annual_volatility: volatility(returns, per_year),
        sharpe: sharpe_per_period(returns).map(|sharpe| annualised(sharpe, per_year)),
        sortino: sortino(returns, 0.0, per_year),
        calmar: calmar(returns, per_year),
        max_drawdown: max_drawdown(returns).map(|fall| fall.depth),
        winning_sessions: (moved > 0)
            .then(|| returns.iter().filter(|r| **r > 0.0).count() as f64 / moved as f64),
        annual_turnover: (mean_equity > 0.0).then(|| log.traded / years / mean_equity),
        cost_bps: (log.traded > 0.0).then(|| log.costs.total() / log.traded * 1e4),
    }
}

pub(super) fn trades(feed: &Feed, log: &Log, open: usize) -> Trades {
    let n = log.trips.len();
    let (mut gains, mut losses, mut won) = (0.0, 0.0, 0);
    let (mut ended_by, mut sessions) = (BTreeMap::new(), 0);
    for trip in &log.trips {
        sessions += feed.session_of(trip.left) - feed.session_of(trip.entered);
        let net = trip.net();
        if net > 0.0 {
            won += 1;
            gains += net;
        } else {
            losses -= net;
        }
        *ended_by.entry(trip.tag).or_default() += 1;
    }
    Trades {
        round_trips: n,
        fills: log.fills.len(),
        refused: log.rejected,
        open,
        win_rate: (n > 0).then(|| f64::from(won) / n as f64),
        profit_factor: (losses > 0.0).then(|| gains / losses),
        mean_sessions: (n > 0).then(|| sessions as f64 / n as f64),
        mean_marks: (n > 0).then(|| log.trips.iter().map(|t| f64::from(t.marks)).sum::<f64>() / n as f64),
        ended_by,
    }
}
