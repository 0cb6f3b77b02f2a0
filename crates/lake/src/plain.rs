//! Bars as plain files for other programs: one Parquet or CSV file a symbol, without the lake's bookkeeping.
//!
//! Daily bars have the columns `symbol, date, event_time, known_at, open, high, low, close, volume`: the session, the two
//! times in UTC, prices as delivered, and an unknown volume as a missing value. Intraday bars have
//! `symbol, session, start, event_time, known_at, open, high, low, close, volume, turnover`.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::cast::AsArray as _;
use arrow_array::types::Float64Type;
use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray};
use parquet::errors::ParquetError;
use proofmark_market::{BarRow, IntradayBar};
use proofmark_units::Symbol;

use crate::encode::parquet_bytes;
use crate::intraday;
use crate::table::{days, numbers, times};

/// The columns, in order.
pub const BAR_COLUMNS: [&str; 9] =
    ["symbol", "date", "event_time", "known_at", "open", "high", "low", "close", "volume"];

/// A Parquet file of `rows`, zstd, times in microseconds UTC. The same rows give the same bytes.
///
/// # Errors
/// The encoder's, which well-formed rows do not meet.
pub fn bars_parquet(symbol: &Symbol, rows: &[BarRow]) -> Result<Vec<u8>, ParquetError> {
    let volume = rows.iter().map(|row| Some(row.volume).filter(|volume| !volume.is_nan()));
    let columns: [ArrayRef; 9] = [
        repeated(symbol, rows.len()),
        days(rows.iter().map(|row| row.date)),
        times(rows.iter().map(|row| row.event_time)),
        times(rows.iter().map(|row| row.known_at)),
        numbers(rows, |row| row.open),
        numbers(rows, |row| row.high),
        numbers(rows, |row| row.low),
        numbers(rows, |row| row.close),
        Arc::new(volume.collect::<Float64Array>()),
    ];
    let named = BAR_COLUMNS.iter().zip(columns).map(|(name, column)| (*name, column, *name == "volume"));
    parquet_bytes(&[RecordBatch::try_from_iter_with_nullable(named)?])
}

/// The same as comma-separated text with a header; numbers in their shortest form that reads back to the same bits.
pub fn bars_csv(symbol: &Symbol, rows: &[BarRow]) -> String {
    let mut text = BAR_COLUMNS.join(",");
    text.push('\n');
    for BarRow { date, event_time, known_at, open, high, low, close, volume } in rows {
        // Writing into a String cannot fail; a symbol has no character that CSV would quote.
        let _ = write!(text, "{symbol},{date},{event_time},{known_at},{open},{high},{low},{close},");
        if !volume.is_nan() {
            let _ = write!(text, "{volume}");
        }
        text.push('\n');
    }
    text
}

/// As [`bars_parquet`], of intraday bars: the lake's columns with the symbol before them.
///
/// # Errors
/// As [`bars_parquet`].
pub fn intraday_parquet(symbol: &Symbol, rows: &[IntradayBar]) -> Result<Vec<u8>, ParquetError> {
    let name: ArrayRef = repeated(symbol, rows.len());
    let batch = intraday::encode_bars(rows, &[("", rows.len())])?;
    let named = intraday::COLUMNS.iter().zip(batch.columns()).map(|(name, column)| {
        let optional = matches!(*name, "volume" | "turnover");
        let known = |column: &ArrayRef| -> ArrayRef {
            let values = column.as_primitive::<Float64Type>().values().iter();
            Arc::new(
                values.map(|value| Some(*value).filter(|value| !value.is_nan())).collect::<Float64Array>(),
            )
        };
        (*name, if optional { known(column) } else { Arc::clone(column) }, optional)
    });
    let all = std::iter::once(("symbol", name, false)).chain(named);
    parquet_bytes(&[RecordBatch::try_from_iter_with_nullable(all)?])
}

fn repeated(symbol: &Symbol, rows: usize) -> ArrayRef {
    Arc::new(StringArray::from_iter_values(std::iter::repeat_n(symbol.as_str(), rows)))
}

/// As [`bars_csv`], of intraday bars.
pub fn intraday_csv(symbol: &Symbol, rows: &[IntradayBar]) -> String {
    let mut text = format!("symbol,{}", intraday::COLUMNS.join(","));
    text.push('\n');
    for row in rows {
        let IntradayBar { session, start, event_time, known_at, open, high, low, close, volume, turnover } =
            row;
        let _ =
            write!(text, "{symbol},{session},{start},{event_time},{known_at},{open},{high},{low},{close}");
        for value in [volume, turnover] {
            text.push(',');
            if !value.is_nan() {
                let _ = write!(text, "{value}");
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_units::Date;

    #[test]
    fn an_unknown_volume_is_missing_and_numbers_keep_their_bits() {
        let date = Date::from_ymd(2024, 1, 2).unwrap();
        let event_time = date.midnight_utc().plus_seconds(36_000);
        let row = |close: f64, volume: f64| BarRow {
            date,
            event_time,
            known_at: event_time.plus_seconds(60),
            open: 0.1 + 0.2,
            high: 1e300,
            low: 5e-324,
            close,
            volume,
        };
        let text = bars_csv(&"M&M".parse().unwrap(), &[row(2.0, f64::NAN), row(-0.0, 7.0)]);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "symbol,date,event_time,known_at,open,high,low,close,volume");
        assert!(
            lines[1]
                .starts_with("M&M,2024-01-02,2024-01-02T10:00:00Z,2024-01-02T10:01:00Z,0.30000000000000004,")
        );
        assert!(lines[1].ends_with(",2,") && lines[2].ends_with(",-0,7"), "{text}");
        let low: f64 = lines[1].split(',').nth(6).unwrap().parse().unwrap();
        assert_eq!(low.to_bits(), 1);
    }
}
