//! What a chain needs beside itself: discount factors, and futures of the same expiries.

use std::collections::BTreeMap;
use std::path::Path;

use csv::ByteRecord;
use proofmark_market::options::DiscountCurve;
use proofmark_units::Date;

use crate::columns::{Header, shown};
use crate::delimited::{Records, header_names};
use crate::text::{DateText, NumberText, parse_date, parse_number};
use crate::{ReadError, ReadOptions};

fn number(record: &ByteRecord, place: usize) -> Option<f64> {
    match parse_number(std::str::from_utf8(record.get(place)?).ok()?) {
        NumberText::Number(number) => Some(number),
        NumberText::Missing | NumberText::Bad => None,
    }
}

/// Reads a discount curve from CSV with a column of years (`T`, `years`) and one of factors (`DF`, `discount_factor`).
///
/// # Errors
/// [`ReadError`]: also when a point cannot be used, since a curve with a hole is another curve.
pub fn read_discount_curve(
    path: impl AsRef<Path>,
    options: &ReadOptions,
) -> Result<DiscountCurve, ReadError> {
    let file = path.as_ref();
    let wrong =
        |found: String| ReadError::WrongFormat { file: file.to_owned(), expected: "a discount curve", found };
    let mut records = Records::open(file, options)?;
    let names = records.next()?.map(header_names).unwrap_or_default();
    let header = Header { file, names: &names };
    let years = header.required("years", None, &["t", "years", "tyears"])?;
    let factor = header.required("discount factor", None, &["df", "discountfactor"])?;
    let mut points = Vec::new();
    while let Some(record) = records.next()? {
        let point = number(record, years).zip(number(record, factor));
        points.push(point.ok_or_else(|| wrong(format!("row {} holds no two numbers", points.len() + 1)))?);
    }
    DiscountCurve::new(&points).map_err(|error| wrong(error.to_string()))
}

/// Closing prices by underlying and expiry.
pub type Futures = BTreeMap<(String, Date), f64>;

/// Closing prices of futures by underlying and expiry, from an exchange's CSV of the day (`SYMBOL`, `EXP_DATE`,
/// `CLOSE_PRICE`). Rows without a readable expiry and price above zero, such as a footer, are left out and counted.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used.
pub fn read_futures_csv(path: impl AsRef<Path>, options: &ReadOptions) -> Result<(Futures, u64), ReadError> {
    let file = path.as_ref();
    let mut records = Records::open(file, options)?;
    let names = records.next()?.map(header_names).unwrap_or_default();
    let header = Header { file, names: &names };
    let symbol = header.required("symbol", None, &["symbol", "underlying", "ticker"])?;
    let expiry = header.required("expiry", None, &["expdate", "expiry", "expirydate"])?;
    let close = header.required("close", None, &["closeprice", "close", "settleprice"])?;
    let (mut futures, mut left_out, mut row) = (BTreeMap::new(), 0, 0);
    while let Some(record) = records.next()? {
        row += 1;
        let text = |place: usize| std::str::from_utf8(record.get(place)?).ok().map(str::trim);
        let date = match text(expiry).map(|text| parse_date(text, options.date_format.as_deref())) {
            Some(DateText::Date(date, _)) => Some(date),
            Some(DateText::Ambiguous) => {
                let text = shown(text(expiry).unwrap_or_default());
                return Err(ReadError::AmbiguousDate { file: file.to_owned(), row, text });
            }
            _ => None,
        };
        let price = number(record, close).filter(|price| *price > 0.0);
        match (text(symbol).filter(|name| !name.is_empty()), date, price) {
            (Some(symbol), Some(date), Some(price)) => {
                futures.insert((symbol.to_owned(), date), price);
            }
            _ => left_out += 1,
        }
    }
    Ok((futures, left_out))
}
