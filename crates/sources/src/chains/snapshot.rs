//! Chains that `proofmark ingest breeze --chain` filed.

use std::path::Path;

use proofmark_market::options::Right;
use proofmark_units::Symbol;
use serde::Deserialize;

use super::{ChainFile, OptionRow};
use crate::ReadError;
use crate::books::filed;
use crate::vendors::ChainSnapshot;

#[derive(Deserialize)]
struct Filed {
    symbol: Symbol,
    snapshot: ChainSnapshot,
}

/// Reads one snapshot file: all strikes of one expiry, true and known when the reply arrived. A bid, ask or last price of
/// zero is none.
///
/// # Errors
/// [`ReadError`]: the file cannot be read or is not such a snapshot.
pub fn read_chain_snapshot(path: impl AsRef<Path>) -> Result<ChainFile, ReadError> {
    let file = path.as_ref();
    let Filed { symbol, snapshot } = filed(file, "a filed snapshot of an option chain")?;
    let positive = |price: f64| (price > 0.0).then_some(price);
    let mut rows = Vec::with_capacity(snapshot.options.len());
    for (index, quote) in snapshot.options.iter().enumerate() {
        let right = match quote.right.as_str() {
            "call" => Right::Call,
            "put" => Right::Put,
            other => {
                let found = format!("the right `{}`", crate::columns::shown(other));
                return Err(ReadError::WrongFormat {
                    file: file.to_owned(),
                    expected: "calls and puts",
                    found,
                });
            }
        };
        rows.push(OptionRow {
            row: index as u64 + 1,
            underlying: symbol.to_string(),
            expiry: snapshot.expiry,
            right,
            strike: quote.strike,
            at: Some(snapshot.observed_at),
            bid: positive(quote.bid),
            ask: positive(quote.ask),
            last: positive(quote.last),
            volume: Some(quote.volume),
            open_interest: Some(quote.open_interest),
            forward: None,
            discount: None,
            years: None,
            volatility: None,
        });
    }
    if rows.is_empty() {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    Ok(ChainFile { rows_read: rows.len() as u64, rows, ..ChainFile::default() })
}
