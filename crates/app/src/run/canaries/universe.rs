//! Whether the universe holds what its papers say; blind where nothing can be checked.

use std::collections::BTreeSet;

use proofmark_market::{Bars, Membership, turnover_members};
use proofmark_units::{Date, DateSpan, Symbol};

use super::super::engine::Run;
use super::Seen;
use crate::error::Result;
use crate::progress::Work;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let universe = &run.data.universe;
    Ok(match &universe.membership {
        Membership::CarriedBack { chosen_at } => {
            Seen::Blind(format!("membership at each date is not known, only a list drawn up on {chosen_at}"))
        }
        Membership::WholeMarket => match run.data.simulated.iter().find(|s| !universe.symbols.contains(s)) {
            Some(s) => Seen::Caught(format!("the universe claims the whole market and leaves out `{s}`")),
            None => Seen::Clear(universe.symbols.len()),
        },
        Membership::PointInTime { spans } => point_in_time(run, spans),
    })
}

/// No row outside its name's spans, and the same members from the bars of every earlier period alone.
fn point_in_time(run: &Run<'_>, spans: &[(Symbol, DateSpan)]) -> Seen {
    let (data, rows) = (&run.data.frame.dataset, run.data.frame.dataset.len());
    let stray = (0..rows).find(|row| {
        let symbol = &data.symbols()[data.symbol_indices()[*row] as usize];
        !spans.iter().any(|(member, span)| member == symbol && span.contains(data.date(*row)))
    });
    if let Some(row) = stray {
        let symbol = &data.symbols()[data.symbol_indices()[row] as usize];
        return Seen::Caught(format!("`{symbol}` is used on {}, when it was no member", data.date(row)));
    }
    let (Some(rank), Some(raw)) = (run.inputs.pipeline.universe.rank, &run.data.raw) else {
        // A list is taken at its word: what it says of a date cannot be computed again.
        return Seen::Clear(rows);
    };
    let exclude = &run.inputs.pipeline.universe.exclude;
    let starts: BTreeSet<Date> = spans.iter().map(|(_, span)| span.start).collect();
    for start in starts {
        let before: Vec<Bars> =
            raw.iter().map(|b| b.slice(0..b.dates().partition_point(|date| *date < start))).collect();
        let then: BTreeSet<Symbol> = turnover_members(&before, rank.top, rank.months)
            .into_iter()
            .filter(|(symbol, span)| span.contains(start) && !exclude.contains(symbol))
            .map(|(symbol, _)| symbol)
            .collect();
        let now: BTreeSet<Symbol> =
            spans.iter().filter(|(_, span)| span.contains(start)).map(|(symbol, _)| symbol.clone()).collect();
        if let Some(symbol) = then.symmetric_difference(&now).next() {
            return Seen::Caught(format!(
                "whether `{symbol}` is a member from {start} on depends on later bars"
            ));
        }
    }
    Seen::Clear(rows)
}
