//! Invented bars: arithmetic on the date, so that a test knows every value.

use proofmark_units::{Date, DateSpan};
use serde_json::Value;

/// Open, high, low, close and volume of the `slot`-th bar of `day`; valid prices, all different.
pub fn bar(day: Date, slot: u32) -> [f64; 5] {
    let open = 100.0 + f64::from(day.days().rem_euclid(1_000)) / 8.0 + f64::from(slot) / 1_024.0;
    [open, open + 2.0, open - 1.0, open + 0.5, 1_000.0 + f64::from(slot)]
}

/// The days from `start` to `end`, both included.
///
/// # Panics
/// If one is no date.
pub fn days(start: &str, end: &str) -> Vec<Date> {
    let date = |text: &str| text.parse::<Date>().expect("the test names a date");
    let span = DateSpan { start: date(start), end: date(end) };
    (span.start.days()..=span.end.days()).map(Date::from_days).collect()
}

/// What is odd about the rows of a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Twist {
    /// Nothing.
    Honest,
    /// The last row comes first, and every third one twice.
    Jumbled,
    /// The second row holds words instead of numbers.
    Garbled,
}

/// `rows` with the oddity; `spoil` makes a row unreadable.
pub fn twisted(mut rows: Vec<Value>, twist: Twist, spoil: impl Fn(&mut Value)) -> Vec<Value> {
    match twist {
        Twist::Honest => {}
        Twist::Jumbled => {
            rows = rows
                .into_iter()
                .enumerate()
                .flat_map(|(i, row)| std::iter::repeat_n(row, if i % 3 == 2 { 2 } else { 1 }))
                .collect();
            let by = usize::from(!rows.is_empty());
            rows.rotate_right(by);
        }
        Twist::Garbled => rows.iter_mut().skip(1).take(1).for_each(spoil),
    }
    rows
}
