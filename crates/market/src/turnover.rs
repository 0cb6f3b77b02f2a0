//! Who was liquid when: the names most traded in a calendar period are the members of the next one.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_units::{Date, DateSpan, Symbol};

use crate::Bars;

/// Least share of a period's sessions with a bar, as a fraction of whole numbers.
const PRESENT: (usize, usize) = (4, 5);

/// Member spans of the `top` names by the median of close times volume over the bars of the calendar period before.
///
/// Periods of `months` months (a divisor of 12) begin with January. A span covers whole periods, so a name ranked in one
/// period is a member on every day of the next and on none before: nothing of a period is needed to know its members.
/// A name ranks with bars of a known volume in at least four of five sessions of the period, so that the first days of a new
/// listing rank nobody; sessions are the dates on which any name has a bar. Ties go to the earlier symbol. Prices need no adjusting, since a split leaves traded
/// value as it is. `bars` must hold every name that could rank: a list drawn up later knows who became liquid.
pub fn turnover_members(bars: &[Bars], top: usize, months: u32) -> Vec<(Symbol, DateSpan)> {
    let mut sessions: BTreeMap<Date, BTreeSet<Date>> = BTreeMap::new();
    for date in bars.iter().flat_map(|name| name.dates()) {
        sessions.entry(period_start(*date, months)).or_default().insert(*date);
    }
    let mut by_period: BTreeMap<Date, Vec<(f64, &Symbol)>> = BTreeMap::new();
    for name in bars {
        let mut values: BTreeMap<Date, Vec<f64>> = BTreeMap::new();
        for row in 0..name.len() {
            let value = name.close()[row] * name.volume()[row];
            if value > 0.0 {
                values.entry(period_start(name.dates()[row], months)).or_default().push(value);
            }
        }
        let ranks = |start: &Date, values: &Vec<f64>| {
            let all = sessions.get(start).map_or(0, BTreeSet::len);
            values.len() * PRESENT.1 >= all * PRESENT.0
        };
        for (start, values) in values.into_iter().filter(|(start, values)| ranks(start, values)) {
            by_period.entry(start).or_default().push((median(values), name.symbol()));
        }
    }
    let mut spans: BTreeMap<&Symbol, Vec<DateSpan>> = BTreeMap::new();
    let step = i32::try_from(months).unwrap_or(12);
    for (start, mut ranked) in by_period {
        ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        let next = start.plus_months(step);
        let span = DateSpan { start: next, end: next.plus_months(step).plus_days(-1) };
        for (_, symbol) in ranked.into_iter().take(top) {
            let own = spans.entry(symbol).or_default();
            match own.last_mut() {
                Some(last) if last.end.plus_days(1) == span.start => last.end = span.end,
                _ => own.push(span),
            }
        }
    }
    spans.into_iter().flat_map(|(s, own)| own.into_iter().map(|span| (s.clone(), span))).collect()
}

/// First day of the calendar period that `date` lies in.
fn period_start(date: Date, months: u32) -> Date {
    let first = (date.month() - 1) / months.max(1) * months + 1;
    Date::from_ymd(date.year(), first, 1).unwrap_or(date)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    if n % 2 == 1 { values[n / 2] } else { f64::midpoint(values[n / 2 - 1], values[n / 2]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::BarRow;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    /// Bars on the given days, at price 10, with the given volumes.
    fn bars(name: &str, rows: &[(&str, f64)]) -> Bars {
        let row = |(date, volume): &(&str, f64)| {
            let date = day(date);
            let at = date.midnight_utc();
            BarRow {
                date,
                event_time: at,
                known_at: at,
                open: 10.0,
                high: 10.0,
                low: 10.0,
                close: 10.0,
                volume: *volume,
            }
        };
        Bars::from_rows(name.parse().unwrap(), &rows.iter().map(row).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn the_period_before_decides_and_neighbouring_spans_join() {
        let all = [
            bars("A", &[("2020-01-02", 9.0), ("2020-06-30", 1.0), ("2020-07-01", 1.0), ("2020-12-31", 1.0)]),
            bars("B", &[("2020-01-02", 4.0), ("2020-06-30", 4.0), ("2020-07-01", 7.0), ("2020-12-31", 7.0)]),
            // Without a volume in the first half-year, with one in the second.
            bars("C", &[("2020-01-02", f64::NAN), ("2020-07-01", 3.0), ("2020-12-31", 3.0)]),
            // Half of a half-year is too little, however much is traded.
            bars("D", &[("2020-12-31", 900.0)]),
        ];
        let span = |from, to| DateSpan { start: day(from), end: day(to) };
        let symbol = |name: &str| name.parse::<Symbol>().unwrap();
        // First half: A has the median 50, B 40. Second half: B 70, C 30, A 10.
        let one = turnover_members(&all, 1, 6);
        assert_eq!(
            one,
            [
                (symbol("A"), span("2020-07-01", "2020-12-31")),
                (symbol("B"), span("2021-01-01", "2021-06-30"))
            ]
        );
        let two = turnover_members(&all, 2, 6);
        assert_eq!(
            two,
            [
                (symbol("A"), span("2020-07-01", "2020-12-31")),
                (symbol("B"), span("2020-07-01", "2021-06-30")),
                (symbol("C"), span("2021-01-01", "2021-06-30")),
            ]
        );
    }

    #[test]
    fn later_bars_change_no_earlier_member() {
        let all = [
            bars("A", &[("2020-01-02", 9.0), ("2020-07-02", 1.0), ("2021-01-04", 50.0)]),
            bars("B", &[("2020-03-03", 5.0), ("2020-08-03", 8.0), ("2021-01-04", 1.0)]),
        ];
        let cut: Vec<Bars> = all.iter().map(|b| b.slice(0..2)).collect();
        let until = |spans: Vec<(Symbol, DateSpan)>| -> Vec<(Symbol, DateSpan)> {
            spans.into_iter().filter(|(_, span)| span.start < day("2021-07-01")).collect()
        };
        assert_eq!(until(turnover_members(&all, 1, 6)), turnover_members(&cut, 1, 6));
    }
}
