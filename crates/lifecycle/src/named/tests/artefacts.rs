//! Four real artefacts a correct system refuses, each for its own accurate reason: zero ticks, zero trades, fabricated
//! equity, a single split. Built here as the evidence that measuring them would give.

use super::fixture::{good, judge, lost, values, with, without};
use crate::candidate::CandidateStatus::{self, Inconclusive, ReadyForReview, Refused};
use crate::candidate::decide;
use crate::evidence::{Evidence, EvidenceSet};
use crate::gates::judge_all;
use crate::named::{NamedVerdict, Recommendation, decide_with, named_policies};
use crate::policy::Policy;

/// Names of the measures that need returns with a spread.
const NEED_SPREAD: &[&str] = &[
    "active_return.p_bootstrap",
    "active_return.annual_mean",
    "active_return.t_hac",
    "active_return.appraisal_ratio",
    "deflated_sharpe.dsr",
    "deflated_sharpe.dsr_full_n",
    "deflated_sharpe.psr",
    "money.candidate.sharpe",
];

/// An arena of which three hourly ticks are zero: 69 % phantom drawdown, and a rebound that ranks it first.
fn zero_ticks() -> EvidenceSet {
    let set = values(&good(), &[("data.open_errors", 3.0), ("risk.max_drawdown", 0.69)]);
    with(&set, "data.open_errors", |e| Some(e.with_note("bars 15, 25 and 86 have a price of zero")))
}

/// A backtest in which no order was ever large enough: every metric zero, final equity 1,000.
fn zero_trades() -> EvidenceSet {
    let set = lost(&good(), NEED_SPREAD, "the returns have no spread");
    values(
        &set,
        &[
            ("money.candidate.trades", 0.0),
            ("money.candidate.annual_return", 0.0),
            ("money.candidate.hit_rate", 0.0),
            ("risk.max_drawdown", 0.0),
            ("risk.mean_exposure", 0.0),
            ("risk.max_name_weight", 0.0),
            ("risk.turnover_per_year", 0.0),
            ("costs.active_mean_at_2x", 0.0),
        ],
    )
}

/// Equity of a random generator: 627 rows 30 seconds apart, 1,016 to 109,290, no fills, no scores behind it.
fn fabricated_equity() -> EvidenceSet {
    let unscored = ["score_skill.p_hac", "score_skill.rank_ic", "score_skill.names_per_day"];
    let set = without(&good(), &unscored);
    let set = lost(&set, NEED_SPREAD, "one session is too short");
    let set = values(
        &set,
        &[
            ("active_return.periods", 1.0),
            ("money.candidate.sharpe", 538.0),
            ("money.candidate.hit_rate", 0.98),
            ("money.candidate.trades", 0.0),
            ("risk.max_drawdown", 0.004),
            ("paper.equity_reconciled", 0.0),
            ("score_skill.effective_observations", 0.0),
        ],
    );
    fewer(&set, 1)
}

/// A trial of which only the first of six splits was scored, a good one.
fn single_split() -> EvidenceSet {
    let set = values(
        &good(),
        &[
            ("folds.completed_share", 1.0 / 6.0),
            ("active_return.periods", 252.0),
            ("trials.complete", 0.0),
            ("money.candidate.sharpe", 2.4),
        ],
    );
    fewer(&set, 252)
}

/// The same evidence on a shorter span.
fn fewer(set: &EvidenceSet, n: u64) -> EvidenceSet {
    let shorter = |e: &Evidence| Evidence { n: e.n.min(n), ..e.clone() };
    EvidenceSet::from_records(set.iter().map(shorter)).unwrap()
}

/// What one artefact must meet.
struct Case {
    name: &'static str,
    set: EvidenceSet,
    /// What the default gates alone make of it.
    status: CandidateStatus,
    /// `(default gate, words of its reason)`.
    default: &'static [(&'static str, &'static str)],
    /// `(named policy, its advice, words of its reason)`.
    named: &'static [(&'static str, Recommendation, &'static str)],
}

fn cases() -> [Case; 4] {
    use Recommendation::{Reject, Review};
    [
        Case {
            name: "zero ticks",
            set: zero_ticks(),
            status: Refused,
            default: &[
                ("data", "Open quality errors is 3, but the rule asks for <= 0"),
                ("risk", "Largest drawdown is 69 %"),
            ],
            named: &[
                ("gated_pipeline", Reject, "marked at an invalid bar, such as a price of zero"),
                ("sensequant", Reject, "Critical: Largest drawdown is 69 %"),
                ("usdcop_h5", Reject, "Critical: Largest drawdown is 69 %"),
            ],
        },
        Case {
            name: "zero trades",
            set: zero_trades(),
            status: Refused,
            default: &[
                ("active_return", "the returns have no spread"),
                (
                    "costs",
                    "Mean active return at twice the costs is 0 % a year, but the rule asks for > 0 % a year",
                ),
            ],
            named: &[
                ("gated_pipeline", Reject, "No trades: it never acted"),
                ("sensequant", Review, "Critical and unknown: Lower bound of the appraisal ratio"),
                ("usdcop_h5", Review, "Number of trades is 0 trades"),
            ],
        },
        Case {
            name: "fabricated equity",
            set: fabricated_equity(),
            status: Inconclusive,
            default: &[
                ("active_return", "Number of out-of-sample periods is 1 sessions"),
                ("score_skill", "no evidence was recorded under `score_skill.p_hac`"),
            ],
            named: &[
                (
                    "gated_pipeline",
                    Reject,
                    "Annual Sharpe ratio (plausibility) is 538, but the rule asks for <= 4",
                ),
                ("gated_pipeline", Reject, "Fabricated or broken equity: it does not follow from the fills"),
                ("sensequant", Review, "Number of out-of-sample sessions is 1 daily periods"),
                ("usdcop_h5", Review, "it rests on 1 observations, fewer than 756"),
            ],
        },
        Case {
            name: "single split",
            set: single_split(),
            status: Inconclusive,
            default: &[
                ("active_return", "Number of out-of-sample periods is 252 sessions"),
                ("deflated", "The trial ledger is complete: no"),
            ],
            named: &[
                ("gated_pipeline", Reject, "Incomplete cross-validation is inadmissible"),
                ("sensequant", Review, "One lucky test block is not a walk-forward"),
                ("usdcop_h5", Review, "it rests on 252 observations, fewer than 756"),
            ],
        },
    ]
}

#[test]
fn each_artefact_is_refused_by_the_default_gates_for_its_own_reason() {
    for case in cases() {
        let gates = judge_all(&case.set, &Policy::default());
        assert_eq!(decide(&gates, None), case.status, "{}", case.name);
        for (gate, words) in case.default {
            let reason = &gates.iter().find(|result| result.gate == *gate).unwrap().reason;
            assert!(reason.contains(words), "{}, gate {gate}: {reason}", case.name);
        }
    }
}

#[test]
fn each_artefact_is_held_up_by_every_named_policy_for_its_own_reason() {
    for case in cases() {
        let verdicts: Vec<NamedVerdict> =
            named_policies().iter().map(|policy| policy.judge(&case.set)).collect();
        assert!(verdicts.iter().all(|verdict| verdict.recommendation != Recommendation::Promote));
        for (policy, advice, words) in case.named {
            let verdict = verdicts.iter().find(|verdict| verdict.policy == *policy).unwrap();
            assert_eq!(verdict.recommendation, *advice, "{}, {policy}: {}", case.name, verdict.reason);
            assert!(verdict.reason.contains(words), "{}, {policy}: {}", case.name, verdict.reason);
            assert!(verdict.what_would_change.is_some());
        }
        let gates = judge_all(&case.set, &Policy::default());
        let together = decide_with(&gates, None, &verdicts);
        assert_eq!(together, Refused, "{}: one REJECT refuses", case.name);
    }
}

#[test]
fn the_four_reasons_differ() {
    let cases = cases();
    for case in &cases {
        for other in cases.iter().filter(|other| other.name != case.name) {
            let reason = judge("gated_pipeline", &other.set).reason;
            // No trades is also what an equity without fills shows; everything else belongs to one artefact only.
            let own = case
                .named
                .iter()
                .filter(|(policy, _, words)| *policy == "gated_pipeline" && !words.starts_with("No trades"));
            for (_, _, words) in own {
                assert!(!reason.contains(words), "`{words}` of {} is said of {}", case.name, other.name);
            }
        }
    }
}

#[test]
fn without_the_defect_each_would_have_been_ready() {
    let verdicts: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&good())).collect();
    assert_eq!(decide_with(&judge_all(&good(), &Policy::default()), None, &verdicts), ReadyForReview);
}
