//! Bending prices: each price is its old value times the exponential of an extra log return, so that an extra of zero
//! gives the same bits back.

use proofmark_market::BarRow;

/// All four prices times `factor`; volume and times stay.
pub(super) fn scaled(row: &BarRow, factor: f64) -> BarRow {
    BarRow {
        open: row.open * factor,
        high: row.high * factor,
        low: row.low * factor,
        close: row.close * factor,
        ..*row
    }
}

/// One price all session: a quote at which nothing trades.
pub(super) fn locked(row: &BarRow, price: f64) -> BarRow {
    BarRow { open: price, high: price, low: price, close: price, volume: 0.0, ..*row }
}

/// Log return of each row's close on the close before; NaN for the first.
pub(super) fn log_returns(rows: &[BarRow]) -> Vec<f64> {
    let mut before = f64::NAN;
    let step = |row: &BarRow| {
        let change = (row.close / before).ln();
        before = row.close;
        change
    };
    rows.iter().map(step).collect()
}

/// The log returns of the rows that `inside` admits, where they have one.
pub(super) fn known_inside(rows: &[BarRow], returns: &[f64], inside: impl Fn(&BarRow) -> bool) -> Vec<f64> {
    let known = rows.iter().zip(returns).filter(|(row, r)| inside(row) && r.is_finite());
    known.map(|(_, r)| *r).collect()
}

/// The rows with `extra(row index, log price less log close before)` added to every log price of the rows that `inside`
/// admits and have a bar before them. The level reached by the closes is kept by all later rows.
///
/// `extra` must not fall faster than the price rises (slope above -1), so that high stays above low.
pub(super) fn bent(
    rows: &[BarRow],
    inside: impl Fn(&BarRow) -> bool,
    extra: impl Fn(usize, f64) -> f64,
) -> Vec<BarRow> {
    let mut level = 0.0_f64;
    let mut out: Vec<BarRow> = Vec::with_capacity(rows.len());
    for (k, row) in rows.iter().enumerate() {
        let before = (k > 0 && inside(row)).then(|| rows[k - 1].close);
        let Some(before) = before else {
            out.push(scaled(row, level.exp()));
            continue;
        };
        let price = |p: f64| p * (level + extra(k, (p / before).ln())).exp();
        let (open, high, low, close) = (price(row.open), price(row.high), price(row.low), price(row.close));
        // Rounding may part two prices that are a hair apart the wrong way round.
        let (high, low) = (high.max(open).max(close).max(low), low.min(open).min(close).min(high));
        out.push(BarRow { open, high, low, close, ..*row });
        level += extra(k, (row.close / before).ln());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_units::Date;

    fn row(day: i32, prices: [f64; 4]) -> BarRow {
        let date = Date::from_days(day);
        let event_time = date.midnight_utc();
        let [open, high, low, close] = prices;
        BarRow { date, event_time, known_at: event_time, open, high, low, close, volume: 5.0 }
    }

    #[test]
    fn prices_bend_around_the_close_before_and_the_level_stays() {
        let rows = [
            row(0, [100.0; 4]),
            row(1, [101.0, 112.0, 99.0, 110.0]),
            row(2, [110.0, 121.0, 110.0, 121.0]),
            row(3, [120.0, 125.0, 119.0, 121.0]),
        ];
        // Doubling every log move of day 1 and 2: ratios to the close before are squared.
        let inside = |r: &BarRow| (1..=2).contains(&r.date.days());
        let out = bent(&rows, inside, |_, x| x);
        assert_eq!(out[0], rows[0]);
        let close_1 = 100.0 * 1.1_f64.powi(2);
        for (got, want) in [
            (out[1].open, 100.0 * 1.01_f64.powi(2)),
            (out[1].high, 100.0 * 1.12_f64.powi(2)),
            (out[1].low, 100.0 * 0.99_f64.powi(2)),
            (out[1].close, close_1),
            (out[2].open, close_1),
            (out[2].close, close_1 * 1.1_f64.powi(2)),
            (out[3].close, 121.0 * 1.21),
            (out[3].low, 119.0 * 1.21),
        ] {
            assert!((got - want).abs() < 1e-9, "{got} {want}");
        }
        assert_eq!(bent(&rows, inside, |_, _| 0.0), rows);
        assert!(log_returns(&rows)[0].is_nan());
        assert!((log_returns(&rows)[2] - 1.1_f64.ln()).abs() < 1e-12);
    }
}
