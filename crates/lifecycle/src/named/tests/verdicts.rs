//! Every rule of every shipped policy against every way its number can be wrong.

use super::fixture::{good, judge, lost, policy, put, record, values, with, without};
use crate::candidate::CandidateStatus::{self, *};
use crate::evidence::{Evidence, EvidenceSet, Interval, SpanKind};
use crate::gates::{Bound, judge_all};
use crate::named::{
    NamedPolicy, NamedRule, NamedVerdict, Reads, Recommendation, ValueDomain, decide_with, exported,
    named_policies,
};
use crate::policy::Policy;
use crate::verdict::Verdict::{self, CannotTell, Fail, Pass};

#[test]
fn good_evidence_passes_the_default_gates_and_is_promoted_by_every_policy() {
    let evidence = good();
    let gates = judge_all(&evidence, &Policy::default());
    let named: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&evidence)).collect();
    for verdict in &named {
        assert_eq!(verdict.recommendation, Recommendation::Promote, "{}", verdict.reason);
        assert_eq!((verdict.gates_passed, &verdict.what_would_change), (verdict.gates_total, &None));
        assert!(verdict.without_evidence.is_empty(), "{:?}", verdict.without_evidence);
    }
    assert_eq!(decide_with(&gates, None, &named), ReadyForReview);
    assert_eq!(named[1].reason, "PROMOTE by `usdcop_h5`: 5 of 5 gates pass.");
    assert_eq!(serde_json::to_string(&named[1].recommendation).unwrap(), "\"PROMOTE\"");
}

/// The evidence with the number that `rule` reads set to `number`.
fn set_number(rule: &NamedRule, number: f64) -> EvidenceSet {
    let set = good();
    let number = number + rule.minus.as_ref().map_or(0.0, |other| set.value(other).unwrap());
    with(&set, &rule.evidence, |e| {
        let bounds = |low, high| Interval::new(low, high, 0.95, "set");
        Some(match rule.reads {
            Reads::Value => Evidence { value: Some(number), ..e },
            Reads::IntervalLow => Evidence { interval: bounds(number, number + 1.0), ..e },
            Reads::IntervalHigh => Evidence { interval: bounds(number - 1.0, number), ..e },
        })
    })
}

fn verdict_of(policy: &NamedPolicy, rule: &NamedRule, set: &EvidenceSet) -> (Verdict, NamedVerdict) {
    let verdict = policy.judge(set);
    let check = &verdict.check(&rule.id).unwrap().check;
    assert_eq!(check.what_would_change.is_some(), check.verdict != Pass, "{}", rule.id);
    (check.verdict, verdict)
}

/// A possible value just across the limit.
fn across(rule: &NamedRule) -> f64 {
    let step = if rule.domain == ValueDomain::Flag { 1.0 } else { 1e-6 };
    match rule.bound {
        Bound::AtLeast | Bound::Above => rule.limit - step,
        Bound::AtMost | Bound::Below => rule.limit + step,
    }
}

#[test]
fn equality_passes_unless_the_rule_is_strict_and_a_breach_means_what_the_file_says() {
    for policy in named_policies() {
        for rule in &policy.rules {
            let at = rule.limit;
            let strict = matches!(rule.bound, Bound::Above | Bound::Below);
            // A difference of two numbers cannot be set to the limit bit for bit; `minus` rules are tried off it only.
            if rule.minus.is_none() {
                let (verdict, _) = verdict_of(policy, rule, &set_number(rule, at));
                assert_eq!(verdict == Pass, !strict, "{}: {} at its limit", policy.name, rule.id);
            }
            let inside = 2.0f64.mul_add(at, -across(rule));
            if rule.domain != ValueDomain::Flag
                && (rule.domain.range().0..=rule.domain.range().1).contains(&inside)
            {
                assert_eq!(verdict_of(policy, rule, &set_number(rule, inside)).0, Pass, "{}", rule.id);
            }
            let crossing = across(rule);
            if crossing < rule.domain.range().0 {
                continue; // a strict bound at the edge of the domain: only equality breaches it
            }
            let (verdict, whole) = verdict_of(policy, rule, &set_number(rule, crossing));
            assert_eq!(verdict, rule.breach.verdict(), "{}: {} across its limit", policy.name, rule.id);
            let want = match (rule.critical, verdict) {
                (true, Fail) => (Recommendation::Reject, Refused),
                (true, _) => (Recommendation::Review, Inconclusive),
                (false, _) => (Recommendation::Review, ReadyForReview),
            };
            assert_eq!((whole.recommendation, whole.cap(ReadyForReview)), want, "{}", whole.reason);
            assert!(whole.reason.contains(&rule.label), "{}", whole.reason);
        }
    }
}

#[test]
fn whatever_cannot_be_read_is_cannot_tell_in_every_rule() {
    for policy in named_policies() {
        for rule in &policy.rules {
            let set = good();
            let name = &rule.evidence;
            let out_of_domain = rule.domain.range().1 * 2.0 + 1.0;
            let mut broken = vec![
                ("missing", without(&set, &[name])),
                ("lost", lost(&set, &[name], "a stage failed")),
                ("in another unit", with(&set, name, |e| Some(Evidence { unit: "percent".to_owned(), ..e }))),
                ("in sample", with(&set, name, |e| Some(Evidence { span_kind: SpanKind::InSample, ..e }))),
            ];
            if out_of_domain.is_finite() {
                broken.push(("above its domain", set_number(rule, out_of_domain)));
            }
            if rule.domain.range().0 > f64::MIN {
                broken.push(("below its domain", set_number(rule, rule.domain.range().0 - 0.5)));
            }
            if rule.reads == Reads::Value {
                for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
                    broken.push(("not finite", set_number(rule, bad)));
                }
            } else {
                broken
                    .push(("without interval", with(&set, name, |e| Some(Evidence { interval: None, ..e }))));
                let other = Interval::new(0.5, 0.6, 0.9, "another level");
                broken.push(("at another level", with(&set, name, |e| Some(e.with_interval(other.clone())))));
            }
            if let Some(other) = &rule.minus {
                broken.push(("without what it is compared with", without(&set, &[other])));
                broken.push(("with that one lost", lost(&set, &[other], "a stage failed")));
                broken.push(("with that one in another unit", {
                    with(&set, other, |e| Some(Evidence { unit: "percent".to_owned(), ..e }))
                }));
            }
            if let Some(least) = rule.effective_min {
                let fewer = with(&set, name, |e| Some(e.with_n_effective(least - 1.0)));
                broken.push(("on too few effective observations", fewer));
                let none = with(&set, name, |e| Some(Evidence { n_effective: None, ..e }));
                broken.push(("on an unknown number of them", none));
            }
            if let Some(least) = rule.n_min {
                let fewer = with(&set, name, |e| Some(Evidence { n: least - 1, ..e }));
                broken.push(("on too few observations", fewer));
            }
            for (how, set) in broken {
                let (verdict, whole) = verdict_of(policy, rule, &set);
                assert_eq!(verdict, CannotTell, "{}: {} {how}: {}", policy.name, rule.id, whole.reason);
                assert_ne!(whole.recommendation, Recommendation::Promote, "{} {how}", rule.id);
                if rule.critical {
                    assert_ne!(whole.cap(ReadyForReview), ReadyForReview, "{} {how}", rule.id);
                }
            }
        }
    }
}

#[test]
fn four_of_five_gates_are_a_confidence_of_0_8_and_a_broken_floor_refuses() {
    let few = judge("usdcop_h5", &values(&good(), &[("money.candidate.trades", 9.0)]));
    assert_eq!(few.recommendation, Recommendation::Review);
    assert_eq!(few.confidence(), Some(0.8));
    assert_eq!(few.cap(ReadyForReview), ReadyForReview, "a person decides, with the reason before them");
    assert_eq!(
        few.reason,
        "REVIEW by `usdcop_h5`: 4 of 5 gates pass. Number of trades is 9 trades, but the rule asks for >= 10 trades. A \
         book that hardly trades earns and risks nothing that could be judged."
    );
    let ruined = judge("usdcop_h5", &values(&good(), &[("money.candidate.annual_return", -0.16)]));
    assert_eq!((ruined.recommendation, ruined.cap(ReadyForReview)), (Recommendation::Reject, Refused));
    assert!(ruined.reason.contains("Critical: Annual return is -16 % a year"), "{}", ruined.reason);
    let shown = exported(policy("usdcop_h5"), &ruined);
    let floor = &shown.gates[0];
    assert_eq!((floor.value, floor.threshold, floor.unit.as_str()), (Some(-16.0), -15.0, "%"));
    assert_eq!((shown.confidence, floor.passed), (Some(0.8), false));
    assert_eq!((shown.gates[3].value, shown.gates[3].unit.as_str()), (Some(900.0), "trades"));
}

#[test]
fn reasons_put_critical_failures_first() {
    let set = values(&good(), &[("money.candidate.trades", 9.0), ("risk.max_drawdown", 0.3)]);
    let reason = judge("usdcop_h5", &set).reason;
    assert!(reason.find("Critical: Largest drawdown").unwrap() < reason.find("Number of trades").unwrap());
}

#[test]
fn too_few_clusters_do_not_apply_but_are_no_way_round_missing_files() {
    let few = values(&good(), &[("selection.clusters", 9.0), ("selection.pbo", 0.9)]);
    for (name, gates) in [("sensequant", 14), ("gated_pipeline", 3)] {
        let verdict = judge(name, &few);
        let check = verdict.check("overfitting").unwrap();
        assert!(
            !check.applicable && check.check.reason.contains("not applicable, 9 of at least 10 clusters")
        );
        assert_eq!(verdict.recommendation, Recommendation::Promote, "{}", verdict.reason);
        assert_eq!(verdict.gates_total, if name == "sensequant" { gates - 1 } else { gates });
        let many = judge(name, &values(&few, &[("selection.clusters", 10.0)]));
        assert_eq!(many.recommendation, Recommendation::Reject, "ten clusters and a PBO of 0.9");
        for incomplete in [
            values(&few, &[("selection.returns_complete", 0.0)]),
            without(&few, &["selection.returns_complete"]),
            without(&few, &["selection.clusters"]),
            put(&few, record("selection.clusters", 9.0, "trials")),
        ] {
            assert!(judge(name, &incomplete).check("overfitting").unwrap().applicable);
        }
        let nothing = without(&values(&few, &[("selection.returns_complete", 0.0)]), &["selection.pbo"]);
        assert_eq!(judge(name, &nothing).cap(ReadyForReview), Inconclusive);
    }
}

#[test]
fn no_verdict_improves_a_status() {
    let standing = |status| match status {
        ReadyForReview => 3,
        Inconclusive => 2,
        Refused => 1,
        Failed => 0,
        Approved | Rejected | Revoked => 9, // a person's decision: never touched
    };
    let all: [CandidateStatus; 7] =
        [ReadyForReview, Refused, Inconclusive, Failed, Approved, Rejected, Revoked];
    for set in [
        good(),
        EvidenceSet::new(),
        values(&good(), &[("risk.max_drawdown", 0.9)]),
        values(&good(), &[("money.candidate.trades", 9.0)]),
    ] {
        for policy in named_policies() {
            let verdict = policy.judge(&set);
            for status in all {
                let capped = verdict.cap(status);
                assert!(standing(capped) <= standing(status), "{}: {status} became {capped}", policy.name);
                assert!(standing(status) != 9 || capped == status);
            }
        }
    }
    // What the default gates refuse, three PROMOTEs do not bring back.
    let broken = values(&good(), &[("costs.dated_share", 0.5)]);
    let named: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&broken)).collect();
    assert!(named.iter().all(|verdict| verdict.recommendation == Recommendation::Promote));
    assert_eq!(decide_with(&judge_all(&broken, &Policy::default()), None, &named), Inconclusive);
    assert_eq!(decide_with(&[], None, &named), Inconclusive, "no default verdict at all");
}

#[test]
fn what_nobody_wrote_is_listed() {
    let set = without(&good(), &["student.auc_null_mean", "champion.rank_ic_uplift"]);
    let verdict = judge("sensequant", &set);
    assert_eq!(verdict.without_evidence, ["champion.rank_ic_uplift", "student.auc_null_mean"]);
    assert_eq!(verdict.recommendation, Recommendation::Review);
    assert_eq!(verdict.cap(ReadyForReview), ReadyForReview, "neither rule is critical");
    assert!(verdict.reason.contains("no evidence was recorded under `champion.rank_ic_uplift`"));
    assert!(verdict.reason.contains("`student.auc_null_mean`, which is subtracted, was not recorded"));
}
