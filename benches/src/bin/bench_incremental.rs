//! 14 indicators bar by bar on 200,000 simulated bars of one symbol; the peer is talipp.

use std::path::Path;

use proofmark_benches::walk::{bars, walk};
use proofmark_benches::{Failure, program, read_columns, timed, write_columns};
use proofmark_features::expr::{Program, Row};
use serde_json::{Value, json};

const BARS: usize = 200_000;

/// Names as the peer knows them, and what they are in the expression language.
const COLUMNS: [(&str, &str); 21] = [
    ("sma", "SMA($close, 20)"),
    ("ema", "TA_EMA($close, 20)"),
    ("wma", "TA_WMA($close, 10)"),
    ("rsi", "RSI($close, 14)"),
    ("macd", "MACD($close, 12, 26, 9)"),
    ("macd_signal", "MACD_SIGNAL($close, 12, 26, 9)"),
    ("macd_hist", "MACD_HIST($close, 12, 26, 9)"),
    ("bb_upper", "BBANDS_UPPERBAND($close, 20, 2, 2, 0)"),
    ("bb_middle", "BBANDS_MIDDLEBAND($close, 20, 2, 2, 0)"),
    ("bb_lower", "BBANDS_LOWERBAND($close, 20, 2, 2, 0)"),
    ("roc", "ROC($close, 10)"),
    ("atr", "ATR($high, $low, $close, 14)"),
    ("adx", "ADX($high, $low, $close, 14)"),
    ("plus_di", "PLUS_DI($high, $low, $close, 14)"),
    ("minus_di", "MINUS_DI($high, $low, $close, 14)"),
    ("stoch_k", "STOCHF_FASTK($high, $low, $close, 14, 3, 0)"),
    ("stoch_d", "STOCHF_FASTD($high, $low, $close, 14, 3, 0)"),
    ("cci", "CCI($high, $low, $close, 20)"),
    ("willr", "WILLR($high, $low, $close, 14)"),
    ("obv", "OBV($close, $volume)"),
    ("ad", "AD($high, $low, $close, $volume)"),
];

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    std::fs::write(folder.join("names.txt"), COLUMNS.map(|(name, _)| name).join("\n"))?;
    write_columns(&folder.join("bars.f64"), &walk(BARS))
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let bars = bars(&read_columns(&folder.join("bars.f64"), 5)?)?;
    let program = Program::compile(&COLUMNS)?;
    let rows: Vec<Row> = (0..bars.len()).map(|t| (&bars.row(t)).into()).collect();
    let mut stream = program.start()?;
    let mut columns = vec![Vec::with_capacity(rows.len()); COLUMNS.len()];
    let ((), seconds) = timed(|| {
        for row in &rows {
            for (column, value) in columns.iter_mut().zip(stream.push(*row)) {
                column.push(*value);
            }
        }
    });
    let batch = program.columns(&bars)?;
    let is_other = |(a, b): &(&f64, &f64)| a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan());
    let unlike = batch.iter().flatten().zip(columns.iter().flatten()).filter(is_other).count();
    write_columns(&folder.join("ours.f64"), &columns)?;
    Ok(json!({
        "timings": {"updates": seconds},
        // The peer reads our columns and reports how far they are from its own.
        "figures": {
            "bars": bars.len(),
            "columns": columns.len(),
            "largest_difference": 0.0,
            "values_unlike_batch": unlike,
        },
    }))
}
