//! Values as they were known on the day: no bar or observation delivered or restated later is part of an earlier feature.

use proofmark_features::{Feature, compute_set};
use proofmark_market::Bars;
use proofmark_market::actions::Adjust;
use proofmark_units::{Date, DateSpan, Symbol};

use super::super::engine::Run;
use super::super::view::view;
use super::{Seen, context, later_splits};
use crate::error::Result;
use crate::progress::Work;

/// Dates looked at.
const DATES: usize = 5;
/// A bar must be known one hour after midnight (UTC) that ends its date: before the next session of any shipped calendar
/// opens, and with an hour for a market that never closes.
const GRACE_SECONDS: i64 = 3_600;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let (data, span, features) = (&run.data, run.data.out_of_sample, run.data.features());
    match &data.raw {
        Some(raw) if data.actions.adjust != Adjust::None => {
            let splits = data.actions.actions.iter().filter(|a| a.kind.is_split());
            let splits: Vec<(&Symbol, Date)> =
                splits.map(|a| (&a.symbol, a.ex_date)).filter(|(_, date)| span.contains(*date)).collect();
            let before = |date: Date| {
                let cut = |b: &Bars| b.slice(0..b.dates().partition_point(|d| *d < date));
                let raw = raw.iter().map(cut).filter(|b| !b.is_empty()).collect();
                Ok(view(&run.inputs.pipeline, &data.calendar, &data.lists, raw)?.bars)
            };
            if let Some(what) = later_splits::reached(&features, &data.bars, &splits, &before)? {
                return Ok(Seen::Caught(what));
            }
        }
        _ => {}
    }
    let (looked, caught) = context::look(&data.context, span)?;
    Ok(match (caught, check(&features, &data.bars, span)) {
        (Some(what), _) => Seen::Caught(what),
        (None, Seen::Clear(n)) => Seen::Clear(n + looked),
        (None, other) => other,
    })
}

/// Computes the features of a few dates again from what was known by then.
pub(crate) fn check(set: &[&dyn Feature], bars: &[Bars], span: DateSpan) -> Seen {
    let mut looked = 0;
    for symbol in bars {
        let first = symbol.dates().partition_point(|d| *d < span.start);
        let rows = symbol.len().saturating_sub(first);
        let dates: Vec<Date> = (1..=DATES)
            .filter(|_| rows > DATES)
            .map(|k| symbol.dates()[first + k * rows / (DATES + 1)])
            .collect();
        let full = compute_set(set, symbol);
        for date in dates {
            let deadline = date.plus_days(1).midnight_utc().plus_seconds(GRACE_SECONDS);
            let end = symbol.dates().partition_point(|d| *d <= date);
            let known: Vec<_> =
                (0..end).map(|i| symbol.row(i)).filter(|row| row.known_at <= deadline).collect();
            if known.len() == end {
                looked += 1;
                continue;
            }
            let late = end - known.len();
            let same = known.last().is_some_and(|row| row.date == date)
                && Bars::from_rows(symbol.symbol().clone(), &known).is_ok_and(|as_of| {
                    let then = compute_set(set, &as_of);
                    let last = |columns: &[Vec<f64>], at: usize| -> Vec<u64> {
                        columns.iter().map(|c| c[at].to_bits()).collect()
                    };
                    last(&then.columns, known.len() - 1) == last(&full.columns, end - 1)
                });
            if !same {
                return Seen::Caught(format!(
                    "the features of {} on {date} use {late} bar(s) that were delivered or restated after that day",
                    symbol.symbol()
                ));
            }
            looked += 1;
        }
    }
    if looked == 0 { Seen::Blind("no symbol has enough sessions".to_owned()) } else { Seen::Clear(looked) }
}
