//! Labels start after their decision: prices of the decision's own bar are no part of what they earn.
//!
//! The bar may be part of the *unit* a label is measured in: the trailing volatility ends with it. A name whose closes
//! stood still has no unit and no label, and gets both once a bar moves. So only cells that have a label either way are
//! compared, and what they earn, not their scaled return. Barriers as far away as the unit says move with it: where it did,
//! a position that was closed at one says nothing.

use proofmark_labels::{ExitReason, LabelGrid, label_grid};
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
            let moved = was.unit[cell].to_bits() != is.unit[cell].to_bits();
            if earned.is_nan()
                || now.is_nan()
                || moved && [&was, &is].iter().any(|grid| at_barrier(grid, cell))
            {
                continue;
            }
            if earned.to_bits() != now.to_bits() {
                return Ok(Seen::Caught(format!(
                    "the label of {} decided at the close of {} reads that day's own bar: {earned:.4} became {now:.4}",
                    panel.symbols[s], panel.dates[t]
                )));
            }
            looked += 1;
        }
    }
    let early = (0..was.start.len())
        .find(|cell| was.start[*cell].is_some_and(|d| d <= panel.dates[cell / panel.width()]));
    Ok(match early {
        Some(cell) => Seen::Caught(format!(
            "a label decided on {} starts on or before that day",
            panel.dates[cell / panel.width()]
        )),
        None if looked == 0 => Seen::Blind("no date looked at has a label".to_owned()),
        None => Seen::Clear(looked),
    })
}

fn at_barrier(grid: &LabelGrid, cell: usize) -> bool {
    grid.exit_reason[cell].is_some_and(|reason| reason != ExitReason::MaxHold)
}

#[cfg(test)]
mod tests {
    use proofmark_labels::LabelSpec;
    use proofmark_market::BarRow;

    use super::*;

    const SESSIONS: usize = 300;
    const HORIZON: usize = 5;

    /// Closes that go up and down; `carried` names repeat the bar of session 20 from then on for as many sessions.
    fn bars(carried: &[(usize, usize)]) -> Vec<Bars> {
        let one = |s: usize| {
            let still = carried.iter().find(|(name, _)| *name == s).map_or(0, |(_, sessions)| *sessions);
            let rows: Vec<BarRow> = (0..SESSIONS)
                .map(|t| {
                    let date = Date::from_days(i32::try_from(15_000 + t).unwrap());
                    let moved = if (20..20 + still).contains(&t) { 20 } else { t };
                    let price = |k: usize| 100.0 + (((k + 3 * s) * 7) % 11) as f64;
                    let (open, close) = (price(moved), price(moved + 1));
                    let (high, low) = (open.max(close), open.min(close));
                    let event_time = date.midnight_utc();
                    BarRow { date, event_time, known_at: event_time, open, high, low, close, volume: 1e6 }
                })
                .collect();
            Bars::from_rows(format!("S{s}").parse().unwrap(), &rows).unwrap()
        };
        (0..3).map(one).collect()
    }

    fn labels(panel: &Panel) -> LabelGrid {
        let spec =
            LabelSpec::FixedHorizon { horizon: HORIZON, vol_window: 20, threshold: 0.0, relative: true };
        label_grid(panel, &spec)
    }

    /// A careless label: from the decision's own close.
    fn from_the_close(panel: &Panel) -> LabelGrid {
        let (mut grid, width) = (labels(panel), panel.width());
        for cell in 0..(panel.len() - HORIZON - 1) * width {
            if grid.forward_return[cell].is_finite() {
                grid.forward_return[cell] =
                    panel.open[cell + (HORIZON + 1) * width] / panel.close[cell] - 1.0;
            }
        }
        grid
    }

    #[test]
    fn a_name_that_stood_still_has_no_unit_and_is_not_looked_at() {
        // Session 50, the first looked at, ends a window of 20 equal closes of one name.
        let still = bars(&[(1, 40)]);
        let panel = Panel::from_bars(&still);
        assert!(labels(&panel).forward_return[panel.cell(50, 1)].is_nan(), "without a volatility, no label");
        let moved = Panel::from_bars(&markets::lifted(&still, &[panel.dates[50]]).unwrap());
        assert!(labels(&moved).forward_return[panel.cell(50, 1)].is_finite(), "the lifted bar gives it one");
        assert!(matches!(check(&still, HORIZON, &labels).unwrap(), Seen::Clear(14)));
        assert!(matches!(check(&bars(&[]), HORIZON, &labels).unwrap(), Seen::Clear(15)));
    }

    #[test]
    fn barriers_that_move_with_the_volatility_are_no_leak() {
        let barriers = |multiple: f64| {
            move |panel: &Panel| {
                let (stop, target) = (multiple, multiple);
                label_grid(
                    panel,
                    &LabelSpec::VolatilityBarrier { vol_span: 20, stop, target, max_hold: HORIZON },
                )
            }
        };
        // The close of 1.0 deviations is reached within days, that of 30 never.
        assert!(matches!(
            check(&bars(&[]), HORIZON, &barriers(1.0)).unwrap(),
            Seen::Clear(_) | Seen::Blind(_)
        ));
        assert!(matches!(check(&bars(&[]), HORIZON, &barriers(30.0)).unwrap(), Seen::Clear(15)));
    }

    #[test]
    fn a_label_from_the_close_is_caught_among_carried_bars() {
        for market in [bars(&[]), bars(&[(1, 40)])] {
            assert!(matches!(check(&market, HORIZON, &from_the_close).unwrap(), Seen::Caught(_)));
        }
    }

    #[test]
    fn a_market_that_stands_still_blinds_it() {
        let still = bars(&[(0, SESSIONS), (1, SESSIONS), (2, SESSIONS)]);
        assert!(matches!(check(&still, HORIZON, &labels).unwrap(), Seen::Blind(_)));
    }
}
