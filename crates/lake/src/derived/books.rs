//! Sampled order books as a table.

use arrow_array::{BooleanArray, Int64Array};
use parquet::errors::ParquetError;
use proofmark_market::book::{BookRows, Level, Side};

use super::Columns;

/// One row a sample: `symbol, event_time, known_at, sequence, mid, spread, bid_depth, ask_depth, crossed`, then price and
/// size of each level (`bid_1, bid_size_1, ask_1, ..`), and `source`. A level that is not there is null, as are mid and spread
/// of a crossed or one-sided book; depth is the size of the levels in the row.
///
/// # Errors
/// The encoder failed, which it does not on tables of this form.
pub fn encode_books(rows: &BookRows, symbol: &str, source: &str) -> Result<Vec<u8>, ParquetError> {
    let mut columns = Columns::default();
    columns.texts("symbol", std::iter::repeat_n(symbol, rows.len()));
    columns.event_time(rows.iter().map(|row| row.event_time));
    columns.known_at(rows.iter().map(|row| row.known_at));
    columns.push("sequence", Int64Array::from_iter_values(rows.iter().map(|row| row.sequence)));
    columns.numbers("mid", rows.iter().map(|row| row.mid()));
    columns.numbers("spread", rows.iter().map(|row| row.spread().map(|spread| spread.to_f64())));
    for (name, side) in [("bid_depth", Side::Bid), ("ask_depth", Side::Ask)] {
        columns.numbers(name, rows.iter().map(|row| row.depth(side).map(|depth| depth.to_f64())));
    }
    columns.push("crossed", rows.iter().map(|row| Some(row.is_crossed())).collect::<BooleanArray>());
    for index in 0..rows.depth() {
        for (name, side) in [("bid", Side::Bid), ("ask", Side::Ask)] {
            let levels = || {
                rows.iter().map(move |row| -> Option<Level> {
                    (if side == Side::Bid { row.bids } else { row.asks })[index]
                })
            };
            let number = index + 1;
            columns.numbers(format!("{name}_{number}"), levels().map(|l| l.map(|l| l.price.to_f64())));
            columns.numbers(format!("{name}_size_{number}"), levels().map(|l| l.map(|l| l.size.to_f64())));
        }
    }
    columns.texts("source", std::iter::repeat_n(source, rows.len()));
    columns.finish()
}
