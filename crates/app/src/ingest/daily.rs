//! Intraday rows to one bar a session, when the caller asks for it by name.

use proofmark_sources::{Clocks, RawRow, StampError};
use proofmark_units::{Date, Instant, Zone};

/// Why intraday rows of one symbol give no daily bars.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ToDailyError {
    #[error(transparent)]
    Stamp(#[from] StampError),
    /// Which of the two is right cannot be told from the rows.
    #[error("two bars carry the instant {0}")]
    Twice(Instant),
    #[error("a row of {0} has no time of day")]
    NoTime(Date),
}

/// One bar a date of `zone`'s clocks: first open, highest high, lowest low, last close, sum of volumes.
pub(super) fn to_daily(rows: &[RawRow], zone: &Zone) -> Result<Vec<RawRow>, ToDailyError> {
    let mut placed = Vec::with_capacity(rows.len());
    let mut clocks = Clocks::new(Some(zone));
    for row in rows {
        let time = row.time.ok_or(ToDailyError::NoTime(row.date))?;
        let (instant, offset) = clocks.place(row.date, time)?;
        placed.push((instant, instant.plus_seconds(offset).utc_date(), *row));
    }
    placed.sort_by_key(|(instant, ..)| *instant);
    if let Some(pair) = placed.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(ToDailyError::Twice(pair[0].0));
    }
    let mut days: Vec<RawRow> = Vec::new();
    for (_, date, row) in placed {
        match days.last_mut().filter(|day| day.date == date) {
            None => days.push(RawRow { date, time: None, ..row }),
            Some(day) => {
                day.high = day.high.max(row.high);
                day.low = day.low.min(row.low);
                day.close = row.close;
                day.volume += row.volume;
                day.turnover += row.turnover;
            }
        }
    }
    Ok(days)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proofmark_sources::WrittenTime;

    fn row(date: &str, hour: i64, prices: [f64; 4]) -> RawRow {
        let [open, high, low, close] = prices;
        let time = Some(WrittenTime { nanos: hour * 3_600_000_000_000, offset_seconds: None });
        RawRow { date: date.parse().unwrap(), open, high, low, close, volume: 5.0, turnover: f64::NAN, time }
    }

    #[test]
    fn a_session_is_cut_by_the_named_zone() {
        let rows = [
            row("2024-01-02", 23, [3.0, 3.5, 2.9, 3.1]),
            row("2024-01-02", 20, [1.0, 4.0, 0.5, 3.0]),
            row("2024-01-03", 1, [3.1, 3.2, 3.0, 3.05]),
        ];
        let utc = to_daily(&rows, &Zone::named("UTC").unwrap()).unwrap();
        assert_eq!(utc.len(), 2);
        assert_eq!(
            (utc[0].open, utc[0].high, utc[0].low, utc[0].close, utc[0].volume),
            (1.0, 4.0, 0.5, 3.1, 10.0)
        );
        // The same clock readings in Kolkata fall on the same dates of Kolkata.
        assert_eq!(to_daily(&rows, &Zone::named("Asia/Kolkata").unwrap()).unwrap().len(), 2);
        let twice = [rows[0], rows[0]];
        assert!(matches!(to_daily(&twice, &Zone::named("UTC").unwrap()), Err(ToDailyError::Twice(_))));
    }
}
