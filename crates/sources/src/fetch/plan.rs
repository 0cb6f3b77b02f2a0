//! What will be asked for, before anything is: chunks by candle budget, requests, quota, time.

use std::time::Duration;

use proofmark_units::{Date, DateSpan};
use serde::Serialize;

use super::{Caps, Coverage, Instrument};

/// What a request takes besides waiting for its turn; only the printed estimate knows this.
const SECONDS_A_REQUEST: f64 = 0.4;

/// One chunk: whole days, asked for together and stored together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Chunk {
    /// First and last day.
    pub span: DateSpan,
    /// Days in it; days without a session do not count.
    pub days: u32,
    /// Requests it is expected to take.
    pub requests: u32,
}

/// What is missing of one instrument.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SeriesPlan {
    /// The instrument.
    pub instrument: Instrument,
    /// Days asked for that the store holds.
    pub covered: u32,
    /// What is to be fetched, ascending.
    pub chunks: Vec<Chunk>,
}

/// What a fetch will do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// The vendor.
    pub vendor: String,
    /// The kind of rows.
    pub dataset: String,
    /// Days asked for, ascending: finished sessions of the calendar.
    #[serde(skip)]
    pub days: Vec<Date>,
    /// Rows of a day when nothing is missing.
    pub rows_per_day: u32,
    /// Each instrument.
    pub series: Vec<SeriesPlan>,
    /// Requests expected.
    pub requests: u64,
    /// Rows expected if nothing is missing.
    pub rows: u64,
    /// Requests a UTC day that the vendor allows for all keys together.
    pub requests_per_day: Option<u64>,
    /// Requests that earlier commands made today (UTC).
    pub spent_today: u64,
    /// Seconds expected, by the rate limit; of the first day if the quota ends before.
    pub eta_seconds: f64,
}

impl Plan {
    /// Plans `days` (ascending, all finished) of each instrument, given what the store holds of it.
    pub fn new(
        caps: &Caps,
        rows_per_day: u32,
        days: Vec<Date>,
        instruments: Vec<(Instrument, Coverage)>,
        keys: usize,
        spent_today: u64,
    ) -> Self {
        let series: Vec<SeriesPlan> = instruments
            .into_iter()
            .map(|(instrument, coverage)| {
                let chunks = chunks(caps, rows_per_day, &days, &coverage);
                let missing: u32 = chunks.iter().map(|chunk| chunk.days).sum();
                let covered = u32::try_from(days.len()).unwrap_or(u32::MAX) - missing;
                SeriesPlan { instrument, covered, chunks }
            })
            .collect();
        let each = || series.iter().flat_map(|series| &series.chunks);
        let requests: u64 = each().map(|chunk| u64::from(chunk.requests)).sum();
        let rows = each().map(|chunk| u64::from(chunk.days) * u64::from(rows_per_day)).sum();
        let keys = u64::try_from(keys.max(1)).unwrap_or(1);
        let requests_per_day = caps.limits.per_day.map(|n| u64::from(n) * keys);
        let today = requests_per_day.map_or(requests, |n| requests.min(n.saturating_sub(spent_today)));
        let paced = today.saturating_sub(u64::from(caps.limits.burst) * keys) as f64;
        let rate = Duration::from_secs(60).as_secs_f64() / f64::from(caps.limits.per_minute.max(1));
        let eta_seconds = (paced * rate / keys as f64).max(today as f64 * SECONDS_A_REQUEST);
        Self {
            vendor: caps.folder.0.to_owned(),
            dataset: caps.folder.1.clone(),
            days,
            rows_per_day,
            series,
            requests,
            rows,
            requests_per_day,
            spent_today,
            eta_seconds,
        }
    }

    /// Chunks of every instrument.
    pub fn chunks(&self) -> usize {
        self.series.iter().map(|series| series.chunks.len()).sum()
    }

    /// UTC days that the requests take by the quota, today included.
    pub fn quota_days(&self) -> u64 {
        match self.requests_per_day {
            Some(per_day) => {
                let left = per_day.saturating_sub(self.spent_today);
                1 + self.requests.saturating_sub(left).div_ceil(per_day.max(1))
            }
            None => 1,
        }
    }
}

/// Missing days in runs that no covered day interrupts, cut by the candle budget. Days without a session between two
/// missing sessions do not cut a run, so a weekend costs nothing.
fn chunks(caps: &Caps, rows_per_day: u32, days: &[Date], coverage: &Coverage) -> Vec<Chunk> {
    let budget = (caps.rows_per_request / rows_per_day.max(1)).clamp(1, caps.days_per_chunk.max(1));
    days.chunk_by(|a, b| coverage.contains(*a) == coverage.contains(*b))
        .filter(|run| !coverage.contains(run[0]))
        .flat_map(|run| run.chunks(usize::try_from(budget).unwrap_or(1)))
        .map(|days| {
            let span = DateSpan { start: days[0], end: days[days.len() - 1] };
            let days = u32::try_from(days.len()).unwrap_or(u32::MAX);
            let rows = days.saturating_mul(rows_per_day);
            let requests = if caps.pages { rows.div_ceil(caps.rows_per_request.max(1)).max(1) } else { 1 };
            Chunk { span, days, requests }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proofmark_market::Calendar;

    use super::*;
    use crate::net::Limits;
    use proofmark_market::Interval;

    fn caps(rows_per_request: u32, pages: bool) -> Caps {
        Caps {
            vendor: "Testing",
            folder: ("testing", "bars-1d".into()),
            rows_per_request,
            pages,
            row_each_day: true,
            days_per_chunk: 1_000,
            limits: Limits { per_minute: 30, burst: 5, per_day: Some(5_000) },
        }
    }

    fn sessions(start: &str, end: &str) -> Vec<Date> {
        let span = DateSpan::new(start.parse().unwrap(), end.parse().unwrap()).unwrap();
        Calendar::named("XNSE").unwrap().sessions_in(span).unwrap().to_vec()
    }

    fn plan(caps: &Caps, interval: &str, days: &[Date], covered: &[(&str, &str)]) -> Plan {
        let mut coverage = Coverage::default();
        for (start, end) in covered {
            coverage.add(DateSpan::new(start.parse().unwrap(), end.parse().unwrap()).unwrap());
        }
        let interval: Interval = interval.parse().unwrap();
        let one = Instrument { symbol: "INFY".parse().unwrap(), code: "INFTEC".into() };
        Plan::new(caps, interval.bars_per_session(375), days.to_vec(), vec![(one, coverage)], 1, 0)
    }

    /// The budget of the Breeze cap: 1 minute 2 sessions, 5 minutes 13, 30 minutes 76, 1 day 1,000.
    #[test]
    fn chunks_hold_as_many_sessions_as_the_cap_allows() {
        let days = sessions("2022-01-01", "2024-12-31");
        for (interval, budget) in [("1m", 2), ("5m", 13), ("30m", 76), ("1d", 1_000)] {
            let plan = plan(&caps(1_000, false), interval, &days, &[]);
            let chunks = &plan.series[0].chunks;
            assert_eq!(chunks.len(), days.len().div_ceil(budget), "{interval}");
            assert!(chunks.iter().all(|chunk| chunk.requests == 1));
            assert_eq!(chunks[0].days as usize, budget.min(days.len()));
            assert_eq!(chunks.iter().map(|chunk| chunk.days as usize).sum::<usize>(), days.len());
        }
    }

    #[test]
    fn only_what_is_missing_is_asked_for_and_a_weekend_is_no_gap() {
        let days = sessions("2024-01-15", "2024-02-02");
        let plan = plan(
            &caps(1_000, false),
            "1d",
            &days,
            &[("2024-01-17", "2024-01-18"), ("2024-01-29", "2024-01-31")],
        );
        let spans: Vec<String> =
            plan.series[0].chunks.iter().map(|c| format!("{} {}", c.span, c.days)).collect();
        assert_eq!(
            spans,
            ["2024-01-15 to 2024-01-16 2", "2024-01-19 to 2024-01-25 5", "2024-02-01 to 2024-02-02 2"]
        );
        assert_eq!((plan.series[0].covered, plan.requests), (5, 3));
        let all = super::tests::plan(&caps(1_000, false), "1d", &days, &[("2024-01-01", "2024-12-31")]);
        assert_eq!((all.requests, all.chunks(), all.eta_seconds), (0, 0, 0.0));
    }

    #[test]
    fn requests_quota_and_time_are_told_before() {
        let days = sessions("2022-01-01", "2024-12-31");
        let minute = plan(&caps(1_000, false), "1m", &days, &[]);
        assert_eq!(minute.requests, (days.len() as u64).div_ceil(2));
        assert!((minute.eta_seconds - (minute.requests as f64 - 5.0) * 2.0).abs() < 1e-9);
        assert_eq!(minute.quota_days(), 1);
        // A vendor that pages: one day of 1,440 minutes takes two requests of 1,000.
        let paged = plan(&caps(300, true), "1m", &days[..3], &[]);
        assert_eq!((paged.chunks(), paged.requests), (3, 6));
        let spent = Plan { spent_today: 4_900, requests: 10_300, ..minute };
        assert_eq!(spent.quota_days(), 4);
    }
}
