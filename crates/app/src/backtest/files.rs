//! A back-test as files.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proofmark_execution::Direction;
use proofmark_execution::costs::Side;
use proofmark_lake::durable;

use super::Backtest;
use crate::error::{AppError, Result};

/// Writes `summary.json`, `tear_sheet.html`, `tear_sheet.md`, `equity.csv`, `trades.csv` (round trips) and `fills.csv` into `to`; gives their paths.
///
/// # Errors
/// A file cannot be written.
pub fn write_backtest(backtest: &Backtest, to: &Path) -> Result<Vec<PathBuf>> {
    let files = [
        ("summary.json", crate::json::bytes(backtest)),
        ("tear_sheet.html", super::tear_sheet(backtest).into_bytes()),
        ("tear_sheet.md", super::tear_sheet_markdown(backtest).into_bytes()),
        ("equity.csv", equity(backtest).into_bytes()),
        ("trades.csv", trades(backtest).into_bytes()),
        ("fills.csv", fills(backtest).into_bytes()),
    ];
    let write = |(name, bytes): (&str, Vec<u8>)| {
        let path = to.join(name);
        durable::write_atomically(&path, &bytes).map_err(AppError::write)?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}

fn equity(backtest: &Backtest) -> String {
    let mut out = String::from("date,equity\n");
    for (date, equity) in &backtest.equity {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{date},{equity}");
    }
    out
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Buy => "buy",
        Side::Sell => "sell",
    }
}

fn trades(backtest: &Backtest) -> String {
    let mut out = String::from(
        "symbol,side,entered,left,quantity,entry_price,exit_price,gross,costs,income,net,bars,mae,mfe,ended_by\n",
    );
    for trip in &backtest.log.trips {
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{},{},{},{},{},{},{},{},{}",
            backtest.symbols[trip.instrument as usize],
            if trip.direction == Direction::Long { "long" } else { "short" },
            trip.entered,
            trip.left,
            trip.quantity,
            trip.entry_price,
            trip.exit_price,
            trip.gross,
            trip.costs,
            trip.income,
            trip.net(),
            trip.marks,
            trip.mae,
            trip.mfe,
            trip.tag,
        );
    }
    out
}

fn fills(backtest: &Backtest) -> String {
    let mut out = String::from("time,symbol,side,quantity,price,costs,tag\n");
    for fill in &backtest.log.fills {
        let _ = writeln!(
            out,
            "{},{},{},{},{},{},{}",
            fill.time,
            backtest.symbols[fill.instrument as usize],
            name(fill.side),
            fill.quantity,
            fill.price,
            fill.costs.total(),
            fill.tag,
        );
    }
    out
}
