//! Stamps against the clock and against what came with them.

use super::{Check, Hit};
use crate::quality::Severity;

/// Bars from the future.
pub(super) const FUTURE_STAMP: Check = Check {
    id: "future_stamp",
    doc: "The stamp lies after the instant of the check.",
    severity: Severity::Error,
    hint: "check the zone and the date format; forecasts do not belong into bars",
    find: |view, context| {
        let Some(now) = context.now else { return Vec::new() };
        let from = view.at().partition_point(|at| *at <= now);
        (from..view.len()).map(|row| Hit::one(row, 0.0)).collect()
    },
    describe: |view, hit| format!("{} has not come yet", view.at()[hit.row]),
};

/// Days without a bar after which a series has ended.
const STALE_DAYS: i64 = 30;

/// Series that end early.
pub(super) const STALE_SERIES: Check = Check {
    id: "stale_series",
    doc: "The last bar is over 30 days older than the newest of everything delivered with it: delisted, renamed, discontinued or no longer fetched. The value is the days.",
    severity: Severity::Info,
    hint: "tell a delisting from a dead feed before the series is used up to today",
    find: |view, context| {
        let (Some(newest), Some(last)) = (context.newest, view.at().last()) else { return Vec::new() };
        let days = (newest.nanos() - last.nanos()) / super::view::DAY;
        if days <= STALE_DAYS {
            return Vec::new();
        }
        vec![Hit { row: view.len() - 1, rows: 0, value: days as f64 }]
    },
    describe: |view, hit| format!("ends on {}, {} days before the rest", view.clock[hit.row].0, hit.value),
};
