//! What an expression declares is all that matters to a value.

use proofmark_features::expr::LookBack;

use super::{bars_with, every_operator, program};
use crate::bars::changed;

#[test]
fn bars_before_the_look_back_move_no_value_beyond_the_bound() {
    let rows = 1_500;
    let volumes: Vec<f64> = (0..rows).map(|t| f64::from(1_000 + t * 7_919 % 613)).collect();
    let bars = bars_with(&volumes);
    let row = bars.len() - 1;
    for text in every_operator() {
        let program = program(std::slice::from_ref(&text));
        let LookBack::Bars(look_back) = program.look_backs()[0] else { continue };
        assert!(look_back < row, "{text} looks back {look_back} bars");
        let oldest = row + 1 - look_back;
        let other = changed(&bars, |t, bar| {
            if t < oldest {
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= 1.3;
                }
                bar.volume *= 1.3;
            }
        });
        let column = &program.columns(&bars).unwrap()[0];
        let changed = program.columns(&other).unwrap()[0][row];
        // A history that starts later: what counts bars since the first has no look-back.
        let first = oldest.saturating_sub(oldest / 2);
        let late = *program.columns(&bars.slice(first..bars.len())).unwrap()[0].last().unwrap();
        let known: Vec<f64> = column.iter().copied().filter(|v| v.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
        let spread = known.iter().map(|v| (v - mean).abs()).sum::<f64>() / known.len().max(1) as f64;
        // A quotient of averages moves by more than they do.
        let allowed = 0.05 * spread + 1e-9 * mean.abs();
        for (what, after) in [("older bars changed", changed), ("a later start", late)] {
            let is_same = column[row] == after || (column[row].is_nan() && after.is_nan());
            assert!(
                is_same || (column[row] - after).abs() <= allowed,
                "{text}: {} became {after} with {what}, spread {spread}, look-back {look_back}",
                column[row]
            );
        }
    }
}
