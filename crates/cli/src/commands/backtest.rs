//! `backtest`: rules of the registry on the bars of the lake.

use std::path::Path;

use proofmark_app::backtest::{self, Backtest, BacktestRequest, Short, guard_in_words};
use proofmark_app::error::{AppError, Result};
use proofmark_app::workspace::Workspace;
use serde_json::json;

use super::from_caller;
use crate::args::backtest::{BacktestArgs, ShortChoice};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn dispatch(root: &Path, args: BacktestArgs, quiet: bool) -> Result<Output> {
    let Some(strategy) = args.strategy.filter(|_| !args.list) else { return Ok(list()) };
    let positive = |name: &str, value: f64| {
        let good = value.is_finite() && value > 0.0;
        if good {
            Ok(value)
        } else {
            Err(AppError::input(format!("{value} is no {name}")).hint("a number above 0"))
        }
    };
    let limits = match args.limits {
        Some(file) => backtest::read_limits(&from_caller(root, &file))?,
        None => Default::default(),
    };
    let guards = args
        .guards
        .map(|file| backtest::read_guards(&from_caller(root, &file), limits.drawdown.as_ref()))
        .transpose()?;
    let request = BacktestRequest {
        strategy,
        set: args.settings,
        symbols: args.symbols,
        calendar: args.calendar,
        interval: args.interval,
        from: args.from,
        until: args.until,
        capital: positive("capital", args.capital)?,
        costs: args.costs,
        leverage: positive("leverage", args.leverage)?,
        deposit: args.deposit.map(|deposit| positive("deposit", deposit)).transpose()?,
        shorting: match args.short {
            ShortChoice::Never => Short::Never,
            ShortChoice::WithinSession => Short::WithinSession,
            ShortChoice::Allowed => Short::Allowed,
        },
        participation: match args.participation {
            0.0 => None,
            share => Some(positive("participation", share)?),
        },
        lot: positive("lot", args.lot)?,
        settle_sessions: args.settle,
        seed: args.seed,
        limits,
        guards,
        parts: args.parts,
        sectors: match args.sectors {
            Some(file) => backtest::read_sectors(&from_caller(root, &file))?,
            None => Default::default(),
        },
    };
    let result = backtest::run(&Workspace::open(root)?, &request, args.capacity, &Terminal::new(quiet))?;
    let mut text = shown(&result);
    if let Some(to) = args.to {
        for file in backtest::write_backtest(&result, &from_caller(root, &to))? {
            text.push_str(&format!("written: {}\n", file.display()));
        }
    }
    Ok(Output::new(&result, text))
}

fn list() -> Output {
    let all = backtest::list();
    let mut text = String::new();
    for recipe in &all {
        text.push_str(&format!("{}\n  {}\n", recipe.name, recipe.doc));
        let settings: Vec<Vec<String>> = recipe
            .settings
            .iter()
            .map(|s| {
                let range = format!("{} to {}", s.least, s.most);
                vec![format!("  {}={}", s.name, s.default), s.doc.to_owned(), range]
            })
            .collect();
        text.push_str(&table(&settings));
        text.push('\n');
    }
    Output::new(&json!({ "strategies": all }), text)
}

fn shown(result: &Backtest) -> String {
    let percent =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{:.2} %", v * 100.0));
    let plain = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    let names = result.benchmarks.iter().map(|other| other.name.clone());
    let head = [String::new(), result.strategy.to_owned()].into_iter().chain(names);
    let rows = [vec![head.collect()], result.rows()].concat();
    let trades = &result.trades;
    let ended: Vec<String> = trades.ended_by.iter().map(|(tag, n)| format!("{tag} {n}")).collect();
    let ended = if ended.is_empty() { "-".to_owned() } else { ended.join(", ") };
    let costs: Vec<String> = result.costs.iter().map(|c| format!("{} {:.2}", c.kind, c.amount)).collect();
    let costs = if costs.is_empty() { "none".to_owned() } else { costs.join(", ") };
    let mut out = format!(
        "{} on {} names, {} to {}, {} sessions, bars of {}, costs {}\n\n{}\n",
        result.strategy,
        result.names,
        result.span.0,
        result.span.1,
        result.sessions,
        result.request.interval,
        result.request.costs,
        table(&rows)
    );
    out.push_str(&format!(
        "Round trips {} ({} open), won {}, profit factor {}; fills {}, refused {}.\n",
        trades.round_trips,
        trades.open,
        percent(trades.win_rate),
        plain(trades.profit_factor),
        trades.fills,
        trades.refused
    ));
    out.push_str(&format!("Ended by: {ended}\nCosts: {costs}\n"));
    if !result.limits.is_empty() {
        let met: Vec<String> = result.limits.iter().map(|(rule, n)| format!("{rule} {n}")).collect();
        out.push_str(&format!("Limits that did not hold: {}\n", met.join(", ")));
    }
    if !result.guards.is_empty() {
        out.push_str("What guards did:\n");
        for said in &result.guards {
            out.push_str(&format!("  {}  {}\n", said.time, guard_in_words(&said.event)));
        }
    }
    if let Some(capacity) = &result.capacity {
        match capacity.rows() {
            rows if rows.is_empty() => {
                out.push_str(&format!("No capacity to show: {}.\n", capacity.told()));
            }
            rows => out.push_str(&format!(
                "By capital:\n{}The curve ends there: {}.\n",
                table(&rows),
                capacity.told()
            )),
        }
    }
    if !result.benchmarks.is_empty() {
        out.push_str(&format!(
            "Active return a year {} (t {}), appraisal ratio {}.\n",
            percent(result.active_return),
            plain(result.active_t),
            plain(result.appraisal_ratio)
        ));
    }
    out.push_str(&format!(
        "Trial {}, one of {} on this data (`proofmark trials list`).\nCaution: {}.\n",
        result.trial.key.short(),
        result.trial.on_data,
        result.caution
    ));
    out
}
