//! Results that must not pass: idle, phantom, lucky, duplicated, fabricated, overlapping, overfitted.

use super::super::fixture::{good, judge, lost, policy, values};
use super::{PIPELINE, default_gate, verdict};
use crate::candidate::CandidateStatus::{Inconclusive, ReadyForReview};
use crate::named::{Ranked, Recommendation};
use crate::verdict::Verdict::{CannotTell, Fail, Pass};

/// D3. A model that never trades passed below 500 trials: nothing earned, nothing lost, no drawdown.
#[test]
fn d03_zero_trader_fails_in_every_phase() {
    let idle = values(
        &good(),
        &[
            ("money.candidate.trades", 0.0),
            ("money.candidate.annual_return", 0.0),
            ("money.candidate.sharpe", 0.0),
            ("risk.max_drawdown", 0.0),
            ("risk.mean_exposure", 0.0),
        ],
    );
    let (policy, named) = (policy(PIPELINE), judge(PIPELINE, &idle));
    assert_eq!(named.recommendation, Recommendation::Reject);
    assert!(named.reason.contains("No trades"), "{}", named.reason);
    for trials in [0, 49, 50, 200, 500] {
        let candidate = Ranked { id: "idle", judged: ReadyForReview, verdict: &named };
        let admission = policy.admit(&[candidate], policy.phase_at(trials).unwrap());
        assert!(admission.admitted.is_empty(), "at {trials} trials");
    }
}

/// D3, statistics. A Sharpe ratio of returns without spread is no number; it was 0 / 1e-8, and a pass.
#[test]
fn d03_zero_variance_sharpe_is_unknown_and_not_zero() {
    let flat = lost(&good(), &["money.candidate.sharpe"], "the returns have no spread");
    for name in ["usdcop_h5", PIPELINE] {
        let named = judge(name, &flat);
        assert_ne!(named.recommendation, Recommendation::Promote);
        assert!(named.reason.contains("the returns have no spread"), "{}", named.reason);
    }
    assert_eq!(verdict(&judge(PIPELINE, &flat), "min_sharpe"), CannotTell);
}

/// D14. Missing bars became a price of 0: a phantom fall, a phantom rebound, and first rank.
#[test]
fn d14_a_zero_tick_is_a_quality_error_and_no_drawdown() {
    let set = values(&good(), &[("data.open_errors", 3.0)]);
    let named = judge(PIPELINE, &set);
    assert_eq!((verdict(&named, "bad_ticks"), named.recommendation), (Fail, Recommendation::Reject));
    let (verdict, reason) = default_gate(&set, "data");
    assert!(verdict == Fail && reason.contains("Open quality errors"), "{reason}");
}

/// D20. A trial of which one split of six survived kept the lucky one and a spread of 0.
#[test]
fn d20_a_single_split_is_inadmissible() {
    let set = values(&good(), &[("folds.completed_share", 1.0 / 6.0)]);
    let (policy, named) = (policy(PIPELINE), judge(PIPELINE, &set));
    assert!(named.reason.contains("Incomplete cross-validation is inadmissible"), "{}", named.reason);
    let lucky = Ranked { id: "trial 46", judged: ReadyForReview, verdict: &named };
    assert!(policy.admit(&[lucky], policy.phase_at(0).unwrap()).admitted.is_empty());
}

/// D22. Nine of the ten best trials were one: clusters count, and one cluster is no reason to skip the deflation.
#[test]
fn d22_duplicates_are_one_cluster() {
    let clones = values(
        &good(),
        &[
            ("trials.n", 9.0),
            ("trials.n_effective", 1.0),
            ("selection.clusters", 1.0),
            ("selection.pbo", 0.9),
        ],
    );
    let named = judge(PIPELINE, &clones);
    assert!(
        !named.check("overfitting").unwrap().applicable && named.recommendation == Recommendation::Promote
    );
    assert_eq!(default_gate(&clones, "deflated").0, Pass);
    let impossible = values(&clones, &[("trials.n_effective", 10.0)]);
    assert_eq!(default_gate(&impossible, "deflated").0, CannotTell, "more clusters than trials");
}

/// D23. Equity from a random generator, Sharpe 538, was published as a paper result.
#[test]
fn d23_an_implausible_result_is_quarantined_and_not_promoted() {
    for (name, value) in [("money.candidate.sharpe", 538.0), ("money.candidate.hit_rate", 0.91)] {
        let named = judge(PIPELINE, &values(&good(), &[(name, value)]));
        assert_eq!((named.recommendation, named.cap(ReadyForReview)), (Recommendation::Review, Inconclusive));
        assert!(named.reason.contains("Implausible: quarantined"), "{}", named.reason);
    }
    let untraced = judge(PIPELINE, &values(&good(), &[("paper.equity_reconciled", 0.0)]));
    assert!(untraced.recommendation == Recommendation::Reject && untraced.reason.contains("Fabricated"));
}

/// D24. The backtest ran on the training year.
#[test]
fn d24_an_overlap_with_training_is_refused() {
    let set = values(&good(), &[("canary.train_test_overlap", 0.0)]);
    for name in ["sensequant", PIPELINE] {
        let named = judge(name, &set);
        assert_eq!((verdict(&named, "no_overlap"), named.recommendation), (Fail, Recommendation::Reject));
    }
    assert_eq!(default_gate(&set, "leaks").0, Fail);
}

/// D27, D28. One study's PBO is noisy: by itself a small one proves nothing, and it never stands in for the deflation.
#[test]
fn d27_a_small_pbo_does_not_stand_in_for_a_deflated_sharpe() {
    let set = values(&good(), &[("selection.pbo", 0.0), ("deflated_sharpe.dsr", 0.664)]);
    for name in ["sensequant", PIPELINE] {
        let named = judge(name, &set);
        assert_eq!((verdict(&named, "overfitting"), verdict(&named, "deflated_sharpe")), (Pass, Fail));
        assert_eq!(named.recommendation, Recommendation::Reject);
    }
}

/// D28b, D29. A year of hourly bars at Sharpe 2: PSR .977, but DSR .664, .392, .223, .148 at 10, 50, 200, 500 trials.
#[test]
fn d28b_the_deflated_ratio_decides_and_not_the_probabilistic_one() {
    for (trials, dsr) in [(10.0, 0.664), (50.0, 0.392), (200.0, 0.223), (500.0, 0.148)] {
        let set = values(
            &good(),
            &[("deflated_sharpe.psr", 0.977), ("deflated_sharpe.dsr", dsr), ("trials.n", trials)],
        );
        assert_eq!(default_gate(&set, "deflated").0, Fail, "{trials} trials");
        for name in ["sensequant", PIPELINE] {
            assert_eq!(judge(name, &set).recommendation, Recommendation::Reject, "{name} at {trials} trials");
        }
    }
}
