//! The teacher's features on simulated and real bars, bit for bit, alone and as a set; those of every set are in `sets`.

use proofmark_features::{TEACHER15, check_causality, compute_set};
use proofmark_market::Bars;
use proptest::prelude::*;

use crate::bars::{real, simulated};

fn check_all(bars: &Bars, cuts: &[usize]) {
    let names: Vec<String> = TEACHER15.iter().map(|feature| feature.name().to_owned()).collect();
    let alone = |bars: &Bars| TEACHER15.iter().map(|feature| feature.compute(bars)).collect();
    let report = check_causality(&names, &alone, bars, cuts);
    assert!(report.leaks.is_empty(), "{report}");
    let shared = |bars: &Bars| compute_set(TEACHER15, bars).columns;
    let report = check_causality(&names, &shared, bars, &cuts[..1]);
    assert!(report.leaks.is_empty(), "{report}");
}

#[test]
fn on_real_bars() {
    if let Some(bars) = real() {
        check_all(&bars, &[1_777, 0, 1, 14, 49, 50, 51, 1_000, 2_500, bars.len() - 1, bars.len()]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]
    #[test]
    fn on_simulated_bars(seed in 0_u64..1_000, cuts in prop::collection::vec(0_usize..300, 1..5)) {
        check_all(&simulated(300, seed), &cuts);
    }
}
