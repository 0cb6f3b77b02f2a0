//! Small panels written as tables.

use proofmark_market::{BarRow, Bars, Panel};
use proofmark_units::Date;

/// Bars of one symbol: session number, open, high, low, close.
pub(crate) type Table<'a> = &'a [(i32, f64, f64, f64, f64)];

pub(crate) fn panel(symbols: &[Table<'_>]) -> Panel {
    let bars: Vec<Bars> = symbols
        .iter()
        .enumerate()
        .map(|(s, table)| {
            let rows: Vec<BarRow> = table
                .iter()
                .map(|(day, open, high, low, close)| {
                    let date = Date::from_days(*day);
                    let time = date.midnight_utc();
                    let (open, high, low, close) = (*open, *high, *low, *close);
                    BarRow { date, event_time: time, known_at: time, open, high, low, close, volume: 1.0 }
                })
                .collect();
            Bars::from_rows(format!("S{s}").parse().unwrap(), &rows).unwrap()
        })
        .collect();
    Panel::from_bars(&bars)
}

/// A bar whose open, high, low and close are one price.
pub(crate) const fn flat(day: i32, price: f64) -> (i32, f64, f64, f64, f64) {
    (day, price, price, price, price)
}

pub(crate) const fn day(n: i32) -> Option<Date> {
    Some(Date::from_days(n))
}
