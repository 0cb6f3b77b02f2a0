//! What a back-test came to.

use std::collections::BTreeMap;

use proofmark_execution::costs::CostKind;
use proofmark_execution::engine::{Guarded, Log, RoundTrip};
use proofmark_execution::strategies::{Params, Recipe};
use proofmark_stats::active::{ActiveReturn, active_return, appraisal_ratio};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Date;
use serde::Serialize;

use super::attribution::{self, RegimeGain};
use super::capacity::Capacity;
use super::feed::Feed;
use super::measures::{Measures, Trades, measures, returns, trades, years};
use super::prices::PricePath;
use super::request::BacktestRequest;
use super::simulate::{Outcome, Setting};
use super::trial::SeenTrial;

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
    /// What guards did, and people with them, in order of time.
    pub guards: Vec<Guarded>,
    /// This look in the ledger of trials.
    pub trial: SeenTrial,
    /// The rule at growing capital, where it was asked for.
    pub capacity: Option<Capacity>,
    /// Why this is no evidence.
    pub caution: &'static str,
    /// Equity by session.
    #[serde(skip)]
    pub equity: Vec<(Date, f64)>,
    /// Prices and trades of the names that brought or cost the most.
    #[serde(skip)]
    pub prices: Vec<PricePath>,
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

/// Returns by session, and what is left of them beyond those of the benchmarks.
pub(super) struct Fit {
    pub(super) own: Vec<f64>,
    /// By benchmark.
    books: Vec<Vec<f64>>,
    pub(super) active: Option<ActiveReturn>,
    /// Sessions a year of the span.
    pub(super) per_year: f64,
}

impl Fit {
    /// Of a run with so much money, beside the benchmarks with the money that was asked for.
    pub(super) fn of(
        setting: &Setting<'_>,
        capital: f64,
        outcome: &Outcome,
        others: &[(&'static str, Outcome)],
    ) -> Self {
        let own = returns(capital, &equity_of(&outcome.log));
        let book = |other: &Outcome| returns(setting.request.capital, &equity_of(&other.log));
        let books: Vec<Vec<f64>> = others.iter().map(|(_, other)| book(other)).collect();
        let named: Vec<(&str, &[f64])> =
            others.iter().zip(&books).map(|((name, _), book)| (*name, book.as_slice())).collect();
        // A position held for so many sessions ties as many returns together.
        let held = trades(setting.feed, &outcome.log, outcome.open.len()).mean_sessions;
        let horizon = held.map_or(1, |sessions| (sessions.ceil() as usize).clamp(1, own.len()));
        let lag = newey_west_lag(own.len(), horizon);
        let active = active_return(&own, &named, lag).ok().filter(|_| !named.is_empty());
        let span = setting.feed.span();
        let per_year = own.len() as f64 / years((span.start, span.end));
        Self { own, books, active, per_year }
    }

    /// Mean return a year beyond the benchmarks.
    pub(super) fn active_return(&self) -> Option<f64> {
        self.active.as_ref().map(|active| active.alpha_per_period * self.per_year)
    }

    /// What a trial is remembered by: the active return a session, or where there is nothing to beat, the return.
    pub(super) fn series(&self) -> &[f64] {
        self.active.as_ref().map_or(&self.own, |active| &active.series)
    }
}

fn equity_of(log: &Log) -> Vec<f64> {
    log.equity.iter().map(|(_, equity)| *equity).collect()
}

/// What is told of a run beside the run.
pub(super) struct Beside {
    pub(super) trial: SeenTrial,
    pub(super) capacity: Option<Capacity>,
}

pub(super) fn summarise(
    setting: &Setting<'_>,
    (rule, settings): (&dyn Recipe, &Params),
    outcome: Outcome,
    others: &[(&'static str, Outcome)],
    fit: &Fit,
    Beside { trial, capacity }: Beside,
) -> Backtest {
    let Setting { feed, request, costs } = *setting;
    let Outcome { log, open } = outcome;
    let dates = feed.dates();
    let span = (feed.span().start, feed.span().end);
    let (years, per_year) = (years(span), fit.per_year);
    let active = fit.active.as_ref();
    let benchmarks = others
        .iter()
        .zip(&fit.books)
        .enumerate()
        .map(|(k, ((name, other), returns))| Benchmark {
            name: (*name).to_owned(),
            measures: measures(&other.log, returns, request.capital, per_year, years),
            beta: active.and_then(|active| active.betas[k].beta),
            equity: equity_of(&other.log),
        })
        .collect();
    let mut corporate_actions = BTreeMap::new();
    for action in feed.found.iter().filter(|action| feed.span().contains(action.ex_date)) {
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
        span,
        sessions: dates.len(),
        corporate_actions,
        measures: measures(&log, &fit.own, request.capital, per_year, years),
        trades: trades(feed, &log, open.len()),
        limits: log.gated.iter().fold(BTreeMap::new(), |mut counts, gated| {
            *counts.entry(gated.decision.rule.clone()).or_default() += 1;
            counts
        }),
        by_regime: attribution::by_regime(
            request.capital,
            &equity_of(&log),
            fit.books.first().unwrap_or(&fit.own),
        ),
        by_sector: match request.sectors.is_empty() {
            true => Vec::new(),
            false => attribution::by_sector(&by_name, &request.sectors),
        },
        prices: PricePath::of_largest(feed, &by_name, &log, &open),
        by_name,
        costs: lines
            .filter(|(_, amount)| *amount > 0.0)
            .map(|(kind, amount)| CostLine { kind, amount, bps: amount / log.traded * 1e4 })
            .collect(),
        benchmarks,
        active_return: fit.active_return(),
        active_t: active.and_then(|active| active.t_hac),
        appraisal_ratio: active.and_then(|active| appraisal_ratio(&active.series, per_year)),
        guards: log.guarded.clone(),
        trial,
        capacity,
        caution: CAUTION,
        equity: dates.into_iter().zip(log.equity.iter().map(|(_, equity)| *equity)).collect(),
        symbols: feed.symbols().iter().map(ToString::to_string).collect(),
        log,
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
