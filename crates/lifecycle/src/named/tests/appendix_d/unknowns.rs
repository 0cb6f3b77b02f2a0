//! What is missing, not finite, of the wrong sign or unit, uncovered or switched off.

use super::super::fixture::{good, judge, lost, policy, put, record, values, with, without};
use super::{PIPELINE, default_gate, verdict};
use crate::candidate::CandidateStatus::{Inconclusive, ReadyForReview};
use crate::candidate::decide;
use crate::evidence::Evidence;
use crate::gates::judge_all;
use crate::named::{NamedPolicy, Recommendation, SHIPPED, named_policies};
use crate::policy::{Policy, PolicyError};
use crate::verdict::Verdict::{CannotTell, Fail, Pass};

/// D4. NaN metrics passed every phase, since every comparison with NaN is false.
#[test]
fn d04_nan_and_infinities_are_cannot_tell_everywhere() {
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let names: Vec<String> = good().iter().map(|record| record.name.clone()).collect();
        let all: Vec<(&str, f64)> = names.iter().map(|name| (name.as_str(), bad)).collect();
        let set = values(&good(), &all);
        assert_eq!(decide(&judge_all(&set, &Policy::default()), None), Inconclusive);
        for policy in named_policies() {
            let named = policy.judge(&set);
            assert!(named.checks.iter().all(|check| check.check.verdict == CannotTell), "{}", policy.name);
            assert_eq!((named.gates_passed, named.cap(ReadyForReview)), (0, Inconclusive), "{}", policy.name);
        }
    }
}

/// D5. A drawdown of -95 %, negative by another convention, was below every limit.
#[test]
fn d05_a_negative_drawdown_is_a_wrong_sign_and_no_small_drawdown() {
    let set = values(&good(), &[("risk.max_drawdown", -0.95), ("paper.max_drawdown", -0.18)]);
    for (name, rule) in [
        ("usdcop_h5", "max_drawdown"),
        ("sensequant", "drawdown"),
        (PIPELINE, "max_drawdown"),
        (PIPELINE, "paper_drawdown"),
    ] {
        let named = judge(name, &set);
        assert_eq!(verdict(&named, rule), CannotTell);
        assert_eq!(named.cap(ReadyForReview), Inconclusive);
        let reason = &named.check(rule).unwrap().check.reason;
        assert!(reason.contains("is not a possible value (0 to 1)"), "{reason}");
    }
    assert_eq!(default_gate(&set, "risk").0, CannotTell);
}

/// D5, sign. A minus zero is a zero.
#[test]
fn d05_minus_zero_is_zero() {
    let set = values(&good(), &[("risk.max_drawdown", -0.0), ("money.candidate.annual_return", -0.0)]);
    assert_eq!(verdict(&judge(PIPELINE, &set), "max_drawdown"), Pass);
    assert_eq!(verdict(&judge(PIPELINE, &set), "min_return"), Pass);
}

/// D6. An unreadable trial store counted as no trials: the most lenient phase, and no deflation.
#[test]
fn d06_an_unreadable_ledger_is_unknown_and_not_empty() {
    let set = lost(&good(), &["trials.n", "trials.n_effective", "deflated_sharpe.dsr"], "permission denied");
    let set = values(&set, &[("trials.complete", 0.0)]);
    assert!(policy(PIPELINE).phase(&set).unwrap_err().to_string().contains("permission denied"));
    let named = judge(PIPELINE, &set);
    assert_eq!(verdict(&named, "deflated_sharpe"), CannotTell);
    assert_eq!(named.cap(ReadyForReview), Inconclusive);
    assert_eq!(default_gate(&set, "deflated").0, CannotTell);
}

/// D6, zero and missing. A key that is not there is not a zero: no errors counted is not no errors.
#[test]
fn d06_a_missing_key_is_not_a_zero() {
    for name in ["data.open_errors", "scenarios.catastrophic", "paper.emergency_stops"] {
        let (zero, missing) = (values(&good(), &[(name, 0.0)]), without(&good(), &[name]));
        assert_eq!(judge(PIPELINE, &zero).recommendation, Recommendation::Promote, "{name}");
        let named = judge(PIPELINE, &missing);
        assert_eq!((named.recommendation, named.cap(ReadyForReview)), (Recommendation::Review, Inconclusive));
        assert_eq!(named.without_evidence, [name]);
    }
}

/// D7. One surviving scenario of 200, a good one, satisfied the stress gate.
#[test]
fn d07_one_scenario_is_a_coverage_failure() {
    let survivor = values(&good(), &[("scenarios.run", 1.0), ("scenarios.run_share", 1.0 / 200.0)]);
    let declared_one = values(&good(), &[("scenarios.run", 1.0)]); // a manifest of one, complete
    let one_lost = values(&good(), &[("scenarios.run", 199.0), ("scenarios.run_share", 199.0 / 200.0)]);
    for set in [survivor, declared_one, one_lost] {
        let named = judge(PIPELINE, &set);
        assert_eq!(named.gate("stress").unwrap().verdict, CannotTell, "{}", named.reason);
        assert_eq!(named.cap(ReadyForReview), Inconclusive);
        assert!(named.reason.contains("scenario"), "{}", named.reason);
    }
    let no_crisis = judge(PIPELINE, &values(&good(), &[("scenarios.smallest_regime", 0.0)]));
    assert_eq!(verdict(&no_crisis, "scenario_regimes"), CannotTell);
}

/// D7, coverage. 38 % of 200 profitable is not 40 %: the lower bound of the share counts, not the share.
#[test]
fn d07_shares_of_scenarios_count_by_their_lower_bound() {
    let set = with(&good(), "scenarios.bear_excess_share", |e| {
        Some(e.with_interval(crate::Interval::new(0.55, 0.72, 0.95, "Wilson")))
    });
    assert_eq!(
        set.value("scenarios.bear_excess_share"),
        Some(0.8),
        "the share itself is far above the limit"
    );
    assert_eq!(verdict(&judge(PIPELINE, &set), "scenario_excess"), Fail);
}

/// D8. A gate with `enabled = false` passed silently.
#[test]
fn d08_no_rule_can_be_disabled() {
    for (name, text) in SHIPPED {
        let disabled = text.replacen("[[rules]]", "[[rules]]\nenabled = false", 1);
        let error = NamedPolicy::from_toml(&disabled).unwrap_err().to_string();
        assert!(error.contains("enabled"), "{name}: {error}");
    }
    // In the default policy a gate can neither be left out nor declared not run.
    let not_run = |gate: &str| {
        let item = format!("\n[[not_run]]\nname = \"{gate}\"\nreason = \"too slow\"\n");
        Policy::from_toml(&format!("{}{item}", Policy::default_toml()))
    };
    assert!(matches!(not_run("risk"), Err(PolicyError::SwitchedOff { .. })));
    // A waiver names a person and a reason, and most checks take none.
    let waived = |by: &str, check: &str| {
        let (check, by, reason) = (check.to_owned(), by.to_owned(), "tested elsewhere".to_owned());
        Policy::default().with_waivers([crate::Waiver { check, by, reason, on: None }])
    };
    assert!(matches!(waived("R. Rao", "risk.required_stress_covered"), Err(PolicyError::NotWaivable { .. })));
    assert!(matches!(waived("", "data.universe_known_as_of"), Err(PolicyError::Unexplained { .. })));
}

/// D17. An infinite objective, stored without a value, ranked.
#[test]
fn d17_an_infinite_value_is_no_value() {
    let infinite = put(&good(), record("money.candidate.sharpe", f64::INFINITY, "ratio"));
    assert_eq!(infinite.value("money.candidate.sharpe"), None);
    let named = judge(PIPELINE, &infinite);
    assert_eq!(
        (verdict(&named, "min_sharpe"), verdict(&named, "plausible_sharpe")),
        (CannotTell, CannotTell)
    );
}

/// Unit chaos (critique 17, 25): percent where a fraction is read, and per-bar where an annual number is read.
#[test]
fn a_number_in_another_unit_is_never_compared() {
    let relabelled = |name: &str, value: f64, unit: &str| {
        with(&good(), name, |e| Some(Evidence { value: Some(value), unit: unit.to_owned(), ..e }))
    };
    for (name, rule, set) in [
        ("usdcop_h5", "max_drawdown", relabelled("risk.max_drawdown", 3.83, "percent")),
        ("usdcop_h5", "max_drawdown", relabelled("risk.max_drawdown", 3.83, "fraction")),
        ("usdcop_h5", "max_drawdown", relabelled("risk.max_drawdown", 0.038_3, "percent")),
        ("usdcop_h5", "min_return", relabelled("money.candidate.annual_return", -15.0, "fraction/year")),
        ("usdcop_h5", "min_return", relabelled("money.candidate.annual_return", 20.03, "%")),
        ("usdcop_h5", "min_sharpe_ratio", relabelled("money.candidate.sharpe", 0.18, "ratio/period")),
        (PIPELINE, "no_gaps", relabelled("data.coverage", 99.0, "share")),
    ] {
        let named = judge(name, &set);
        assert_eq!(verdict(&named, rule), CannotTell, "{rule}: {}", named.reason);
    }
    let named = judge("usdcop_h5", &relabelled("risk.max_drawdown", 0.038_3, "percent"));
    assert!(named.reason.contains("recorded in `percent`, the rule reads `fraction`"), "{}", named.reason);
}
