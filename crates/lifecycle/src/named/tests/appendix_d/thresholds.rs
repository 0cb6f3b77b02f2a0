//! Bounds, equality, grades, vetoes, clocks and rates.

use super::super::fixture::{good, judge, lost, policy, values};
use super::{PIPELINE, verdict};
use crate::candidate::CandidateStatus::{ReadyForReview, Refused};
use crate::named::Recommendation;
use crate::verdict::Verdict::{self, CannotTell, Fail, Pass};

/// D1. The bounds of the phases are strict from above: 49 is early, 50 is mid.
#[test]
fn d01_phase_bounds() {
    let policy = policy(PIPELINE);
    let names = [0, 49, 50, 199, 200, 499, 500].map(|trials| policy.phase_at(trials).unwrap().name.as_str());
    assert_eq!(names, ["early", "early", "mid", "mid", "late", "late", "mature"]);
    for (trials, name) in [(0.0, "early"), (50.0, "mid"), (500.0, "mature"), (15_351.0, "mature")] {
        assert_eq!(policy.phase(&values(&good(), &[("trials.n", trials)])).unwrap().name, name);
    }
}

/// D2. Equality passed in the legacy rules; it still does where a rule says at least or at most, not where it is strict.
#[test]
fn d02_equality_at_the_threshold() {
    let at = values(
        &good(),
        &[
            ("money.candidate.annual_return", 0.0),
            ("money.candidate.sharpe", 0.3),
            ("risk.max_drawdown", 0.15),
        ],
    );
    let pipeline = judge(PIPELINE, &at);
    for rule in ["min_return", "min_sharpe", "max_drawdown"] {
        assert_eq!(verdict(&pipeline, rule), Pass, "{rule}");
    }
    let strict = values(
        &good(),
        &[
            ("money.candidate.annual_return", -0.15),
            ("money.candidate.sharpe", -0.0),
            ("risk.max_drawdown", 0.2),
            ("money.candidate.trades", 10.0),
            ("active_return.p_bootstrap", 0.05),
        ],
    );
    let vote = judge("usdcop_h5", &strict);
    let verdicts: Vec<Verdict> = vote.checks.iter().map(|check| check.check.verdict).collect();
    assert_eq!(verdicts, [Fail, Fail, Fail, Pass, Fail], "return, Sharpe, drawdown, trades, significance");
}

/// D11. 7, 6, 5, 4, 3 of seven checks are A, B, C, D, F.
#[test]
fn d11_grade_map() {
    let broken: &[(&str, f64)] = &[
        ("paper.round_trips", 3.0),
        ("paper.win_rate", 0.4),
        ("paper.sharpe", 0.1),
        ("paper.total_return", -0.1),
        ("paper.excess_return", -0.1),
        ("paper.max_drawdown", 0.4),
    ];
    let grades: Vec<(String, usize)> = (0..=broken.len())
        .map(|failed| judge(PIPELINE, &values(&good(), &broken[..failed])).grade.unwrap())
        .map(|grade| (grade.name, grade.passed))
        .collect();
    let want = [("A", 7), ("B", 6), ("C", 5), ("D", 4), ("F", 3), ("F", 2), ("F", 1)];
    assert_eq!(grades, want.map(|(name, passed)| (name.to_owned(), passed)));
    let outage = lost(&good(), &["paper.excess_return"], "the benchmark was not delivered");
    assert_eq!(judge(PIPELINE, &outage).grade, None, "an outage is no mark");
    assert_eq!(judge("usdcop_h5", &good()).grade, None, "that policy gives none");
}

/// D12. Six of seven with a drawdown of 18 % was grade B, and went live.
#[test]
fn d12_no_grade_outweighs_a_drawdown_veto() {
    let named = judge(PIPELINE, &values(&good(), &[("paper.max_drawdown", 0.18)]));
    assert_eq!(named.grade.as_ref().map(|grade| (grade.name.as_str(), grade.passed)), Some(("B", 6)));
    assert_eq!((named.recommendation, named.cap(ReadyForReview)), (Recommendation::Reject, Refused));
    assert!(named.reason.contains("drawdown veto"), "{}", named.reason);
    // A failure that is not critical is a review and no refusal.
    let mild = judge(PIPELINE, &values(&good(), &[("paper.win_rate", 0.59)]));
    assert_eq!(mild.grade.as_ref().map(|grade| grade.name.as_str()), Some("B"));
    assert_eq!((mild.recommendation, mild.cap(ReadyForReview)), (Recommendation::Review, ReadyForReview));
}

/// D13. Seven days were first to last stamp, 6.958 days of hourly bars: nothing ever passed.
#[test]
fn d13_exactly_168_valid_bars_pass() {
    let bars = |bars: f64| judge(PIPELINE, &values(&good(), &[("paper.valid_bars", bars)]));
    assert_eq!(verdict(&bars(168.0), "paper_bars"), Pass);
    let waiting = bars(131.0);
    assert_eq!(verdict(&waiting, "paper_bars"), CannotTell);
    assert_eq!(waiting.grade, None, "the clock has not run out");
    assert!(waiting.reason.contains("131 bars"), "{}", waiting.reason);
}

/// D15. Ten profitable sells after ten buys counted as 50 %; the rate is of round trips, and 100 % of them passes.
#[test]
fn d15_a_win_rate_is_a_share_of_round_trips() {
    let rate = |share: f64| {
        verdict(&judge(PIPELINE, &values(&good(), &[("paper.win_rate", share)])), "paper_win_rate")
    };
    assert_eq!((rate(1.0), rate(0.6), rate(0.5)), (Pass, Pass, Fail));
    assert_eq!((rate(60.0), rate(-0.1)), (CannotTell, CannotTell));
}
