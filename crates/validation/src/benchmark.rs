//! The benchmark's total return on the dates of a book.

use proofmark_market::Bars;
use proofmark_units::Date;

/// Simple returns of the benchmark between consecutive `dates`, with `dividend_yield / 252` added a session.
///
/// - `dates`: ascending decision dates of a book; the first has no return and gets 0.
/// - `dividend_yield`: (date, fraction a year), ascending; the last value known before each date counts, and none
///   older than 400 days does.
///
/// Returns the series and how many dates had no benchmark bar (their return is carried into the next date that has one).
pub fn benchmark_returns(index: &Bars, dividend_yield: &[(Date, f64)], dates: &[Date]) -> (Vec<f64>, usize) {
    let mut returns = Vec::with_capacity(dates.len());
    let (mut level, mut missing) = (None, 0);
    for date in dates {
        let at = index.dates().partition_point(|d| d <= date);
        let fresh = at > 0 && index.dates()[at - 1] == *date;
        missing += usize::from(!fresh);
        let now = (at > 0).then(|| index.close()[at - 1]);
        let price = match (level, now) {
            (Some(before), Some(now)) => now / before - 1.0,
            _ => 0.0,
        };
        let known = dividend_yield.partition_point(|(d, _)| d < date);
        let income = match known.checked_sub(1).map(|i| dividend_yield[i]) {
            Some((d, y)) if date.days() - d.days() <= 400 && !returns.is_empty() => y / 252.0,
            _ => 0.0,
        };
        returns.push(price + income);
        level = now.or(level);
    }
    (returns, missing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_market::BarRow;
    use proofmark_units::Instant;

    #[test]
    fn yield_is_added_per_session_and_a_missing_bar_is_carried() {
        let day = |d: i32| Date::from_days(15_000 + d);
        let row = |d: i32, close: f64| BarRow {
            date: day(d),
            event_time: Instant::from_nanos(0),
            known_at: Instant::from_nanos(0),
            open: close,
            high: close,
            low: close,
            close,
            volume: f64::NAN,
        };
        let index =
            Bars::from_rows("IDX".parse().unwrap(), &[row(0, 100.0), row(1, 101.0), row(3, 99.99)]).unwrap();
        let (returns, missing) =
            benchmark_returns(&index, &[(day(0), 0.0252)], &[day(0), day(1), day(2), day(3)]);
        assert_eq!(missing, 1);
        let want = [0.0, 0.01 + 0.0001, 0.0001, -0.01 + 0.0001];
        for (got, want) in returns.iter().zip(want) {
            assert!((got - want).abs() < 1e-12, "{returns:?}");
        }
    }
}
