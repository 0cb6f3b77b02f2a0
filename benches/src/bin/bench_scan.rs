//! Every check over 5,000,000 minute bars with planted defects; the peers are polars and DuckDB, on those of the checks
//! that are one expression there.

use std::path::Path;

use proofmark_benches::{Failure, minutes, program, read_columns, timed, write_columns};
use proofmark_lake::checks::{CHECKS, CheckContext, Label, Series, StampedBar, scan};
use proofmark_market::Calendar;
use proofmark_units::Instant;
use serde_json::{Value, json};

/// Every so many bars has one defect; which one goes round.
const EVERY: usize = 9_973;

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Columns: symbol, start (seconds), open, high, low, close, volume.
fn input(folder: &Path) -> Result<(), Failure> {
    let mut columns = vec![Vec::new(); 7];
    let mut at = 0_usize;
    for (symbol, (_, bars)) in minutes()?.into_iter().enumerate() {
        let mut bars: Vec<StampedBar> = bars.map(|bar| stamped(&bar)).collect();
        let mut extra = Vec::new();
        for row in 1..bars.len() - 1 {
            at += 1;
            if !at.is_multiple_of(EVERY) {
                continue;
            }
            let bar = &mut bars[row];
            match at / EVERY % 5 {
                0 => bar.high = bar.low - 1.0,
                1 => bar.low = -1.0,
                2 => bar.volume = -5.0,
                3 => bar.close = f64::NAN,
                _ => extra.push(row),
            }
        }
        for row in extra.into_iter().rev() {
            bars.insert(row, bars[row]);
        }
        for bar in bars {
            let seconds = bar.at.nanos() / 1_000_000_000;
            let row = [symbol as f64, seconds as f64, bar.open, bar.high, bar.low, bar.close, bar.volume];
            columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        }
    }
    write_columns(&folder.join("bars.f64"), &columns)
}

fn stamped(bar: &proofmark_market::IntradayBar) -> StampedBar {
    StampedBar {
        at: bar.start,
        open: bar.open,
        high: bar.high,
        low: bar.low,
        close: bar.close,
        volume: bar.volume,
        turnover: f64::NAN,
    }
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("bars.f64"), 7)?;
    let rows = columns[0].len();
    let mut series = Vec::new();
    let mut from = 0;
    for symbol in columns[0].chunk_by(|a, b| a == b) {
        let rows = from..from + symbol.len();
        from = rows.end;
        let bar = |row: usize| StampedBar {
            at: Instant::from_nanos(columns[1][row] as i64 * 1_000_000_000),
            open: columns[2][row],
            high: columns[3][row],
            low: columns[4][row],
            close: columns[5][row],
            volume: columns[6][row],
            turnover: f64::NAN,
        };
        series.push(Series::new(format!("S{:02}", symbol[0]).parse()?, Label::Open, rows.map(bar)));
    }
    let calendar = Calendar::named("XNSE")?;
    let context = CheckContext { calendar: Some(&calendar), ..CheckContext::default() };
    let (reports, seconds) = timed(|| scan(&series, &context));
    let count = |id: &str| -> usize {
        reports.iter().flat_map(|r| &r.findings).filter(|found| found.id == id).map(|found| found.count).sum()
    };
    let shared =
        ["ohlc_order", "positive_finite_price", "missing_price", "duplicate_stamp", "negative_volume"];
    let mut figures = serde_json::Map::from_iter([("rows".to_owned(), rows.into())]);
    figures.extend(shared.iter().map(|id| ((*id).to_owned(), count(id).into())));
    let all: serde_json::Map<String, Value> =
        CHECKS.iter().map(|check| (check.id.to_owned(), count(check.id).into())).collect();
    Ok(json!({ "timings": {"scan": seconds}, "figures": figures, "all": all }))
}
