//! Case by case: pass, fail, missing, NaN, equality at the boundary, too few, wrong span, contradiction.

use proofmark_units::{DateSpan, Digest};

use super::*;
use crate::evidence::{Evidence, SpanKind};
use crate::policy::Waiver;
use crate::verdict::Verdict::{CannotTell, Fail, Pass};

fn span() -> DateSpan {
    DateSpan { start: "2010-01-01".parse().unwrap(), end: "2019-12-31".parse().unwrap() }
}

fn record(name: &str, value: f64, unit: &str, kind: SpanKind) -> Evidence {
    Evidence::new(name, value, unit, 2_520, kind, span(), Digest::of(name.as_bytes()))
}

/// Evidence on which every gate passes.
pub(crate) fn passing_evidence() -> EvidenceSet {
    let records = [
        ("active_return.p_bootstrap", 0.002, "p"),
        ("active_return.annual_mean", 0.08, "fraction/year"),
        ("active_return.t_hac", 3.1, "ratio"),
        ("active_return.appraisal_ratio", 1.4, "ratio"),
        ("active_return.periods", 2_520.0, "sessions"),
        ("deflated_sharpe.dsr", 0.98, "probability"),
        ("deflated_sharpe.dsr_full_n", 0.97, "probability"),
        ("deflated_sharpe.psr", 0.999, "probability"),
        ("trials.n", 4.0, "trials"),
        ("trials.n_effective", 2.0, "trials"),
        ("trials.complete", 1.0, "flag"),
        ("score_skill.rank_ic", 0.06, "correlation"),
        ("score_skill.p_hac", 0.000_1, "p"),
        ("score_skill.names_per_day", 24.0, "names/day"),
        ("score_skill.effective_observations", 504.0, "observations"),
        ("snooping.p_spa", 0.004, "p"),
        ("snooping.rivals", 6.0, "rivals"),
        ("selection.clusters", 12.0, "clusters"),
        ("selection.pbo", 0.08, "probability"),
        ("selection.returns_complete", 1.0, "flag"),
        ("selection.declared", 0.0, "trials"),
        ("costs.active_mean_at_2x", 0.03, "fraction/year"),
        ("costs.break_even_multiple", 3.2, "ratio"),
        ("costs.capacity_inr", 5e8, "INR"),
        ("costs.dated_share", 1.0, "share"),
        ("risk.max_drawdown", 0.35, "fraction"),
        ("risk.worst_stress_return", -0.2, "fraction"),
        ("risk.required_stress_covered", 1.0, "share"),
        ("risk.max_name_weight", 0.2, "fraction"),
        ("risk.turnover_per_year", 29.0, "book/year"),
        ("canary.prefix_invariance", 1.0, "flag"),
        ("canary.shuffled_future", 1.0, "flag"),
        ("canary.label_shift", 1.0, "flag"),
        ("canary.vintage", 1.0, "flag"),
        ("canary.permuted_label_retrain", 1.0, "flag"),
        ("canary.train_test_overlap", 1.0, "flag"),
        ("canary.universe_membership", 1.0, "flag"),
        ("canary.fit_leak", 1.0, "flag"),
        ("data.universe_known_as_of", 1.0, "flag"),
        ("data.coverage", 0.99, "share"),
        ("data.open_errors", 0.0, "count"),
        ("data.stale_sessions", 0.0, "sessions"),
    ];
    let records = records.map(|(name, value, unit)| record(name, value, unit, SpanKind::OutOfSample));
    EvidenceSet::from_records(records).unwrap()
}

/// Evidence on which the hold-out passes.
pub(crate) fn passing_holdout() -> EvidenceSet {
    EvidenceSet::from_records([
        record("holdout.active_return", 0.04, "fraction", SpanKind::HoldOut),
        record("holdout.lower_quantile", -0.10, "fraction", SpanKind::OutOfSample),
        record("holdout.looks", 1.0, "looks", SpanKind::HoldOut),
    ])
    .unwrap()
}

/// The set with one record changed, or taken out.
fn with(set: &EvidenceSet, name: &str, change: impl Fn(Evidence) -> Option<Evidence>) -> EvidenceSet {
    assert!(set.get(name).is_some(), "{name} is not in the set");
    let changed = set.iter().cloned().filter_map(|e| if e.name == name { change(e) } else { Some(e) });
    EvidenceSet::from_records(changed).unwrap()
}

fn set_to(set: &EvidenceSet, name: &str, value: f64) -> EvidenceSet {
    with(set, name, |e| Some(Evidence { value: Some(value), ..e }))
}

fn result(gate: &str, set: &EvidenceSet) -> GateResult {
    let policy = Policy::default();
    match gate {
        "holdout" => judge_holdout(set, &policy),
        _ => GATES.iter().find(|g| g.name() == gate).unwrap().judge(set, &policy),
    }
}

#[track_caller]
fn check(gate: &str, name: &str, value: f64, want: Verdict) {
    let base = if gate == "holdout" { passing_holdout() } else { passing_evidence() };
    let result = result(gate, &set_to(&base, name, value));
    assert_eq!(result.verdict, want, "{gate}: {name} = {value}: {}", result.reason);
    assert_eq!(result.what_would_change.is_some(), want != Pass);
    assert!(!result.reason.is_empty() && !result.rule.is_empty());
}

#[test]
fn good_evidence_passes_every_gate_and_each_has_name_and_doc() {
    let results = judge_all(&passing_evidence(), &Policy::default());
    for (gate, result) in GATES.iter().zip(&results) {
        assert_eq!(result.verdict, Pass, "{}: {}", gate.name(), result.reason);
        assert_eq!(result.gate, gate.name());
        assert!(gate.doc().len() > 80);
    }
    let names: Vec<&str> = GATES.iter().map(|gate| gate.name()).collect();
    assert_eq!(
        names,
        [
            "active_return",
            "deflated",
            "score_skill",
            "snooping",
            "selection",
            "costs",
            "risk",
            "leaks",
            "data"
        ]
    );
    assert_eq!(result("holdout", &passing_holdout()).verdict, Pass);
}

#[test]
fn thresholds_boundaries_and_impossible_values() {
    let inf = f64::INFINITY;
    for (gate, name, cases) in [
        (
            "active_return",
            "active_return.p_bootstrap",
            &[
                (0.01, Pass),
                (0.010_000_1, Fail),
                (-0.1, CannotTell),
                (1.1, CannotTell),
                (f64::NAN, CannotTell),
            ][..],
        ),
        ("active_return", "active_return.periods", &[(500.0, Pass), (499.0, CannotTell), (inf, CannotTell)]),
        ("active_return", "active_return.annual_mean", &[(0.0, CannotTell), (-0.01, CannotTell)]),
        (
            "deflated",
            "deflated_sharpe.dsr",
            &[(0.95, Pass), (0.949_999, Fail), (1.5, CannotTell), (f64::NAN, CannotTell)],
        ),
        ("deflated", "trials.complete", &[(0.0, CannotTell), (0.5, CannotTell)]),
        ("deflated", "trials.n", &[(2.0, Pass), (0.0, CannotTell), (1.0, CannotTell)]), // fewer than n_effective
        ("deflated", "trials.n_effective", &[(1.0, Pass), (4.0, Pass), (0.5, CannotTell), (4.5, CannotTell)]),
        ("score_skill", "score_skill.p_hac", &[(0.01, Pass), (0.011, Fail), (2.0, CannotTell)]),
        ("score_skill", "score_skill.rank_ic", &[(0.0, CannotTell), (-0.05, CannotTell)]),
        ("score_skill", "score_skill.names_per_day", &[(10.0, Pass), (9.99, CannotTell)]),
        ("score_skill", "score_skill.effective_observations", &[(100.0, Pass), (99.0, CannotTell)]),
        (
            "costs",
            "costs.active_mean_at_2x",
            &[(1e-9, Pass), (0.0, Fail), (-0.01, Fail), (f64::NAN, CannotTell)],
        ),
        ("costs", "costs.dated_share", &[(0.999, CannotTell), (1.1, CannotTell)]),
        ("risk", "risk.max_drawdown", &[(0.6, Pass), (0.601, Fail), (-0.95, CannotTell), (1.2, CannotTell)]),
        ("risk", "risk.worst_stress_return", &[(-0.5, Pass), (-0.51, Fail), (-1.5, CannotTell)]),
        ("risk", "risk.required_stress_covered", &[(0.9, CannotTell)]),
        ("risk", "risk.max_name_weight", &[(0.3, Pass), (0.31, Fail), (-0.1, CannotTell)]),
        ("risk", "risk.turnover_per_year", &[(0.0, Pass), (60.0, Pass), (60.1, Fail), (-1.0, CannotTell)]),
        ("leaks", "canary.prefix_invariance", &[(0.0, Fail), (0.5, CannotTell)]),
        ("leaks", "canary.train_test_overlap", &[(0.0, Fail)]),
        ("leaks", "canary.universe_membership", &[(0.0, Fail)]),
        ("leaks", "canary.fit_leak", &[(0.0, Fail), (2.0, CannotTell)]),
        ("data", "data.universe_known_as_of", &[(0.0, CannotTell)]),
        ("data", "data.coverage", &[(0.95, Pass), (0.949, Fail), (1.01, CannotTell)]),
        ("data", "data.open_errors", &[(1.0, Fail), (-1.0, CannotTell)]),
        ("data", "data.stale_sessions", &[(5.0, Pass), (6.0, Fail)]),
        ("holdout", "holdout.active_return", &[(-0.10, Pass), (-0.100_1, Fail), (f64::NAN, CannotTell)]),
        ("holdout", "holdout.lower_quantile", &[(0.04, Pass), (0.05, Fail), (f64::NAN, CannotTell)]),
        ("holdout", "holdout.looks", &[(2.0, CannotTell), (0.0, CannotTell)]),
    ] {
        for (value, want) in cases {
            check(gate, name, *value, *want);
        }
    }
}

/// Records whose absence must be noticed; the others are only printed.
const READ: &[(&str, &[&str])] = &[
    ("active_return", &["active_return.p_bootstrap", "active_return.periods"]),
    ("deflated", &["deflated_sharpe.dsr", "trials.n", "trials.n_effective", "trials.complete"]),
    (
        "score_skill",
        &["score_skill.p_hac", "score_skill.names_per_day", "score_skill.effective_observations"],
    ),
    ("costs", &["costs.active_mean_at_2x", "costs.dated_share"]),
    (
        "risk",
        &[
            "risk.max_drawdown",
            "risk.worst_stress_return",
            "risk.required_stress_covered",
            "risk.max_name_weight",
            "risk.turnover_per_year",
        ],
    ),
    ("leaks", leaks::CANARIES),
    ("data", &["data.universe_known_as_of", "data.coverage", "data.open_errors", "data.stale_sessions"]),
    ("holdout", &["holdout.active_return", "holdout.lower_quantile", "holdout.looks"]),
];

#[test]
fn whatever_is_missing_or_not_a_number_is_cannot_tell() {
    for (gate, names) in READ {
        let base = if *gate == "holdout" { passing_holdout() } else { passing_evidence() };
        for name in *names {
            let missing = result(gate, &with(&base, name, |_| None));
            assert_eq!(missing.verdict, CannotTell, "{name} missing");
            let empty = result(gate, &with(&base, name, |e| Some(Evidence { value: None, ..e })));
            assert_eq!(empty.verdict, CannotTell, "{name} without a value");
            assert!(empty.what_would_change.is_some());
        }
        assert_eq!(result(gate, &EvidenceSet::new()).verdict, CannotTell, "{gate} without evidence");
    }
}

#[test]
fn a_failure_is_never_softened_by_something_missing() {
    let evidence = set_to(&passing_evidence(), "risk.max_drawdown", 0.9);
    let evidence = with(&evidence, "risk.turnover_per_year", |_| None);
    let result = result("risk", &evidence);
    assert_eq!(result.verdict, Fail);
    let verdicts: Vec<Verdict> = result.checks.iter().map(|check| check.verdict).collect();
    assert_eq!(verdicts, [Fail, Pass, Pass, Pass, CannotTell], "all checks are reported");
    assert!(
        result.reason.contains("90 %") && result.reason.contains("risk.turnover_per_year"),
        "{}",
        result.reason
    );
}

#[test]
fn numbers_from_fitted_rows_or_from_the_hold_out_do_not_count_as_out_of_sample() {
    for (gate, name) in [
        ("active_return", "active_return.p_bootstrap"),
        ("deflated", "deflated_sharpe.dsr"),
        ("score_skill", "score_skill.p_hac"),
        ("costs", "costs.active_mean_at_2x"),
        ("risk", "risk.max_drawdown"),
    ] {
        for kind in [SpanKind::InSample, SpanKind::Validation, SpanKind::HoldOut] {
            let evidence = with(&passing_evidence(), name, |e| Some(Evidence { span_kind: kind, ..e }));
            assert_eq!(result(gate, &evidence).verdict, CannotTell, "{name} {kind:?}");
        }
    }
    let evidence = with(&passing_holdout(), "holdout.active_return", |e| {
        Some(Evidence { span_kind: SpanKind::OutOfSample, ..e })
    });
    assert_eq!(result("holdout", &evidence).verdict, CannotTell);
}

#[test]
fn weekly_periods_have_their_own_minimum_and_unknown_units_the_stricter_one() {
    let periods = |value: f64, unit: &str| {
        let evidence = with(&passing_evidence(), "active_return.periods", |e| {
            Some(Evidence { value: Some(value), unit: unit.to_owned(), ..e })
        });
        result("active_return", &evidence).verdict
    };
    assert_eq!(periods(100.0, "weeks"), Pass);
    assert_eq!(periods(99.0, "weeks"), CannotTell);
    assert_eq!(periods(100.0, "periods"), CannotTell);
}

#[test]
fn a_universe_carried_back_is_waived_only_by_a_person_and_only_when_recorded() {
    let waiver = Waiver {
        check: "data.universe_known_as_of".to_owned(),
        by: "R. Rao".to_owned(),
        reason: "survivors only; research use".to_owned(),
        on: None,
    };
    let policy = Policy::default().with_waivers([waiver.clone()]).unwrap();
    let judge = |set: &EvidenceSet| data::Data.judge(set, &policy);
    let carried_back = judge(&set_to(&passing_evidence(), "data.universe_known_as_of", 0.0));
    assert_eq!(carried_back.verdict, Pass);
    assert_eq!(carried_back.waivers().collect::<Vec<_>>(), [&waiver]);
    assert!(carried_back.reason.contains("Waived by R. Rao"), "{}", carried_back.reason);
    let unrecorded = judge(&with(&passing_evidence(), "data.universe_known_as_of", |_| None));
    assert_eq!(unrecorded.verdict, CannotTell);
    let holes = set_to(&set_to(&passing_evidence(), "data.universe_known_as_of", 0.0), "data.coverage", 0.5);
    assert_eq!(judge(&holes).verdict, Fail);
    assert_eq!(judge(&passing_evidence()).waivers().count(), 0, "an unused waiver is not printed");

    // The canary that the same missing papers stop is waived with it; one that caught something, or another, is not.
    let canary = |set: &EvidenceSet, name: &str| with(set, name, |e| Some(Evidence { value: None, ..e }));
    let listed = set_to(&passing_evidence(), "data.universe_known_as_of", 0.0);
    let leaks = |set: &EvidenceSet, policy: &Policy| leaks::Leaks.judge(set, policy).verdict;
    let stopped = canary(&listed, "canary.universe_membership");
    assert_eq!(leaks(&stopped, &policy), Pass);
    assert_eq!(leaks(&stopped, &Policy::default()), CannotTell);
    assert_eq!(leaks(&canary(&listed, "canary.fit_leak"), &policy), CannotTell);
    assert_eq!(leaks(&set_to(&listed, "canary.universe_membership", 0.0), &policy), Fail);
}

#[test]
fn stress_outside_the_data_is_not_tested_unless_required() {
    let uncovered =
        with(&passing_evidence(), "risk.worst_stress_return", |e| Some(Evidence { value: None, n: 0, ..e }));
    let tested = result("risk", &uncovered);
    assert_eq!(tested.verdict, Pass);
    assert!(tested.checks.iter().any(|check| check.reason.contains("not tested")));
    let mut policy = Policy::default();
    policy.risk.required_stress.periods.push("covid_2020".to_owned());
    assert_eq!(risk::Risk.judge(&uncovered, &policy).verdict, CannotTell);
}

#[test]
fn an_extra_canary_that_caught_something_fails_too() {
    let mut evidence = passing_evidence();
    evidence.push(record("canary.of_a_plugin", 0.0, "flag", SpanKind::OutOfSample)).unwrap();
    assert_eq!(result("leaks", &evidence).verdict, Fail);
}

#[test]
fn units_of_hold_out_and_prediction_must_agree() {
    let evidence = with(&passing_holdout(), "holdout.lower_quantile", |e| {
        Some(Evidence { unit: "fraction/year".to_owned(), ..e })
    });
    assert_eq!(result("holdout", &evidence).verdict, CannotTell);
}

#[test]
fn sentences_name_value_rule_and_change() {
    let result = result("active_return", &set_to(&passing_evidence(), "active_return.p_bootstrap", 0.23));
    assert_eq!(result.reason, "Bootstrap p of the active return is 0.23, but the rule asks for <= 0.01.");
    assert_eq!(
        result.rule,
        "Bootstrap p of the active return <= 0.01; Number of out-of-sample periods >= 500 sessions"
    );
    assert_eq!(
        result.what_would_change.unwrap(),
        "Needed: Bootstrap p of the active return <= 0.01. The model must add more to its null books, or show the same \
         over a longer span."
    );
}

#[test]
fn snooping_wants_a_small_p_and_somebody_to_compare_with() {
    check("snooping", "snooping.p_spa", 0.05, Pass);
    check("snooping", "snooping.p_spa", 0.050_1, Fail);
    check("snooping", "snooping.p_spa", 1.2, CannotTell);
    check("snooping", "snooping.rivals", 0.0, CannotTell);
}

#[test]
fn selection_applies_from_ten_clusters_and_never_hides_missing_returns() {
    check("selection", "selection.pbo", 0.2, Pass);
    check("selection", "selection.pbo", 0.21, Fail);
    check("selection", "selection.clusters", 9.0, Pass);
    check("selection", "selection.returns_complete", 0.0, CannotTell);
    let few = set_to(&passing_evidence(), "selection.clusters", 3.0);
    assert!(result("selection", &few).reason.starts_with("Not applicable: 3"));
    let bad_pbo = set_to(&few, "selection.pbo", 0.6);
    assert_eq!(result("selection", &bad_pbo).verdict, Pass, "two trials rank nothing");
    check("selection", "selection.declared", 1.0, CannotTell);
    let declared = set_to(&few, "selection.declared", 1.0);
    assert_eq!(result("selection", &declared).verdict, Pass, "below ten clusters nothing is ranked");
    let no_pbo = with(&few, "selection.pbo", |_| None);
    assert_eq!(result("selection", &no_pbo).verdict, Pass, "nothing to compute below ten clusters");
    let lost = set_to(&no_pbo, "selection.returns_complete", 0.0);
    assert_eq!(
        result("selection", &lost).verdict,
        CannotTell,
        "too few trials are no way round missing files"
    );
    let unknown = with(&passing_evidence(), "selection.clusters", |e| Some(Evidence { value: None, ..e }));
    assert_eq!(result("selection", &unknown).verdict, CannotTell);
}

#[test]
fn a_result_too_good_to_be_true_is_quarantined_and_not_refused() {
    check("leaks", "score_skill.rank_ic", 0.3, Pass);
    check("leaks", "score_skill.rank_ic", 0.31, CannotTell);
    check("leaks", "active_return.appraisal_ratio", 6.1, CannotTell);
    check("leaks", "canary.label_shift", 0.0, Fail);
    let set = set_to(&passing_evidence(), "score_skill.rank_ic", 0.5);
    assert!(result("leaks", &set).what_would_change.unwrap().contains("Quarantined"));
}
