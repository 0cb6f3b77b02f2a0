//! The files of the lifecycle: summaries, trades, signals, the automatic vote. Their keys and units are the universal schema's, whose
//! `_pct` fields are percent; everything else is a fraction. No number in them is NaN or infinite: what is not known is null.

use proofmark_execution::Direction;
use proofmark_execution::engine::RoundTrip;
use proofmark_lifecycle::{CandidateStatus, EvidenceSet, NamedPolicy, NamedVerdict, Verdict};
use proofmark_stats::forecasts::profit_factor;
use proofmark_stats::performance::{annualised, max_drawdown, sharpe_per_period};
use proofmark_units::{Date, Instant};
use serde_json::{Map, Value, json};

use super::books::{Books, in_year, total};
use super::definition::ForecastPipeline;
use super::series::Series;
use super::signals::Call;
use super::simulate::Traded;

/// The span of a file: one year, or everything traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Year(i32),
    All,
}

impl Scope {
    fn holds(self, date: Date) -> bool {
        match self {
            Self::Year(year) => date.year() == year,
            Self::All => true,
        }
    }

    fn returns(self, traded: &Traded) -> Vec<f64> {
        match self {
            Self::Year(year) => in_year(&traded.dates, &traded.net, year),
            Self::All => traded.net.clone(),
        }
    }
}

/// A finite number, rounded as people read it, or null.
fn rounded(value: Option<f64>, digits: i32) -> Value {
    let scale = 10_f64.powi(digits);
    value.map(|v| (v * scale).round() / scale).filter(|v| v.is_finite()).map_or(Value::Null, Value::from)
}

fn percent(value: Option<f64>) -> Value {
    rounded(value.map(|v| v * 100.0), 4)
}

/// Trades of a scope, with the equity they began and ended with and the signal behind each.
pub(super) struct Trades<'a> {
    rows: Vec<Trade<'a>>,
}

struct Trade<'a> {
    trip: &'a RoundTrip,
    before: f64,
    after: f64,
    call: Option<&'a Call>,
}

impl<'a> Trades<'a> {
    pub(super) fn of(scope: Scope, traded: &'a Traded, calls: &'a [Call], capital: f64) -> Self {
        let mut equity = capital;
        let mut rows = Vec::new();
        for trip in &traded.log.trips {
            let (before, after) = (equity, equity + trip.net());
            equity = after;
            if scope.holds(trip.entered.utc_date()) {
                // The newest signal that was sent before the entry.
                let call = calls.iter().rev().find(|call| call.decision.enter < trip.entered);
                rows.push(Trade { trip, before, after, call });
            }
        }
        Self { rows }
    }

    fn returns(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.after / row.before - 1.0).collect()
    }

    /// Trades won and lost, net.
    fn won_and_lost(&self) -> (usize, usize) {
        let returns = self.returns();
        let count = |of: fn(&f64) -> bool| returns.iter().filter(|r| of(r)).count();
        (count(|r| *r > 0.0), count(|r| *r < 0.0))
    }

    fn win_rate(&self) -> Option<f64> {
        (!self.rows.is_empty()).then(|| self.won_and_lost().0 as f64 / self.rows.len() as f64)
    }

    fn count(&self, direction: Direction) -> usize {
        self.rows.iter().filter(|row| row.trip.direction == direction).count()
    }

    fn exits(&self) -> Map<String, Value> {
        let mut counts = std::collections::BTreeMap::<&str, usize>::new();
        for row in &self.rows {
            *counts.entry(row.trip.tag).or_default() += 1;
        }
        counts.into_iter().map(|(tag, n)| (tag.to_owned(), n.into())).collect()
    }
}

/// Share of the traded signals whose direction is that of the move from their first price to the close of their last session.
/// Not the share of trades won: a target nearer than the stop wins more than half of coin flips.
pub(super) fn direction_accuracy(scope: Scope, series: &Series, calls: &[Call]) -> Option<f64> {
    let hits: Vec<f64> = calls
        .iter()
        .filter(|call| call.signal.trades() && scope.holds(call.decision.date))
        .filter_map(|call| {
            let agrees = call.outcome(series)? * f64::from(call.signal.direction) > 0.0;
            Some(f64::from(u8::from(agrees)))
        })
        .collect();
    proofmark_stats::moments::mean(&hits)
}

/// `summary_<year>.json`, or `summary.json` for everything traded.
pub(super) fn summary(
    scope: Scope,
    pipeline: &ForecastPipeline,
    series: &Series,
    books: &Books,
    calls: &[Call],
    evidence: &EvidenceSet,
) -> Value {
    let id = &pipeline.strategy.id;
    let capital = pipeline.account.capital;
    let per_year = series.calendar.periods_per_year();
    let book = |traded: &Traded| {
        let net = scope.returns(traded);
        json!({
            "final_equity": rounded(Some(capital * (1.0 + total(&net))), 2),
            "total_return_pct": percent(Some(total(&net))),
            "sharpe": rounded(sharpe_per_period(&net).map(|s| annualised(s, per_year)), 4),
            "max_dd_pct": percent(max_drawdown(&net).map(|fall| fall.depth)),
            "trading_days": net.len(),
        })
    };
    let trades = Trades::of(scope, &books.candidate, calls, capital);
    let mut own = book(&books.candidate);
    own["win_rate_pct"] = percent(trades.win_rate());
    own["profit_factor"] = rounded(profit_factor(&gains(&trades)), 4);
    own["exit_reasons"] = trades.exits().into();
    own["n_long"] = trades.count(Direction::Long).into();
    own["n_short"] = trades.count(Direction::Short).into();
    let mut strategies = Map::new();
    for (name, traded) in &books.nulls {
        strategies.insert((*name).to_owned(), book(traded));
    }
    strategies.insert(id.clone(), own);
    let p = evidence.value("active_return.p_bootstrap");
    json!({
        "generated_at": known_at(series),
        "strategy_name": pipeline.strategy.name,
        "strategy_id": id,
        "year": match scope { Scope::Year(year) => Value::from(year), Scope::All => Value::Null },
        "initial_capital": capital,
        "n_trading_days": scope.returns(&books.candidate).len(),
        "direction_accuracy_pct": percent(direction_accuracy(scope, series, calls)),
        "strategies": strategies,
        "statistical_tests": {
            "p_value": rounded(p, 6),
            "significant": p.map(|p| p <= 0.01),
            "t_stat": rounded(evidence.value("active_return.t_hac"), 4),
            "bootstrap_95ci_ann": evidence.get("active_return.annual_mean").and_then(|e| e.interval.as_ref()).map(|i| [i.low, i.high]),
            "of": "the active return over every year out of sample: what is beyond holding and being short or long always, with the same exits",
        },
        "monthly": monthly(scope, &trades),
        "synthetic": series.synthetic,
    })
}

fn gains(trades: &Trades<'_>) -> Vec<f64> {
    trades.rows.iter().map(|row| row.trip.net()).collect()
}

/// Compounded gain of the trades by the month of their entry.
fn monthly(scope: Scope, trades: &Trades<'_>) -> Value {
    let mut months = std::collections::BTreeMap::<(i32, u32), (usize, f64)>::new();
    for row in &trades.rows {
        let date = row.trip.entered.utc_date();
        if scope.holds(date) {
            let month = months.entry((date.year(), date.month())).or_insert((0, 1.0));
            month.0 += 1;
            month.1 *= row.after / row.before;
        }
    }
    json!({
        "months": months.keys().map(|(year, month)| format!("{year:04}-{month:02}")).collect::<Vec<_>>(),
        "trades": months.values().map(|(n, _)| *n).collect::<Vec<_>>(),
        "pnl_pct": months.values().map(|(_, growth)| percent(Some(growth - 1.0))).collect::<Vec<_>>(),
    })
}

/// `trades/<id>_<year>.json`, or `trades/<id>.json`.
pub(super) fn trades(
    scope: Scope,
    pipeline: &ForecastPipeline,
    series: &Series,
    books: &Books,
    calls: &[Call],
    evidence: &EvidenceSet,
) -> Value {
    let capital = pipeline.account.capital;
    let trades = Trades::of(scope, &books.candidate, calls, capital);
    let record = |(k, row): (usize, &Trade<'_>)| {
        let trip = row.trip;
        let signal = row.call.map(|call| &call.signal);
        let entry = trip.quantity * trip.entry_price;
        json!({
            "trade_id": k + 1,
            "timestamp": trip.entered,
            "exit_timestamp": trip.left,
            "side": match trip.direction { Direction::Long => "LONG", Direction::Short => "SHORT" },
            "entry_price": rounded(Some(trip.entry_price), 6),
            "exit_price": rounded(Some(trip.exit_price), 6),
            "pnl_usd": rounded(Some(trip.net()), 4),
            "pnl_pct": percent(Some(row.after / row.before - 1.0)),
            "costs": rounded(Some(trip.costs), 4),
            "carry": rounded(Some(trip.income), 4),
            "exit_reason": trip.tag,
            "equity_at_entry": rounded(Some(row.before), 4),
            "equity_at_exit": rounded(Some(row.after), 4),
            "leverage": rounded(Some(entry / row.before), 4),
            "hard_stop_pct": percent(signal.and_then(|s| s.hard_stop)),
            "take_profit_pct": percent(signal.and_then(|s| s.take_profit)),
            "signal_id": signal.map(|s| s.signal_id.as_str()),
            "confidence_tier": signal.and_then(|s| s.metadata.get("confidence_tier")),
        })
    };
    let net = scope.returns(&books.candidate);
    let (wins, losses) = trades.won_and_lost();
    let (first, last) = (trades.rows.first(), trades.rows.last());
    json!({
        "strategy_name": pipeline.strategy.name,
        "strategy_id": pipeline.strategy.id,
        "initial_capital": capital,
        "date_range": {
            "start": first.map(|row| row.trip.entered.utc_date()),
            "end": last.map(|row| row.trip.left.utc_date()),
        },
        "trades": trades.rows.iter().enumerate().map(record).collect::<Vec<_>>(),
        "summary": {
            "total_trades": trades.rows.len(),
            "winning_trades": wins,
            "losing_trades": losses,
            "win_rate": rounded(trades.win_rate(), 4),
            "total_pnl": rounded(Some(gains(&trades).iter().sum()), 4),
            "total_return_pct": percent(Some(total(&net))),
            "max_drawdown_pct": percent(max_drawdown(&net).map(|fall| fall.depth)),
            "sharpe_ratio": rounded(
                sharpe_per_period(&net).map(|s| annualised(s, series.calendar.periods_per_year())),
                4,
            ),
            "profit_factor": rounded(profit_factor(&gains(&trades)), 4),
            "p_value": rounded(evidence.value("active_return.p_bootstrap"), 6),
            "direction_accuracy_pct": percent(direction_accuracy(scope, series, calls)),
            "n_long": trades.count(Direction::Long),
            "n_short": trades.count(Direction::Short),
        },
    })
}

/// Every signal, those that were not traded too, in the universal record.
pub(super) fn signals(calls: &[Call]) -> Value {
    calls.iter().map(|call| serde_json::to_value(&call.signal).unwrap_or_default()).collect::<Vec<_>>().into()
}

/// `approval_state.json`: the automatic vote as it was cast. What is decided later stands in the ledger and the mark, so that a new
/// back-test can never take the place of a decision.
pub(super) fn approval(
    pipeline: &ForecastPipeline,
    series: &Series,
    (traded, calls): (&Traded, &[Call]),
    status: CandidateStatus,
    (policy, vote): (&NamedPolicy, &NamedVerdict),
    evidence: &EvidenceSet,
    year: i32,
) -> Value {
    let gates: Vec<Value> = vote
        .checks
        .iter()
        .map(|check| {
            json!({
                "gate": check.rule,
                "label": check.check.rule,
                "passed": check.check.verdict == Verdict::Pass,
                "verdict": check.check.verdict,
                "value": check.check.value,
                "threshold": policy.rules.iter().find(|rule| rule.id == check.rule).map(|rule| rule.limit),
                "unit": check.check.unit,
                "critical": check.critical,
            })
        })
        .collect();
    let value = |name: &str| evidence.value(name);
    json!({
        "status": "PENDING_APPROVAL",
        "strategy": pipeline.strategy.id,
        "strategy_name": pipeline.strategy.name,
        "backtest_year": year,
        "backtest_recommendation": vote.recommendation,
        "backtest_confidence": rounded(
            (vote.gates_total > 0).then(|| vote.gates_passed as f64 / vote.gates_total as f64),
            2,
        ),
        "candidate_status": status.name(),
        "note": "the candidate's status is that of the default policy, which the five gates can lower and never raise; only a candidate that is ready for review can be approved",
        "gates": gates,
        "backtest_metrics": {
            "return_pct": percent(value("money.candidate.annual_return")),
            "sharpe": rounded(value("money.candidate.sharpe"), 4),
            "max_dd_pct": percent(value("risk.max_drawdown")),
            "p_value": rounded(value("active_return.p_bootstrap"), 6),
            "trades": value("money.candidate.trades"),
            "win_rate_pct": percent(Trades::of(Scope::All, traded, calls, pipeline.account.capital).win_rate()),
        },
        "deploy_manifest": {
            "pipeline_type": "ml_forecasting",
            "command": ["proofmark", "run"],
            "args": ["--phase", "production"],
            "pipeline": pipeline.name,
            "pipeline_digest": pipeline.digest(),
            "db_tables": [],
        },
        "approved_by": Value::Null,
        "approved_at": Value::Null,
        "reviewer_notes": Value::Null,
        "rejected_by": Value::Null,
        "rejected_at": Value::Null,
        "rejection_reason": Value::Null,
        "created_at": known_at(series),
        "last_updated": known_at(series),
    })
}

/// When the newest bar became known: what stands for a clock in files that must not hold one.
fn known_at(series: &Series) -> Option<Instant> {
    series.bars.known_ats().last().copied()
}
