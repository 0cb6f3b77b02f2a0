//! Every registered feature on simulated and real bars, bit for bit.

use proofmark_features::{FEATURE_SETS, check_prefix_invariance, compute_set};
use proofmark_market::Bars;
use proptest::prelude::*;

use crate::bars::{real, simulated};

fn check_all(bars: &Bars, cuts: &[usize]) {
    for (_, set) in FEATURE_SETS {
        for feature in *set {
            check_prefix_invariance(&|bars| feature.compute(bars), bars, cuts).unwrap_or_else(|violation| {
                panic!("{} sees the future: {violation}", feature.name());
            });
        }
        for column in 0..set.len() {
            let shared = |bars: &Bars| compute_set(set, bars).columns.swap_remove(column);
            check_prefix_invariance(&shared, bars, &cuts[..1]).unwrap();
        }
    }
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
