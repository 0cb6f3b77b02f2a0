//! Bars shorter than a session, one table for each interval.

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Schema};
use parquet::errors::ParquetError;
use proofmark_market::{Interval, IntradayBar};
use proofmark_units::{Date, DateSpan, Instant, Symbol};

use crate::lake::{Delivery, IngestReport, Lake, Meter};
use crate::lake_error::LakeError;
use crate::manifest::Table;
use crate::part::Part;
use crate::table::{
    Sources, days, decode, encode, numbers, read_days, read_numbers, read_times, refuse_nulls, schema,
    time_type, times, wrong,
};
use crate::versions::{Version, bits, latest};

/// The columns beside where the rows came from, in order.
pub(crate) const COLUMNS: [&str; 10] =
    ["session", "start", "event_time", "known_at", "open", "high", "low", "close", "volume", "turnover"];

impl Lake {
    /// Adds intraday bars of many symbols; rows that are held already add nothing, and a bar that changed is a later
    /// version beside the earlier one. Either all symbols arrive or none.
    ///
    /// # Errors
    /// [`LakeError::KnownBeforeEvent`] for a bar known before it ended, [`LakeError::NotIntraday`] for an interval of a
    /// session, and what writing gave; nothing is changed then.
    pub fn append_intraday(
        &mut self,
        interval: Interval,
        batches: &[(Symbol, Vec<IntradayBar>)],
        delivery: &Delivery,
    ) -> Result<Vec<IngestReport>, LakeError> {
        self.append_intraday_metered(interval, batches, delivery, &|_| {})
    }

    /// As [`append_intraday`](Self::append_intraday), and tells `meter` how many more of the rows given are on the disk.
    ///
    /// # Errors
    /// As [`append_intraday`](Self::append_intraday).
    pub fn append_intraday_metered(
        &mut self,
        interval: Interval,
        batches: &[(Symbol, Vec<IntradayBar>)],
        delivery: &Delivery,
        meter: Meter<'_>,
    ) -> Result<Vec<IngestReport>, LakeError> {
        if !Interval::INTRADAY.contains(&interval) {
            return Err(LakeError::NotIntraday { interval });
        }
        for (symbol, rows) in batches {
            if let Some(row) = rows.iter().find(|row| row.known_at < row.event_time) {
                return Err(LakeError::KnownBeforeEvent { symbol: symbol.clone(), date: row.session });
            }
        }
        let table = Table::Intraday(interval);
        self.append_metered(table, &[(delivery, batches)], &decode_bars, &encode_bars, meter)
    }

    /// Bars of `symbol` whose sessions lie inside `span`, ascending by start, as known at `as_of` (`None`: everything
    /// known so far). Where one delivery held two bars of one start, both are returned.
    ///
    /// # Errors
    /// [`LakeError::Unknown`] for a symbol without such bars; otherwise what reading gave.
    pub fn read_intraday(
        &self,
        interval: Interval,
        symbol: &Symbol,
        span: DateSpan,
        as_of: Option<Instant>,
    ) -> Result<Vec<IntradayBar>, LakeError> {
        let mut files = self.entries(Table::Intraday(interval), symbol)?;
        files.retain(|file| file.first <= span.end && file.last >= span.start);
        let mut rows = latest(self.decode_files(&files, &decode_bars)?, as_of);
        rows.retain(|row| span.contains(row.session));
        Ok(rows)
    }

    /// Intervals with bars: a session first, then the shorter ones, ascending.
    pub fn intervals(&self) -> Vec<Interval> {
        let held = |interval: &Interval| !self.names(Table::bars(*interval)).is_empty();
        std::iter::once(Interval::Day1).chain(Interval::INTRADAY).filter(held).collect()
    }
}

impl Version for IntradayBar {
    /// The session ascends with the start wherever sessions do not overlap, and comes first since a file is looked for by
    /// it.
    type Key = (Date, Instant);
    type Fact = [u64; 6];

    fn key(&self) -> Self::Key {
        (self.session, self.start)
    }
    fn date(&self) -> Date {
        self.session
    }
    fn known_at(&self) -> Instant {
        self.known_at
    }
    fn known_from(self, known_at: Instant) -> Self {
        Self { known_at, ..self }
    }
    fn fact(&self) -> [u64; 6] {
        [self.open, self.high, self.low, self.close, self.volume, self.turnover].map(bits)
    }
}

/// The columns of every file of intraday bars.
pub(crate) fn bar_schema() -> Schema {
    let kinds = std::iter::once(DataType::Date32).chain(std::iter::repeat_n(time_type(), 3));
    schema(&COLUMNS, kinds.chain(std::iter::repeat_n(DataType::Float64, 6)))
}

pub(crate) fn encode_bars(rows: &[IntradayBar], sources: Sources<'_>) -> Result<RecordBatch, ParquetError> {
    let columns = vec![
        days(rows.iter().map(|row| row.session)),
        times(rows.iter().map(|row| row.start)),
        times(rows.iter().map(|row| row.event_time)),
        times(rows.iter().map(|row| row.known_at)),
        numbers(rows, |row| row.open),
        numbers(rows, |row| row.high),
        numbers(rows, |row| row.low),
        numbers(rows, |row| row.close),
        numbers(rows, |row| row.volume),
        numbers(rows, |row| row.turnover),
    ];
    encode(bar_schema(), columns, sources)
}

pub(crate) fn decode_bars(part: Part) -> Result<Vec<IntradayBar>, ParquetError> {
    let mut rows = Vec::new();
    decode(part, &COLUMNS, |columns| {
        refuse_nulls(columns)?;
        let [session, start, event_time, known_at, open, high, low, close, volume, turnover] = columns else {
            return Err(wrong("a table of intraday bars"));
        };
        let session = read_days(session)?;
        let (start, event_time) = (read_times(start)?, read_times(event_time)?);
        let known_at = read_times(known_at)?;
        let (open, high, low) = (read_numbers(open)?, read_numbers(high)?, read_numbers(low)?);
        let (close, volume) = (read_numbers(close)?, read_numbers(volume)?);
        let turnover = read_numbers(turnover)?;
        rows.extend((0..session.len()).map(|i| IntradayBar {
            session: Date::from_days(session[i]),
            start: Instant::from_micros(start[i]),
            event_time: Instant::from_micros(event_time[i]),
            known_at: Instant::from_micros(known_at[i]),
            open: open[i],
            high: high[i],
            low: low[i],
            close: close[i],
            volume: volume[i],
            turnover: turnover[i],
        }));
        Ok(())
    })?;
    Ok(rows)
}
