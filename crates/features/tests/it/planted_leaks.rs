//! The check catches features that see the future.

use proofmark_features::{PrefixViolation, check_prefix_invariance};
use proofmark_market::Bars;

use crate::bars::simulated;

#[track_caller]
fn caught(compute: &dyn Fn(&Bars) -> Vec<f64>) -> PrefixViolation {
    let violation = check_prefix_invariance(compute, &simulated(300, 21), &[50, 120, 250]).unwrap_err();
    assert!(violation.row < violation.cut);
    violation
}

#[test]
fn a_centred_mean_is_caught_in_its_last_rows() {
    let violation = caught(&|bars| {
        let close = bars.close();
        let mean = |t: usize| {
            let part = &close[t.saturating_sub(2)..(t + 3).min(close.len())];
            part.iter().sum::<f64>() / part.len() as f64
        };
        (0..close.len()).map(mean).collect()
    });
    assert_eq!((violation.cut, violation.row), (50, 48));
}

#[test]
fn a_backfill_is_caught() {
    // Only every tenth row is known; the rows before take the next known value.
    caught(&|bars| {
        let close = bars.close();
        (0..close.len()).map(|t| close.get(t.next_multiple_of(10)).copied().unwrap_or(f64::NAN)).collect()
    });
}

#[test]
fn a_full_sample_quantile_is_caught() {
    let violation = caught(&|bars| {
        let mut sorted = bars.close().to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        bars.close().iter().map(|close| close - median).collect()
    });
    assert_eq!(violation.row, 0);
}

#[test]
fn a_repainting_pivot_is_caught() {
    // 1 where the high is the highest of two bars before and two after: known two bars later, painted back.
    caught(&|bars| {
        let high = bars.high();
        let is_pivot = |t: usize| {
            let part = &high[t.saturating_sub(2)..(t + 3).min(high.len())];
            f64::from(u8::from(part.iter().all(|h| *h <= high[t])))
        };
        (0..high.len()).map(is_pivot).collect()
    });
}

#[test]
fn a_column_that_ends_early_is_caught_and_an_honest_one_is_not() {
    caught(&|bars| vec![0.0; bars.len() - 1]);
    let bars = simulated(100, 22);
    let honest = |bars: &Bars| bars.close().iter().map(|c| if *c > 1e9 { *c } else { f64::NAN }).collect();
    check_prefix_invariance(&honest, &bars, &[0, 10, 100, 1_000]).unwrap();
}
