//! What a back-test came to.

use std::collections::BTreeMap;

use proofmark_execution::costs::{CostKind, CostSchedule};
use proofmark_execution::engine::{Log, RoundTrip};
use proofmark_execution::strategies::{Params, Recipe};
use proofmark_stats::active::{active_return, appraisal_ratio};
use proofmark_stats::performance::{
    annualised, cagr, calmar, max_drawdown, sharpe_per_period, sortino, volatility,
};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Date;
use serde::Serialize;

use super::Outcome;
use super::attribution::{self, RegimeGain};
use super::feed::Feed;
use super::request::BacktestRequest;

/// A rule's result, beside what it has to beat. Money in the currency of the costs, the rest fractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Backtest {
    /// The rule.
    pub strategy: &'static str,
    /// Its settings, all of them.
    pub settings: Params,
    /// What was asked.
    pub request: BacktestRequest,
    /// Currency of the money; `any` where the costs have none.
    pub currency: String,
    /// Names traded.
    pub names: usize,
    /// First and last session.
    pub span: (Date, Date),
    /// Sessions.
    pub sessions: usize,
    /// Splits and dividends applied to positions, and gaps that nothing explains.
    pub corporate_actions: BTreeMap<&'static str, usize>,
    /// How it went.
    pub measures: Measures,
    /// Its round trips.
    pub trades: Trades,
    /// What it cost, by kind; what was nothing is left out.
    pub costs: Vec<CostLine>,
    /// How often each limit did not hold.
    pub limits: BTreeMap<String, usize>,
    /// Gain by name, open positions at their marks; with rounding they add up to the gain.
    pub by_name: Vec<NameGain>,
    /// The same by sector, where sectors were given.
    pub by_sector: Vec<NameGain>,
    /// The gain by the state of the market.
    pub by_regime: Vec<RegimeGain>,
    /// The rules it has to beat.
    pub benchmarks: Vec<Benchmark>,
    /// Mean return a year beyond its exposures to the benchmarks (intercept of the regression on their returns).
    pub active_return: Option<f64>,
    /// Its t, Newey-West.
    pub active_t: Option<f64>,
    /// Its annualised mean over its deviation.
    pub appraisal_ratio: Option<f64>,
    /// Why this is no evidence.
    pub caution: &'static str,
    /// Equity by session.
    #[serde(skip)]
    pub equity: Vec<(Date, f64)>,
    /// Names by the ids of the log.
    #[serde(skip)]
    pub symbols: Vec<String>,
    /// Everything that happened.
    #[serde(skip)]
    pub log: Log,
}

impl Backtest {
    /// Sessions in a year of the span.
    pub(super) fn sessions_per_year(&self) -> f64 {
        self.sessions as f64 / years(self.span)
    }

    /// The measures in words, a row each: the strategy, then its benchmarks.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let all: Vec<&Measures> = std::iter::once(&self.measures)
            .chain(self.benchmarks.iter().map(|other| &other.measures))
            .collect();
        let row = |name: &str, value: &dyn Fn(&Measures) -> String| {
            std::iter::once(name.to_owned()).chain(all.iter().map(|m| value(m))).collect::<Vec<_>>()
        };
        let percent =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{:.2} %", v * 100.0));
        let plain = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
        vec![
            row("equity at the end", &|m| format!("{:.2}", m.final_equity)),
            row("total return", &|m| percent(m.total_return)),
            row("return a year", &|m| percent(m.annual_return)),
            row("volatility a year", &|m| percent(m.annual_volatility)),
            row("Sharpe", &|m| plain(m.sharpe)),
            row("Sortino", &|m| plain(m.sortino)),
            row("Calmar", &|m| plain(m.calmar)),
            row("largest drawdown", &|m| percent(m.max_drawdown)),
            row("sessions won", &|m| percent(m.winning_sessions)),
            row("turnover a year", &|m| plain(m.annual_turnover)),
            row("costs, bps of value", &|m| plain(m.cost_bps)),
        ]
    }
}

fn years(span: (Date, Date)) -> f64 {
    f64::from(span.1.days() - span.0.days() + 1) / 365.25
}

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
    /// Mean marks a round trip lived through.
    pub mean_marks: Option<f64>,
    /// How often each kind of order ended one.
    pub ended_by: BTreeMap<&'static str, usize>,
}

/// A kind of cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostLine {
    /// The kind.
    pub kind: &'static str,
    /// Money.
    pub amount: f64,
    /// Basis points of the value traded.
    pub bps: f64,
}

/// What one name brought.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NameGain {
    /// The name.
    pub symbol: String,
    /// Round trips, an open one included.
    pub round_trips: usize,
    /// Gain before costs.
    pub gross: f64,
    /// Costs.
    pub costs: f64,
    /// Gain after costs, with dividends and what holding cost.
    pub net: f64,
}

/// A rule to beat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Benchmark {
    /// Its name.
    pub name: String,
    /// How it went.
    pub measures: Measures,
    /// Exposure of the strategy to it.
    pub beta: Option<f64>,
    /// Equity by session.
    #[serde(skip)]
    pub equity: Vec<f64>,
}

const CAUTION: &str = "one look at one rule on data it may have been chosen on: it passes no gate and makes no candidate; only \
                       `proofmark run` gives evidence";

pub(super) fn summarise(
    feed: &Feed,
    request: &BacktestRequest,
    rule: &dyn Recipe,
    settings: &Params,
    costs: &CostSchedule,
    outcome: Outcome,
    others: &[(&str, Outcome)],
) -> Backtest {
    let Outcome { log, open } = outcome;
    let dates: Vec<Date> = (0..feed.len()).map(|step| feed.date(step)).collect();
    let years = years((dates[0], dates[dates.len() - 1]));
    let per_year = dates.len() as f64 / years;
    let equity_of = |log: &Log| log.equity.iter().map(|(_, equity)| *equity).collect::<Vec<f64>>();
    let own = returns(request.capital, &equity_of(&log));
    let series: Vec<(&str, Vec<f64>)> = others
        .iter()
        .map(|(name, other)| (*name, returns(request.capital, &equity_of(&other.log))))
        .collect();
    let books: Vec<(&str, &[f64])> = series.iter().map(|(name, r)| (*name, r.as_slice())).collect();
    // A position held for so many sessions ties as many returns together.
    let trades = trades(&log, open.len());
    let horizon = trades.mean_marks.map_or(1, |marks| (marks.ceil() as usize).clamp(1, own.len()));
    let active =
        active_return(&own, &books, newey_west_lag(own.len(), horizon)).ok().filter(|_| !books.is_empty());
    let benchmarks = others
        .iter()
        .zip(&series)
        .enumerate()
        .map(|(k, ((name, other), (_, returns)))| Benchmark {
            name: (*name).to_owned(),
            measures: measures(&other.log, returns, request.capital, per_year, years),
            beta: active.as_ref().and_then(|active| active.betas[k].beta),
            equity: equity_of(&other.log),
        })
        .collect();
    let mut corporate_actions = BTreeMap::new();
    for action in feed.found.iter().filter(|a| a.ex_date >= dates[0] && a.ex_date <= dates[dates.len() - 1]) {
        *corporate_actions.entry(action.kind.name()).or_default() += 1;
    }
    let by_name = by_name(feed, &log, &open);
    let lines = CostKind::ALL.iter().map(|kind| (kind.name(), log.costs.get(*kind)));
    Backtest {
        strategy: rule.name(),
        settings: settings.clone(),
        request: request.clone(),
        currency: costs.currency().to_owned(),
        names: feed.symbols().len(),
        span: (dates[0], dates[dates.len() - 1]),
        sessions: dates.len(),
        corporate_actions,
        measures: measures(&log, &own, request.capital, per_year, years),
        trades,
        limits: log.gated.iter().fold(BTreeMap::new(), |mut counts, gated| {
            *counts.entry(gated.decision.rule.clone()).or_default() += 1;
            counts
        }),
        by_regime: attribution::by_regime(
            request.capital,
            &equity_of(&log),
            series.first().map_or(own.as_slice(), |(_, market)| market.as_slice()),
        ),
        by_sector: match request.sectors.is_empty() {
            true => Vec::new(),
            false => attribution::by_sector(&by_name, &request.sectors),
        },
        by_name,
        costs: lines
            .filter(|(_, amount)| *amount > 0.0)
            .map(|(kind, amount)| CostLine { kind, amount, bps: amount / log.traded * 1e4 })
            .collect(),
        benchmarks,
        active_return: active.as_ref().map(|active| active.alpha_per_period * per_year),
        active_t: active.as_ref().and_then(|active| active.t_hac),
        appraisal_ratio: active.as_ref().and_then(|active| appraisal_ratio(&active.series, per_year)),
        caution: CAUTION,
        equity: dates.into_iter().zip(log.equity.iter().map(|(_, equity)| *equity)).collect(),
        symbols: feed.symbols().iter().map(ToString::to_string).collect(),
        log,
    }
}

/// Change of equity from session to session, the first from `capital`.
pub(super) fn returns(capital: f64, equity: &[f64]) -> Vec<f64> {
    let before = std::iter::once(&capital).chain(equity);
    before.zip(equity).map(|(before, now)| now / before - 1.0).collect()
}

fn measures(log: &Log, returns: &[f64], capital: f64, per_year: f64, years: f64) -> Measures {
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

fn by_name(feed: &Feed, log: &Log, open: &[RoundTrip]) -> Vec<NameGain> {
    let mut gains: BTreeMap<u32, NameGain> = BTreeMap::new();
    for trip in log.trips.iter().chain(open) {
        let symbol = feed.symbols()[trip.instrument as usize].to_string();
        let none = NameGain { symbol, round_trips: 0, gross: 0.0, costs: 0.0, net: 0.0 };
        let gain = gains.entry(trip.instrument).or_insert(none);
        gain.round_trips += 1;
        gain.gross += trip.gross;
        gain.costs += trip.costs;
        gain.net += trip.net();
    }
    gains.into_values().collect()
}

fn trades(log: &Log, open: usize) -> Trades {
    let n = log.trips.len();
    let (mut gains, mut losses, mut won) = (0.0, 0.0, 0);
    let mut ended_by = BTreeMap::new();
    for trip in &log.trips {
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
        mean_marks: (n > 0).then(|| log.trips.iter().map(|t| f64::from(t.marks)).sum::<f64>() / n as f64),
        ended_by,
    }
}
