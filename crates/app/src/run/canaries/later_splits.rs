//! A split that comes later is no news to an earlier feature.
//!
//! Taking a split out scales all prices before it and all volumes by its inverse. A feature that knows a level, and not only
//! moves, would then tell the model that a split is coming.

use std::collections::BTreeSet;

use proofmark_features::{Feature, SetProgram};
use proofmark_market::{Bars, Panel, Universe};
use proofmark_units::{Date, Symbol};

use crate::error::Result;

/// Ex-dates looked at.
const DATES: usize = 5;
/// Features that differ by less are the same but for rounding: a factor such as 1/3 is not exact.
const SAME: f64 = 1e-6;

/// What a split of `splits` changes in the features of the last bar before it, if it changes anything; `before` gives the
/// adjusted bars of a view that ends before a date.
pub(super) fn reached(
    set: &[&dyn Feature],
    bars: &[Bars],
    universe: &Universe,
    splits: &[(&Symbol, Date)],
    before: &dyn Fn(Date) -> Result<Vec<Bars>>,
) -> Result<Option<String>> {
    let dates: BTreeSet<Date> = splits.iter().map(|(_, date)| *date).collect();
    let apart = dates.len().div_ceil(DATES).max(1);
    let program = SetProgram::new(set);
    let compute = |bars: &[Bars]| program.panel(bars, &Panel::of(bars, universe));
    let all = compute(bars);
    for date in dates.into_iter().step_by(apart) {
        let then = before(date)?;
        let computed = compute(&then);
        for (symbol, _) in splits.iter().filter(|(_, ex_date)| *ex_date == date) {
            let own = |bars: &[Bars]| bars.iter().position(|b| b.symbol() == *symbol);
            let (Some(was), Some(is)) = (own(&then), own(bars)) else { continue };
            let (was, is) = (&computed[was].columns, &all[is].columns);
            for (feature, (was, is)) in set.iter().zip(was.iter().zip(is)) {
                let Some((row, was)) = was.iter().enumerate().next_back() else { continue };
                let is = is[row];
                let same = (was.is_nan() && is.is_nan()) || (was - is).abs() <= SAME * was.abs().max(1.0);
                if !same {
                    return Ok(Some(format!(
                        "feature `{}` of {symbol} before the split of {date} is {was} without it and {is} with it",
                        feature.name()
                    )));
                }
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use proofmark_features::TEACHER15;
    use proofmark_market::actions::{Adjust, adjustment};
    use proofmark_market::{BarRow, Membership};
    use proofmark_sources::read_actions;

    use super::*;

    /// Traded units: a level.
    struct Level;

    impl Feature for Level {
        fn name(&self) -> &'static str {
            "level"
        }
        fn doc(&self) -> &'static str {
            "Units traded."
        }
        fn unit(&self) -> &'static str {
            "units"
        }
        fn source(&self) -> &'static str {
            "planted"
        }
        fn look_back(&self) -> usize {
            1
        }
        fn compute(&self, bars: &Bars) -> Vec<f64> {
            bars.volume().to_vec()
        }
    }

    #[test]
    fn moves_are_clear_and_a_level_is_caught() {
        let row = |t: i32| {
            let date = Date::from_days(15_000 + t);
            let at = date.midnight_utc();
            let ratio = if t >= 300 { 3.0 } else { 1.0 };
            let close = (100.0 + f64::from((t * 7) % 11)) / ratio;
            let (high, low) = (close * 1.01, close * 0.99);
            BarRow { date, event_time: at, known_at: at, open: close, high, low, close, volume: 1e6 * ratio }
        };
        let symbol: Symbol = "A".parse().unwrap();
        let raw = Bars::from_rows(symbol.clone(), &(0..400).map(row).collect::<Vec<_>>()).unwrap();
        let date = Date::from_days(15_300);
        let declared = format!("symbol,ex_date,kind,value\nA,{date},split,3\n");
        let actions = read_actions(declared.as_bytes(), "test").unwrap();
        let view = |bars: &Bars| adjustment(bars, &actions, Adjust::Splits, None).unwrap().apply(bars);
        let bars = [view(&raw)];
        let before = |_: Date| Ok(vec![view(&raw.slice(0..300))]);
        let membership = Membership::WholeMarket;
        let universe =
            Universe { symbols: vec![symbol.clone()], membership, pauses: Vec::new(), groups: Vec::new() };
        let look =
            |set: &[&dyn Feature]| reached(set, &bars, &universe, &[(&symbol, date)], &before).unwrap();
        assert_eq!(look(TEACHER15), None);
        let caught = look(&[TEACHER15[0], &Level]).unwrap();
        assert!(caught.contains("`level` of A"), "{caught}");
    }
}
