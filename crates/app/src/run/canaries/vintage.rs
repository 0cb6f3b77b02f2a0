//! Values as they were known on the day: no bar or observation delivered or restated later is part of an earlier feature.

use proofmark_features::{Feature, SetProgram};
use proofmark_market::actions::Adjust;
use proofmark_market::{BarRow, Bars, Panel, Universe};
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
            if let Some(what) =
                later_splits::reached(&features, &data.bars, &data.universe, &splits, &before)?
            {
                return Ok(Seen::Caught(what));
            }
        }
        _ => {}
    }
    let (looked, caught) = context::look(&data.context, span)?;
    Ok(match (caught, check(&features, &data.bars, &data.universe, span)) {
        (Some(what), _) => Seen::Caught(what),
        (None, Seen::Clear(n)) => Seen::Clear(n + looked),
        (None, other) => other,
    })
}

/// Computes the features of a few dates again from what was known by then.
pub(crate) fn check(set: &[&dyn Feature], bars: &[Bars], universe: &Universe, span: DateSpan) -> Seen {
    let program = SetProgram::new(set);
    if program.compares_names()
        && let Some(what) = check_panel(&program, bars, universe, span)
    {
        return Seen::Caught(what);
    }
    let mut looked = 0;
    for symbol in bars {
        let first = symbol.dates().partition_point(|d| *d < span.start);
        let rows = symbol.len().saturating_sub(first);
        let dates: Vec<Date> = (1..=DATES)
            .filter(|_| rows > DATES)
            .map(|k| symbol.dates()[first + k * rows / (DATES + 1)])
            .collect();
        let full = program.compute(symbol);
        for date in dates {
            let end = symbol.dates().partition_point(|d| *d <= date);
            let known = known_by(symbol, date);
            if known.len() == end {
                looked += 1;
                continue;
            }
            let late = end - known.len();
            let same = known.last().is_some_and(|row| row.date == date)
                && Bars::from_rows(symbol.symbol().clone(), &known).is_ok_and(|as_of| {
                    let then = program.compute(&as_of);
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

/// The rows up to `date` that were known in time for the next session.
fn known_by(symbol: &Bars, date: Date) -> Vec<BarRow> {
    let deadline = date.plus_days(1).midnight_utc().plus_seconds(GRACE_SECONDS);
    let end = symbol.dates().partition_point(|d| *d <= date);
    (0..end).map(|i| symbol.row(i)).filter(|row| row.known_at <= deadline).collect()
}

/// The same where names are compared: a late bar of any name may change the values of all.
fn check_panel(
    program: &SetProgram<'_>,
    bars: &[Bars],
    universe: &Universe,
    span: DateSpan,
) -> Option<String> {
    let compute = |bars: &[Bars]| program.panel(bars, &Panel::of(bars, universe));
    let full = compute(bars);
    let dates: Vec<Date> =
        Panel::from_bars(bars).dates.into_iter().filter(|date| span.contains(*date)).collect();
    for date in (1..=DATES).filter_map(|k| dates.get(k * dates.len() / (DATES + 1)).copied()) {
        let known: Vec<Vec<BarRow>> = bars.iter().map(|symbol| known_by(symbol, date)).collect();
        let late: usize = bars
            .iter()
            .zip(&known)
            .map(|(symbol, known)| symbol.dates().partition_point(|d| *d <= date) - known.len())
            .sum();
        if late == 0 {
            continue;
        }
        let as_of: std::result::Result<Vec<Bars>, _> = bars
            .iter()
            .zip(&known)
            .map(|(symbol, known)| Bars::from_rows(symbol.symbol().clone(), known))
            .collect();
        let then = as_of.as_deref().map(compute).unwrap_or_default();
        for (s, symbol) in bars.iter().enumerate() {
            let Ok(row) = symbol.dates().binary_search(&date) else { continue };
            let last = known[s].len().checked_sub(1).filter(|last| known[s][*last].date == date);
            let same = last.zip(then.get(s)).is_some_and(|(last, then)| {
                let bits = |value: f64| if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() };
                full[s].columns.iter().zip(&then.columns).all(|(is, was)| bits(is[row]) == bits(was[last]))
            });
            if !same {
                return Some(format!(
                    "the features of {} on {date} use {late} bar(s) of all names that were delivered or restated after that day",
                    symbol.symbol()
                ));
            }
        }
    }
    None
}
