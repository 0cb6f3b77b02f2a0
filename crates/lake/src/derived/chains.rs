//! An option chain with what it implies, as a table.

use arrow_array::Date32Array;
use parquet::errors::ParquetError;
use proofmark_market::options::{Greeks, Right};
use proofmark_units::{Date, Instant};
use serde::Serialize;

use super::Columns;

/// One contract at one moment.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContractRow {
    /// When it was true.
    pub event_time: Instant,
    /// When it could be read.
    pub known_at: Instant,
    /// The underlying.
    pub underlying: String,
    /// Last day.
    pub expiry: Date,
    /// Call or put.
    pub right: Right,
    /// Strike.
    pub strike: f64,
    /// Best bid.
    pub bid: Option<f64>,
    /// Best ask.
    pub ask: Option<f64>,
    /// The price that was used: mid or last.
    pub price: Option<f64>,
    /// Years to expiry.
    pub years: f64,
    /// Forward.
    pub forward: Option<f64>,
    /// Discount factor.
    pub discount: Option<f64>,
    /// Implied volatility, a fraction.
    pub volatility: Option<f64>,
    /// Derivatives of the price.
    pub greeks: Option<Greeks>,
    /// `used`, or why there is no volatility.
    pub state: &'static str,
}

/// A number of a row.
type Pick = fn(&ContractRow) -> Option<f64>;

/// One row a contract and moment: the fields of [`ContractRow`] under their names, each Greek in its own column, and
/// `source`.
///
/// # Errors
/// The encoder failed, which it does not on tables of this form.
pub fn encode_chain(rows: &[ContractRow], source: &str) -> Result<Vec<u8>, ParquetError> {
    let mut columns = Columns::default();
    columns.event_time(rows.iter().map(|row| row.event_time));
    columns.known_at(rows.iter().map(|row| row.known_at));
    columns.texts("underlying", rows.iter().map(|row| row.underlying.as_str()));
    columns.push("expiry", Date32Array::from_iter_values(rows.iter().map(|row| row.expiry.days())));
    columns.texts("right", rows.iter().map(|row| if row.right == Right::Call { "call" } else { "put" }));
    let numbers: [(&str, Pick); 16] = [
        ("strike", |row| Some(row.strike)),
        ("bid", |row| row.bid),
        ("ask", |row| row.ask),
        ("price", |row| row.price),
        ("years", |row| Some(row.years)),
        ("forward", |row| row.forward),
        ("discount", |row| row.discount),
        ("volatility", |row| row.volatility),
        ("delta", |row| row.greeks.map(|greeks| greeks.delta)),
        ("gamma", |row| row.greeks.map(|greeks| greeks.gamma)),
        ("vega", |row| row.greeks.map(|greeks| greeks.vega)),
        ("theta", |row| row.greeks.map(|greeks| greeks.theta)),
        ("rho", |row| row.greeks.map(|greeks| greeks.rho)),
        ("dividend_rho", |row| row.greeks.map(|greeks| greeks.dividend_rho)),
        ("vanna", |row| row.greeks.and_then(|greeks| greeks.vanna)),
        ("volga", |row| row.greeks.and_then(|greeks| greeks.volga)),
    ];
    for (name, value) in numbers {
        columns.numbers(name, rows.iter().map(value));
    }
    columns.texts("state", rows.iter().map(|row| row.state));
    columns.texts("source", std::iter::repeat_n(source, rows.len()));
    columns.finish()
}
