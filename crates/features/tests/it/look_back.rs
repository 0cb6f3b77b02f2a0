//! Bars older than the declared look-back do not matter beyond the documented bound.

use proofmark_features::{LOOK_BACK_WEIGHT, TEACHER15, registry};

use crate::bars::{changed, simulated};

#[test]
fn older_bars_move_a_value_by_no_more_than_the_bound() {
    let bars = simulated(700, 11);
    let row = 600;
    for feature in TEACHER15 {
        // Every bar older than the look-back costs 30 % more and trades ten times as much.
        let oldest = row + 1 - feature.look_back();
        let other = changed(&bars, |t, bar| {
            if t < oldest {
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= 1.3;
                }
                bar.volume *= 10.0;
            }
        });
        let (before, after) = (feature.compute(&bars)[row], feature.compute(&other)[row]);
        let highest = bars.high()[..oldest].iter().fold(0.0, |a: f64, b| a.max(*b));
        // Every average is a mean of prices: its shift is at most the weight left times the shift of a price; a
        // difference of two averages doubles that. A feature divides by ATR or by the price.
        let shift = 2.0 * LOOK_BACK_WEIGHT * 0.3 * highest;
        let bound = match (feature.name(), feature.unit()) {
            ("ema_12" | "ema_26" | "macd_histogram", _) => {
                let atr = TEACHER15[5].compute(&bars)[row] * bars.close()[row];
                shift / atr
            }
            ("macd_line" | "macd_signal", _) => 1.1 * shift / bars.close()[row],
            _ => 1e-12,
        };
        assert!((before - after).abs() <= bound, "{}: {before} became {after}", feature.name());
    }
}

#[test]
fn the_declared_look_back_is_not_longer_than_needed() {
    // Windows: the oldest bar inside does matter.
    let bars = simulated(700, 12);
    let row = 600;
    for feature in TEACHER15.iter().filter(|f| !f.name().starts_with("ema") && !f.name().starts_with("macd"))
    {
        let oldest = row + 1 - feature.look_back();
        let other = changed(&bars, |t, bar| {
            if t == oldest {
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= 1.2;
                }
            }
        });
        assert_ne!(feature.compute(&bars)[row], feature.compute(&other)[row], "{}", feature.name());
    }
}

#[test]
fn what_a_set_declares_is_all_that_matters() {
    let bars = simulated(1_300, 13);
    let row = 1_299;
    for feature in registry().iter().flat_map(|set| &set.features) {
        if feature.look_back() == usize::MAX {
            continue;
        }
        let oldest = row + 1 - feature.look_back();
        let other = changed(&bars, |t, bar| {
            if t < oldest {
                for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *price *= 1.3;
                }
                bar.volume *= 10.0;
            }
        });
        let (column, after) = (feature.compute(&bars), feature.compute(&other)[row]);
        let known: Vec<f64> = column.iter().copied().filter(|v| v.is_finite()).collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let spread = known.iter().map(|v| (v - mean).abs()).sum::<f64>() / known.len() as f64;
        // A quotient of averages moves by more than they do; the jump of 30 % is some twenty daily ranges.
        let allowed = 0.05 * spread + 1e-9 * mean.abs();
        let apart = (column[row] - after).abs();
        assert!(
            apart <= allowed || (column[row].is_nan() && after.is_nan()),
            "{}: {} became {after}, spread {spread}",
            feature.name(),
            column[row]
        );
    }
}
