//! Windows of the per-symbol batch.

use proofmark_units::{Date, DateSpan, Symbol};

/// Windows shorter than this many days are dropped.
const SHORTEST_DAYS: i32 = 7;

/// Windows could not be cut.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WindowError {
    /// The length lies outside 30 to 365 days.
    #[error("a window of {days} days is not within 30 and 365")]
    Length {
        /// The length asked for.
        days: u32,
    },
    /// The end lies before the start.
    #[error("the last date {end} lies before the first, {start}")]
    Reversed {
        /// First date.
        start: Date,
        /// Last date.
        end: Date,
    },
}

/// Consecutive windows of `days` calendar days from `start`; each begins on the date the one before ended, the last is
/// cut at `end`, and those shorter than 7 days are dropped.
///
/// # Errors
/// [`WindowError`].
pub fn windows(start: Date, end: Date, days: u32) -> Result<Vec<DateSpan>, WindowError> {
    let Some(length) = i32::try_from(days).ok().filter(|days| (30..=365).contains(days)) else {
        return Err(WindowError::Length { days });
    };
    if end < start {
        return Err(WindowError::Reversed { start, end });
    }
    let mut spans = Vec::new();
    let mut from = start;
    while from < end {
        let to = from.plus_days(length).min(end);
        if to.days() - from.days() >= SHORTEST_DAYS {
            spans.push(DateSpan { start: from, end: to });
        }
        from = to;
    }
    Ok(spans)
}

/// The window's name: `<SYMBOL>_<start>_to_<end>`. For people; the parts are kept as fields of their own.
pub fn window_label(symbol: &Symbol, window: DateSpan) -> String {
    format!("{symbol}_{}_to_{}", window.start, window.end)
}

/// The window's file stem: `<SYMBOL>_<yyyymmdd>_<yyyymmdd>`.
pub(crate) fn file_stem(symbol: &Symbol, window: DateSpan) -> String {
    let compact = |date: Date| format!("{:04}{:02}{:02}", date.year(), date.month(), date.day());
    format!("{symbol}_{}_{}", compact(window.start), compact(window.end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn three_years_are_seven_windows() {
        let spans = windows(date("2022-01-01"), date("2024-12-31"), 180).unwrap();
        let ends: Vec<String> = spans.iter().map(|span| span.end.to_string()).collect();
        let want = [
            "2022-06-30",
            "2022-12-27",
            "2023-06-25",
            "2023-12-22",
            "2024-06-19",
            "2024-12-16",
            "2024-12-31",
        ];
        assert_eq!(ends, want);
        assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start));
        let symbol: Symbol = "BAJAJ-AUTO".parse().unwrap();
        assert_eq!(window_label(&symbol, spans[0]), "BAJAJ-AUTO_2022-01-01_to_2022-06-30");
        assert_eq!(file_stem(&symbol, spans[0]), "BAJAJ-AUTO_20220101_20220630");
    }

    #[test]
    fn short_tails_are_dropped_and_odd_lengths_refused() {
        let spans = windows(date("2024-01-01"), date("2024-02-06"), 30).unwrap();
        assert_eq!(spans.len(), 1); // the tail of 6 days is gone
        assert_eq!(windows(date("2024-01-01"), date("2024-02-07"), 30).unwrap().len(), 2);
        assert_eq!(
            windows(date("2024-01-01"), date("2024-02-01"), 29),
            Err(WindowError::Length { days: 29 })
        );
        assert!(windows(date("2024-02-01"), date("2024-01-01"), 30).is_err());
        assert!(windows(date("2024-01-01"), date("2024-01-01"), 30).unwrap().is_empty());
    }
}
