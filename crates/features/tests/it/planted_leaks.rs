//! The check catches features that see the future.

use proofmark_features::expr::Program;
use proofmark_features::{Trial, check_causality, check_program};
use proofmark_market::Bars;

use crate::bars::simulated;

/// The first cut that shows the leak, and the first row that it changes.
#[track_caller]
fn caught(compute: &dyn Fn(&Bars) -> Vec<f64>) -> (usize, usize) {
    // Each time the future is taken away, beside an honest column that is left alone.
    let two = |bars: &Bars| vec![bars.close().to_vec(), compute(bars)];
    let report =
        check_causality(&["honest".into(), "leak".into()], &two, &simulated(300, 21), &[50, 120, 250]);
    assert_eq!(report.trials.len(), 6);
    assert!(report.leaks.iter().all(|leak| leak.column == "leak"));
    assert!(report.to_string().contains("`leak`: row"), "{report}");
    let truncated = report.leaks.iter().find_map(|leak| match leak.trial {
        Trial::Truncated { cut } => Some((cut, leak.row)),
        _ => None,
    });
    let (cut, row) = truncated.unwrap();
    assert!(row < cut);
    (cut, row)
}

#[test]
fn a_centred_mean_is_caught_in_its_last_rows() {
    let found = caught(&|bars| {
        let close = bars.close();
        let mean = |t: usize| {
            let part = &close[t.saturating_sub(2)..(t + 3).min(close.len())];
            part.iter().sum::<f64>() / part.len() as f64
        };
        (0..close.len()).map(mean).collect()
    });
    assert_eq!(found, (50, 48));
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
    let (_, row) = caught(&|bars| {
        let mut sorted = bars.close().to_vec();
        sorted.sort_by(f64::total_cmp);
        let median = sorted[sorted.len() / 2];
        bars.close().iter().map(|close| close - median).collect()
    });
    assert_eq!(row, 0);
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
    let honest =
        |bars: &Bars| vec![bars.close().iter().map(|c| if *c > 1e9 { *c } else { f64::NAN }).collect()];
    let report = check_causality(&["honest".into()], &honest, &bars, &[0, 10, 100, 1_000]);
    assert!(report.leaks.is_empty(), "{report}");
}

#[test]
fn another_future_shows_a_leak_that_truncation_does_not() {
    // Knows the next bar's direction, and hides it where there is no next bar.
    let sly = |bars: &Bars| {
        let close = bars.close();
        let next =
            |t: usize| close.get(t + 1).map_or(0.0, |next| if t % 50 == 49 { next - close[t] } else { 0.0 });
        vec![(0..close.len()).map(next).collect()]
    };
    let report = check_causality(&["sly".into()], &sly, &simulated(300, 21), &[50]);
    let trials: Vec<Trial> = report.leaks.iter().map(|leak| leak.trial).collect();
    assert!(trials.contains(&Trial::Replaced { cut: 50 }), "{report}");
}

#[test]
fn an_honest_program_passes_all_three_trials() {
    let program = Program::compile(&[("a", "Std($close, 20) / $close"), ("b", "EMA($volume, 12)")]).unwrap();
    let bars = simulated(300, 21);
    let report = check_program(&program, &bars, &[0, 50, 299, 300, 5_000]).unwrap();
    assert_eq!((report.columns, report.rows, report.trials.len()), (2, 300, 9));
    assert!(report.leaks.is_empty() && report.trials.contains(&Trial::Replayed));
    assert_eq!(report.to_string(), "2 columns, 300 bars, 9 trials: no earlier value changed");
}
