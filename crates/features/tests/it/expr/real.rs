//! Real bars, with their splits, zero volumes and gaps. Skipped where `../shared/data` is not beside the checkout.

use proofmark_features::check_program;

use super::{every_operator, program};
use crate::bars::real;

#[test]
fn no_operator_sees_the_future_of_a_real_share() {
    let Some(bars) = real() else { return };
    let last = bars.len();
    let report = check_program(&program(&every_operator()), &bars, &[1, 511, 512, 2_500, last - 1]).unwrap();
    assert!(report.leaks.is_empty(), "{report}");
    assert_eq!(report.trials.len(), 11);
}

#[test]
fn measures_of_a_real_share_stay_in_their_range() {
    let Some(bars) = real() else { return };
    let ranges = [
        ("Rank($close, 60)", 0.0, 1.0),
        ("Corr($close, Log($volume + 1), 60)", -1.0, 1.0),
        ("Rsquare($close, 60)", 0.0, 1.0 + 1e-12),
        ("IdxMax($high, 60)", 1.0, 60.0),
        ("($close - Min($low, 60)) / (Max($high, 60) - Min($low, 60))", 0.0, 1.0),
        ("Std($close, 60) / Mean($close, 60)", 0.0, 5.0),
        ("Quantile($close, 60, 0.8) / Max($close, 60)", 0.0, 1.0),
    ];
    let columns = program(&ranges.map(|(text, ..)| text.to_owned())).columns(&bars).unwrap();
    for ((text, least, most), column) in ranges.iter().zip(columns) {
        let known = column.iter().filter(|v| !v.is_nan()).count();
        assert!(known > bars.len() - 60, "{text}: {known} of {}", bars.len());
        let outside = column.iter().find(|v| !v.is_nan() && !(*least..=*most).contains(*v));
        assert_eq!(outside, None, "{text}");
    }
}
