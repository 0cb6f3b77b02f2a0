//! Rows before a date do not change when the bars after it come in another order, and when the observations
//! after it are other ones.

use proofmark_market::Bars;
use proofmark_units::{Date, Seed};

use super::super::engine::Run;
use super::super::prepare::Frame;
use super::{Seen, markets};
use crate::error::Result;
use crate::progress::Work;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let from = run.data.out_of_sample.start;
    let other = run.data.other_context(from)?;
    let features = other.features();
    let build = |bars: &[Bars]| Frame::build(&run.inputs.pipeline, &features, bars, &run.data.universe);
    let seed = run.seed.child("canaries").child("shuffled_future");
    check(&run.data.frame, &run.data.bars, from, &seed, &build)
}

/// Builds the frame again on a market whose future is shuffled, and compares features and finished labels bit for bit.
pub(crate) fn check(
    frame: &Frame,
    bars: &[Bars],
    from: Date,
    seed: &Seed,
    build: &dyn Fn(&[Bars]) -> Result<Frame>,
) -> Result<Seen> {
    let other = build(&markets::shuffled_future(bars, from, seed)?)?;
    let (was, is) = (&frame.dataset, &other.dataset);
    let rows = was.sessions().partition_point(|t| was.dates()[*t as usize] < from);
    for (j, name) in was.feature_names().iter().enumerate() {
        let differs = |row: &usize| {
            was.column(j)[*row].to_bits() != is.column(j).get(*row).copied().unwrap_or(f64::NAN).to_bits()
        };
        if let Some(row) = (0..rows).find(differs) {
            return Ok(Seen::Caught(format!(
                "feature `{name}` of {} on {} changes with the order of bars from {from} on",
                was.symbols()[was.symbol_indices()[row] as usize],
                was.date(row)
            )));
        }
    }
    let over = |row: &usize| was.label_span(*row).is_some_and(|span| span.end < from);
    let label = |row: &usize| was.class()[*row].to_bits() != is.class()[*row].to_bits();
    if let Some(row) = (0..rows).filter(over).find(label) {
        return Ok(Seen::Caught(format!(
            "the label decided on {}, which says it ends before {from}, changes with later bars",
            was.date(row)
        )));
    }
    Ok(Seen::Clear(rows))
}
