//! Labels start after their decision: prices of the decision's own bar are no part of what they earn.

use proofmark_labels::{LabelGrid, label_grid};
use proofmark_market::{Bars, Panel};
use proofmark_units::Date;

use super::super::engine::Run;
use super::{Seen, markets};
use crate::error::Result;
use crate::progress::Work;

/// Sessions whose bars are changed.
const DATES: usize = 5;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let pipeline = &run.inputs.pipeline;
    check(&run.data.bars, pipeline.label.horizon(), &|panel| label_grid(panel, &pipeline.label))
}

/// Lifts the bars of a few sessions, far apart, and compares what labels decided at their closes earn.
pub(crate) fn check(bars: &[Bars], horizon: usize, labels: &dyn Fn(&Panel) -> LabelGrid) -> Result<Seen> {
    let panel = Panel::from_bars(bars);
    let apart = panel.len() / (DATES + 1);
    if apart <= 2 * (horizon + 1) {
        return Ok(Seen::Blind(format!("{} sessions are too few", panel.len())));
    }
    let chosen: Vec<usize> = (1..=DATES).map(|k| k * apart).collect();
    let dates: Vec<Date> = chosen.iter().map(|t| panel.dates[*t]).collect();
    let was = labels(&panel);
    let is = labels(&Panel::from_bars(&markets::lifted(bars, &dates)?));
    let mut looked = 0;
    for t in chosen {
        for s in 0..panel.width() {
            let cell = panel.cell(t, s);
            let (earned, now) = (was.forward_return[cell], is.forward_return[cell]);
            if earned.to_bits() != now.to_bits() {
                return Ok(Seen::Caught(format!(
                    "the label of {} decided at the close of {} reads that day's own bar: {earned:.4} became {now:.4}",
                    panel.symbols[s], panel.dates[t]
                )));
            }
            looked += usize::from(earned.is_finite());
        }
    }
    let early = (0..was.start.len())
        .find(|cell| was.start[*cell].is_some_and(|d| d <= panel.dates[cell / panel.width()]));
    Ok(match early {
        Some(cell) => Seen::Caught(format!(
            "a label decided on {} starts on or before that day",
            panel.dates[cell / panel.width()]
        )),
        None => Seen::Clear(looked),
    })
}
