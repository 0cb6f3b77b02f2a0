//! A back-test as Markdown: what the HTML page says in words and tables.

use std::fmt::Write as _;

use super::{Backtest, Capacity, NameGain, guard_in_words};

/// The tear sheet as Markdown.
pub fn tear_sheet_markdown(backtest: &Backtest) -> String {
    let mut out = format!(
        "# {}\n\n{} names, {} to {}, {} sessions, bars of {}, costs `{}`. Trial {}, one of {} on this data.\n\n",
        backtest.strategy,
        backtest.names,
        backtest.span.0,
        backtest.span.1,
        backtest.sessions,
        backtest.request.interval,
        backtest.request.costs,
        backtest.trial.key.short(),
        backtest.trial.on_data
    );
    let names = backtest.benchmarks.iter().map(|other| other.name.as_str());
    let head: Vec<&str> = ["", backtest.strategy].into_iter().chain(names).collect();
    rows(&mut out, &head, &backtest.rows());
    let percent =
        |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{:.2} %", v * 100.0));
    let plain = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "\nActive return a year {} (t {}), appraisal ratio {}. Round trips {}, won {}, profit factor {}.\n\n## Costs\n",
        percent(backtest.active_return),
        plain(backtest.active_t),
        plain(backtest.appraisal_ratio),
        backtest.trades.round_trips,
        percent(backtest.trades.win_rate),
        plain(backtest.trades.profit_factor),
    );
    rows(&mut out, &["kind", "money", "bps of value"], &costs(backtest));
    if let Some(capacity) = &backtest.capacity {
        by_capital(&mut out, capacity);
    }
    if !backtest.guards.is_empty() {
        out.push_str("\n## What guards did\n\n");
        let said =
            backtest.guards.iter().map(|said| vec![said.time.to_string(), guard_in_words(&said.event)]);
        rows(&mut out, &["at", "what"], &said.collect::<Vec<_>>());
    }
    gains(&mut out, "name", &backtest.by_name);
    if !backtest.by_sector.is_empty() {
        gains(&mut out, "sector", &backtest.by_sector);
    }
    out.push_str("\n## By state of the market\n\n");
    let regimes: Vec<Vec<String>> = backtest
        .by_regime
        .iter()
        .map(|part| vec![part.regime.to_owned(), part.sessions.to_string(), format!("{:.2}", part.gain)])
        .collect();
    rows(&mut out, &["volatility", "sessions", "gain"], &regimes);
    let _ = writeln!(out, "\nCaution: {}.", backtest.caution);
    out
}

fn costs(backtest: &Backtest) -> Vec<Vec<String>> {
    let line = |cost: &super::CostLine| {
        vec![cost.kind.to_owned(), format!("{:.2}", cost.amount), format!("{:.2}", cost.bps)]
    };
    backtest.costs.iter().map(line).collect()
}

fn by_capital(out: &mut String, capacity: &Capacity) {
    out.push_str("\n## By capital\n\n");
    match capacity.rows().split_first() {
        None => out.push_str(&format!("No capacity to show: {}.\n", capacity.told())),
        Some((head, all)) => {
            rows(out, &head.iter().map(String::as_str).collect::<Vec<_>>(), all);
            out.push_str(&format!("\nIt ends there: {}.\n", capacity.told()));
        }
    }
}

fn gains(out: &mut String, what: &str, parts: &[NameGain]) {
    let _ = writeln!(out, "\n## By {what}\n");
    let money = |value: f64| format!("{value:.2}");
    let all: Vec<Vec<String>> = parts
        .iter()
        .map(|g| {
            vec![g.symbol.clone(), g.round_trips.to_string(), money(g.gross), money(g.costs), money(g.net)]
        })
        .collect();
    rows(out, &[what, "round trips", "gross", "costs", "net"], &all);
}

fn rows(out: &mut String, head: &[&str], all: &[Vec<String>]) {
    let _ = writeln!(out, "| {} |\n|{}", head.join(" | "), "---|".repeat(head.len()));
    for row in all {
        let _ = writeln!(out, "| {} |", row.join(" | "));
    }
}
