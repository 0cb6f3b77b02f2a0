//! The state of instruments bar by bar, such as a regime, as a table and as text.

use std::fmt::Write as _;

use arrow_array::{Date32Array, Int32Array};
use parquet::errors::ParquetError;
use proofmark_units::{Date, Instant};

use super::Columns;

/// The columns, in order.
const COLUMNS: &str = "date,symbol,event_time,known_at,name,value,level,source";

/// One instrument at one bar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StateRow<'a> {
    /// Session of the bar.
    pub date: Date,
    /// The instrument.
    pub symbol: &'a str,
    /// When the bar ended.
    pub event_time: Instant,
    /// When the state could be known.
    pub known_at: Instant,
    /// What kind of state, such as `volatility_regime`.
    pub name: &'a str,
    /// The state in words, also where it is not known.
    pub value: &'a str,
    /// Its place, 0 the lowest; `None` where it is not known.
    pub level: Option<u8>,
}

/// One row a bar: the fields of [`StateRow`] under their names, and `source`.
///
/// # Errors
/// The encoder failed, which it does not on tables of this form.
pub fn encode_states(rows: &[StateRow<'_>], source: &str) -> Result<Vec<u8>, ParquetError> {
    let mut columns = Columns::default();
    columns.push("date", Date32Array::from_iter_values(rows.iter().map(|row| row.date.days())));
    columns.texts("symbol", rows.iter().map(|row| row.symbol));
    columns.event_time(rows.iter().map(|row| row.event_time));
    columns.known_at(rows.iter().map(|row| row.known_at));
    columns.texts("name", rows.iter().map(|row| row.name));
    columns.texts("value", rows.iter().map(|row| row.value));
    columns.add("level", true, rows.iter().map(|row| row.level.map(i32::from)).collect::<Int32Array>());
    columns.texts("source", std::iter::repeat_n(source, rows.len()));
    columns.finish()
}

/// The same as comma-separated text with a header; an unknown level is empty.
pub fn states_csv(rows: &[StateRow<'_>], source: &str) -> String {
    let mut text = format!("{COLUMNS}\n");
    for StateRow { date, symbol, event_time, known_at, name, value, level } in rows {
        let level = level.map_or_else(String::new, |level| level.to_string());
        // Writing into a String cannot fail; none of the words has a character that CSV would quote.
        let _ = writeln!(text, "{date},{symbol},{event_time},{known_at},{name},{value},{level},{source}");
    }
    text
}
